//! Which sample and stage a task is of, and how ids are written.

use std::collections::BTreeMap;

use wgs_core::{CaseId, SampleId};
use wgs_formats::digest::hex;
use wgs_task::{Case, TaskId};

use crate::Secret;

/// The samples of the cases of a run, by which task names are understood.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<CaseId, Vec<SampleId>>);

/// What a task name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) stage: &'a str,
    pub(crate) sample: Option<&'a SampleId>,
    /// What follows the stage where it is no sample, or the sample where one is.
    pub(crate) rest: &'a str,
}

impl Names {
    /// Of some cases.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let samples = |case: &Case| case.samples.iter().map(|sample| sample.id.clone()).collect();
        Self(cases.into_iter().map(|case| (case.id.clone(), samples(case))).collect())
    }

    /// `STAGE`, `STAGE.SAMPLE` or `STAGE.SAMPLE.PART`.
    pub(crate) fn place<'a>(&'a self, case: &CaseId, task: &'a TaskId) -> Place<'a> {
        let (stage, rest) = task.as_str().split_once('.').unwrap_or((task.as_str(), ""));
        let after = |sample: &SampleId| {
            let part = rest.strip_prefix(sample.as_str())?;
            if part.is_empty() { Some("") } else { part.strip_prefix('.') }
        };
        let samples = self.0.get(case).into_iter().flatten();
        let fitting = samples.filter_map(|sample| Some((sample, after(sample)?)));
        match fitting.max_by_key(|(sample, _)| sample.as_str().len()) {
            Some((sample, rest)) => Place { stage, sample: Some(sample), rest },
            None => Place { stage, sample: None, rest },
        }
    }
}

/// How ids are written into log events.
#[derive(Clone, Debug)]
pub enum Ids {
    /// As they are.
    Plain,
    /// As the first half of their HMAC-SHA256 with a site's key: the same id is the same text in
    /// every run, and who does not have the key cannot try ids out.
    Hashed(Secret),
}

impl Ids {
    pub(crate) fn case(&self, case: &CaseId) -> String {
        self.write("case", case.as_str())
    }

    pub(crate) fn sample(&self, sample: &SampleId) -> String {
        self.write("sample", sample.as_str())
    }

    /// The name of a task with its sample's id written as [`Ids::sample`] does.
    pub(crate) fn task(&self, place: Place<'_>) -> String {
        let sample = place.sample.map(|sample| self.sample(sample));
        let rest = match (place.rest, &sample) {
            ("", _) => None,
            (rest, Some(_)) => Some(rest.to_owned()),
            (rest, None) => Some(self.write("part", rest)),
        };
        let parts = [Some(place.stage.to_owned()), sample, rest];
        parts.into_iter().flatten().collect::<Vec<_>>().join(".")
    }

    fn write(&self, kind: &str, id: &str) -> String {
        match self {
            Self::Plain => id.to_owned(),
            Self::Hashed(key) => hex(&key.hmac(&[kind.as_bytes(), b":", id.as_bytes()])[..16]),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wgs_core::Sex;
    use wgs_task::case::{CaseKind, Role, Sample};

    use super::*;

    pub(crate) fn case(id: &str, samples: &[&str]) -> Case {
        let sample = |id: &&str| Sample {
            id: id.parse().unwrap(),
            role: Role::Proband,
            sex: Sex::Unknown,
            affected: None,
            phenotypes: vec!["HP:0002664".into()],
            read_groups: Vec::new(),
        };
        Case {
            id: id.parse().unwrap(),
            kind: CaseKind::Family,
            samples: samples.iter().map(sample).collect(),
            clinical: Default::default(),
        }
    }

    #[test]
    fn a_task_is_of_the_sample_whose_whole_name_it_has() {
        let names = Names::of(&[case("C1", &["S1", "S1.2", "S10"])]);
        let place = |task: &str| {
            let id = "C1".parse().unwrap();
            let task = TaskId::of_case(task);
            let Place { stage, sample, rest } = names.place(&id, &task);
            (stage.to_owned(), sample.map(ToString::to_string), rest.to_owned())
        };
        let of = |stage: &str, sample: Option<&str>, rest: &str| {
            (stage.to_owned(), sample.map(str::to_owned), rest.to_owned())
        };
        assert_eq!(place("variant-metrics"), of("variant-metrics", None, ""));
        assert_eq!(place("reads.S1"), of("reads", Some("S1"), ""));
        assert_eq!(place("reads.S1.2"), of("reads", Some("S1.2"), ""));
        assert_eq!(place("reads.S1.3"), of("reads", Some("S1"), "3"));
        assert_eq!(place("reads.S10"), of("reads", Some("S10"), ""));
        assert_eq!(place("reads.S2"), of("reads", None, "S2"));
    }
}
