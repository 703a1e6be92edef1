//! What a record of a FASTQ file must be.

use std::path::Path;

use crate::FileError;

/// The form of a record, as a hint.
pub(super) const FORM: &str = "a FASTQ record is @ and a name, a line of bases, a line that begins \
                               with +, and a line of as many qualities";

/// What is wrong with a record, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    reason: String,
    hint: &'static str,
}

impl Wrong {
    fn new(reason: impl Into<String>, hint: &'static str) -> Self {
        Self { reason: reason.into(), hint }
    }

    /// The error of a file.
    pub(super) fn of(self, path: &Path) -> FileError {
        FileError::invalid(path, self.reason).hint(self.hint)
    }
}

/// Checks the four lines of a record, which have no line ends; gives the length of its name.
pub(super) fn record([head, bases, plus, quals]: [&[u8]; 4]) -> Result<usize, Wrong> {
    if [head, bases, plus, quals].iter().any(|line| line.ends_with(b"\r")) {
        let reason = "its lines end in CR LF, as DOS has them";
        return Err(Wrong::new(reason, "convert the file: sed -i 's/\\r$//' FILE, or dos2unix"));
    }
    if head.first() != Some(&b'@') {
        let reason = format!("begins with {}, where @ must be", show(head.first()));
        return Err(Wrong::new(reason, FORM));
    }
    if plus.first() != Some(&b'+') {
        let reason = format!("line 3 begins with {}, where + must be", show(plus.first()));
        return Err(Wrong::new(reason, FORM));
    }
    if plus.len() > 1 && plus[1..] != head[1..] {
        return Err(Wrong::new("line 3 repeats another name than line 1 has", FORM));
    }
    let name_len = name_len(&head[1..])?;
    check_bases(bases)?;
    check_quals(quals, bases.len())?;
    Ok(name_len)
}

/// Length of the name in a line that begins with it, without `/1` and `/2`.
fn name_len(line: &[u8]) -> Result<usize, Wrong> {
    let end = line.iter().position(|b| matches!(b, b' ' | b'\t')).unwrap_or(line.len());
    let mated = matches!(line[..end], [_, .., b'/', b'1' | b'2']);
    if end == 0 || !printable(&line[..end]) {
        return Err(Wrong::new("has no name of printable characters", FORM));
    }
    if line.starts_with(b"@") {
        return Err(Wrong::new("has a name that begins with @, which SAM does not allow", FORM));
    }
    if !line[end..].iter().all(|b| matches!(b, b' '..=b'~' | b'\t')) {
        let reason = "what follows the name has characters that are not printable ASCII";
        return Err(Wrong::new(reason, FORM));
    }
    Ok(if mated { end - 2 } else { end })
}

/// Refuses a name that the record before has.
pub(super) fn name(name: &[u8], last: &[u8]) -> Result<(), Wrong> {
    if name != last {
        return Ok(());
    }
    let name = String::from_utf8_lossy(name);
    let reason = format!(
        "its name {name:?} is that of the record before: the file is interleaved, with both reads \
         of a pair in turn"
    );
    Err(Wrong::new(reason, "split it into R1 and R2 first: seqtk seq -1 FILE, seqtk seq -2 FILE"))
}

/// Which read of a pair a read says it is, 1 or 2, by `/1`, or by ` 1:N:` as Illumina writes it.
pub(super) fn mate(suffix: &[u8]) -> Option<u8> {
    match suffix {
        [b'/', mate @ (b'1' | b'2'), ..]
        | [b' ', mate @ (b'1' | b'2'), b':', b'Y' | b'N', b':', ..] => Some(mate - b'0'),
        _ => None,
    }
}

fn check_bases(bases: &[u8]) -> Result<(), Wrong> {
    if bases.is_empty() {
        let hint = "the read was trimmed to nothing; leave such reads (and their mates) out";
        return Err(Wrong::new("has no bases", hint));
    }
    // No early end, so that the loop becomes vector instructions.
    let all = bases.iter().fold(true, |all, &base| all & is_base(base));
    if all {
        return Ok(());
    }
    let wrong = bases.iter().copied().find(|&base| !is_base(base));
    let reason = format!("{} is not a base", show(wrong.as_ref()));
    Err(Wrong::new(
        reason,
        "sequencers write A, C, G, T and N, in upper case; nothing else is read",
    ))
}

fn is_base(base: u8) -> bool {
    (base == b'A') | (base == b'C') | (base == b'G') | (base == b'T') | (base == b'N')
}

fn check_quals(quals: &[u8], bases: usize) -> Result<(), Wrong> {
    if quals.len() != bases {
        let reason = format!("has {bases} bases and {} qualities", quals.len());
        return Err(Wrong::new(reason, "the file is damaged, or wraps its lines"));
    }
    if printable(quals) {
        return Ok(());
    }
    let wrong = quals.iter().find(|b| !b.is_ascii_graphic());
    let reason = format!("{} is not a quality", show(wrong));
    Err(Wrong::new(reason, "qualities are Phred + 33: characters from ! to ~"))
}

fn printable(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |all, &byte| all & byte.is_ascii_graphic())
}

fn show(byte: Option<&u8>) -> String {
    byte.map_or("nothing".to_owned(), |&b| format!("{:?}", char::from(b)))
}
