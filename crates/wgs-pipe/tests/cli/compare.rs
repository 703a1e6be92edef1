//! `compare` of the quick-start case's truth with itself, with errors, and with what cannot be
//! compared.

use crate::room::Room;

const TRUTH: &str = "data/truth.vcf";
const GENOME: &str = "data/genome.fa.gz";

/// The truth of one sample, which passes all checks, without the lines that `leave_out` picks.
fn truth(room: &Room, leave_out: impl Fn(usize) -> bool) -> String {
    let text = room.text(TRUTH);
    let (head, records): (Vec<&str>, Vec<&str>) = text.lines().partition(|l| l.starts_with('#'));
    let kept = records.iter().enumerate().filter(|(i, _)| !leave_out(*i)).map(|(_, line)| *line);
    head.into_iter().chain(kept).fold(String::new(), |text, line| text + line + "\n")
}

fn counts(room: &Room, out: &str) -> Vec<u64> {
    let text = room.text(&format!("{out}/summary.tsv"));
    let row = text.lines().find(|line| line.starts_with("ALL\t")).unwrap();
    row.split('\t').skip(1).take(3).map(|field| field.parse().unwrap()).collect()
}

#[test]
fn calls_are_measured_against_a_truth_set() {
    let room = Room::new();
    let args = |calls: &'static str, out: &'static str| {
        ["compare", "--truth", TRUTH, "--calls", calls, "--reference", GENOME, "--out", out]
    };
    let said = room.ok(args(TRUTH, "same"));
    let [all, 0, 0] = counts(&room, "same")[..] else { panic!("{said}") };
    assert!(all > 50 && said.contains("SNV"), "{said}");
    room.put("less.vcf", truth(&room, |i| i % 10 == 0));
    room.ok(args("less.vcf", "less"));
    let [found, 0, missed] = counts(&room, "less")[..] else { panic!("no wrong calls") };
    assert_eq!(found + missed, all);
    assert!(missed > 0);
    assert!(room.path("less/annotated.vcf.gz.tbi").is_file());
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_nothing() {
    let room = Room::new();
    let refused = |code: i32, more: &[&str], says: &str| {
        let mut args = vec!["compare", "--truth", TRUTH, "--reference", GENOME, "--out", "out"];
        args.extend(more);
        let error = room.fails(code, args);
        assert!(error.contains(says), "{says:?} is not in {error:?}");
        assert!(!room.path("out").exists());
    };
    let text = room.text(TRUTH);
    let first = text.lines().find(|line| !line.starts_with('#')).unwrap();
    let reference = first.split('\t').nth(3).unwrap();
    let other = if reference.starts_with('A') { "C" } else { "A" };
    let mut columns: Vec<&str> = first.split('\t').collect();
    columns[3] = other;
    room.put("ref.vcf", text.replace(first, &columns.join("\t")));
    refused(8, &["--calls", "ref.vcf"], "but the reference has");
    room.put("cut.vcf", "##fileformat=VCFv4.3\n");
    refused(7, &["--calls", "cut.vcf"], "cut.vcf");
    room.put("none.bed", "# nothing\n");
    refused(6, &["--calls", TRUTH, "--confident", "none.bed"], "holds no region");
    refused(4, &["--calls", "absent.vcf"], "absent.vcf");
    refused(2, &["--calls", TRUTH, "--stratify", "x"], "NAME=BED");
    refused(2, &["--calls", TRUTH, "--calls-sample", "nobody"], "no sample \"nobody\"");
}
