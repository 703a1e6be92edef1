//! The likeliest ways through a graph without cycles.

use std::cmp::Ordering;

use super::graph::Graph;

/// A way from the first to the last k-mer of the reference.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    /// The bases after the first k-mer.
    pub(super) bases: Vec<u8>,
    /// Reads that take the rarest step that is not the reference's; `None` on the reference.
    pub(super) support: Option<u32>,
}

/// One of the best ways to a node: logarithm of its share of the reads at every fork, the rarest
/// step, and the node and rank that it comes from.
#[derive(Clone, Copy, Debug)]
struct Way {
    ln_share: f64,
    support: Option<u32>,
    from: Option<(usize, usize)>,
}

/// The `most` ways that most reads take, the best first. `order` is that of
/// [`Graph::in_order`].
pub(super) fn best(graph: &Graph, order: &[usize], most: usize) -> Vec<Path> {
    let mut ways: Vec<Vec<Way>> = vec![Vec::new(); graph.len()];
    ways[graph.source()].push(Way { ln_share: 0.0, support: None, from: None });
    for &node in order {
        ways[node].sort_by(|a, b| b.ln_share.total_cmp(&a.ln_share).then(origin(a, b)));
        ways[node].truncate(most);
        let total: u32 = graph.steps(node).map(|(_, step)| step.weight.max(1)).sum();
        for (to, step) in graph.steps(node) {
            let share = (f64::from(step.weight.max(1)) / f64::from(total)).ln();
            let from_here: Vec<Way> = ways[node]
                .iter()
                .enumerate()
                .map(|(rank, way)| {
                    let here = (!step.is_reference).then_some(step.weight);
                    let support = match (way.support, here) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                    Way { ln_share: way.ln_share + share, support, from: Some((node, rank)) }
                })
                .collect();
            ways[to].extend(from_here);
        }
    }
    let sink = graph.sink();
    (0..ways[sink].len()).map(|rank| followed(graph, &ways, rank)).collect()
}

fn origin(a: &Way, b: &Way) -> Ordering {
    a.from.cmp(&b.from)
}

fn followed(graph: &Graph, ways: &[Vec<Way>], rank: usize) -> Path {
    let (mut node, mut rank) = (graph.sink(), rank);
    let support = ways[node][rank].support;
    let mut bases = Vec::new();
    while let Some((before, rank_before)) = ways[node][rank].from {
        bases.push(graph.base(node));
        (node, rank) = (before, rank_before);
    }
    bases.reverse();
    Path { bases, support }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_come_by_the_reads_that_take_them() {
        let reference = b"GATTACAGGCTTAACGTCAGGATCTTGCAATCGG";
        let mut graph = Graph::new(reference, 7).unwrap();
        let mut often = reference.to_vec();
        often.splice(16..18, []);
        let mut seldom = reference.to_vec();
        seldom[16] = b'A';
        for (read, times) in [(&reference[..], 6), (&often, 5), (&seldom, 2)] {
            for _ in 0..times {
                graph.add_read(read, &[30; 34][..read.len()], 10);
            }
        }
        graph.prune(2);
        let order = graph.in_order().unwrap();
        let paths = best(&graph, &order, 8);
        let bases: Vec<&[u8]> = paths.iter().map(|p| &p.bases[..]).collect();
        assert_eq!(bases, [&reference[7..], &often[7..], &seldom[7..]]);
        assert_eq!(paths.iter().map(|p| p.support).collect::<Vec<_>>(), [None, Some(5), Some(2)]);
        assert_eq!(best(&graph, &order, 2).len(), 2);
    }
}
