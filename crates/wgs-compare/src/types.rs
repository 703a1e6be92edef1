//! The types that verdicts are counted by.

use serde::Serialize;

use crate::{
    Counts, Reason, Verdict,
    class::{Class, Kind},
    load::Site,
    variant::Side,
    verdict::Judgement,
};

/// A type by its name, and whether a class belongs to it.
type Type = (&'static str, fn(Class) -> bool);

/// The types, in the order of the tables.
const TYPES: [Type; 15] = [
    ("SNV", |class| class.kind == Kind::Snv),
    ("INDEL", |class| class.kind.is_indel()),
    ("ALL", |_| true),
    ("MNP", |class| class.kind == Kind::Mnp),
    ("INSERTION", |class| class.kind == Kind::Insertion),
    ("DELETION", |class| class.kind == Kind::Deletion),
    ("COMPLEX", |class| class.kind == Kind::Complex),
    ("INSERTION_1-5", |class| is(class, Kind::Insertion, 1, 5)),
    ("INSERTION_6-15", |class| is(class, Kind::Insertion, 6, 15)),
    ("INSERTION_16-49", |class| is(class, Kind::Insertion, 16, 49)),
    ("INSERTION_50+", |class| is(class, Kind::Insertion, 50, u32::MAX)),
    ("DELETION_1-5", |class| is(class, Kind::Deletion, 1, 5)),
    ("DELETION_6-15", |class| is(class, Kind::Deletion, 6, 15)),
    ("DELETION_16-49", |class| is(class, Kind::Deletion, 16, 49)),
    ("DELETION_50+", |class| is(class, Kind::Deletion, 50, u32::MAX)),
];

fn is(class: Class, kind: Kind, from: u32, to: u32) -> bool {
    class.kind == kind && (from..=to).contains(&class.size_bp)
}

/// The counts of one type of variants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeCounts {
    /// `SNV`, `INDEL` (all that changes the length), `ALL`, `MNP`, and finer ones.
    #[serde(rename = "type")]
    pub name: String,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Counts by type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table([Counts; TYPES.len()]);

impl Table {
    pub(crate) fn count(&mut self, site: &Site, judgement: Judgement, side: Side) {
        let one = one(judgement, side);
        for (counts, (_, holds)) in self.0.iter_mut().zip(TYPES) {
            if holds(site.class) {
                counts.add(&one);
            }
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(counts, other)| counts.add(other));
    }

    pub(crate) fn rows(&self) -> Vec<TypeCounts> {
        let rows = TYPES.iter().zip(self.0);
        rows.map(|((name, _), counts)| TypeCounts { name: (*name).to_owned(), counts }).collect()
    }
}

fn one(judgement: Judgement, side: Side) -> Counts {
    let mut one = Counts::default();
    match (judgement.verdict, side) {
        (Verdict::TruePositive, Side::Truth) => one.tp = 1,
        (Verdict::TruePositive, Side::Calls) => one.tp_call = 1,
        (Verdict::FalseNegative, _) => {
            one.fn_ = 1;
            one.fn_filtered = u64::from(judgement.reason == Reason::CallFiltered);
        }
        (Verdict::FalsePositive, _) => {
            one.fp = 1;
            one.fp_genotype = u64::from(judgement.reason == Reason::GenotypeDiffers);
            one.fp_allele = u64::from(judgement.reason == Reason::OtherAllele);
        }
        (Verdict::Ignored, _) => {}
    }
    one
}

/// Whether a class belongs to a type by its name.
pub(crate) fn belongs(class: Class, name: &str) -> bool {
    TYPES.iter().any(|(known, holds)| *known == name && holds(class))
}
