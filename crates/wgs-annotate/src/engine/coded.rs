//! The codons and amino acids that a change touches, before and after it.

use super::{
    change::{Alleles, Change},
    edited::Edited,
    locus::{CODON, Locus, Sequences},
    span::Spans,
};

/// The codons that a change touches, before and after it; both ends of it are coding.
#[derive(Debug)]
pub(crate) struct Coded<'a> {
    /// The coding sequence with the change, and what follows.
    pub(crate) edited: Edited<'a>,
    pub(crate) codons_before: &'a [u8],
    pub(crate) codons_after: Vec<u8>,
    /// `None` where alleles hold letters other than bases.
    pub(crate) amino_acids: Option<AminoAcids>,
}

/// Amino acids before and after; what is left of a codon is `X`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AminoAcids {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

impl<'a> Coded<'a> {
    /// `None` unless both ends are coding.
    pub(crate) fn of(
        locus: &Locus,
        sequences: &'a Sequences,
        span: &Spans,
        alleles: &'a Alleles,
    ) -> Option<Self> {
        Self::inserting(locus, sequences, span, &alleles.reference, &alleles.alternate)
    }

    /// With the bases that are put in place of those of the span.
    pub(crate) fn inserting(
        locus: &Locus,
        sequences: &'a Sequences,
        span: &Spans,
        reference: &[u8],
        alternate: &'a [u8],
    ) -> Option<Self> {
        let ((first, last), (first_codon, last_codon)) = (span.cds.both()?, span.protein.both()?);
        let coding = sequences.coding();
        let start = usize::try_from((first_codon - 1) * CODON as i64).ok()?;
        let length = usize::try_from((last_codon - first_codon + 1) * CODON as i64).ok()?;
        let replaced = usize::try_from(last - first + 1).ok()?;
        let at = usize::try_from(first - 1).ok()?;
        let edited = Edited::new(sequences.coding_and_after(), at, replaced, alternate);
        let codons_before = coding.get(start..(start + length).min(coding.len()))?;
        let codons_after = edited.slice(start, length + alternate.len() - replaced);
        let known = |bases: &[u8]| bases.iter().all(|base| b"ACGT".contains(base));
        let amino_acids = (known(reference) && known(alternate)).then(|| AminoAcids {
            before: {
                let mut before = amino_acids(locus, codons_before);
                for (index, stop) in before.iter_mut().enumerate().filter(|(_, a)| **a == b'*') {
                    if locus.is_selenocysteine(start / CODON + index) {
                        *stop = b'U';
                    }
                }
                before
            },
            after: amino_acids(locus, &codons_after),
        });
        Some(Self { edited, codons_before, codons_after, amino_acids })
    }

    /// `R/*`: before and after, or one where they are the same; `-` for none.
    pub(crate) fn amino_acids(&self) -> Option<String> {
        let AminoAcids { before, after } = self.amino_acids.as_ref()?;
        let mut text = String::with_capacity(before.len() + after.len() + 2);
        push(&mut text, before);
        if before != after {
            text.push('/');
            push(&mut text, after);
        }
        Some(text)
    }

    /// `Cga/Tga`: in capitals what differs.
    pub(crate) fn shown_codons(
        &self,
        locus: &Locus,
        span: &Spans,
        change: &Change,
    ) -> Option<String> {
        let coding = locus.coding?;
        let from = span.cdna.first? - 1 - coding.start + coding.missing;
        let from = from.rem_euclid(CODON as i64) as usize;
        let mut text = String::with_capacity(self.codons_before.len() * 2 + 8);
        let sides = [
            (self.codons_before, change.forward.reference.len()),
            (&self.codons_after, change.forward.alternate.len()),
        ];
        for (codons, length) in sides {
            if !text.is_empty() {
                text.push('/');
            }
            if codons.is_empty() {
                text.push('-');
            }
            for (at, base) in codons.iter().enumerate() {
                let changed = (from..from + length).contains(&at);
                let base = if changed { *base } else { base.to_ascii_lowercase() };
                text.push(char::from(base));
            }
        }
        Some(text)
    }
}

fn push(text: &mut String, amino_acids: &[u8]) {
    text.extend(amino_acids.iter().map(|amino_acid| char::from(*amino_acid)));
    if amino_acids.is_empty() {
        text.push('-');
    }
}

/// Whole codons, and `X` for what is left of one (not behind a lone stop).
fn amino_acids(locus: &Locus, codons: &[u8]) -> Vec<u8> {
    let mut amino_acids = locus.code().translate(codons);
    if !codons.len().is_multiple_of(CODON) && amino_acids != b"*" {
        amino_acids.push(b'X');
    }
    amino_acids
}
