//! Records for tests.

use wgs_core::ContigIndex;
use wgs_formats::{
    alignment::{Aux, CigarOp, Flags, Header, Record, RecordBuilder},
    genome::{self, Genome},
    output,
};

/// Two contigs (`one` of 1,000 bases, `two` of 250), read groups a1 and a2 of library A, b1 of B.
pub(crate) fn header() -> Header {
    Header::parse(
        "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:one\tLN:1000\n@SQ\tSN:two\tLN:250\n\
         @RG\tID:a1\tSM:S1\tLB:A\n@RG\tID:a2\tSM:S1\tLB:A\n@RG\tID:b1\tSM:S1\tLB:B\n",
    )
    .expect("a header")
}

/// The genome of [`header`]: `one` is AT with N at 200..250, `two` is all G.
pub(crate) fn genome() -> (tempfile::TempDir, Genome) {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("in.fa");
    let at = |n: usize| "AT".repeat(n / 2);
    let text =
        format!(">one\n{}{}{}\n>two\n{}\n", at(200), "N".repeat(50), at(750), "G".repeat(250));
    output::write(&source, text).expect("a source");
    let path = folder.path().join("genome.fa");
    genome::import(&source, &path).expect("a genome");
    let genome = Genome::open(&path).expect("a genome");
    (folder, genome)
}

/// What a test says of a record; the default is an unpaired read of ten bases on contig 0.
#[derive(Clone, Debug)]
pub(crate) struct SpecimenRecord {
    pub(crate) name: String,
    pub(crate) flags: u16,
    pub(crate) contig: usize,
    pub(crate) start: u32,
    pub(crate) mapq: u8,
    pub(crate) cigar: &'static str,
    pub(crate) bases: &'static str,
    /// Of every base; 255: the record has no qualities.
    pub(crate) quality: u8,
    pub(crate) mate: Option<(usize, u32)>,
    pub(crate) template_length: i32,
    pub(crate) read_group: Option<&'static str>,
}

impl Default for SpecimenRecord {
    fn default() -> Self {
        Self {
            name: "r".to_owned(),
            flags: 0,
            contig: 0,
            start: 100,
            mapq: 60,
            cigar: "10M",
            bases: "ACGTACGTAC",
            quality: 30,
            mate: None,
            template_length: 0,
            read_group: None,
        }
    }
}

pub(crate) fn record(specimen: &SpecimenRecord) -> Record {
    let (contig, mate) = (ContigIndex(specimen.contig), specimen.mate);
    let mate = mate.unwrap_or((specimen.contig, specimen.start));
    let mut builder = RecordBuilder::new(specimen.name.as_bytes())
        .flags(Flags(specimen.flags))
        .position(contig, specimen.start)
        .mapq(specimen.mapq)
        .cigar(CigarOp::parse(specimen.cigar.as_bytes()).expect("a CIGAR"))
        .template_length(specimen.template_length)
        .bases(specimen.bases.as_bytes());
    if specimen.quality != 0xff {
        builder = builder.quals(&vec![specimen.quality; specimen.bases.len()]);
    }
    if Flags(specimen.flags).is_paired() {
        builder = builder.mate(ContigIndex(mate.0), mate.1);
    }
    if let Some(group) = specimen.read_group {
        builder = builder.aux(*b"RG", Aux::Text(group.as_bytes()));
    }
    builder.build().expect("a record")
}

/// The same record with other qualities.
pub(crate) fn with_quals(record: &Record, quals: &[u8]) -> Record {
    let mut bytes = record.as_bytes().to_vec();
    let old = record.quals();
    let at = old.as_ptr() as usize - record.as_bytes().as_ptr() as usize;
    bytes[at..at + old.len()].copy_from_slice(quals);
    Record::from_bytes(bytes).expect("a record")
}
