//! What follows from the end of a job: the one place that says it.
//!
//! | the unit's own ending | the executor's cause            | what happened | then |
//! |-----------------------|---------------------------------|---------------|------|
//! | done                  | any                             | done          | done; again where it began before the submission |
//! | failed, disk full     | any                             | space         | again when there is room |
//! | failed, out of memory | any                             | memory        | again with more memory |
//! | failed, by its data   | any                             | data          | failed |
//! | outdated              | any                             | outdated      | those tasks first, then again |
//! | occupied              | any                             | occupied      | again, later and later |
//! | failed otherwise, interrupted, or none | out of memory  | memory        | again with more memory |
//! | 〃                    | time limit                      | time          | again with more time |
//! | 〃                    | preempted                       | preempted     | again |
//! | 〃                    | machine lost, cancelled by others, vanished | lost | again |
//! | 〃                    | upstream failed                 | upstream      | again after that |
//! | failed otherwise      | completed, failed               | failure       | again, once |
//! | interrupted           | completed, failed               | lost          | again |
//! | none                  | failed with the exit code of a full disk or of memory | space, memory | as those |
//! | none                  | completed, failed otherwise     | lost          | again |
//!
//! Everything that is tried again is so a limited number of times. Where the end was asked for, what
//! is not done is cancelled, whatever happened.

use wgs_core::ErrorKind;

use super::{
    Cause, Retries, UnitResult,
    entry::{Decision, UnitState, Why},
};

/// What happened to a job, from what it said and what its executor said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Done,
    Data,
    Trouble(Why),
}

/// What decides apart from the end itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// Whether somebody asked us to end it.
    pub(super) cancelled: bool,
    /// Whether it began before the present submission, which may be about other inputs.
    pub(super) is_former: bool,
    /// Whether it had the most memory that a job may have.
    pub(super) most_memory: bool,
    /// Whether it had the most time that a job may have.
    pub(super) most_time: bool,
}

pub(super) fn what_happened(cause: &Cause, result: Option<&UnitResult>) -> What {
    let by_cause = |otherwise: What| match cause {
        Cause::OutOfMemory => What::Trouble(Why::Memory),
        Cause::TimeLimit => What::Trouble(Why::Time),
        Cause::Preempted => What::Trouble(Why::Preempted),
        Cause::MachineLost | Cause::Cancelled | Cause::Vanished => What::Trouble(Why::Lost),
        Cause::UpstreamFailed => What::Trouble(Why::Upstream),
        Cause::Completed | Cause::Failed(_) => otherwise,
    };
    match result {
        Some(UnitResult::Done { .. }) => What::Done,
        Some(UnitResult::Outdated { .. }) => What::Trouble(Why::Outdated),
        Some(UnitResult::Occupied { .. }) => What::Trouble(Why::Occupied),
        Some(UnitResult::Interrupted) => by_cause(What::Trouble(Why::Lost)),
        Some(UnitResult::Failed { failure, .. }) => match kind(failure.exit_code) {
            ErrorKind::OutOfSpace => What::Trouble(Why::Space),
            ErrorKind::OutOfMemory => What::Trouble(Why::Memory),
            ErrorKind::Usage
            | ErrorKind::Configuration
            | ErrorKind::InvalidInput
            | ErrorKind::Truncated
            | ErrorKind::ReferenceMismatch
            | ErrorKind::QualityGate => What::Data,
            ErrorKind::Interrupted => by_cause(What::Trouble(Why::Lost)),
            ErrorKind::NotFound | ErrorKind::Permission | ErrorKind::TaskFailed => {
                by_cause(What::Trouble(Why::Failure))
            }
        },
        None => by_cause(match cause {
            Cause::Failed(code) => match u8::try_from(*code).map(kind) {
                Ok(ErrorKind::OutOfSpace) => What::Trouble(Why::Space),
                Ok(ErrorKind::OutOfMemory) => What::Trouble(Why::Memory),
                _ => What::Trouble(Why::Lost),
            },
            _ => What::Trouble(Why::Lost),
        }),
    }
}

fn kind(exit_code: u8) -> ErrorKind {
    ErrorKind::from_exit_code(exit_code).unwrap_or(ErrorKind::TaskFailed)
}

/// Decides, and says why.
pub(super) fn decide(
    what: What,
    unit: &UnitState,
    retries: &Retries,
    circumstances: Circumstances,
) -> (Decision, String) {
    let why = match what {
        What::Done if !circumstances.is_former => return (Decision::Done, "done".into()),
        _ if circumstances.cancelled => return (Decision::Cancelled, "cancelled".into()),
        What::Done => Why::Resubmitted,
        What::Data => return (Decision::Fail, "running again cannot help".into()),
        What::Trouble(why) => why,
    };
    let told = describe(why);
    match why {
        Why::Memory if circumstances.most_memory => {
            return (Decision::Fail, format!("{told}, and no job may have more"));
        }
        Why::Time if circumstances.most_time => {
            return (Decision::Fail, format!("{told}, and no job may have more"));
        }
        _ => {}
    }
    let (before, most) = (unit.count(why), most(why, retries));
    if before >= most {
        return (Decision::Fail, format!("{told}, {} times by now", u32::from(before) + 1));
    }
    (Decision::Again(why), format!("{told}; try {} of {most} more", before + 1))
}

fn most(why: Why, retries: &Retries) -> u8 {
    match why {
        Why::Failure => retries.failure,
        Why::Memory | Why::Time => retries.larger,
        Why::Lost => retries.lost,
        Why::Preempted => retries.preempted,
        Why::Space => retries.space,
        Why::Outdated => retries.outdated,
        // Each time something upstream was tried again, which is limited there.
        Why::Upstream => u8::MAX,
        // For as long as another job may take: it is no fault of this one.
        Why::Occupied => u8::MAX,
        // Once for each submission.
        Why::Resubmitted => u8::MAX,
    }
}

fn describe(why: Why) -> &'static str {
    match why {
        Why::Failure => "a task failed",
        Why::Memory => "its memory did not suffice",
        Why::Time => "its time did not suffice",
        Why::Lost => "its job ended from outside, or without a word",
        Why::Preempted => "it made room for other work",
        Why::Space => "no disk space was left",
        Why::Outdated => "what it needs is not what it was",
        Why::Upstream => "what it waits for failed",
        Why::Occupied => "another process works on its case",
        Why::Resubmitted => "it began before its case was submitted once more",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::FailureEntry;

    const CAUSES: [Cause; 12] = [
        Cause::Completed,
        Cause::Failed(1),
        Cause::Failed(11),
        Cause::Failed(12),
        Cause::Failed(137),
        Cause::OutOfMemory,
        Cause::TimeLimit,
        Cause::MachineLost,
        Cause::Preempted,
        Cause::Cancelled,
        Cause::UpstreamFailed,
        Cause::Vanished,
    ];

    fn failed(kind: ErrorKind) -> UnitResult {
        let failure = FailureEntry {
            kind: kind.to_string(),
            exit_code: kind.exit_code(),
            message: String::new(),
            hint: None,
        };
        UnitResult::Failed { task: None, failure, log: None }
    }

    /// What happens under each cause, in the order above.
    fn row(result: Option<&UnitResult>) -> [char; 12] {
        CAUSES.map(|cause| match what_happened(&cause, result) {
            What::Done => '+',
            What::Data => 'X',
            What::Trouble(Why::Failure) => 'f',
            What::Trouble(Why::Memory) => 'm',
            What::Trouble(Why::Time) => 't',
            What::Trouble(Why::Lost) => 'l',
            What::Trouble(Why::Preempted) => 'p',
            What::Trouble(Why::Space) => 's',
            What::Trouble(Why::Outdated) => 'o',
            What::Trouble(Why::Upstream) => 'u',
            What::Trouble(Why::Occupied) => 'b',
            What::Trouble(Why::Resubmitted) => 'r',
        })
    }

    #[test]
    fn every_cause_with_every_ending() {
        let text = |result: Option<&UnitResult>| row(result).iter().collect::<String>();
        assert_eq!(text(Some(&UnitResult::Done { ran: 1, reused: 0 })), "++++++++++++");
        assert_eq!(text(Some(&UnitResult::Outdated { tasks: vec![] })), "oooooooooooo");
        let occupied = UnitResult::Occupied { by: "another".into() };
        assert_eq!(text(Some(&occupied)), "bbbbbbbbbbbb");
        assert_eq!(text(Some(&UnitResult::Interrupted)), "lllllmtlplul");
        assert_eq!(text(None), "llsmlmtlplul");
        for kind in ErrorKind::ALL {
            let expected = match kind {
                ErrorKind::OutOfSpace => "ssssssssssss",
                ErrorKind::OutOfMemory => "mmmmmmmmmmmm",
                ErrorKind::Interrupted => "lllllmtlplul",
                ErrorKind::TaskFailed | ErrorKind::NotFound | ErrorKind::Permission => {
                    "fffffmtlplul"
                }
                _ => "XXXXXXXXXXXX",
            };
            assert_eq!(text(Some(&failed(kind))), expected, "{kind}");
        }
    }

    #[test]
    fn every_retry_ends() {
        let retries = Retries::default();
        let calm = Circumstances {
            cancelled: false,
            is_former: false,
            most_memory: false,
            most_time: false,
        };
        let whys = [
            Why::Failure,
            Why::Memory,
            Why::Time,
            Why::Lost,
            Why::Preempted,
            Why::Space,
            Why::Outdated,
            Why::Upstream,
            Why::Occupied,
            Why::Resubmitted,
        ];
        for why in whys {
            let mut unit = UnitState::default();
            let mut tries = 0;
            while let (Decision::Again(again), _) =
                decide(What::Trouble(why), &unit, &retries, calm)
            {
                assert_eq!(again, why);
                unit.add(again);
                tries += 1;
            }
            assert_eq!(tries, u32::from(most(why, &retries)), "{why:?}");
        }
    }

    #[test]
    fn more_than_the_most_is_not_asked_for_and_cancelled_is_cancelled() {
        let unit = UnitState::default();
        let decision = |what, cancelled, most| {
            let circumstances =
                Circumstances { cancelled, is_former: false, most_memory: most, most_time: most };
            decide(what, &unit, &Retries::default(), circumstances).0
        };
        for why in [Why::Memory, Why::Time] {
            assert_eq!(decision(What::Trouble(why), false, true), Decision::Fail);
            assert_eq!(decision(What::Trouble(why), false, false), Decision::Again(why));
            assert_eq!(decision(What::Trouble(why), true, false), Decision::Cancelled);
        }
        assert_eq!(decision(What::Done, true, true), Decision::Done);
        assert_eq!(decision(What::Data, true, false), Decision::Cancelled);
        assert_eq!(decision(What::Data, false, false), Decision::Fail);
    }

    #[test]
    fn what_began_before_the_submission_is_looked_at_again_unless_it_is_to_end() {
        let decision = |what, cancelled| {
            let (most_memory, most_time) = (false, false);
            let circumstances =
                Circumstances { cancelled, is_former: true, most_memory, most_time };
            decide(what, &UnitState::default(), &Retries::default(), circumstances).0
        };
        assert_eq!(decision(What::Done, false), Decision::Again(Why::Resubmitted));
        assert_eq!(decision(What::Done, true), Decision::Cancelled);
        assert_eq!(decision(What::Data, false), Decision::Fail);
        assert_eq!(decision(What::Trouble(Why::Time), false), Decision::Again(Why::Time));
    }
}
