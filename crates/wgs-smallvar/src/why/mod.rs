//! Why a locus is called as it is, or not at all.
//!
//! [`why`] lets the reads around a locus pass the same rooms as [`crate::call()`] does, watches them
//! ([`crate::block::Watch`]), and tells what it saw. [`case`] keeps the reads and the piece of the
//! reference in a small folder from which the same can be told anywhere.
//!
//! - [`explanation`]: what is told, as data
//! - `text`: the same for people
//! - `verdict`: the plain words at its end

pub mod case;
pub mod explanation;
mod text;
mod verdict;
mod view;

use std::{collections::BTreeMap, path::Path};

use wgs_core::{Build, ContigIndex, Interval0, Ploidy, Pos1, Region, Sex};
use wgs_formats::{
    FileError, Result,
    alignment::{IndexedReader, Record},
    genome::Genome,
    qc::Calibration,
};

pub use self::explanation::Explanation;
use crate::{
    block::{Block, CONTEXT_BASES, Caller, MARGIN_BASES},
    calibration::{self, SampleErrors},
    call::{inputs, sex},
    filter,
    intake::{Counted, Intake, ReadCounts, depth},
    mito::{self, judge::Judge},
    options::Options,
    phase, profile,
    read::Read,
    site::Site,
    stretch::Stretch,
    vcf,
};

/// Bases on either side of the locus whose windows are judged.
const BLOCK_BASES: u32 = 500;

/// A locus, and how it is to be called.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// BAM or CRAM, sorted by coordinate and indexed, of one sample.
    pub path: &'a Path,
    /// The genome that the reads are aligned to.
    pub genome: &'a Genome,
    /// The contig.
    pub contig: ContigIndex,
    /// The base, 0-based.
    pub offset: u32,
    /// The sample's sex; where it is unknown, the data decides as in [`crate::call()`].
    pub sex: Sex,
    /// Settings.
    pub options: &'a Options,
    /// Errors of the sample's sequencing, as in [`crate::SampleFile`].
    pub calibration: Option<&'a Path>,
}

/// Everything that decides what is told, in memory.
#[derive(Debug)]
struct Evidence {
    sample: String,
    contig: String,
    length: u32,
    offset: u32,
    sex: Sex,
    build: Build,
    options: Options,
    /// The reference as far as the rooms look.
    reference: Stretch,
    /// What lies on the block and its margin, in the order of the file.
    records: Vec<Record>,
    /// The sample's mean depth, where it is known.
    mean_depth: Option<f64>,
    /// Errors of the sample's sequencing.
    calibration: Option<Calibration>,
}

/// Tells why a locus is called as it is.
///
/// # Errors
///
/// If the file has no index, no or several samples, or is of another genome; if the calibration is not
/// of the sample and the genome; if the locus lies outside of the contig; and whatever reading brings.
pub fn why(question: &Question<'_>) -> Result<Explanation> {
    Evidence::gathered(question)?.explained()
}

impl Evidence {
    fn gathered(question: &Question<'_>) -> Result<Self> {
        let Question { path, genome, contig, offset, .. } = *question;
        let mut reader = IndexedReader::open(path, Some(genome))?;
        let sample = inputs::sample_of(path, reader.header())?;
        let calibration =
            question.calibration.map(|path| calibration::read(path, &sample, genome.contigs()));
        let found = genome.contigs().get(contig).filter(|c| offset < c.length);
        let Some(found) = found else {
            return Err(FileError::invalid(path, "the locus lies outside of the contig"));
        };
        let length = found.length;
        let sex = sex::of_sample(genome, question.sex, &reader.loads()?).used;
        let block = block(offset, length);
        let around = block.padded(MARGIN_BASES + CONTEXT_BASES, length);
        let needed = depth::needed(block.padded(MARGIN_BASES, length), length);
        let region = Region { contig, interval: needed };
        let records = reader.query(region)?.collect::<Result<Vec<_>>>()?;
        let mean_depth = profile::mean_depth(&mut reader, genome)?;
        Ok(Self {
            sample,
            contig: found.name.clone(),
            length,
            offset,
            sex,
            build: Build::of(genome.contigs()),
            options: question.options.clone(),
            reference: Stretch::of(genome, contig, around),
            records,
            mean_depth,
            calibration: calibration.transpose()?,
        })
    }

    fn explained(&self) -> Result<Explanation> {
        let is_mito = mito::is_mitochondrial(&self.contig);
        let options = if is_mito { self.options.for_mitochondrion() } else { self.options.clone() };
        let block = block(self.offset, self.length);
        let margin = block.padded(MARGIN_BASES, self.length);
        let errors = [self.calibration.as_ref().map(SampleErrors::of).unwrap_or_default()];
        let mut intake = self.intake(&options, &[]).recalibrated(errors[0].recalibration.as_ref());
        intake.advance(margin)?;
        let (reads, ambiguous) = ([intake.reads()], [intake.ambiguous()]);
        let caller = Caller {
            options: &options,
            sexes: &[self.sex],
            build: self.build,
            candidates: false,
            mean_depths: &[self.mean_depth],
            errors: &errors,
        };
        let asked = Block {
            contig: &self.contig,
            interval: block,
            reference: &self.reference,
            reads: &reads,
            ambiguous: &ambiguous,
        };
        let names = self.names();
        let mut windows = Vec::new();
        let mut judge = Judge::new(&options.mito, self.length, block);
        let found = caller.call_watched(&asked, &mut |judged| {
            let span = &judged.context.window.span;
            if span.start <= self.offset + 1 && self.offset < span.end + 1 {
                windows.push(view::window(judged, &names, is_mito));
            }
            if is_mito {
                judge.window(judged);
            }
        });
        let mut sites = if is_mito { judge.sites } else { found.sites };
        phase::link(&mut sites);
        sites.retain(|site| self.is_here(site));
        let mut explanation = Explanation {
            sample: self.sample.clone(),
            locus: format!("{}:{}", self.contig, Pos1::from_pos0(self.offset)),
            reference: char::from(self.reference.base(self.offset)).to_string(),
            sex: self.sex,
            copies: Ploidy::at(&self.contig, self.offset, self.sex, self.build).copies(),
            is_mitochondrial: is_mito,
            reads: self.counts_here(&options)?,
            bases: self.bases_here(reads[0], options.min_base_quality),
            windows,
            records: sites.iter().map(|s| vcf::record(&self.contig, s).to_string()).collect(),
            filters: self.filters(&sites),
            verdict: Vec::new(),
        };
        explanation.verdict = verdict::of(&explanation, &options);
        Ok(explanation)
    }

    fn intake<'a>(
        &'a self,
        options: &'a Options,
        counted: &'a [Interval0],
    ) -> Intake<'a, impl Iterator<Item = Result<Record>> + 'a> {
        let counted = Counted { intervals: counted, goes_on: false };
        let records = self.records.iter().cloned().map(Ok);
        Intake::new(self.sample.as_str().into(), records, options, counted)
    }

    /// The name of each fragment.
    fn names(&self) -> BTreeMap<u64, String> {
        let named = |record: &Record| {
            let name = String::from_utf8_lossy(record.name()).into_owned();
            Read::of(record).map(|read| (read.fragment(), name))
        };
        self.records.iter().filter_map(named).collect()
    }

    /// What becomes of the records over the locus.
    fn counts_here(&self, options: &Options) -> Result<ReadCounts> {
        let end = self.offset.saturating_add(1);
        let locus = [Interval0::new(self.offset, end).expect("an end is not before its start")];
        Ok(self.intake(options, &locus).finish()?.0)
    }

    /// Reads that show each base at the locus, or `-` where they have a gap.
    fn bases_here(&self, reads: &[Read], min_quality: u8) -> BTreeMap<String, u32> {
        let mut bases = BTreeMap::new();
        for read in reads.iter().filter(|r| r.start() <= self.offset && self.offset < r.end()) {
            let shown = match read.offset_at(self.offset) {
                Some(at) if read.quals()[at] < min_quality => "low quality".to_owned(),
                Some(at) => char::from(read.bases()[at]).to_string(),
                None => "-".to_owned(),
            };
            *bases.entry(shown).or_default() += 1;
        }
        bases
    }

    /// Whether a record is at the locus, or deletes it.
    fn is_here(&self, site: &Site) -> bool {
        let end = site.position + site.reference.len() as u32;
        site.position <= self.offset && self.offset < end.max(site.position + 1)
    }

    /// The filters of the sites, with what they say.
    fn filters(&self, sites: &[Site]) -> BTreeMap<String, String> {
        let failed = sites.iter().flat_map(|site| &site.filters);
        let told = |f: &filter::Filter| {
            (f.name().to_owned(), f.description(&self.options.filters).clone())
        };
        failed.map(told).collect()
    }
}

/// The stretch around a locus whose windows are judged.
fn block(offset: u32, length: u32) -> Interval0 {
    let one = Interval0::new(offset, offset + 1).expect("a base has a place behind it");
    one.padded(BLOCK_BASES, length)
}

#[cfg(test)]
mod tests;
