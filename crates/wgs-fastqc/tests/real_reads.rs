//! Figures of real reads (an exome's pairs of 2x151), against counts taken with a script that goes
//! through every base by itself. Skipped where the shared data are absent.

use wgs_fastqc::{FastqFiles, QcOptions, qc_files};
use wgs_testkit::shared_data;

#[test]
fn exome_lane() {
    let Some(r1) = shared_data("hcc1395-brca1/normal.2895499331.R1.fastq.gz") else { return };
    let Some(r2) = shared_data("hcc1395-brca1/normal.2895499331.R2.fastq.gz") else { return };
    let files = FastqFiles { read_group: "g".into(), library: None, r1, r2: Some(r2) };
    let qc = qc_files(None, &[files], &QcOptions::default()).unwrap();
    let group = &qc.read_groups[0];
    let r2 = group.r2.as_ref().unwrap();
    assert_eq!((group.r1.reads, group.r1.bases, r2.bases), (1455, 219_705, 219_705));
    let q30 = [group.r1.q30_rate, r2.q30_rate].map(|rate| format!("{rate:.6}"));
    assert_eq!(q30, ["0.927061", "0.831843"]);
    assert_eq!((group.r1.adapters[0].reads, r2.adapters[0].reads), (167, 157));
    assert_eq!(group.duplication.distinct_templates, 1381);
    let overlap = group.overlap.as_ref().unwrap();
    assert_eq!(overlap.r1_adapter.as_deref(), Some("AGATCGGAAGAGCACACGTCTGAA"));
    assert_eq!(overlap.r2_adapter.as_deref(), Some("AGATCGGAAGAGCGTCGTGTAGGG"));
}
