//! What `bench-peers annotate-speed` says.

use serde::Serialize;

use super::peers::VepRun;
use crate::bench::{machine::Machine, process::Used, target::Target};

pub(super) const OURS: &str = "wgs-pipe annotate, VCF to bgzip VCF with index";
pub(super) const OURS_ALONE: &str = "wgs-pipe annotate, 1 thread, bgzip";
pub(super) const FASTVEP: &str = "fastVEP, consequences and four stores, plain VCF thrown away";
pub(super) const ECHTVAR: &str = "echtvar, four stores, no consequences (1 thread)";

/// Bytes of the stores of a source.
#[derive(Serialize)]
pub(super) struct Size {
    pub(super) source: String,
    pub(super) fields: String,
    pub(super) ours: u64,
    pub(super) echtvar: Option<u64>,
    pub(super) fastvep: Option<u64>,
}

/// All figures.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) variants: u64,
    pub(super) records: u64,
    pub(super) seed: u64,
    pub(super) threads: usize,
    pub(super) peers: Vec<(&'static str, Option<String>)>,
    pub(super) runs: Vec<(String, Vec<Used>)>,
    pub(super) vep: Option<VepRun>,
    /// Whether one thread and several wrote the same bytes.
    pub(super) same_bytes: Option<bool>,
    /// The share of variants that have a frequency of the largest store.
    pub(super) with_frequency: Option<f64>,
    pub(super) sizes: Vec<Size>,
    pub(super) builds: Vec<(String, Used)>,
    pub(super) targets: Vec<Target>,
}

impl Report {
    fn median(&self, name: &str) -> Option<Used> {
        self.runs.iter().find(|(run, _)| run == name).map(|(_, all)| Used::median(all))
    }

    /// With what the figures should be.
    pub(super) fn judged(mut self) -> Self {
        let mut targets = Vec::new();
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        if let Some(ours) = self.median(OURS) {
            let a_second = self.variants as f64 / ours.wall_s;
            targets.push(Target::at_least("variants a second", a_second, 150_000.0, "/s"));
            let genome = 4_500_000.0 / a_second;
            targets.push(Target::at_most("4.5 M variants", genome, 30.0, " s"));
            let a_core = self.variants as f64 / ours.core_s * self.threads as f64;
            let name = "variants a second, were the processors ours alone (by CPU time)";
            targets.push(Target::at_least(name, a_core, 150_000.0, "/s"));
            let memory = mebibytes(ours.max_rss_bytes);
            targets.push(Target::at_most("memory", memory, 2048.0, " MiB"));
        }
        if let (Some(ours), Some(theirs)) = (self.median(OURS), self.median(FASTVEP)) {
            let (wall, core) = (theirs.wall_s / ours.wall_s, theirs.core_s / ours.core_s);
            targets.push(Target::at_least("as fast as fastVEP (time)", wall, 1.5, "x"));
            targets.push(Target::at_least("as fast as fastVEP (CPU time)", core, 1.5, "x"));
        }
        if let (Some(ours), Some(vep)) = (self.median(OURS), &self.vep) {
            let each = |used: f64, variants: u64| used / variants as f64;
            let times = each(vep.used.wall_s, vep.variants) / each(ours.wall_s, self.variants);
            targets.push(Target::at_least("as fast as VEP (time)", times, 50.0, "x"));
            let times = each(vep.used.core_s, vep.variants) / each(ours.core_s, self.variants);
            targets.push(Target::at_least("as fast as VEP (CPU time)", times, 50.0, "x"));
        }
        for size in &self.sizes {
            if let Some(theirs) = size.echtvar {
                let name = format!("store of {} to echtvar's", size.source);
                targets.push(Target::at_most(name, size.ours as f64 / theirs as f64, 1.0, "x"));
            }
        }
        self.targets = targets;
        self
    }

    pub(super) fn markdown(&self) -> String {
        let Self { variants, records, seed, threads, .. } = self;
        let mut text = format!(
            "# Annotation of a genome\n\n{variants} variants, the largest store of {records} records, \
             seed {seed}, {threads} threads. {}.\n\n",
            self.machine.line()
        );
        for (name, version) in &self.peers {
            text += &match version {
                Some(version) => format!("- {name} {version}\n"),
                None => format!("- {name} did not take part\n"),
            };
        }
        text += "\n| work | runs | wall s | CPU s | variants/s | peak MiB |\n|---|--:|--:|--:|--:|--:|\n";
        for (name, all) in &self.runs {
            let Used { wall_s, core_s, max_rss_bytes } = Used::median(all);
            let (a_second, memory) = (*variants as f64 / wall_s, max_rss_bytes >> 20);
            let runs = all.len();
            text += &format!(
                "| {name} | {runs} | {wall_s:.1} | {core_s:.1} | {a_second:.0} | {memory} |\n"
            );
        }
        if let Some(VepRun { variants, used }) = &self.vep {
            let Used { wall_s, core_s, max_rss_bytes } = used;
            let (a_second, memory) = (*variants as f64 / wall_s, max_rss_bytes >> 20);
            text += &format!(
                "| Ensembl VEP, {variants} variants, consequences only | 1 | {wall_s:.1} | {core_s:.1} \
                 | {a_second:.0} | {memory} |\n"
            );
        }
        if let Some(same) = self.same_bytes {
            let verdict = if same { "the same bytes" } else { "**other bytes**" };
            text += &format!("\nOne thread and {threads} write {verdict}.");
        }
        if let Some(share) = self.with_frequency {
            text += &format!(" {:.1}% of the variants have a frequency.\n", 100.0 * share);
        }
        text += "\n| store | fields | ours MB | echtvar MB | fastVEP MB | build s | build MiB |\n\
                 |---|---|--:|--:|--:|--:|--:|\n";
        for size in &self.sizes {
            let megabytes = |bytes: u64| format!("{:.1}", bytes as f64 / 1e6);
            let other = |bytes: Option<u64>| bytes.map(megabytes).unwrap_or_default();
            let build = self.builds.iter().find(|(name, _)| *name == size.source);
            let (wall, memory) =
                build.map_or((0.0, 0), |(_, used)| (used.wall_s, used.max_rss_bytes >> 20));
            text += &format!(
                "| {} | {} | {} | {} | {} | {wall:.0} | {memory} |\n",
                size.source,
                size.fields,
                megabytes(size.ours),
                other(size.echtvar),
                other(size.fastvep),
            );
        }
        text += "\n| what | measured | target | |\n|---|--:|--:|---|\n";
        text.extend(self.targets.iter().map(Target::row));
        text
    }
}
