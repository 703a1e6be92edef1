//! Names of delivered files, as the demultiplexers and providers give them.
//!
//! - Illumina's bcl2fastq and BCL Convert: `SAMPLE_S1_L001_R1_001.fastq.gz`, also without lane or chunk
//! - MGI and BGI: `V300012345_L01_read_1.fq.gz`, `V300012345_L01_12_1.fq.gz`, which name no sample
//! - Novogene, Macrogen and others: `SAMPLE_1.fastq.gz`, `SAMPLE_LIBRARY_FLOWCELL_L1_1.fq.gz`
//! - alignments: `SAMPLE.bam`, `SAMPLE.unmapped.bam`, `SAMPLE.cram`

/// What a file is, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// FASTQ of one read of pairs.
    Fastq(FastqName),
    /// FASTQ whose name does not tell whether it is R1 or R2.
    Unpaired,
    /// FASTQ that is of no sample: index reads, reads of no known index.
    Spare,
    /// SAM, BAM or CRAM.
    Alignment {
        /// The name without what tells the format.
        stem: String,
    },
    /// A list of checksums.
    List,
    /// A file on its way.
    Temporary {
        /// The name that it will have, or the file that it tells of.
        of: String,
    },
    /// Reads in a form that is not taken; what the form is.
    Unsupported(&'static str),
    /// Anything else.
    Other,
}

/// What the name of a FASTQ file tells.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FastqName {
    /// The name without read, chunk and format.
    pub prefix: String,
    /// The provider's name of the sample, where there is one.
    pub sample: Option<String>,
    /// The flow cell.
    pub flow_cell: Option<String>,
    /// What tells one sample of a lane from others, where the name has it: MGI's barcode.
    pub barcode: Option<String>,
    /// Lane, from 1.
    pub lane: Option<u32>,
    /// Which read of the pair: 1, 2, or 3 where an index of molecules is read 2.
    pub mate: u8,
    /// Number of the chunk, from 1.
    pub chunk: u32,
    /// Whether it is a name of Illumina's demultiplexers.
    pub is_illumina: bool,
}

impl FastqName {
    /// The prefix without a lane at its end: `SAMPLE_S1`.
    pub(crate) fn without_lane(&self) -> &str {
        strip_lane(&self.prefix).0
    }
}

const FASTQ: [&str; 6] = [".fastq.gz", ".fq.gz", ".fastq.bgz", ".fq.bgz", ".fastq", ".fq"];
const ALIGNMENT: [&str; 4] = [".ubam", ".bam", ".cram", ".sam"];
const TEMPORARY: [&str; 9] = [
    ".part",
    ".tmp",
    ".filepart",
    ".partial",
    ".crdownload",
    ".download",
    ".aspera-ckpt",
    ".aspx",
    ".incomplete",
];
/// Forms of reads that other programs must open first.
const UNSUPPORTED: [(&str, &str); 11] = [
    (".ora", "DRAGEN's ORA; `orad` makes FASTQ of it"),
    (".bz2", "bzip2"),
    (".xz", "xz"),
    (".zst", "Zstandard"),
    (".zip", "a ZIP archive"),
    (".7z", "a 7z archive"),
    (".tar", "an archive"),
    (".gpg", "encrypted"),
    (".c4gh", "encrypted"),
    (".spring", "SPRING"),
    (".sra", "an SRA archive"),
];

/// Tells what a file is by its name, without folders.
///
/// ```
/// use wgs_intake::name::{Kind, kind};
///
/// let Kind::Fastq(name) = kind("S-1_S12_L003_R2_001.fastq.gz") else { panic!() };
/// assert_eq!(name.sample.as_deref(), Some("S-1"));
/// assert_eq!((name.lane, name.mate, name.chunk), (Some(3), 2, 1));
/// assert_eq!(kind("md5sum.txt"), Kind::List);
/// ```
pub fn kind(name: &str) -> Kind {
    if let Some(of) = strip_any(name, &TEMPORARY).or_else(|| of_rsync(name)) {
        return Kind::Temporary { of: of.to_owned() };
    }
    if name.starts_with('.') {
        return Kind::Other;
    }
    if is_list(name) {
        return Kind::List;
    }
    if let Some(stem) = strip_any(name, &FASTQ) {
        return fastq(stem);
    }
    if let Some(stem) = strip_any(name, &ALIGNMENT) {
        return Kind::Alignment { stem: stem.to_owned() };
    }
    unsupported(name).map_or(Kind::Other, Kind::Unsupported)
}

/// Whether it is the end of a name of FASTQ, and nothing else.
pub(crate) fn is_form_of_fastq(end: &str) -> bool {
    FASTQ.iter().any(|form| form.eq_ignore_ascii_case(end))
}

/// `.NAME.Ab12Cd`, under which rsync writes.
fn of_rsync(name: &str) -> Option<&str> {
    let (of, random) = name.strip_prefix('.')?.rsplit_once('.')?;
    let is_random = random.len() == 6 && random.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_random && !of.is_empty()).then_some(of)
}

/// What a name tells beside its form: of reads in a form that is not taken, what they are; of a list of
/// one file, what that is.
pub(crate) fn meant(name: &str) -> Kind {
    match kind(name) {
        Kind::Unsupported(_) => name.rsplit_once('.').map_or(Kind::Other, |(rest, _)| meant(rest)),
        Kind::List => file_of_list(name).map_or(Kind::List, meant),
        other => other,
    }
}

fn unsupported(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let of_reads = [".fastq", ".fq", ".bam", ".cram"].iter().any(|form| lower.contains(form));
    let found = UNSUPPORTED.iter().find(|(suffix, _)| lower.ends_with(suffix));
    let of_reads = of_reads && !lower.ends_with("_fastqc.zip");
    let found = found.filter(|(suffix, _)| of_reads || matches!(*suffix, ".ora" | ".sra"));
    found.map(|(_, what)| *what)
}

/// Strips one of some suffixes, in any case; something must be left.
fn strip_any<'a>(name: &'a str, suffixes: &[&str]) -> Option<&'a str> {
    let strip = |suffix: &&str| {
        let at = name.len().checked_sub(suffix.len())?;
        let fits = at > 0 && name.is_char_boundary(at);
        (fits && name[at..].eq_ignore_ascii_case(suffix)).then(|| &name[..at])
    };
    suffixes.iter().find_map(strip)
}

const LIST_EXTENSIONS: [&str; 6] =
    [".md5", ".md5sum", ".md5sums", ".sha256", ".sha256sum", ".sha256sums"];

fn is_list(name: &str) -> bool {
    if strip_any(name, &LIST_EXTENSIONS).is_some() {
        return true;
    }
    let lower = name.to_ascii_lowercase();
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((&lower, ""));
    let text = matches!(extension, "" | "txt" | "list" | "lst" | "tsv");
    text && ["md5", "sha256", "checksum"].iter().any(|word| stem.contains(word))
}

/// Whether a name is that of a list by more than a word in it.
pub(crate) fn is_list_for_sure(name: &str) -> bool {
    strip_any(name, &LIST_EXTENSIONS).is_some() || file_of_list(name).is_some()
}

/// The file that a list is named after: `x.bam` of `x.bam.md5`.
pub(crate) fn file_of_list(name: &str) -> Option<&str> {
    let of_name = strip_any(name, &LIST_EXTENSIONS)
        .or_else(|| strip_any(name, &[".md5.txt", ".sha256.txt", "_md5.txt", "_sha256.txt"]))?;
    (!matches!(kind(of_name), Kind::Other | Kind::List)).then_some(of_name)
}

fn fastq(stem: &str) -> Kind {
    let (rest, chunk) = strip_chunk(stem);
    let Some((prefix, letter, mate)) = strip_mate(rest) else {
        return Kind::Unpaired;
    };
    let lower = prefix.to_ascii_lowercase();
    if letter == 'I' || lower.starts_with("undetermined") || lower.contains("undecoded") {
        return Kind::Spare;
    }
    let name = mgi(prefix).unwrap_or_else(|| {
        let (before_lane, lane) = strip_lane(prefix);
        let is_illumina = letter == 'R' && (chunk.is_some() || lane.is_some_and(|(_, n)| n == 3));
        let sample = if is_illumina { strip_sheet_number(before_lane) } else { before_lane };
        FastqName {
            sample: (!sample.is_empty()).then(|| sample.to_owned()),
            lane: lane.map(|(lane, _)| lane),
            is_illumina,
            ..FastqName::default()
        }
    });
    Kind::Fastq(FastqName { prefix: prefix.to_owned(), mate, chunk: chunk.unwrap_or(1), ..name })
}

/// `_001` behind `_R1`.
fn strip_chunk(stem: &str) -> (&str, Option<u32>) {
    let chunk = stem.rsplit_once('_').filter(|(rest, digits)| {
        let behind_read = rest.len() >= 2
            && rest.is_char_boundary(rest.len() - 2)
            && matches!(rest.as_bytes()[rest.len() - 2..], [b'R' | b'I', b'1'..=b'3']);
        behind_read && digits.len() == 3
    });
    match chunk.and_then(|(rest, digits)| Some((rest, number(digits)?))) {
        Some((rest, chunk)) if chunk > 0 => (rest, Some(chunk)),
        _ => (stem, None),
    }
}

/// The end that tells which read it is: `_R1`, `.R1`, `_1`, `.1`, `_read_1`, or all of the name.
fn strip_mate(stem: &str) -> Option<(&str, char, u8)> {
    let mate = stem.bytes().last().filter(|b| matches!(b, b'1'..=b'3'))? - b'0';
    let rest = &stem[..stem.len() - 1];
    for (form, letter) in [("_read_", 'R'), ("_read", 'R'), ("read_", 'R'), ("read", 'R')] {
        if let Some(at) = rest.len().checked_sub(form.len())
            && rest.is_char_boundary(at)
            && rest[at..].eq_ignore_ascii_case(form)
            && (form.starts_with('_') || at == 0)
        {
            return Some((&rest[..at], letter, mate));
        }
    }
    for (letters, letter) in [("R", 'R'), ("r", 'R'), ("I", 'I'), ("", '1')] {
        let Some(before) = rest.strip_suffix(letters) else { continue };
        if before.is_empty() {
            return Some((before, letter, mate));
        }
        if let Some(prefix) = before.strip_suffix(['_', '.']) {
            return Some((prefix, letter, mate));
        }
    }
    None
}

/// `_L001`, `_L1`; with the lane, the number of its digits.
fn strip_lane(prefix: &str) -> (&str, Option<(u32, usize)>) {
    let lane = prefix.rsplit_once('_').and_then(|(rest, token)| Some((rest, lane_digits(token)?)));
    match lane {
        Some((rest, digits)) => match number(digits) {
            Some(lane) if lane > 0 => (rest, Some((lane, digits.len()))),
            _ => (prefix, None),
        },
        None => (prefix, None),
    }
}

fn lane_digits(token: &str) -> Option<&str> {
    token.strip_prefix('L').filter(|digits| (1..=3).contains(&digits.len()))
}

/// `_S12`, the sample's number on the sequencer's sample sheet.
fn strip_sheet_number(name: &str) -> &str {
    match name.rsplit_once("_S") {
        Some((sample, digits)) if !sample.is_empty() && number(digits).is_some() => sample,
        _ => name,
    }
}

/// `V300012345_L01_…`: flow cell and lane come first, and there is no sample.
fn mgi(prefix: &str) -> Option<FastqName> {
    let mut tokens = prefix.split('_');
    let flow_cell = tokens.next().filter(|token| is_mgi_flow_cell(token))?;
    let digits = tokens.next().and_then(lane_digits).filter(|digits| digits.len() == 2)?;
    let lane = number(digits).filter(|lane| *lane > 0)?;
    let barcode = tokens.collect::<Vec<_>>().join("_");
    Some(FastqName {
        barcode: Some(barcode).filter(|barcode| !barcode.is_empty()),
        flow_cell: Some(flow_cell.to_owned()),
        lane: Some(lane),
        ..FastqName::default()
    })
}

/// One to three capital letters, eight digits or more, and two capital letters at most.
pub(crate) fn is_mgi_flow_cell(token: &str) -> bool {
    let capital = |c: char| c.is_ascii_uppercase();
    let behind = token.trim_start_matches(capital);
    let letters = token.len() - behind.len();
    let digits = behind.trim_end_matches(capital);
    (1..=3).contains(&letters)
        && behind.len() - digits.len() <= 2
        && digits.len() >= 8
        && digits.bytes().all(|b| b.is_ascii_digit())
}

fn number(digits: &str) -> Option<u32> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().ok())?
}

/// Whether a name may stand in a case file and on command lines of others: no blank, no control
/// character, nothing that a shell takes for its own, no dash at the beginning.
pub(crate) fn is_plain(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-+=,:@%".contains(&b);
    !name.starts_with('-') && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(name: &str) -> FastqName {
        match kind(name) {
            Kind::Fastq(name) => name,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// Sample, lane, mate and chunk of a name.
    fn parts(name: &str) -> (Option<String>, Option<u32>, u8, u32) {
        let FastqName { sample, lane, mate, chunk, .. } = parsed(name);
        (sample, lane, mate, chunk)
    }

    #[test]
    fn names_of_illumina() {
        let with = |sample: &str, lane, mate, chunk| (Some(sample.to_owned()), lane, mate, chunk);
        assert_eq!(parts("A_S1_L001_R1_001.fastq.gz"), with("A", Some(1), 1, 1));
        assert_eq!(parts("A_B-2_S10_L004_R2_012.fastq.gz"), with("A_B-2", Some(4), 2, 12));
        assert_eq!(parts("A_S1_R2_001.fastq.gz"), with("A", None, 2, 1));
        assert_eq!(parts("NA-demo_L002_R1.fastq.gz"), with("NA-demo", Some(2), 1, 1));
        assert_eq!(parts("fam_S3_S4_L001_R1_001.fq.gz"), with("fam_S3", Some(1), 1, 1));
        assert_eq!(kind("Undetermined_S0_L001_R1_001.fastq.gz"), Kind::Spare);
        assert_eq!(kind("A_S1_L001_I1_001.fastq.gz"), Kind::Spare);
        assert_eq!(parsed("A_S1_L001_R3_001.fastq.gz").mate, 3);
    }

    #[test]
    fn names_of_others() {
        let with = |sample: &str, lane, mate| (Some(sample.to_owned()), lane, mate, 1);
        assert_eq!(parts("A_1.fastq.gz"), with("A", None, 1));
        assert_eq!(parts("A.R2.fq.gz"), with("A", None, 2));
        assert_eq!(parts("A_R2.FASTQ.GZ"), with("A", None, 2));
        let novogene = parsed("S1_FKDL2100-1a_HJ7LCDSX2_L3_2.fq.gz");
        assert_eq!(novogene.sample.as_deref(), Some("S1_FKDL2100-1a_HJ7LCDSX2"));
        assert_eq!((novogene.lane, novogene.mate, novogene.is_illumina), (Some(3), 2, false));
        for name in ["V300012345_L01_read_1.fq.gz", "E100030471_L02_B5-501_2.fq.gz"] {
            let mgi = parsed(name);
            assert_eq!(mgi.sample, None);
            assert_eq!(mgi.flow_cell.as_deref(), name.split('_').next());
        }
        let barcode = |name: &str| parsed(name).barcode;
        assert_eq!(barcode("V300012345_L01_read_1.fq.gz"), None);
        assert_eq!(barcode("E100030471_L02_B5-501_2.fq.gz").as_deref(), Some("B5-501"));
        assert_eq!(barcode("V300012345_L01_13_1.fq.gz").as_deref(), Some("13"));
        assert_eq!(parts("R1.fastq.gz"), (None, None, 1, 1));
        assert_eq!(kind("A.fastq.gz"), Kind::Unpaired);
        assert_eq!(kind("A.unmapped.bam"), Kind::Alignment { stem: "A.unmapped".into() });
    }

    #[test]
    fn what_is_no_reads() {
        for list in [
            "MD5.txt",
            "md5sum.txt",
            "x.fastq.gz.md5",
            "checksums.sha256",
            "SHA256SUMS",
            "run_checksums.txt",
        ] {
            assert_eq!(kind(list), Kind::List, "{list}");
        }
        assert_eq!(kind("x.fq.gz.part"), Kind::Temporary { of: "x.fq.gz".into() });
        assert_eq!(kind(".x.fq.gz.aB3dE9"), Kind::Temporary { of: "x.fq.gz".into() });
        assert_eq!(kind(".x_1.fq.gz"), Kind::Other);
        assert!(matches!(kind("x.fastq.ora"), Kind::Unsupported(_)));
        assert!(matches!(kind("x_R1.fastq.bz2"), Kind::Unsupported(_)));
        assert_eq!(kind("report_fastqc.zip"), Kind::Other);
        assert_eq!(kind("x_R1.fastq.gz_fastqc.zip"), Kind::Other);
        assert_eq!(kind("x.bam.bai"), Kind::Other);
        assert_eq!(file_of_list("x.bam.md5"), Some("x.bam"));
        assert_eq!(file_of_list("md5sum.txt"), None);
        for name in ["a_R1.fq.ora", "a_R1.fastq.bz2", "a_R1.fastq.gz.gpg", "a_R1.fq.gz.md5"] {
            assert_eq!(meant(name), kind("a_R1.fq"), "{name}");
        }
        assert_eq!((meant("a.fq.zip"), meant("md5.txt")), (Kind::Unpaired, Kind::List));
    }

    #[test]
    fn plain_names() {
        for name in ["a b", "a;b", "$(x)", "a\nb", "-rf", "a`b", "a'b", "é", "a&b", "a*"] {
            assert!(!is_plain(name), "{name:?}");
        }
        assert!(is_plain("A_S1_L001_R1_001.fastq.gz") && is_plain("a+b=c"));
    }

    proptest! {
        #[test]
        fn any_text_has_a_kind(name in "\\PC*") {
            kind(&name);
        }

        #[test]
        fn what_a_name_is_made_of_is_found(
            sample in "[A-Za-z0-9][A-Za-z0-9-]{0,12}", number in 1_u32..999,
            lane in 1_u32..9, mate in 1_u8..=2, chunk in 1_u32..999,
        ) {
            let name = format!("{sample}_S{number}_L{lane:03}_R{mate}_{chunk:03}.fastq.gz");
            prop_assert_eq!(parts(&name), (Some(sample.clone()), Some(lane), mate, chunk));
            let plain = format!("{sample}_{mate}.fq.gz");
            prop_assert_eq!(parts(&plain), (Some(sample), None, mate, 1));
        }
    }
}
