//! Other people's programs: which are installed, and their versions.

use std::{ffi::OsStr, io, process::Command};

use crate::Error;

/// The version that a program tells; `None` if it is not installed.
pub(super) fn version(
    program: impl AsRef<OsStr>,
    arguments: &[&str],
) -> Result<Option<String>, Error> {
    let program = program.as_ref();
    let output = match Command::new(program).args(arguments).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(format!("{} cannot be started: {error}", program.display()).into());
        }
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let version = version_in(&text);
    version.map(Some).ok_or_else(|| {
        let said = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
        format!("{} tells no version, but {said:?}: does it work?", program.display()).into()
    })
}

/// The version of a program that the job cannot do without.
pub(super) fn needed(program: &str, what_for: &str) -> Result<String, Error> {
    let lack = || Error::from(format!("{program} is not installed: {what_for}"));
    version(program, &["--version"])?.ok_or_else(lack)
}

/// Programs with their versions, as a list for people.
pub(super) fn listed(tools: &[(&str, Option<&str>)]) -> String {
    let present =
        tools.iter().filter_map(|(name, version)| Some(format!("{name} {}", (*version)?)));
    present.collect::<Vec<_>>().join(", ")
}

/// One line for each program that would have taken part.
pub(super) fn left_out(tools: &[(&str, Option<&str>)]) -> Vec<String> {
    let lacking = tools.iter().filter(|(_, version)| version.is_none());
    lacking.map(|(name, _)| format!("{name} is not installed and left out")).collect()
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
            ("0.7-r421\n", "0.7-r421"),
        ] {
            assert_eq!(version_in(text).as_deref(), Some(version));
        }
        assert_eq!(version_in("no. version. here"), None);
    }

    #[test]
    fn what_is_not_installed_has_no_version_and_is_said_to_be_left_out() {
        assert_eq!(version("no-such-tool", &[]).unwrap(), None);
        let tools = [("bwa", Some("1.2")), ("freebayes", None), ("Picard", None)];
        let expected =
            ["freebayes is not installed and left out", "Picard is not installed and left out"];
        assert_eq!(left_out(&tools), expected);
        assert_eq!(listed(&tools), "bwa 1.2");
    }

    #[test]
    fn a_program_that_does_not_work_is_not_taken_for_one_that_lacks() {
        let message = version("sh", &["-c", "echo could not load: libx.so"]).unwrap_err();
        assert!(message.to_string().contains("could not load: libx.so"), "{message}");
    }
}
