//! What curators call an alteration of a gene (`V600`, `Exon 19 deletion`, `Loss-of-function`), and
//! whether a small variant is one.

use super::protein::{ProteinChange, Residue};

/// An alteration of a gene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// A change of the protein.
    Protein(ProteinChange),
    /// A name on a transcript without its accession (`c.340+1G>A`).
    Coding(String),
    /// Any substitution of a residue.
    Residue(Residue),
    /// A change within an exon of the transcript that stands for the gene, counted from 1.
    Exon(u32, ExonChange),
    /// A product cut short: stop or frameshift.
    Truncating,
    /// A frameshift.
    Frameshift,
    /// Whatever takes the function: truncating, at a splice site, or without start.
    LossOfFunction,
    /// Any change of the protein or of a splice site.
    Any,
    /// Nothing that a small variant decides: an amplification, a fusion, expression.
    NotSmall,
    /// A name that is not understood.
    Unknown,
}

/// What happens to an exon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExonChange {
    /// Any change of the protein.
    Any,
    /// Residues are lost in frame.
    Deletion,
    /// Residues are added in frame.
    Insertion,
    /// A splice site of the exon is lost.
    Skipping,
}

/// Words of names that small variants cannot decide.
const NOT_SMALL: [&str; 20] = [
    "AMPLIFICATION",
    "FUSION",
    "FUSIONS",
    "REARRANGEMENT",
    "TRANSLOCATION",
    "EXPRESSION",
    "OVEREXPRESSION",
    "UNDEREXPRESSION",
    "METHYLATION",
    "HYPERMETHYLATION",
    "COPY",
    "LOSS",
    "DELETION",
    "GAIN",
    "WILDTYPE",
    "WILD",
    "BIALLELIC",
    "LEVELS",
    "PHOSPHORYLATION",
    "HETEROZYGOSITY",
];

impl Alteration {
    /// The alterations that a name holds; a variant that is any one of them fits. Names with several
    /// (`G12/G13`, `V600E/K`) give several; what is not understood gives [`Alteration::Unknown`].
    ///
    /// ```
    /// use wgs_interpret::cancer::{Alteration, ExonChange};
    /// assert_eq!(Alteration::parse("EXON 19 DELETION"), [Alteration::Exon(19, ExonChange::Deletion)]);
    /// assert_eq!(Alteration::parse("Amplification"), [Alteration::NotSmall]);
    /// ```
    pub fn parse(name: &str) -> Vec<Self> {
        let name = name.trim();
        if let Some((protein, coding)) = name.split_once(" (c.") {
            let coding = Self::Coding(format!("c.{}", coding.trim_end_matches(')').trim()));
            let protein = Self::parse(protein).into_iter();
            return protein.filter(|a| matches!(a, Self::Protein(_))).chain([coding]).collect();
        }
        if name.starts_with("c.") && !name.contains(' ') {
            return vec![Self::Coding(name.to_owned())];
        }
        let words = name.to_ascii_uppercase().replace(['-', ','], " ");
        let words: Vec<&str> = words.split_whitespace().collect();
        if let Some(one) = Self::of_words(&words) {
            return vec![one];
        }
        let places = match words.as_slice() {
            [place] | [place, "MUTATION" | "MUTATIONS"] => of_places(place),
            _ => None,
        };
        places.unwrap_or_else(|| vec![Self::Unknown])
    }

    fn of_words(words: &[&str]) -> Option<Self> {
        match words {
            ["MUTATION" | "MUTATIONS" | "ALTERATION" | "VARIANT"] => Some(Self::Any),
            ["TRUNCATING"] | ["TRUNCATING", "MUTATION" | "MUTATIONS"] | ["TRUNCATION"] => {
                Some(Self::Truncating)
            }
            ["FRAMESHIFT"]
            | ["FRAMESHIFT", "MUTATION" | "VARIANT"]
            | ["FRAMESHIFT" | "FRAME", "TRUNCATION"]
            | ["FRAME", "SHIFT"] => Some(Self::Frameshift),
            ["LOSS", "OF", "FUNCTION"]
            | ["LOSS", "OF", "FUNCTION", "MUTATION" | "VARIANT"]
            | ["LOF"]
            | ["INACTIVATING" | "DELETERIOUS", "MUTATION" | "MUTATIONS"]
            | ["INACTIVATION"] => Some(Self::LossOfFunction),
            ["EXON" | "EX", number, rest @ ..] => Some(Self::of_exon(number, rest)),
            [one] => match ProteinChange::parse(one) {
                Some(ProteinChange::Place(first, last)) if first == last => {
                    Some(Self::Residue(first))
                }
                Some(ProteinChange::Place(..)) | None => None,
                Some(change) => Some(Self::Protein(change)),
            },
            _ => None,
        }
        .or_else(|| {
            words
                .iter()
                .any(|word| NOT_SMALL.contains(word) || word.contains("::"))
                .then_some(Self::NotSmall)
        })
    }

    fn of_exon(number: &str, rest: &[&str]) -> Self {
        let change = match rest {
            ["MUTATION" | "MUTATIONS"] => ExonChange::Any,
            ["DELETION" | "DELETIONS" | "DEL"] => ExonChange::Deletion,
            ["INSERTION" | "INSERTIONS" | "INS"] => ExonChange::Insertion,
            ["SKIPPING"] | ["SKIPPING", "MUTATION" | "MUTATIONS"] => ExonChange::Skipping,
            _ => return Self::Unknown,
        };
        number.parse().map_or(Self::Unknown, |number| Self::Exon(number, change))
    }

    /// Whether small variants can say yes or no to it.
    pub fn is_decidable(&self) -> bool {
        !matches!(self, Self::NotSmall | Self::Unknown)
    }
}

/// `G12/G13`, `V600E/K`, `V600E/V600K`.
fn of_places(text: &str) -> Option<Vec<Alteration>> {
    let mut found: Vec<Alteration> = Vec::new();
    let mut base: Option<Residue> = None;
    for part in text.split('/') {
        let one = Alteration::of_words(&[part]);
        let one = match (one, base, part.as_bytes()) {
            (Some(one @ (Alteration::Protein(_) | Alteration::Residue(_))), ..) => one,
            (_, Some(residue), &[letter]) => {
                let (acid, number) = (char::from(residue.amino_acid), residue.position);
                let name = format!("{acid}{number}{}", char::from(letter));
                Alteration::Protein(ProteinChange::parse(&name)?)
            }
            _ => return None,
        };
        if let Alteration::Protein(ProteinChange::Substitution(residue, _)) = &one {
            base = Some(*residue);
        }
        found.push(one);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protein(name: &str) -> Alteration {
        Alteration::Protein(ProteinChange::parse(name).unwrap())
    }

    fn residue(amino_acid: u8, position: u32) -> Alteration {
        Alteration::Residue(Residue { amino_acid, position })
    }

    #[test]
    fn names_as_curators_write_them() {
        for (name, expected) in [
            ("V600E", vec![protein("V600E")]),
            ("V600", vec![residue(b'V', 600)]),
            ("V600 Mutation", vec![residue(b'V', 600)]),
            ("G12/G13", vec![residue(b'G', 12), residue(b'G', 13)]),
            ("V600E/K", vec![protein("V600E"), protein("V600K")]),
            ("R1772* (c.5314C>T)", vec![protein("R1772*"), Alteration::Coding("c.5314C>T".into())]),
            ("Splice Site (c.340+1G>A)", vec![Alteration::Coding("c.340+1G>A".into())]),
            ("EXON 19 DELETION", vec![Alteration::Exon(19, ExonChange::Deletion)]),
            ("Exon 14 Skipping Mutation", vec![Alteration::Exon(14, ExonChange::Skipping)]),
            ("Exon 11 Mutation", vec![Alteration::Exon(11, ExonChange::Any)]),
            ("Truncating Mutation", vec![Alteration::Truncating]),
            ("FRAMESHIFT TRUNCATION", vec![Alteration::Frameshift]),
            ("LOSS-OF-FUNCTION", vec![Alteration::LossOfFunction]),
            ("Mutation", vec![Alteration::Any]),
        ] {
            assert_eq!(Alteration::parse(name), expected, "{name}");
        }
    }

    #[test]
    fn what_small_variants_cannot_decide() {
        for name in
            ["Amplification", "Overexpression", "Deletion", "Loss", "EML4::ALK Fusion", "Wildtype"]
        {
            assert_eq!(Alteration::parse(name), [Alteration::NotSmall], "{name}");
        }
        for name in
            ["", "Kinase domain mutation", "Internal tandem duplication", "Exon X", "E746_A750"]
        {
            assert_eq!(Alteration::parse(name), [Alteration::Unknown], "{name}");
        }
    }
}
