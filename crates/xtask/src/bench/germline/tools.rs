//! The programs that take part.

use serde::Serialize;

use crate::{
    Error,
    bench::tools::{left_out, listed, needed, version},
};

/// Versions of the programs that take part.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tools {
    pub(super) samtools: String,
    pub(super) bcftools: String,
    pub(super) freebayes: Option<String>,
    pub(super) mosdepth: Option<String>,
    pub(super) picard: Option<Picard>,
}

/// Picard goes by different names.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct Picard {
    pub(in super::super) program: &'static str,
    pub(in super::super) version: String,
}

impl Tools {
    /// Asks every program; without samtools and bcftools nothing can be judged.
    pub(super) fn find() -> Result<Self, Error> {
        let judge = "the outputs are judged with it";
        Ok(Self {
            samtools: needed("samtools", judge)?,
            bcftools: needed("bcftools", judge)?,
            freebayes: version("freebayes", &["--version"])?,
            mosdepth: version("mosdepth", &["--version"])?,
            picard: picard()?,
        })
    }

    /// All of them, for people.
    pub(super) fn line(&self) -> String {
        let needed = [("samtools", Some(&*self.samtools)), ("bcftools", Some(&*self.bcftools))];
        listed(&[&needed[..], &self.optional()].concat())
    }

    /// One line for each program that would have taken part.
    pub(super) fn left_out(&self) -> Vec<String> {
        left_out(&self.optional())
    }

    fn optional(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("freebayes", self.freebayes.as_deref()),
            ("mosdepth", self.mosdepth.as_deref()),
            ("Picard", self.picard.as_ref().map(|picard| &*picard.version)),
        ]
    }
}

/// Picard, where it is installed.
pub(in super::super) fn picard() -> Result<Option<Picard>, Error> {
    for program in ["PicardCommandLine", "picard"] {
        if let Some(version) = version(program, &["ValidateSamFile", "--version"])? {
            return Ok(Some(Picard { program, version }));
        }
    }
    Ok(None)
}
