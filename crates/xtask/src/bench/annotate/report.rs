//! What `bench-peers annotate` says.

use serde::Serialize;

use super::{
    Options,
    agreement::{Agreement, FIELDS, Tally},
};
use crate::bench::target::Target;

/// The least share of equal consequences and names.
const AGREEMENT: f64 = 0.9995;

/// All figures.
#[derive(Serialize)]
pub(super) struct Report {
    /// Version of VEP.
    vep: String,
    seed: u64,
    variants: u64,
    fields: Vec<(&'static str, Tally)>,
    targets: Vec<Target>,
}

impl Report {
    pub(super) fn new(vep: String, options: &Options, agreement: &Agreement) -> Self {
        let fields: Vec<_> = FIELDS.into_iter().zip(agreement.tallies).collect();
        let target = |&(name, tally): &(&str, Tally)| {
            Target::at_least(format!("{name} equal to VEP's"), tally.share(), AGREEMENT, " share")
        };
        let targets = fields.iter().take(3).map(target).collect();
        Self { vep, seed: options.seed, variants: agreement.variants, fields, targets }
    }

    pub(super) fn markdown(&self) -> String {
        let Self { vep, seed, variants, .. } = self;
        let mut text = format!(
            "# Annotation beside Ensembl VEP {vep}\n\n{variants} variants, seed {seed}. Entries are \
             compared by variant and transcript.\n\n| field | compared | equal | differ | % |\n\
             |---|--:|--:|--:|--:|\n"
        );
        for (name, tally) in &self.fields {
            let Tally { compared, equal } = tally;
            let (differ, percent) = (compared - equal, 100.0 * tally.share());
            text += &format!("| {name} | {compared} | {equal} | {differ} | {percent:.3} |\n");
        }
        text += "\n| what | measured | target | |\n|---|--:|--:|---|\n";
        text.extend(self.targets.iter().map(Target::row));
        text
    }
}
