//! Which engine aligns, as configuration says it.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use wgs_formats::{Result, genome::Genome};

use crate::{
    aligner::{Aligner, BwaMem3, Engine, Minibwa, Preset},
    external::{External, ExternalCommand},
};

/// An engine, by name or as a command of another program.
///
/// In TOML: the name of an embedded engine (`"bwa-mem3"`, `"bwa-mem3-fast"`, `"minibwa"`) or of a
/// program on the path (`"bwa"`, `"bwa-mem2"`, `"minimap2"`), or a table with the name and, as the
/// program needs them, `index`, `command` and `version`.
///
/// ```
/// use wgs_align::{EngineChoice, Preset};
///
/// let fast: EngineChoice = "bwa-mem3-fast".parse()?;
/// assert_eq!(fast, EngineChoice::BwaMem3(Preset::Fast));
/// assert_eq!("bwa".parse::<EngineChoice>()?.to_string(), "bwa");
/// assert!("bwa-mem4".parse::<EngineChoice>().is_err());
/// # Ok::<(), wgs_align::UnknownEngine>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Configured", into = "Configured")]
pub enum EngineChoice {
    /// [`BwaMem3`].
    BwaMem3(Preset),
    /// [`Minibwa`].
    Minibwa,
    /// [`External`].
    External(ExternalCommand),
}

/// A name that is no engine's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no aligner that is known: there are bwa-mem3, bwa-mem3-fast and minibwa built in, and \
     the programs bwa, bwa-mem2 and minimap2; any other needs a command and a version command"
)]
pub struct UnknownEngine(String);

/// The index that an engine wants of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// That of [`crate::index`], which bwa-mem2 has, too.
    BwaMem,
    /// That of [`crate::index::minibwa`].
    Minibwa,
    /// None: the program has one of its own, or makes one of the genome.
    Own,
}

impl Default for EngineChoice {
    /// bwa-mem3 with its speed options: what was found best by measurement (`docs/aligners.md`).
    fn default() -> Self {
        Self::BwaMem3(Preset::Fast)
    }
}

impl fmt::Display for EngineChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BwaMem3(Preset::Compatible) => "bwa-mem3",
            Self::BwaMem3(Preset::Fast) => "bwa-mem3-fast",
            Self::Minibwa => "minibwa",
            Self::External(command) => &command.name,
        })
    }
}

impl FromStr for EngineChoice {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        match name {
            "bwa-mem3" => Ok(Self::BwaMem3(Preset::Compatible)),
            "bwa-mem3-fast" => Ok(Self::BwaMem3(Preset::Fast)),
            "minibwa" => Ok(Self::Minibwa),
            _ => ExternalCommand::named(name)
                .map(Self::External)
                .ok_or_else(|| UnknownEngine(name.to_owned())),
        }
    }
}

impl EngineChoice {
    /// The files of an index that does not come from the bundle
    /// ([`ExternalCommand::index_files`]): like the bundle's, they decide the records.
    ///
    /// # Errors
    ///
    /// If there are none where the index should be.
    ///
    /// ```
    /// assert!(wgs_align::EngineChoice::default().index_files()?.is_empty());
    /// # Ok::<(), wgs_formats::FileError>(())
    /// ```
    pub fn index_files(&self) -> Result<Vec<PathBuf>> {
        match self {
            Self::External(command) => command.index_files(),
            _ => Ok(Vec::new()),
        }
    }

    /// The index that it wants of a bundle.
    pub fn index_kind(&self) -> IndexKind {
        match self {
            Self::BwaMem3(_) => IndexKind::BwaMem,
            Self::Minibwa => IndexKind::Minibwa,
            Self::External(command) if command.needs_index() && command.index.is_none() => {
                IndexKind::BwaMem
            }
            Self::External(_) => IndexKind::Own,
        }
    }

    /// Everything but reads, genome and index that decides the records: the engine's name, its
    /// version, and its command. Part of the key of what is made with it.
    ///
    /// # Errors
    ///
    /// If it is a program that cannot be started or tells no version.
    pub fn identity(&self) -> Result<String> {
        Ok(match self {
            Self::BwaMem3(preset) => BwaMem3::engine(*preset),
            Self::Minibwa => Minibwa::engine(),
            Self::External(command) => {
                format!("{} {}: {}", command.name, command.probe()?, command.text())
            }
        })
    }

    /// Gives a program an index of its own; false if it can have none, as it is built in or its
    /// command names no index.
    pub fn set_index(&mut self, prefix: PathBuf) -> bool {
        match self {
            Self::External(command) if command.needs_index() => {
                command.index = Some(prefix);
                true
            }
            _ => false,
        }
    }

    /// Loads the index, or makes ready to start the program.
    ///
    /// `prefix` is that of a bundle's index; a program whose command names `{index}` gets its own
    /// one, if it has one.
    ///
    /// # Errors
    ///
    /// As [`BwaMem3::load`], [`Minibwa::load`] and [`External::open`].
    pub fn open(&self, prefix: &Path, genome: &Genome, threads: usize) -> Result<OpenEngine> {
        Ok(match self {
            Self::BwaMem3(preset) => OpenEngine::Embedded(Box::new(BwaMem3::load_with(
                prefix, genome, threads, *preset,
            )?)),
            Self::Minibwa => OpenEngine::Embedded(Box::new(Minibwa::load(prefix, genome)?)),
            Self::External(command) => {
                let index = command.index.as_deref().unwrap_or(prefix);
                OpenEngine::External(External::open(command, index, genome, threads)?)
            }
        })
    }
}

/// An engine that is ready.
pub enum OpenEngine {
    /// An embedded one.
    Embedded(Box<dyn Aligner>),
    /// A program.
    External(External),
}

impl OpenEngine {
    /// What a [`Request`](crate::Request) takes.
    pub fn engine(&self) -> Engine<'_> {
        match self {
            Self::Embedded(aligner) => Engine::Embedded(&**aligner),
            Self::External(program) => Engine::External(program),
        }
    }
}

/// As it stands in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Configured {
    Name(String),
    Command(Table),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<PathBuf>,
}

impl TryFrom<Configured> for EngineChoice {
    type Error = UnknownEngine;

    fn try_from(configured: Configured) -> Result<Self, UnknownEngine> {
        let Table { name, command, version, index } = match configured {
            Configured::Name(name) => return name.parse(),
            Configured::Command(table) => table,
        };
        let known = match name.parse() {
            Ok(Self::External(known)) => Some(known),
            // A command of one's own under the name of an embedded engine would pass for it.
            Ok(_) => return Err(UnknownEngine(name)),
            Err(_) => None,
        };
        let command = command.or_else(|| known.as_ref().map(|known| known.command.clone()));
        let version = version.or_else(|| known.map(|known| known.version));
        match (command, version) {
            (Some(command), Some(version)) => {
                Ok(Self::External(ExternalCommand { name, command, version, index }))
            }
            _ => Err(UnknownEngine(name)),
        }
    }
}

impl From<EngineChoice> for Configured {
    fn from(choice: EngineChoice) -> Self {
        match choice {
            EngineChoice::External(ExternalCommand { name, command, version, index }) => {
                let (command, version) = (Some(command), Some(version));
                Self::Command(Table { name, command, version, index })
            }
            embedded => Self::Name(embedded.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<EngineChoice, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn names_and_commands_are_read_and_written() {
        for json in [
            r#""bwa-mem3""#,
            r#""minibwa""#,
            r#""bwa""#,
            r#"{"name": "bwa", "index": "/x/y"}"#,
            r#"{"name": "mine", "command": ["a", "{genome}"], "version": ["a", "-v"]}"#,
        ] {
            let choice = parsed(json).unwrap();
            let written = serde_json::to_string(&choice).unwrap();
            assert_eq!(parsed(&written).unwrap(), choice, "{json}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for json in [
            r#""bwa-mem4""#,
            r#"{"name": "mine", "command": ["a"]}"#,
            r#"{"name": "bwa-mem3", "command": ["a"], "version": ["a"]}"#,
            r#"{"name": "bwa", "indx": "a"}"#,
            "7",
        ] {
            assert!(parsed(json).is_err(), "{json}");
        }
    }

    #[test]
    fn identities_differ() {
        let mut identities = Vec::new();
        for json in [
            r#""bwa-mem3""#,
            r#""bwa-mem3-fast""#,
            r#""minibwa""#,
            r#"{"name": "m", "command": ["a"], "version": ["echo", "1"]}"#,
            r#"{"name": "m", "command": ["a"], "version": ["echo", "2"]}"#,
            r#"{"name": "m", "command": ["b"], "version": ["echo", "2"]}"#,
        ] {
            identities.push(parsed(json).unwrap().identity().unwrap());
        }
        let count = identities.len();
        identities.sort();
        identities.dedup();
        assert_eq!(identities.len(), count, "{identities:?}");
    }

    #[test]
    fn only_programs_that_name_an_index_are_given_one() {
        for (name, can) in [("bwa", true), ("minimap2", false), ("minibwa", false)] {
            let mut choice: EngineChoice = name.parse().unwrap();
            assert_eq!(choice.set_index("/i".into()), can, "{name}");
            assert_eq!(choice.index_files().is_err(), can, "{name}");
        }
    }

    #[test]
    fn engines_say_which_index_they_want() {
        let kind = |json| parsed(json).unwrap().index_kind();
        assert_eq!(kind(r#""minibwa""#), IndexKind::Minibwa);
        assert_eq!(kind(r#""bwa-mem2""#), IndexKind::BwaMem);
        assert_eq!(kind(r#"{"name": "bwa-mem2", "index": "/x"}"#), IndexKind::Own);
        assert_eq!(kind(r#""minimap2""#), IndexKind::Own);
    }
}
