//! The course of a measurement: simulation, wgs-pipe, its peers, and what their outputs are worth.

use std::{
    iter,
    path::{Path, PathBuf},
};

use wgs_engine::RunRecord;
use wgs_task::CaseLayout;

use super::{
    Options,
    accuracy::{Accuracy, Judge},
    peers::{Peer, Workplace},
    report::Report,
    tools::Tools,
    validity,
};
use crate::{
    Error,
    bench::{
        folder,
        machine::Machine,
        process::Used,
        reference::{Indexer, Reference},
        say,
        setup::{Room, Setup},
        simulation::{Recipe, Simulation},
        wgs_pipe::{self, Run, WgsPipe},
    },
};

/// The pipeline of `wgs-pipe run`.
const PIPELINE: &str = include_str!("../../../../../pipelines/germline.toml");

/// QUAL at which callers that set no filters are judged as well: what their manuals advise.
const USUAL_MIN_QUAL: f64 = 20.0;

/// Annotation sources of the bundle and their files in the reference data.
const SOURCES: &[(&str, &str)] = &[
    ("clinvar", "clinvar.vcf.gz"),
    ("gnomad_exomes", "gnomad_exomes.vcf.gz"),
    ("dbsnp", "dbsnp.vcf.gz"),
];

/// Measures everything, one after the other.
pub(super) fn measure(options: &Options, tools: Tools, setup: &Setup) -> Result<Report, Error> {
    let machine = Machine::here();
    let room = &setup.room;
    let Options { setup: args, contigs, seed } = options;
    let recipe = Recipe { coverage: args.coverage, contigs: contigs.clone(), seed: *seed };
    let simulation = setup.simulation("simulation", &recipe)?;
    say("indexing the genome, unless that is done");
    let bwa = tools.bwa.iter().map(|v| Indexer { program: "bwa".into(), version: v.clone() });
    let indexers: Vec<Indexer> = bwa.collect();
    let reference = Reference::make(
        &room.folder("reference"),
        &setup.inputs.genome,
        &indexers,
        &room.log("index"),
    )?;

    let wgs_pipe = WgsPipe {
        binary: setup.binary.clone(),
        limits: args.limits(),
        aligner: args.aligner(),
        pipeline: args.pipeline(PIPELINE, room)?,
        log: room.log("wgs-pipe"),
    };
    let ours = ours(&wgs_pipe, &simulation, setup, args.repeat)?;
    let cram = wgs_pipe::cram(&ours.layout)?;
    let place = Workplace {
        reference: &reference,
        threads: args.threads,
        folder: folder::fresh(&room.folder("peers"))?,
        room,
    };
    let (peers, mut calls) = peers(&place, &simulation, &cram, &tools, args.repeat)?;
    calls.insert(
        0,
        CallSet { caller: "wgs-pipe", path: ours.layout.small_variants(), has_filters: true },
    );

    say("judging the calls and the CRAM");
    Ok(Report {
        machine,
        limits: wgs_pipe.limits,
        simulation: recipe,
        program: RunRecord::read(&ours.layout)?.program,
        bundle: ours.bundle,
        runs: ours.runs,
        peers,
        accuracy: judge(&calls, &simulation, &reference, room)?,
        validity: validity::check(&cram, &reference, &tools, room)?,
        left_out: tools.left_out(),
        tools,
    })
}

/// What wgs-pipe took, and where the outputs of its last run are.
struct Ours {
    bundle: Used,
    runs: Vec<Run>,
    layout: CaseLayout,
}

fn ours(
    wgs_pipe: &WgsPipe,
    simulation: &Simulation,
    setup: &Setup,
    repeat: u32,
) -> Result<Ours, Error> {
    say("wgs-pipe bundle build");
    let room = &setup.room;
    let bundle = room.folder("bundle");
    let bundle_used = wgs_pipe.build_bundle(&setup.data, SOURCES, &bundle)?;
    let run = |number| {
        say(&format!("wgs-pipe run ({number} of {repeat})"));
        wgs_pipe.run(simulation, &bundle, &room.folder("run"))
    };
    let (first, mut layout) = run(1)?;
    let mut runs = vec![first];
    for number in 2..=repeat {
        let (next, made) = run(number)?;
        runs.push(next);
        layout = made;
    }
    Ok(Ours { bundle: bundle_used, runs, layout })
}

/// Judges all calls of each caller, and those with the usual QUAL of a caller without filters.
fn judge(
    calls: &[CallSet],
    simulation: &Simulation,
    reference: &Reference,
    room: &Room,
) -> Result<Vec<Accuracy>, Error> {
    let judge = Judge::new(
        reference.fasta(),
        simulation.confident(),
        &simulation.truth(),
        &room.folder("accuracy"),
        room.log("accuracy"),
    )?;
    let ways = calls.iter().flat_map(|calls| {
        let usual = (!calls.has_filters).then_some(Some(USUAL_MIN_QUAL));
        iter::once(None).chain(usual).map(move |min_qual| (calls, min_qual))
    });
    ways.map(|(calls, min_qual)| judge.judge(calls.caller, &calls.path, min_qual)).collect()
}

/// What a caller made of our CRAM.
struct CallSet {
    caller: &'static str,
    path: PathBuf,
    /// The caller marks in FILTER what it does not stand by.
    has_filters: bool,
}

fn peers(
    place: &Workplace,
    simulation: &Simulation,
    cram: &Path,
    tools: &Tools,
    repeat: u32,
) -> Result<(Vec<Peer>, Vec<CallSet>), Error> {
    let (mut peers, mut calls) = (Vec::new(), Vec::new());
    let mut measure = |name, against, times: u32, run: &dyn Fn() -> Result<_, Error>| {
        say(name);
        let runs = (0..times).map(|_| run()).collect::<Result<_, _>>()?;
        peers.push(Peer { name, against, runs });
        Ok::<(), Error>(())
    };
    if tools.bwa.is_some() {
        measure("bwa mem + samtools", "reads", repeat, &|| place.align(simulation))?;
    }
    let bcftools = place.folder.join("bcftools.vcf.gz");
    measure("bcftools mpileup + call", "call", repeat, &|| place.bcftools(cram, &bcftools))?;
    calls.push(CallSet { caller: "bcftools", path: bcftools, has_filters: false });
    if tools.freebayes.is_some() {
        let freebayes = place.folder.join("freebayes.vcf");
        measure("freebayes", "call", 1, &|| place.freebayes(cram, &freebayes))?;
        calls.push(CallSet { caller: "freebayes", path: freebayes, has_filters: false });
    }
    Ok((peers, calls))
}
