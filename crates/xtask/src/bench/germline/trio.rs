//! A child and its parents: new variants, and genotypes that contradict inheritance.

use std::path::Path;

use serde::{Deserialize, Serialize};
use wgs_core::SampleId;
use wgs_formats::output;
use wgs_task::CaseLayout;

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
        say,
        simulation::{PARENTS, Recipe, SAMPLE},
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
    let folder = bench.fresh("trio")?;
    let all = folder.join("family.vcf.gz");
    let summary = joint(bench, &layout, &folder, &all)?;
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
        sites: summary.trios.iter().map(|trio| trio.sites).sum(),
        mendelian_errors: summary.trios.iter().map(|trio| trio.mendelian_errors).sum(),
    })
}

/// gVCFs of the family's CRAMs, and joint genotypes by the pedigree.
fn joint(
    bench: &Bench<'_>,
    layout: &CaseLayout,
    folder: &Path,
    calls: &Path,
) -> Result<FamilySummary, Error> {
    let [father, mother] = PARENTS;
    let (pedigree, summary) = (folder.join("family.ped"), folder.join("family.json"));
    let rows = format!(
        "F\t{SAMPLE}\t{father}\t{mother}\t2\t2\nF\t{father}\t0\t0\t1\t1\nF\t{mother}\t0\t0\t2\t1\n"
    );
    output::write(&pedigree, rows)?;
    let mut joint = command(&bench.setup.binary, ["joint"]);
    for sample in [SAMPLE, father, mother] {
        say(&format!("gVCF of {sample}"));
        let gvcf = folder.join(format!("{sample}.g.vcf.gz"));
        let mut call = command(&bench.setup.binary, ["call", "--gvcf"]);
        call.arg(&gvcf).arg(layout.cram(&sample.parse::<SampleId>()?));
        call.arg("--out").arg(folder.join(format!("{sample}.vcf.gz")));
        call.arg("--bundle").arg(&bench.bundle);
        bench.wgs_pipe.limit(&mut call);
        Pipeline::new(bench.setup.room.log("trio"), [call]).run()?;
        joint.arg(gvcf);
    }
    joint.arg("--bundle").arg(&bench.bundle).arg("--pedigree").arg(&pedigree);
    joint.arg("--family-summary").arg(&summary).arg("--out").arg(calls);
    Pipeline::new(bench.setup.room.log("trio"), [joint]).run()?;
    Ok(output::read_json(&summary)?)
}

/// What is read of the family's summary.
#[derive(Deserialize)]
struct FamilySummary {
    trios: Vec<TrioSummary>,
}

#[derive(Deserialize)]
struct TrioSummary {
    sites: u64,
    mendelian_errors: u64,
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
