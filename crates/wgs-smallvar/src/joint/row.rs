//! What a record of a gVCF says.

use std::ops::Range;

use wgs_core::{ContigIndex, ErrorKind};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{AlleleKind, Record, concrete_base},
};

use crate::{
    allele::Allele,
    genotype::{SampleLikelihoods, order},
};

/// Names of the allele that stands for any that is not told: the GATK's, and that of VCF 4.3 §5.5.
const ANY_OTHER: [&str; 2] = ["<NON_REF>", "<*>"];
/// Natural logarithm of a likelihood ratio of one Phred.
const LN_PER_PHRED: f64 = std::f64::consts::LN_10 / 10.0;

/// An allele of a row but the reference's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A variant, as small as can be.
    Variant(Allele),
    /// `*`: a deletion that begins before reaches over the place.
    Spanning,
    /// Any other.
    AnyOther,
    /// Something symbolic that small variants have no part in.
    Foreign,
}

/// A record of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The contig in the genome.
    pub contig: ContigIndex,
    /// The bases that it speaks of, 0-based.
    pub range: Range<u32>,
    /// Its alleles after the reference's.
    pub told: Vec<Told>,
    /// Likelihoods of the genotypes over the reference's and these.
    pub likelihoods: SampleLikelihoods,
    /// Fragments that show each allele; empty where the row does not tell.
    pub allele_depths: Vec<u32>,
    /// Fragments.
    pub depth: u32,
    /// Indices of the genotype's alleles, if it is known.
    pub genotype: Vec<usize>,
    /// The record, of variants only.
    pub record: Option<Box<Record>>,
}

impl Row {
    /// Reads a record of a file of one sample; `None` if it says nothing for small variants.
    ///
    /// # Errors
    ///
    /// If its reference bases are not the genome's, it has no `<NON_REF>`, or its numbers do not
    /// fit its alleles.
    pub fn of(record: Record, genome: &Genome, path: &std::path::Path) -> Result<Self> {
        let place = format!("record {}:{}", record.contig, record.position);
        Self::parse(record, genome, path).map_err(|e| e.at(place))
    }

    fn parse(record: Record, genome: &Genome, path: &std::path::Path) -> Result<Self> {
        let invalid = |reason: &str| FileError::invalid(path, reason);
        let contig = genome.contigs().index_of(&record.contig);
        let contig = contig.ok_or_else(|| mismatch(path, "the contig is not in the reference"))?;
        let interval = record.interval();
        let length = genome.contigs().get(contig).map_or(0, |c| c.length);
        if interval.end() > length {
            return Err(mismatch(path, format!("ends beyond the contig's {length} bases")));
        }
        let start = interval.start();
        let reference = record.reference.to_ascii_uppercase().into_bytes();
        check_reference(path, &reference, genome, contig, start)?;
        let told: Vec<Told> =
            record.alternates.iter().map(|text| told(text, start, &reference)).collect();
        if !told.contains(&Told::AnyOther) {
            return Err(invalid("has no allele <NON_REF>: this is no gVCF")
                .hint("make one: wgs-pipe call --gvcf, or GATK HaplotypeCaller -ERC GVCF"));
        }
        let genotype = genotype_of(&record, told.len() + 1)
            .ok_or_else(|| invalid("GT is no genotype of its alleles"))?;
        let likelihoods = likelihoods_of(&record, told.len() + 1, &genotype).ok_or_else(|| {
            invalid("PL does not fit GT and the alleles (one or two copies are possible)")
        })?;
        let numbers = |key: &str| -> Vec<u32> {
            let value = record.sample_value(0, key).unwrap_or_default();
            value.split(',').filter_map(|n| n.parse().ok()).collect()
        };
        let mut allele_depths = numbers("AD");
        if allele_depths.len() != told.len() + 1 {
            allele_depths.clear();
        }
        let depth = ["DP", "MIN_DP"].iter().find_map(|key| numbers(key).first().copied());
        let depth = depth.unwrap_or_else(|| allele_depths.iter().sum());
        let is_block = told == [Told::AnyOther];
        Ok(Self {
            contig,
            range: start..interval.end(),
            told,
            likelihoods,
            allele_depths,
            depth,
            genotype: genotype.into_iter().flatten().collect(),
            record: (!is_block).then(|| Box::new(record)),
        })
    }

    /// Whether it has a variant of its own.
    pub fn has_variant(&self) -> bool {
        self.told.iter().any(|told| matches!(told, Told::Variant(_)))
    }

    /// Its variants.
    pub fn variants(&self) -> impl Iterator<Item = &Allele> {
        self.told.iter().filter_map(|told| match told {
            Told::Variant(allele) => Some(allele),
            _ => None,
        })
    }

    /// The index of an allele, the reference's being 0.
    pub fn index_of(&self, allele: &Told) -> Option<usize> {
        self.told.iter().position(|told| told == allele).map(|i| i + 1)
    }
}

/// The file is of another genome.
pub(super) fn mismatch(path: &std::path::Path, reason: impl Into<String>) -> FileError {
    FileError::new(path, ErrorKind::ReferenceMismatch, reason)
        .hint("give the bundle of the genome that the gVCF was made with")
}

fn check_reference(
    path: &std::path::Path,
    reference: &[u8],
    genome: &Genome,
    contig: ContigIndex,
    start: u32,
) -> Result<()> {
    let interval = wgs_core::Interval0::new(start, start + reference.len() as u32);
    let expected =
        genome.fetch(contig, interval.map_err(|e| FileError::invalid(path, e.to_string()))?);
    // Some write a code of several bases as it is, or as N.
    let same = |(&a, &b): (&u8, &u8)| {
        a == b || a == concrete_base(b) || a == b'N' && !b"ACGT".contains(&b)
    };
    if reference.iter().zip(&expected).all(same) {
        return Ok(());
    }
    let text = |bases: &[u8]| String::from_utf8_lossy(&bases[..bases.len().min(40)]).into_owned();
    let reason = format!("REF is {}, in the genome {}", text(reference), text(&expected));
    Err(mismatch(path, reason))
}

/// An alternate allele as small as can be, beside the reference allele at a place.
fn told(text: &str, start: u32, reference: &[u8]) -> Told {
    match AlleleKind::of(text) {
        _ if ANY_OTHER.contains(&text) => Told::AnyOther,
        AlleleKind::Spanning => Told::Spanning,
        AlleleKind::Bases => {
            let bases = text.to_ascii_uppercase().into_bytes();
            if bases == reference {
                Told::Foreign
            } else {
                Told::Variant(smallest(start, reference, &bases))
            }
        }
        _ => Told::Foreign,
    }
}

fn smallest(start: u32, reference: &[u8], bases: &[u8]) -> Allele {
    let same = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(x, y)| x == y).count();
    // As in a left-aligned form equal bases after the variant go first, but for the anchor.
    let most = reference.len().min(bases.len()).saturating_sub(1);
    let after = reference
        .iter()
        .rev()
        .zip(bases.iter().rev())
        .take(most)
        .take_while(|(a, b)| a == b)
        .count();
    let (reference, bases) = (&reference[..reference.len() - after], &bases[..bases.len() - after]);
    let before = same(reference, bases);
    Allele {
        start: start + before as u32,
        deleted: (reference.len() - before) as u32,
        inserted: bases[before..].to_vec(),
    }
}

/// The alleles of GT; empty for `.`. `None` if it is no genotype of one or two copies.
fn genotype_of(record: &Record, alleles: usize) -> Option<Vec<Option<usize>>> {
    let text = record.sample_value(0, "GT");
    let Some(text) = text else { return Some(Vec::new()) };
    let genotype = wgs_formats::variant::Genotype::parse(text)?;
    let known = |a: &Option<u32>| a.is_none_or(|a| (a as usize) < alleles);
    let fits = genotype.alleles.iter().all(known) && genotype.ploidy() <= 2;
    fits.then(|| genotype.alleles.iter().map(|a| a.map(|a| a as usize)).collect())
}

/// The likelihoods by PL, or as GT and GQ have it; no copies where there is neither. `None` if PL
/// has another number of values than the alleles have genotypes.
fn likelihoods_of(
    record: &Record,
    alleles: usize,
    genotype: &[Option<usize>],
) -> Option<SampleLikelihoods> {
    let of_ploidy = |ploidy: usize| order::all(ploidy, alleles).len();
    if let Some(text) = record.sample_value(0, "PL") {
        let phred: Option<Vec<f64>> =
            text.split(',').map(|n| n.parse::<u32>().ok().map(f64::from)).collect();
        let phred = phred?;
        let ploidy = [1, 2].into_iter().find(|&ploidy| of_ploidy(ploidy) == phred.len())?;
        if !genotype.is_empty() && genotype.len() != ploidy {
            return None;
        }
        let best = phred.iter().copied().fold(f64::INFINITY, f64::min);
        let genotypes = phred.iter().map(|p| (best - p) * LN_PER_PHRED).collect();
        return Some(SampleLikelihoods { ploidy, genotypes });
    }
    let ploidy = genotype.len();
    let quality = record.sample_value(0, "GQ").and_then(|q| q.parse::<f64>().ok()).unwrap_or(0.0);
    let mut genotypes = match ploidy {
        0 => Vec::new(),
        ploidy => vec![-quality * LN_PER_PHRED; of_ploidy(ploidy)],
    };
    let known: Option<Vec<usize>> = genotype.iter().copied().collect();
    match known.as_deref() {
        Some([a]) => genotypes[*a] = 0.0,
        Some([a, b]) => genotypes[order::Copies::two(*a, *b).index()] = 0.0,
        _ => genotypes.fill(0.0),
    }
    Some(SampleLikelihoods { ploidy, genotypes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alleles_are_as_small_as_can_be_and_left_aligned() {
        let small = |reference: &str, text: &str| told(text, 10, reference.as_bytes());
        assert_eq!(small("AC", "TC"), Told::Variant(Allele::snv(10, b'T')));
        assert_eq!(small("ACAC", "AC"), Told::Variant(Allele::deletion(11, 2)));
        assert_eq!(small("GACAC", "GAC"), Told::Variant(Allele::deletion(11, 2)));
        assert_eq!(small("A", "AGG"), Told::Variant(Allele::insertion(11, b"GG".to_vec())));
        assert_eq!(small("A", "*"), Told::Spanning);
        assert_eq!([small("A", "<NON_REF>"), small("A", "<*>")], [Told::AnyOther, Told::AnyOther]);
        assert_eq!(small("A", "<DEL>"), Told::Foreign);
    }

    fn record(format: &str, sample: &str) -> Record {
        Record::parse(&format!("c\t5\t.\tA\tC,<NON_REF>\t.\t.\t.\t{format}\t{sample}"), 1).unwrap()
    }

    #[test]
    fn likelihoods_by_pl_or_by_the_genotype() {
        let of = |format: &str, sample: &str| {
            let record = record(format, sample);
            let genotype = genotype_of(&record, 3)?;
            likelihoods_of(&record, 3, &genotype).map(|l| {
                let phred = l.genotypes.iter().map(|v| (-v / LN_PER_PHRED).round() as u32);
                (l.ploidy, phred.collect::<Vec<_>>())
            })
        };
        assert_eq!(of("GT:PL", "0/1:9,3,5,6,7,8"), Some((2, vec![6, 0, 2, 3, 4, 5])));
        assert_eq!(of("GT:PL", "1:9,0,5"), Some((1, vec![9, 0, 5])));
        assert_eq!(of("GT:PL", "0/1:9,0,5"), None);
        assert_eq!(of("GT:PL", "0/1:9,0"), None);
        assert_eq!(of("GT:GQ", "0/1:20"), Some((2, vec![20, 0, 20, 20, 20, 20])));
        assert_eq!(of("GT", "./."), Some((2, vec![0; 6])));
        assert_eq!(of("GT", "."), Some((0, vec![])));
        assert_eq!(of("GT", "0/3"), None);
        assert_eq!(of("GT", "0/1/1"), None);
    }
}
