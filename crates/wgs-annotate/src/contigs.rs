//! Contigs under the names that providers of genes and variants give them.
//!
//! Chromosome 17 of GRCh38 is `chr17` at UCSC and GENCODE, `17` at Ensembl and ClinVar, and
//! `NC_000017.11` at RefSeq and dbSNP. Files are taken as they were downloaded, so names are
//! matched by what they mean. Whether the sequence is the same is for others to check: lengths
//! and reference alleles tell.

use std::collections::HashMap;

use wgs_core::{ContigIndex, ContigList};

/// Finds contigs of a genome by any of their names.
#[derive(Clone, Debug)]
pub(crate) struct ContigNames {
    exact: HashMap<String, ContigIndex>,
    by_meaning: HashMap<String, ContigIndex>,
}

impl ContigNames {
    pub(crate) fn new(contigs: &ContigList) -> Self {
        let (mut exact, mut by_meaning) = (HashMap::new(), HashMap::new());
        for (index, contig) in contigs.iter().enumerate() {
            exact.insert(contig.name.clone(), ContigIndex(index));
            by_meaning.entry(meaning(&contig.name)).or_insert(ContigIndex(index));
        }
        Self { exact, by_meaning }
    }

    /// The contig of this name, or else the first that means the same.
    pub(crate) fn find(&self, name: &str) -> Option<ContigIndex> {
        self.exact.get(name).or_else(|| self.by_meaning.get(&meaning(name))).copied()
    }
}

/// Whether a contig is the mitochondrion, whose genetic code is another.
pub(crate) fn is_mitochondrion(name: &str) -> bool {
    meaning(name) == "MT"
}

/// Whether a name is of a scaffold, patch or alternate haplotype: what reference sets leave out,
/// while gene sets have genes there.
pub(crate) fn is_secondary(name: &str) -> bool {
    let ends = ["_alt", "_fix", "_random", "_decoy", "_PATCH"];
    let begins = ["NT_", "NW_", "chrUn_", "CHR_H", "HSCHR", "HG"];
    begins.iter().any(|p| name.starts_with(p))
        || ends.iter().any(|s| name.ends_with(s))
        || genbank(&name.replace('.', "v")).is_some()
}

/// One spelling for all names of a contig.
fn meaning(name: &str) -> String {
    if let Some(number) = refseq_chromosome(name) {
        return number;
    }
    if let Some(accession) = name.split('_').find_map(genbank) {
        return accession;
    }
    match name.strip_prefix("chr").unwrap_or(name) {
        "M" | "MT" => "MT".into(),
        rest => rest.into(),
    }
}

/// `NC_000017.11` is 17, `NC_000023.11` X; versions tell assemblies apart, but not here.
fn refseq_chromosome(name: &str) -> Option<String> {
    let (accession, _version) = name.strip_prefix("NC_")?.split_once('.')?;
    match accession.parse::<u32>().ok()? {
        12920 => Some("MT".into()),
        23 => Some("X".into()),
        24 => Some("Y".into()),
        number @ 1..=22 => Some(number.to_string()),
        _ => None,
    }
}

/// `KI270706v1`, as UCSC writes it within a name, is the accession `KI270706.1`.
fn genbank(part: &str) -> Option<String> {
    let (accession, version) = part.rsplit_once('v').or_else(|| part.rsplit_once('.'))?;
    let (letters, digits) = accession.split_at_checked(2)?;
    let fits = letters.bytes().all(|b| b.is_ascii_uppercase())
        && digits.len() == 6
        && digits.bytes().chain(version.bytes()).all(|b| b.is_ascii_digit())
        && !version.is_empty();
    fits.then(|| format!("{accession}.{version}"))
}

#[cfg(test)]
mod tests {
    use wgs_core::Contig;

    use super::*;

    fn names(contigs: &[&str]) -> ContigNames {
        let contigs = contigs.iter().map(|c| Contig::new(*c, 1)).collect();
        ContigNames::new(&ContigList::new(contigs).unwrap())
    }

    #[test]
    fn each_provider_finds_the_chromosomes() {
        let ucsc = ["chr17", "chrX", "chrM", "chr1_KI270706v1_random"];
        let ensembl = ["17", "X", "MT", "KI270706.1"];
        let refseq = ["NC_000017.11", "NC_000023.11", "NC_012920.1"];
        for genome in [names(&ucsc), names(&ensembl)] {
            for spelling in [&ucsc[..], &ensembl, &refseq] {
                for (index, name) in spelling.iter().enumerate() {
                    assert_eq!(genome.find(name), Some(ContigIndex(index)), "{name}");
                }
            }
            for other in ["chr1", "7", "NC_000018.10", "NC_001807.4", "KI270707.1", "chr17_x"] {
                assert_eq!(genome.find(other), None, "{other}");
            }
        }
    }

    #[test]
    fn the_very_name_wins() {
        let both = names(&["17", "chr17"]);
        assert_eq!(both.find("chr17"), Some(ContigIndex(1)));
        assert_eq!(both.find("NC_000017.11"), Some(ContigIndex(0)));
    }

    #[test]
    fn chromosomes_are_not_secondary() {
        for name in ["chr17", "17", "X", "NC_000017.11", "contig_1", "chrM"] {
            assert!(!is_secondary(name), "{name}");
        }
        for name in ["chr1_KI270706v1_random", "KI270706.1", "NT_187361.1", "chr6_GL000250v2_alt"] {
            assert!(is_secondary(name), "{name}");
        }
    }
}
