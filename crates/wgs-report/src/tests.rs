use std::path::Path;

use crate::{Inputs, Report, build, fixture, json_schema, model::Outcome, write_report};

fn report() -> Report {
    let folder = tempfile::tempdir().unwrap();
    build(&fixture::inputs(folder.path())).unwrap()
}

/// The report without its long series, for a snapshot that people can read.
fn without_series(mut report: Report) -> Report {
    report.samples.truncate(1);
    for sample in &mut report.samples {
        let reads = sample.reads.as_mut().unwrap();
        reads.read_groups.truncate(1);
        reads.r2_gc_percent = None;
        reads.r1_gc_percent.counts.truncate(2);
        let group = &mut reads.read_groups[0];
        group.r2 = None;
        group.r1.quality.mean_phred.truncate(2);
        group.r1.quality.p25_phred.truncate(2);
        group.r1.quality.p75_phred.truncate(2);
        let alignment = sample.alignment.as_mut().unwrap();
        alignment.r1_quality.mean_phred.truncate(2);
        alignment.r2_quality.mean_phred.truncate(2);
        alignment.insert_sizes.truncate(1);
        alignment.insert_sizes[0].histogram_bp.counts.truncate(2);
        alignment.mapping_quality_phred.counts.truncate(2);
        let coverage = sample.coverage.as_mut().unwrap();
        coverage.contigs.truncate(1);
        coverage.depth.counts.truncate(2);
        coverage.gc_bias.truncate(2);
        let track = coverage.track.as_mut().unwrap();
        track.contigs.truncate(1);
        track.contigs[0].mean_depth.truncate(2);
    }
    let summary = report.variants.as_mut().unwrap().summary.as_mut().unwrap();
    summary.samples.truncate(1);
    summary.alleles.indel_lengths.truncate(2);
    summary.samples[0].alleles.indel_lengths.truncate(2);
    report
}

#[test]
fn the_model_of_the_fixture() {
    insta::assert_snapshot!(without_series(report()).to_json());
}

#[test]
fn the_json_holds_all_that_the_page_shows() {
    let report = report();
    let again: Report = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(again, report);
    assert_eq!(again.to_html(), report.to_html());
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let write = |folder: &Path| {
        write_report(&build(&fixture::inputs(folder)).unwrap(), folder).unwrap();
        ["report.html", "report.json"].map(|name| std::fs::read(folder.join(name)).unwrap())
    };
    let files = write(one.path());
    assert_eq!(files, write(other.path()));
    let named =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&*one.path().to_string_lossy());
    assert!(!files.iter().any(|bytes| named(bytes)), "a path of this machine");
}

#[test]
fn the_order_in_which_files_come_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = fixture::inputs(folder.path());
    let report = build(&inputs).unwrap();
    inputs.gates.reverse();
    inputs.fastq.reverse();
    inputs.alignment.reverse();
    inputs.coverage.reverse();
    assert_eq!(build(&inputs).unwrap(), report);
}

#[test]
fn every_part_may_be_absent() {
    let folder = tempfile::tempdir().unwrap();
    let all = fixture::inputs(folder.path());
    let only = |take: fn(&mut Inputs, Inputs)| {
        let mut inputs = Inputs::default();
        take(&mut inputs, all.clone());
        build(&inputs).unwrap()
    };
    let reports = [
        only(|_, _| {}),
        only(|i, all| i.case = all.case),
        only(|i, all| i.gates = all.gates),
        only(|i, all| i.fastq = all.fastq),
        only(|i, all| i.alignment = all.alignment),
        only(|i, all| i.coverage = all.coverage),
        only(|i, all| i.variant_qc = all.variant_qc),
        only(|i, all| i.variants = all.variants),
        only(|i, all| i.provenance = all.provenance),
        only(|i, all| i.files = all.files),
        only(|i, all| i.family = all.family),
    ];
    let sections = ["quality", "sample-1", "variants", "notable", "provenance", "files", "family"];
    let shown = reports.each_ref().map(|report| {
        let html = report.to_html();
        assert!(html.ends_with("</html>"), "{html}");
        sections.map(|id| html.contains(&format!("<section id=\"{id}\"")))
    });
    let none = [false; 7];
    let one = |i: usize| {
        let mut shown = none;
        shown[i] = true;
        shown
    };
    assert_eq!(shown[0], none);
    assert_eq!(shown[1], [true, false, false, false, true, false, false]);
    assert_eq!(shown[2], one(0));
    for shown in &shown[3..6] {
        assert_eq!(*shown, [true, true, false, false, false, false, false]);
    }
    assert_eq!(shown[6], [true, false, true, false, false, false, false]);
    assert_eq!(shown[7..], [one(3), one(4), one(5), one(6)]);
}

#[test]
fn one_missed_threshold_turns_the_light() {
    let report = report();
    assert_eq!(report.quality.as_ref().unwrap().outcome, Outcome::Fail);
    assert!(report.to_html().contains("Quality gate failed: 1 of 6 checks"));
}

#[test]
fn an_unreadable_vcf_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.vcf");
    wgs_formats::output::write(&path, "##fileformat=VCFv4.3\nnonsense\n").unwrap();
    let error = build(&Inputs { variants: Some(path), ..Inputs::default() }).unwrap_err();
    assert!(error.to_string().contains("x.vcf"), "{error}");
}

#[test]
fn the_schema_names_every_part_of_the_model() {
    let schema = json_schema();
    let json: serde_json::Value = serde_json::from_str(&report().to_json()).unwrap();
    assert_eq!(schema["properties"]["schema"]["const"], json["schema"]);
    let described: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    for key in json.as_object().unwrap().keys() {
        assert!(described.contains(&key), "{key}");
    }
}

#[test]
fn what_the_calls_warn_of_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.vcf");
    let text = "##fileformat=VCFv4.3\n##warning=sample A: declared male, <but> as of a female\n\
                ##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
    wgs_formats::output::write(&path, text).unwrap();
    let report = build(&Inputs { variants: Some(path), ..Inputs::default() }).unwrap();
    assert_eq!(report.warnings, ["sample A: declared male, <but> as of a female"]);
    let html = report.to_html();
    assert!(html.contains("sample A: declared male, &#60;but&#62; as of a female"), "{html}");
}
