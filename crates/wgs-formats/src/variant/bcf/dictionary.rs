//! The numbers that stand for names.

use std::collections::HashMap;

/// Largest number that is taken from a header: memory must not depend on one that is a lie.
const MAX_INDEX: usize = 1 << 22;

/// Names of one kind, by their numbers.
#[derive(Default)]
pub(super) struct Names {
    names: Vec<String>,
    indexes: HashMap<String, usize>,
}

impl Names {
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.indexes.get(name).copied()
    }

    /// Gives a name the next number, or one of its own; a name keeps its first.
    fn add(&mut self, name: &str, index: Option<usize>) -> Result<(), String> {
        if self.indexes.contains_key(name) {
            return Ok(());
        }
        let index = index.unwrap_or(self.names.len());
        if index > MAX_INDEX {
            return Err(format!("IDX={index} of {name} is too large"));
        }
        if index >= self.names.len() {
            self.names.resize(index + 1, String::new());
        }
        if !self.names[index].is_empty() {
            return Err(format!("IDX={index} stands for both {} and {name}", self.names[index]));
        }
        name.clone_into(&mut self.names[index]);
        self.indexes.insert(name.to_owned(), index);
        Ok(())
    }
}

/// The dictionaries of a header: contigs, and what FILTER, INFO and FORMAT have together.
pub(super) struct Dictionaries {
    pub(super) contigs: Names,
    pub(super) strings: Names,
}

impl Dictionaries {
    /// Those of the text of a header, and the text without the numbers (`IDX`) that it had.
    pub(super) fn of(text: &str) -> Result<(Self, String), String> {
        let (mut contigs, mut strings) = (Names::default(), Names::default());
        strings.add("PASS", None)?;
        let mut rest = String::with_capacity(text.len());
        for line in text.lines() {
            let kind = line.strip_prefix("##").and_then(|line| line.split_once("=<"));
            let names = match kind {
                Some(("contig", fields)) => Some((&mut contigs, fields)),
                Some(("FILTER" | "INFO" | "FORMAT", fields)) => Some((&mut strings, fields)),
                _ => None,
            };
            if let Some((names, fields)) = names
                && let Some(id) = field(fields, "ID")
            {
                let index = field(fields, "IDX").map(|(_, index)| index.parse());
                let index = index.transpose().map_err(|_| format!("IDX is no number: {line}"))?;
                names.add(id.1, index)?;
                rest.push_str(&without_index(line));
            } else {
                rest.push_str(line);
            }
            rest.push('\n');
        }
        Ok((Self { contigs, strings }, rest))
    }
}

/// Where a field of a header line begins, and its value: what stands in quotes is none.
fn field<'a>(fields: &'a str, key: &str) -> Option<(usize, &'a str)> {
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    for (at, c) in fields.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' | '>' if !quoted => {
                let value = fields[start..at].strip_prefix(key).and_then(|v| v.strip_prefix('='));
                if let Some(value) = value {
                    return Some((start, value));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

fn without_index(line: &str) -> String {
    let Some((kind, fields)) = line.split_once("=<") else { return line.to_owned() };
    match field(fields, "IDX") {
        Some((start @ 1.., value)) => {
            let end = start + "IDX=".len() + value.len();
            format!("{kind}=<{}{}", &fields[..start - 1], &fields[end..])
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_header() {
        let text = "##fileformat=VCFv4.2\n\
            ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"a, IDX=9>\",IDX=4>\n\
            ##FILTER=<ID=q10,Description=\"x\">\n\
            ##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"d\">\n\
            ##contig=<ID=b,IDX=1>\n##contig=<ID=a,length=5,IDX=0>\n#CHROM\n";
        let (names, rest) = Dictionaries::of(text).unwrap();
        assert_eq!(names.strings.get(0), Some("PASS"));
        assert_eq!((names.strings.index("DP"), names.strings.index("q10")), (Some(4), Some(5)));
        assert_eq!((names.strings.get(2), names.strings.get(6)), (None, None));
        assert_eq!((names.contigs.get(0), names.contigs.get(1)), (Some("a"), Some("b")));
        assert!(!rest.contains(",IDX=4>") && rest.contains("\"a, IDX=9>\">"), "{rest}");
        assert!(rest.contains("##contig=<ID=b>\n##contig=<ID=a,length=5>\n"), "{rest}");
        assert!(Dictionaries::of("##contig=<ID=a,IDX=99999999999>").is_err());
        assert!(Dictionaries::of("##contig=<ID=a,IDX=1>\n##contig=<ID=b,IDX=1>").is_err());
    }
}
