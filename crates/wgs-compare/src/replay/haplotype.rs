//! One haplotype played from both sets at once.

use super::Reference;
use crate::variant::{Allele, Side};

/// Reference bases that are played and compared at a time.
const STRIDE: u32 = 64;

/// How far truth and calls have come on one haplotype.
///
/// What both have played so far is equal; what one has played more waits in `ahead`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Haplotype {
    /// The next reference base of each side, 0-based.
    position: [u32; 2],
    /// Who has played more.
    leader: Side,
    /// What the leader has played more.
    ahead: Vec<u8>,
}

impl Haplotype {
    pub(super) fn at(position: u32) -> Self {
        Self { position: [position; 2], leader: Side::Truth, ahead: Vec::new() }
    }

    /// Whether both sides stand before the same reference base with the same bases played.
    pub(super) fn is_level(&self, position: u32) -> bool {
        self.ahead.is_empty() && self.position == [position; 2]
    }

    /// Whether an allele can be played: nothing was played beyond its start.
    pub(super) fn takes(&self, side: Side, allele: &Allele) -> bool {
        allele.is_empty() || allele.start >= self.position[side.index()]
    }

    /// Plays an allele, and the reference before it. Says whether both sides still agree.
    pub(super) fn play(&mut self, side: Side, allele: &Allele, reference: &Reference<'_>) -> bool {
        if allele.is_empty() {
            return true;
        }
        let from = self.position[side.index()];
        self.position[side.index()] = allele.end;
        self.add(side, reference.part(from, allele.start)) && self.add(side, &allele.bases)
    }

    /// Plays the reference on both sides up to a base. Says whether they still agree.
    pub(super) fn play_reference(&mut self, to: u32, reference: &Reference<'_>) -> bool {
        if self.ahead.is_empty() && self.position[0] == self.position[1] {
            self.position = self.position.map(|position| position.max(to));
            return true;
        }
        loop {
            let from = self.position[0].min(self.position[1]);
            if from >= to {
                return true;
            }
            let next = to.min(from + STRIDE);
            for side in self.follower_first() {
                let at = self.position[side.index()];
                if at < next {
                    self.position[side.index()] = next;
                    if !self.add(side, reference.part(at, next)) {
                        return false;
                    }
                }
            }
            if self.ahead.is_empty() && self.position[0] == self.position[1] {
                self.position = self.position.map(|position| position.max(to));
                return true;
            }
        }
    }

    fn follower_first(&self) -> [Side; 2] {
        match self.leader {
            Side::Truth => [Side::Calls, Side::Truth],
            Side::Calls => [Side::Truth, Side::Calls],
        }
    }

    fn add(&mut self, side: Side, bases: &[u8]) -> bool {
        if self.ahead.is_empty() || self.leader == side {
            self.leader = side;
            self.ahead.extend_from_slice(bases);
        } else {
            let common = self.ahead.len().min(bases.len());
            if self.ahead[..common] != bases[..common] {
                return false;
            }
            self.ahead.drain(..common);
            if common < bases.len() {
                self.leader = side;
                self.ahead.extend_from_slice(&bases[common..]);
            }
        }
        if self.ahead.is_empty() {
            // One form for what is level, so that equal states compare equal.
            self.leader = Side::Truth;
        }
        true
    }
}
