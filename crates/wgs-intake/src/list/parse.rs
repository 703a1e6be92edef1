//! Lines of lists of MD5 and SHA-256, as `md5sum`, `sha256sum`, BSD's `md5`, OpenSSL and people write
//! them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::name;

/// A digest in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digest {
    /// MD5, 32 digits.
    Md5(String),
    /// SHA-256, 64 digits.
    Sha256(String),
}

impl Digest {
    fn parse(text: &str) -> Option<Self> {
        let hexadecimal = text.bytes().all(|b| b.is_ascii_hexdigit());
        match text.len() {
            32 if hexadecimal => Some(Self::Md5(text.to_ascii_lowercase())),
            64 if hexadecimal => Some(Self::Sha256(text.to_ascii_lowercase())),
            _ => None,
        }
    }

    /// The name of the algorithm.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Md5(_) => "MD5",
            Self::Sha256(_) => "SHA-256",
        }
    }

    /// The digits.
    pub fn digits(&self) -> &str {
        match self {
            Self::Md5(digits) | Self::Sha256(digits) => digits,
        }
    }
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number of the line, from 1.
    pub line: usize,
    /// The file as the list names it, with `/` between folders.
    pub path: String,
    /// Its digest.
    pub digest: Digest,
    /// Whether it is the last line and lacks its end: its name may be cut.
    pub is_cut: bool,
}

/// The lines of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Those that were understood.
    pub entries: Vec<Entry>,
    /// The others: number, from 1, and what is wrong.
    pub wrong: Vec<(usize, String)>,
    /// Of those, whole lines with whole digests of another algorithm.
    pub(crate) foreign: Vec<String>,
    /// Whether it is a text that only its name makes a list.
    pub(crate) is_prose: bool,
}

/// Reads a list.
///
/// Lines are `DIGEST  NAME`, `DIGEST *NAME`, `MD5 (NAME) = DIGEST`, `SHA256(NAME)= DIGEST`,
/// `NAME DIGEST`, or, in a list that is named after its file (`x.bam.md5`), the digest alone. They
/// may end in CR LF; a byte order mark, UTF-16 that begins with one, empty lines, comments (`#`) and
/// one line of column names are passed over. A list of nothing else is wrong.
///
/// ```
/// let text = b"d41d8cd98f00b204e9800998ecf8427e *./a_1.fq.gz\r\n";
/// let lines = wgs_intake::list::parse::parse("MD5.txt", text);
/// assert_eq!(lines.entries[0].path, "./a_1.fq.gz");
/// ```
pub fn parse(list_name: &str, bytes: &[u8]) -> Lines {
    let text = text(bytes);
    let mut lines = Lines::default();
    let ended = text.matches('\n').count();
    for (index, line) in text.lines().enumerate() {
        let is_cut = index == ended;
        let line = line.trim_end();
        if line.trim_start().is_empty() || line.starts_with('#') {
            continue;
        }
        match entry(list_name, line) {
            Ok((path, digest)) => {
                lines.entries.push(Entry { line: index + 1, path, digest, is_cut });
            }
            Err(_) if index == 0 && !has_digits(line) => {}
            Err(reason) => {
                lines.wrong.push((index + 1, reason));
                if !is_cut && foreign_digits(line).is_some() {
                    lines.foreign.push(line.to_owned());
                }
            }
        }
    }
    lines.is_prose = !name::is_list_for_sure(list_name) && is_prose(&text, &lines);
    if lines.entries.is_empty() && lines.wrong.is_empty() {
        lines.wrong.push((1, "it names no file: it may not be whole".to_owned()));
    }
    lines
}

/// Whether a text has whole lines, none of which is or may be a part of a list: instructions, or what
/// `md5sum -c` says.
fn is_prose(text: &str, lines: &Lines) -> bool {
    let ended = text.matches('\n').count();
    let is_digest = |token: &str| token.len() >= 16 && token.bytes().all(|b| b.is_ascii_hexdigit());
    let is_odd = |c: char| c.is_control() && !c.is_ascii_whitespace();
    let is_outcome =
        ended > 0 && text.lines().next().is_some_and(|line| line.trim_end().ends_with(": OK"));
    lines.entries.is_empty()
        && (is_outcome || lines.wrong.iter().any(|(line, _)| *line <= ended))
        && !text.contains(is_odd)
        && !text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_digest)
}

/// Whether there is something that looks like a digest of any kind.
fn has_digits(line: &str) -> bool {
    let is_digest = |token: &str| token.len() >= 32 && token.bytes().all(|b| b.is_ascii_hexdigit());
    line.split(|c: char| !c.is_ascii_alphanumeric()).any(is_digest)
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn entry(list_name: &str, line: &str) -> Result<(String, Digest), String> {
    let (line, is_escaped) = match line.strip_prefix('\\') {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let line = line.trim_start();
    let (path, digest) = gnu(list_name, line)
        .or_else(|| bsd(line))
        .or_else(|| digest_last(line))
        .ok_or_else(|| unknown(line))?;
    let path = if is_escaped { unescape(&path) } else { path.replace('\\', "/") };
    if path.is_empty() || path.ends_with('/') || path.contains('\0') {
        return Err("names no file".into());
    }
    Ok((path, digest))
}

fn unknown(line: &str) -> String {
    match foreign_digits(line) {
        Some(digits) => {
            format!("a digest of {} digits is neither MD5 nor SHA-256", digits.len())
        }
        None => "is no line of a list of checksums".into(),
    }
}

/// A whole digest of an algorithm that is not known.
fn foreign_digits(line: &str) -> Option<&str> {
    let mut tokens = line.split(|c: char| !c.is_ascii_alphanumeric());
    let hexadecimal = |t: &str| t.bytes().all(|b| b.is_ascii_hexdigit());
    tokens.find(|t| matches!(t.len(), 40 | 56 | 96 | 128) && hexadecimal(t))
}

fn gnu(list_name: &str, line: &str) -> Option<(String, Digest)> {
    let end = line.find([' ', '\t', ',']).unwrap_or(line.len());
    let digest = Digest::parse(&line[..end])?;
    let rest = &line[end..];
    let name = rest.trim_start_matches([' ', '\t', ',']);
    if name.is_empty() {
        return Some((name::file_of_list(list_name)?.to_owned(), digest));
    }
    let name = name.strip_prefix('*').unwrap_or(name);
    Some((unquoted(name).to_owned(), digest))
}

/// `MD5 (NAME) = DIGEST`
fn bsd(line: &str) -> Option<(String, Digest)> {
    let (algorithm, rest) = line.split_once('(')?;
    let (name, digest) = rest.rsplit_once(')')?;
    let digest = Digest::parse(digest.trim_start().strip_prefix('=')?.trim())?;
    let known: &[&str] = match digest {
        Digest::Md5(_) => &["MD5"],
        Digest::Sha256(_) => &["SHA256", "SHA-256", "SHA2-256"],
    };
    let algorithm = algorithm.trim().to_ascii_uppercase();
    known.contains(&algorithm.as_str()).then(|| (name.to_owned(), digest))
}

/// `NAME DIGEST`
fn digest_last(line: &str) -> Option<(String, Digest)> {
    let (name, digest) = line.rsplit_once([' ', '\t', ',', ':'])?;
    let digest = Digest::parse(digest)?;
    Some((unquoted(name.trim_end_matches([' ', '\t', ',', ':'])).to_owned(), digest))
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|n| n.strip_suffix('"')).unwrap_or(name)
}

/// What `md5sum` makes of names with line feeds and backslashes, undone.
fn unescape(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => text.push('\n'),
            ('\\', Some('r')) => text.push('\r'),
            ('\\', Some(other)) => text.push(other),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";
    const SHA: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn one(list: &str, line: &str) -> (String, &'static str) {
        let lines = parse(list, line.as_bytes());
        assert_eq!((lines.entries.len(), &lines.wrong), (1, &vec![]), "{line:?}");
        let entry = &lines.entries[0];
        assert!([MD5, SHA].contains(&entry.digest.digits()));
        (entry.path.clone(), entry.digest.algorithm())
    }

    #[test]
    fn forms_of_lines() {
        for (line, name, algorithm) in [
            (format!("{MD5}  a.fq.gz"), "a.fq.gz", "MD5"),
            (format!("{MD5} *a.fq.gz\r"), "a.fq.gz", "MD5"),
            (format!("{MD5}\t./x/a b.fq.gz"), "./x/a b.fq.gz", "MD5"),
            (format!("{} a.fq.gz", MD5.to_uppercase()), "a.fq.gz", "MD5"),
            (format!("{SHA}  ../x/a.fq.gz"), "../x/a.fq.gz", "SHA-256"),
            (format!("MD5 (a (1).fq.gz) = {MD5}"), "a (1).fq.gz", "MD5"),
            (format!("SHA256(a.fq.gz)= {SHA}"), "a.fq.gz", "SHA-256"),
            (format!("SHA2-256(a.fq.gz)= {SHA}"), "a.fq.gz", "SHA-256"),
            (format!("a.fq.gz\t{MD5}"), "a.fq.gz", "MD5"),
            (format!("a.fq.gz,{MD5}"), "a.fq.gz", "MD5"),
            (format!("a.fq.gz: {MD5}"), "a.fq.gz", "MD5"),
            (format!("{MD5}  .\\x\\a.fq.gz"), "./x/a.fq.gz", "MD5"),
            (format!("\\{MD5}  a\\\\b\\nc"), "a\\b\nc", "MD5"),
            (format!("\u{feff}{MD5}  a.fq.gz"), "a.fq.gz", "MD5"),
        ] {
            assert_eq!(one("MD5.txt", &line), (name.to_owned(), algorithm), "{line}");
        }
        assert_eq!(one("x.bam.md5", MD5).0, "x.bam");
        assert_eq!(one("x.bam.sha256", SHA).0, "x.bam");
    }

    #[test]
    fn a_whole_list() {
        let text =
            format!("file\tmd5\n# comment\n\n{MD5}  a\n{MD5}\noops\n{}  b\n", "a".repeat(40));
        let lines = parse("MD5.txt", text.as_bytes());
        assert_eq!(lines.entries.len(), 1);
        assert_eq!(lines.entries[0].line, 4);
        let wrong: Vec<usize> = lines.wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(wrong, [5, 6, 7]);
        assert!(lines.wrong[2].1.contains("40 digits"));
        let utf16: Vec<u8> = std::iter::once(0xfeff)
            .chain(format!("{MD5}  a\r\n").encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(parse("MD5.txt", &utf16).entries[0].path, "a");
    }

    #[test]
    fn texts_that_are_no_lists() {
        let is_prose = |name: &str, text: &str| parse(name, text.as_bytes()).is_prose;
        for text in [
            "P1_R1.fastq.gz: OK\n",
            "P1_R1.fastq.gz: OK\nP1_R2.fastq.gz: FAILED\n",
            "Checksums\n\nCompare them with md5sum -c.\n",
        ] {
            assert!(is_prose("md5_check.txt", text), "{text:?}");
            assert!(!is_prose("x.md5", text) && !is_prose("x.bam.md5.txt", text));
        }
        for text in [
            "",
            "\n",
            "file\tmd5\n",
            "file\tmd5\nd41d8",
            "# of run 7\nd41d8",
            "P1.bam\td41d8",
            "oops\nd41d8cd98f00b204e98\n",
            "\0\0\0\nx\n\0",
        ] {
            assert!(!is_prose("md5.txt", text), "{text:?}");
        }
    }

    #[test]
    fn the_last_line_may_be_cut() {
        let text = format!("{MD5}  a\n{MD5}  b");
        let cut = |text: &str| {
            let lines = parse("md5.txt", text.as_bytes());
            lines.entries.iter().map(|entry| entry.is_cut).collect::<Vec<_>>()
        };
        assert_eq!(cut(&text), [false, true]);
        assert_eq!(cut(&(text + "\r\n")), [false, false]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let lines = parse("x.bam.md5", &bytes);
            prop_assert!(lines.entries.iter().all(|e| !e.path.is_empty()));
        }

        #[test]
        fn what_md5sum_writes_is_read(
            name in "[a-zA-Z0-9_./ -]{0,20}[a-zA-Z0-9_]", mark in prop::sample::select(vec!["  ", " *"]),
        ) {
            prop_assume!(!name.starts_with([' ', '*']));
            let line = format!("{MD5}{mark}{name}\n");
            prop_assert_eq!(&parse("MD5.txt", line.as_bytes()).entries[0].path, &name);
            let bsd = format!("MD5 ({name}) = {MD5}\n");
            prop_assert_eq!(&parse("MD5.txt", bsd.as_bytes()).entries[0].path, &name);
        }
    }
}
