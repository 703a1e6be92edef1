//! One of a person's two copies of a contig.

use wgs_core::ContigIndex;

use crate::{genome::Genome, variants::Variants};

/// The sequence of a haplotype and its way back to the reference.
pub(crate) struct Haplotype {
    pub(crate) bases: Vec<u8>,
    /// Offsets (haplotype, reference) from which both run in step, ascending.
    anchors: Vec<(u32, u32)>,
}

impl Haplotype {
    /// A contig with the variants that a haplotype (0 or 1) carries.
    pub(crate) fn new(
        genome: &Genome,
        variants: &Variants,
        contig: ContigIndex,
        which: usize,
    ) -> Self {
        let reference = genome.bases(contig);
        let (mut bases, mut anchors) = (Vec::with_capacity(reference.len()), vec![(0, 0)]);
        let mut at = 0;
        let here = variants.iter().filter(|v| v.contig == contig && v.genotype.carries(which));
        for variant in here {
            let interval = variant.interval();
            bases.extend_from_slice(&reference[at..interval.start() as usize]);
            bases.extend_from_slice(&variant.alternate);
            at = interval.end() as usize;
            if variant.reference.len() != variant.alternate.len() {
                anchors.push((bases.len() as u32, interval.end()));
            }
        }
        bases.extend_from_slice(&reference[at..]);
        Self { bases, anchors }
    }

    /// The reference offset of a haplotype's offset; inside an insertion, that of the base after
    /// the insertion.
    pub(crate) fn to_reference(&self, offset: u32) -> u32 {
        let next = self.anchors.partition_point(|(own, _)| *own <= offset);
        let (own, reference) = self.anchors[next - 1];
        let limit = self.anchors.get(next).map_or(u32::MAX, |(_, reference)| *reference);
        (reference + (offset - own)).min(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genes::Genes,
        variants::{Donor, Genotype},
    };

    #[test]
    fn unchanged_bases_find_their_way_back() {
        let genome = Genome::random(4, &[("chr1", 40_000)]);
        let donor = Donor { indel_rate: 1e-3, ..Donor::default() };
        let variants = Variants::plant(4, &donor, &genome, &Genes::default());
        assert!(variants.iter().any(|v| matches!(v.genotype, Genotype::Heterozygous(_))));
        let [first, second] = [0, 1].map(|h| Haplotype::new(&genome, &variants, ContigIndex(0), h));
        assert_ne!(first.bases, second.bases);
        let reference = genome.bases(ContigIndex(0));
        for haplotype in [first, second] {
            let equal = haplotype.bases.iter().enumerate().filter(|(offset, base)| {
                reference[haplotype.to_reference(*offset as u32) as usize] == **base
            });
            assert!(equal.count() > 39_700);
        }
    }
}
