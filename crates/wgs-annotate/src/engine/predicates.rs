//! What the codons before and after a change mean (`Utils/VariationEffect.pm`): stops, starts,
//! frames. Each is what VEP's function of that purpose tells, with the order in which they exclude
//! each other.

use super::{
    change::Change,
    coded::{AminoAcids, Coded},
    edited::Edited,
    locus::{CODON, Locus, Sequences},
    span::Spans,
};

/// What a change does to a coding sequence.
#[derive(Debug, Default)]
pub(crate) struct Predicates<'a> {
    pub(crate) amino_acids: Option<&'a AminoAcids>,
    /// It lies in what is left of a codon at the end.
    pub(crate) partial_codon: bool,
    pub(crate) stop_lost: bool,
    pub(crate) stop_retained: bool,
    pub(crate) stop_gained: bool,
    pub(crate) start_lost: bool,
    pub(crate) start_retained: bool,
    pub(crate) frameshift: bool,
    pub(crate) inframe_insertion: bool,
    pub(crate) inframe_deletion: bool,
}

impl<'a> Predicates<'a> {
    pub(crate) fn of(
        locus: &Locus,
        sequences: Option<&'a Sequences>,
        span: &Spans,
        coded: Option<&'a Coded<'a>>,
        change: &Change,
    ) -> Self {
        let Some(sequences) = sequences else { return Self::default() };
        let context = Context { locus, sequences, span, coded, change };
        let mut found = Self {
            amino_acids: coded.and_then(|coded| coded.amino_acids.as_ref()),
            partial_codon: is_partial(sequences, span),
            ..Self::default()
        };
        found.add_stops(&context);
        found.frameshift = found.shifts_frame(span, change.forward.alternate.len() as i64);
        found.start_retained = context.start_retained();
        found.inframe_deletion = found.is_inframe_deletion(&context);
        found.start_lost = found.loses_start(&context);
        found.inframe_insertion = !found.start_lost && found.is_inframe_insertion(&context);
        found
    }

    fn add_stops(&mut self, context: &Context<'_>) {
        let altered = || context.stop_altered();
        let has_stop = |amino_acids: &[u8]| amino_acids.contains(&b'*');
        self.stop_lost = match self.amino_acids {
            Some(AminoAcids { before, after }) => !has_stop(after) && has_stop(before),
            None => altered() == Some(true),
        };
        if self.partial_codon || self.stop_lost {
            self.stop_retained = false;
        } else if let Some(amino_acids) = self.amino_acids.filter(|a| !a.after.is_empty()) {
            self.stop_retained = retains_stop(context, amino_acids);
        } else {
            self.stop_retained = !context.change.keeps_length()
                && context.overlaps_stop()
                && altered() != Some(true);
        }
        self.stop_gained = !self.stop_retained
            && self.amino_acids.is_some_and(|a| has_stop(&a.after) && !has_stop(&a.before));
    }

    /// Whether as many bases, up to whole codons, come as go from these positions.
    pub(crate) fn shifts_frame(&self, span: &Spans, alternate: i64) -> bool {
        let Some((first, last)) = span.cds.both() else { return false };
        !self.partial_codon && !self.stop_retained && (alternate - (last - first + 1)) % 3 != 0
    }

    fn is_inframe_deletion(&self, context: &Context<'_>) -> bool {
        let Some(coded) = context.coded.filter(|_| !self.partial_codon && !self.frameshift) else {
            return false;
        };
        let (before, after) = (coded.codons_before, coded.codons_after.as_slice());
        if after.len() >= before.len() {
            return false;
        }
        if before.starts_with(after) || before.ends_with(after) {
            return true;
        }
        let left = before.iter().zip(after).take_while(|(b, a)| b == a).count();
        let (before, after) = (&before[left..], &after[left..]);
        let ends = before.iter().rev().zip(after.iter().rev());
        let right = ends.take_while(|(b, a)| b == a).count();
        right == after.len() && (before.len() - right).is_multiple_of(CODON)
    }

    /// Without regard to whether the start is lost.
    fn is_inframe_insertion(&self, context: &Context<'_>) -> bool {
        let Some(coded) = context.coded.filter(|_| !self.frameshift) else { return false };
        if coded.codons_after.len() <= coded.codons_before.len() {
            return false;
        }
        let Some(AminoAcids { before, after }) = self.amino_acids else { return false };
        if self.start_retained && after.ends_with(before) {
            return false;
        }
        let stop = after.iter().position(|a| *a == b'*').map_or(after.len(), |stop| stop + 1);
        let after = &after[..stop];
        after.starts_with(before) || after.ends_with(before)
    }

    fn loses_start(&self, context: &Context<'_>) -> bool {
        if !context.overlaps_start() {
            return false;
        }
        let in_frame = || self.is_inframe_insertion(context) || self.inframe_deletion;
        if context.start_moved() == Some(true) && !in_frame() {
            return true;
        }
        if context.start_replaced() {
            return true;
        }
        let Some(AminoAcids { before, after }) = self.amino_acids else { return false };
        !before.is_empty()
            && !after.is_empty()
            && after != b"X"
            && context.span.protein.first == Some(1)
            && !after.ends_with(before)
            && !after.starts_with(before)
    }
}

/// Whether the codon that a change begins in is not whole.
fn is_partial(sequences: &Sequences, span: &Spans) -> bool {
    let Some(codon) = span.protein.first else { return false };
    let left = sequences.coding().len() as i64 - (codon - 1) * CODON as i64;
    (1..CODON as i64).contains(&left)
}

/// Whether the protein ends as before: the stop is where it was, or up to two amino acids later
/// with the protein before it unchanged, or behind the amino acid that is there already.
fn retains_stop(context: &Context<'_>, amino_acids: &AminoAcids) -> bool {
    let AminoAcids { before, after } = amino_acids;
    if before == b"X" && after == b"X" {
        return false;
    }
    let Some((first, last)) = context.span.protein.both() else { return false };
    let protein = &context.sequences.protein;
    let (Ok(first), Ok(last)) = (usize::try_from(first - 1), usize::try_from(last)) else {
        return false;
    };
    if first >= protein.len() && after.starts_with(b"*") {
        return true;
    }
    let stop = |amino_acids: &[u8]| amino_acids.iter().position(|a| *a == b'*');
    if after.contains(&b'*') && before.len() <= 1 && after.starts_with(before) && !before.is_empty()
    {
        return true;
    }
    if stop(before).is_some() && stop(before) == stop(after) {
        return true;
    }
    let first = first.min(protein.len());
    let rest = &protein[last.clamp(first, protein.len())..];
    let (old, new) = (protein.len(), first + after.len() + rest.len());
    (1..=2).contains(&new.saturating_sub(old))
        && Edited::new(protein, first, last.saturating_sub(first), after)
            .has_at(first, &protein[first..])
}

/// A change on a coding transcript.
struct Context<'a> {
    locus: &'a Locus,
    sequences: &'a Sequences,
    span: &'a Spans,
    coded: Option<&'a Coded<'a>>,
    change: &'a Change,
}

impl Context<'_> {
    /// Whether positions of the transcript (first and last, 1-based) are among those of the change.
    fn overlaps(&self, first: i64, last: i64) -> bool {
        self.span.cdna.both().is_some_and(|(from, to)| to >= first && from <= last)
    }

    fn overlaps_start(&self) -> bool {
        let Some(coding) = self.locus.coding else { return false };
        !self.locus.start_missing && self.overlaps(coding.start + 1, coding.start + 3)
    }

    fn overlaps_stop(&self) -> bool {
        let Some(coding) = self.locus.coding else { return false };
        !self.locus.end_missing && self.overlaps(coding.end - 2, coding.end)
    }

    fn alternate(&self) -> &[u8] {
        &self.change.oriented(self.locus.strand).alternate
    }

    /// The bases up to the end of the coding sequence, with the change.
    fn before_and_coding_edited(&self) -> Option<Edited<'_>> {
        let (first, last) = self.span.cdna.both()?;
        let (at, length) = (usize::try_from(first - 1).ok()?, usize::try_from(last - first + 1));
        let whole = self.sequences.before_and_coding();
        Some(Edited::new(whole, at, length.ok()?, self.alternate()))
    }

    /// Whether a change of length alters the start: unless the bases before the coding sequence
    /// and a start codon after them stay, all of the coding sequence must.
    fn start_moved(&self) -> Option<bool> {
        if !self.change.is_named() || self.change.keeps_length() || !self.overlaps_start() {
            return None;
        }
        let edited = self.before_and_coding_edited()?;
        let (before, coding) = (self.sequences.before(), self.sequences.coding());
        let stays =
            !before.is_empty() && edited.has_at(0, before) && edited.has_at(before.len(), b"ATG");
        Some(
            !stays
                && !edited
                    .len()
                    .checked_sub(coding.len())
                    .is_some_and(|at| edited.has_at(at, coding)),
        )
    }

    /// Whether what comes to lie where the start codon was, behind an untranslated region, is
    /// another codon.
    fn start_replaced(&self) -> bool {
        let before = self.sequences.before();
        let last = self.span.cdna.last.unwrap_or_default();
        if !self.change.is_named()
            || before.is_empty()
            || last > self.sequences.before_and_coding().len() as i64
        {
            return false;
        }
        self.before_and_coding_edited().is_some_and(|edited| !edited.has_at(before.len(), b"ATG"))
    }

    fn start_retained(&self) -> bool {
        if !self.overlaps_start() {
            return false;
        }
        if !self.change.keeps_length() {
            return self.start_moved() != Some(true);
        }
        if !self.change.is_named() {
            return false;
        }
        let coding = self.sequences.coding().len();
        let is_start = |edited: Edited<'_>| {
            edited.len().checked_sub(coding).is_some_and(|at| edited.has_at(at, b"ATG"))
        };
        self.before_and_coding_edited().is_some_and(is_start)
    }

    /// Whether a change of length at the stop codon puts another codon in its place.
    fn stop_altered(&self) -> Option<bool> {
        if !self.change.is_named() || self.change.keeps_length() || !self.overlaps_stop() {
            return None;
        }
        let (first, last) = self.span.cdna.both()?;
        let at = usize::try_from(self.span.cds.first? - 1).ok()?;
        let length = usize::try_from(last - first + 1).ok()?;
        let whole = self.sequences.coding_and_after();
        let edited = Edited::new(whole, at, length, self.alternate());
        let coding = self.sequences.coding().len();
        if edited.len() < coding || coding < CODON {
            return Some(true);
        }
        let codon = edited.codon_at(coding - CODON);
        Some(codon.is_none_or(|codon| self.locus.code().amino_acid(codon) != b'*'))
    }
}
