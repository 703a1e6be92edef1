//! The sequences of a reference, in its order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Longest contig that BAM, CRAM and tabix can address, in bases.
const MAX_LENGTH: u32 = i32::MAX as u32;

/// Place of a contig in its [`ContigList`], 0-based: the reference id of BAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContigIndex(pub usize);

/// One sequence of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contig {
    /// Name, as in the FASTA up to the first white space.
    pub name: String,
    /// Length in bases.
    pub length: u32,
    /// MD5 of the upper-case sequence in lower-case hexadecimal (SAM's `M5`), where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
}

impl Contig {
    /// A contig whose digest is not known.
    pub fn new(name: impl Into<String>, length: u32) -> Self {
        Self { name: name.into(), length, md5: None }
    }
}

/// Why contigs do not make a list, or two lists do not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContigError {
    /// A name stands twice.
    #[error("contig {0:?} stands twice")]
    Duplicate(String),
    /// A name breaks SAM's rules for reference names.
    #[error("contig name {0:?} is not a SAM reference name")]
    Name(String),
    /// Empty, or longer than BAM can address.
    #[error("contig {name} has {length} bases: 1 to 2147483647 are possible")]
    Length {
        /// The contig.
        name: String,
        /// Its length in bases.
        length: u64,
    },
    /// The other list has a contig that this one lacks.
    #[error("contig {0} is not in the reference")]
    Missing(String),
    /// Both lists have the contig, with different lengths.
    #[error("contig {name} has {theirs} bases, in the reference {ours}")]
    LengthDiffers {
        /// The contig.
        name: String,
        /// Length in the reference.
        ours: u32,
        /// Length in the data.
        theirs: u32,
    },
    /// Both lists have the contig, with different sequences.
    #[error("contig {name} has the MD5 {theirs}, in the reference {ours}")]
    DigestDiffers {
        /// The contig.
        name: String,
        /// Digest in the reference.
        ours: String,
        /// Digest in the data.
        theirs: String,
    },
}

/// The contigs of a reference, in its order, with distinct names.
///
/// ```
/// use wgs_core::{Contig, ContigList};
/// let list = ContigList::new(vec![Contig::new("chr1", 1000), Contig::new("HLA-A*01:01", 500)])?;
/// assert_eq!(list.index_of("HLA-A*01:01").map(|i| i.0), Some(1));
/// # Ok::<(), wgs_core::ContigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Contig>", into = "Vec<Contig>")]
pub struct ContigList {
    contigs: Vec<Contig>,
    by_name: HashMap<String, usize>,
}

impl ContigList {
    /// Checks names and lengths.
    pub fn new(contigs: Vec<Contig>) -> Result<Self, ContigError> {
        let mut by_name = HashMap::with_capacity(contigs.len());
        for (index, contig) in contigs.iter().enumerate() {
            if !is_sam_name(&contig.name) {
                return Err(ContigError::Name(contig.name.clone()));
            }
            if contig.length == 0 || contig.length > MAX_LENGTH {
                let length = u64::from(contig.length);
                return Err(ContigError::Length { name: contig.name.clone(), length });
            }
            if by_name.insert(contig.name.clone(), index).is_some() {
                return Err(ContigError::Duplicate(contig.name.clone()));
            }
        }
        Ok(Self { contigs, by_name })
    }

    /// Number of contigs.
    pub fn len(&self) -> usize {
        self.contigs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.contigs.is_empty()
    }

    /// The contigs in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Contig> {
        self.contigs.iter()
    }

    /// The contig at a place, if there is one.
    pub fn get(&self, index: ContigIndex) -> Option<&Contig> {
        self.contigs.get(index.0)
    }

    /// The place of a name.
    pub fn index_of(&self, name: &str) -> Option<ContigIndex> {
        self.by_name.get(name).copied().map(ContigIndex)
    }

    /// Sum of the lengths, in bases.
    pub fn total_length(&self) -> u64 {
        self.contigs.iter().map(|c| u64::from(c.length)).sum()
    }

    /// Refuses data whose contigs (names, lengths, and MD5 where both sides have one) are not all
    /// in this reference. The order may differ.
    pub fn check_data(&self, data: &ContigList) -> Result<(), ContigError> {
        for theirs in data.iter() {
            let Some(ours) = self.index_of(&theirs.name).and_then(|i| self.get(i)) else {
                return Err(ContigError::Missing(theirs.name.clone()));
            };
            if ours.length != theirs.length {
                return Err(ContigError::LengthDiffers {
                    name: theirs.name.clone(),
                    ours: ours.length,
                    theirs: theirs.length,
                });
            }
            if let (Some(a), Some(b)) = (&ours.md5, &theirs.md5)
                && !a.eq_ignore_ascii_case(b)
            {
                return Err(ContigError::DigestDiffers {
                    name: theirs.name.clone(),
                    ours: a.clone(),
                    theirs: b.clone(),
                });
            }
        }
        Ok(())
    }
}

/// SAM v1 §1.2.1: printable ASCII without ``\ , " ' ` ( ) [ ] { } < >``, not beginning with `*` or `=`.
fn is_sam_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['*', '='])
        && name.bytes().all(|b| b.is_ascii_graphic() && !b"\\,\"'`()[]{}<>".contains(&b))
}

impl TryFrom<Vec<Contig>> for ContigList {
    type Error = ContigError;

    fn try_from(contigs: Vec<Contig>) -> Result<Self, ContigError> {
        Self::new(contigs)
    }
}

impl From<ContigList> for Vec<Contig> {
    fn from(list: ContigList) -> Vec<Contig> {
        list.contigs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(contigs: &[(&str, u32)]) -> Result<ContigList, ContigError> {
        ContigList::new(contigs.iter().map(|&(n, l)| Contig::new(n, l)).collect())
    }

    #[test]
    fn names_and_lengths_are_checked() {
        assert_eq!(list(&[("a", 1), ("a", 2)]).unwrap_err(), ContigError::Duplicate("a".into()));
        assert!(list(&[("=a", 1)]).is_err());
        assert!(list(&[("a", 0)]).is_err());
        assert!(list(&[("HLA-A*01:01:01:01", 1)]).is_ok());
    }

    #[test]
    fn data_of_another_reference_is_refused() {
        let ours = list(&[("a", 10), ("b", 20)]).unwrap();
        assert_eq!(ours.check_data(&list(&[("b", 20)]).unwrap()), Ok(()));
        assert_eq!(
            ours.check_data(&list(&[("c", 20)]).unwrap()),
            Err(ContigError::Missing("c".into()))
        );
        assert!(ours.check_data(&list(&[("a", 11)]).unwrap()).is_err());
    }

    #[test]
    fn digests_decide_where_both_sides_have_one() {
        let with = |md5: &str| {
            let contig = Contig { name: "a".into(), length: 4, md5: Some(md5.into()) };
            ContigList::new(vec![contig]).unwrap()
        };
        assert_eq!(with("ff").check_data(&with("FF")), Ok(()));
        assert!(with("ff").check_data(&with("fe")).is_err());
    }
}
