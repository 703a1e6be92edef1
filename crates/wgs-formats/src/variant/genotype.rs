//! The genotype of a sample: what GT says.

/// Alleles of one sample at one site.
///
/// ```
/// use wgs_formats::variant::Genotype;
/// let genotype = Genotype::parse("1|0").expect("a genotype");
/// assert!(genotype.phased && genotype.is_heterozygous());
/// assert_eq!(genotype.alleles, [Some(1), Some(0)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genotype {
    /// Index of each allele (0 is the reference), `None` where it is not known (`.`).
    pub alleles: Vec<Option<u32>>,
    /// Whether all separators are `|`; false for a single allele.
    pub phased: bool,
}

impl Genotype {
    /// Reads `0/1`, `1|2`, `.`, `./.`, `1`, and 4.4's leading phase sign (`/0/1`, `|0`).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(['/', '|']).unwrap_or(text);
        let alleles = text
            .split(['/', '|'])
            .map(|allele| if allele == "." { Some(None) } else { allele.parse().ok().map(Some) })
            .collect::<Option<Vec<_>>>()?;
        let phased = text.contains('|') && !text.contains('/');
        Some(Self { alleles, phased })
    }

    /// Number of alleles.
    pub fn ploidy(&self) -> usize {
        self.alleles.len()
    }

    /// Whether no allele is known.
    pub fn is_missing(&self) -> bool {
        self.alleles.iter().all(Option::is_none)
    }

    /// Whether two known alleles differ.
    pub fn is_heterozygous(&self) -> bool {
        let mut known = self.alleles.iter().flatten();
        known.next().is_some_and(|first| known.any(|allele| allele != first))
    }

    /// Whether all alleles are known, the same, and not the reference's; so also a haploid one.
    pub fn is_homozygous_alternate(&self) -> bool {
        let first = self.alleles.first().copied().flatten();
        first.is_some_and(|first| first > 0) && self.alleles.iter().all(|&a| a == first)
    }

    /// Whether all alleles are known and the reference's.
    pub fn is_reference(&self) -> bool {
        self.alleles.iter().all(|&allele| allele == Some(0))
    }

    /// Whether it holds an allele, by its index.
    pub fn has(&self, allele: u32) -> bool {
        self.alleles.contains(&Some(allele))
    }
}

impl std::fmt::Display for Genotype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, allele) in self.alleles.iter().enumerate() {
            if i > 0 {
                f.write_str(if self.phased { "|" } else { "/" })?;
            }
            match allele {
                Some(index) => write!(f, "{index}")?,
                None => f.write_str(".")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genotype(text: &str) -> Genotype {
        Genotype::parse(text).unwrap()
    }

    #[test]
    fn classes() {
        assert!(genotype("0/0").is_reference() && genotype("0").is_reference());
        assert!(
            genotype("1/1").is_homozygous_alternate() && genotype("2").is_homozygous_alternate()
        );
        assert!(!genotype("1/.").is_homozygous_alternate() && !genotype("1/.").is_heterozygous());
        assert!(genotype("1/2").is_heterozygous() && genotype("1|2").phased);
        assert!(genotype("./.").is_missing() && genotype(".").is_missing());
        assert!(!genotype("0/.").is_reference());
    }

    #[test]
    fn text_comes_back_and_nonsense_does_not_parse() {
        for text in ["0/1", "1|0", "./.", ".", "0/1/2"] {
            assert_eq!(genotype(text).to_string(), text);
        }
        assert_eq!(genotype("|0|1").alleles.len(), 2);
        for text in ["", "a", "0/", "-1", "0\\1"] {
            assert_eq!(Genotype::parse(text), None, "{text}");
        }
    }
}
