//! Which calls are near enough to a variant of the truth to be looked at.

use wgs_core::ContigIndex;

use super::{
    event::{Event, SvKind},
    options::SvOptions,
};

/// Pairs (truth, call) of indices that may agree, ascending, each once: a start, or for junctions
/// either end, within the window.
pub(crate) fn pairs(truth: &[Event], calls: &[Event], options: &SvOptions) -> Vec<(usize, usize)> {
    let reach = options.window_bp.max(options.breakend_window_bp);
    let anchors = Anchors::new(calls, |_| true);
    let mut pairs = Vec::new();
    for (t, event) in truth.iter().enumerate() {
        for (contig, cut) in event.cuts() {
            pairs.extend(anchors.within(contig, cut, cut, reach).map(|c| (t, c)));
        }
    }
    if options.duplications_as_insertions {
        let is_insertion = |event: &Event| event.kind == SvKind::Ins;
        let insertions = Anchors::new(calls, is_insertion);
        pairs.extend(copies(truth, &insertions, reach));
        let insertions = Anchors::new(truth, is_insertion);
        pairs.extend(copies(calls, &insertions, reach).map(|(c, t)| (t, c)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Duplications with the insertions in or near their stretch.
fn copies(
    duplications: &[Event],
    insertions: &Anchors,
    reach: u32,
) -> impl Iterator<Item = (usize, usize)> {
    duplications.iter().enumerate().filter(|(_, e)| e.kind == SvKind::Dup).flat_map(
        move |(i, e)| {
            let [(contig, start), (_, end)] = e.cuts();
            insertions.within(contig, start, end, reach).map(move |j| (i, j))
        },
    )
}

/// The cuts of events, sorted.
struct Anchors(Vec<(ContigIndex, u32, usize)>);

impl Anchors {
    fn new(events: &[Event], which: impl Fn(&Event) -> bool) -> Self {
        let mut anchors = Vec::new();
        for (index, event) in events.iter().enumerate().filter(|(_, event)| which(event)) {
            anchors.extend(event.cuts().map(|(contig, cut)| (contig, cut, index)));
        }
        anchors.sort_unstable();
        anchors.dedup();
        Self(anchors)
    }

    fn within(
        &self,
        contig: ContigIndex,
        start: u32,
        end: u32,
        reach: u32,
    ) -> impl Iterator<Item = usize> {
        let (first, last) = (start.saturating_sub(reach), end.saturating_add(reach));
        let from = self.0.partition_point(|&(c, cut, _)| (c, cut) < (contig, first));
        let near = self.0[from..].iter().take_while(move |a| a.0 == contig && a.1 <= last);
        near.map(|&(_, _, index)| index)
    }
}
