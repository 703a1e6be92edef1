//! Whether a program will find its index.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use super::ExternalCommand;

impl ExternalCommand {
    /// Refuses an index that bwa does not find, as that of a bundle, before work begins.
    pub(super) fn check_index(&self, prefix: &Path) -> Result<()> {
        let is_bwa = Self::named("bwa").is_some_and(|bwa| bwa.command == self.command);
        let mut bwt = prefix.as_os_str().to_owned();
        bwt.push(".bwt");
        if !is_bwa || Path::new(&bwt).is_file() {
            return Ok(());
        }
        let reason = "is not there: bwa needs an index that `bwa index` has made of the genome";
        let hint = "name its prefix: --aligner-index PREFIX, or index of the aligner's table in a \
                    pipeline definition";
        Err(FileError::new(bwt, ErrorKind::NotFound, reason).hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    #[test]
    fn bwa_wants_its_own_index() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("g.fa");
        let check = |name: &str| ExternalCommand::named(name).unwrap().check_index(&prefix);
        let error = check("bwa").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("g.fa.bwt: is not there"), "{error}");
        assert!(check("bwa-mem2").is_ok() && check("minimap2").is_ok());
        output::write(&folder.path().join("g.fa.bwt"), "x").unwrap();
        assert!(check("bwa").is_ok());
    }
}
