//! Records as lines of SAM.

use std::io::Write;

use wgs_core::{ContigIndex, ContigList, Pos1};

use super::{ArrayKind, Aux, AuxArray, CigarOp, Flags, Record, RecordBuilder, RecordError, Tag};

/// Why a line is not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineError {
    #[error("expected 11 columns or more, found {0}")]
    Columns(usize),
    #[error("column {name}: {text:?} is not possible")]
    Column { name: &'static str, text: String },
    #[error("column {name}: the header has no contig {contig}")]
    Contig { name: &'static str, contig: String },
    #[error("optional field {0:?} is not TAG:TYPE:VALUE as SAM has it")]
    Aux(String),
    #[error(transparent)]
    Record(#[from] RecordError),
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// A number in a column, or a refusal that names it.
fn number<T: std::str::FromStr>(name: &'static str, text: &[u8]) -> Result<T, LineError> {
    let digits = std::str::from_utf8(text).ok().filter(|t| !t.starts_with("0x"));
    let parsed = digits.and_then(|t| t.parse().ok());
    parsed.ok_or_else(|| LineError::Column { name, text: lossy(text) })
}

fn contig(
    name: &'static str,
    text: &[u8],
    contigs: &ContigList,
) -> Result<Option<ContigIndex>, LineError> {
    if text == b"*" {
        return Ok(None);
    }
    let found = std::str::from_utf8(text).ok().and_then(|t| contigs.index_of(t));
    found.map(Some).ok_or_else(|| LineError::Contig { name, contig: lossy(text) })
}

/// The 0-based position of a column, where it has one.
fn position(name: &'static str, text: &[u8]) -> Result<Option<u32>, LineError> {
    let position: u32 = number(name, text)?;
    Ok(Pos1::new(position).ok().map(Pos1::to_pos0))
}

/// Reads a line without its end.
pub(super) fn parse(line: &[u8], contigs: &ContigList) -> Result<Record, LineError> {
    let mut columns = line.split(|&b| b == b'\t');
    let mut fixed = [&b""[..]; 11];
    for (index, column) in fixed.iter_mut().enumerate() {
        *column = columns.next().ok_or(LineError::Columns(index))?;
    }
    let [name, flags, rname, pos, mapq, cigar, rnext, pnext, tlen, seq, qual] = fixed;
    let wrong = |name, text: &[u8]| LineError::Column { name, text: lossy(text) };
    if name.is_empty() || name.contains(&b'@') {
        return Err(wrong("QNAME", name));
    }
    let own = contig("RNAME", rname, contigs)?;
    let next = if rnext == b"=" { own } else { contig("RNEXT", rnext, contigs)? };
    let mut builder = RecordBuilder::new(name)
        .flags(Flags(number("FLAG", flags)?))
        .place(own, position("POS", pos)?)
        .mapq(number("MAPQ", mapq)?)
        .cigar(CigarOp::parse(cigar)?)
        .mate_place(next, position("PNEXT", pnext)?)
        .template_length(number("TLEN", tlen)?);
    if seq != b"*" {
        builder = builder.bases(&bases(seq).ok_or_else(|| wrong("SEQ", seq))?);
    }
    if qual != b"*" {
        let quals = quals(qual).filter(|q| !q.is_empty()).ok_or_else(|| wrong("QUAL", qual))?;
        builder = builder.quals(&quals);
    }
    let mut record = builder.build()?;
    for field in columns {
        push_aux(&mut record, field)?;
    }
    Ok(record)
}

/// SEQ: letters that are no IUPAC codes become `N`, as SAM v1 §4.2.3 says.
fn bases(seq: &[u8]) -> Option<Vec<u8>> {
    let known = |b: u8| b"=ACMGRSVTWYHKDBNU".contains(&b.to_ascii_uppercase());
    let base = |&b: &u8| match b {
        b if known(b) => Some(b),
        b if b.is_ascii_alphabetic() || b == b'.' => Some(b'N'),
        _ => None,
    };
    if seq.is_empty() { None } else { seq.iter().map(base).collect() }
}

fn quals(qual: &[u8]) -> Option<Vec<u8>> {
    qual.iter().map(|q| q.checked_sub(33)).collect()
}

fn push_aux(record: &mut Record, field: &[u8]) -> Result<(), LineError> {
    let wrong = || LineError::Aux(lossy(field));
    let [a, b, b':', kind, b':', value @ ..] = field else { return Err(wrong()) };
    let tag: Tag = [*a, *b];
    if record.aux(tag).is_some() {
        return Err(wrong());
    }
    let pushed = match kind {
        b'A' => match value {
            [character] => record.push_aux(tag, Aux::Char(*character)),
            _ => return Err(wrong()),
        },
        b'i' => record.push_aux(tag, Aux::Int(int(value).ok_or_else(wrong)?)),
        b'f' => record.push_aux(tag, Aux::Float(float(value).ok_or_else(wrong)?)),
        b'Z' => record.push_aux(tag, Aux::Text(value)),
        b'H' => record.push_aux(tag, Aux::Hex(value)),
        b'B' => return push_array(record, tag, value).ok_or_else(wrong),
        _ => return Err(wrong()),
    };
    pushed.map_err(|_| wrong())
}

fn push_array(record: &mut Record, tag: Tag, value: &[u8]) -> Option<()> {
    let (&letter, numbers) = value.split_first()?;
    let kind = ArrayKind::from_letter(letter)?;
    let numbers = match numbers.split_first() {
        None => &[],
        Some((b',', numbers)) => numbers,
        Some(_) => return None,
    };
    let items = numbers.split(|&b| b == b',').filter(|_| !numbers.is_empty());
    let set = if kind == ArrayKind::F32 {
        record.set_aux_floats(tag, &items.map(float).collect::<Option<Vec<_>>>()?)
    } else {
        record.set_aux_ints(tag, kind, &items.map(int).collect::<Option<Vec<_>>>()?)
    };
    set.ok()
}

fn int(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn float(text: &[u8]) -> Option<f32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Appends a record as a line with its end.
pub(super) fn write(record: &Record, contigs: &ContigList, line: &mut Vec<u8>) {
    let name = |index: Option<ContigIndex>| {
        index.and_then(|i| contigs.get(i)).map_or("*", |contig| contig.name.as_str())
    };
    let position = |start: Option<u32>| start.map_or(0, |s| Pos1::from_pos0(s).get());
    let (own, next) = (record.ref_index(), record.mate_ref_index());
    let next_name = if next.is_some() && next == own { "=" } else { name(next) };
    line.extend(record.name());
    put(line, format_args!("\t{}\t{}", record.flags(), name(own)));
    put(line, format_args!("\t{}\t{}", position(record.start()), record.mapq()));
    put(line, format_args!("\t{}\t{next_name}", record.cigar()));
    put(line, format_args!("\t{}\t{}\t", position(record.mate_start()), record.template_length()));
    push_or_star(line, record.bases().into_iter());
    line.push(b'\t');
    push_or_star(line, record.quals().iter().map(|q| q + 33));
    let long_cigar = record.is_cigar_placeholder() && record.long_cigar().is_some();
    for (tag, value) in record.aux_fields().filter(|(tag, _)| !(long_cigar && tag == b"CG")) {
        line.extend([b'\t', tag[0], tag[1], b':']);
        write_aux(line, value);
    }
    line.push(b'\n');
}

fn put(line: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    line.write_fmt(text).expect("writing to memory does not fail");
}

fn push_or_star(line: &mut Vec<u8>, bytes: impl ExactSizeIterator<Item = u8>) {
    if bytes.len() == 0 {
        line.push(b'*');
    } else {
        line.extend(bytes);
    }
}

fn write_aux(line: &mut Vec<u8>, value: Aux<'_>) {
    match value {
        Aux::Char(c) => line.extend([b'A', b':', c]),
        Aux::Int(n) => put(line, format_args!("i:{n}")),
        Aux::Float(x) => {
            line.extend(b"f:");
            write_float(line, x);
        }
        Aux::Text(text) => {
            line.extend(b"Z:");
            line.extend(text);
        }
        Aux::Hex(text) => {
            line.extend(b"H:");
            line.extend(text);
        }
        Aux::Array(array) => write_array(line, array),
    }
}

/// The shortest text that gives the same number again.
fn write_float(line: &mut Vec<u8>, x: f32) {
    if x == 0.0 || (1e-5..1e16).contains(&x.abs()) {
        put(line, format_args!("{x}"));
    } else {
        put(line, format_args!("{x:e}"));
    }
}

fn write_array(line: &mut Vec<u8>, array: AuxArray<'_>) {
    line.extend([b'B', b':', array.kind().letter()]);
    if array.kind() == ArrayKind::F32 {
        for x in array.floats() {
            line.push(b',');
            write_float(line, x);
        }
    } else {
        array.ints().for_each(|n| put(line, format_args!(",{n}")));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wgs_core::Contig;

    use super::*;

    fn contigs() -> ContigList {
        let contigs = [("chr1", 1000), ("HLA-A*01:01", 500)];
        ContigList::new(contigs.map(|(n, l)| Contig::new(n, l)).to_vec()).unwrap()
    }

    fn again(line: &str) -> String {
        let record = parse(line.replace(' ', "\t").as_bytes(), &contigs()).unwrap();
        let mut text = Vec::new();
        write(&record, &contigs(), &mut text);
        String::from_utf8(text).unwrap().trim_end().replace('\t', " ")
    }

    #[test]
    fn lines_come_back() {
        for line in [
            "r 99 chr1 1 60 4M = 1000 -5 ACGT !I~5 NM:i:-3 XA:A:x XF:f:0.25 XB:B:c,-1,2 XE:B:f",
            "* 4 * 0 0 * * 0 0 * *",
            "r 0 HLA-A*01:01 500 255 1M chr1 7 2147483647 = * XF:f:1e-7 XG:f:-2e20 XH:H:0A",
        ] {
            assert_eq!(again(line), line, "{line}");
        }
        assert_eq!(again("r 4 * 0 0 * * 0 0 acgtuX. *"), "r 4 * 0 0 * * 0 0 ACGTTNN *");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |line: &str| {
            parse(line.replace(' ', "\t").as_bytes(), &contigs()).unwrap_err().to_string()
        };
        assert_eq!(message("r 0 chr1"), "expected 11 columns or more, found 3");
        assert_eq!(message("r x * 0 0 * * 0 0 * *"), "column FLAG: \"x\" is not possible");
        assert_eq!(message("r 0 * 0 256 * * 0 0 * *"), "column MAPQ: \"256\" is not possible");
        let unknown = "column RNAME: the header has no contig chr9";
        assert_eq!(message("r 0 chr9 1 0 * * 0 0 * *"), unknown);
        assert_eq!(message("r 0 chr1 1 0 4Z * 0 0 * *"), "impossible CIGAR 4Z");
        let lengths = "the CIGAR covers 4 bases, SEQ has 3";
        assert_eq!(message("r 0 chr1 1 0 4M * 0 0 ACG *"), lengths);
        assert_eq!(message("r 0 * 0 0 * * 0 0 ACG II"), "SEQ has 3 bases, QUAL 2");
        for field in ["NM:i:x", "NM:i:4294967296", "N:i:1", "NM:x:1", "XB:B:C,256", "XH:H:A"] {
            let text = message(&format!("r 0 * 0 0 * * 0 0 * * {field}"));
            assert_eq!(
                text,
                format!("optional field {field:?} is not TAG:TYPE:VALUE as SAM has it")
            );
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "[ -~\t]{0,80}", flag in any::<u16>(), tail in "[!-~\t]{0,40}") {
            let _ = parse(line.as_bytes(), &contigs());
            let near = format!("r\t{flag}\tchr1\t5\t9\t4M\t=\t7\t0\tACGT\tIIII\t{tail}");
            if let Ok(record) = parse(near.as_bytes(), &contigs()) {
                let mut text = Vec::new();
                write(&record, &contigs(), &mut text);
                prop_assert_eq!(parse(text.trim_ascii_end(), &contigs()), Ok(record));
            }
        }
    }
}
