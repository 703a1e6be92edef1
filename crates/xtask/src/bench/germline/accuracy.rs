//! Calls against the planted variants: alleles, not genotypes, inside the confident regions.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Serialize;
use wgs_formats::FileError;

use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, command},
    },
};

/// Alleles found, called in excess, and missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) true_positives: u64,
    pub(super) false_positives: u64,
    pub(super) false_negatives: u64,
}

/// How right a caller's calls are.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Accuracy {
    pub(super) caller: String,
    pub(super) snvs: Counts,
    pub(super) indels: Counts,
}

impl Counts {
    /// Share of the calls that are true; 0 without calls.
    pub(super) fn precision(self) -> f64 {
        share(self.true_positives, self.false_positives)
    }

    /// Share of the planted variants that are called; 0 without any.
    pub(super) fn recall(self) -> f64 {
        share(self.true_positives, self.false_negatives)
    }

    /// Harmonic mean of precision and recall.
    pub(super) fn f1(self) -> f64 {
        share(2 * self.true_positives, self.false_positives + self.false_negatives)
    }
}

fn share(part: u64, rest: u64) -> f64 {
    if part == 0 { 0.0 } else { part as f64 / (part + rest) as f64 }
}

/// Compares calls with a truth.
pub(super) struct Judge {
    genome: PathBuf,
    confident: PathBuf,
    folder: PathBuf,
    log: PathBuf,
}

impl Judge {
    /// A judge who works in a fresh folder and has read the truth.
    pub(super) fn new(
        genome: PathBuf,
        confident: PathBuf,
        truth: &Path,
        folder: &Path,
        log: PathBuf,
    ) -> Result<Self, Error> {
        let judge = Self { genome, confident, folder: folder::fresh(folder)?, log };
        judge.prepare(truth, "truth", None)?;
        Ok(judge)
    }

    /// Judges the calls that pass the caller's own filters, and have at least that QUAL.
    pub(super) fn judge(
        &self,
        caller: &str,
        calls: &Path,
        min_qual: Option<f64>,
    ) -> Result<Accuracy, Error> {
        let name = "calls";
        self.prepare(calls, name, min_qual)?;
        Ok(Accuracy {
            caller: min_qual.map_or(caller.into(), |qual| format!("{caller}, QUAL ≥ {qual}")),
            snvs: self.compare(name, "snps")?,
            indels: self.compare(name, "indels")?,
        })
    }

    /// Alleles as single records in one form, by type: split, haplotypes taken apart, left-aligned.
    fn prepare(&self, vcf: &Path, name: &str, min_qual: Option<f64>) -> Result<(), Error> {
        let mut strip = command("bcftools", ["annotate", "-x", "ID,INFO,^FORMAT/GT", "-Ou"]);
        strip.arg(vcf);
        let mut inside = command("bcftools", ["view", "-f", "PASS,.", "-e", "ALT=\"*\"", "-Ou"]);
        inside.arg("-T").arg(&self.confident);
        let qual = min_qual.map_or(String::new(), |qual| format!(" && QUAL>={qual}"));
        let carried = format!("GT=\"alt\"{qual}");
        let carried = command("bcftools", ["view", "-i", &carried, "-Ou"]);
        let mut sort = command("bcftools", ["sort", "-Ou", "-T"]);
        sort.arg(self.folder.join("sort"));
        let mut once = command("bcftools", ["norm", "-d", "exact", "-Ob", "-o"]);
        let all = self.folder.join(format!("{name}.bcf"));
        once.arg(&all);
        let apart = command("bcftools", ["norm", "-a", "-Ou"]);
        self.run([
            strip,
            self.left_align(),
            apart,
            self.left_align(),
            inside,
            carried,
            sort,
            once,
        ])?;
        for kind in ["snps", "indels"] {
            let typed = self.typed(name, kind);
            let mut select = command("bcftools", ["view", "-v", kind, "-Ob", "-o"]);
            select.arg(&typed).arg(&all);
            self.run([select])?;
            let mut index = command("bcftools", ["index", "-f"]);
            index.arg(&typed);
            self.run([index])?;
        }
        Ok(())
    }

    fn left_align(&self) -> Command {
        let mut command = command("bcftools", ["norm", "-m-", "-Ou", "-f"]);
        command.arg(&self.genome);
        command
    }

    fn compare(&self, name: &str, kind: &str) -> Result<Counts, Error> {
        let parts = folder::fresh(&self.folder.join(kind))?;
        let mut isec = command("bcftools", ["isec", "-c", "none", "-p"]);
        isec.arg(&parts).arg(self.typed("truth", kind)).arg(self.typed(name, kind));
        self.run([isec])?;
        Ok(Counts {
            false_negatives: records(&parts.join("0000.vcf"))?,
            false_positives: records(&parts.join("0001.vcf"))?,
            true_positives: records(&parts.join("0002.vcf"))?,
        })
    }

    fn typed(&self, name: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{name}.{kind}.bcf"))
    }

    fn run<const N: usize>(&self, commands: [Command; N]) -> Result<(), Error> {
        Pipeline::new(self.log.clone(), commands).run().map(drop)
    }
}

fn records(vcf: &Path) -> Result<u64, Error> {
    let text = fs::read_to_string(vcf).map_err(|e| FileError::io(vcf, e))?;
    Ok(text.lines().filter(|line| !line.starts_with('#')).count() as u64)
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    #[test]
    fn shares() {
        let counts = Counts { true_positives: 6, false_positives: 2, false_negatives: 4 };
        assert_eq!(counts.precision(), 0.75);
        assert_eq!(counts.recall(), 0.6);
        assert!((counts.f1() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(Counts::default().f1(), 0.0);
    }

    fn vcf(records: &[&str]) -> String {
        let header = "##fileformat=VCFv4.2\n##contig=<ID=c,length=40>\n\
            ##FILTER=<ID=LOW,Description=\"low\">\n\
            ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"genotype\">\n\
            #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n";
        let lines = records.iter().map(|record| {
            let fields: Vec<&str> = record.split(' ').collect();
            let [pos, reference, alternate, qual, filter, genotype] = fields[..] else {
                panic!("{record}")
            };
            format!("c\t{pos}\t.\t{reference}\t{alternate}\t{qual}\t{filter}\t.\tGT\t{genotype}\n")
        });
        lines.fold(header.to_owned(), |text, line| text + &line)
    }

    /// Needs bcftools, which `scripts/setup --tests` installs.
    #[test]
    fn alleles_are_compared_in_one_form_inside_the_regions() {
        let room = tempfile::tempdir().unwrap();
        let put = |name: &str, content: &str| {
            output::write(&room.path().join(name), content).unwrap();
            room.path().join(name)
        };
        let genome = put("g.fa", ">c\nACGTACGTACGGGGGGTACATTTTTTACGATCCATGCAACG\n");
        let confident = put("c.bed", "c\t0\t30\n");
        let truth = put(
            "t.vcf",
            &vcf(&[
                "2 C T 50 . 0|1",
                "5 A C 50 . 1|1",
                "6 C A 50 . 1|1",
                "10 CG C 50 . 0|1",
                "21 T TA,TG 50 . 1|2",
                "35 T C 50 . 0|1",
            ]),
        );
        let calls = put(
            "o.vcf",
            &vcf(&[
                "2 C T 50 PASS 0/1",
                "5 AC CA 10 PASS 1/1",
                "8 T G 50 PASS 0/1",
                "9 A C 50 LOW 0/1",
                "15 GG G 50 PASS 0/1",
                "21 T TA 50 PASS 0/1",
                "26 T TT 5 PASS 0/1",
                "28 C A 50 PASS 0/0",
            ]),
        );
        let folder = room.path().join("judge");
        let log = room.path().join("log");
        let judge = Judge::new(genome, confident, &truth, &folder, log).unwrap();

        let all = judge.judge("us", &calls, None).unwrap();
        let counts = |true_positives, false_positives, false_negatives| Counts {
            true_positives,
            false_positives,
            false_negatives,
        };
        assert_eq!(all.caller, "us");
        assert_eq!(all.snvs, counts(3, 1, 0));
        assert_eq!(all.indels, counts(2, 1, 1));

        let sure = judge.judge("us", &calls, Some(20.0)).unwrap();
        assert_eq!(sure.caller, "us, QUAL ≥ 20");
        assert_eq!(sure.snvs, counts(1, 1, 2));
        assert_eq!(sure.indels, counts(2, 0, 1));
    }
}
