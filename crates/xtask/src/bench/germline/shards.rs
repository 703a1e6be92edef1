//! The calls of the case by tasks that share a sample: how even they are, what gathering takes, and
//! whether the bytes are those of one task.

use serde::Serialize;
use wgs_core::SampleId;
use wgs_formats::{digest, output};

use super::bench::Bench;
use crate::{
    Error,
    bench::{
        process::Used,
        say,
        simulation::SAMPLE,
        table,
        target::Target,
        wgs_pipe::{Run, WgsPipe},
    },
};

/// Tasks that share the sample.
const SHARDS: usize = 8;
/// Core-seconds of the longest of them over their mean, at most.
const MAX_OVER_MEAN: f64 = 1.15;
/// Core-seconds of all shards and gathering over those of one task, at most.
const MAX_OVER_WHOLE: f64 = 1.1;

/// What each task took.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shards {
    whole: Vec<Run>,
    shared: Vec<Run>,
    /// Whether every run made the same bytes.
    identical: bool,
}

/// Takes the case from FASTQ, and calls it by one task and by several, in turn.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Shards, Error> {
    let args = &bench.options.setup;
    let simulation = bench.setup.simulation("simulation", &bench.recipe(args.coverage))?;
    let out = bench.setup.room.folder("run.shards");
    let one = &bench.wgs_pipe;
    let pipeline = bench.setup.room.folder("shards.toml");
    let definition = std::fs::read_to_string(&one.pipeline)?;
    output::write(&pipeline, format!("{definition}\n[options.call]\nshards = {SHARDS}\n"))?;
    let several = WgsPipe { pipeline, ..one.clone() };
    let (mut whole, mut shared, mut digests) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=args.repeat {
        say(&format!("wgs-pipe run with 1 and {SHARDS} shards ({number} of {})", args.repeat));
        let (run, layout) = match number {
            1 => one.run(&simulation, &bench.bundle, &out)?,
            _ => one.again(&bench.bundle, &out)?,
        };
        whole.push(run);
        let gvcf = layout.gvcf(&SAMPLE.parse::<SampleId>()?);
        digests.push(digest::sha256_file(&gvcf)?);
        shared.push(several.again(&bench.bundle, &out)?.0);
        digests.push(digest::sha256_file(&gvcf)?);
    }
    let identical = digests.windows(2).all(|pair| pair[0] == pair[1]);
    Ok(Shards { whole, shared, identical })
}

impl Shards {
    /// What each shard took, and what gathering did.
    fn tasks(&self) -> (Vec<Used>, Used) {
        let shared = Run::median(&self.shared);
        let (shards, gathering): (Vec<_>, Vec<_>) = shared
            .tasks
            .iter()
            .filter(|task| task.stage == "call")
            .partition(|task| task.task.contains(".shard-"));
        let gathering = gathering.first().map_or(Used::default(), |task| task.used);
        (shards.into_iter().map(|task| task.used).collect(), gathering)
    }

    /// Evenness, what is paid for it, and sameness.
    pub(super) fn targets(&self) -> Vec<Target> {
        let (shards, gathering) = self.tasks();
        let sum: f64 = shards.iter().map(|used| used.core_s).sum();
        let most = shards.iter().map(|used| used.core_s).fold(0.0, f64::max);
        let whole = Run::median(&self.whole).stage("call").core_s;
        let over_whole = (sum + gathering.core_s) / whole;
        let differing = f64::from(u8::from(!self.identical));
        let over_mean = most / (sum / shards.len() as f64);
        vec![
            Target::at_most("longest shard over the mean, core-s", over_mean, MAX_OVER_MEAN, "x"),
            Target::at_most("shards and gathering over one task", over_whole, MAX_OVER_WHOLE, "x"),
            Target::at_most("call: outputs that differ by shards", differing, 0.0, ""),
        ]
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let (shards, gathering) = self.tasks();
        let whole = Run::median(&self.whole).stage("call");
        let mut text = "\n## Shards\n\n".to_owned() + &table::used_head("one task");
        text += &table::used("call, one task", whole, None);
        for (index, &used) in shards.iter().enumerate() {
            text += &table::used(&format!("call, shard {}", index + 1), used, Some(whole));
        }
        text + &table::used("call, gathering", gathering, Some(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::wgs_pipe::Task;

    fn run(tasks: &[(&str, f64)]) -> Run {
        let task = |&(task, core_s): &(&str, f64)| Task {
            stage: "call".into(),
            task: task.into(),
            used: Used { core_s, ..Used::default() },
        };
        Run { whole: Used::default(), tasks: tasks.iter().map(task).collect() }
    }

    #[test]
    fn the_longest_shard_and_all_together_are_held_against_the_whole() {
        let shards = [("call.S.shard-1", 4.0), ("call.S.shard-2", 5.0), ("call.S", 0.5)];
        let measured = |whole| Shards {
            whole: vec![run(&[("call.S", whole)])],
            shared: vec![run(&shards)],
            identical: true,
        };
        let met = |whole| measured(whole).targets().iter().map(|t| t.met).collect::<Vec<_>>();
        assert_eq!(met(9.0), [true, true, true], "5 over 4.5, 9.5 over 9");
        assert_eq!(met(8.0), [true, false, true]);
    }
}
