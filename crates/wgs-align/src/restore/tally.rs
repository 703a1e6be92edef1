//! What was read of each read group, against what the header says of it.

use std::path::Path;

use wgs_formats::{FileError, Result};

use crate::{
    GroupDigest, ReadsDigest,
    origin::{OriginalTemplate, Originals},
};

/// The read groups of a file, and behind them the reads that have none.
pub(super) struct Tally(Vec<Group>);

/// What was read of a read group.
#[derive(Default)]
pub(super) struct Group {
    /// Its id; none for reads without read group.
    pub(super) id: Option<String>,
    /// What the header says of its reads.
    pub(super) promised: Option<GroupDigest>,
    pub(super) digest: ReadsDigest,
    pub(super) templates: u64,
}

impl Tally {
    pub(super) fn new(originals: &Originals) -> Self {
        let groups = originals.read_groups().iter().map(|group| Group {
            id: Some(group.id.clone()),
            promised: GroupDigest::read(group),
            ..Group::default()
        });
        Self(groups.chain([Group::default()]).collect())
    }

    /// Which group a template is of.
    pub(super) fn index(&self, template: &OriginalTemplate<'_>) -> usize {
        template.read_group.unwrap_or(self.0.len() - 1)
    }

    /// Counts a template.
    pub(super) fn add(&mut self, template: &OriginalTemplate<'_>) {
        let index = self.index(template);
        let group = &mut self.0[index];
        template.digest(&mut group.digest);
        group.templates += 1;
    }

    pub(super) fn groups(&self) -> impl ExactSizeIterator<Item = &Group> {
        self.0.iter()
    }

    /// Whether the header tells of the reads of any group.
    pub(super) fn is_promised(&self) -> bool {
        self.0.iter().any(|group| group.promised.is_some())
    }

    /// The reads must be those that the header tells of, where it does.
    pub(super) fn check(&self, alignment: &Path) -> Result<()> {
        for group in &self.0 {
            let Some(promised) = &group.promised else { continue };
            let found = GroupDigest::from(&group.digest);
            if found != *promised {
                return Err(differs(alignment, group, promised, &found));
            }
        }
        Ok(())
    }
}

/// No record may be there more than once.
pub(super) fn check_repeats(alignment: &Path, repeated: u64) -> Result<()> {
    if repeated == 0 {
        return Ok(());
    }
    let reason = format!("holds {repeated} records that are there more than once");
    Err(FileError::invalid(alignment, reason)
        .hint("the file was joined from parts that overlap: take the one that wgs-pipe has made"))
}

fn differs(path: &Path, group: &Group, promised: &GroupDigest, found: &GroupDigest) -> FileError {
    let id = group.id.as_deref().unwrap_or_default();
    let reason = if found.reads == promised.reads {
        format!(
            "the {} reads of read group {id} are not those that went in: their digest is {}, that \
             in the header {}",
            found.reads, found.digest, promised.digest
        )
    } else {
        format!("read group {id} has {} reads, but {} went in", found.reads, promised.reads)
    };
    FileError::invalid(path, reason).hint(
        "the file was changed, filtered or damaged since it was made: take the one that wgs-pipe \
         has made",
    )
}
