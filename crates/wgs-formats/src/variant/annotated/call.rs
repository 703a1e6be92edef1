//! What a sample's column says of one alternate allele.

use crate::variant::{Genotype, Record};

/// Copies of an allele in a genotype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zygosity {
    /// Some copies, other alleles beside it.
    Heterozygous,
    /// All of several copies.
    Homozygous,
    /// The only copy, as the genotype is written.
    Hemizygous,
    /// Carried, with alleles beside it that are not known (`1/.`).
    Partial,
    /// Not carried, and all alleles are known.
    Absent,
    /// Not known.
    Missing,
}

impl Zygosity {
    /// Whether the allele is carried.
    pub fn carries(self) -> bool {
        !matches!(self, Self::Absent | Self::Missing)
    }

    /// Copies of the `allele`th alternate (from 1) in a genotype.
    fn of(genotype: Option<&Genotype>, allele: u32) -> Self {
        let Some(genotype) = genotype.filter(|g| !g.is_missing()) else {
            return Self::Missing;
        };
        let unknown = genotype.alleles.contains(&None);
        match (genotype.has(allele), unknown) {
            (false, true) => Self::Missing,
            (false, false) => Self::Absent,
            (true, true) => Self::Partial,
            (true, false) if genotype.is_heterozygous() => Self::Heterozygous,
            (true, false) if genotype.ploidy() == 1 => Self::Hemizygous,
            (true, false) => Self::Homozygous,
        }
    }
}

/// Whether a child has an allele from its parents, as `wgs-pipe joint` writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeNovo {
    /// New (`DeNovo`).
    New,
    /// From a parent (`Inherited`).
    Inherited,
    /// Not clear (`LowDQ`).
    Unclear,
}

/// On which chromosome of a phase set an allele lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phase {
    /// `PS`; `None` where a phased genotype has none, which is one set for the whole contig. A set
    /// that is no number gives no phase.
    pub set: Option<u32>,
    /// Place in the genotype, from 0. In the sets that `joint` makes of transmission (`PS` 1) the
    /// father's comes first.
    pub haplotype: usize,
}

/// A sample's call at a record, as seen from one alternate allele.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// GT as written.
    pub genotype: String,
    /// Copies of the allele.
    pub zygosity: Zygosity,
    /// Number of copies that are known to be this allele.
    pub copies: usize,
    /// Number of alleles in the genotype; 0 without one.
    pub ploidy: usize,
    /// Where the allele lies, if the genotype is phased and holds it once.
    pub phase: Option<Phase>,
    /// DP.
    pub depth: Option<u32>,
    /// AD of the reference.
    pub reference_depth: Option<u32>,
    /// AD of the allele.
    pub allele_depth: Option<u32>,
    /// Share of the reads that tell alleles apart (AD, else AF), 0 to 1.
    pub allele_fraction: Option<f64>,
    /// GQ.
    pub genotype_quality_phred: Option<f64>,
    /// DN, of a sample that carries the allele.
    pub de_novo: Option<DeNovo>,
    /// DQ.
    pub de_novo_quality_phred: Option<f64>,
}

impl Call {
    /// The call of the sample in a column (from 0), for the `allele`th alternate (from 1).
    pub(super) fn of(record: &Record, column: usize, allele: u32) -> Self {
        let genotype = record.genotype(column);
        let number =
            |key| record.sample_value(column, key)?.parse::<f64>().ok().filter(|n| n.is_finite());
        let zygosity = Zygosity::of(genotype.as_ref(), allele);
        let depths = depths(record, column);
        let depth_of = |allele: u32| depths.as_ref()?.get(allele as usize).copied().flatten();
        let own = |a: &&Option<u32>| **a == Some(allele);
        Self {
            genotype: record.sample_value(column, "GT").unwrap_or(".").to_owned(),
            copies: genotype.as_ref().map_or(0, |g| g.alleles.iter().filter(own).count()),
            ploidy: genotype.as_ref().map_or(0, Genotype::ploidy),
            phase: genotype.as_ref().and_then(|g| phase(record, column, g, allele)),
            depth: record.sample_value(column, "DP").and_then(|depth| depth.parse().ok()),
            reference_depth: depth_of(0),
            allele_depth: depth_of(allele),
            allele_fraction: allele_fraction(record, column, allele),
            genotype_quality_phred: number("GQ"),
            de_novo: record
                .sample_value(column, "DN")
                .filter(|_| zygosity.carries())
                .and_then(de_novo),
            de_novo_quality_phred: number("DQ"),
            zygosity,
        }
    }
}

fn phase(record: &Record, column: usize, genotype: &Genotype, allele: u32) -> Option<Phase> {
    let once = genotype.alleles.iter().filter(|&&a| a == Some(allele)).count() == 1;
    if !genotype.phased || !once {
        return None;
    }
    let haplotype = genotype.alleles.iter().position(|&a| a == Some(allele))?;
    let set = match record.sample_value(column, "PS").filter(|set| *set != ".") {
        Some(set) => Some(set.parse().ok()?),
        None => None,
    };
    Some(Phase { set, haplotype })
}

fn de_novo(word: &str) -> Option<DeNovo> {
    match word {
        "DeNovo" => Some(DeNovo::New),
        "Inherited" => Some(DeNovo::Inherited),
        "LowDQ" => Some(DeNovo::Unclear),
        _ => None,
    }
}

fn depths(record: &Record, column: usize) -> Option<Vec<Option<u32>>> {
    let depths = record.sample_value(column, "AD")?;
    Some(depths.split(',').map(|depth| depth.parse().ok()).collect())
}

fn allele_fraction(record: &Record, column: usize, allele: u32) -> Option<f64> {
    let of_depths = || {
        let depths: Vec<u32> = depths(record, column)?.into_iter().collect::<Option<_>>()?;
        let total: u64 = depths.iter().map(|&depth| u64::from(depth)).sum();
        let own = *depths.get(allele as usize)?;
        (total > 0).then(|| f64::from(own) / total as f64)
    };
    let given = || {
        let fractions = record.sample_value(column, "AF")?;
        fractions.split(',').nth(allele as usize - 1)?.parse::<f64>().ok()
    };
    let fraction = of_depths().or_else(given)?;
    (0.0..=1.0).contains(&fraction).then(|| (fraction * 1e4).round() / 1e4)
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;

    fn called(format: &[&str], values: &[&str]) -> Call {
        let mut record = Record::new("a", Pos1::from_pos0(0), "A", ["C", "G"]);
        record.set_samples(format.to_vec(), [values.to_vec()]);
        Call::of(&record, 0, 2)
    }

    #[test]
    fn zygosity_of_one_allele() {
        let of = |text: &str, allele| Zygosity::of(Genotype::parse(text).as_ref(), allele);
        assert_eq!(of("0/1", 1), Zygosity::Heterozygous);
        assert_eq!(of("1|2", 2), Zygosity::Heterozygous);
        assert_eq!(of("1/1", 1), Zygosity::Homozygous);
        assert_eq!(of("1/1", 2), Zygosity::Absent);
        assert_eq!(of("1", 1), Zygosity::Hemizygous);
        assert_eq!(of("1/.", 1), Zygosity::Partial);
        assert_eq!(of("0/.", 1), Zygosity::Missing);
        assert_eq!(of("./.", 1), Zygosity::Missing);
        assert_eq!(of("0/0", 1), Zygosity::Absent);
        assert_eq!(Zygosity::of(None, 1), Zygosity::Missing);
    }

    #[test]
    fn the_fraction_is_of_the_reads_that_tell_alleles_apart() {
        let c = called(&["GT", "AD", "DP", "GQ"], &["1/2", "1,2,7", "12", "99"]);
        assert_eq!(c.allele_fraction, Some(0.7));
        assert_eq!((c.reference_depth, c.allele_depth), (Some(1), Some(7)));
        assert_eq!((c.depth, c.genotype_quality_phred), (Some(12), Some(99.0)));
        assert_eq!(called(&["GT", "AF"], &["1/2", "0.2,0.6"]).allele_fraction, Some(0.6));
    }

    #[test]
    fn what_a_child_carries_may_be_new() {
        let of = |genotype, word| called(&["GT", "DN", "DQ"], &[genotype, word, "3"]).de_novo;
        assert_eq!(of("0/2", "DeNovo"), Some(DeNovo::New));
        assert_eq!(of("0|2", "Inherited"), Some(DeNovo::Inherited));
        assert_eq!(of("0/2", "LowDQ"), Some(DeNovo::Unclear));
        assert_eq!([of("0/1", "DeNovo"), of("0/2", "."), of("0/2", "x")], [None; 3]);
    }

    #[test]
    fn phase_is_told_of_one_copy_only() {
        let of = |genotype, set| called(&["GT", "PS"], &[genotype, set]).phase;
        assert_eq!(of("0|2", "7"), Some(Phase { set: Some(7), haplotype: 1 }));
        assert_eq!(of("2|1", "."), Some(Phase { set: None, haplotype: 0 }));
        assert_eq!([of("0/2", "7"), of("2|2", "7"), of("0|1", "7")], [None; 3]);
        assert_eq!(of("0|2", "1_7_A_C"), None, "not one set for the contig");
    }

    #[test]
    fn nonsense_is_no_figure() {
        let c = called(&["GT", "AD", "DP", "GQ"], &["x", "0,0,0", "-3", "NaN"]);
        assert_eq!((c.allele_fraction, c.depth, c.genotype_quality_phred), (None, None, None));
        assert_eq!((c.zygosity, c.ploidy, c.copies), (Zygosity::Missing, 0, 0));
        assert_eq!(called(&["GT", "AD"], &["1/2", "4"]).allele_fraction, None);
        assert_eq!(called(&["GT", "AF"], &["1/2", "3,4"]).allele_fraction, None);
    }
}
