//! The read groups of a sample: what they must be, and what a file's own ones take from a lane.

use std::{collections::HashMap, path::Path};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, alignment::ReadGroup};

use super::{Lane, lane::OpenLane};
use crate::{origin::without_reads, reads::MAX_READ_GROUPS};

/// A file's own read group as one of the lane's sample, with what it lacks taken from the lane's.
pub(super) fn completed(own: &ReadGroup, lane: &Lane) -> ReadGroup {
    let or = |own: &Option<String>, lane: &Option<String>| own.clone().or_else(|| lane.clone());
    let given = &lane.read_group;
    without_reads(ReadGroup {
        sample: given.sample.clone(),
        library: or(&own.library, &given.library),
        platform: or(&own.platform, &given.platform),
        unit: or(&own.unit, &given.unit),
        center: or(&own.center, &given.center),
        date: or(&own.date, &given.date),
        ..own.clone()
    })
}

/// The read groups of an alignment file must be of one sample, and of the one asked for, if one
/// is. Those that name none are of any.
pub(super) fn check_samples(path: &Path, own: &[ReadGroup], asked: Option<&str>) -> Result<()> {
    let mut samples: Vec<&str> = own.iter().filter_map(|group| group.sample.as_deref()).collect();
    samples.sort_unstable();
    samples.dedup();
    match (samples.as_slice(), asked) {
        ([found], Some(asked)) if *found != asked => {
            let reason = format!("holds the sample {found} (SM), not {asked}");
            Err(FileError::invalid(path, reason).hint(
                "declare the sample under the id that the file has, or reheader it: samtools \
                 reheader / addreplacerg",
            ))
        }
        ([] | [_], _) => Ok(()),
        _ => {
            let reason = format!("holds {} samples: {}", samples.len(), samples.join(", "));
            Err(FileError::invalid(path, reason)
                .hint("split it by sample: samtools split, then give each file"))
        }
    }
}

/// No two lanes may have a read group of one id.
pub(super) fn check_ids(lanes: &[OpenLane], read_groups: &[ReadGroup]) -> Result<()> {
    let mut known: HashMap<&str, &OpenLane> = HashMap::new();
    let ends = lanes.iter().skip(1).map(OpenLane::first_group).chain([read_groups.len()]);
    for (lane, end) in lanes.iter().zip(ends) {
        for group in &read_groups[lane.first_group()..end] {
            if let Some(first) = known.insert(&group.id, lane) {
                return Err(shared(&group.id, first, lane));
            }
        }
    }
    Ok(())
}

fn shared(id: &str, first: &OpenLane, second: &OpenLane) -> FileError {
    let reason = format!("the read group {id} is also that of {}", first.path().display());
    let hint = match first.has_own_groups() || second.has_own_groups() {
        true => "give each alignment an id in the case file",
        false => "give each lane a read group id of its own",
    };
    FileError::new(second.path(), ErrorKind::Configuration, reason).hint(hint)
}

/// All must be of one sample, which has a name, and have ids that fit `RG`.
pub(super) fn check_read_groups(read_groups: &[ReadGroup], output: &Path) -> Result<()> {
    let wrong = |reason: String| Err(FileError::new(output, ErrorKind::Configuration, reason));
    if read_groups.len() > MAX_READ_GROUPS {
        return wrong(format!("more than {MAX_READ_GROUPS} read groups"));
    }
    let sample = read_groups.first().and_then(|group| group.sample.as_ref());
    for group in read_groups {
        if group.id.is_empty() || !group.id.bytes().all(|b| b.is_ascii_graphic()) {
            return wrong(format!("{:?} is no id of a read group", group.id));
        }
        match &group.sample {
            None => return wrong(format!("read group {} has no sample (SM)", group.id)),
            Some(own) if Some(own) != sample => {
                let first = sample.map_or("", String::as_str);
                return wrong(format!("read groups are of the samples {first} and {own}"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: &str, sample: Option<&str>) -> ReadGroup {
        ReadGroup { sample: sample.map(str::to_owned), ..ReadGroup::new(id) }
    }

    #[test]
    fn one_output_holds_one_sample() {
        let check = |groups: &[ReadGroup]| check_read_groups(groups, Path::new("out"));
        let (a, b) = (group("1", Some("a")), group("2", Some("b")));
        assert!(check(std::slice::from_ref(&a)).is_ok());
        let spaced = group("a b", Some("a"));
        let unnamed = group("2", None);
        let mixed = [a.clone(), unnamed.clone()];
        for wrong in [&[a, b][..], &[unnamed], &mixed, &[spaced]] {
            assert_eq!(check(wrong).unwrap_err().kind(), ErrorKind::Configuration);
        }
    }

    #[test]
    fn a_file_holds_one_sample_and_the_one_asked_for() {
        let check = |samples: &[Option<&str>], asked| {
            let groups: Vec<_> = samples.iter().map(|sample| group("g", *sample)).collect();
            check_samples(Path::new("in.bam"), &groups, asked)
        };
        for fine in [&[][..], &[None], &[Some("a"), None, Some("a")]] {
            assert!(check(fine, Some("a")).is_ok() && check(fine, None).is_ok());
        }
        assert!(check(&[Some("b")], None).is_ok());
        let error = check(&[Some("b")], Some("a")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), "in.bam: holds the sample b (SM), not a");
        for asked in [None, Some("a")] {
            let error = check(&[Some("b"), Some("a")], asked).unwrap_err();
            assert_eq!(error.to_string(), "in.bam: holds 2 samples: a, b");
        }
    }

    #[test]
    fn a_files_own_fields_stay_and_the_lanes_fill_what_lacks() {
        let lane = Lane {
            input: super::super::Input::Alignment { path: "x".into(), keep_read_groups: true },
            expected: Default::default(),
            read_group: ReadGroup {
                library: Some("given".into()),
                platform: Some("ILLUMINA".into()),
                ..group("lane", Some("s"))
            },
        };
        let own = ReadGroup { library: Some("own".into()), ..ReadGroup::new("g") };
        let expected = ReadGroup {
            library: Some("own".into()),
            platform: Some("ILLUMINA".into()),
            ..group("g", Some("s"))
        };
        assert_eq!(completed(&own, &lane), expected);
    }
}
