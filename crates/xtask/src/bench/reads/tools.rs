//! The programs that take part.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{
    Error,
    bench::{
        reference::Indexer,
        tools::{left_out, listed, needed, version},
    },
};

/// Versions of the programs that take part.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tools {
    pub(super) samtools: String,
    pub(super) bwa: Option<String>,
    pub(super) minibwa: Option<Minibwa>,
    pub(super) fastp: Option<String>,
    pub(super) mosdepth: Option<String>,
}

/// minibwa is where the user says.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Minibwa {
    pub(super) program: PathBuf,
    pub(super) version: String,
}

impl Tools {
    /// Asks every program; the peers' CRAM cannot be made without samtools.
    pub(super) fn find(minibwa: Option<&Path>) -> Result<Self, Error> {
        let minibwa = minibwa.map(|program| {
            let lack = || Error::from(format!("{} is not there", program.display()));
            let version = version(program, &["version"])?.ok_or_else(lack)?;
            Ok::<_, Error>(Minibwa { program: program.canonicalize()?, version })
        });
        Ok(Self {
            samtools: needed("samtools", "the peers' CRAM is made with it")?,
            bwa: version("bwa", &[])?,
            minibwa: minibwa.transpose()?,
            fastp: version("fastp", &["--version"])?,
            mosdepth: version("mosdepth", &["--version"])?,
        })
    }

    /// The aligners that want an index.
    pub(super) fn indexers(&self) -> Vec<Indexer> {
        let bwa = self.bwa.iter().map(|v| Indexer { program: "bwa".into(), version: v.clone() });
        let minibwa = self.minibwa.iter().map(|minibwa| Indexer {
            program: minibwa.program.clone().into(),
            version: minibwa.version.clone(),
        });
        bwa.chain(minibwa).collect()
    }

    /// Whether the steps beside alignment can be run.
    pub(super) fn has_chain(&self) -> bool {
        self.fastp.is_some() && self.mosdepth.is_some()
    }

    /// All of them, for people.
    pub(super) fn line(&self) -> String {
        let minibwa = self.minibwa.as_ref().map(|minibwa| &*minibwa.version);
        let first = [("samtools", Some(&*self.samtools)), ("minibwa", minibwa)];
        listed(&[&first[..], &self.installed()].concat())
    }

    /// One line for each program that would have taken part.
    pub(super) fn left_out(&self) -> Vec<String> {
        let mut lines = left_out(&self.installed());
        if self.minibwa.is_none() {
            lines.push("minibwa is left out: `--minibwa` names it".into());
        }
        if !self.has_chain() {
            lines.push("without fastp and mosdepth there is no chain to compare with".into());
        }
        lines
    }

    fn installed(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("bwa", self.bwa.as_deref()),
            ("fastp", self.fastp.as_deref()),
            ("mosdepth", self.mosdepth.as_deref()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_minibwa_must_be_there() {
        let error = Tools::find(Some(Path::new("/no/minibwa"))).unwrap_err().to_string();
        assert_eq!(error, "/no/minibwa is not there");
    }

    #[test]
    fn only_aligners_that_are_there_make_an_index() {
        let tools = Tools {
            samtools: "1.16".into(),
            bwa: Some("0.7".into()),
            minibwa: None,
            fastp: Some("0.23".into()),
            mosdepth: None,
        };
        let programs: Vec<_> = tools.indexers().into_iter().map(|i| i.program).collect();
        assert_eq!(programs, ["bwa"]);
        assert!(!tools.has_chain());
        assert_eq!(tools.line(), "samtools 1.16, bwa 0.7, fastp 0.23");
        let left_out = tools.left_out();
        assert_eq!(left_out[0], "mosdepth is not installed and left out");
        assert_eq!(left_out[1], "minibwa is left out: `--minibwa` names it");
    }
}
