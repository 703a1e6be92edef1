//! Other people's programs: which are installed, and their versions.

use std::{io, process::Command};

use serde::Serialize;

use crate::Error;

/// Versions of the programs that take part.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tools {
    pub(super) samtools: String,
    pub(super) bcftools: String,
    pub(super) bwa: Option<String>,
    pub(super) freebayes: Option<String>,
    pub(super) picard: Option<Picard>,
}

/// Picard goes by different names.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Picard {
    pub(super) program: &'static str,
    pub(super) version: String,
}

impl Tools {
    /// Asks every program; without samtools and bcftools nothing can be judged.
    pub(super) fn find() -> Result<Self, Error> {
        let needed = |name| {
            let lack = || format!("{name} is not installed: the outputs are judged with it");
            version(name, &["--version"])?.ok_or_else(|| Error::from(lack()))
        };
        Ok(Self {
            samtools: needed("samtools")?,
            bcftools: needed("bcftools")?,
            bwa: version("bwa", &[])?,
            freebayes: version("freebayes", &["--version"])?,
            picard: picard()?,
        })
    }

    /// One line for each program that would have taken part.
    pub(super) fn left_out(&self) -> Vec<String> {
        let peers = [
            ("bwa", self.bwa.is_none()),
            ("freebayes", self.freebayes.is_none()),
            ("Picard", self.picard.is_none()),
        ];
        let lacking = peers.iter().filter(|(_, lacks)| *lacks);
        lacking.map(|(name, _)| format!("{name} is not installed and left out")).collect()
    }
}

fn picard() -> Result<Option<Picard>, Error> {
    for program in ["PicardCommandLine", "picard"] {
        if let Some(version) = version(program, &["ValidateSamFile", "--version"])? {
            return Ok(Some(Picard { program, version }));
        }
    }
    Ok(None)
}

/// The version that a program tells; `None` if it is not installed.
fn version(program: &str, arguments: &[&str]) -> Result<Option<String>, Error> {
    let output = match Command::new(program).args(arguments).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{program} cannot be started: {error}").into()),
    };
    let text = [output.stdout, output.stderr].concat();
    let version = version_in(&String::from_utf8_lossy(&text));
    Ok(Some(version.unwrap_or_else(|| "of unknown version".into())))
}

/// The first word that looks like `1.16.1`, `v1.3.6` or `0.7.17-r1188`.
fn version_in(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == ':');
    let mut words = words.map(|word| word.strip_prefix('v').unwrap_or(word));
    let is_version = |word: &&str| {
        let number =
            |part: Option<&str>| part.is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
        let mut parts = word.split('.');
        number(parts.next()) && number(parts.next())
    };
    words.find(is_version).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_programs_tell_them() {
        for (text, version) in [
            ("samtools 1.16.1\nUsing htslib 1.16\n", "1.16.1"),
            (
                "\nProgram: bwa (alignment via Burrows-Wheeler)\nVersion: 0.7.17-r1188\n",
                "0.7.17-r1188",
            ),
            ("version:  v1.3.6\n", "1.3.6"),
            ("PicardOpts: --version\nVersion:2.27.5\n", "2.27.5"),
        ] {
            assert_eq!(version_in(text).as_deref(), Some(version));
        }
        assert_eq!(version_in("no. version. here"), None);
    }

    #[test]
    fn what_is_not_installed_has_no_version_and_is_said_to_be_left_out() {
        assert_eq!(version("no-such-tool", &[]).unwrap(), None);
        let tools = Tools {
            samtools: "1".into(),
            bcftools: "1".into(),
            bwa: Some("1".into()),
            freebayes: None,
            picard: None,
        };
        let expected =
            ["freebayes is not installed and left out", "Picard is not installed and left out"];
        assert_eq!(tools.left_out(), expected);
    }
}
