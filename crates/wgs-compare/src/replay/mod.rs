//! The search for the choice of variants from truth and calls that makes both sets spell the same
//! two haplotypes.
//!
//! The method is vcfeval's (Cleary et al. 2015, doi:10.1101/023754): every variant is left out or
//! laid onto the haplotypes in one of its ways; of all choices whose haplotypes are equal, the one
//! with most variants of both sets is taken. What differs is the order of the work. Here the
//! variants of both sets are gone through once, in order of their start; before each, all choices
//! so far play the reference up to it, those whose haplotypes disagree are dropped, and of those
//! that stand at the same place with the same bases yet to be matched only the better one stays.
//! Since the phase is free, the two haplotypes are exchangeable, and one of two mirror images is
//! enough.
//!
//! Between two *sync points*, places where both sides of both haplotypes stand before the same base
//! with nothing left to match, lies a *segment*. A segment with variants of one set only is refused:
//! its variants cancel each other out. A matched call counts for as many true variants as its
//! segment has for each call.

mod haplotype;
mod path;

use crate::variant::{Side, Variant};

use self::path::{Node, Path};

/// Choices that are followed at the same time before a place is given up as too complex.
const MAX_PATHS: usize = 25_000;
/// Choices that are made from one sync point on before that.
const MAX_CHOICES: usize = 5_000_000;

/// A part of a contig.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'a> {
    /// Offset of its first base on the contig.
    pub(crate) start: u32,
    /// Its bases; upper case.
    pub(crate) bases: &'a [u8],
}

impl Reference<'_> {
    /// The offset after its last base.
    pub(crate) fn end(&self) -> u32 {
        self.start + self.bases.len() as u32
    }

    /// The bases between two offsets; none that lie outside.
    fn part(&self, from: u32, to: u32) -> &[u8] {
        let length = self.bases.len();
        let place = |offset: u32| (offset.saturating_sub(self.start) as usize).min(length);
        &self.bases[place(from)..place(to).max(place(from))]
    }
}

/// What became of a variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Left out of the best choice.
    Unmatched,
    /// Part of the best choice. A call counts for `weight` true variants of the confident regions.
    Matched {
        /// 1 for a true variant.
        weight: f32,
    },
    /// Within a place that has too many choices.
    TooComplex,
}

/// Bounds of a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    paths: usize,
    choices: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { paths: MAX_PATHS, choices: MAX_CHOICES }
    }
}

#[cfg(test)]
impl Limits {
    pub(crate) fn of_paths(paths: usize) -> Self {
        Self { paths, ..Self::default() }
    }
}

/// What became of the variants of truth and calls, in their order.
pub(crate) type Outcomes = [Vec<Outcome>; 2];

/// Compares variants of one superlocus. `reference` reaches from before the first as far behind the
/// last as a shifted variant may end.
///
/// `exchangeable` says that each variant has, with a way, its mirror image as well.
pub(crate) fn search(
    sets: [&[Variant]; 2],
    reference: &Reference<'_>,
    exchangeable: bool,
    limits: Limits,
) -> Outcomes {
    let mut search = Search::new(sets, reference, exchangeable, limits);
    search.run();
    search.outcomes()
}

/// A variant by its set and its place there.
#[derive(Clone, Copy, Debug)]
struct Event {
    side: Side,
    index: usize,
}

struct Search<'a> {
    sets: [&'a [Variant]; 2],
    events: Vec<Event>,
    reference: &'a Reference<'a>,
    exchangeable: bool,
    limits: Limits,
    paths: Vec<Path>,
    nodes: Vec<Node>,
    /// Choices since there was one path only.
    choices: usize,
    /// The last path that was alone, and the event before which it was.
    sure: (Path, usize),
    too_complex: Vec<usize>,
}

impl<'a> Search<'a> {
    fn new(
        sets: [&'a [Variant]; 2],
        reference: &'a Reference<'a>,
        exchangeable: bool,
        limits: Limits,
    ) -> Self {
        let mut events: Vec<Event> = Side::BOTH
            .into_iter()
            .flat_map(|side| (0..sets[side.index()].len()).map(move |index| Event { side, index }))
            .collect();
        // By what they are before whose they are, so that exchanging the sets changes no order.
        events.sort_by(|a, b| {
            let key = |event: &Event| {
                let variant = &sets[event.side.index()][event.index];
                (variant.start, variant.end, &variant.alleles, &variant.ways)
            };
            key(a).cmp(&key(b)).then(a.side.cmp(&b.side)).then(a.index.cmp(&b.index))
        });
        let begin = Path::at(reference.start);
        Self {
            sets,
            events,
            reference,
            exchangeable,
            limits,
            paths: vec![begin.clone()],
            nodes: Vec::new(),
            choices: 0,
            sure: (begin, 0),
            too_complex: Vec::new(),
        }
    }

    fn variant(&self, event: usize) -> &'a Variant {
        let Event { side, index } = self.events[event];
        &self.sets[side.index()][index]
    }

    fn run(&mut self) {
        let mut next = 0;
        while next < self.events.len() {
            self.settle(self.variant(next).start);
            if let [path] = self.paths.as_slice() {
                self.sure = (path.clone(), next);
                self.choices = 0;
            }
            self.branch(next);
            next += 1;
            if self.paths.len() > self.limits.paths || self.choices > self.limits.choices {
                next = self.give_up(next);
            }
        }
        let end = self.reference.end();
        self.settle(end);
        self.paths.retain(|path| path.is_level(end));
    }

    /// Plays the reference up to a base, and drops the paths that disagree there, those that cancel
    /// themselves out, and of equal ones all but the best.
    fn settle(&mut self, to: u32) {
        let Self { paths, reference, .. } = self;
        paths.retain_mut(|path| path.play_reference(to, reference));
        paths.retain(|path| !(path.is_level(to) && path.is_one_sided()));
        if paths.len() > 1 {
            if self.exchangeable {
                paths.iter_mut().for_each(Path::order_haplotypes);
            }
            paths.sort_by(|a, b| a.state().cmp(b.state()).then_with(|| b.merit().cmp(&a.merit())));
            paths.dedup_by(|next, kept| next.state() == kept.state());
        }
        paths.iter_mut().filter(|path| path.is_level(to)).for_each(|path| path.sync(to));
    }

    /// Leaves a variant out of each path, and takes it in where it fits, in each way.
    fn branch(&mut self, event: usize) {
        let (variant, side) = (self.variant(event), self.events[event].side);
        let mut taken = Vec::new();
        for path in &self.paths {
            let mirrored = self.exchangeable && path.haplotypes_are_equal();
            let ways = variant.ways.iter().filter(|way| !(mirrored && way[0] > way[1]));
            for &way in ways {
                let node = Node { parent: path.node, event, begins: path.is_new_segment() };
                if let Some(mut path) = path.with(side, variant, way, self.reference) {
                    self.nodes.push(node);
                    path.node = Some(self.nodes.len() - 1);
                    taken.push(path);
                }
            }
        }
        self.choices += self.paths.len() + taken.len();
        self.paths.append(&mut taken);
    }

    /// Leaves out all variants since the last sure path, and those that overlap them; gives the
    /// event to go on with.
    fn give_up(&mut self, mut next: usize) -> usize {
        let (mut path, first) = self.sure.clone();
        let mut end = (first..next).map(|event| self.variant(event).end).max().unwrap_or_default();
        while next < self.events.len() && self.variant(next).start < end {
            end = end.max(self.variant(next).end);
            next += 1;
        }
        self.too_complex.extend(first..next);
        path.restart(end);
        self.paths = vec![path];
        next
    }

    fn outcomes(&self) -> Outcomes {
        let mut outcomes = self.sets.map(|set| vec![Outcome::Unmatched; set.len()]);
        let best = self.paths.iter().max_by_key(|path| path.merit());
        let mut node = best.and_then(|path| path.node);
        let mut segment = Vec::new();
        while let Some(Node { parent, event, begins }) = node.map(|index| self.nodes[index]) {
            segment.push(self.events[event]);
            if begins {
                self.close_segment(&segment, &mut outcomes);
                segment.clear();
            }
            node = parent;
        }
        for event in self.too_complex.iter().map(|&event| self.events[event]) {
            outcomes[event.side.index()][event.index] = Outcome::TooComplex;
        }
        outcomes
    }

    fn close_segment(&self, segment: &[Event], outcomes: &mut Outcomes) {
        let of = |side| segment.iter().filter(move |event| event.side == side);
        let truths = &self.sets[Side::Truth.index()];
        let inside = of(Side::Truth).filter(|event| truths[event.index].inside).count();
        let weight = inside as f32 / of(Side::Calls).count().max(1) as f32;
        for event in segment {
            let weight = if event.side == Side::Truth { 1.0 } else { weight };
            outcomes[event.side.index()][event.index] = Outcome::Matched { weight };
        }
    }
}
