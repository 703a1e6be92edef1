//! Real reads of NA12878 on a piece of chromosome 20, whose variants are known.

use serde::Serialize;
use wgs_formats::output;

use super::{
    accuracy::{Accuracy, Calls, Truth},
    bench::Bench,
    report,
};
use crate::{
    Error,
    bench::{process::Pipeline, process::command, say, target::Target},
};

/// Folder of the reads, beside the reference data.
const DATA: &str = "../na12878-chr20";
/// The sample of the reads.
const SAMPLE: &str = "NA12878";
/// Recall of SNVs and of indels, at least.
const MIN_RECALL: [f64; 2] = [0.995, 0.97];
/// Calls in excess, at most.
const MAX_EXTRA: f64 = 1.0;

/// How right the calls are.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Real(Accuracy);

/// Aligns the reads anew, calls and judges.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Real, Error> {
    say("real reads");
    let data = bench.setup.data.join(DATA);
    let folder = bench.fresh("real")?;
    let (genome, genes, bundle) =
        (data.join("genome.fa.gz"), folder.join("none.gff3"), folder.join("bundle"));
    output::write(&genes, "##gff-version 3\n")?;
    let mut build = command(&bench.setup.binary, ["bundle", "build", "--genome"]);
    build.arg(&genome).arg("--genes").arg(&genes).arg("--out").arg(&bundle);
    Pipeline::new(bench.setup.room.log("real"), [build]).run()?;
    let cram = folder.join("reads.cram");
    let mut align = command(&bench.setup.binary, ["align"]);
    align.arg(data.join("reads.bam")).arg("--bundle").arg(&bundle).args(["--sample", SAMPLE]);
    align.arg("--out").arg(&cram);
    Pipeline::new(bench.setup.room.log("real"), [align]).run()?;
    let path = &folder.join("calls.vcf.gz");
    bench.call(&cram, &bundle, path, &bench.wgs_pipe.limits)?;
    let truth =
        Truth { variants: data.join("truth.vcf.gz"), confident: data.join("confident.bed") };
    let calls = Calls { caller: "wgs-pipe", path, min_quality: None };
    Ok(Real(bench.judge(genome).judge(calls, &truth)?))
}

impl Real {
    /// Recall, and calls in excess.
    pub(super) fn targets(&self) -> Vec<Target> {
        let Accuracy { snvs, indels, .. } = &self.0;
        let extra = snvs.false_positives + indels.false_positives;
        let [snv, indel] = MIN_RECALL;
        vec![
            Target::at_least("NA12878: recall of SNVs", snvs.recall(), snv, " share"),
            Target::at_least("NA12878: recall of indels", indels.recall(), indel, " share"),
            Target::at_most("NA12878: calls in excess", extra as f64, MAX_EXTRA, ""),
        ]
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        "\n## Real reads of NA12878\n\n".to_owned()
            + &report::accuracy("confident regions", std::slice::from_ref(&self.0))
    }
}
