//! The file of `jobcomp/filetxt`: what a site without accounting remembers of ended jobs.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use super::{
    job::JobKey,
    state::{Exit, heed_limit, parse_name, parse_time, understand},
};
use crate::cluster::{Cause, JobState, Placement};

/// How much of the file's end is looked at: tens of thousands of jobs.
const TAIL: u64 = 32 << 20;

/// What the file knows of the jobs of arrays; nothing where it cannot be read. It tells times by
/// the controller's clock and zone, so they are left out.
pub(super) fn jobs(path: &Path) -> Option<BTreeMap<JobKey, (JobState, Placement)>> {
    let read = || {
        let mut file = File::open(path)?;
        let start = file.metadata()?.len().saturating_sub(TAIL);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        std::io::Result::Ok(bytes)
    };
    let text = read().ok()?;
    Some(String::from_utf8_lossy(&text).lines().filter_map(job).collect())
}

fn job(line: &str) -> Option<(JobKey, (JobState, Placement))> {
    let field = |name: &str| {
        let words = line.split(' ').filter_map(|word| word.split_once('='));
        // A job's name may look like any field, but comes before these.
        words.filter(|(found, _)| *found == name).map(|(_, value)| value).next_back()
    };
    let key = JobKey {
        array: field("ArrayJobId")?.parse().ok()?,
        slot: field("ArrayTaskId")?.parse().ok()?,
    };
    let exit = Exit::parse(field("ExitCode")?);
    let time = |name| field(name).and_then(parse_time);
    let by_controller =
        Placement { started: time("StartTime"), ended: time("EndTime"), ..Placement::default() };
    let limit_s = field("TimeLimit").and_then(|minutes| Some(minutes.parse::<u64>().ok()? * 60));
    let state = understand(field("JobState")?, "", exit);
    let state = match heed_limit(state, &by_controller, limit_s) {
        // It tells no reasons; but who never was eligible, waited for other jobs.
        JobState::Ended(Cause::Cancelled) if field("EligibleTime") == Some("unknown") => {
            JobState::Ended(Cause::UpstreamFailed)
        }
        ended @ JobState::Ended(_) => ended,
        _ => return None,
    };
    let machine = field("NodeList").and_then(parse_name);
    Some((key, (state, Placement { machine, ..Placement::default() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From SLURM 22.05.
    const LINES: &str = "\
JobId=8 UserId=root(0) GroupId=root(0) Name=a.tok.0 JobState=FAILED Partition=main TimeLimit=60 StartTime=2026-11-21T16:52:15 EndTime=2026-11-21T16:52:15 NodeList=node1 NodeCnt=1 ProcCnt=1 WorkDir=/a b ReservationName= Tres=cpu=1,mem=256M,node=1,billing=1 Account= QOS= WcKey= Cluster=unknown SubmitTime=2026-11-21T16:52:14 EligibleTime=2026-11-21T16:52:14 ArrayJobId=1 ArrayTaskId=1 DerivedExitCode=0:0 ExitCode=1:0 \n\
JobId=2 UserId=root(0) GroupId=root(0) Name=b.tok.0 JobState=CANCELLED Partition=main TimeLimit=60 StartTime=2026-11-21T16:52:16 EndTime=2026-11-21T16:52:16 NodeList=(null) NodeCnt=0 ProcCnt=0 WorkDir=/a ReservationName= Tres=cpu=1 Account= QOS= WcKey= Cluster=unknown SubmitTime=2026-11-21T16:52:14 EligibleTime=unknown ArrayJobId=2 ArrayTaskId=2 DerivedExitCode=0:0 ExitCode=0:0 \n\
JobId=3 UserId=root(0) GroupId=root(0) Name=alone JobState=FAILED NodeList=node2 EligibleTime=2026-11-21T16:52:14 DerivedExitCode=0:0 ExitCode=0:9 \n\
JobId=9 UserId=root(0) GroupId=root(0) Name=a.tok JobState=FAILED Partition=main TimeLimit=60 StartTime=2026-11-21T16:00:00 EndTime=2026-11-21T16:58:30 NodeList=node1 EligibleTime=2026-11-21T15:52:14 ArrayJobId=1 ArrayTaskId=3 DerivedExitCode=0:0 ExitCode=2:0 \n\
half a line";

    #[test]
    fn ended_jobs_of_arrays_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobcomp");
        wgs_formats::output::write(&path, LINES).unwrap();
        let jobs = jobs(&path).unwrap();
        assert_eq!(jobs.len(), 3);
        assert_eq!(jobs[&JobKey { array: 1, slot: 3 }].0, JobState::Ended(Cause::TimeLimit));
        let (state, placement) = &jobs[&JobKey { array: 1, slot: 1 }];
        assert_eq!(*state, JobState::Ended(Cause::Failed(1)));
        assert_eq!(placement.machine.as_deref(), Some("node1"));
        let (state, placement) = &jobs[&JobKey { array: 2, slot: 2 }];
        assert_eq!(*state, JobState::Ended(Cause::UpstreamFailed));
        assert_eq!(placement.machine, None);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told() {
        assert_eq!(jobs(Path::new("/nowhere/jobcomp")), None);
    }
}
