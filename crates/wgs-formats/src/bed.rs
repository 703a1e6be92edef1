//! BED: regions of interest.

use std::{io::BufRead, path::Path};

use wgs_core::{ContigIndex, ContigList, ErrorKind, Interval0, Region};

use crate::{FileError, Result, input};

/// Parts of a genome: on each contig intervals that are ascending, apart, and not empty.
///
/// ```
/// use wgs_core::{ContigIndex, Contig, ContigList};
/// use wgs_formats::bed;
///
/// let contigs = ContigList::new(vec![Contig::new("chr1", 1000)])?;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("targets.bed");
/// std::fs::write(&path, "chr1\t100\t200\texon2\nchr1\t20\t30\texon1\nchr1\t150\t210\n")?;
/// let regions = bed::read(&path, &contigs)?;
/// let ends: Vec<_> = regions.of(ContigIndex(0)).iter().map(|i| (i.start(), i.end())).collect();
/// assert_eq!(ends, [(20, 30), (100, 210)]);
/// assert_eq!(regions.total_length(), 120);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    by_contig: Vec<Vec<Interval0>>,
}

impl Regions {
    /// The union of some regions; those that overlap or touch are joined.
    pub fn new(regions: impl IntoIterator<Item = Region>) -> Self {
        let mut by_contig: Vec<Vec<Interval0>> = Vec::new();
        for Region { contig, interval } in regions {
            if by_contig.len() <= contig.0 {
                by_contig.resize(contig.0 + 1, Vec::new());
            }
            by_contig[contig.0].push(interval);
        }
        by_contig.iter_mut().for_each(|intervals| *intervals = union(std::mem::take(intervals)));
        Self { by_contig }
    }

    /// The intervals on a contig, ascending, apart, and not empty.
    pub fn of(&self, contig: ContigIndex) -> &[Interval0] {
        self.by_contig.get(contig.0).map_or(&[], Vec::as_slice)
    }

    /// All intervals, in the order of the contigs.
    pub fn iter(&self) -> impl Iterator<Item = Region> {
        let contigs = self.by_contig.iter().enumerate();
        contigs.flat_map(|(index, intervals)| {
            intervals.iter().map(move |&interval| Region { contig: ContigIndex(index), interval })
        })
    }

    /// These regions with so many bases more on either side, as far as the contigs reach; those that
    /// then overlap or touch are joined.
    #[must_use]
    pub fn padded(&self, bases: u32, contigs: &ContigList) -> Self {
        Self::new(self.iter().map(|Region { contig, interval }| {
            let length = contigs.get(contig).map_or(interval.end(), |c| c.length);
            Region { contig, interval: interval.padded(bases, length) }
        }))
    }

    /// Sum of the lengths, in bases.
    pub fn total_length(&self) -> u64 {
        self.iter().map(|region| u64::from(region.interval.len())).sum()
    }

    /// Whether the base at a 0-based offset of a contig lies in a region.
    pub fn contains(&self, contig: ContigIndex, offset: u32) -> bool {
        let intervals = self.of(contig);
        let after = intervals.partition_point(|interval| interval.start() <= offset);
        after > 0 && intervals[after - 1].contains(offset)
    }
}

fn union(mut intervals: Vec<Interval0>) -> Vec<Interval0> {
    intervals.retain(|interval| !interval.is_empty());
    intervals.sort_unstable();
    let mut joined: Vec<Interval0> = Vec::with_capacity(intervals.len());
    for next in intervals {
        match joined.last_mut() {
            Some(last) if next.start() <= last.end() => {
                let end = last.end().max(next.end());
                *last = Interval0::new(last.start(), end).expect("the end only grew");
            }
            _ => joined.push(next),
        }
    }
    joined
}

/// Reads a BED (plain, gzip or bgzip) of regions on these contigs. Columns after the third, and
/// lines that are empty or begin with `#`, `track` or `browser`, are passed over.
///
/// # Errors
///
/// If a line is not `CONTIG START END` with START not after END, or its region is not on a contig
/// of the list ([`ErrorKind::ReferenceMismatch`]).
pub fn read(path: &Path, contigs: &ContigList) -> Result<Regions> {
    let mut regions = Vec::new();
    for (number, line) in (1u64..).zip(input::open(path)?.split(b'\n')) {
        let line = line.map_err(|e| input::error(path, e)).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| FileError::invalid(path, "not UTF-8 text"))
        });
        let region = line.and_then(|line| parse(line.trim_end(), path, contigs));
        regions.extend(region.map_err(|e| e.at(format!("line {number}")))?);
    }
    Ok(Regions::new(regions))
}

fn parse(line: &str, path: &Path, contigs: &ContigList) -> Result<Option<Region>> {
    let wrong = || FileError::invalid(path, "expected the columns CONTIG, START and END");
    let mut columns = line.split(['\t', ' ']).filter(|c| !c.is_empty());
    let Some(name) = columns.next().filter(|name| !is_heading(name)) else { return Ok(None) };
    let mut number = || columns.next().and_then(|text| text.parse::<u32>().ok()).ok_or_else(wrong);
    let (start, end) = (number()?, number()?);
    let interval =
        Interval0::new(start, end).map_err(|e| FileError::invalid(path, e.to_string()))?;
    let mismatch = |reason| FileError::new(path, ErrorKind::ReferenceMismatch, reason);
    let contig = contigs
        .index_of(name)
        .ok_or_else(|| mismatch(format!("contig {name:?} is not in the reference")))?;
    let length = contigs.get(contig).map_or(0, |c| c.length);
    if end > length {
        return Err(mismatch(format!("contig {name} has only {length} bases")));
    }
    Ok(Some(Region { contig, interval }))
}

fn is_heading(first: &str) -> bool {
    first.starts_with('#') || first == "track" || first == "browser"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output;
    use wgs_core::Contig;

    fn of(text: &str) -> Result<Vec<(usize, u32, u32)>> {
        let contigs = vec![Contig::new("a", 100), Contig::new("b", 50)];
        let contigs = ContigList::new(contigs).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.bed");
        output::write(&path, text).unwrap();
        let regions = read(&path, &contigs)?;
        Ok(regions.iter().map(|r| (r.contig.0, r.interval.start(), r.interval.end())).collect())
    }

    #[test]
    fn regions_are_sorted_and_joined() {
        let text =
            "track name=x\n#c\n\nb\t1\t2\na\t50\t60\na 5 10\tx\r\na\t10\t12\na\t7\t8\na\t70\t70\n";
        assert_eq!(of(text).unwrap(), [(0, 5, 12), (0, 50, 60), (1, 1, 2)]);
    }

    #[test]
    fn what_is_not_a_region_is_refused_with_its_line() {
        for (text, kind, says) in [
            ("a\t1\t2\na\t5\n", ErrorKind::InvalidInput, "line 2"),
            ("a\t-1\t2\n", ErrorKind::InvalidInput, "CONTIG"),
            ("a\t5\t4\n", ErrorKind::InvalidInput, "before"),
            ("c\t1\t2\n", ErrorKind::ReferenceMismatch, "\"c\""),
            ("b\t1\t51\n", ErrorKind::ReferenceMismatch, "50 bases"),
        ] {
            let error = of(text).unwrap_err();
            assert_eq!(error.kind(), kind, "{text}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }

    #[test]
    fn padding_ends_at_the_contig_and_joins() {
        let contigs = ContigList::new(vec![Contig::new("a", 100)]).unwrap();
        let region = |start, end| Region {
            contig: ContigIndex(0),
            interval: Interval0::new(start, end).unwrap(),
        };
        let regions = Regions::new([region(5, 10), region(28, 30), region(95, 99)]);
        let padded = regions.padded(9, &contigs);
        let ends: Vec<_> = padded.iter().map(|r| (r.interval.start(), r.interval.end())).collect();
        assert_eq!(ends, [(0, 39), (86, 100)]);
    }

    #[test]
    fn membership() {
        let region = |start, end| Region {
            contig: ContigIndex(1),
            interval: Interval0::new(start, end).unwrap(),
        };
        let regions = Regions::new([region(10, 20), region(30, 31)]);
        let inside: Vec<u32> = (0..40).filter(|&at| regions.contains(ContigIndex(1), at)).collect();
        assert_eq!(inside, (10..20).chain([30]).collect::<Vec<_>>());
        assert!(!regions.contains(ContigIndex(0), 15) && !regions.contains(ContigIndex(7), 15));
    }
}
