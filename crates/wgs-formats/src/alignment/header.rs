//! The header of an alignment file.

use std::{collections::HashMap, fmt};

use wgs_core::{Contig, ContigError, ContigIndex, ContigList};

use super::header_line::{self, Line, Program, ReadGroup};

/// Why a text is not a SAM header, or something cannot be added to one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A line is not `@XX` with `TAG:value` fields, or lacks a field that it must have.
    #[error("header line {0:?} is not as SAM has it")]
    Syntax(String),
    /// Two read groups or programs share an id.
    #[error("@{kind} {id} stands twice in the header")]
    Duplicate {
        /// `RG` or `PG`.
        kind: &'static str,
        /// The id.
        id: String,
    },
    /// The contigs do not make a list.
    #[error("header: {0}")]
    Contigs(#[from] ContigError),
}

/// Order of the records (`SO`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// Not stated.
    #[default]
    Unknown,
    /// None.
    Unsorted,
    /// By read name.
    QueryName,
    /// By contig and position.
    Coordinate,
}

impl SortOrder {
    const NAMES: [(Self, &str); 4] = [
        (Self::Unknown, "unknown"),
        (Self::Unsorted, "unsorted"),
        (Self::QueryName, "queryname"),
        (Self::Coordinate, "coordinate"),
    ];

    fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

/// The header of an alignment file: its contigs, read groups and programs.
///
/// Lines and fields that it does not interpret are kept as they are.
///
/// ```
/// use wgs_formats::alignment::{Header, Program, ReadGroup, SortOrder};
///
/// let mut header = Header::parse("@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:1000\tM5:00\n@CO\tmade by hand\n")?;
/// header.set_sort_order(SortOrder::Coordinate);
/// header.add_read_group(ReadGroup { sample: Some("NA12878".into()), ..ReadGroup::new("lane1") })?;
/// header.append_program(Program::new("wgs-pipe"))?;
/// assert_eq!(header.contigs().len(), 1);
/// assert_eq!(
///     header.to_text(),
///     "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:1000\tM5:00\n@CO\tmade by hand\n\
///      @RG\tID:lane1\tSM:NA12878\n@PG\tID:wgs-pipe\n"
/// );
/// # Ok::<(), wgs_formats::alignment::HeaderError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    lines: Vec<Line>,
    contigs: ContigList,
    read_groups: Vec<ReadGroup>,
    programs: Vec<Program>,
}

impl Header {
    /// A header of version 1.6 with these contigs (and their `M5`), of no stated order.
    pub fn new(contigs: ContigList) -> Self {
        let mut lines = vec![Line::Fields("HD".into(), vec![("VN".into(), "1.6".into())])];
        lines.extend(contigs.iter().map(contig_line));
        Self { lines, contigs, ..Self::default() }
    }

    /// Reads the text of a header; empty lines are left out.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let lines: Vec<Line> = text
            .trim_end_matches('\0')
            .lines()
            .filter(|l| !l.is_empty())
            .map(Line::parse)
            .collect::<Result<_, _>>()?;
        Self::from_lines(lines)
    }

    fn from_lines(lines: Vec<Line>) -> Result<Self, HeaderError> {
        let contigs = lines.iter().filter_map(parse_contig).collect::<Result<_, _>>()?;
        let read_groups =
            lines.iter().filter_map(ReadGroup::from_line).collect::<Result<Vec<_>, _>>()?;
        let programs =
            lines.iter().filter_map(Program::from_line).collect::<Result<Vec<_>, _>>()?;
        check_unique("RG", read_groups.iter().map(|g| &g.id))?;
        check_unique("PG", programs.iter().map(|p| &p.id))?;
        Ok(Self { contigs: ContigList::new(contigs)?, lines, read_groups, programs })
    }

    /// The text of the header, each line ended.
    pub fn to_text(&self) -> String {
        self.to_string()
    }

    /// The contigs, with their `M5` digests.
    pub fn contigs(&self) -> &ContigList {
        &self.contigs
    }

    /// The read groups, in the order of the header.
    pub fn read_groups(&self) -> &[ReadGroup] {
        &self.read_groups
    }

    /// The read group of an id.
    pub fn read_group(&self, id: &[u8]) -> Option<&ReadGroup> {
        self.read_groups.iter().find(|g| g.id.as_bytes() == id)
    }

    /// The samples of the read groups, each once, in the order of the header.
    pub fn samples(&self) -> Vec<&str> {
        let mut samples = Vec::new();
        for sample in self.read_groups.iter().filter_map(|g| g.sample.as_deref()) {
            if !samples.contains(&sample) {
                samples.push(sample);
            }
        }
        samples
    }

    /// Appends a read group.
    pub fn add_read_group(&mut self, group: ReadGroup) -> Result<(), HeaderError> {
        if self.read_group(group.id.as_bytes()).is_some() {
            return Err(HeaderError::Duplicate { kind: "RG", id: group.id });
        }
        self.lines.push(group.to_line()?);
        self.read_groups.push(group);
        Ok(())
    }

    /// Replaces all read groups.
    pub fn set_read_groups(&mut self, groups: Vec<ReadGroup>) -> Result<(), HeaderError> {
        let mut new = self.clone();
        new.lines.retain(|line| line.fields("RG").is_none());
        new.read_groups.clear();
        for group in groups {
            new.add_read_group(group)?;
        }
        *self = new;
        Ok(())
    }

    /// The programs, in the order of the header.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// Appends a program and returns its id. Where it names no previous program, it follows the
    /// last one that none follows; where its id is taken, `.1`, `.2`, … is appended.
    pub fn append_program(&mut self, mut program: Program) -> Result<String, HeaderError> {
        let taken = |id: &str| self.programs.iter().any(|p| p.id == id);
        if taken(&program.id) {
            let numbered = (1..).map(|n: u32| format!("{}.{n}", program.id));
            program.id = { numbered }.find(|id| !taken(id)).unwrap_or_default();
        }
        if program.previous.is_none() {
            program.previous = self.last_of_chain().map(str::to_owned);
        }
        self.lines.push(program.to_line()?);
        self.programs.push(program.clone());
        Ok(program.id)
    }

    fn last_of_chain(&self) -> Option<&str> {
        let followed = |id: &String| self.programs.iter().any(|p| p.previous.as_ref() == Some(id));
        self.programs.iter().map(|p| &p.id).rfind(|id| !followed(id)).map(String::as_str)
    }

    /// Order of the records.
    pub fn sort_order(&self) -> SortOrder {
        let text = self.lines.iter().find_map(|line| line.get("HD", "SO"));
        let known = SortOrder::NAMES.iter().find(|(_, name)| Some(*name) == text);
        known.map_or(SortOrder::Unknown, |&(order, _)| order)
    }

    /// Whether the reads of a template stand together: sorted by name, or `GO:query`.
    pub fn is_name_grouped(&self) -> bool {
        self.sort_order() == SortOrder::QueryName
            || self.lines.iter().any(|line| line.get("HD", "GO") == Some("query"))
    }

    /// States the order of the records; what the header said of groups and sub-orders goes.
    pub fn set_sort_order(&mut self, order: SortOrder) {
        let at = self.lines.iter().position(|line| line.fields("HD").is_some());
        let mut fields = match at.map(|at| self.lines.remove(at)) {
            Some(Line::Fields(_, fields)) => fields,
            _ => vec![("VN".into(), "1.6".into())],
        };
        fields.retain(|(tag, _)| !matches!(tag.as_str(), "GO" | "SS"));
        header_line::set(&mut fields, "SO", order.name());
        self.lines.insert(0, Line::Fields("HD".into(), fields));
    }

    /// The comments (`@CO`), in the order of the header.
    pub fn comments(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match line {
            Line::Comment(text) => Some(text.as_str()),
            Line::Fields(..) => None,
        })
    }

    /// Appends a comment; line ends in it become spaces.
    pub fn add_comment(&mut self, text: &str) {
        self.lines.push(Line::Comment(text.replace(['\n', '\r', '\0'], " ")));
    }

    /// The header with its `@SQ` lines replaced by these contigs, in their order. A contig that
    /// the header has keeps its other fields (`UR`, `AS`, …), and its `M5` if none is given.
    #[must_use]
    pub fn with_contigs(&self, contigs: &ContigList) -> Self {
        let of_contig = |line: &Line| line.fields("SQ").is_some();
        let begins = |line: Option<&Line>| line.is_some_and(|l| l.fields("HD").is_some());
        let (own, mut lines): (Vec<Line>, Vec<Line>) =
            self.lines.iter().cloned().partition(of_contig);
        let first = self.lines.iter().position(of_contig);
        let at = first.unwrap_or(usize::from(begins(lines.first())));
        let mut own: HashMap<String, Line> = own
            .into_iter()
            .filter_map(|line| Some((line.get("SQ", "SN")?.to_owned(), line)))
            .collect();
        let mut known = Vec::with_capacity(contigs.len());
        let new = contigs.iter().map(|contig| {
            let line = own.remove(&contig.name).unwrap_or_else(|| contig_line(contig));
            let md5 = contig.md5.as_deref().or(line.get("SQ", "M5")).map(str::to_owned);
            known.push(Contig { md5, ..contig.clone() });
            updated(line, &known[known.len() - 1])
        });
        let new: Vec<Line> = new.collect();
        lines.splice(at..at, new);
        let contigs = ContigList::new(known).unwrap_or_else(|_| contigs.clone());
        Self { lines, contigs, ..self.clone() }
    }

    /// States where the sequences of the contigs can be had (`UR`): of all of them, or of those of
    /// which the header does not say it yet.
    ///
    /// # Errors
    ///
    /// If it holds a tab or a line end.
    pub fn set_reference_uri(&mut self, uri: &str, replace: bool) -> Result<(), HeaderError> {
        if !header_line::is_value(uri) {
            return Err(HeaderError::Syntax(uri.to_owned()));
        }
        for line in &mut self.lines {
            match line {
                Line::Fields(kind, fields)
                    if kind == "SQ" && (replace || header_line::get(fields, "UR").is_none()) =>
                {
                    header_line::set(fields, "UR", uri);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The place of one of this header's contigs in another list, by name.
    pub fn contig_in(&self, index: ContigIndex, other: &ContigList) -> Option<ContigIndex> {
        other.index_of(&self.contigs.get(index)?.name)
    }
}

fn contig_line(contig: &Contig) -> Line {
    let mut fields =
        vec![("SN".into(), contig.name.clone()), ("LN".into(), contig.length.to_string())];
    fields.extend(contig.md5.iter().map(|md5| ("M5".into(), md5.clone())));
    Line::Fields("SQ".into(), fields)
}

/// The line of a contig with the length and digest that are known now.
fn updated(mut line: Line, contig: &Contig) -> Line {
    if let Line::Fields(_, fields) = &mut line {
        header_line::set(fields, "LN", &contig.length.to_string());
        if let Some(md5) = &contig.md5 {
            header_line::set(fields, "M5", md5);
        }
    }
    line
}

fn parse_contig(line: &Line) -> Option<Result<Contig, HeaderError>> {
    let fields = line.fields("SQ")?;
    let get = |tag| header_line::get(fields, tag);
    let contig =
        get("SN").zip(get("LN").and_then(|length| length.parse().ok())).map(|(name, length)| {
            Contig { md5: get("M5").map(str::to_owned), ..Contig::new(name, length) }
        });
    Some(contig.ok_or_else(|| HeaderError::Syntax(line.to_string())))
}

fn check_unique<'a>(
    kind: &'static str,
    ids: impl Iterator<Item = &'a String>,
) -> Result<(), HeaderError> {
    let mut seen = std::collections::HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(HeaderError::Duplicate { kind, id: id.clone() });
        }
    }
    Ok(())
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "@HD\tVN:1.5\tSO:queryname\tGO:query\n\
        @SQ\tSN:b\tLN:20\tAS:x\n@SQ\tSN:a\tLN:10\tM5:aa\tUR:file\n\
        @RG\tID:1\tSM:s1\tPU:p\tXX:y\n@RG\tID:2\tSM:s2\n@RG\tID:3\tSM:s1\n\
        @PG\tID:p1\n@PG\tID:p2\tPP:p1\n@CO\tfree\ttext\n@XY\tAB:c\n";

    #[test]
    fn what_is_not_interpreted_is_kept() {
        let header = Header::parse(TEXT).unwrap();
        assert_eq!(header.to_text(), TEXT);
        assert_eq!(header.samples(), ["s1", "s2"]);
        assert_eq!(header.comments().collect::<Vec<_>>(), ["free\ttext"]);
        let group = header.read_group(b"1").unwrap();
        assert_eq!(group.unit.as_deref(), Some("p"));
        assert_eq!(group.other, [("XX".into(), "y".into())]);
        assert!(header.is_name_grouped());
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for text in [
            "HD\tVN:1.6",
            "@HD VN:1.6",
            "@SQ\tSN:a",
            "@SQ\tLN:1",
            "@SQ\tSN:a\tLN:0",
            "@SQ\tSN:a\tLN:x",
            "@SQ\tSN:a\tLN:1\tLN:2",
            "@SQ\tSN:a\tLN:1\n@SQ\tSN:a\tLN:1",
            "@RG\tSM:x",
            "@RG\tID:a\n@RG\tID:a",
            "@PG\tID:a\n@PG\tID:a",
            "@PG\tID:a\tPN",
            "@read1",
        ] {
            assert!(Header::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_tab_in_a_command_line_is_no_new_field() {
        let text = "@PG\tID:bwa\tCL:bwa mem -R @RG\tID:x\tSM:y ref.fa";
        let header = Header::parse(text).unwrap();
        assert_eq!(header.programs()[0].id, "bwa");
        assert_eq!(header.to_text(), "@PG\tID:bwa\tCL:bwa mem -R @RG ID:x\tSM:y ref.fa\n");
    }

    #[test]
    fn programs_follow_the_last_of_their_chain() {
        let mut header = Header::parse(TEXT).unwrap();
        assert_eq!(header.append_program(Program::new("p1")).unwrap(), "p1.1");
        assert_eq!(header.append_program(Program::new("p1")).unwrap(), "p1.2");
        let previous: Vec<_> = header.programs().iter().map(|p| p.previous.as_deref()).collect();
        assert_eq!(previous, [None, Some("p1"), Some("p2"), Some("p1.1")]);
        assert_eq!(Header::parse(&header.to_text()).unwrap(), header);
    }

    #[test]
    fn a_value_cannot_break_its_line() {
        let mut header = Header::default();
        for value in ["a\tb", "a\nb", "a\0"] {
            let program = Program { command_line: Some(value.into()), ..Program::new("p") };
            assert!(header.append_program(program).is_err(), "{value:?}");
        }
        assert!(header.add_read_group(ReadGroup::new("")).is_err());
        header.add_comment("a\nb");
        assert_eq!(header.to_text(), "@CO\ta b\n");
    }

    #[test]
    fn read_groups_are_replaced_or_all_stay() {
        let mut header = Header::parse(TEXT).unwrap();
        let before = header.clone();
        assert!(header.set_read_groups(vec![ReadGroup::new("x"), ReadGroup::new("x")]).is_err());
        assert_eq!(header, before);
        header.set_read_groups(vec![ReadGroup::new("x")]).unwrap();
        assert_eq!(header.read_groups().len(), 1);
        assert_eq!(Header::parse(&header.to_text()).unwrap(), header);
        assert!(header.add_read_group(ReadGroup::new("x")).is_err());
    }

    #[test]
    fn a_stated_order_replaces_what_was_said() {
        let mut header = Header::parse(TEXT).unwrap();
        header.set_sort_order(SortOrder::Coordinate);
        assert!(header.to_text().starts_with("@HD\tVN:1.5\tSO:coordinate\n@SQ"));
        assert!(!header.is_name_grouped());
        let mut bare = Header::default();
        assert_eq!(bare.sort_order(), SortOrder::Unknown);
        bare.set_sort_order(SortOrder::Unsorted);
        assert_eq!(bare.to_text(), "@HD\tVN:1.6\tSO:unsorted\n");
    }

    #[test]
    fn where_the_genome_lies_is_told_of_all_contigs_or_of_those_without() {
        let uris = |header: &Header| -> Vec<String> {
            let lines = header.lines.iter().filter_map(|line| line.get("SQ", "UR"));
            lines.map(str::to_owned).collect()
        };
        let mut header = Header::parse(TEXT).unwrap();
        header.set_reference_uri("new", false).unwrap();
        assert_eq!(uris(&header), ["new", "file"]);
        header.set_reference_uri("https://x/y", true).unwrap();
        assert_eq!(uris(&header), ["https://x/y"; 2]);
        assert!(header.set_reference_uri("a\tb", true).is_err());
        assert_eq!(Header::parse(&header.to_text()).unwrap(), header);
    }

    #[test]
    fn contigs_are_replaced_and_keep_their_fields() {
        let header = Header::parse(TEXT).unwrap();
        let contig = |name: &str, length, md5: Option<&str>| Contig {
            md5: md5.map(str::to_owned),
            ..Contig::new(name, length)
        };
        let contigs = ContigList::new(vec![
            contig("a", 10, None),
            contig("b", 20, Some("bb")),
            contig("c", 5, None),
        ]);
        let header = header.with_contigs(&contigs.unwrap());
        assert_eq!(Header::parse(&header.to_text()).unwrap(), header);
        let lines: Vec<_> = header.lines.iter().map(Line::to_string).collect();
        assert_eq!(
            lines[1..4],
            [
                "@SQ\tSN:a\tLN:10\tM5:aa\tUR:file",
                "@SQ\tSN:b\tLN:20\tAS:x\tM5:bb",
                "@SQ\tSN:c\tLN:5"
            ]
        );
        assert_eq!(Header::default().with_contigs(header.contigs()).contigs(), header.contigs());
    }
}
