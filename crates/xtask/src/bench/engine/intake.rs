//! What it costs to take in a delivery, beside the tools that check it one after the other.

use std::{fmt::Write, path::Path};

use serde::{Deserialize, Serialize};
use wgs_formats::output;

use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, Used, command},
        target::Target,
    },
};

/// How often all are measured, in turn.
const REPEATS: usize = 5;
const LANES: u32 = 2;
const READ_LENGTH: usize = 150;
/// The lists of checksums lie beside the reads, as providers deliver them.
const LISTS: &str = "md5sum *.fastq.gz > md5sum.txt && sha256sum *.fastq.gz > sha256sum.txt";
const DIGESTS: &str = "md5sum --quiet -c md5sum.txt && sha256sum --quiet -c sha256sum.txt";
const CONTENT: &str = "gzip -t *.fastq.gz";

/// What was measured.
#[derive(Serialize)]
pub(super) struct Figures {
    files: u32,
    bytes: u64,
    /// Checksums of both kinds.
    digests: Pair,
    /// The same, and all reads decoded.
    content: Pair,
}

/// Both at the same checks.
#[derive(Default, Serialize)]
struct Pair {
    intake: Vec<Used>,
    tools: Vec<Used>,
}

impl Pair {
    fn ratio(&self, figure: fn(&Used) -> f64) -> f64 {
        figure(&Used::median(&self.intake)) / figure(&Used::median(&self.tools))
    }
}

/// What decides a delivery.
#[derive(PartialEq, Serialize, Deserialize)]
struct Recipe {
    reads: usize,
    seed: u64,
}

impl Figures {
    pub(super) fn targets(&self) -> Vec<Target> {
        let of = |name: &str, pair: &Pair| {
            let cpu = format!("intake beside {name}: processor time");
            let wall = format!("intake beside {name}: wall time");
            [
                Target::at_most(cpu, pair.ratio(|used| used.core_s), 1.0, "x"),
                Target::at_most(wall, pair.ratio(|used| used.wall_s), 1.0, "x"),
            ]
        };
        let digests = of("md5sum and sha256sum", &self.digests);
        let content = of("md5sum, sha256sum and gzip -t", &self.content);
        digests.into_iter().chain(content).collect()
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "Intake of {} files of FASTQ, {} MB of gzip, with lists of MD5 and SHA-256, by one thread; \
             beside it the tools one after the other (medians of {REPEATS}).\n\n\
             | | CPU s | wall s |\n|---|--:|--:|\n",
            self.files,
            self.bytes / 1_000_000
        );
        let rows = [
            ("md5sum -c, sha256sum -c", &self.digests.tools),
            ("wgs-pipe intake", &self.digests.intake),
            ("md5sum -c, sha256sum -c, gzip -t", &self.content.tools),
            ("wgs-pipe intake --deep", &self.content.intake),
        ];
        for (name, used) in rows {
            let Used { core_s, wall_s, .. } = Used::median(used);
            // A String takes all text.
            let _ = writeln!(text, "| {name} | {core_s:.2} | {wall_s:.2} |");
        }
        text + "\n"
    }
}

pub(super) fn measure(
    reads: usize,
    seed: u64,
    binary: &Path,
    room: &Path,
) -> Result<Figures, Error> {
    output::create_folder(room)?;
    let log = room.join("log");
    let delivery = folder::kept(&room.join("delivery"), &Recipe { reads, seed }, |folder| {
        make(folder, &Recipe { reads, seed }, &log)
    })?;
    let mut figures =
        Figures { files: 2 * LANES, bytes: 0, digests: Pair::default(), content: Pair::default() };
    for entry in std::fs::read_dir(&delivery)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(".gz") {
            figures.bytes += entry.metadata()?.len();
        }
    }
    let tools = |script: &str| shell(script, &delivery, &log);
    let intake = |options: &[&str]| -> Result<Used, Error> {
        let cases = folder::fresh(&room.join("cases"))?;
        let mut intake = command(binary, ["intake"]);
        intake.arg(&delivery).arg("--cases").arg(&cases);
        intake.args(["--single", "--settle", "0s", "--threads", "1"]).args(options);
        let used = Pipeline::new(log.clone(), [intake]).run()?;
        match cases.join("S1.toml").exists() {
            true => Ok(used),
            false => Err(format!("{}: no case was written", log.display()).into()),
        }
    };
    for _ in 0..REPEATS {
        figures.digests.tools.push(tools(DIGESTS)?);
        figures.digests.intake.push(intake(&[])?);
        figures.content.tools.push(tools(DIGESTS)?.then(tools(CONTENT)?));
        figures.content.intake.push(intake(&["--deep"])?);
    }
    Ok(figures)
}

fn shell(script: &str, folder: &Path, log: &Path) -> Result<Used, Error> {
    let mut shell = command("sh", ["-ec", script]);
    shell.current_dir(folder);
    Pipeline::new(log.to_owned(), [shell]).run()
}

fn make(folder: &Path, recipe: &Recipe, log: &Path) -> Result<(), Error> {
    for lane in 1..=LANES {
        for mate in [1, 2] {
            let path = folder.join(format!("S1_S1_L00{lane}_R{mate}_001.fastq"));
            output::write(&path, fastq(recipe, lane, mate))?;
        }
    }
    shell("gzip -n *.fastq", folder, log)?;
    shell(LISTS, folder, log).map(drop)
}

/// Reads of random bases, with the four qualities of today's sequencers.
fn fastq(recipe: &Recipe, lane: u32, mate: u32) -> Vec<u8> {
    let mut state = recipe.seed ^ u64::from(lane) << 40 ^ u64::from(mate) << 32;
    let mut text = Vec::with_capacity(recipe.reads * (2 * READ_LENGTH + 64));
    for number in 0..recipe.reads {
        let title = format!("@SIM:1:HBENCHXX:{lane}:1101:{number}:{number} {mate}:N:0:ACGTACGT\n");
        text.extend(title.as_bytes());
        text.extend((0..READ_LENGTH).map(|_| b"ACGT"[(random(&mut state) >> 62) as usize]));
        text.extend(b"\n+\n");
        let quality = |r: u64| match r % 20 {
            0 => b'#',
            1 => b',',
            2 | 3 => b':',
            _ => b'F',
        };
        text.extend((0..READ_LENGTH).map(|_| quality(random(&mut state) >> 33)));
        text.push(b'\n');
    }
    text
}

/// The next number of SplitMix64 (Steele, Lea and Flood 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
