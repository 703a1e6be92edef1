//! Small variants of a contig, as a person has them and as sources know them.

use wgs_core::ContigIndex;
use wgs_formats::{genome::Genome, variant::normalize};
use wgs_testkit::Random;

/// Most bases that are inserted.
const LONGEST: usize = 12;
/// Share of transitions among substitutions: two for each transversion, as in people.
const TRANSITIONS: f64 = 0.675;
/// Share of insertions and deletions.
const INDELS: f64 = 0.1;
/// Share of a person's alleles that sources of populations know.
pub(super) const KNOWN: f64 = 0.95;

/// An allele as VCF writes it, left-aligned; the reference bases are the genome's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Variant {
    /// First base of the reference part, 0-based.
    pub(super) start: u32,
    pub(super) reference_bases: u8,
    alternate_bases: u8,
    alternate: [u8; LONGEST + 2],
}

impl Variant {
    pub(super) fn alternate(&self) -> &[u8] {
        &self.alternate[..usize::from(self.alternate_bases)]
    }

    pub(super) fn reference<'a>(&self, bases: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize;
        &bases[start..start + usize::from(self.reference_bases)]
    }
}

/// A contig whose variants are drawn.
pub(super) struct Site<'a> {
    pub(super) genome: &'a Genome,
    pub(super) contig: ContigIndex,
    pub(super) bases: &'a [u8],
}

impl Site<'_> {
    /// About so many variants, in order, each once.
    pub(super) fn draw(&self, count: u64, random: &mut Random) -> Vec<Variant> {
        let mean = (self.bases.len() as u64 / count.max(1)).max(1) as u32;
        let mut variants = Vec::with_capacity(count as usize + count as usize / 8);
        let mut at = 100;
        loop {
            at += 1 + random.below(2 * mean - 1);
            if at as usize + 2 * LONGEST + 2 > self.bases.len() {
                break;
            }
            variants.extend(self.variant(at, random));
        }
        variants.sort_unstable();
        variants.dedup();
        variants
    }

    /// A variant at a base; none where letters other than bases stand.
    fn variant(&self, start: u32, random: &mut Random) -> Option<Variant> {
        let here = &self.bases[start as usize..start as usize + LONGEST + 1];
        if here.iter().any(|base| !b"ACGT".contains(base)) {
            return None;
        }
        let mut alternate = [0; LONGEST + 2];
        if !random.chance(INDELS) {
            alternate[0] = substitute(here[0], random);
            return Some(Variant { start, reference_bases: 1, alternate_bases: 1, alternate });
        }
        let mut length = 1;
        while length < LONGEST && random.chance(0.45) {
            length += 1;
        }
        let allele = match random.chance(0.55) {
            true => normalize(self.genome, self.contig, start, &here[..=length], &here[..1]),
            false => {
                alternate[0] = here[0];
                for (offset, base) in alternate[1..=length].iter_mut().enumerate() {
                    let copied = here[1 + offset];
                    *base = if length < 3 { copied } else { *random.pick(b"ACGT") };
                }
                normalize(self.genome, self.contig, start, &here[..1], &alternate[..=length])
            }
        };
        alternate.fill(0);
        alternate[..allele.alternate.len()].copy_from_slice(&allele.alternate);
        Some(Variant {
            start: allele.start,
            reference_bases: allele.reference.len() as u8,
            alternate_bases: allele.alternate.len() as u8,
            alternate,
        })
    }

    /// About so many alleles of a source, in order, with whether the person has them: most of the
    /// person's are among them.
    pub(super) fn known(
        &self,
        count: u64,
        persons: &[Variant],
        share: f64,
        random: &mut Random,
    ) -> Vec<(Variant, bool)> {
        let known = persons.iter().filter(|_| random.chance(share));
        let mut all: Vec<(Variant, bool)> = known.map(|variant| (*variant, true)).collect();
        let others = count.saturating_sub(all.len() as u64);
        let others = self.draw(others, random).into_iter();
        all.extend(others.map(|variant| (variant, false)));
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        all.dedup_by_key(|(variant, _)| *variant);
        all
    }
}

fn substitute(base: u8, random: &mut Random) -> u8 {
    let transition = match base {
        b'A' => b'G',
        b'G' => b'A',
        b'C' => b'T',
        _ => b'C',
    };
    if random.chance(TRANSITIONS) {
        return transition;
    }
    loop {
        let other = *random.pick(b"ACGT");
        if other != base && other != transition {
            return other;
        }
    }
}
