//! Genes as Ensembl writes them in GFF3.

use std::fmt::Write;

use wgs_core::Interval0;

use crate::{
    genes::{Gene, Genes, Strand, Transcript},
    genome::Genome,
};

impl Genes {
    /// The genes as GFF3 in Ensembl's style: contigs, genes, transcripts (`mRNA`, `lnc_RNA`), exons,
    /// CDS with phases, and untranslated regions; sorted by contig and start.
    pub fn gff3(&self, genome: &Genome) -> String {
        let mut text = String::from("##gff-version 3\n");
        for contig in genome.contigs().iter() {
            line(
                &mut text,
                format_args!("##sequence-region   {} 1 {}", contig.name, contig.length),
            );
        }
        for contig in genome.indices() {
            let whole = Interval0::new(0, genome.bases(contig).len() as u32);
            let name = genome.name(contig);
            let row = Row { contig: name, source: "testkit", strand: '.' };
            row.write(
                &mut text,
                "chromosome",
                whole.expect("lengths are not negative"),
                '.',
                &format!("ID=chromosome:{name}"),
            );
            line(&mut text, format_args!("###"));
            let mut here: Vec<&Gene> =
                self.0.iter().filter(|g| g.transcripts[0].contig == contig).collect();
            here.sort_by_key(|g| g.transcripts[0].interval());
            for gene in here {
                write_gene(&mut text, gene, genome);
                line(&mut text, format_args!("###"));
            }
        }
        text
    }
}

/// What the rows of one gene have in common.
struct Row<'a> {
    contig: &'a str,
    source: &'a str,
    strand: char,
}

impl Row<'_> {
    fn write(&self, text: &mut String, kind: &str, at: Interval0, phase: char, attributes: &str) {
        let Self { contig, source, strand } = self;
        let (first, last) = (at.first(), at.last());
        line(
            text,
            format_args!(
                "{contig}\t{source}\t{kind}\t{first}\t{last}\t.\t{strand}\t{phase}\t{attributes}"
            ),
        );
    }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "{content}").expect("a String takes everything");
}

fn write_gene(text: &mut String, gene: &Gene, genome: &Genome) {
    let canonical = &gene.transcripts[0];
    let strand = if canonical.strand == Strand::Forward { '+' } else { '-' };
    let row = Row { contig: genome.name(canonical.contig), source: "ensembl_havana", strand };
    let coding = canonical.coding.is_some();
    let biotype = if coding { "protein_coding" } else { "lncRNA" };
    let (id, symbol) = (gene.id(), &gene.symbol);
    row.write(
        text,
        if coding { "gene" } else { "ncRNA_gene" },
        canonical.interval(),
        '.',
        &format!(
            "ID=gene:{id};Name={symbol};biotype={biotype};description=made for tests \
             [Source:wgs-testkit];gene_id={id};logic_name=ensembl_havana_gene;version=1"
        ),
    );
    for transcript in &gene.transcripts {
        write_transcript(text, &row, &id, biotype, transcript);
    }
}

fn write_transcript(text: &mut String, row: &Row, gene: &str, biotype: &str, t: &Transcript) {
    let (id, name) = (t.id(), &t.name);
    let tag = match (t.canonical, t.coding) {
        (true, Some(_)) => "basic,Ensembl_canonical,MANE_Select",
        (true, None) => "basic,Ensembl_canonical",
        (false, _) => "basic",
    };
    let kind = if t.coding.is_some() { "mRNA" } else { "lnc_RNA" };
    row.write(
        text,
        kind,
        t.interval(),
        '.',
        &format!(
            "ID=transcript:{id};Parent=gene:{gene};Name={name};biotype={biotype};tag={tag};\
             transcript_id={id};version=1"
        ),
    );
    for (kind, part) in untranslated(t) {
        row.write(text, kind, part, '.', &format!("Parent=transcript:{id}"));
    }
    let count = t.exons.len();
    for (index, exon) in t.exons.iter().enumerate() {
        let rank = if t.strand == Strand::Forward { index + 1 } else { count - index };
        let exon_id = format!("ENSE{:011}", t.number * 100 + rank as u32);
        row.write(
            text,
            "exon",
            *exon,
            '.',
            &format!(
                "Parent=transcript:{id};Name={exon_id};exon_id={exon_id};rank={rank};version=1"
            ),
        );
    }
    let protein = format!("ENSP{:011}", t.number);
    for (part, phase) in phased(t) {
        row.write(
            text,
            "CDS",
            part,
            phase,
            &format!("ID=CDS:{protein};Parent=transcript:{id};protein_id={protein};version=1"),
        );
    }
}

fn untranslated(transcript: &Transcript) -> Vec<(&'static str, Interval0)> {
    let Some(coding) = transcript.coding else {
        return Vec::new();
    };
    let whole = transcript.interval();
    let (left, right) = match transcript.strand {
        Strand::Forward => ("five_prime_UTR", "three_prime_UTR"),
        Strand::Reverse => ("three_prime_UTR", "five_prime_UTR"),
    };
    let sides = [
        (left, Interval0::new(whole.start(), coding.start())),
        (right, Interval0::new(coding.end(), whole.end())),
    ];
    let parts = |(kind, side): (&'static str, Result<Interval0, _>)| {
        let side = side.expect("the coding part lies inside");
        let exons = transcript.exons.iter();
        exons.filter_map(move |e| e.intersection(side)).map(move |part| (kind, part)).collect()
    };
    sides.into_iter().flat_map(|side| -> Vec<_> { parts(side) }).collect()
}

/// The coding parts in genome order with GFF3's phase: the bases of a part, in the direction of
/// reading, that belong to a codon begun before it.
fn phased(transcript: &Transcript) -> Vec<(Interval0, char)> {
    let mut parts = transcript.coding_exons();
    if transcript.strand == Strand::Reverse {
        parts.reverse();
    }
    let mut before = 0;
    let mut phased: Vec<_> = parts
        .into_iter()
        .map(|part| {
            let phase = (3 - before % 3) % 3;
            before += part.len();
            (part, char::from(b'0' + phase as u8))
        })
        .collect();
    phased.sort();
    phased
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::code::{reverse_complement, translate};

    /// Rebuilds the proteins from the text alone, as a reader of GFF3 would.
    #[test]
    fn the_text_alone_gives_the_proteins() {
        let mut genome = Genome::random(11, &[("chr1", 80_000), ("chr2", 40_000)]);
        let genes = Genes::plant(&mut genome, 11, 8);
        let text = genes.gff3(&genome);
        let mut coding: BTreeMap<&str, (char, Vec<u8>)> = BTreeMap::new();
        for row in text.lines().filter(|l| !l.starts_with('#')) {
            let f: Vec<&str> = row.split('\t').collect();
            assert_eq!(f.len(), 9, "{row}");
            if f[2] == "CDS" {
                let contig = genome.contigs().index_of(f[0]).unwrap();
                let (first, last) = (f[3].parse().unwrap(), f[4].parse().unwrap());
                let part =
                    genome.fetch(contig, Interval0::from_1based_inclusive(first, last).unwrap());
                let parent = f[8].split(';').find_map(|a| a.strip_prefix("Parent=transcript:"));
                let entry =
                    coding.entry(parent.unwrap()).or_insert((f[6].parse().unwrap(), Vec::new()));
                entry.1.extend_from_slice(part);
            }
        }
        for transcript in genes.transcripts().filter(|t| t.coding.is_some()) {
            let (strand, bases) = &coding[transcript.id().as_str()];
            let bases = if *strand == '-' { reverse_complement(bases) } else { bases.clone() };
            assert_eq!(translate(&bases), transcript.protein(&genome));
        }
        assert!(coding.len() >= 4);
    }

    #[test]
    fn phases_count_from_the_start_codon() {
        let mut genome = Genome::random(11, &[("chr1", 80_000)]);
        let genes = Genes::plant(&mut genome, 11, 4);
        for transcript in genes.transcripts().filter(|t| t.coding.is_some()) {
            let parts = phased(transcript);
            let first = if transcript.strand == Strand::Forward { 0 } else { parts.len() - 1 };
            assert_eq!(parts[first].1, '0');
            assert!(parts.iter().map(|p| p.0).is_sorted());
        }
    }
}
