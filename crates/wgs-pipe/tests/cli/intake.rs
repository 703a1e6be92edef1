//! Deliveries, from inbox to a run.

use std::{
    fs,
    io::Write,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use wgs_core::Sex;
use wgs_formats::{digest, output};
use wgs_testkit::{Genotype, Simulator, TestCase};

use crate::room::Room;

const INTAKE: [&str; 6] = ["intake", "inbox", "--cases", "cases", "--settle", "0s"];
const SAMPLES: [&str; 2] = ["--samples", "samples.csv"];

fn args<'a>(more: &[&'a str]) -> Vec<&'a str> {
    INTAKE.iter().chain(more).copied().collect()
}

/// The JSON lines of an intake that ends with some code.
fn lines(room: &Room, code: i32, more: &[&str]) -> Vec<Value> {
    let output = room.command(args(more)).arg("--json").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn states<'a>(lines: &'a [Value], what: &str) -> Vec<&'a str> {
    let of_kind = lines.iter().filter(|line| line["what"] == what);
    of_kind.map(|line| line["state"].as_str().unwrap()).collect()
}

fn list(folder: &Path) {
    let mut lines = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "gz") {
            let name = path.file_name().unwrap().to_str().unwrap();
            lines += &format!("{} *./{name}\r\n", digest::md5_file(&path).unwrap());
        }
    }
    output::write(&folder.join("MD5.txt"), lines).unwrap();
}

#[test]
fn a_family_in_two_parts_with_a_damaged_file() {
    let room = Room::new();
    let (genome, _, child) = TestCase::quickstart().person();
    let carried = |allele| move |v: &wgs_testkit::Variant| v.genotype.carries(allele);
    let parent = |sex, allele| {
        let carried = carried(allele);
        child.relative(sex, move |v| carried(v).then_some(Genotype::Heterozygous(0)))
    };
    let (first, second) = (room.path("inbox/first"), room.path("inbox/second"));
    for folder in [&first, &second] {
        fs::create_dir_all(folder).unwrap();
    }
    for (folder, name, seed, variants) in
        [(&first, "P-dad", 5, parent(Sex::Male, 0)), (&second, "P-mum", 6, parent(Sex::Female, 1))]
    {
        let simulator = Simulator { coverage: 3.0, ..Simulator::new(seed) };
        simulator.write_lanes(folder, name, &genome, &variants).unwrap();
    }
    for lane in ["L001", "L002"] {
        for read in ["R1", "R2"] {
            let from = room.path(&format!("data/reads/NA-demo_{lane}_{read}.fastq.gz"));
            fs::copy(from, first.join(format!("P-kid_S1_{lane}_{read}_001.fastq.gz"))).unwrap();
        }
    }
    list(&first);
    room.put(
        "samples.csv",
        "case,sample,role,sex,delivered_as,library\nfam,kid,proband,female,P-kid,lib1\n\
         fam,dad,father,male,P-dad,lib1\nfam,mum,mother,female,P-mum,lib1\n",
    );
    let damaged = first.join("P-kid_S1_L002_R2_001.fastq.gz");
    let good = fs::read(&damaged).unwrap();
    output::write(&damaged, &good[..good.len() - 1000]).unwrap();

    let told = lines(&room, 6, &SAMPLES);
    assert_eq!(states(&told, "case"), ["waiting"]);
    assert_eq!(states(&told, "sample"), ["waiting", "complete", "waiting"]);
    assert!(room.text("cases/intake/quarantine.tsv").contains("P-kid_S1_L002_R2_001.fastq.gz"));
    output::write(&damaged, &good).unwrap();
    let told = lines(&room, 4, &SAMPLES);
    assert_eq!(states(&told, "sample"), ["complete", "complete", "waiting"]);
    assert!(!room.path("cases/fam.toml").exists());
    list(&second);
    let told = lines(&room, 0, &SAMPLES);
    assert_eq!(states(&told, "case"), ["written"]);
    let again = room.ok(args(&SAMPLES));
    assert!(again.contains("fam\tthere already") && again.contains("nothing new"), "{again}");

    let plan = room.ok(["plan", "cases/fam.toml", "--bundle", "bundle", "--out", "out"]);
    assert!(plan.contains("fam\treads.kid\twill run") && plan.contains("reads.mum"), "{plan}");
    assert_eq!(plan.matches("\treads.").count(), 3);

    // What is expected of the files is what `run` checks.
    let text = room.text("inbox/first/P-kid_S1_L002_R2_001.fastq.gz");
    let mut other = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    other.write_all(text.as_bytes()).unwrap();
    output::write(&damaged, other.finish().unwrap()).unwrap();
    let error = room.fails(6, ["run", "cases/fam.toml", "--bundle", "bundle", "--out", "out"]);
    assert!(error.contains("P-kid_S1_L002_R2_001.fastq.gz: its "), "{error}");
}

#[test]
fn a_killed_intake_goes_on_where_it_was() {
    let room = Room::new();
    fs::create_dir_all(room.path("inbox")).unwrap();
    let mut sums = String::new();
    for lane in 1..=8 {
        for mate in [1, 2] {
            let mut text = Vec::new();
            for n in 0..40_000 {
                writeln!(text, "@A:1:HXA:{lane}:1101:1:{n} {mate}:N:0:A").unwrap();
                text.extend_from_slice(&[b"ACGTTGCAAC".repeat(15), b"\n+\n".to_vec()].concat());
                text.extend_from_slice(&[b"F".repeat(150), b"\n".to_vec()].concat());
            }
            let name = format!("S_S1_L{lane:03}_R{mate}_001.fastq");
            sums += &format!("SHA256 ({name}) = {}\n", digest::sha256_bytes(&text));
            room.put(&format!("inbox/{name}"), text);
        }
    }
    room.put("inbox/checksums.sha256", sums);
    let more = ["--single", "--deep", "--threads", "1"];
    let mut child = room.command(args(&more)).stdout(Stdio::null()).spawn().unwrap();
    let journal = room.path("cases/intake/journal.jsonl");
    let begin = Instant::now();
    let known = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    while known() < 3 && begin.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let known = known();
    assert!((3..16).contains(&known), "{known} files were read before the end");
    assert!(!room.path("cases/S.toml").exists());
    let told = lines(&room, 0, &more);
    let scan = told.last().unwrap();
    assert!(scan["files_read"].as_u64().unwrap() <= 16 - 3, "{scan}");
    assert_eq!(states(&told, "case"), ["written"]);
    assert_eq!(lines(&room, 0, &more).last().unwrap()["is_unchanged"], true);
}

#[test]
fn a_watch_ends_when_another_takes_its_state_over() {
    let room = Room::new();
    fs::create_dir(room.path("inbox")).unwrap();
    let mut watch = room
        .command(args(&["--single", "--watch", "1s"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lease = room.path("cases/intake/lease.json");
    let patience = Instant::now() + Duration::from_secs(30);
    while !lease.exists() && Instant::now() < patience {
        thread::sleep(Duration::from_millis(20));
    }
    let mut other: Value = serde_json::from_slice(&fs::read(&lease).unwrap()).unwrap();
    other["token"] = "other".into();
    output::write_json(&lease, &other).unwrap();
    let code = loop {
        match watch.try_wait().unwrap() {
            Some(status) => break status.code(),
            None if Instant::now() > patience => watch.kill().unwrap(),
            None => thread::sleep(Duration::from_millis(50)),
        }
    };
    assert_eq!(code, Some(5));
}

#[test]
fn a_watch_takes_what_comes_and_ends_when_it_is_told_to() {
    let room = Room::new();
    fs::create_dir_all(room.path("inbox")).unwrap();
    let mut watch = room
        .command(args(&["--single", "--without-checksums", "--watch", "1s"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(1500));
    assert!(room.fails(5, args(&["--single"])).contains("another intake"));
    for read in [1, 2] {
        let from = room.path(&format!("data/reads/NA-demo_L001_R{read}.fastq.gz"));
        fs::copy(from, room.path(&format!("inbox/NA-demo_{read}.fastq.gz"))).unwrap();
    }
    let begin = Instant::now();
    while !room.path("cases/NA-demo.toml").exists() && begin.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(50));
    }
    let pid = nix::unistd::Pid::from_raw(i32::try_from(watch.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(watch.wait().unwrap().code(), Some(130));
    assert!(room.text("cases/NA-demo.toml").contains("NA-demo_1.fastq.gz"));
}

#[test]
fn command_lines_that_cannot_be() {
    let room = Room::new();
    room.fails(2, args(&["--single", "--samples", "x"]));
    room.fails(4, ["intake", "nowhere", "--cases", "cases"]);
    room.fails(2, ["intake", "data/genome.fa.gz", "--cases", "cases"]);
    fs::create_dir_all(room.path("inbox")).unwrap();
    room.fails(4, args(&["--samples", "nowhere"]));
    room.fails(4, args(&[]));
    room.put("samples.csv", "case,sample,role\nA,a,boss\n");
    assert!(room.fails(3, args(&SAMPLES)).contains("line 2, column role"));
}
