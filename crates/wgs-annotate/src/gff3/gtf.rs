//! Lines of GTF (GTF 2.2, as Ensembl, GENCODE and RefSeq write it) as lines of GFF3.
//!
//! Genes and transcripts are named by `gene_id` and `transcript_id`, coding parts leave out the stop
//! codon, which has lines of its own, and attributes that are given more than once are lists.

use std::fmt::Write as _;

/// The kind of a line that holds a part of a stop codon, which GFF3's coding parts include.
pub(super) const STOP: &str = "stop_codon_of_gtf";

/// Whether the ninth column is that of a GTF.
pub(super) fn is_gtf(text: &str) -> bool {
    let attributes = text.splitn(9, '\t').nth(8).unwrap_or_default().trim_start();
    attributes.split_once(' ').is_some_and(|(key, value)| {
        !key.is_empty() && !key.contains(['=', ';']) && value.trim_start().starts_with('"')
    })
}

/// The line in GFF3; `None` for features that make no transcript.
pub(super) fn as_gff3(text: &str) -> Result<Option<String>, String> {
    let Some((columns, attributes)) = text.rsplit_once('\t') else { return Ok(None) };
    let columns: Vec<&str> = columns.split('\t').collect();
    let &[contig, source, kind, start, end, score, strand, frame] = columns.as_slice() else {
        return Err(format!("expected 9 columns, found {}", columns.len() + 1));
    };
    let attributes = Attributes::parse(attributes)?;
    let (gene, transcript) = (attributes.get("gene_id"), attributes.get("transcript_id"));
    let named = |name: Option<&'_ str>, key: &str| {
        name.map(escaped).ok_or_else(|| format!("{kind} without {key}"))
    };
    let parent = || named(transcript, "transcript_id").map(|id| format!("Parent=transcript:{id}"));
    let (kind, mut text) = match kind {
        "gene" => (kind, format!("ID=gene:{}", named(gene, "gene_id")?)),
        "transcript" => {
            let id = named(transcript, "transcript_id")?;
            let gene = named(gene, "gene_id")?;
            (attributes.kind_of_transcript(), format!("ID=transcript:{id};Parent=gene:{gene}"))
        }
        "exon" | "CDS" => (kind, parent()?),
        "stop_codon" => (STOP, parent()?),
        "Selenocysteine" => ("stop_codon_redefined_as_selenocysteine", parent()?),
        _ => return Ok(None),
    };
    attributes.write(kind, &mut text);
    let contig = contig.replace('%', "%25");
    Ok(Some([&contig, source, kind, start, end, score, strand, frame, &text].join("\t")))
}

/// The ninth column: keys with values, in order.
struct Attributes<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Attributes<'a> {
    fn parse(mut text: &'a str) -> Result<Self, String> {
        let mut pairs = Vec::new();
        loop {
            text = text.trim_start_matches([' ', ';']);
            if text.is_empty() {
                return Ok(Self(pairs));
            }
            let (key, rest) =
                text.split_once(' ').ok_or_else(|| format!("attribute {text:?} has no value"))?;
            let rest = rest.trim_start();
            let (value, rest) = match rest.strip_prefix('"') {
                Some(quoted) => quoted
                    .split_once('"')
                    .ok_or_else(|| format!("attribute {key} has no closing quote"))?,
                None => rest.split_once(';').unwrap_or((rest, "")),
            };
            pairs.push((key, value.trim()));
            text = rest;
        }
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        let mut values = self.0.iter().filter(|(k, value)| *k == key && !value.is_empty());
        values.next().map(|(_, value)| *value)
    }

    /// RefSeq tells what a transcript is by a biotype in the words of GFF3's third column.
    fn kind_of_transcript(&self) -> &'a str {
        let of_refseq = self.get("gbkey").and(self.get("transcript_biotype"));
        of_refseq.unwrap_or("transcript")
    }

    /// Appends the attributes as GFF3 names them.
    fn write(&self, kind: &str, text: &mut String) {
        let version = match kind {
            "CDS" => "protein_version",
            _ => "transcript_version",
        };
        let mut lists = [("tag", "tag", String::new()), ("db_xref", "Dbxref", String::new())];
        for (key, value) in &self.0 {
            if value.is_empty() {
                continue;
            }
            if let Some((.., list)) = lists.iter_mut().find(|(name, ..)| name == key) {
                list.push_str(if list.is_empty() { "" } else { "," });
                list.push_str(&escaped(value));
                continue;
            }
            let name = match *key {
                key if key == version => "version",
                "note" => "Note",
                "ID" | "Parent" | "version" => continue,
                "transcript_biotype" if self.get("gbkey").is_some() => continue,
                key => key,
            };
            let _ = write!(text, ";{name}={}", escaped(value));
        }
        for (_, name, list) in lists.iter().filter(|(.., list)| !list.is_empty()) {
            let _ = write!(text, ";{name}={list}");
        }
    }
}

/// A value as GFF3 holds it.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '%' | ';' | '=' | '&' | ',' => {
                let _ = write!(text, "%{:02X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gff3(kind: &str, attributes: &str) -> Option<String> {
        let line = format!("1\tx\t{kind}\t1\t9\t.\t+\t0\t{attributes}");
        assert!(is_gtf(&line));
        let line = as_gff3(&line).unwrap()?;
        Some(line.replace("1\tx\t", "").replace("\t1\t9\t.\t+\t0\t", " "))
    }

    #[test]
    fn names_lists_and_versions() {
        let attributes = "gene_id \"G;1\"; transcript_id \"T\"; transcript_version \"3\"; \
            protein_version \"2\"; exon_number 4; tag \"basic\"; tag \"MANE Select\"; x \"\";";
        assert_eq!(
            gff3("transcript", attributes).as_deref(),
            Some(
                "transcript ID=transcript:T;Parent=gene:G%3B1;gene_id=G%3B1;transcript_id=T;\
                 version=3;protein_version=2;exon_number=4;tag=basic,MANE Select"
            )
        );
        let coding = gff3("CDS", attributes).unwrap();
        assert!(coding.starts_with("CDS Parent=transcript:T;") && coding.contains(";version=2"));
        assert_eq!(gff3("start_codon", attributes), None);
    }

    #[test]
    fn kinds_of_refseq() {
        let attributes = "gene_id \"A\"; transcript_id \"NR_1.1\"; gbkey \"ncRNA\"; \
            db_xref \"GeneID:7\"; db_xref \"HGNC:HGNC:9\"; transcript_biotype \"lnc_RNA\";";
        let line = gff3("transcript", attributes).unwrap();
        assert!(line.starts_with("lnc_RNA ID=transcript:NR_1.1;Parent=gene:A;"), "{line}");
        assert!(line.ends_with(";gbkey=ncRNA;Dbxref=GeneID:7,HGNC:HGNC:9"), "{line}");
    }

    #[test]
    fn what_is_malformed_is_told() {
        for (attributes, reason) in [
            ("gene_id \"G", "no closing quote"),
            ("gene_id \"G\"; level", "no value"),
            ("x \"G\";", "exon without transcript_id"),
        ] {
            let line = format!("1\tx\texon\t1\t9\t.\t+\t.\t{attributes}");
            let error = as_gff3(&line).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        assert!(!is_gtf("1\tx\texon\t1\t9\t.\t+\t.\tID=a \"b\";x=y"));
    }
}
