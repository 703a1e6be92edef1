//! A child and its parents: new variants, and genotypes that contradict inheritance.

use std::path::Path;

use serde::Serialize;
use wgs_formats::qc::{self, FamilyQc};

use super::{
    Options,
    accuracy::{Accuracy, Calls, Counts, Truth},
    bench::{Bench, truth_of},
    report,
};
use crate::{
    Error,
    bench::{
        process::{Pipeline, command},
        simulation::{Recipe, SAMPLE},
        target::Target,
    },
};

/// New variants that are planted.
const DE_NOVO: u32 = 100;
/// Recall and precision of new variants, at least.
const MIN_DE_NOVO: f64 = 0.95;
/// Share of passing records whose genotypes contradict inheritance, at most.
const MAX_MENDELIAN: f64 = 0.001;

/// How right the family's calls are.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Trio {
    contigs: Vec<String>,
    seed: u64,
    /// Calls of new variants that pass.
    de_novo: Accuracy,
    /// The child's calls.
    child: Accuracy,
    /// Passing records at which all three have a genotype and one of them a variant.
    sites: u64,
    mendelian_errors: u64,
}

/// Takes the family from FASTQ and judges the child's new variants.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Trio, Error> {
    let Options { seed, trio_contigs, setup, .. } = bench.options;
    let seed = seed + 1;
    let recipe = Recipe {
        coverage: setup.coverage,
        contigs: trio_contigs.clone(),
        seed,
        de_novo: Some(DE_NOVO),
    };
    let simulation = bench.setup.simulation("simulation.trio", &recipe)?;
    let out = bench.setup.room.folder("run.trio");
    let (_, layout) = bench.wgs_pipe.run(&simulation, &bench.bundle, &out)?;
    let family: FamilyQc = qc::read(&layout.family_qc())?;
    let folder = bench.fresh("trio")?;
    let all = layout.small_variants();
    let (child, new) = (folder.join("child.vcf.gz"), folder.join("new.vcf.gz"));
    let select = |to: &Path, which: &str| {
        let mut view = command("bcftools", ["view", "-s", SAMPLE, "-i", which, "-Oz", "-o"]);
        view.arg(to).arg(&all);
        Pipeline::new(bench.setup.room.log("trio"), [view]).run()
    };
    select(&child, "GT=\"alt\"")?;
    select(&new, "FMT/DN=\"DeNovo\"")?;
    let judge = bench.judge(bench.reference.fasta());
    let truth = truth_of(&simulation);
    let planted = Truth { variants: simulation.de_novo(), ..truth.clone() };
    let calls = |caller, path| Calls { caller, path, min_quality: None };
    Ok(Trio {
        contigs: recipe.contigs,
        seed,
        de_novo: judge.judge(calls("new variants", &new), &planted)?,
        child: judge.judge(calls("all of the child", &child), &truth)?,
        sites: family.trios.iter().map(|trio| trio.sites).sum(),
        mendelian_errors: family.trios.iter().map(|trio| trio.mendelian_errors).sum(),
    })
}

impl Trio {
    /// Of new variants, and of inheritance.
    pub(super) fn targets(&self) -> Vec<Target> {
        let Accuracy { snvs, indels, .. } = &self.de_novo;
        let both = Counts {
            true_positives: snvs.true_positives + indels.true_positives,
            false_positives: snvs.false_positives + indels.false_positives,
            false_negatives: snvs.false_negatives + indels.false_negatives,
        };
        let rate = self.false_contradictions() as f64 / self.sites as f64;
        vec![
            Target::at_least("trio: recall of new variants", both.recall(), MIN_DE_NOVO, " share"),
            Target::at_least("trio: their precision", both.precision(), MIN_DE_NOVO, " share"),
            Target::at_most("trio: Mendelian errors", rate, MAX_MENDELIAN, " share"),
        ]
    }

    /// Records that contradict inheritance, but for planted variants that are called new.
    fn false_contradictions(&self) -> u64 {
        let Accuracy { snvs, indels, .. } = &self.de_novo;
        self.mendelian_errors.saturating_sub(snvs.true_positives + indels.true_positives)
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let Self { contigs, seed, sites, mendelian_errors, .. } = self;
        format!(
            "\n## A trio on {} (seed {seed})\n\n{mendelian_errors} of {sites} records contradict \
             inheritance; {} of them are no planted new variants.\n",
            contigs.join(", "),
            self.false_contradictions()
        ) + &report::accuracy("confident regions", &[self.de_novo.clone(), self.child.clone()])
    }
}
