//! Changes of proteins, as HGVS names them (`p.Val600Glu`) and as curators write them (`V600E`).

/// Three-letter names of the amino acids with their letters; `Ter` is a stop.
const NAMES: [(&str, u8); 24] = [
    ("ALA", b'A'),
    ("ARG", b'R'),
    ("ASN", b'N'),
    ("ASP", b'D'),
    ("CYS", b'C'),
    ("GLN", b'Q'),
    ("GLU", b'E'),
    ("GLY", b'G'),
    ("HIS", b'H'),
    ("ILE", b'I'),
    ("LEU", b'L'),
    ("LYS", b'K'),
    ("MET", b'M'),
    ("PHE", b'F'),
    ("PRO", b'P'),
    ("PYL", b'O'),
    ("SEC", b'U'),
    ("SER", b'S'),
    ("TER", b'*'),
    ("THR", b'T'),
    ("TRP", b'W'),
    ("TYR", b'Y'),
    ("VAL", b'V'),
    ("XAA", b'X'),
];
const LETTERS: &[u8] = b"ACDEFGHIKLMNOPQRSTUVWY*";

/// One amino acid of the reference protein.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residue {
    /// Its letter; `*` is the stop.
    pub amino_acid: u8,
    /// Its number, from 1.
    pub position: u32,
}

/// What becomes of the residues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProteinChange {
    /// One amino acid becomes another (`V600E`).
    Substitution(Residue, u8),
    /// One becomes a stop (`R1772*`).
    Nonsense(Residue),
    /// It stays as it is (`L858=`).
    Synonymous(Residue),
    /// The frame shifts from here on (`W288fs`); with what follows is not compared.
    Frameshift(Residue),
    /// These residues, first and last, are lost (`E746_A750del`).
    Deletion(Residue, Residue),
    /// They are there twice (`Y772_A775dup`).
    Duplication(Residue, Residue),
    /// Between these two stand others (`D770_N771insSVD`); empty if it is not told which.
    Insertion(Residue, Residue, String),
    /// They become others (`L747_P753delinsS`).
    Replacement(Residue, Residue, String),
    /// The stop is lost (`*394Rext*9`).
    Extension(Residue),
    /// The first codon is lost (`M1?`).
    StartLost,
    /// Nothing but the place is told (`V600`, `E746_A750`).
    Place(Residue, Residue),
}

impl ProteinChange {
    /// Reads a name, with or without accession, `p.` and parentheses, in one or three letters.
    ///
    /// ```
    /// use wgs_interpret::cancer::ProteinChange;
    /// let named = ProteinChange::parse("ENSP00000493543.1:p.Val600Glu");
    /// assert!(named.is_some());
    /// assert_eq!(named, ProteinChange::parse("V600E"));
    /// assert_eq!(ProteinChange::parse("Amplification"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.rsplit(':').next()?.trim();
        let name = name.strip_prefix("p.").unwrap_or(name);
        let name = name.trim_start_matches('(').trim_end_matches(')').to_ascii_uppercase();
        let (first, rest) = residue(&name)?;
        if rest == "?" {
            return (first.position == 1).then_some(Self::StartLost);
        }
        match rest.strip_prefix('_') {
            Some(second) => {
                let (last, rest) = residue(second)?;
                (last.position >= first.position).then(|| Self::of_range(first, last, rest))?
            }
            None => Self::of_one(first, rest).or_else(|| Self::of_range(first, first, rest)),
        }
    }

    fn of_one(residue: Residue, rest: &str) -> Option<Self> {
        if rest == "=" {
            return Some(Self::Synonymous(residue));
        }
        let (new, tail) = match amino_acid(rest) {
            Some((new, tail)) => (Some(new), tail),
            None => (None, rest),
        };
        match (new, tail) {
            _ if residue.amino_acid == b'*' => {
                (tail.starts_with("EXT") || new.is_some()).then_some(Self::Extension(residue))
            }
            (_, tail) if tail.starts_with("FS") => Some(Self::Frameshift(residue)),
            // In one letter `F` and what follows it: `W288FS`.
            (Some(b'F'), tail) if tail.starts_with('S') => Some(Self::Frameshift(residue)),
            (Some(b'*' | b'X'), "") => Some(Self::Nonsense(residue)),
            (Some(new), "") if new == residue.amino_acid => Some(Self::Synonymous(residue)),
            (Some(new), "") => Some(Self::Substitution(residue, new)),
            _ => None,
        }
    }

    fn of_range(first: Residue, last: Residue, rest: &str) -> Option<Self> {
        if let Some(new) = rest.strip_prefix("DELINS") {
            return Some(Self::Replacement(first, last, amino_acids(new)?));
        }
        if let Some(new) = rest.strip_prefix("INS") {
            let adjacent = last.position == first.position + 1;
            return adjacent.then(|| Some(Self::Insertion(first, last, inserted(new))))?;
        }
        match rest {
            "" => Some(Self::Place(first, last)),
            _ if rest.starts_with("DEL") => {
                amino_acids(&rest[3..]).map(|_| Self::Deletion(first, last))
            }
            _ if rest.starts_with("DUP") => {
                amino_acids(&rest[3..]).map(|_| Self::Duplication(first, last))
            }
            _ => None,
        }
    }

    /// First and last residue that it names, from 1.
    pub fn positions(&self) -> (u32, u32) {
        match self {
            Self::Substitution(one, _)
            | Self::Nonsense(one)
            | Self::Synonymous(one)
            | Self::Frameshift(one)
            | Self::Extension(one) => (one.position, one.position),
            Self::Deletion(first, last)
            | Self::Duplication(first, last)
            | Self::Insertion(first, last, _)
            | Self::Replacement(first, last, _)
            | Self::Place(first, last) => (first.position, last.position),
            Self::StartLost => (1, 1),
        }
    }

    /// The amino acid of the reference that the name begins with.
    pub fn reference(&self) -> u8 {
        match self {
            Self::Substitution(one, _)
            | Self::Nonsense(one)
            | Self::Synonymous(one)
            | Self::Frameshift(one)
            | Self::Extension(one)
            | Self::Deletion(one, _)
            | Self::Duplication(one, _)
            | Self::Insertion(one, ..)
            | Self::Replacement(one, ..)
            | Self::Place(one, _) => one.amino_acid,
            Self::StartLost => b'M',
        }
    }

    /// Whether residues are lost, and others may stand in their place, in frame.
    pub fn loses_residues(&self) -> bool {
        match self {
            Self::Deletion(..) => true,
            Self::Replacement(first, last, new) => {
                !new.contains('*') && (new.len() as u32) < last.position - first.position + 1
            }
            _ => false,
        }
    }

    /// Whether there are more residues than before, in frame.
    pub fn gains_residues(&self) -> bool {
        match self {
            Self::Duplication(..) => true,
            Self::Insertion(_, _, new) => !new.contains('*'),
            Self::Replacement(first, last, new) => {
                !new.contains('*') && (new.len() as u32) > last.position - first.position + 1
            }
            _ => false,
        }
    }
}

/// An amino acid and its number at the start of a name in capitals, and the rest.
fn residue(text: &str) -> Option<(Residue, &str)> {
    let (amino_acid, rest) = amino_acid(text)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let position = rest[..digits].parse().ok().filter(|&position| position > 0)?;
    Some((Residue { amino_acid, position }, &rest[digits..]))
}

/// An amino acid at the start: three letters if they are the name of one, else one.
fn amino_acid(text: &str) -> Option<(u8, &str)> {
    if let Some(three) = text.get(..3)
        && let Some((_, letter)) = NAMES.iter().find(|(name, _)| *name == three)
    {
        return Some((*letter, &text[3..]));
    }
    let first = *text.as_bytes().first()?;
    (LETTERS.contains(&first) || first == b'X').then(|| (first, &text[1..]))
}

/// A sequence in three-letter names or letters; letters where it could be either.
fn amino_acids(mut text: &str) -> Option<String> {
    let three = text.len().is_multiple_of(3)
        && text.as_bytes().chunks(3).all(|c| NAMES.iter().any(|(name, _)| name.as_bytes() == c));
    let mut letters = String::new();
    while !text.is_empty() {
        let (letter, rest) = match three {
            true => amino_acid(text)?,
            false => (*text.as_bytes().first().filter(|b| LETTERS.contains(b))?, &text[1..]),
        };
        letters.push(char::from(letter));
        text = rest;
    }
    Some(letters)
}

/// Inserted residues; nothing if they are only counted (`ins5`).
fn inserted(text: &str) -> String {
    amino_acids(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{ProteinChange::*, *};

    fn parse(name: &str) -> Option<ProteinChange> {
        ProteinChange::parse(name)
    }

    fn at(amino_acid: u8, position: u32) -> Residue {
        Residue { amino_acid, position }
    }

    #[test]
    fn both_ways_of_writing_are_the_same() {
        for (hgvs, short) in [
            ("ENSP1.2:p.Val600Glu", "V600E"),
            ("p.Arg1772Ter", "R1772*"),
            ("p.Arg1772Ter", "R1772X"),
            ("p.Glu746_Ala750del", "E746_A750DEL"),
            ("p.Glu746_Ala750del", "E746_A750delELREA"),
            ("p.Leu747_Pro753delinsSer", "L747_P753delinsS"),
            ("p.Asp770_Asn771insSerValAsp", "D770_N771insSVD"),
            ("p.Trp288CysfsTer12", "W288fs"),
            ("p.Trp288CysfsTer12", "W288FS"),
            ("p.(Tyr772_Ala775dup)", "Y772_A775dup"),
            ("p.Leu858=", "L858L"),
            ("p.Ter394ArgextTer9", "*394Rext*9"),
            ("p.Met1?", "M1?"),
            ("p.Phe508del", "F508del"),
        ] {
            assert!(parse(hgvs).is_some(), "{hgvs}");
            assert_eq!(parse(hgvs), parse(short), "{hgvs} {short}");
        }
    }

    #[test]
    fn kinds() {
        assert_eq!(parse("V600"), Some(Place(at(b'V', 600), at(b'V', 600))));
        assert_eq!(parse("V600E"), Some(Substitution(at(b'V', 600), b'E')));
        assert_eq!(parse("S65F"), Some(Substitution(at(b'S', 65), b'F')));
        assert_eq!(parse("p.Gly12Phe"), Some(Substitution(at(b'G', 12), b'F')));
        assert_eq!(
            parse("D770_N771ins5"),
            Some(Insertion(at(b'D', 770), at(b'N', 771), "".into()))
        );
        assert_eq!(parse("A750delinsSP").map(|c| c.gains_residues()), Some(true));
        assert_eq!(parse("L747_P753delinsS").map(|c| c.loses_residues()), Some(true));
        assert_eq!(parse("L747_P748delins*").map(|c| c.loses_residues()), Some(false));
        assert_eq!(parse("E746_A750del").map(|c| c.positions()), Some((746, 750)));
    }

    #[test]
    fn other_words_are_no_changes() {
        for name in [
            "",
            "Amplification",
            "EXON 19 DELETION",
            "G12/G13",
            "V600E/K",
            "Mutation",
            "D0G",
            "A750_E746del",
            "D770_N775insG",
            "p.?",
            "T",
            "V600EX",
            "Loss",
            "É600F",
            "V99999999999E",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
