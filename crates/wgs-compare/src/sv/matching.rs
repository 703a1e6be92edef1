//! Which call is which variant of the truth, and what that makes of each.

use wgs_formats::{bed::Regions, genome::Genome};

use super::{
    assign::assign,
    candidates,
    event::Event,
    likeness::{self, Difference, Likeness},
    options::SvOptions,
};

/// Whether a variant is one of those that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Counted,
    /// Not wholly in the confident regions.
    Outside,
    TooSmall,
    TooLarge,
}

impl Standing {
    fn of(event: &Event, regions: Option<&Regions>, options: &SvOptions) -> Self {
        match event.size_bp {
            Some(size) if size < options.min_size_bp => Self::TooSmall,
            Some(size) if options.max_size_bp.is_some_and(|max| size > max) => Self::TooLarge,
            _ if regions.is_some_and(|regions| !event.lies_in(regions)) => Self::Outside,
            _ => Self::Counted,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Outside => "outside",
            Self::TooSmall => "too_small",
            Self::TooLarge => "too_large",
        }
    }
}

/// A variant of one file with its counterpart in the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Partner {
    /// Index in the other file.
    pub(crate) index: usize,
    pub(crate) likeness: Likeness,
}

/// Why a variant has no counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Missed {
    /// Nothing is near.
    Nothing,
    /// The most alike of what is near differs in this.
    Differs(Difference),
    /// What agrees is the counterpart of another one.
    Taken,
}

impl Missed {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing_near",
            Self::Differs(difference) => difference.name(),
            Self::Taken => "taken",
        }
    }
}

/// What became of a variant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) standing: Standing,
    pub(crate) partner: Result<Partner, Missed>,
    /// Whether the counterpart, if there is one, is counted.
    pub(crate) partner_counts: bool,
}

impl Verdict {
    /// Whether it, or its counterpart, is a true positive.
    pub(crate) fn is_match(&self) -> bool {
        self.partner.is_ok() && (self.standing == Standing::Counted || self.partner_counts)
    }

    /// Whether it is a variant that is counted and has no counterpart.
    pub(crate) fn is_error(&self) -> bool {
        self.standing == Standing::Counted && self.partner.is_err()
    }
}

/// The verdicts on both files, in the order of their events.
pub(crate) struct Matching {
    pub(crate) truth: Vec<Verdict>,
    pub(crate) calls: Vec<Verdict>,
}

/// Matches calls with the truth.
pub(crate) fn match_events(
    truth: &[Event],
    calls: &[Event],
    genome: &Genome,
    regions: Option<&Regions>,
    options: &SvOptions,
) -> Matching {
    let open = |event: &Event| Verdict {
        standing: Standing::of(event, regions, options),
        partner: Err(Missed::Nothing),
        partner_counts: false,
    };
    let mut matching = Matching {
        truth: truth.iter().map(open).collect(),
        calls: calls.iter().map(open).collect(),
    };
    let mut edges = Vec::new();
    for (t, c) in candidates::pairs(truth, calls, options) {
        match likeness::compare(&truth[t], &calls[c], genome, options) {
            Ok(likeness) => {
                matching.note(t, c, Missed::Taken);
                edges.push(Edge { truth: t, call: c, likeness });
            }
            Err(difference) => matching.note(t, c, Missed::Differs(difference)),
        }
    }
    edges.sort_by(Edge::best_first);
    for (truth_counts, calls_count) in [(true, true), (true, false), (false, true)] {
        matching.round(&edges, truth_counts, calls_count);
    }
    matching
}

/// A pair that agrees.
struct Edge {
    truth: usize,
    call: usize,
    likeness: Likeness,
}

impl Edge {
    fn best_first(a: &Self, b: &Self) -> std::cmp::Ordering {
        let rest = |edge: &Self| {
            let agrees = edge.likeness.same_genotype == Some(true);
            (!edge.likeness.same_kind, !agrees, edge.truth, edge.call)
        };
        b.likeness.score.total_cmp(&a.likeness.score).then_with(|| rest(a).cmp(&rest(b)))
    }
}

impl Matching {
    /// Keeps, for two variants, the better of the reasons not to be matched.
    fn note(&mut self, truth: usize, call: usize, missed: Missed) {
        for verdict in [&mut self.truth[truth], &mut self.calls[call]] {
            if let Err(reason) = &mut verdict.partner {
                *reason = missed.max(*reason);
            }
        }
    }

    /// Matches variants that are still free: counted ones, or those beside them.
    fn round(&mut self, edges: &[Edge], truth_counts: bool, calls_count: bool) {
        let open = |verdict: &Verdict, counts: bool| {
            verdict.partner.is_err() && (verdict.standing == Standing::Counted) == counts
        };
        let edges: Vec<&Edge> = edges
            .iter()
            .filter(|e| open(&self.truth[e.truth], truth_counts))
            .filter(|e| open(&self.calls[e.call], calls_count))
            .collect();
        let ends: Vec<(usize, usize)> = edges.iter().map(|e| (e.truth, e.call)).collect();
        let partners = assign(self.truth.len(), self.calls.len(), &ends);
        for edge in edges.iter().filter(|edge| partners[edge.truth] == Some(edge.call)) {
            let partner = |index| Ok(Partner { index, likeness: edge.likeness.clone() });
            self.truth[edge.truth].partner = partner(edge.call);
            self.truth[edge.truth].partner_counts = calls_count;
            self.calls[edge.call].partner = partner(edge.truth);
            self.calls[edge.call].partner_counts = truth_counts;
        }
    }
}
