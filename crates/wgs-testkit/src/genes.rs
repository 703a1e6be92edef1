//! Genes with open reading frames, written into a genome.

use wgs_core::{ContigIndex, Interval0};

use crate::{
    code::{complement, reverse_complement, translate},
    draft::{Draft, find_room},
    genome::Genome,
    random::Random,
};

/// The strand that a gene is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strand {
    /// As the reference is written.
    Forward,
    /// Its reverse complement.
    Reverse,
}

/// One transcript of a gene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// Its number, of which its ids are made.
    pub(crate) number: u32,
    /// Name, e.g. `DEMO1-201`.
    pub name: String,
    /// Whether it is the gene's canonical (and MANE) transcript.
    pub canonical: bool,
    /// Its contig.
    pub contig: ContigIndex,
    /// Its strand.
    pub strand: Strand,
    /// Exons in genome order, 0-based and half-open.
    pub exons: Vec<Interval0>,
    /// From the first to one past the last coding base in genome order, stop codon included;
    /// `None` for a transcript without protein.
    pub coding: Option<Interval0>,
}

/// A gene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gene {
    /// Its number, of which its id is made.
    pub(crate) number: u32,
    /// Symbol, e.g. `DEMO1`.
    pub symbol: String,
    /// Its transcripts, the canonical one first.
    pub transcripts: Vec<Transcript>,
}

/// The genes of a genome, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Genes(pub Vec<Gene>);

impl Transcript {
    /// Id, as Ensembl's look: `ENST00009000011`.
    pub fn id(&self) -> String {
        format!("ENST{:011}", self.number)
    }

    /// The coding parts of the exons, in genome order, stop codon included.
    pub fn coding_exons(&self) -> Vec<Interval0> {
        let part = |exon: &Interval0| exon.intersection(self.coding?);
        self.exons.iter().filter_map(part).collect()
    }

    /// The spliced coding sequence, start to stop codon, in the direction of reading.
    pub fn coding_sequence(&self, genome: &Genome) -> Vec<u8> {
        let parts = self.coding_exons();
        let spliced =
            parts.iter().map(|p| genome.fetch(self.contig, *p)).collect::<Vec<_>>().concat();
        match self.strand {
            Strand::Forward => spliced,
            Strand::Reverse => reverse_complement(&spliced),
        }
    }

    /// The protein with its stop, e.g. `MA…*`.
    pub fn protein(&self, genome: &Genome) -> String {
        translate(&self.coding_sequence(genome))
    }

    /// The reference positions (0-based) of the coding sequence, in the direction of reading.
    pub(crate) fn coding_positions(&self) -> Vec<u32> {
        let parts = self.coding_exons();
        let mut positions: Vec<u32> = parts.iter().flat_map(|p| p.start()..p.end()).collect();
        if self.strand == Strand::Reverse {
            positions.reverse();
        }
        positions
    }

    /// The introns, in genome order.
    pub fn introns(&self) -> Vec<Interval0> {
        let between = |pair: &[Interval0]| Interval0::new(pair[0].end(), pair[1].start());
        self.exons.windows(2).map(|p| between(p).expect("exons are in order")).collect()
    }

    /// From the first to one past the last exon base.
    pub fn interval(&self) -> Interval0 {
        let ends = (self.exons[0].start(), self.exons[self.exons.len() - 1].end());
        Interval0::new(ends.0, ends.1).expect("exons are in order")
    }

    /// A base of the genome as its complement on the reverse strand, or the other way round.
    pub(crate) fn orient(&self, base: u8) -> u8 {
        if self.strand == Strand::Reverse { complement(base) } else { base }
    }
}

impl Gene {
    /// Id, as Ensembl's look: `ENSG00000900001`.
    pub fn id(&self) -> String {
        format!("ENSG{:011}", self.number)
    }
}

impl Genes {
    /// Writes `count` genes into a genome, alternately on both strands and never on the
    /// mitochondrial contig. Each has one to seven exons, introns from GT to AG, an open reading
    /// frame from ATG to a stop, and untranslated ends; every third is not coding; some
    /// have a second transcript that skips an exon. Fewer are written where no room is left.
    pub fn plant(genome: &mut Genome, seed: u64, count: usize) -> Self {
        let mut random = Random::new(seed, "genes");
        let contigs: Vec<ContigIndex> =
            genome.indices().filter(|c| !genome.is_mitochondrial(*c)).collect();
        let mut genes = Vec::new();
        for rank in 0..count {
            let strand = if rank % 2 == 0 { Strand::Forward } else { Strand::Reverse };
            let draft = Draft::random(&mut random, rank % 3 != 2);
            if let Some((contig, start)) = find_room(genome, &mut random, &contigs, draft.length())
            {
                genes.push(draft.write(genome, rank as u32 + 1, contig, start, strand));
            }
        }
        Self(genes)
    }

    /// Every transcript of every gene.
    pub fn transcripts(&self) -> impl Iterator<Item = &Transcript> {
        self.0.iter().flat_map(|g| &g.transcripts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::is_open;

    fn planted() -> (Genome, Genes) {
        let mut genome = Genome::random(5, &[("chr1", 90_000), ("chr2", 50_000), ("chrM", 4_000)]);
        let genes = Genes::plant(&mut genome, 5, 12);
        (genome, genes)
    }

    #[test]
    fn coding_transcripts_of_both_strands_have_open_reading_frames() {
        let (genome, genes) = planted();
        let coding: Vec<_> = genes.transcripts().filter(|t| t.coding.is_some()).collect();
        for transcript in &coding {
            assert!(is_open(&transcript.protein(&genome)), "{}", transcript.name);
            assert_eq!(transcript.coding_sequence(&genome).len() % 3, 0);
        }
        for strand in [Strand::Forward, Strand::Reverse] {
            assert!(coding.iter().filter(|t| t.strand == strand).count() >= 3);
        }
        assert!(genes.transcripts().any(|t| t.coding.is_none()));
        assert!(genes.0.iter().any(|g| g.transcripts.len() == 2));
    }

    #[test]
    fn introns_run_from_gt_to_ag() {
        let (genome, genes) = planted();
        for transcript in genes.transcripts().filter(|t| t.canonical) {
            for intron in transcript.introns() {
                let bases = genome.fetch(transcript.contig, intron).to_vec();
                let bases = match transcript.strand {
                    Strand::Forward => bases,
                    Strand::Reverse => reverse_complement(&bases),
                };
                assert!(bases.starts_with(b"GT") && bases.ends_with(b"AG"), "{}", transcript.name);
            }
        }
    }

    #[test]
    fn genes_do_not_overlap_and_hold_no_gap() {
        let (genome, genes) = planted();
        for (i, a) in genes.0.iter().map(|g| &g.transcripts[0]).enumerate() {
            assert!(!genome.fetch(a.contig, a.interval()).contains(&b'N'));
            for b in genes.0.iter().map(|g| &g.transcripts[0]).skip(i + 1) {
                assert!(a.contig != b.contig || !a.interval().overlaps(b.interval()));
            }
        }
    }
}
