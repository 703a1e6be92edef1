//! Sequence Ontology terms of consequences, with the impact and the order that Ensembl VEP gives
//! them (ensembl-variation 115, `Utils/Config.pm`).

use std::fmt;

/// How much a consequence is likely to matter, by VEP's four classes; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// Outside of what is translated, or no evidence of an effect.
    Modifier,
    /// Unlikely to change how the protein behaves.
    Low,
    /// May change how well the protein works.
    Moderate,
    /// Likely to truncate or abolish the protein.
    High,
}

impl Impact {
    /// The impact of a name, such as `HIGH`.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Modifier, Self::Low, Self::Moderate, Self::High];
        all.into_iter().find(|impact| impact.name() == name)
    }

    /// The name that VEP gives it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Modifier => "MODIFIER",
            Self::Low => "LOW",
            Self::Moderate => "MODERATE",
            Self::High => "HIGH",
        }
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A term; ordered from the most to the least severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(u8);

/// Terms in VEP's order of severity.
const TERMS: [(&str, Impact); 33] = [
    ("transcript_ablation", Impact::High),
    ("splice_acceptor_variant", Impact::High),
    ("splice_donor_variant", Impact::High),
    ("stop_gained", Impact::High),
    ("frameshift_variant", Impact::High),
    ("stop_lost", Impact::High),
    ("start_lost", Impact::High),
    ("transcript_amplification", Impact::High),
    ("feature_elongation", Impact::High),
    ("feature_truncation", Impact::High),
    ("inframe_insertion", Impact::Moderate),
    ("inframe_deletion", Impact::Moderate),
    ("missense_variant", Impact::Moderate),
    ("protein_altering_variant", Impact::Moderate),
    ("splice_donor_5th_base_variant", Impact::Low),
    ("splice_region_variant", Impact::Low),
    ("splice_donor_region_variant", Impact::Low),
    ("splice_polypyrimidine_tract_variant", Impact::Low),
    ("incomplete_terminal_codon_variant", Impact::Low),
    ("start_retained_variant", Impact::Low),
    ("stop_retained_variant", Impact::Low),
    ("synonymous_variant", Impact::Low),
    ("coding_sequence_variant", Impact::Modifier),
    ("5_prime_UTR_variant", Impact::Modifier),
    ("3_prime_UTR_variant", Impact::Modifier),
    ("non_coding_transcript_exon_variant", Impact::Modifier),
    ("intron_variant", Impact::Modifier),
    ("NMD_transcript_variant", Impact::Modifier),
    ("non_coding_transcript_variant", Impact::Modifier),
    ("coding_transcript_variant", Impact::Modifier),
    ("upstream_gene_variant", Impact::Modifier),
    ("downstream_gene_variant", Impact::Modifier),
    ("intergenic_variant", Impact::Modifier),
];

/// Names of all terms, the most severe first.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TERMS.iter().map(|(name, _)| *name)
}

impl Term {
    pub(crate) const TRANSCRIPT_ABLATION: Self = Self(0);
    pub(crate) const SPLICE_ACCEPTOR: Self = Self(1);
    pub(crate) const SPLICE_DONOR: Self = Self(2);
    pub(crate) const STOP_GAINED: Self = Self(3);
    pub(crate) const FRAMESHIFT: Self = Self(4);
    pub(crate) const STOP_LOST: Self = Self(5);
    pub(crate) const START_LOST: Self = Self(6);
    pub(crate) const INFRAME_INSERTION: Self = Self(10);
    pub(crate) const INFRAME_DELETION: Self = Self(11);
    pub(crate) const MISSENSE: Self = Self(12);
    pub(crate) const PROTEIN_ALTERING: Self = Self(13);
    pub(crate) const DONOR_5TH_BASE: Self = Self(14);
    pub(crate) const SPLICE_REGION: Self = Self(15);
    pub(crate) const DONOR_REGION: Self = Self(16);
    pub(crate) const POLYPYRIMIDINE: Self = Self(17);
    pub(crate) const INCOMPLETE_TERMINAL_CODON: Self = Self(18);
    pub(crate) const START_RETAINED: Self = Self(19);
    pub(crate) const STOP_RETAINED: Self = Self(20);
    pub(crate) const SYNONYMOUS: Self = Self(21);
    pub(crate) const CODING_SEQUENCE: Self = Self(22);
    pub(crate) const FIVE_PRIME_UTR: Self = Self(23);
    pub(crate) const THREE_PRIME_UTR: Self = Self(24);
    pub(crate) const NON_CODING_EXON: Self = Self(25);
    pub(crate) const INTRON: Self = Self(26);
    pub(crate) const NMD: Self = Self(27);
    pub(crate) const NON_CODING: Self = Self(28);
    pub(crate) const CODING_TRANSCRIPT: Self = Self(29);
    pub(crate) const UPSTREAM: Self = Self(30);
    pub(crate) const DOWNSTREAM: Self = Self(31);
    pub(crate) const INTERGENIC: Self = Self(32);

    /// Its place in the order of severity.
    pub(crate) fn rank(self) -> u32 {
        self.0.into()
    }

    pub(crate) fn of_rank(rank: u32) -> Option<Self> {
        u8::try_from(rank).ok().filter(|rank| usize::from(*rank) < TERMS.len()).map(Self)
    }

    /// The term of a name.
    ///
    /// ```
    /// use wgs_annotate::{Impact, Term};
    /// let term = Term::parse("stop_gained").expect("a term");
    /// assert_eq!(term.impact(), Impact::High);
    /// assert!(Term::parse("missense_variant") > Some(term), "less severe");
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        TERMS.iter().position(|(term, _)| *term == name).map(|place| Self(place as u8))
    }

    /// The term's name.
    pub fn name(self) -> &'static str {
        TERMS[usize::from(self.0)].0
    }

    /// Its impact.
    pub fn impact(self) -> Impact {
        TERMS[usize::from(self.0)].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_at_their_places() {
        for (term, name) in [
            (Term::TRANSCRIPT_ABLATION, "transcript_ablation"),
            (Term::SPLICE_ACCEPTOR, "splice_acceptor_variant"),
            (Term::SPLICE_DONOR, "splice_donor_variant"),
            (Term::STOP_GAINED, "stop_gained"),
            (Term::FRAMESHIFT, "frameshift_variant"),
            (Term::STOP_LOST, "stop_lost"),
            (Term::START_LOST, "start_lost"),
            (Term::INFRAME_INSERTION, "inframe_insertion"),
            (Term::INFRAME_DELETION, "inframe_deletion"),
            (Term::MISSENSE, "missense_variant"),
            (Term::PROTEIN_ALTERING, "protein_altering_variant"),
            (Term::DONOR_5TH_BASE, "splice_donor_5th_base_variant"),
            (Term::SPLICE_REGION, "splice_region_variant"),
            (Term::DONOR_REGION, "splice_donor_region_variant"),
            (Term::POLYPYRIMIDINE, "splice_polypyrimidine_tract_variant"),
            (Term::INCOMPLETE_TERMINAL_CODON, "incomplete_terminal_codon_variant"),
            (Term::START_RETAINED, "start_retained_variant"),
            (Term::STOP_RETAINED, "stop_retained_variant"),
            (Term::SYNONYMOUS, "synonymous_variant"),
            (Term::CODING_SEQUENCE, "coding_sequence_variant"),
            (Term::FIVE_PRIME_UTR, "5_prime_UTR_variant"),
            (Term::THREE_PRIME_UTR, "3_prime_UTR_variant"),
            (Term::NON_CODING_EXON, "non_coding_transcript_exon_variant"),
            (Term::INTRON, "intron_variant"),
            (Term::NMD, "NMD_transcript_variant"),
            (Term::NON_CODING, "non_coding_transcript_variant"),
            (Term::CODING_TRANSCRIPT, "coding_transcript_variant"),
            (Term::UPSTREAM, "upstream_gene_variant"),
            (Term::DOWNSTREAM, "downstream_gene_variant"),
            (Term::INTERGENIC, "intergenic_variant"),
        ] {
            assert_eq!(term.name(), name);
            assert_eq!(Term::parse(name), Some(term));
        }
    }
}
