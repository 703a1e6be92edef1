//! Ensembl VEP over the drawn variants: as it is, and as it is with its cache.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wgs_formats::{digest, output};

use super::super::{
    folder,
    process::{Pipeline, command},
    say, tools,
};
use crate::Error;

/// What VEP is asked for.
pub(super) const ARGUMENTS: &[&str] = &[
    "--vcf",
    "--hgvs",
    "--numbers",
    "--symbol",
    "--biotype",
    "--canonical",
    "--allele_number",
    "--no_stats",
    "--force_overwrite",
    "--quiet",
];

/// A module that VEP loads to do without its cache what it does with it.
const AS_CACHED: &str = include_str!("vep_as_cached.pm");
/// The file that Perl looks for the module in.
const AS_CACHED_FILE: &str = "VepAsCached.pm";

/// Which VEP runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// With gene models and genome from files, as it is.
    AsItIs,
    /// The same with [`AS_CACHED`].
    AsCached,
}

/// VEP, and what it reads.
pub(super) struct Vep<'a> {
    pub(super) program: &'a Path,
    pub(super) version: String,
    pub(super) genes: &'a Path,
    pub(super) genome: &'a Path,
    /// Where its folders and logs go.
    pub(super) out: &'a Path,
}

/// What VEP's annotation was made of; also decides whether it is made again.
#[derive(PartialEq, Serialize, Deserialize)]
struct MadeOf {
    version: String,
    variants_sha256: String,
    genes_sha256: String,
    arguments: Vec<String>,
}

impl<'a> Vep<'a> {
    /// Asks the program for its version.
    pub(super) fn new(
        program: &'a Path,
        genes: &'a Path,
        genome: &'a Path,
        out: &'a Path,
    ) -> Result<Self, Error> {
        let version = tools::version(program, &["--help"])?
            .ok_or("vep is not there: say with --vep which program runs it")?;
        Ok(Self { program, version, genes, genome, out })
    }

    /// The annotation of the variants, made unless it is there.
    pub(super) fn annotate(&self, variants: &Path, kind: Kind) -> Result<PathBuf, Error> {
        let (name, module) = match kind {
            Kind::AsItIs => ("vep", None),
            Kind::AsCached => ("vep-as-cached", Some(AS_CACHED)),
        };
        let module_digest = module.map(|text| digest::sha256_bytes(text.as_bytes()));
        let arguments = ARGUMENTS.iter().map(ToString::to_string);
        let made_of = MadeOf {
            version: self.version.clone(),
            variants_sha256: digest::sha256_file(variants)?,
            genes_sha256: digest::sha256_file(self.genes)?,
            arguments: arguments.chain(module_digest).collect(),
        };
        let make = |folder: &Path| {
            say(&format!("{name}: about 100 variants a second"));
            let (log, genes) = (self.out.join(format!("{name}.log")), folder.join("genes.gff3.gz"));
            sorted_genes(self.genes, &genes, &log)?;
            let mut vep = command(self.program, ARGUMENTS);
            vep.arg("--gff").arg(&genes).arg("--fasta").arg(self.genome);
            vep.arg("-i").arg(variants).arg("-o").arg(folder.join("vep.vcf"));
            if let Some(module) = module {
                output::write(&folder.join(AS_CACHED_FILE), module)?;
                vep.env("PERL5OPT", format!("-I{} -MVepAsCached", folder.display()));
            }
            Pipeline::new(log, [vep]).run().map(drop)
        };
        folder::kept(&self.out.join(name), &made_of, make).map(|folder| folder.join("vep.vcf"))
    }
}

/// The gene models as VEP wants them: sorted, in bgzip, with a tabix index.
pub(super) fn sorted_genes(genes: &Path, sorted: &Path, log: &Path) -> Result<(), Error> {
    let script = r#"set -o pipefail; gzip -cdf "$0" | grep -v '^#' | LC_ALL=C sort -t "$(printf '\t')" -k1,1 -k4,4n -k5,5n | bgzip > "$1" && tabix -p gff "$1""#;
    let mut sort = command("bash", ["-c", script]);
    sort.arg(genes).arg(sorted);
    Pipeline::new(log.to_owned(), [sort]).run().map(drop)
}
