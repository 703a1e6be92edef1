//! What is known of the errors of a sample's sequencing.

use std::{path::Path, sync::LazyLock};

use wgs_core::ContigList;
use wgs_formats::{
    FileError, Result,
    qc::calibration::{self, Calibration, Recalibration},
};

use crate::likelihood::gaps::IndelErrors;

static UNKNOWN: LazyLock<SampleErrors> = LazyLock::new(SampleErrors::default);

/// Errors of a sample's sequencing; [`SampleErrors::default`] takes base qualities as they are
/// reported, and common rates of insertions and deletions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleErrors {
    /// What reported qualities are worth, if that is known.
    pub recalibration: Option<Recalibration>,
    /// Insertions and deletions.
    pub indels: IndelErrors,
}

impl SampleErrors {
    /// What a calibration says.
    pub fn of(calibration: &Calibration) -> Self {
        Self {
            recalibration: Some(Recalibration::new(&calibration.base_quality)),
            indels: IndelErrors::learnt(&calibration.indels),
        }
    }

    /// Reads the calibration of a sample.
    ///
    /// # Errors
    ///
    /// If the file is none, is of another sample, or was made with another genome
    /// (`ReferenceMismatch`).
    pub fn read(path: &Path, sample: &str, contigs: &ContigList) -> Result<Self> {
        Ok(Self::of(&read(path, sample, contigs)?))
    }

    /// Those of one of several samples, of which the first ones are given.
    pub(crate) fn of_sample(errors: &[Self], sample: usize) -> &Self {
        errors.get(sample).unwrap_or(&UNKNOWN)
    }
}

/// Reads the calibration of a sample, as [`SampleErrors::read`].
pub(crate) fn read(path: &Path, sample: &str, contigs: &ContigList) -> Result<Calibration> {
    let calibration = calibration::read(path)?;
    calibration.check_genome(path, contigs)?;
    match calibration.sample.as_deref() {
        Some(own) if own == sample => Ok(calibration),
        own => {
            let own = own.map_or("no sample".to_owned(), |own| format!("sample {own}"));
            let reason = format!("is the calibration of {own}, and the reads are of {sample}");
            Err(FileError::invalid(path, reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::{Contig, ErrorKind};
    use wgs_formats::{output, qc::Document};

    use super::*;

    #[test]
    fn a_calibration_is_of_its_sample_and_genome() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("S1.calibration.json");
        let contigs = |name| ContigList::new(vec![Contig::new(name, 9)]).unwrap();
        let calibration = Calibration {
            schema: Calibration::SCHEMA.into(),
            sample: Some("S1".into()),
            contigs_md5: calibration::contigs_md5(&contigs("chr1")),
            sampled: Default::default(),
            base_quality: Default::default(),
            indels: Default::default(),
        };
        output::write_json(&path, &calibration).unwrap();
        let read = |sample, contig| SampleErrors::read(&path, sample, &contigs(contig));
        assert_eq!(read("S1", "chr1").unwrap(), SampleErrors::of(&calibration));
        assert!(read("S2", "chr1").unwrap_err().to_string().contains("of sample S1"));
        assert_eq!(read("S1", "chr2").unwrap_err().kind(), ErrorKind::ReferenceMismatch);
    }
}
