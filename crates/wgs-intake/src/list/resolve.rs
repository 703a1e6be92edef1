//! Which delivered files the lines of lists are of.
//!
//! A list names files from its own folder, from the folder where the provider made it, or by their
//! names alone while they lie in folders below. So a line is of the file that is where it says;
//! else of one that is where the end of the path says; else of the only one of that name below the
//! list's folder. A file that some line names exactly is not looked for by others.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::{Digest, Entry, Lines};
use crate::problem::{Code, Problem};

/// What a list says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) list: String,
    pub(crate) line: usize,
    pub(crate) digest: Digest,
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
        }
        for entry in &lines.entries {
            let line = Line { list, entry };
            match exact(&line, exists) {
                Ok(Some(file)) => listed.claim(&line, file),
                Ok(None) => rest.push(line),
                Err(problem) => drop(listed.problems.entry(list.clone()).or_insert(problem)),
            }
        }
    }
    let named: BTreeSet<String> = listed.claims.keys().cloned().collect();
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, _) in exists.iter().filter(|(path, file)| path == file) {
        by_name.entry(name_of(path)).or_default().push(path);
    }
    for line in rest {
        match elsewhere(&line, exists, &by_name, &named) {
            Some(file) => listed.claim(&line, file),
            None => listed.missing.push(Missing { file: place(&line), claim: claim_of(&line) }),
        }
    }
    listed
}

impl Listed {
    /// Takes a line for a file, unless the list tells of itself: it was not whole by then.
    fn claim(&mut self, line: &Line, file: &str) {
        if file != line.list {
            self.claims.entry(file.to_owned()).or_default().push(claim_of(line));
        }
    }
}

fn claim_of(line: &Line) -> Claim {
    let Entry { line: number, digest, .. } = line.entry;
    Claim { list: line.list.to_owned(), line: *number, digest: digest.clone() }
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

/// By the end of the path, or by the name alone.
fn elsewhere<'a>(
    line: &Line,
    exists: &BTreeMap<&'a str, &'a str>,
    by_name: &BTreeMap<&str, Vec<&str>>,
    named: &BTreeSet<String>,
) -> Option<&'a str> {
    let folder = folder_of(line.list);
    let free = |path: &str| exists.get(path).copied().filter(|file| !named.contains(*file));
    let path = join("", line.entry.path.trim_start_matches('/')).unwrap_or_default();
    let mut end = path.as_str();
    while let Some((_, shorter)) = end.split_once('/') {
        end = shorter;
        let at = [folder, ""].iter().find_map(|folder| free(&join(folder, end)?));
        if at.is_some() {
            return at;
        }
    }
    let below = |path: &&&str| {
        folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    let of_name = by_name.get(name_of(&line.entry.path))?;
    let mut of_name = of_name.iter().filter(below).filter_map(|path| free(path));
    of_name.next().filter(|_| of_name.next().is_none())
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
