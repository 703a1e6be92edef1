//! Which delivered files the lines of lists are of.
//!
//! A list names files from its own folder, from the folder where the provider made it, or by their
//! names alone while they lie in folders below. So a line is, in this order, of the file
//!
//! 1. that is where it says, from the list's folder or else one above it;
//! 2. that is where the end of its path says, with one folder at least;
//! 3. that is the only one of its name in or below the list's folder, if the line names no folder;
//! 4. or if it does, and the name tells of which sample it is: files were taken out of their folders.
//!
//! A file that was found in one way is not looked for in a later one, and one that several paths of
//! a list would lead to is none of them: `S1/R1.fq.gz` must not be taken for `S2/R1.fq.gz`. What was
//! found in the last way may be another file, so its claim is a [guess](Claim::guess).

use std::collections::{BTreeMap, BTreeSet};

use super::parse::{Digest, Entry, Lines};
use crate::{
    name::{Kind, kind},
    problem::{Code, Problem},
};

/// What a list says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) list: String,
    pub(crate) line: usize,
    pub(crate) digest: Digest,
    /// Where the list has the file, if another of its name was taken for it.
    pub(crate) guess: Option<String>,
    /// Whether the line lacks its end, so that the name of its file may be cut.
    pub(crate) is_cut: bool,
}

/// A line whose file is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Where it should be, as the list has it, from the delivery's folder where that can be told.
    pub(crate) file: String,
    pub(crate) claim: Claim,
}

/// What all lists of a delivery say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) claims: BTreeMap<String, Vec<Claim>>,
    pub(crate) missing: Vec<Missing>,
    /// Lists with lines that cannot be used.
    pub(crate) problems: BTreeMap<String, Problem>,
    /// Those of them that no sample waits for.
    pub(crate) needless: BTreeSet<String>,
}

/// A line on its way to its file.
struct Line<'a> {
    list: &'a str,
    entry: &'a Entry,
}

/// Finds the files of all lines. Paths are relative to the delivery's folder.
///
/// `exists` are the files, and links within the delivery with what they lead to.
pub(crate) fn resolve(lists: &BTreeMap<String, Lines>, exists: &BTreeMap<&str, &str>) -> Listed {
    let mut listed = Listed::default();
    let mut rest = Vec::new();
    for (list, lines) in lists {
        if let Some((number, reason)) = lines.wrong.first() {
            let more = match lines.wrong.len() {
                1 => String::new(),
                n => format!(" ({} more such lines)", n - 1),
            };
            let reason = format!("line {number}: {reason}{more}");
            listed.problems.insert(list.clone(), Problem::new(Code::List, reason));
            if is_needless(list, lines, exists) {
                listed.needless.insert(list.clone());
            }
        }
        for entry in &lines.entries {
            let line = Line { list, entry };
            match exact(&line, exists) {
                Ok(Some(file)) => listed.claim(&line, file, None),
                Ok(None) => rest.push(line),
                Err(problem) => {
                    listed.problems.entry(list.clone()).or_insert(problem);
                    listed.needless.remove(list);
                }
            }
        }
    }
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, _) in exists.iter().filter(|(path, file)| path == file) {
        by_name.entry(name_of(path)).or_default().push(path);
    }
    let files = Files { exists, by_name };
    for way in [Way::Above, Way::End, Way::Name, Way::Guess] {
        rest = listed.claim_by(way, &files, rest);
    }
    let missing = |line: &Line| Missing { file: place(line), claim: claim_of(line, None) };
    listed.missing = rest.iter().map(missing).collect();
    listed
}

/// Whether the wrong lines of a list can keep nothing back: it is no list, or all of them are whole
/// lines of another algorithm, and what they name is there.
fn is_needless(list: &str, lines: &Lines, exists: &BTreeMap<&str, &str>) -> bool {
    let folder = folder_of(list);
    let is_below = |file: &str| {
        folder.is_empty() || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    // By its name, and the folder that is named with it.
    let is_there = |word: &str| {
        let path = join("", word).unwrap_or_default();
        let end = path.rmatch_indices('/').nth(1).map_or(path.as_str(), |(at, _)| &path[at + 1..]);
        let is_it = |file: &&str| {
            let before = file.strip_suffix(end);
            is_below(file) && before.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        kind(name_of(word)) == Kind::Other || !end.is_empty() && exists.keys().any(is_it)
    };
    let is_known = |line: &String| {
        let names_all = line.replace('\\', "/");
        let mut words = names_all.split(|c: char| c.is_whitespace() || "*(),=\"".contains(c));
        words.all(is_there)
    };
    let foreign = &lines.foreign;
    lines.is_prose || foreign.len() == lines.wrong.len() && foreign.iter().all(is_known)
}

/// The files that lines may be of.
struct Files<'a> {
    /// And what they lead to.
    exists: &'a BTreeMap<&'a str, &'a str>,
    by_name: BTreeMap<&'a str, Vec<&'a str>>,
}

/// How the file of a line is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Above,
    End,
    Name,
    Guess,
}

/// The file of a path that is there, and that no line is of yet.
type Free<'f, 'a> = &'f dyn Fn(&str) -> Option<&'a str>;

impl Way {
    fn find<'a>(self, line: &Line, files: &Files<'a>, free: Free<'_, 'a>) -> Option<&'a str> {
        let folder = folder_of(line.list);
        let path = join("", line.entry.path.trim_start_matches('/'))?;
        let has_folder = path.contains('/');
        let name = name_of(&path);
        match self {
            Self::Above if has_folder && !line.entry.path.starts_with('/') => {
                ancestors(folder).skip(1).find_map(|above| free(&join(above, &path)?))
            }
            Self::End => ends(&path)
                .find_map(|end| ancestors(folder).find_map(|above| free(&join(above, end)?))),
            Self::Name if !has_folder => files.only(name, folder, free),
            Self::Guess if has_folder && tells_sample(name) => files.only(name, folder, free),
            _ => None,
        }
    }
}

/// Folders from one up to the delivery's.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |f| (!f.is_empty()).then(|| folder_of(f)))
}

/// A path without its first folder, without its first two, and so on while one is left.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[at + 1..]).filter(|end| end.contains('/'))
}

/// Whether it is not the folder that tells of which sample a file is.
fn tells_sample(name: &str) -> bool {
    match kind(name) {
        Kind::Fastq(name) => name.sample.is_some(),
        Kind::Unpaired => false,
        _ => true,
    }
}

impl<'a> Files<'a> {
    /// The free file of a name in or below a folder, if there is only one.
    fn only(&self, name: &str, folder: &str, free: Free<'_, 'a>) -> Option<&'a str> {
        let below = |path: &&&str| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let of_name = self.by_name.get(name)?;
        let mut of_name = of_name.iter().filter(below).filter_map(|path| free(path));
        of_name.next().filter(|_| of_name.next().is_none())
    }
}

impl Listed {
    /// Takes a line for a file, unless the list tells of itself: it was not whole by then.
    fn claim(&mut self, line: &Line, file: &str, guess: Option<String>) {
        if file != line.list {
            self.claims.entry(file.to_owned()).or_default().push(claim_of(line, guess));
        }
    }

    /// Finds the files of lines in one way; the lines that it does not find one for.
    fn claim_by<'l>(&mut self, way: Way, files: &Files, lines: Vec<Line<'l>>) -> Vec<Line<'l>> {
        let named: BTreeSet<String> = self.claims.keys().cloned().collect();
        let free =
            |path: &str| files.exists.get(path).copied().filter(|file| !named.contains(*file));
        let found: Vec<Option<&str>> =
            lines.iter().map(|line| way.find(line, files, &free)).collect();
        // Of one list, several paths cannot be one file.
        let mut places: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
        for (line, file) in lines.iter().zip(&found) {
            if let Some(file) = file {
                places.entry((line.list, file)).or_default().insert(place(line));
            }
        }
        let is_sure = |line: &Line, file: &&str| places[&(line.list, *file)].len() == 1;
        let mut rest = Vec::new();
        for (line, file) in lines.into_iter().zip(found.iter().copied()) {
            match file.filter(|file| is_sure(&line, file)) {
                Some(file) => {
                    let guess = (way == Way::Guess).then(|| place(&line));
                    self.claim(&line, file, guess);
                }
                None => rest.push(line),
            }
        }
        rest
    }
}

fn claim_of(line: &Line, guess: Option<String>) -> Claim {
    let Entry { line: number, digest, is_cut, .. } = line.entry;
    let (list, digest) = (line.list.to_owned(), digest.clone());
    Claim { list, line: *number, digest, guess, is_cut: *is_cut }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins and normalizes; none if it leads above the delivery's folder.
fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

fn exact<'a>(line: &Line, exists: &BTreeMap<&'a str, &'a str>) -> Result<Option<&'a str>, Problem> {
    let path = &line.entry.path;
    if path.starts_with('/') {
        return Ok(None);
    }
    match join(folder_of(line.list), path) {
        Some(path) => Ok(exists.get(path.as_str()).copied()),
        None => {
            let reason = format!("line {}: {path} leads outside the delivery", line.entry.line);
            Err(Problem::new(Code::List, reason))
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Where the file of a line should be.
fn place(line: &Line) -> String {
    let path = &line.entry.path;
    match path.starts_with('/') {
        true => path.clone(),
        false => join(folder_of(line.list), path).unwrap_or_else(|| path.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::parse::parse;

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    /// The files that lines of one list are of, `-` for what is not there.
    fn found(list: &str, names: &[&str], files: &[&str]) -> Vec<String> {
        let text: String = names.iter().map(|name| format!("{MD5}  {name}\n")).collect();
        let lists = BTreeMap::from([(list.to_owned(), parse("MD5.txt", text.as_bytes()))]);
        let exists = files.iter().map(|file| (*file, *file)).collect();
        let listed = resolve(&lists, &exists);
        let mut all: Vec<(usize, String)> = listed
            .claims
            .iter()
            .flat_map(|(file, claims)| claims.iter().map(|c| (c.line, file.clone())))
            .chain(listed.missing.iter().map(|m| (m.claim.line, "-".to_owned())))
            .collect();
        all.sort();
        all.into_iter().map(|(_, file)| file).collect()
    }

    #[test]
    fn files_are_found_where_providers_put_them() {
        let files = ["x/a.fq", "x/b.fq", "y/b.fq", "c.fq", "x/MD5.txt"];
        assert_eq!(found("MD5.txt", &["x/a.fq", "./x//b.fq"], &files), ["x/a.fq", "x/b.fq"]);
        assert_eq!(found("x/MD5.txt", &["a.fq", "../c.fq"], &files), ["x/a.fq", "c.fq"]);
        assert_eq!(found("MD5.txt", &["a.fq"], &files), ["x/a.fq"], "by its name");
        assert_eq!(found("MD5.txt", &["b.fq"], &files), ["-"], "two have the name");
        let made_elsewhere = ["/data/run7/y/b.fq", "run7/x/a.fq"];
        assert_eq!(found("MD5.txt", &made_elsewhere, &files), ["y/b.fq", "x/a.fq"]);
        assert_eq!(found("x/MD5.txt", &["c.fq"], &files), ["-"], "above the list");
        assert_eq!(found("x/MD5.txt", &["MD5.txt"], &files), [""; 0], "the list itself");
        assert_eq!(found("x/MD5.txt", &["y/b.fq"], &files), ["y/b.fq"], "not the x/b.fq beside it");
        assert_eq!(found("x/l/MD5.txt", &["/run7/x/a.fq"], &files), ["x/a.fq"], "from above");
    }

    #[test]
    fn a_name_alone_does_not_make_a_file_another() {
        let found_in = |files: &[&str], names: &[&str]| found("MD5.txt", names, files);
        assert_eq!(found_in(&["S2/R1.fq"], &["S1/R1.fq"]), ["-"]);
        assert_eq!(found_in(&["R1.fq"], &["S1/R1.fq"]), ["-"]);
        assert_eq!(found_in(&["S2/P1_1.fq"], &["S1/P1_1.fq", "S3/P1_1.fq"]), ["-", "-"]);
        let both = ["run7/x/R1.fq", "run7/y/R1.fq"];
        assert_eq!(found_in(&["x/R1.fq"], &both), ["x/R1.fq", "-"]);
        assert_eq!(found_in(&["P1_1.fq"], &["S1/P1_1.fq"]), ["P1_1.fq"]);
        let line = format!("{MD5}  S1/P1_1.fq\n");
        let lists = BTreeMap::from([("MD5.txt".to_owned(), parse("MD5.txt", line.as_bytes()))]);
        let listed = resolve(&lists, &BTreeMap::from([("P1_1.fq", "P1_1.fq")]));
        assert_eq!(listed.claims["P1_1.fq"][0].guess.as_deref(), Some("S1/P1_1.fq"));
    }

    #[test]
    fn a_file_that_is_named_is_not_taken_for_another() {
        let found = found("MD5.txt", &["x/a.fq", "y/a.fq"], &["x/a.fq"]);
        assert_eq!(found, ["x/a.fq", "-"]);
    }

    #[test]
    fn nothing_outside_is_looked_at() {
        let text = format!("{MD5}  ../../etc/passwd\n");
        let lists = BTreeMap::from([("x/l.md5".to_owned(), parse("l.md5", text.as_bytes()))]);
        let listed = resolve(&lists, &BTreeMap::new());
        assert!(listed.problems["x/l.md5"].reason.contains("outside the delivery"));
        assert!(listed.missing.is_empty());
    }
}
