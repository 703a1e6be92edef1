//! How a gene is made up and written into a genome.

use wgs_core::{ContigIndex, Interval0};

use crate::{
    code::{amino_acid, reverse_complement},
    genes::{Gene, Strand, Transcript},
    genome::{FeatureKind, Genome},
    random::Random,
};

/// A contig and start where a gene of this length fits, away from gaps and other genes.
pub(crate) fn find_room(
    genome: &Genome,
    random: &mut Random,
    contigs: &[ContigIndex],
    length: u32,
) -> Option<(ContigIndex, u32)> {
    const TAKEN: &[FeatureKind] = &[FeatureKind::Gap, FeatureKind::Duplication, FeatureKind::Gene];
    const MARGIN_BP: u32 = 400;
    for _ in 0..200 {
        let contig = *random.pick(contigs);
        let contig_length = genome.bases(contig).len() as u32;
        let Some(room) = contig_length.checked_sub(length + 2 * MARGIN_BP + 1) else {
            continue;
        };
        let start = MARGIN_BP + random.below(room + 1);
        let whole = Interval0::new(start, start + length).expect("lengths are not negative");
        if genome.is_free(contig, whole.padded(MARGIN_BP, contig_length), TAKEN) {
            return Some((contig, start));
        }
    }
    None
}

/// A gene in the direction of reading, before it has a place.
pub(crate) struct Draft {
    /// Bases before the start codon.
    leader_bp: u32,
    /// Lengths of the exons.
    exons: Vec<u32>,
    /// Sequences of the introns.
    introns: Vec<Vec<u8>>,
    /// From start codon to stop codon; empty for a gene without protein.
    coding: Vec<u8>,
}

impl Draft {
    /// One with random lengths and, if it is coding, a random protein.
    pub(crate) fn random(random: &mut Random, is_coding: bool) -> Self {
        let count = random.within(if is_coding { 2..8 } else { 2..4 });
        let mut coding_parts: Vec<u32> = (0..count).map(|_| random.within(70..220)).collect();
        let total: u32 = coding_parts.iter().sum();
        coding_parts[count as usize - 1] += (3 - total % 3) % 3;
        let (leader_bp, trailer_bp) = (random.within(30..150), random.within(60..250));
        let coding = if is_coding {
            open_reading_frame(random, coding_parts.iter().sum::<u32>() / 3)
        } else {
            Vec::new()
        };
        let mut exons = coding_parts;
        exons[0] += leader_bp;
        exons[count as usize - 1] += trailer_bp;
        let introns = (1..count).map(|_| intron(random)).collect();
        Self { leader_bp, exons, introns, coding }
    }

    /// Bases from its first to its last exon.
    pub(crate) fn length(&self) -> u32 {
        self.exons.iter().sum::<u32>() + self.introns.iter().map(|i| i.len() as u32).sum::<u32>()
    }

    /// Writes its coding bases and introns over the genome's at a place; the untranslated ends
    /// stay what they were.
    pub(crate) fn write(
        &self,
        genome: &mut Genome,
        rank: u32,
        contig: ContigIndex,
        start: u32,
        strand: Strand,
    ) -> Gene {
        let place = Placement { contig, start, length: self.length(), strand };
        let mut exons = Vec::new();
        let (mut at, mut coding, mut coding_ends) = (0, self.coding.as_slice(), None);
        for (index, exon) in self.exons.iter().enumerate() {
            let leader = if index == 0 { self.leader_bp } else { 0 };
            let (part, rest) = coding.split_at(coding.len().min((exon - leader) as usize));
            if !part.is_empty() {
                let first = at + leader;
                place.write(genome, first, part);
                let begin = coding_ends.map_or(first, |(begin, _)| begin);
                coding_ends = Some((begin, first + part.len() as u32));
            }
            coding = rest;
            exons.push(place.interval(at, at + exon));
            at += exon;
            if let Some(intron) = self.introns.get(index) {
                place.write(genome, at, intron);
                at += intron.len() as u32;
            }
        }
        exons.sort();
        genome.record(contig, place.interval(0, self.length()), FeatureKind::Gene);
        let number = 900_000 + rank;
        let symbol = format!("DEMO{rank}");
        let canonical = Transcript {
            number: number * 10 + 1,
            name: format!("{symbol}-201"),
            canonical: true,
            contig,
            strand,
            exons,
            coding: coding_ends.map(|(begin, end)| place.interval(begin, end)),
        };
        let skipped = skip_an_exon(&canonical, genome);
        Gene { number, symbol, transcripts: [canonical].into_iter().chain(skipped).collect() }
    }
}

/// Where a draft goes; offsets are in the direction of reading.
struct Placement {
    contig: ContigIndex,
    start: u32,
    length: u32,
    strand: Strand,
}

impl Placement {
    fn interval(&self, from: u32, to: u32) -> Interval0 {
        let (from, to) = match self.strand {
            Strand::Forward => (self.start + from, self.start + to),
            Strand::Reverse => (self.start + self.length - to, self.start + self.length - from),
        };
        Interval0::new(from, to).expect("offsets are in order")
    }

    fn write(&self, genome: &mut Genome, offset: u32, bases: &[u8]) {
        let interval = self.interval(offset, offset + bases.len() as u32);
        let bases = match self.strand {
            Strand::Forward => bases.to_vec(),
            Strand::Reverse => reverse_complement(bases),
        };
        genome.overwrite(self.contig, interval.start(), &bases);
    }
}

fn open_reading_frame(random: &mut Random, codons: u32) -> Vec<u8> {
    let mut bases = b"ATG".to_vec();
    while bases.len() < 3 * (codons as usize - 1) {
        let codon: Vec<u8> = (0..3).map(|_| random.base(0.52)).collect();
        if amino_acid(&codon) != b'*' {
            bases.extend(codon);
        }
    }
    bases.extend(*random.pick(&[*b"TAA", *b"TAG", *b"TGA"]));
    bases
}

/// A donor (GT with the usual bases after it), anything, a pyrimidine tract and an acceptor (AG).
fn intron(random: &mut Random) -> Vec<u8> {
    let mut bases = random.pick(&[*b"GTAAGT", *b"GTGAGT", *b"GTAAGA", *b"GTATGT"]).to_vec();
    let middle = random.within(60..450);
    bases.extend((0..middle).map(|_| random.base(0.42)));
    bases.extend(
        (0..14).map(|_| if random.chance(0.88) { *random.pick(b"CT") } else { random.base(0.5) }),
    );
    bases.extend([random.base(0.5), *random.pick(b"CT"), b'A', b'G']);
    bases
}

/// A second transcript without one inner exon whose absence keeps the reading frame open.
fn skip_an_exon(canonical: &Transcript, genome: &Genome) -> Option<Transcript> {
    let coding = canonical.coding?;
    (1..canonical.exons.len() - 1).find_map(|index| {
        let mut exons = canonical.exons.clone();
        let exon = exons.remove(index);
        let transcript = Transcript {
            number: canonical.number + 1,
            name: canonical.name.replace("-201", "-202"),
            canonical: false,
            exons,
            ..canonical.clone()
        };
        let whole = exon.intersection(coding) == Some(exon) && exon.len().is_multiple_of(3);
        (whole && is_open(&transcript.protein(genome))).then_some(transcript)
    })
}

/// Whether a protein begins with methionine and has its only stop at its end.
pub(crate) fn is_open(protein: &str) -> bool {
    protein.starts_with('M') && protein.find('*') == Some(protein.len() - 1)
}
