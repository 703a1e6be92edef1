//! Every program on the quick-start case, one after the other as their files need each other.

use std::{ffi::OsStr, path::PathBuf, process::Output};

use assert_cmd::Command;

fn test_data(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "test-data", name].iter().collect()
}

fn run<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Output {
    Command::new(program).args(arguments).output().expect("the program was built")
}

fn stdout<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> String {
    let output = run(program, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("they print text")
}

#[test]
fn without_arguments_they_say_how_they_are_used() {
    let output = run(env!("CARGO_BIN_EXE_core-example"), [""; 0]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage: core-example GENOME.fa.fai"));
}

#[test]
fn from_reads_to_report() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let [r1, r2] = ["R1", "R2"].map(|r| test_data(&format!("reads/NA-demo_L001_{r}.fastq.gz")));

    let lane = stdout(env!("CARGO_BIN_EXE_fastqc-example"), [&r1, &r2]);
    assert!(lane.lines().nth(1).is_some_and(|l| l.starts_with("R1\t")), "{lane}");

    let align = env!("CARGO_BIN_EXE_align-example");
    let aligned = stdout(align, [&test_data("genome.fa.gz"), &r1, &r2, &at("")]);
    assert!(aligned.ends_with("reads.cram\n"), "{aligned}");
    let (reads, genome) = (at("reads.cram"), at("genome.fa"));

    let region = "chrX:1,001-2,000";
    let core = env!("CARGO_BIN_EXE_core-example");
    let told = stdout(core, [at("genome.fa.fai").as_os_str(), OsStr::new(region)]);
    assert!(told.contains("chrX\t1000\t2000"), "{told}");

    let counts = stdout(env!("CARGO_BIN_EXE_formats-example"), [&reads, &genome]);
    assert!(counts.contains("of sample sample") && counts.contains("\nchrM\t"), "{counts}");

    let metrics = stdout(env!("CARGO_BIN_EXE_metrics-example"), [&reads, &genome]);
    let depth = metrics.lines().find_map(|l| l.strip_prefix("mean depth\t")).unwrap();
    assert!((9.0..15.0).contains(&depth.parse::<f64>().unwrap()), "{metrics}");

    let smallvar = env!("CARGO_BIN_EXE_smallvar-example");
    let called = stdout(smallvar, [&reads, &genome, &at("calls.vcf.gz")]);
    let passing = called.lines().find_map(|l| l.strip_prefix("PASS\t")).unwrap();
    assert!((150..300).contains(&passing.parse::<u32>().unwrap()), "{called}");

    let compare = env!("CARGO_BIN_EXE_compare-example");
    let compared = stdout(compare, [&test_data("truth.vcf"), &at("calls.vcf.gz"), &genome]);
    let snvs = compared.lines().find_map(|l| l.strip_prefix("SNV\t")).unwrap();
    assert!(snvs.split('\t').next().unwrap().parse::<u32>().unwrap() > 100, "{compared}");

    let annotated = at("annotated.vcf.gz");
    let [genes, clinvar, truth] = ["genes.gff3.gz", "clinvar.vcf.gz", "truth.vcf"].map(test_data);
    let annotate = env!("CARGO_BIN_EXE_annotate-example");
    let effects = stdout(annotate, [&genome, &genes, &clinvar, &truth, &annotated]);
    assert!(effects.contains("stop_gained") && effects.contains("p.Gln121Ter"), "{effects}");

    let report = stdout(env!("CARGO_BIN_EXE_report-example"), [&annotated, &at("report")]);
    assert!(report.contains("DEMO1\tstop_gained"), "{report}");
    assert!(at("report/report.html").is_file());
}

#[test]
fn tasks_run_once() {
    let folder = tempfile::tempdir().unwrap();
    let case = test_data("case.toml");
    let told = stdout(env!("CARGO_BIN_EXE_task-example"), [&case]);
    assert!(told.contains("sample NA-demo"), "{told}");

    let engine = env!("CARGO_BIN_EXE_engine-example");
    let run = || stdout(engine, [case.as_path(), folder.path()]);
    assert_eq!(run(), "quickstart: 2 tasks ran, 0 were there\n");
    assert_eq!(run(), "quickstart: 0 tasks ran, 2 were there\n");
    assert!(folder.path().join("quickstart/pairs.1.txt").is_file());
}
