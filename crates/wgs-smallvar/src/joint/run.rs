//! From gVCFs to a VCF.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::{Build, ContigIndex, ErrorKind, Pedigree, Ploidy, Sex};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    qc::{self, family::TrioQc},
    variant::{Header, Record, Writer},
};

use super::{
    evidence::{self, Evidence},
    family::{self, Family, FamilyOptions},
    genotyped, kin,
    kin::Kin,
    mitochondrion, sites,
    source::{Place, Source},
};
use crate::{filter, mito, options::Options, site::Site, vcf};

/// Settings of joint genotyping.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JointOptions {
    /// Priors, filters and the least QUAL: as for a call.
    pub call: Options,
    /// Relatives.
    pub family: FamilyOptions,
}

/// What to genotype together.
#[derive(Clone, Copy)]
pub struct JointRequest<'a> {
    /// A gVCF for each sample.
    pub inputs: &'a [PathBuf],
    /// The genome that they were made with.
    pub genome: &'a Genome,
    /// Who is whose child, by the names of samples; people without a gVCF may be among them.
    pub pedigree: Option<&'a Pedigree>,
    /// The VCF to make (bgzip); its index is written beside it.
    pub output: &'a Path,
    /// Where to write what the families look like as a whole ([`qc::FamilyQc`]; `.tsv` beside it).
    pub family_summary: Option<&'a Path>,
    /// Settings.
    pub options: &'a JointOptions,
    /// Threads that compress. Without influence on the output.
    pub threads: usize,
    /// Hears how many bases of the reference are done, and of how many.
    pub progress: Option<&'a dyn Fn(u64, u64)>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JointSummary {
    /// The samples, in the order of the VCF's columns.
    pub samples: Vec<String>,
    /// Records written.
    pub records: u64,
    /// Records that pass all filters.
    pub passed: u64,
    /// Children of two sampled parents.
    pub trios: Vec<TrioQc>,
    /// What a person should know before the genotypes are used.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Genotypes the samples of gVCFs together. No more rows are held in memory than reach over one
/// place.
///
/// The bytes of the output follow from the gVCFs, the genome, the pedigree and the options alone.
///
/// # Errors
///
/// If a file is no gVCF of one sample, is not sorted, is cut off, or disagrees with the genome
/// (`ReferenceMismatch`); if two are of one sample; if no sample is in the pedigree; and whatever
/// reading and writing bring.
///
/// ```no_run
/// use wgs_formats::genome::Genome;
/// use wgs_smallvar::joint::{JointOptions, JointRequest, joint};
///
/// let genome = Genome::open("genome.fa")?;
/// let summary = joint(&JointRequest {
///     inputs: &["child.g.vcf.gz".into(), "mother.g.vcf.gz".into()],
///     genome: &genome,
///     pedigree: None,
///     output: "family.vcf.gz".as_ref(),
///     family_summary: None,
///     options: &JointOptions::default(),
///     threads: 2,
///     progress: None,
/// })?;
/// assert!(summary.passed <= summary.records);
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
pub fn joint(request: &JointRequest<'_>) -> Result<JointSummary> {
    let sources = open(request)?;
    let samples: Vec<String> = sources.iter().map(|s| s.sample().to_owned()).collect();
    let families = families(request, &samples)?;
    let sexes = sources.iter().map(|source| sex_of(request, source)).collect();
    let mut header = vcf::header(request.genome.contigs(), &samples, &request.options.call);
    kin::declare(&mut header, &families);
    let warnings = tell_sexes(&mut header, &sources, request.pedigree);
    let mut writer = Writer::create(request.output, &header, request.threads)?;
    let mut summary =
        JointSummary { samples: samples.clone(), warnings, ..JointSummary::default() };
    let mut joint = Joint {
        request,
        build: Build::of(request.genome.contigs()),
        sexes,
        kin: Kin::new(families, samples, &request.options.family),
        sources,
    };
    let mut last = None;
    while let Some(place) = joint.sources.iter().filter_map(Source::next_place).min() {
        if last != Some(place.0) {
            last = Some(place.0);
            joint.report(place.0);
        }
        for record in joint.at(place)? {
            summary.records += 1;
            summary.passed += u64::from(record.filters.is_pass());
            writer.write(&record)?;
        }
    }
    let families = joint.kin.finish();
    writer.finish()?;
    if let Some(path) = request.family_summary {
        qc::write(&families, path, Some(&path.with_extension("tsv")))?;
    }
    summary.trios = families.trios;
    Ok(summary)
}

/// Takes over what the gVCFs tell of sexes, and returns what of it is to be warned of.
fn tell_sexes(
    header: &mut Header,
    sources: &[Source<'_>],
    pedigree: Option<&Pedigree>,
) -> Vec<String> {
    let lines = sources.iter().flat_map(|source| &source.sexes().sex);
    lines.for_each(|line| header.add_line("sex", line));
    let of = |source: &Source<'_>| source.sexes().warnings(source.sample(), pedigree);
    let warnings: Vec<String> = sources.iter().flat_map(of).collect();
    warnings.iter().for_each(|warning| header.add_line("warning", warning));
    warnings
}

fn open<'a>(request: &JointRequest<'a>) -> Result<Vec<Source<'a>>> {
    if request.inputs.is_empty() {
        return Err(FileError::new(request.output, ErrorKind::Usage, "no gVCF is given for it"));
    }
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut sources = Vec::new();
    for path in request.inputs {
        let source = Source::open(path, request.genome)?;
        if let Some(first) = seen.insert(source.sample().to_owned(), path.clone()) {
            let reason = format!("sample {} is in {} too", source.sample(), first.display());
            return Err(FileError::invalid(path, reason).hint("give each sample once"));
        }
        sources.push(source);
    }
    Ok(sources)
}

/// By the pedigree, or else as the gVCF was called.
fn sex_of(request: &JointRequest<'_>, source: &Source<'_>) -> Sex {
    let person = request.pedigree.and_then(|pedigree| pedigree.person(source.sample()));
    person
        .map(|p| p.sex)
        .filter(|&sex| sex != Sex::Unknown)
        .unwrap_or(source.sexes().used(source.sample()))
}

fn families(request: &JointRequest<'_>, samples: &[String]) -> Result<Vec<Family>> {
    let Some(pedigree) = request.pedigree else { return Ok(Vec::new()) };
    if !samples.iter().any(|sample| pedigree.person(sample).is_some()) {
        let reason = format!("none of its samples ({}) is in the pedigree", samples.join(", "));
        return Err(FileError::new(request.output, ErrorKind::Configuration, reason)
            .hint("the second column of a PED file names samples as the gVCFs do"));
    }
    Ok(family::families(pedigree, samples))
}

struct Joint<'a> {
    request: &'a JointRequest<'a>,
    build: Build,
    /// Of each sample.
    sexes: Vec<Sex>,
    kin: Kin<'a>,
    sources: Vec<Source<'a>>,
}

impl Joint<'_> {
    fn report(&self, contig: ContigIndex) {
        let contigs = self.request.genome.contigs();
        let before: u64 = contigs.iter().take(contig.0).map(|c| u64::from(c.length)).sum();
        self.request.progress.iter().for_each(|hear| hear(before, contigs.total_length()));
    }

    /// The records of a place.
    fn at(&mut self, place: Place) -> Result<Vec<Record>> {
        self.sources.iter_mut().try_for_each(|source| source.advance(place))?;
        let begins = |row: &&super::row::Row| row.range.start == place.1 && row.has_variant();
        let rows = self.sources.iter().flat_map(|s| s.rows().iter().filter(begins));
        let loci = sites::unified(place.1, &rows);
        if loci.is_empty() {
            return Ok(Vec::new());
        }
        let genome = self.request.genome;
        let Some(contig) = genome.contigs().get(place.0) else { return Ok(Vec::new()) };
        let reference = genotyped::around(genome, place.0, place.1);
        let options = &self.request.options.call;
        let mut found: Vec<(Site, kin::Notes)> = Vec::new();
        for locus in &loci {
            let mut evidence: Vec<Evidence<'_>> =
                self.sources.iter().map(|s| evidence::of(s.rows(), locus)).collect();
            if mito::is_mitochondrial(&contig.name) {
                let site = mitochondrion::site(locus, &evidence, &reference);
                found.push((site, kin::Notes::default()));
                continue;
            }
            self.by_sex(&mut evidence, &contig.name, place.1);
            let Some(mut genotyped) = genotyped::genotyped(locus, &evidence, &reference, options)
            else {
                continue;
            };
            let notes = self.kin.refine(&mut genotyped, &contig.name);
            let mut site = genotyped.site;
            if !site.samples.iter().any(crate::site::SampleCall::has_variant) {
                continue;
            }
            filter::apply(&mut site, &options.filters);
            self.kin.count(&site, &notes);
            found.push((site, notes));
        }
        found.sort_by(|a, b| a.0.cmp_place(&b.0));
        let record = |(site, notes): &(Site, kin::Notes)| {
            let mut record = vcf::record(&contig.name, site);
            notes.write(&mut record);
            record
        };
        Ok(found.iter().map(record).collect())
    }

    /// Takes gVCFs that have more copies of a sex chromosome than there are for what they are, and
    /// files without a row here as well: a call and a joint call tell the same copies.
    fn by_sex(&self, evidence: &mut [Evidence<'_>], contig: &str, offset: u32) {
        for (evidence, &sex) in evidence.iter_mut().zip(&self.sexes) {
            let copies = Ploidy::at(contig, offset, sex, self.build).copies();
            evidence.merged = family::with_copies(&evidence.merged, copies);
            evidence.apart = family::with_copies(&evidence.apart, copies);
        }
    }
}
