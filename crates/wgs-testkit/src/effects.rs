//! Variants whose effect on a transcript is known because they were made for it.

use wgs_core::Interval0;

use crate::{
    code::amino_acid,
    genes::{Genes, Strand, Transcript},
    genome::Genome,
    planter::Planter,
    variants::{Effect, Genotype, Variant},
};

/// Least distance of a coding effect from the edges of its exon, in bases: beyond what any
/// annotator calls a splice region.
const INSIDE_EXON_BP: u32 = 9;

/// The order in which genes get their effects, two each.
const ORDER: [Effect; 8] = [
    Effect::StopGained,
    Effect::Synonymous,
    Effect::Frameshift,
    Effect::Missense,
    Effect::SpliceDonor,
    Effect::InframeDeletion,
    Effect::SpliceAcceptor,
    Effect::StartLost,
];

/// Plants two effects in the canonical transcript of every coding gene.
pub(crate) fn plant(planter: &mut Planter<'_>, genes: &Genes) {
    let canonical = genes.transcripts().filter(|t| t.canonical && t.coding.is_some());
    for (index, transcript) in canonical.enumerate() {
        for effect in [ORDER[2 * index % 8], ORDER[(2 * index + 1) % 8]] {
            plant_one(planter, transcript, effect);
        }
    }
}

fn plant_one(planter: &mut Planter<'_>, transcript: &Transcript, effect: Effect) {
    let genome = planter.genome;
    for _ in 0..500 {
        let Some((start, reference_len, alternate)) = draft(planter, transcript, effect) else {
            continue;
        };
        let end = start + reference_len;
        let whole = Interval0::new(start, end).expect("lengths are not negative");
        let genotype = match effect {
            Effect::Synonymous => Genotype::Homozygous,
            _ => Genotype::Heterozygous(planter.random.below(2) as u8),
        };
        let variant = Variant {
            contig: transcript.contig,
            start,
            reference: genome.fetch(transcript.contig, whole).to_vec(),
            alternate,
            genotype,
            effect: Some((effect, transcript.id())),
        };
        let anywhere =
            matches!(effect, Effect::SpliceDonor | Effect::SpliceAcceptor | Effect::StartLost);
        let inside = |touched| anywhere || is_inside_exon(transcript, touched);
        if planter.try_plant(variant, inside) {
            return;
        }
    }
}

/// Start, length of the reference allele, and alternate allele of a candidate.
fn draft(
    planter: &mut Planter<'_>,
    transcript: &Transcript,
    effect: Effect,
) -> Option<(u32, u32, Vec<u8>)> {
    let positions = transcript.coding_positions();
    let coding = transcript.coding_sequence(planter.genome);
    let codons = positions.len() as u32 / 3;
    match effect {
        Effect::SpliceDonor | Effect::SpliceAcceptor => {
            let introns = transcript.introns();
            let intron = *planter.random.pick(&introns);
            let at_start =
                (effect == Effect::SpliceDonor) == (transcript.strand == Strand::Forward);
            let position = if at_start { intron.start() } else { intron.end() - 1 };
            Some((position, 1, vec![transcript.orient(b'A')]))
        }
        Effect::StartLost => Some((positions[1], 1, vec![transcript.orient(b'C')])),
        Effect::Frameshift => {
            let offset = planter.random.within(9..positions.len() as u32 - 9) as usize;
            let shifted = [&coding[..offset], &coding[offset + 1..]].concat();
            let codon = offset / 3 * 3;
            let stops =
                (codon..codon + 6).step_by(3).any(|c| amino_acid(&shifted[c..c + 3]) == b'*');
            (!stops).then(|| deletion(planter.genome, transcript, &positions[offset..=offset]))?
        }
        Effect::InframeDeletion => {
            let codon = 3 * planter.random.within(3..codons - 3) as usize;
            deletion(planter.genome, transcript, &positions[codon..codon + 3])
        }
        Effect::StopGained | Effect::Missense | Effect::Synonymous => {
            let codon = 3 * planter.random.within(3..codons - 3) as usize;
            let offset = codon + planter.random.below(3) as usize;
            let mut changed = coding[codon..codon + 3].to_vec();
            changed[offset - codon] = planter.random.other_base(coding[offset]);
            let (before, after) = (amino_acid(&coding[codon..codon + 3]), amino_acid(&changed));
            let fits = match effect {
                Effect::StopGained => after == b'*',
                Effect::Synonymous => after == before,
                _ => after != before && after != b'*',
            };
            let alternate = transcript.orient(changed[offset - codon]);
            fits.then(|| (positions[offset], 1, vec![alternate]))
        }
    }
}

/// The deletion of neighbouring bases, with the base before them.
fn deletion(
    genome: &Genome,
    transcript: &Transcript,
    positions: &[u32],
) -> Option<(u32, u32, Vec<u8>)> {
    let (first, last) = (*positions.iter().min()?, *positions.iter().max()?);
    let anchor = first.checked_sub(1)?;
    let contiguous = last - first + 1 == positions.len() as u32;
    let base = genome.bases(transcript.contig)[anchor as usize];
    contiguous.then(|| (anchor, last - anchor + 1, vec![base]))
}

fn is_inside_exon(transcript: &Transcript, touched: Interval0) -> bool {
    transcript.coding_exons().iter().any(|e| {
        e.start() + INSIDE_EXON_BP <= touched.start() && touched.end() + INSIDE_EXON_BP <= e.end()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        code::{reverse_complement, translate},
        variants::{Donor, Variants},
    };

    /// The protein after one variant of the transcript's coding exons.
    fn mutated(genome: &Genome, transcript: &Transcript, variant: &Variant) -> String {
        let mut coding = Vec::new();
        for exon in transcript.coding_exons() {
            let mut bases = genome.fetch(transcript.contig, exon).to_vec();
            if exon.overlaps(variant.interval()) {
                let at = (variant.start - exon.start()) as usize;
                bases.splice(at..at + variant.reference.len(), variant.alternate.iter().copied());
            }
            coding.extend(bases);
        }
        translate(&match transcript.strand {
            Strand::Forward => coding,
            Strand::Reverse => reverse_complement(&coding),
        })
    }

    #[test]
    fn effects_are_what_they_say() {
        let mut genome = Genome::random(2, &[("chr1", 90_000), ("chr2", 60_000)]);
        let genes = Genes::plant(&mut genome, 2, 12);
        let variants = Variants::plant(2, &Donor::default(), &genome, &genes);
        let mut seen = Vec::new();
        for variant in variants.iter() {
            let Some((effect, id)) = &variant.effect else {
                continue;
            };
            let transcript = genes.transcripts().find(|t| t.id() == *id).unwrap();
            let before = transcript.protein(&genome);
            let after = mutated(&genome, transcript, variant);
            let same_length = after.len() == before.len();
            let holds = match effect {
                Effect::StopGained => same_length && after.matches('*').count() == 2,
                Effect::Missense => {
                    same_length && after.matches('*').count() == 1 && after != before
                }
                Effect::Synonymous => after == before,
                Effect::Frameshift => {
                    let same =
                        after.bytes().zip(before.bytes()).take_while(|(a, b)| a == b).count();
                    same < before.len() - 3 && after.as_bytes()[same] != b'*'
                }
                Effect::InframeDeletion => {
                    after.len() + 1 == before.len() && after.matches('*').count() == 1
                }
                Effect::StartLost => !after.starts_with('M') && after[1..] == before[1..],
                Effect::SpliceDonor | Effect::SpliceAcceptor => {
                    let introns = transcript.introns();
                    introns.iter().any(|i| [i.start(), i.end() - 1].contains(&variant.start))
                }
            };
            assert!(holds, "{effect:?} {before} {after}");
            seen.push(*effect);
        }
        for effect in ORDER {
            assert!(seen.contains(&effect), "{effect:?} was not planted");
        }
    }
}
