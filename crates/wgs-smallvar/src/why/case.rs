//! A locus with everything that decides how it is called, in a small folder.
//!
//! The folder holds bases of a person, under made-up names of reads and sample: it is patient data.
//!
//! - `case.json`: the locus, the sample's sex, the settings
//! - `reads.sam`: the reads over the locus and its surroundings, at their own coordinates
//! - `reference.fa`: the piece of the reference around it
//! - `expected.txt`: what is told of the locus
//! - `README.txt`: what this is, and the command that tells it again

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use wgs_core::{Build, Contig, ContigIndex, ContigList, Pos1, Sex};
use wgs_formats::{
    FileError, Result,
    alignment::{Aux, Format, Header, ReadGroup, Reader, Record, RecordBuilder, SortOrder, Writer},
    output,
    qc::calibration::{BaseQuality, Calibration, Recalibration},
};

use super::{Evidence, Explanation, Question};
use crate::{options::Options, stretch::Stretch};

/// Name of the sample in a case.
const SAMPLE: &str = "SAMPLE";
/// The read group of a case.
const READ_GROUP: &str = "reads";
/// Bases in a line of the FASTA.
const LINE_BASES: usize = 80;
/// The form of `case.json`.
const VERSION: u32 = 1;

/// What `case.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    version: u32,
    contig: String,
    contig_length: u32,
    /// 1-based.
    position: u32,
    /// First base of `reference.fa`, 1-based.
    reference_first: u32,
    sex: Sex,
    build: Build,
    /// Reads over a base of the genome, where that is known.
    mean_depth: Option<f64>,
    options: Options,
    /// Errors of the sample's sequencing; the qualities of `reads.sam` are recalibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calibration: Option<Calibration>,
}

/// Whether a folder is a case.
pub fn is_case(folder: &Path) -> bool {
    folder.join("case.json").is_file()
}

/// Writes the case of a question to a new or empty folder.
///
/// # Errors
///
/// If the folder holds something already, or cannot be written to; and whatever [`super::why`]
/// brings.
pub fn write(question: &Question<'_>, folder: &Path) -> Result<Explanation> {
    output::create_folder(folder)?;
    let mut entries = std::fs::read_dir(folder).map_err(|e| FileError::io(folder, e))?;
    if entries.next().is_some() {
        return Err(FileError::invalid(folder, "is not empty").hint("name a new folder"));
    }
    let evidence = Evidence::gathered(question)?;
    write_reads(&folder.join("reads.sam"), &evidence)?;
    let first = Pos1::from_pos0(evidence.reference.interval().start()).get();
    let case = Case {
        version: VERSION,
        contig: evidence.contig.clone(),
        contig_length: evidence.length,
        position: Pos1::from_pos0(evidence.offset).get(),
        reference_first: first,
        sex: evidence.sex,
        build: evidence.build,
        mean_depth: evidence.mean_depth,
        options: evidence.options.clone(),
        calibration: evidence.calibration.as_ref().map(|known| Calibration {
            sample: Some(SAMPLE.to_owned()),
            base_quality: BaseQuality::default(),
            ..known.clone()
        }),
    };
    write_reference(&folder.join("reference.fa"), &evidence)?;
    let json = serde_json::to_string_pretty(&case)
        .map_err(|e| FileError::invalid(folder.join("case.json"), e.to_string()))?;
    let locus = format!("{}:{}", case.contig, case.position);
    output::write(&folder.join("README.txt"), readme(&locus))?;
    output::write(&folder.join("case.json"), json + "\n")?;
    let explanation = read(folder)?;
    output::write(&folder.join("expected.txt"), explanation.to_string())?;
    Ok(explanation)
}

/// Tells why the locus of a case is called as it is.
///
/// # Errors
///
/// If the folder is no case of this form.
pub fn read(folder: &Path) -> Result<Explanation> {
    let path = folder.join("case.json");
    let text = std::fs::read(&path).map_err(|e| FileError::io(&path, e))?;
    let wrong = |reason: String| FileError::invalid(&path, reason);
    let case: Case = serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))?;
    if case.version != VERSION || case.position == 0 || case.position > case.contig_length {
        return Err(wrong("is not a case that this program can read".into()));
    }
    let reads = folder.join("reads.sam");
    let mut reader = Reader::open(&reads, None)?;
    if reader.header().contigs().index_of(&case.contig) != Some(ContigIndex(0)) {
        return Err(FileError::invalid(&reads, format!("is not of contig {}", case.contig)));
    }
    let mut records = Vec::new();
    let mut record = Record::default();
    while reader.read(&mut record)? {
        records.push(record.clone());
    }
    let reference = read_reference(&folder.join("reference.fa"), &case)?;
    Evidence {
        sample: SAMPLE.to_owned(),
        contig: case.contig,
        length: case.contig_length,
        offset: case.position - 1,
        sex: case.sex,
        build: case.build,
        options: case.options,
        reference,
        records,
        mean_depth: case.mean_depth,
        calibration: case.calibration,
    }
    .explained()
}

fn write_reads(path: &Path, evidence: &Evidence) -> Result<()> {
    let wrong = |reason: String| FileError::invalid(path, reason);
    let contigs = ContigList::new(vec![Contig::new(&evidence.contig, evidence.length)])
        .map_err(|e| wrong(e.to_string()))?;
    let mut header = Header::new(contigs);
    header.set_sort_order(SortOrder::Coordinate);
    let group = ReadGroup { sample: Some(SAMPLE.to_owned()), ..ReadGroup::new(READ_GROUP) };
    header.add_read_group(group).map_err(|e| wrong(e.to_string()))?;
    let mut writer = Writer::create(path, Format::Sam, &header, None, 1)?;
    let mut names: BTreeMap<(Vec<u8>, Vec<u8>), usize> = BTreeMap::new();
    let known = evidence.calibration.as_ref();
    let recalibration = known.map(|known| Recalibration::new(&known.base_quality));
    for record in &evidence.records {
        let group = record.read_group().unwrap_or_default().to_vec();
        let next = names.len() + 1;
        let number = *names.entry((group, record.name().to_vec())).or_insert(next);
        let mut quals = record.quals().to_vec();
        if let Some(recalibration) = recalibration.as_ref().filter(|_| !quals.is_empty()) {
            recalibration.apply(record, &record.bases(), &mut quals);
        }
        let anonymous = anonymous(record, &quals, number).map_err(wrong)?;
        writer.write(&anonymous)?;
    }
    writer.finish()
}

/// A record with a made-up name, and without what the caller does not look at.
fn anonymous(record: &Record, quals: &[u8], number: usize) -> std::result::Result<Record, String> {
    let mut builder = RecordBuilder::new(format!("fragment{number}").as_bytes())
        .flags(record.flags())
        .mapq(record.mapq())
        .cigar(record.cigar())
        .bases(&record.bases())
        .quals(quals)
        .aux(*b"RG", Aux::Text(READ_GROUP.as_bytes()));
    if let Some(start) = record.start() {
        builder = builder.position(ContigIndex(0), start);
    }
    let is_near = record.mate_ref_index() == record.ref_index();
    if let Some(start) = record.mate_start().filter(|_| is_near) {
        builder = builder.mate(ContigIndex(0), start);
    }
    builder.build().map_err(|e| e.to_string())
}

fn write_reference(path: &Path, evidence: &Evidence) -> Result<()> {
    let interval = evidence.reference.interval();
    let bases = evidence.reference.letters(interval.start(), interval.end());
    let mut text = format!(">{}:{}-{}\n", evidence.contig, interval.first(), interval.last());
    for line in bases.chunks(LINE_BASES) {
        text.extend(line.iter().map(|&b| char::from(b)));
        text.push('\n');
    }
    output::write(path, text)
}

fn read_reference(path: &Path, case: &Case) -> Result<Stretch> {
    let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
    let lines = text.lines().filter(|line| !line.starts_with('>'));
    let bases: Vec<u8> = lines.flat_map(|line| line.trim_end().bytes()).collect();
    let start = case.reference_first.saturating_sub(1);
    let is_inside = u32::try_from(bases.len())
        .ok()
        .and_then(|n| start.checked_add(n))
        .is_some_and(|end| end <= case.contig_length);
    if !is_inside {
        return Err(FileError::invalid(path, "is longer than the contig of the case"));
    }
    Ok(Stretch::new(start, bases.to_ascii_uppercase()))
}

fn readme(locus: &str) -> String {
    format!(
        "How {locus} is called, with everything that decides it.\n\n\
         This folder holds bases of a person (reads.sam), under made-up names of reads and sample.\n\
         They are patient data: share them only where that is allowed.\n\n\
         Tell it again, from within this folder:\n\n    wgs-pipe why .\n\n\
         expected.txt is what that said when the folder was made.\n"
    )
}
