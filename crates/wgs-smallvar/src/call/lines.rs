//! What the calls of a shard are told by, before phase is known.

use wgs_core::{Interval0, Pos1};
use wgs_formats::variant::{Record, RecordError};

use crate::{
    gvcf::Entry,
    phase::{Locus, Phase},
    site::Site,
    vcf,
};

/// A site that is called.
#[derive(Clone, Debug)]
pub(super) struct Called {
    /// Its place, and what is known of its phase.
    pub(super) locus: Locus,
    /// Whether it is of a substitution.
    pub(super) is_snv: bool,
    /// Whether it passes all filters.
    pub(super) passes: bool,
    /// Its record, unphased, where a VCF is wanted.
    pub(super) record: Option<Record>,
}

impl Called {
    pub(super) fn of(contig: &str, site: &Site, locus: Locus, with_record: bool) -> Self {
        Self {
            locus,
            is_snv: site.is_snv(),
            passes: site.filters.is_empty(),
            record: with_record.then(|| vcf::record(contig, site)),
        }
    }

    /// What tells it from others of its contig.
    pub(super) fn key(&self) -> (u32, bool) {
        (self.locus.position, self.is_snv)
    }
}

/// A line of a gVCF, unphased. Threads make it, so that the one that writes need not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// The bases that it speaks of.
    pub(super) interval: Interval0,
    /// Whether the site that it is of is a substitution; none of a block.
    pub(super) is_snv: Option<bool>,
    /// The line without its end.
    pub(super) text: String,
}

impl Line {
    pub(super) fn of(entry: &Entry) -> Self {
        Self::new(&entry.record, entry.site.map(|(_, is_snv)| is_snv))
    }

    fn new(record: &Record, is_snv: Option<bool>) -> Self {
        Self { interval: record.interval(), is_snv, text: record.to_string() }
    }

    /// What [`Called::key`] is of its site; none of a block.
    pub(super) fn key(&self) -> Option<(u32, bool)> {
        self.is_snv.map(|is_snv| (self.interval.start(), is_snv))
    }

    /// The same with phase.
    pub(super) fn phased(self, phases: &[Option<Phase>]) -> Result<Self, RecordError> {
        let mut record = Record::parse(&self.text, 1)?;
        vcf::set_phase(&mut record, phases);
        Ok(Self::new(&record, self.is_snv))
    }

    /// The rest of a block, from a base on.
    pub(super) fn from(self, start: u32, base: String) -> Result<Self, RecordError> {
        let mut record = Record::parse(&self.text, 1)?;
        record.position = Pos1::from_pos0(start);
        record.reference = base;
        Ok(Self::new(&record, self.is_snv))
    }
}
