//! The figures of libraries, ours and those of Picard's metrics file.

use std::{fs, path::Path};

use wgs_align::LibraryDuplicates;

use crate::Error;

/// Columns of Picard's that we have as well.
const COLUMNS: [&str; 6] = [
    "UNPAIRED_READS_EXAMINED",
    "READ_PAIRS_EXAMINED",
    "UNPAIRED_READ_DUPLICATES",
    "READ_PAIR_DUPLICATES",
    "READ_PAIR_OPTICAL_DUPLICATES",
    "ESTIMATED_LIBRARY_SIZE",
];

/// The first of the columns that depend on optical duplicates.
const OPTICAL: usize = 4;

/// Our figures beside Picard's.
pub(super) struct Differences {
    /// One line for each figure that differs, and one for each library.
    pub(super) table: String,
    /// How many figures differ that should not.
    pub(super) count: u64,
}

fn figures(library: &LibraryDuplicates) -> [u64; 6] {
    [
        library.fragments,
        library.pairs,
        library.fragment_duplicates,
        library.pair_duplicates,
        library.optical_pair_duplicates,
        library.estimated_size().unwrap_or(0),
    ]
}

/// Compares our libraries with a metrics file; `short_pixels` explain other optical duplicates.
pub(super) fn differences(
    ours: &[LibraryDuplicates],
    path: &Path,
    short_pixels: bool,
) -> Result<Differences, Error> {
    let theirs = parse(&fs::read_to_string(path)?).ok_or("Picard's metrics are not understood")?;
    let mut found = Differences { table: String::new(), count: 0 };
    for library in ours {
        let name = &library.library;
        let own = figures(library);
        let other = theirs.iter().find(|(theirs, _)| theirs == name).map(|(_, values)| values);
        let other = other.ok_or_else(|| format!("Picard has no library {name}"))?;
        for ((i, own), other) in own.into_iter().enumerate().zip(other) {
            let column = COLUMNS[i];
            let verdict = match own == *other {
                true => "",
                false if short_pixels && i >= OPTICAL => " (it keeps x and y in 16 bits)",
                false => {
                    found.count += 1;
                    " DIFFERS"
                }
            };
            found.table += &format!("{name} {column}: ours {own}, Picard's {other}{verdict}\n");
        }
    }
    Ok(found)
}

/// The libraries of a metrics file, with the columns; 0 for what is empty.
fn parse(text: &str) -> Option<Vec<(String, [u64; 6])>> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("LIBRARY\t"));
    let columns: Vec<&str> = lines.next()?.split('\t').collect();
    let rows = lines.take_while(|line| !line.is_empty());
    rows.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let value = |name: &str| {
            let field = *fields.get(columns.iter().position(|column| *column == name)?)?;
            if field.is_empty() { Some(0) } else { field.parse().ok() }
        };
        let mut values = [0; 6];
        for (slot, column) in values.iter_mut().zip(COLUMNS) {
            *slot = value(column)?;
        }
        Some((fields[0].to_owned(), values))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metrics_file_is_understood() {
        let header = format!("LIBRARY\tX\t{}", COLUMNS.join("\t"));
        let text =
            format!("## htsjdk\n# x\n\n## METRICS\n{header}\na\t9\t1\t2\t3\t4\t5\t6\n\n## H\n");
        assert_eq!(parse(&text), Some(vec![("a".into(), [1, 2, 3, 4, 5, 6])]));
        let empty = format!("{header}\na\t9\t1\t2\t3\t4\t5\t\n");
        assert_eq!(parse(&empty), Some(vec![("a".into(), [1, 2, 3, 4, 5, 0])]));
        assert_eq!(parse("nothing"), None);
        assert_eq!(parse(&format!("{header}\na\tx\n")), None);
    }
}
