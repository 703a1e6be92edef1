//! MultiQC reads what we write. Skipped, with a message, where `multiqc` (in the path, or named by
//! the variable `MULTIQC`) or the shared data are absent.

use std::process::Command;

use wgs_fastqc::{FastqFiles, QcOptions, fastqc_data, qc_files};
use wgs_formats::output;
use wgs_testkit::shared_data;

#[test]
#[expect(clippy::print_stderr, reason = "says why it is skipped")]
fn real_multiqc_shows_every_module() {
    let program = std::env::var("MULTIQC").unwrap_or_else(|_| "multiqc".into());
    if !Command::new(&program).arg("--version").output().is_ok_and(|run| run.status.success()) {
        return eprintln!("skipped: no {program} here");
    }
    let Some(r1) = shared_data("hcc1395-brca1/normal.2895499331.R1.fastq.gz") else { return };
    let Some(r2) = shared_data("hcc1395-brca1/normal.2895499331.R2.fastq.gz") else { return };
    let files = FastqFiles { read_group: "lane".into(), library: None, r1, r2: Some(r2) };
    let qc = qc_files(Some("S"), &[files], &QcOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for data in fastqc_data(&qc) {
        let folder = folder.path().join(format!("{}_fastqc", data.name));
        output::create_folder(&folder).unwrap();
        output::write(&folder.join("fastqc_data.txt"), data.text).unwrap();
    }
    let run = Command::new(program)
        .args(["--quiet", "--module", "fastqc", "--outdir"])
        .arg(folder.path().join("multiqc"))
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let table = folder.path().join("multiqc/multiqc_data/multiqc_fastqc.txt");
    let table = std::fs::read_to_string(table).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').collect()).collect();
    let cell = |row: usize, column: &str| {
        let at = rows[0].iter().position(|name| *name == column);
        rows[row][at.unwrap_or_else(|| panic!("no {column} in {:?}", rows[0]))]
    };
    assert_eq!((rows.len(), cell(1, "Sample"), cell(2, "Sample")), (3, "S.lane_R1", "S.lane_R2"));
    assert_eq!(cell(1, "Total Sequences"), "1455.0");
    for (module, verdict) in [
        ("per_base_sequence_quality", "pass"),
        ("per_tile_sequence_quality", "fail"),
        ("per_sequence_quality_scores", "pass"),
        ("per_base_n_content", "pass"),
        ("sequence_length_distribution", "pass"),
        ("sequence_duplication_levels", "pass"),
        ("adapter_content", "fail"),
    ] {
        assert_eq!(cell(1, module), verdict, "{module}");
    }
}
