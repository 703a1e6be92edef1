//! One data line of a VCF.

use std::fmt;

use wgs_core::{Interval0, Pos1};

use super::{Genotype, Info, Line};

/// Why a line is not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecordError(pub(super) String);

/// The FILTER column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Filters {
    /// No filter was applied (`.`).
    #[default]
    Missing,
    /// All filters were passed.
    Pass,
    /// The filters that failed, in the file's order.
    Failed(Vec<String>),
}

impl Filters {
    /// Whether nothing speaks against the record: `PASS` or no filters applied.
    pub fn is_pass(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }

    /// Adds a failed filter, once.
    pub fn fail(&mut self, filter: &str) {
        match self {
            Self::Failed(filters) if filters.iter().any(|f| f == filter) => {}
            Self::Failed(filters) => filters.push(filter.to_owned()),
            _ => *self = Self::Failed(vec![filter.to_owned()]),
        }
    }
}

/// What an alternate allele is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlleleKind {
    /// Bases.
    Bases,
    /// `*`: the allele is missing because of a deletion that begins before.
    Spanning,
    /// `<DEL>`, `<NON_REF>` and the like.
    Symbolic,
    /// A breakend such as `G]17:198982]` or `.A`.
    Breakend,
}

impl AlleleKind {
    /// The kind of an allele that [`Record::parse`] accepts.
    pub fn of(allele: &str) -> Self {
        match allele.as_bytes() {
            b"*" => Self::Spanning,
            [b'<', ..] => Self::Symbolic,
            bytes if bytes.iter().all(u8::is_ascii_alphabetic) => Self::Bases,
            _ => Self::Breakend,
        }
    }
}

/// The values of one sample, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleColumn(String);

impl SampleColumn {
    /// Joins values in the order of FORMAT.
    pub fn new<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Self {
        let mut text = String::new();
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                text.push(':');
            }
            text.push_str(value.as_ref());
        }
        Self(text)
    }

    /// The values in the order of FORMAT; trailing ones may be left out.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.split(':')
    }

    /// The column's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One data line of a VCF. See the [module](super) for an example.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The contig's name.
    pub contig: String,
    /// Position of the reference allele's first base.
    pub position: Pos1,
    /// Identifiers joined by semicolons.
    pub id: Option<String>,
    /// The reference allele: bases, in the file's case.
    pub reference: String,
    /// The alternate alleles; none for `.`.
    pub alternates: Vec<String>,
    /// Phred-scaled quality, written with as few digits as give the same number again. Round it
    /// before (see [`Record::set_quality`]) for a figure that people can read.
    pub quality: Option<f32>,
    /// The filters.
    pub filters: Filters,
    /// The INFO column.
    pub info: Info,
    /// Keys of the sample columns, in order.
    pub format: Vec<String>,
    /// One column for each sample of the header.
    pub samples: Vec<SampleColumn>,
}

impl Record {
    /// A record with the four things that each has.
    pub fn new<S: Into<String>>(
        contig: impl Into<String>,
        position: Pos1,
        reference: impl Into<String>,
        alternates: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            contig: contig.into(),
            position,
            id: None,
            reference: reference.into(),
            alternates: alternates.into_iter().map(Into::into).collect(),
            quality: None,
            filters: Filters::Missing,
            info: Info::new(),
            format: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// Sets the quality, rounded to two decimals.
    pub fn set_quality(&mut self, quality: f64) {
        self.quality = Some(((quality * 100.0).round() / 100.0) as f32);
    }

    /// Sets the sample columns: the keys, and one row of values for each sample.
    pub fn set_samples<K, R, V>(
        &mut self,
        keys: impl IntoIterator<Item = K>,
        rows: impl IntoIterator<Item = R>,
    ) where
        K: Into<String>,
        R: IntoIterator<Item = V>,
        V: AsRef<str>,
    {
        self.format = keys.into_iter().map(Into::into).collect();
        self.samples = rows.into_iter().map(SampleColumn::new).collect();
    }

    /// Value of a sample as the file has it; `None` for an absent key, a value left out, and `.`.
    pub fn sample_value(&self, sample: usize, key: &str) -> Option<&str> {
        let column = self.format.iter().position(|k| k == key)?;
        self.samples.get(sample)?.values().nth(column).filter(|value| *value != ".")
    }

    /// The genotype of a sample; `None` without GT or if it cannot be read.
    pub fn genotype(&self, sample: usize) -> Option<Genotype> {
        Genotype::parse(self.sample_value(sample, "GT").unwrap_or("."))
            .filter(|_| self.format.iter().any(|key| key == "GT") && sample < self.samples.len())
    }

    /// The bases that the record speaks of: from its position over the reference allele, to `END`
    /// where that reaches further, or over `SVLEN` for a symbolic allele without `END`.
    pub fn interval(&self) -> Interval0 {
        let start = self.position.to_pos0();
        let end = start.saturating_add(self.reference.len() as u32);
        let bases = Interval0::new(start, end).expect("the end was made from the start");
        let alternates = self.alternates.iter().map(String::as_str);
        interval(self.position, bases, alternates, &self.info)
    }

    /// Reads a data line without its line end.
    ///
    /// Checked are the number of columns (`samples` of them), the contig's name, the position (1
    /// or more: the position 0 of telomeres is refused), the letters of the alleles, the quality,
    /// and that no sample has more values than FORMAT has keys.
    pub fn parse(line: &str, samples: usize) -> Result<Self, RecordError> {
        Ok(Line::parse(line, samples)?.record())
    }
}

/// The record of a line.
pub(super) fn of_line(line: &Line<'_>) -> Record {
    let mut columns = line.rest.into_iter().flat_map(|rest| rest.split('\t'));
    let keys = |format: &str| format.split(':').map(str::to_owned).collect();
    Record {
        contig: line.contig.to_owned(),
        position: line.position,
        id: line.id.map(str::to_owned),
        reference: line.reference.to_owned(),
        alternates: line.alternates().map(str::to_owned).collect(),
        quality: line.quality,
        filters: match line.filters {
            "." => Filters::Missing,
            "PASS" => Filters::Pass,
            failed => Filters::Failed(failed.split(';').map(str::to_owned).collect()),
        },
        info: line.info().into(),
        format: columns.next().filter(|format| *format != ".").map_or_else(Vec::new, keys),
        samples: columns.map(|column| SampleColumn(column.to_owned())).collect(),
    }
}

/// The reference bases, or further by `END` or `SVLEN`.
pub(super) fn interval<'a>(
    position: Pos1,
    bases: Interval0,
    alternates: impl Iterator<Item = &'a str>,
    info: &Info,
) -> Interval0 {
    let end = info.number::<u32>("END").or_else(|| symbolic_end(position, alternates, info));
    let end = end.map_or(bases.end(), |end| end.max(bases.end()));
    Interval0::new(bases.start(), end).expect("the end was made no less than the start")
}

/// Last base by `SVLEN`, which counts from the base after POS (VCF 4.4 §3).
fn symbolic_end<'a>(
    position: Pos1,
    alternates: impl Iterator<Item = &'a str>,
    info: &Info,
) -> Option<u32> {
    let lengths = info.numbers::<i64>("SVLEN")?;
    let spans = alternates.zip(lengths).filter_map(|(allele, length)| {
        let spanning = allele.starts_with('<') && !allele.starts_with("<INS");
        let length = u32::try_from(length?.unsigned_abs()).ok()?;
        spanning.then(|| position.get().saturating_add(length))
    });
    spans.max()
}

/// The column that begins at a place, which is moved behind it.
pub(super) fn column<'a>(
    line: &'a str,
    at: &mut usize,
    name: &str,
) -> Result<&'a str, RecordError> {
    let missing = || RecordError(format!("{name} is missing"));
    let rest = line.get(*at..).ok_or_else(missing)?;
    let length = rest.bytes().position(|byte| byte == b'\t').unwrap_or(rest.len());
    *at += length + 1;
    match &rest[..length] {
        "" => bad(format!("{name} is empty")),
        column => Ok(column),
    }
}

/// Checks FORMAT and what follows it: so many columns, none with more values than FORMAT has keys.
pub(super) fn check_samples(rest: Option<&str>, expected: usize) -> Result<(), RecordError> {
    let mut columns = rest.into_iter().flat_map(|rest| rest.split('\t'));
    let format = columns.next().filter(|format| *format != ".");
    let found = columns.clone().count();
    if found != expected {
        return bad(format!("{found} sample columns, the header has {expected}"));
    }
    if format.is_some_and(|format| format.split(':').any(str::is_empty)) {
        return bad("FORMAT has an empty key");
    }
    let colons = |text: &str| text.bytes().filter(|byte| *byte == b':').count();
    let most = format.map_or(0, colons);
    match columns.find(|sample| colons(sample) > most) {
        Some(sample) => bad(format!("sample {:?} does not fit FORMAT", shortened(sample))),
        None => Ok(()),
    }
}

fn bad<T>(reason: impl Into<String>) -> Result<T, RecordError> {
    Err(RecordError(reason.into()))
}

/// Foreign text as an error message can hold it.
fn shortened(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    text.chars().take(40).chain(['…']).collect()
}

pub(super) fn contig(text: &str) -> Result<&str, RecordError> {
    if text.contains(' ') || text.starts_with('#') {
        return bad(format!("CHROM {:?} is not a contig's name", shortened(text)));
    }
    Ok(text)
}

pub(super) fn position(text: &str) -> Result<Pos1, RecordError> {
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number
        .and_then(|n| Pos1::new(n).ok())
        .filter(|p| p.get() <= i32::MAX as u32)
        .ok_or_else(|| RecordError(format!("POS {:?} is not a position", shortened(text))))
}

pub(super) fn reference(text: &str) -> Result<&str, RecordError> {
    if !text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return bad(format!("REF {:?} is not made of bases", shortened(text)));
    }
    Ok(text)
}

pub(super) fn alternates(text: &str) -> Result<&str, RecordError> {
    if text == "." {
        return Ok(text);
    }
    match text.split(',').find(|allele| !is_alternate(allele)) {
        Some(allele) => bad(format!("ALT {:?} is not an allele", shortened(allele))),
        None => Ok(text),
    }
}

fn is_alternate(allele: &str) -> bool {
    let bases = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
    let single_breakend = || {
        let rest = allele.strip_prefix('.').or_else(|| allele.strip_suffix('.'));
        rest.is_some_and(|rest| !rest.is_empty() && bases(rest))
    };
    match allele.as_bytes() {
        [] => false,
        b"*" => true,
        [b'<', .., b'>'] => allele.len() > 2 && !allele.contains(char::is_whitespace),
        _ if bases(allele) => true,
        _ => is_breakend(allele) || single_breakend(),
    }
}

/// `t[p[`, `t]p]`, `[p[t` or `]p]t`; the mate `p` is `contig:position` or `<contig>:position`.
fn is_breakend(allele: &str) -> bool {
    let Some((before, rest)) = allele.split_once(['[', ']']) else {
        return false;
    };
    let Some((mate, after)) = rest.rsplit_once(['[', ']']) else {
        return false;
    };
    let sequence = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'.');
    let place = mate
        .rsplit_once(':')
        .is_some_and(|(contig, position)| !contig.is_empty() && position.parse::<u32>().is_ok());
    sequence(before) && sequence(after) && before.is_empty() != after.is_empty() && place
}

pub(super) fn quality(text: &str) -> Result<Option<f32>, RecordError> {
    if text == "." {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| RecordError(format!("QUAL {:?} is not a number", shortened(text))))
}

pub(super) fn filters(text: &str) -> Result<&str, RecordError> {
    let is_bad = |filter: &str| filter.is_empty() || filter.contains(' ');
    if !matches!(text, "." | "PASS") && text.split(';').any(is_bad) {
        return bad(format!("FILTER {:?} has an empty name or a space", shortened(text)));
    }
    Ok(text)
}

pub(super) fn info(text: &str) -> Result<&str, RecordError> {
    if text.starts_with('=') || text.contains(";=") || text.contains(' ') {
        check_keys(text)?;
    }
    Ok(text)
}

fn check_keys(info: &str) -> Result<(), RecordError> {
    let fields = info.split(';').filter(|field| !field.is_empty());
    let mut keys = fields.map(|field| field.split_once('=').map_or(field, |(key, _)| key));
    match keys.find(|key| key.is_empty() || key.contains(' ')) {
        Some(key) => bad(format!("INFO has the key {:?}", shortened(key))),
        None => Ok(()),
    }
}

impl fmt::Display for Record {
    /// The line without its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contig, position, id, reference, alternates, info, .. } = self;
        let id = id.as_deref().unwrap_or(".");
        write!(f, "{contig}\t{position}\t{id}\t{reference}\t")?;
        joined(f, alternates, ",")?;
        match self.quality {
            Some(quality) => write!(f, "\t{quality}\t")?,
            None => f.write_str("\t.\t")?,
        }
        match &self.filters {
            Filters::Missing => f.write_str(".")?,
            Filters::Pass => f.write_str("PASS")?,
            Filters::Failed(filters) => joined(f, filters, ";")?,
        }
        write!(f, "\t{info}")?;
        if !self.samples.is_empty() {
            f.write_str("\t")?;
            joined(f, &self.format, ":")?;
        }
        self.samples.iter().try_for_each(|sample| write!(f, "\t{}", sample.0))
    }
}

/// The parts joined, or `.` if there is none.
fn joined(f: &mut fmt::Formatter<'_>, parts: &[String], separator: &str) -> fmt::Result {
    if parts.is_empty() {
        return f.write_str(".");
    }
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(separator)?;
        }
        f.write_str(part)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_were() {
        for line in [
            "chr1\t7\trs1;rs2\tAc\tG,*,<NON_REF>\t5307.34\tPASS\tDP=3;DB\tGT:DP\t0/1:3\t./.",
            "HLA-A*01:01\t1\t.\tN\t.\t.\t.\t.\tGT\t0\t1",
            "chr1\t7\t.\tA\tA]chr2:33],[HLA-A*01:01:5[A,.A,A.\t30\tq10;s50\tX=1\t.\t.\t.",
        ] {
            let record = Record::parse(line, 2).unwrap();
            assert_eq!(record.to_string(), line);
        }
    }

    #[test]
    fn malformed_lines_are_refused() {
        let good = "chr1\t7\t.\tA\tC\t30\tPASS\tDP=3\tGT:DP\t0/1:3";
        assert!(Record::parse(good, 1).is_ok());
        for (from, to) in [
            ("chr1", ""),
            ("chr1", "c hr1"),
            ("\t7\t", "\t0\t"),
            ("\t7\t", "\t+7\t"),
            ("\t7\t", "\t4294967296\t"),
            ("\tA\t", "\t.\t"),
            ("\tA\t", "\tA-\t"),
            ("\tC\t", "\t<DEL\t"),
            ("\tC\t", "\tC,\t"),
            ("\tC\t", "\tA]chr2]\t"),
            ("\tC\t", "\tA[chr2:x[\t"),
            ("30", "x"),
            ("PASS", "q10;"),
            ("DP=3", "=3"),
            ("GT:DP", "GT"),
            ("GT:DP", "GT:"),
            ("\t0/1:3", ""),
            ("0/1:3", "0/1:3\t0/1:3"),
        ] {
            let line = good.replacen(from, to, 1);
            assert!(Record::parse(&line, 1).is_err(), "{line}");
        }
        assert!(Record::parse("chr1\t7", 0).is_err());
    }

    #[test]
    fn quality_is_written_short() {
        let mut record = Record::new("a", Pos1::from_pos0(0), "A", ["C"]);
        record.set_quality(1234.5678);
        assert!(record.to_string().contains("\t1234.57\t"));
        record.set_quality(30.0);
        assert!(record.to_string().contains("\t30\t"));
    }

    #[test]
    fn intervals_reach_over_end_and_svlen() {
        let interval = |alternate: &str, info: &str| {
            let mut record = Record::new("a", Pos1::from_pos0(9), "AC", [alternate]);
            record.info = info.into();
            (record.interval().start(), record.interval().end())
        };
        assert_eq!(interval("A", "."), (9, 11));
        assert_eq!(interval("<NON_REF>", "END=20"), (9, 20));
        assert_eq!(interval("<DEL>", "END=3"), (9, 11));
        assert_eq!(interval("<DEL>", "SVLEN=-100"), (9, 110));
        assert_eq!(interval("<INS>", "SVLEN=100"), (9, 11));
        assert_eq!(interval("<DEL>", "SVLEN=-99999999999"), (9, 11));
    }

    #[test]
    fn sample_values_may_be_left_out() {
        let line = "a\t1\t.\tA\tC\t.\t.\t.\tGT:AD:DP\t0/1\t1/1:.:7";
        let record = Record::parse(line, 2).unwrap();
        assert_eq!(record.sample_value(0, "DP"), None);
        assert_eq!(record.sample_value(1, "AD"), None);
        assert_eq!(record.sample_value(1, "DP"), Some("7"));
        assert!(record.genotype(0).unwrap().is_heterozygous());
        assert_eq!(record.genotype(2), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(line in "[ -~\t]{0,80}", samples in 0usize..3) {
            if let Ok(record) = Record::parse(&line, samples) {
                record.interval();
                let again = Record::parse(&record.to_string(), samples);
                proptest::prop_assert!(again.is_ok());
            }
        }
    }
}
