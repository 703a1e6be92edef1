//! What `bench-peers annotate` says.

use serde::Serialize;

use super::agreement::{Agreement, FIELDS, Tally};
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
    fields: Vec<Row>,
    targets: Vec<Target>,
}

/// A field, and how often it is that of VEP.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    as_it_is: Tally,
    as_cached: Tally,
}

impl Report {
    pub(super) fn new(vep: String, seed: u64, as_it_is: &Agreement, as_cached: &Agreement) -> Self {
        let row = |(place, name)| {
            let (as_it_is, as_cached) = (as_it_is.tallies[place], as_cached.tallies[place]);
            Row { name, as_it_is, as_cached }
        };
        let fields: Vec<Row> = FIELDS.into_iter().enumerate().map(row).collect();
        let targets = |row: &Row| {
            let target = |vep: &str, tally: Tally| {
                let what = format!("{} equal to that of {vep}", row.name);
                Target::at_least(what, tally.share(), AGREEMENT, " share")
            };
            [target("VEP", row.as_it_is), target("VEP as with its cache", row.as_cached)]
        };
        let targets = fields.iter().take(3).flat_map(targets).collect();
        Self { vep, seed, variants: as_it_is.variants, fields, targets }
    }

    pub(super) fn markdown(&self) -> String {
        let Self { vep, seed, variants, .. } = self;
        let mut text = format!(
            "# Annotation beside Ensembl VEP {vep}\n\n{variants} variants, seed {seed}. Entries are \
             compared by variant and transcript, with VEP as it is with GFF3 and FASTA, and with \
             VEP made to do without its cache what it does with it.\n\n\
             | field | compared | differ | equal, % | differ (as cached) | equal, % |\n\
             |---|--:|--:|--:|--:|--:|\n"
        );
        for Row { name, as_it_is, as_cached } in &self.fields {
            text += &format!("| {name} | {} |", as_it_is.compared);
            for tally in [as_it_is, as_cached] {
                let differ = tally.compared - tally.equal;
                text += &format!(" {differ} | {:.3} |", 100.0 * tally.share());
            }
            text += "\n";
        }
        text += "\n| what | measured | target | |\n|---|--:|--:|---|\n";
        text.extend(self.targets.iter().map(Target::row));
        text
    }
}
