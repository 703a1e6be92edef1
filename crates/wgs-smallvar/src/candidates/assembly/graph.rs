//! The de Bruijn graph of a short part of the reference and of the reads over it.

use std::collections::HashMap;

/// Longest k that fits the packed form.
pub(super) const MAX_K: usize = 63;
/// No node.
const NONE: u32 = u32::MAX;

/// K-mers as nodes, and the steps between them. A node's number follows from the order of
/// sequences.
#[derive(Debug)]
pub(super) struct Graph {
    k: usize,
    numbers: HashMap<u128, u32>,
    nodes: Vec<Node>,
    source: u32,
    sink: u32,
}

/// A k-mer.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Its last base as 0 to 3.
    last: u8,
    /// What may follow it, by base.
    pub(super) next: [Step; 4],
}

/// What follows a k-mer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    to: u32,
    /// Reads that take it.
    pub(super) weight: u32,
    pub(super) is_reference: bool,
}

impl Step {
    const ABSENT: Self = Self { to: NONE, weight: 0, is_reference: false };

    /// The node that it leads to.
    pub(super) fn target(&self) -> Option<usize> {
        (self.to != NONE).then_some(self.to as usize)
    }
}

impl Graph {
    /// The graph of a reference sequence alone; `None` if it is too short, has unknown bases, or has
    /// a k-mer twice: a longer k may do.
    pub(super) fn new(reference: &[u8], k: usize) -> Option<Self> {
        debug_assert!(k <= MAX_K, "k-mers are packed");
        let mut graph =
            Self { k, numbers: HashMap::new(), nodes: Vec::new(), source: NONE, sink: NONE };
        graph.add(reference, None, true);
        let expected = (reference.len() + 1).checked_sub(k)?;
        if graph.nodes.len() != expected || expected < 2 {
            return None;
        }
        (graph.source, graph.sink) = (0, expected as u32 - 1);
        Some(graph)
    }

    /// Adds a read. Bases below `min_quality` break it into pieces.
    pub(super) fn add_read(&mut self, bases: &[u8], quals: &[u8], min_quality: u8) {
        self.add(bases, Some((quals, min_quality)), false);
    }

    fn add(&mut self, bases: &[u8], quals: Option<(&[u8], u8)>, is_reference: bool) {
        let mask = (1u128 << (2 * self.k)) - 1;
        let (mut packed, mut run, mut previous) = (0u128, 0, NONE);
        for (i, &base) in bases.iter().enumerate() {
            let good = quals.is_none_or(|(quals, least)| quals[i] >= least);
            let Some(code) = code(base).filter(|_| good) else {
                (run, previous) = (0, NONE);
                continue;
            };
            packed = (packed << 2 | u128::from(code)) & mask;
            run += 1;
            if run < self.k {
                continue;
            }
            let number = self.number(packed, code);
            if previous != NONE {
                let step = &mut self.nodes[previous as usize].next[usize::from(code)];
                step.to = number;
                step.weight += u32::from(!is_reference);
                step.is_reference |= is_reference;
            }
            previous = number;
        }
    }

    fn number(&mut self, packed: u128, last: u8) -> u32 {
        let nodes = &mut self.nodes;
        *self.numbers.entry(packed).or_insert_with(|| {
            nodes.push(Node { last, next: [Step::ABSENT; 4] });
            nodes.len() as u32 - 1
        })
    }

    /// Takes away the steps that fewer than `min_weight` reads take, except the reference's, and
    /// those that do not lie on a way from the first to the last k-mer of the reference: the ends
    /// of reads, and sequencing errors that lead nowhere.
    pub(super) fn prune(&mut self, min_weight: u32) {
        for step in self.nodes.iter_mut().flat_map(|node| &mut node.next) {
            if step.weight < min_weight && !step.is_reference {
                *step = Step::ABSENT;
            }
        }
        let forward = self.reached(self.source, &self.successors());
        let backward = self.reached(self.sink, &self.predecessors());
        let keep: Vec<bool> = forward.iter().zip(&backward).map(|(a, b)| *a && *b).collect();
        for (node, &kept) in self.nodes.iter_mut().zip(&keep) {
            for step in &mut node.next {
                if !kept || step.target().is_some_and(|to| !keep[to]) {
                    *step = Step::ABSENT;
                }
            }
        }
    }

    fn successors(&self) -> Vec<Vec<u32>> {
        let targets =
            |node: &Node| node.next.iter().map(|s| s.to).filter(|&to| to != NONE).collect();
        self.nodes.iter().map(targets).collect()
    }

    fn predecessors(&self) -> Vec<Vec<u32>> {
        let mut before = vec![Vec::new(); self.nodes.len()];
        for (from, node) in self.nodes.iter().enumerate() {
            for to in node.next.iter().filter_map(Step::target) {
                before[to].push(from as u32);
            }
        }
        before
    }

    fn reached(&self, from: u32, ways: &[Vec<u32>]) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        let mut stack = vec![from as usize];
        seen[from as usize] = true;
        while let Some(node) = stack.pop() {
            for &to in &ways[node] {
                if !std::mem::replace(&mut seen[to as usize], true) {
                    stack.push(to as usize);
                }
            }
        }
        seen
    }

    /// The nodes from the source on, each after those that lead to it; `None` if there is a cycle.
    pub(super) fn in_order(&self) -> Option<Vec<usize>> {
        let mut open = vec![0u32; self.nodes.len()];
        let steps = self.nodes.iter().flat_map(|node| &node.next);
        steps.filter_map(Step::target).for_each(|to| open[to] += 1);
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut ready = vec![self.source as usize];
        if open[self.source as usize] > 0 {
            return None;
        }
        while let Some(node) = ready.pop() {
            order.push(node);
            for to in self.nodes[node].next.iter().filter_map(Step::target) {
                open[to] -= 1;
                if open[to] == 0 {
                    ready.push(to);
                }
            }
        }
        open.iter().all(|&n| n == 0).then_some(order)
    }

    /// What follows a node.
    pub(super) fn steps(&self, node: usize) -> impl Iterator<Item = (usize, &Step)> {
        self.nodes[node].next.iter().filter_map(|step| Some((step.target()?, step)))
    }

    /// The first k-mer of the reference.
    pub(super) fn source(&self) -> usize {
        self.source as usize
    }

    /// The last k-mer of the reference.
    pub(super) fn sink(&self) -> usize {
        self.sink as usize
    }

    /// Number of k-mers.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The last base of a k-mer.
    pub(super) fn base(&self, node: usize) -> u8 {
        b"ACGT"[usize::from(self.nodes[node].last)]
    }
}

fn code(base: u8) -> Option<u8> {
    match base {
        b'A' => Some(0),
        b'C' => Some(1),
        b'G' => Some(2),
        b'T' => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &[u8] = b"GATTACAGGCTTAACGTCAGGATCTTGCAATCGG";

    #[test]
    fn a_repeated_kmer_needs_a_longer_one() {
        let text = [REFERENCE, b"T", &REFERENCE[..12], b"C"].concat();
        assert!(Graph::new(&text, 11).is_none());
        assert!(Graph::new(&text, 13).is_some());
        assert!(Graph::new(&text, 50).is_none(), "too short");
        assert!(Graph::new(b"GATNACAGATTCA", 5).is_none(), "unknown bases");
    }

    #[test]
    fn errors_and_ends_of_reads_are_pruned() {
        let mut graph = Graph::new(REFERENCE, 7).unwrap();
        let reference_nodes = graph.len();
        let mut variant = REFERENCE.to_vec();
        variant[16] = b'A';
        let mut error = REFERENCE.to_vec();
        error[20] = b'C';
        for read in [&variant[4..], &variant[..30], &error[..]] {
            graph.add_read(read, &[30; 34][..read.len()], 10);
        }
        let beyond = [&REFERENCE[20..], b"TTTTTTTT"].concat();
        graph.add_read(&beyond, &[30; 30][..beyond.len()], 10);
        graph.add_read(&beyond, &[30; 30][..beyond.len()], 10);
        graph.prune(2);
        let order = graph.in_order().unwrap();
        assert_eq!(order.len(), reference_nodes + 7, "one bubble");
        assert_eq!((order[0], *order.last().unwrap()), (graph.source(), graph.sink()));
    }

    #[test]
    fn low_qualities_break_reads_and_cycles_are_seen() {
        let mut graph = Graph::new(REFERENCE, 7).unwrap();
        let nodes = graph.len();
        let mut quals = [30; 34];
        quals[16] = 5;
        let mut other = REFERENCE.to_vec();
        other[16] = b'A';
        graph.add_read(&other, &quals, 10);
        assert_eq!(graph.len(), nodes);
        let twice = [&REFERENCE[..24], &REFERENCE[10..]].concat();
        graph.add_read(&twice, &[30; 48], 10);
        graph.prune(1);
        assert_eq!(graph.in_order(), None);
    }
}
