//! What SLURM's states of jobs mean.

use crate::{
    Time,
    cluster::{Cause, JobState, Placement},
};

/// Reasons of waiting that no time mends, and what they come to. A site may hold such jobs for
/// somebody to look at; nobody does at night, so they are ended.
const HOPELESS: [(&str, Cause); 3] = [
    ("DependencyNeverSatisfied", Cause::UpstreamFailed),
    ("JobHoldMaxRequeue", Cause::MachineLost),
    ("launch failed requeued held", Cause::MachineLost),
];

/// Exit codes of a job's process that was told to stop: in good order, or at once. `sacct` takes 128
/// off those above it.
const TOLD_TO_STOP: [i32; 4] = [130, 143, 2, 15];
/// SLURM warns jobs up to a minute before it is asked to, and looks twice a minute.
const EARLY_S: f64 = 90.0;

/// How a job stands, from SLURM's words for its state and its reason, and its exit.
pub(super) fn understand(state: &str, reason: &str, exit: Option<Exit>) -> JobState {
    let word = state.split([' ', '+']).next().unwrap_or_default();
    let ended = match word {
        "PENDING" | "CONFIGURING" | "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD"
        | "RESV_DEL_HOLD" | "SPECIAL_EXIT" => {
            let told = !matches!(reason, "" | "None" | "(null)");
            return JobState::Waiting(told.then(|| reason.to_owned()));
        }
        "COMPLETED" => Cause::Completed,
        "FAILED" => failed(reason, exit),
        "OUT_OF_MEMORY" => Cause::OutOfMemory,
        "TIMEOUT" => Cause::TimeLimit,
        "NODE_FAIL" | "BOOT_FAIL" | "LAUNCH_FAILED" | "RECONFIG_FAIL" => Cause::MachineLost,
        "PREEMPTED" => Cause::Preempted,
        "CANCELLED" if is_upstream(state, reason) => Cause::UpstreamFailed,
        "CANCELLED" | "DEADLINE" | "REVOKED" => Cause::Cancelled,
        // COMPLETING, RUNNING, RESIZING, SIGNALING, STAGE_OUT, STOPPED, SUSPENDED, and what may come.
        _ => return JobState::Running,
    };
    JobState::Ended(ended)
}

/// A job that is warned of the end of its time ([`SlurmOptions::warning_seconds`], at most a tenth of
/// it) ends in good order: SLURM then knows nothing of a time limit, but that was the reason.
///
/// [`SlurmOptions::warning_seconds`]: super::SlurmOptions::warning_seconds
pub(super) fn heed_limit(state: JobState, placement: &Placement, limit_s: Option<u64>) -> JobState {
    let ran_s = placement.started.zip(placement.ended).map(|(s, e)| e.seconds_since(s));
    match state {
        JobState::Ended(Cause::Failed(code))
            if TOLD_TO_STOP.contains(&code)
                && ran_s
                    .zip(limit_s)
                    .is_some_and(|(ran, most)| ran + EARLY_S >= most as f64 * 0.9) =>
        {
            JobState::Ended(Cause::TimeLimit)
        }
        other => other,
    }
}

/// What a job comes to that would wait forever.
pub(super) fn hopeless(state: &JobState) -> Option<Cause> {
    let JobState::Waiting(Some(reason)) = state else { return None };
    HOPELESS.iter().find(|(words, _)| reason.contains(words)).map(|(_, cause)| cause.clone())
}

/// A job whose dependency failed is cancelled by nobody; accounting has a shorter word for why.
fn is_upstream(state: &str, reason: &str) -> bool {
    reason == "DependencyNeverSatisfied" || (reason == "Dependency" && state == "CANCELLED")
}

fn failed(reason: &str, exit: Option<Exit>) -> Cause {
    match exit.map_or(1, Exit::code) {
        // The job's process was never there to fail.
        0 if matches!(reason, "JobLaunchFailure" | "RaisedSignal" | "Prolog") => Cause::MachineLost,
        // There is no failure with exit code 0.
        0 => Cause::Failed(1),
        code => Cause::Failed(code),
    }
}

/// How a job's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exit {
    code: i32,
    pub(super) signal: i32,
}

impl Exit {
    /// Reads `CODE:SIGNAL`, or one number that holds both as `wait` gives it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some((code, signal)) => {
                Some(Self { code: code.parse().ok()?, signal: signal.parse().ok()? })
            }
            None => {
                let both: i32 = text.parse().ok()?;
                Some(Self { code: both >> 8 & 0xff, signal: both & 0x7f })
            }
        }
    }

    fn code(self) -> i32 {
        if self.signal == 0 { self.code } else { 128 + self.signal }
    }
}

/// A moment as the commands write it with `TZ=UTC`; nothing where there is none.
pub(super) fn parse_time(text: &str) -> Option<Time> {
    format!("{text}Z").parse().ok()
}

/// Seconds of `1-02:03:04`, `02:03:04`, `03:04`; nothing of `UNLIMITED`.
pub(super) fn parse_span(text: &str) -> Option<u64> {
    let (days, clock) = text.split_once('-').unwrap_or(("0", text));
    let parts: Vec<u64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes, seconds] => (hours, minutes, seconds),
        [minutes, seconds] => (0, minutes, seconds),
        _ => return None,
    };
    Some(((days.parse::<u64>().ok()? * 24 + hours) * 60 + minutes) * 60 + seconds)
}

/// A name that SLURM gives, without its words for none.
pub(super) fn parse_name(text: &str) -> Option<String> {
    let none = matches!(text, "" | "(null)" | "None" | "None assigned" | "N/A" | "n/a");
    (!none).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(state: &str, reason: &str, exit: &str) -> Cause {
        match understand(state, reason, Exit::parse(exit)) {
            JobState::Ended(cause) => cause,
            other => panic!("{state}: {other:?}"),
        }
    }

    #[test]
    fn every_end_has_its_cause() {
        let cases = [
            ("COMPLETED", "None", "0:0", Cause::Completed),
            ("FAILED", "NonZeroExitCode", "256", Cause::Failed(1)),
            ("FAILED", "NonZeroExitCode", "12:0", Cause::Failed(12)),
            ("FAILED", "JobLaunchFailure", "9", Cause::Failed(137)),
            ("FAILED", "None", "0:15", Cause::Failed(143)),
            ("FAILED", "JobLaunchFailure", "0:0", Cause::MachineLost),
            ("FAILED", "None", "0:0", Cause::Failed(1)),
            ("FAILED", "None", "?", Cause::Failed(1)),
            ("OUT_OF_MEMORY", "OutOfMemory", "253", Cause::OutOfMemory),
            ("TIMEOUT", "TimeLimit", "0:0", Cause::TimeLimit),
            ("NODE_FAIL", "NodeDown", "0:0", Cause::MachineLost),
            ("BOOT_FAIL", "", "0:0", Cause::MachineLost),
            ("PREEMPTED", "None", "0:0", Cause::Preempted),
            ("CANCELLED by 0", "None", "0:0", Cause::Cancelled),
            ("CANCELLED", "None", "15", Cause::Cancelled),
            ("CANCELLED by 1000", "Dependency", "0:0", Cause::Cancelled),
            ("CANCELLED", "Dependency", "0:0", Cause::UpstreamFailed),
            ("CANCELLED", "DependencyNeverSatisfied", "0", Cause::UpstreamFailed),
            ("DEADLINE", "DeadLine", "0", Cause::Cancelled),
        ];
        for (state, reason, exit, cause) in cases {
            assert_eq!(ended(state, reason, exit), cause, "{state} {reason} {exit}");
        }
    }

    #[test]
    fn what_has_not_ended_waits_or_runs() {
        let waiting = |reason: &str| JobState::Waiting(Some(reason.into()));
        assert_eq!(understand("PENDING", "Priority", None), waiting("Priority"));
        assert_eq!(understand("PENDING", "None", None), JobState::Waiting(None));
        assert_eq!(understand("REQUEUED", "BeginTime", None), waiting("BeginTime"));
        for state in ["RUNNING", "COMPLETING", "SIGNALING", "SUSPENDED", "SOMETHING_NEW"] {
            assert_eq!(understand(state, "None", None), JobState::Running, "{state}");
        }
        assert_eq!(hopeless(&waiting("DependencyNeverSatisfied")), Some(Cause::UpstreamFailed));
        assert_eq!(hopeless(&waiting("Priority")), None);
    }

    #[test]
    fn who_was_told_to_stop_near_the_end_of_its_time_lacked_time() {
        let ran = |hours: u32| Placement {
            started: parse_time("2026-11-21T00:00:00"),
            ended: parse_time(&format!("2026-11-21T{hours:02}:50:00")),
            ..Placement::default()
        };
        let cause = |code, hours, limit| match heed_limit(
            JobState::Ended(Cause::Failed(code)),
            &ran(hours),
            limit,
        ) {
            JobState::Ended(cause) => cause,
            other => panic!("{other:?}"),
        };
        let day = Some(24 * 3600);
        for code in TOLD_TO_STOP {
            assert_eq!(cause(code, 23, day), Cause::TimeLimit);
            assert_eq!(cause(code, 12, day), Cause::Failed(code), "long before");
            assert_eq!(cause(code, 23, None), Cause::Failed(code), "without a limit");
        }
        assert_eq!(cause(10, 23, day), Cause::Failed(10), "a failure of its own");
        for other in [Cause::Cancelled, Cause::Preempted, Cause::MachineLost, Cause::Completed] {
            let state = JobState::Ended(other);
            assert_eq!(heed_limit(state.clone(), &ran(23), day), state);
        }
        let unknown = JobState::Ended(Cause::Failed(130));
        assert_eq!(heed_limit(unknown.clone(), &Placement::default(), day), unknown);
    }

    #[test]
    fn spans_are_read() {
        assert_eq!(parse_span("1-02:03:04"), Some(93_784));
        assert_eq!(parse_span("00:01:00"), Some(60));
        assert_eq!(parse_span("10:00"), Some(600));
        for none in ["UNLIMITED", "NOT_SET", "Partition_Limit", "", "5"] {
            assert_eq!(parse_span(none), None, "{none}");
        }
    }

    #[test]
    fn moments_are_in_utc() {
        let time = parse_time("2026-11-21T16:49:01").unwrap();
        assert_eq!(time.to_string(), "2026-11-21T16:49:01.000Z");
        for none in ["N/A", "Unknown", "None", ""] {
            assert_eq!(parse_time(none), None);
        }
    }
}
