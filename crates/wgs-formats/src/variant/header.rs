//! The header of a VCF.

use std::{collections::HashMap, fmt};

use wgs_core::{Contig, ContigError, ContigList};

use super::{
    Definition, Number, ValueType,
    definition::{quoted, structured},
};

/// Version that headers of our own declare: the latest that tools in use read without complaint.
const VERSION: &str = "VCFv4.3";

/// First columns of the line that names the samples.
const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

/// A contig as a header declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderContig {
    /// Its name.
    pub name: String,
    /// Its length in bases, where the header tells.
    pub length: Option<u32>,
    /// MD5 of its sequence, where the header tells.
    pub md5: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Info(Definition),
    Format(Definition),
    Filter(String),
    Contig(HeaderContig),
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// With `##`, without line end, as the file had it.
    text: String,
    meaning: Meaning,
}

/// The header of a VCF: what its fields mean, its contigs and its samples. Lines keep their text
/// and order.
///
/// ```
/// use wgs_formats::variant::{Definition, Header, Number, ValueType};
/// let mut header = Header::default();
/// header.add_info(Definition::new("AF", Number::Alternates, ValueType::Float, "Frequency"));
/// header.add_line("source", "wgs-pipe");
/// header.set_samples(["child", "mother"]);
/// assert_eq!(header.info("AF").map(|d| &d.number), Some(&Number::Alternates));
/// assert!(header.to_string().ends_with("INFO\tFORMAT\tchild\tmother\n"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    version: String,
    lines: Vec<Line>,
    contigs: HashMap<String, usize>,
    samples: Vec<String>,
}

impl Default for Header {
    fn default() -> Self {
        Self {
            version: VERSION.to_owned(),
            lines: Vec::new(),
            contigs: HashMap::new(),
            samples: Vec::new(),
        }
    }
}

impl Header {
    /// A header that declares the contigs of a reference, and nothing else yet.
    pub fn new(contigs: &ContigList) -> Self {
        let mut header = Self::default();
        header.add_contigs(contigs);
        header
    }

    /// Declares the contigs of a reference, but for those that are declared.
    pub fn add_contigs(&mut self, contigs: &ContigList) {
        for contig in contigs.iter() {
            let md5 = contig.md5.as_ref().map(|md5| format!(",md5={md5}")).unwrap_or_default();
            let text = format!("##contig=<ID={},length={}{md5}>", contig.name, contig.length);
            let Contig { name, length, md5 } = contig.clone();
            let meaning = Meaning::Contig(HeaderContig { name, length: Some(length), md5 });
            self.push(Line { text, meaning });
        }
    }

    /// Declares an INFO field; one of the same key is replaced where it stands.
    pub fn add_info(&mut self, definition: Definition) {
        let id = definition.id.clone();
        let line = Line { text: definition.line("INFO"), meaning: Meaning::Info(definition) };
        self.put(line, |m| matches!(m, Meaning::Info(d) if d.id == id));
    }

    /// Declares a FORMAT field; one of the same key is replaced where it stands.
    pub fn add_format(&mut self, definition: Definition) {
        let id = definition.id.clone();
        let line = Line { text: definition.line("FORMAT"), meaning: Meaning::Format(definition) };
        self.put(line, |m| matches!(m, Meaning::Format(d) if d.id == id));
    }

    /// Declares a filter; one of the same key is replaced where it stands.
    pub fn add_filter(&mut self, id: &str, description: &str) {
        let text = format!("##FILTER=<ID={id},Description={}>", quoted(description));
        let line = Line { text, meaning: Meaning::Filter(id.to_owned()) };
        self.put(line, |m| matches!(m, Meaning::Filter(other) if other == id));
    }

    /// Appends `##key=value`. For lines whose meaning this type knows use the other methods.
    pub fn add_line(&mut self, key: &str, value: &str) {
        self.push(Line { text: format!("##{key}={value}"), meaning: Meaning::Other });
    }

    /// Takes the definition of an INFO field out.
    pub fn remove_info(&mut self, id: &str) {
        self.lines.retain(|line| !matches!(&line.meaning, Meaning::Info(d) if d.id == id));
    }

    /// Takes out the lines `##key=value` of a key whose meaning this type does not know.
    pub fn remove_lines(&mut self, key: &str) {
        let is_it = |line: &Line| {
            line.meaning == Meaning::Other
                && line.text[2..].split_once('=').is_some_and(|(k, _)| k == key)
        };
        self.lines.retain(|line| !is_it(line));
    }

    /// Names the sample columns.
    pub fn set_samples<S: Into<String>>(&mut self, samples: impl IntoIterator<Item = S>) {
        self.samples = samples.into_iter().map(Into::into).collect();
    }

    /// The declared version, such as `VCFv4.3`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The sample columns in order.
    pub fn samples(&self) -> &[String] {
        &self.samples
    }

    /// The column of a sample.
    pub fn sample_index(&self, sample: &str) -> Option<usize> {
        self.samples.iter().position(|s| s == sample)
    }

    /// The declared contigs in order.
    pub fn contigs(&self) -> impl Iterator<Item = &HeaderContig> {
        self.lines.iter().filter_map(|line| match &line.meaning {
            Meaning::Contig(contig) => Some(contig),
            _ => None,
        })
    }

    /// Place of a contig among the declared ones.
    pub fn contig_index(&self, name: &str) -> Option<usize> {
        self.contigs.get(name).copied()
    }

    /// Refuses contigs that a reference lacks or has with another length or MD5. What the header
    /// does not tell is not compared.
    pub fn check_contigs(&self, reference: &ContigList) -> Result<(), ContigError> {
        for contig in self.contigs() {
            let ours = reference.index_of(&contig.name).and_then(|i| reference.get(i));
            let ours = ours.ok_or_else(|| ContigError::Missing(contig.name.clone()))?;
            let theirs = Contig {
                name: contig.name.clone(),
                length: contig.length.unwrap_or(ours.length),
                md5: contig.md5.clone(),
            };
            reference.check_data(&ContigList::new(vec![theirs])?)?;
        }
        Ok(())
    }

    /// Definition of an INFO field.
    pub fn info(&self, id: &str) -> Option<&Definition> {
        self.infos().find(|d| d.id == id)
    }

    /// Definition of a FORMAT field.
    pub fn format(&self, id: &str) -> Option<&Definition> {
        self.formats().find(|d| d.id == id)
    }

    /// Definitions of INFO in order.
    pub fn infos(&self) -> impl Iterator<Item = &Definition> {
        self.lines.iter().filter_map(|line| match &line.meaning {
            Meaning::Info(definition) => Some(definition),
            _ => None,
        })
    }

    /// Definitions of FORMAT in order.
    pub fn formats(&self) -> impl Iterator<Item = &Definition> {
        self.lines.iter().filter_map(|line| match &line.meaning {
            Meaning::Format(definition) => Some(definition),
            _ => None,
        })
    }

    /// Keys of the declared filters in order.
    pub fn filters(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match &line.meaning {
            Meaning::Filter(id) => Some(id.as_str()),
            _ => None,
        })
    }

    /// Values of the lines `##key=value` whose meaning this type does not know.
    pub fn others<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(|line| line.meaning == Meaning::Other).filter_map(move |line| {
            let (k, value) = line.text.strip_prefix("##")?.split_once('=')?;
            (k == key).then_some(value)
        })
    }

    fn push(&mut self, line: Line) {
        if let Meaning::Contig(contig) = &line.meaning {
            let index = self.contigs.len();
            if self.contigs.contains_key(&contig.name) {
                return;
            }
            self.contigs.insert(contig.name.clone(), index);
        }
        self.lines.push(line);
    }

    fn put(&mut self, line: Line, same: impl Fn(&Meaning) -> bool) {
        match self.lines.iter_mut().find(|l| same(&l.meaning)) {
            Some(old) => *old = line,
            None => self.lines.push(line),
        }
    }

    /// Takes the first line of a file.
    pub(super) fn begin(line: &str) -> Result<Self, String> {
        let version = line
            .strip_prefix("##fileformat=")
            .ok_or("expected ##fileformat=VCFv4.x as the first line: not a VCF")?;
        if !version.starts_with("VCFv4.") {
            return Err(format!("version {version:?} is not VCF 4"));
        }
        Ok(Self { version: version.to_owned(), ..Self::default() })
    }

    /// Takes a line that begins with `##`.
    pub(super) fn meta_line(&mut self, text: &str) -> Result<(), String> {
        let (key, value) = text[2..].split_once('=').ok_or("expected ##key=value")?;
        let meaning = match key {
            "INFO" => Meaning::Info(definition(value, key)?),
            "FORMAT" => Meaning::Format(definition(value, key)?),
            "FILTER" => Meaning::Filter(required(&fields(value, key)?, "ID")?),
            "contig" => Meaning::Contig(contig(value)?),
            _ => Meaning::Other,
        };
        self.push(Line { text: text.to_owned(), meaning });
        Ok(())
    }

    /// Takes the line that begins with `#CHROM`.
    pub(super) fn column_line(&mut self, line: &str) -> Result<(), String> {
        let rest = line.strip_prefix(COLUMNS).ok_or("expected the columns #CHROM … INFO")?;
        self.samples = match rest.strip_prefix("\tFORMAT") {
            None if rest.is_empty() => Vec::new(),
            Some("") => Vec::new(),
            Some(samples) if samples.starts_with('\t') => {
                samples[1..].split('\t').map(str::to_owned).collect()
            }
            _ => return Err("expected the column FORMAT after INFO".into()),
        };
        let mut seen = std::collections::HashSet::new();
        match self.samples.iter().find(|s| s.is_empty() || !seen.insert(s.as_str())) {
            Some(sample) => Err(format!("sample {sample:?} is empty or stands twice")),
            None => Ok(()),
        }
    }
}

fn fields<'a>(value: &'a str, key: &str) -> Result<Vec<(&'a str, String)>, String> {
    structured(value).ok_or_else(|| format!("##{key} is not <KEY=value,…>"))
}

fn field(fields: &[(&str, String)], key: &str) -> Option<String> {
    fields.iter().find(|(k, _)| *k == key).map(|(_, value)| value.clone())
}

fn required(fields: &[(&str, String)], key: &str) -> Result<String, String> {
    field(fields, key).filter(|v| !v.is_empty()).ok_or_else(|| format!("{key} is missing"))
}

fn definition(value: &str, key: &str) -> Result<Definition, String> {
    let fields = fields(value, key)?;
    let value_type = required(&fields, "Type")?;
    Ok(Definition {
        id: required(&fields, "ID")?,
        number: Number::parse(&required(&fields, "Number")?),
        value_type: ValueType::parse(&value_type)
            .ok_or_else(|| format!("{value_type:?} is not a type"))?,
        description: field(&fields, "Description").unwrap_or_default(),
    })
}

fn contig(value: &str) -> Result<HeaderContig, String> {
    let fields = fields(value, "contig")?;
    let length = field(&fields, "length").filter(|text| text != ".");
    let length = length
        .map(|text| text.parse().map_err(|_| format!("length {text:?} is not a number")))
        .transpose()?;
    Ok(HeaderContig { name: required(&fields, "ID")?, length, md5: field(&fields, "md5") })
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "##fileformat={}", self.version)?;
        for line in &self.lines {
            writeln!(f, "{}", line.text)?;
        }
        f.write_str(COLUMNS)?;
        if !self.samples.is_empty() {
            write!(f, "\tFORMAT\t{}", self.samples.join("\t"))?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Header, String> {
        let mut lines = text.lines();
        let mut header = Header::begin(lines.next().unwrap())?;
        for line in lines {
            if line.starts_with("##") {
                header.meta_line(line)?;
            } else {
                header.column_line(line)?;
            }
        }
        Ok(header)
    }

    const TEXT: &str = "##fileformat=VCFv4.2\n\
        ##source=x <y>\n\
        ##contig=<ID=HLA-A*01:01,length=500,md5=ff>\n\
        ##INFO=<ID=AF,Number=A,Type=Float,Description=\"f, \\\"q\\\"\",Source=\"s\",Version=\"3\">\n\
        ##FILTER=<ID=q10,Description=\"low\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
        ##contig=<ID=b>\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n";

    #[test]
    fn every_line_comes_back_verbatim() {
        let header = parsed(TEXT).unwrap();
        assert_eq!(header.to_string(), TEXT);
        assert_eq!(header.info("AF").unwrap().description, "f, \"q\"");
        assert_eq!(header.contig_index("b"), Some(1));
        assert_eq!(header.filters().collect::<Vec<_>>(), ["q10"]);
        assert_eq!(header.others("source").collect::<Vec<_>>(), ["x <y>"]);
        assert_eq!(header.sample_index("b"), Some(1));
    }

    #[test]
    fn a_definition_is_replaced_where_it_stands() {
        let mut header = parsed(TEXT).unwrap();
        header.add_info(Definition::new("AF", Number::Count(1), ValueType::String, "new"));
        let text = header.to_string();
        assert_eq!(text.matches("##INFO").count(), 1);
        assert!(text.find("##INFO").unwrap() < text.find("##FILTER").unwrap());
    }

    #[test]
    fn definitions_and_lines_are_taken_out() {
        let mut header = parsed(TEXT).unwrap();
        header.remove_info("AF");
        header.remove_lines("source");
        header.remove_lines("FILTER");
        let text = header.to_string();
        assert!(!text.contains("##INFO") && !text.contains("##source"));
        assert_eq!(text.lines().count(), TEXT.lines().count() - 2);
    }

    #[test]
    fn malformed_headers_are_refused() {
        for (from, to) in [
            ("##fileformat=VCFv4.2", "##fileformat=BCF"),
            ("Number=A,", ""),
            ("Type=Float", "Type=Double"),
            ("length=500", "length=x"),
            ("ID=q10,", ""),
            ("##source=x <y>", "##source"),
            ("\ta\tb\n", "\ta\ta\n"),
            ("\tINFO", ""),
            ("<ID=b>", "ID=b"),
        ] {
            assert!(parsed(&TEXT.replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn contigs_are_compared_as_far_as_both_sides_tell() {
        let header = parsed(TEXT).unwrap();
        let reference = |length| {
            let contigs = [("b", 7), ("HLA-A*01:01", length)];
            ContigList::new(contigs.map(|(n, l)| Contig::new(n, l)).to_vec()).unwrap()
        };
        assert_eq!(header.check_contigs(&reference(500)), Ok(()));
        assert!(header.check_contigs(&reference(501)).is_err());
        assert!(header.check_contigs(&ContigList::default()).is_err());
    }
}
