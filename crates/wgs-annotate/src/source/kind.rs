//! What a file is, by its first lines.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    table::{Head, genes},
    variant::Reader,
};

use super::{options::Kind, roles::Roles, vcf};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Vcf,
    /// A line names the columns.
    Table,
    /// Contig, start and end, without names.
    Bed,
    /// `fixedStep` and `variableStep`.
    Wiggle,
}

/// What a file is: as it was asked for, or what it looks like.
pub(super) fn of(path: &Path, asked: Option<Kind>, roles: &Roles) -> Result<(Kind, Form)> {
    let head = match Head::read(path) {
        Ok(head) => head,
        // BCF is no text.
        Err(_) if Reader::open(path).is_ok() => return of_vcf(path, asked),
        Err(error) => return Err(error),
    };
    if is_vcf(&head) {
        return of_vcf(path, asked);
    }
    let table = |kind| Ok((kind, Form::Table));
    let has_bed = || is_bed(&head, roles);
    let is_wiggle = || data(&head).next().is_some_and(|line| line.contains("Step "));
    match asked {
        Some(Kind::Alleles) => return table(Kind::Alleles),
        Some(Kind::Genes) => return table(Kind::Genes),
        Some(Kind::Intervals) if is_wiggle() => return Ok((Kind::Intervals, Form::Wiggle)),
        Some(Kind::Intervals) if has_bed() => return Ok((Kind::Intervals, Form::Bed)),
        Some(Kind::Intervals) => return table(Kind::Intervals),
        None => {}
    }
    let has = |fits: &dyn Fn(&[String]) -> bool| head.columns(fits).is_some();
    if has(&|names| roles.has_alleles(names)) {
        return table(Kind::Alleles);
    }
    if is_wiggle() {
        return Ok((Kind::Intervals, Form::Wiggle));
    }
    if has(&|names| roles.begins_as_bed(names)) {
        return table(Kind::Intervals);
    }
    if has(&genes::is_heading) {
        return table(Kind::Genes);
    }
    if has(&|names| roles.has_intervals(names)) {
        return table(Kind::Intervals);
    }
    if has_bed() {
        return Ok((Kind::Intervals, Form::Bed));
    }
    if genes::GeneTable::fits(&head) {
        return table(Kind::Genes);
    }
    Err(unknown(path, &head))
}

fn of_vcf(path: &Path, asked: Option<Kind>) -> Result<(Kind, Form)> {
    let kind = match asked {
        Some(Kind::Genes) => {
            let reason = "is a VCF, and no table of genes";
            return Err(FileError::new(path, ErrorKind::Configuration, reason));
        }
        Some(kind) => kind,
        None if vcf::is_symbolic(path)? => Kind::Intervals,
        None => Kind::Alleles,
    };
    Ok((kind, Form::Vcf))
}

fn is_vcf(head: &Head) -> bool {
    let is_first = |line: &String| line.starts_with("##fileformat=VCF");
    let is_columns = |line: &String| line.starts_with("#CHROM\tPOS\tID\tREF\tALT\t");
    head.lines().first().is_some_and(is_first) || head.lines().iter().any(is_columns)
}

/// Lines that are not of the browser, comments, or empty.
fn data(head: &Head) -> impl Iterator<Item = &str> {
    let lines = head.lines().iter().map(|line| line.trim_end());
    lines.filter(|line| !is_heading(line) && !line.is_empty())
}

/// Whether a line of BED or wiggle is of the browser, or a comment.
pub(super) fn is_heading(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    line.starts_with('#') || word == "track" || word == "browser"
}

fn is_bed(head: &Head, roles: &Roles) -> bool {
    use super::roles::Role::{End, Start, Start0};
    let start = roles.number(Start0).or_else(|| roles.number(Start)).unwrap_or(1);
    let end = roles.number(End).unwrap_or(2);
    let is_number = |cell: Option<&str>| cell.is_some_and(|cell| cell.parse::<u32>().is_ok());
    data(head).next().is_some_and(|line| {
        let cells: Vec<&str> = cells(line).collect();
        is_number(cells.get(start).copied()) && is_number(cells.get(end).copied())
    })
}

/// The cells of a line of BED: between tabs if it has any, or else white space.
pub(super) fn cells(line: &str) -> impl Iterator<Item = &str> {
    let by_tabs = line.contains('\t');
    let split = move |c: char| if by_tabs { c == '\t' } else { c == ' ' };
    line.split(split).map(str::trim).filter(move |cell| by_tabs || !cell.is_empty())
}

fn unknown(path: &Path, head: &Head) -> FileError {
    let first = data(head).next().unwrap_or_default();
    let first: String = first.chars().take(80).collect();
    let reason = format!(
        "is neither VCF, BED, bedGraph nor wiggle, and no line names columns of contig, position, \
         reference and alternate, of contig, start and end, or of genes; it begins {first:?}"
    );
    FileError::invalid(path, reason)
        .hint("say what it is with --kind, and which columns are what with --columns")
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    fn kind(text: &str) -> Result<(Kind, Form)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(&path, text).unwrap();
        of(&path, None, &Roles::default())
    }

    #[test]
    fn files_are_known_by_their_first_lines() {
        let vcf = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        for (text, expected) in [
            (vcf, (Kind::Alleles, Form::Vcf)),
            (&format!("{vcf}1\t5\t.\tN\t<DEL>\t.\t.\tEND=9\n"), (Kind::Intervals, Form::Vcf)),
            ("## CADD v1.7\n#Chrom\tPos\tRef\tAlt\tPHRED\n", (Kind::Alleles, Form::Table)),
            ("chr,hg19_pos,grch38_pos,ref,alt,REVEL\n", (Kind::Alleles, Form::Table)),
            ("chr1\t5\t9\n", (Kind::Intervals, Form::Bed)),
            ("chr1\t5\t9\tgene\n", (Kind::Intervals, Form::Bed)),
            ("track type=bedGraph\nchr1 5 9 0.5\n", (Kind::Intervals, Form::Bed)),
            ("fixedStep chrom=chr1 start=5 step=1\n0.1\n", (Kind::Intervals, Form::Wiggle)),
            ("#chrom\tchromStart\tchromEnd\tname\n", (Kind::Intervals, Form::Table)),
            ("variantaccession\tchr\tstart\tend\n", (Kind::Intervals, Form::Table)),
            (
                "gene\ttranscript\tlof.oe_ci.upper\tchromosome\tstart_position\tend_position\n",
                (Kind::Genes, Form::Table),
            ),
            ("\u{feff}BRCA1\r\nBRCA2\r\n", (Kind::Genes, Form::Table)),
        ] {
            assert_eq!(kind(text).unwrap(), expected, "{text}");
        }
        let error = kind("some text, and more\nof it\n").unwrap_err();
        assert!(error.to_string().contains("begins \"some text"), "{error}");
        assert!(kind("").is_err());
    }
}
