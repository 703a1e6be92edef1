//! A whole case as a folder: reference, genes, known variants, reads, and the files that describe
//! it to `wgs-pipe run`.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use wgs_core::Sex;
use wgs_formats::{Result, output};

use crate::{
    genes::Genes,
    genome::Genome,
    pair::Lane,
    simulator::Simulator,
    sources,
    text::write_maybe_gzip,
    variants::{Donor, Variants},
};

/// A single germline case, all of it made from one seed.
///
/// ```
/// use wgs_testkit::TestCase;
/// let folder = tempfile::tempdir()?;
/// let case = TestCase { contigs: vec![("chr1".into(), 20_000)], genes: 1, ..TestCase::quickstart() };
/// let files = case.write(folder.path())?;
/// assert!(files.case.is_file() && files.lanes.len() == 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TestCase {
    /// Id of the case.
    pub id: String,
    /// Id of its sample.
    pub sample: String,
    /// Names and lengths of the contigs.
    pub contigs: Vec<(String, u32)>,
    /// Number of genes.
    pub genes: usize,
    /// The person.
    pub donor: Donor,
    /// The reads; its seed is that of everything.
    pub simulator: Simulator,
}

/// The files of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFiles {
    /// `genome.fa.gz`
    pub genome: PathBuf,
    /// `genes.gff3.gz`
    pub genes: PathBuf,
    /// `clinvar.vcf.gz`
    pub clinvar: PathBuf,
    /// `case.toml`
    pub case: PathBuf,
    /// `samplesheet.csv`
    pub samplesheet: PathBuf,
    /// `truth.vcf`
    pub truth: PathBuf,
    /// `reads/SAMPLE_L00N_R1.fastq.gz` and `_R2`, by lane.
    pub lanes: Vec<Lane>,
}

impl TestCase {
    /// The case of `test-data/`: 180 kb with twelve genes, two lanes of a woman at 30x.
    pub fn quickstart() -> Self {
        let contigs = [("chr1", 95_000), ("chr2", 60_000), ("chrX", 20_000), ("chrM", 5_000)];
        Self {
            id: "quickstart".into(),
            sample: "NA-demo".into(),
            contigs: contigs.map(|(name, length)| (name.into(), length)).to_vec(),
            genes: 12,
            donor: Donor { snv_rate: 1.0 / 900.0, indel_rate: 1.0 / 4000.0, ..Donor::default() },
            simulator: Simulator { lanes: 2, ..Simulator::new(20_260_701) },
        }
    }

    /// The reference, its genes, and the person's variants.
    pub fn person(&self) -> (Genome, Genes, Variants) {
        let seed = self.simulator.seed;
        let contigs: Vec<(&str, u32)> =
            self.contigs.iter().map(|(n, l)| (n.as_str(), *l)).collect();
        let mut genome = Genome::random(seed, &contigs);
        let genes = Genes::plant(&mut genome, seed, self.genes);
        let variants = Variants::plant(seed, &self.donor, &genome, &genes);
        (genome, genes, variants)
    }

    /// Writes everything into an existing folder.
    pub fn write(&self, folder: &Path) -> Result<CaseFiles> {
        let seed = self.simulator.seed;
        let (genome, genes, variants) = self.person();
        let reads = folder.join("reads");
        output::create_folder(&reads)?;
        let lanes = self.simulator.write_lanes(&reads, &self.sample, &genome, &variants)?;
        let put = |name: &str, content: &[u8]| {
            let path = folder.join(name);
            write_maybe_gzip(&path, content).map(|()| path)
        };
        let known = sources::clinvar(seed, &genome, &genes, &variants);
        Ok(CaseFiles {
            genome: put("genome.fa.gz", &genome.fasta())?,
            genes: put("genes.gff3.gz", genes.gff3(&genome).as_bytes())?,
            clinvar: put("clinvar.vcf.gz", known.as_bytes())?,
            truth: put("truth.vcf", variants.vcf(&genome, &self.sample).as_bytes())?,
            case: put("case.toml", self.case_file().as_bytes())?,
            samplesheet: put("samplesheet.csv", self.samplesheet().as_bytes())?,
            lanes,
        })
    }

    fn sex(&self) -> &'static str {
        match self.donor.sex {
            Sex::Female => "female",
            Sex::Male => "male",
            Sex::Unknown => "unknown",
        }
    }

    /// Path of a lane's FASTQ, relative to the case file.
    fn fastq(&self, lane: u32, read: u32) -> String {
        format!("reads/{}_L{lane:03}_R{read}.fastq.gz", self.sample)
    }

    fn case_file(&self) -> String {
        let (id, sample, sex) = (&self.id, &self.sample, self.sex());
        let mut text = format!(
            r#"schema = "wgs-pipe/case/1"
id = "{id}"
kind = "germline"

[[samples]]
id = "{sample}"
role = "proband"
sex = "{sex}"
affected = true
phenotypes = ["HP:0002664"]
"#
        );
        for lane in 1..=self.simulator.lanes {
            let [r1, r2] = [1, 2].map(|read| self.fastq(lane, read));
            let group = format!(
                r#"
[[samples.read_groups]]
id = "{sample}.L{lane:03}"
library = "lib1"
lane = "{lane}"
platform = "ILLUMINA"
r1 = "{r1}"
r2 = "{r2}"
"#
            );
            text.push_str(&group);
        }
        text
    }

    fn samplesheet(&self) -> String {
        let (id, sample, sex) = (&self.id, &self.sample, self.sex());
        let mut text = String::from("case,sample,role,sex,lane,library,fastq_1,fastq_2\n");
        for lane in 1..=self.simulator.lanes {
            let [r1, r2] = [1, 2].map(|read| self.fastq(lane, read));
            writeln!(text, "{id},{sample},proband,{sex},{lane},lib1,{r1},{r2}")
                .expect("a String takes everything");
        }
        text
    }
}
