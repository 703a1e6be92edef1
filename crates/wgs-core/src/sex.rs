//! Sex, and the number of copies of a locus that follows from it.

use serde::{Deserialize, Serialize};

use crate::{ContigList, Interval0};

/// Sex as declared in a case file or PED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// XX.
    Female,
    /// XY.
    Male,
    /// Not declared: treated as two copies of X, and of Y as well where reads lie on it.
    #[default]
    Unknown,
}

/// Number of copies of a locus in one genome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ploidy {
    /// The locus is absent (chrY of a female).
    Absent,
    /// One copy.
    Haploid,
    /// Two copies.
    Diploid,
}

/// A human assembly, as far as the borders of the pseudoautosomal regions go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Build {
    /// GRCh37 / hg19.
    Grch37,
    /// GRCh38 / hg38.
    Grch38,
    /// Anything else: no pseudoautosomal region is known.
    Other,
}

/// Pseudoautosomal regions of both sex chromosomes, 1-based and inclusive, from the Genome
/// Reference Consortium's assembly pages.
struct Pseudoautosomal {
    x: [(u32, u32); 2],
    y: [(u32, u32); 2],
}

const PAR_GRCH37: Pseudoautosomal = Pseudoautosomal {
    x: [(60_001, 2_699_520), (154_931_044, 155_260_560)],
    y: [(10_001, 2_649_520), (59_034_050, 59_363_566)],
};
const PAR_GRCH38: Pseudoautosomal = Pseudoautosomal {
    x: [(10_001, 2_781_479), (155_701_383, 156_030_895)],
    y: [(10_001, 2_781_479), (56_887_903, 57_217_415)],
};

impl Build {
    /// Recognises the assembly by the length of its X chromosome.
    pub fn of(contigs: &ContigList) -> Self {
        let x = contigs.iter().find(|c| matches!(c.name.as_str(), "chrX" | "X"));
        match x.map(|c| c.length) {
            Some(155_270_560) => Self::Grch37,
            Some(156_040_895) => Self::Grch38,
            _ => Self::Other,
        }
    }

    /// The pseudoautosomal regions of a contig, none where it is no sex chromosome.
    fn pseudoautosomal(self, contig: &str) -> &'static [(u32, u32)] {
        let regions = match self {
            Self::Grch37 => &PAR_GRCH37,
            Self::Grch38 => &PAR_GRCH38,
            Self::Other => return &[],
        };
        match contig.strip_prefix("chr").unwrap_or(contig) {
            "X" => &regions.x,
            "Y" => &regions.y,
            _ => &[],
        }
    }
}

impl Ploidy {
    /// Copies of the base at a 0-based `offset` of a contig.
    ///
    /// chrM is haploid; X and Y follow the sex outside the pseudoautosomal regions; everything
    /// else is diploid. The pseudoautosomal regions of a male's Y are absent (they are masked in
    /// references made for calling, where X carries both copies).
    ///
    /// ```
    /// use wgs_core::{Build, Ploidy, Sex};
    /// assert_eq!(Ploidy::at("chrX", 50_000_000, Sex::Male, Build::Grch38), Ploidy::Haploid);
    /// assert_eq!(Ploidy::at("chrX", 20_000, Sex::Male, Build::Grch38), Ploidy::Diploid);
    /// assert_eq!(Ploidy::at("chrY", 20_000_000, Sex::Female, Build::Grch38), Ploidy::Absent);
    /// ```
    pub fn at(contig: &str, offset: u32, sex: Sex, build: Build) -> Self {
        let regions = build.pseudoautosomal(contig);
        let shared = regions.iter().any(|&(first, last)| (first - 1..last).contains(&offset));
        match (contig.strip_prefix("chr").unwrap_or(contig), sex) {
            ("M" | "MT", _) => Self::Haploid,
            ("X", Sex::Male) if !shared => Self::Haploid,
            ("Y", Sex::Male) if !shared => Self::Haploid,
            ("Y", Sex::Male | Sex::Female) => Self::Absent,
            _ => Self::Diploid,
        }
    }

    /// Number of copies.
    pub fn copies(self) -> usize {
        match self {
            Self::Absent => 0,
            Self::Haploid => 1,
            Self::Diploid => 2,
        }
    }

    /// The offsets within `interval` at which the ploidy of a contig changes, ascending.
    pub fn borders(contig: &str, interval: Interval0, build: Build) -> Vec<u32> {
        let regions = build.pseudoautosomal(contig);
        let offsets = regions.iter().flat_map(|&(first, last)| [first - 1, last]);
        offsets.filter(|&offset| interval.contains(offset)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn par_borders_are_inclusive() {
        let at = |position: u32| Ploidy::at("X", position - 1, Sex::Male, Build::Grch38);
        assert_eq!(at(10_000), Ploidy::Haploid);
        assert_eq!(at(10_001), Ploidy::Diploid);
        assert_eq!(at(2_781_479), Ploidy::Diploid);
        assert_eq!(at(2_781_480), Ploidy::Haploid);
    }

    #[test]
    fn autosomes_and_mitochondria() {
        assert_eq!(Ploidy::at("chr20", 5, Sex::Male, Build::Grch38), Ploidy::Diploid);
        assert_eq!(Ploidy::at("MT", 5, Sex::Female, Build::Other), Ploidy::Haploid);
        assert_eq!(Ploidy::at("chrX", 5, Sex::Unknown, Build::Grch38), Ploidy::Diploid);
    }
}
