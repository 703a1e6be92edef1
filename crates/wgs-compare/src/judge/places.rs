//! What touches the same bases of the reference.

use super::Group;
use crate::{
    Reason,
    load::{Site, variants},
    replay::Outcome,
    variant::{Side, Variant},
};

/// The bases that sites touch, to be found by place.
struct Places<'a> {
    sites: Vec<&'a Site>,
    spans: Vec<Variant>,
    longest_bp: u32,
}

impl<'a> Places<'a> {
    fn new(sites: Vec<&'a Site>) -> Self {
        let spans = variants(&sites, false, true);
        let longest_bp = sites.iter().map(|site| site.reference_bp).max().unwrap_or_default();
        Self { sites, spans, longest_bp }
    }

    /// What touches the same bases as a variant.
    fn touching(&self, variant: &Variant) -> impl Iterator<Item = &Variant> {
        let first = variant.start.saturating_sub(self.longest_bp);
        let from = self.sites.partition_point(|site| site.start < first);
        let to = self.sites.partition_point(|site| site.start <= variant.end);
        self.spans[from..to].iter().filter(move |other| touch(variant, other))
    }
}

/// Of what has no match in either set, finds what touches the same bases.
pub(super) fn explain(groups: &mut [Group<'_>; 2]) {
    let open = groups.each_ref().map(Group::unmatched);
    let places = [0, 1].map(|side: usize| Places::new(groups[side].sites_at(&open[side])));
    for side in [0, 1] {
        for (&place, span) in open[side].iter().zip(&places[side].spans) {
            let reason = &mut groups[side].reasons[place];
            let touches = || places[1 - side].touching(span).next().is_some();
            if *reason == Reason::AlleleAbsent && touches() {
                *reason = Reason::OtherAllele;
            }
        }
    }
}

/// Matches what touches the same bases as anything of the other set.
pub(super) fn match_all(groups: &mut [Group<'_>; 2]) {
    let open = groups.each_ref().map(Group::unmatched);
    let places = groups.each_ref().map(|group| Places::new(group.sites.clone()));
    for side in [0, 1] {
        for &place in &open[side] {
            let touching = || places[1 - side].touching(&places[side].spans[place]);
            if touching().next().is_some() {
                let counts = side == Side::Truth.index() || touching().any(|truth| truth.inside);
                let weight = if counts { 1.0 } else { 0.0 };
                groups[side].outcomes[place] = Outcome::Matched { weight };
            }
        }
    }
}

/// Whether two variants touch the same bases; an insertion touches those beside it.
fn touch(a: &Variant, b: &Variant) -> bool {
    let between = a.start == a.end || b.start == b.end;
    if between { a.start <= b.end && b.start <= a.end } else { a.start < b.end && b.start < a.end }
}
