//! Where variants go: apart from each other, in normal form, with the ploidy of the place.

use wgs_core::{Build, ContigIndex, Interval0, Ploidy};

use crate::{
    genome::Genome,
    random::Random,
    variants::{Donor, Genotype, Variant},
};

/// Reference bases around a variant that must not be N.
const CONTEXT_BP: u32 = 10;

/// Variants on their way into a genome.
pub(crate) struct Planter<'a> {
    pub(crate) random: Random,
    donor: &'a Donor,
    pub(crate) genome: &'a Genome,
    build: Build,
    /// Per contig, where variants are, repeats around indels included.
    taken: Vec<Vec<Interval0>>,
    variants: Vec<Variant>,
}

impl<'a> Planter<'a> {
    /// Nothing planted yet.
    pub(crate) fn new(seed: u64, donor: &'a Donor, genome: &'a Genome) -> Self {
        Self {
            random: Random::new(seed, "variants"),
            donor,
            genome,
            build: Build::of(&genome.contigs()),
            taken: vec![Vec::new(); genome.indices().len()],
            variants: Vec::new(),
        }
    }

    /// What was planted, in the order of planting.
    pub(crate) fn into_variants(self) -> Vec<Variant> {
        self.variants
    }

    /// Brings a variant into normal form and plants it, unless another is too near, an N lies
    /// beside it, or the person has no such contig. `accept` sees all bases that some way to write
    /// the variant would touch.
    pub(crate) fn try_plant(
        &mut self,
        mut variant: Variant,
        accept: impl FnOnce(Interval0) -> bool,
    ) -> bool {
        let bases = self.genome.bases(variant.contig);
        let Some(footprint) = normalize(&mut variant, bases) else {
            return false;
        };
        let length = bases.len() as u32;
        let apart = footprint.padded(self.donor.distance_bp, length);
        let context = footprint.padded(CONTEXT_BP, length);
        if self.taken[variant.contig.0].iter().any(|t| t.overlaps(apart))
            || self.genome.fetch(variant.contig, context).contains(&b'N')
            || !accept(footprint)
        {
            return false;
        }
        let name = self.genome.name(variant.contig);
        let ploidy = Ploidy::at(name, variant.start, self.donor.sex, self.build);
        variant.genotype = match (ploidy, variant.genotype) {
            (Ploidy::Absent, _) => return false,
            (Ploidy::Haploid, _) => Genotype::Hemizygous,
            (Ploidy::Diploid, genotype) => genotype,
        };
        self.taken[variant.contig.0].push(footprint);
        self.variants.push(variant);
        true
    }

    /// A genotype of a diploid locus.
    pub(crate) fn genotype(&mut self) -> Genotype {
        if self.random.chance(self.donor.heterozygous_share) {
            Genotype::Heterozygous(self.random.below(2) as u8)
        } else {
            Genotype::Homozygous
        }
    }

    /// Plants variants at random places of a contig, as often as the donor's rates say.
    pub(crate) fn scatter(&mut self, contig: ContigIndex) {
        let length = self.genome.bases(contig).len() as f64;
        let count = |rate: f64| (length * rate).round() as usize;
        for _ in 0..count(self.donor.indel_rate) {
            self.retry(contig, Self::indel);
        }
        for _ in 0..count(self.donor.snv_rate) {
            self.retry(contig, Self::snv);
        }
    }

    /// Tries a few places; a genome may be too full or too short for more.
    fn retry(&mut self, contig: ContigIndex, draft: fn(&mut Self, ContigIndex) -> Option<Variant>) {
        for _ in 0..50 {
            if let Some(variant) = draft(self, contig)
                && self.try_plant(variant, |_| true)
            {
                return;
            }
        }
    }

    fn snv(&mut self, contig: ContigIndex) -> Option<Variant> {
        let bases = self.genome.bases(contig);
        let start = self.random.below(bases.len() as u32);
        let base = bases[start as usize];
        let transition = match base {
            b'A' => b'G',
            b'C' => b'T',
            b'G' => b'A',
            b'T' => b'C',
            _ => return None,
        };
        let other = self.random.other_base(base);
        let alternate = if self.random.chance(0.5) { transition } else { other };
        let genotype = self.genotype();
        Some(Variant {
            contig,
            start,
            reference: vec![base],
            alternate: vec![alternate],
            genotype,
            effect: None,
        })
    }

    fn indel(&mut self, contig: ContigIndex) -> Option<Variant> {
        let bases = self.genome.bases(contig);
        let mut size = 1;
        while size < 30 && self.random.chance(0.55) {
            size += 1;
        }
        let start = self.random.below((bases.len() as u32).checked_sub(size + 1)?) as usize;
        let after = &bases[start + 1..=start + size as usize];
        let anchor = bases[start];
        let (mut reference, mut alternate) = (vec![anchor], vec![anchor]);
        match self.random.below(4) {
            0 => alternate.extend_from_slice(after),
            1 => alternate.extend((0..size).map(|_| self.random.base(0.45))),
            _ => reference.extend_from_slice(after),
        }
        let genotype = self.genotype();
        Some(Variant { contig, start: start as u32, reference, alternate, genotype, effect: None })
    }
}

/// Moves an indel as far left as it goes, and gives all bases that some equal way to write it
/// touches; `None` at a contig's very edge.
///
/// Tan, Abecasis, Kang (2015), Unified representation of genetic variants, Bioinformatics 31:2202.
fn normalize(variant: &mut Variant, bases: &[u8]) -> Option<Interval0> {
    if variant.is_snv() {
        return Some(variant.interval());
    }
    let right = rightmost_end(variant, bases);
    let (reference, alternate) = (&mut variant.reference, &mut variant.alternate);
    while reference.last() == alternate.last() {
        reference.pop();
        alternate.pop();
        if reference.is_empty() || alternate.is_empty() {
            variant.start = variant.start.checked_sub(1)?;
            let before = bases[variant.start as usize];
            reference.insert(0, before);
            alternate.insert(0, before);
        }
    }
    Interval0::new(variant.start, right).ok()
}

/// One past the last base that an indel anchored at its first base can touch when it is moved
/// right.
fn rightmost_end(variant: &Variant, bases: &[u8]) -> u32 {
    let changed = variant.reference.len().max(variant.alternate.len()) - 1;
    let unit = if variant.reference.len() > 1 { &variant.reference } else { &variant.alternate };
    let mut end = variant.interval().end() as usize;
    let mut moved = 0;
    while end < bases.len() && bases[end] == unit[1 + moved % changed] {
        end += 1;
        moved += 1;
    }
    (end + 1).min(bases.len()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(
        bases: &str,
        start: u32,
        reference: &str,
        alternate: &str,
    ) -> (String, Interval0) {
        let mut variant = Variant {
            contig: ContigIndex(0),
            start,
            reference: reference.into(),
            alternate: alternate.into(),
            genotype: Genotype::Homozygous,
            effect: None,
        };
        let touched = normalize(&mut variant, bases.as_bytes()).unwrap();
        let [r, a] = [&variant.reference, &variant.alternate].map(|x| String::from_utf8_lossy(x));
        (format!("{} {r} {a}", variant.start), touched)
    }

    #[test]
    fn indels_in_repeats_move_left_and_touch_the_whole_repeat() {
        let repeat = |start, end| Interval0::new(start, end).unwrap();
        assert_eq!(normalized("GCAAAAT", 4, "AA", "A"), ("1 CA C".into(), repeat(1, 7)));
        assert_eq!(normalized("GCAAAAT", 2, "A", "AA"), ("1 C CA".into(), repeat(1, 7)));
        assert_eq!(normalized("TGACACACG", 5, "CAC", "C"), ("1 GAC G".into(), repeat(1, 9)));
        assert_eq!(normalized("TGACACACG", 2, "A", "ACA"), ("1 G GAC".into(), repeat(1, 9)));
    }

    #[test]
    fn what_cannot_move_stays() {
        let touched = Interval0::new(2, 4).unwrap();
        assert_eq!(normalized("GCATGT", 2, "A", "AGG"), ("2 A AGG".into(), touched));
    }
}
