//! Inputs that cannot be compared.

use std::io::Read;

use wgs_compare::{Request, compare_into, sv};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, output};

use crate::fixture::{Fixture, HEAD, Variant, vcf};

const BASES: &str = "GATTCGGATTACGGTTAGCT";

fn fixture() -> (Fixture, String) {
    let truth = vcf(&[Variant::new(4, "C", "T", "0/1")]);
    (Fixture::new(BASES), truth)
}

/// Why a request fails; nothing may be left behind.
fn failure(fixture: &Fixture, request: &Request) -> FileError {
    let out = fixture.folder.path().join("out");
    let error = compare_into(request, &out).unwrap_err();
    assert!(!out.exists(), "{error}");
    error
}

#[test]
fn records_that_do_not_fit_the_genome_are_refused_with_their_line() {
    let (fixture, truth) = fixture();
    for (record, says) in [
        ("c\t5\t.\tG\tT", "line 3: REF at c:5 is G, but the reference has C"),
        ("d\t5\t.\tC\tT", "line 3: contig \"d\" is not in the reference"),
        ("c\t20\t.\tTA\tT", "line 3: c:20 lies beyond the end"),
    ] {
        let calls = format!("{HEAD}{record}\t.\t.\t.\tGT\t0/1\n");
        for request in [fixture.request(&truth, &calls), fixture.request(&calls, &truth)] {
            let error = failure(&fixture, &request);
            assert_eq!(error.kind(), ErrorKind::ReferenceMismatch, "{error}");
            assert!(error.to_string().contains(says), "{error}");
            assert!(error.hint_text().is_some());
        }
    }
    let other = truth.replace("#CHROM", "##contig=<ID=c,length=21>\n#CHROM");
    let error = failure(&fixture, &fixture.request(&truth, &other));
    assert!(error.to_string().contains("contig c has 21 bases, the reference's 20"), "{error}");
}

#[test]
fn samples_must_be_told_apart() {
    let (fixture, truth) = fixture();
    let two = truth.replace("FORMAT\tS", "FORMAT\tA\tB").replace("0/1\n", "0/1\t1/1\n");
    let error = failure(&fixture, &fixture.request(&truth, &two));
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.hint_text().unwrap().contains("--calls-sample: A, B"));
    let error = failure(&fixture, &fixture.request(&two, &truth));
    assert!(error.hint_text().unwrap().contains("--truth-sample"));
    let mut request = fixture.request(&truth, &two);
    request.sets.calls_sample = Some("C".into());
    let error = failure(&fixture, &request);
    assert!(error.to_string().contains("has no sample \"C\"; it has A, B"), "{error}");
    for (sample, fp) in [("A", 0), ("B", 1)] {
        request.sets.calls_sample = Some(sample.into());
        assert_eq!(crate::fixture::all(&request).fp, fp);
    }
    let none = truth.replace("\tFORMAT\tS", "").replace("\tGT\t0/1", "");
    let error = failure(&fixture, &fixture.request(&truth, &none));
    assert!(error.hint_text().unwrap().contains("--match allele"));
}

#[test]
fn what_is_no_vcf_or_cut_off_is_refused() {
    let (fixture, truth) = fixture();
    for (calls, kind) in [
        (String::new(), ErrorKind::Truncated),
        ("##fileformat=VCFv4.3\n".to_owned(), ErrorKind::Truncated),
        ("text\n".to_owned(), ErrorKind::InvalidInput),
        (truth.replace("0/1", "0/2"), ErrorKind::InvalidInput),
        (truth.replace("0/1", "a/b"), ErrorKind::InvalidInput),
    ] {
        assert_eq!(failure(&fixture, &fixture.request(&truth, &calls)).kind(), kind, "{calls}");
    }
    let mut request = fixture.request(&truth, &truth);
    request.sets.calls = fixture.folder.path().join("absent.vcf");
    assert_eq!(failure(&fixture, &request).kind(), ErrorKind::NotFound);

    let mut gzip = Vec::new();
    let long: String = (0..2000).map(|i| format!("##line={}\n", i * 7919)).collect();
    let text = truth.replacen('\n', &format!("\n{long}"), 1);
    let path = fixture.folder.path().join("calls.vcf.gz");
    wgs_testkit::write_maybe_gzip(&path, text.as_bytes()).unwrap();
    std::fs::File::open(&path).unwrap().read_to_end(&mut gzip).unwrap();
    gzip.truncate(gzip.len() / 2);
    output::write(&path, &gzip).unwrap();
    request.sets.calls = path;
    assert_eq!(failure(&fixture, &request).kind(), ErrorKind::Truncated);
}

#[test]
fn what_is_compared_is_never_written_over() {
    let (fixture, truth) = fixture();
    let mut request = fixture.request(&truth, &truth);
    let out = fixture.folder.path().join("out");
    compare_into(&request, &out).unwrap();
    request.sets.calls = out.join("annotated.vcf.gz");
    let before = std::fs::read(&request.sets.calls).unwrap();
    let error = compare_into(&request, &out).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert_eq!(std::fs::read(&request.sets.calls).unwrap(), before);
}

#[test]
fn a_folder_holds_one_comparison() {
    let (fixture, truth) = fixture();
    let request = fixture.request(&truth, &truth);
    let out = fixture.folder.path().join("out");
    compare_into(&request, &out).unwrap();
    let structural = sv::SvRequest::new(request.sets.clone());
    sv::compare_into(&structural, &out).unwrap();
    let names = |folder: &std::path::Path| -> Vec<_> {
        let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
        entries.filter(|name| !name.to_string_lossy().starts_with("annotated.")).collect()
    };
    assert_eq!(names(&out).len(), 2, "summary.tsv and summary.json: {:?}", names(&out));
    assert!(!out.join("annotated.vcf.gz").exists() && !out.join("annotated.vcf.gz.tbi").exists());
}

#[test]
fn structural_variants_need_regions_too() {
    let (fixture, truth) = fixture();
    let request = fixture.request(&truth, &truth);
    let mut request = sv::SvRequest::new(request.sets.clone());
    request.sets.confident = Some(fixture.write("x.bed", "# nothing\n"));
    assert_eq!(sv::compare(&request).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn regions_must_lie_on_the_genome() {
    let (fixture, truth) = fixture();
    for (bed, kind) in [
        ("c\t1\t21\n", ErrorKind::ReferenceMismatch),
        ("d\t1\t2\n", ErrorKind::ReferenceMismatch),
        ("c\t2\n", ErrorKind::InvalidInput),
        ("# nothing\nc\t2\t2\n", ErrorKind::InvalidInput),
    ] {
        let bed = fixture.write("x.bed", bed);
        let mut request = fixture.request(&truth, &truth);
        request.sets.confident = Some(bed.clone());
        assert_eq!(failure(&fixture, &request).kind(), kind);
        request.sets.confident = None;
        request.strata = vec![("x".into(), bed)];
        assert_eq!(failure(&fixture, &request).kind(), kind);
    }
    let bed = fixture.write("x.bed", "c\t1\t2\n");
    let mut request = fixture.request(&truth, &truth);
    request.strata = vec![("x".into(), bed.clone()), ("x".into(), bed)];
    assert_eq!(failure(&fixture, &request).kind(), ErrorKind::Usage);
}

#[test]
fn a_pipe_is_refused_before_it_is_read() {
    let (fixture, truth) = fixture();
    let pipe = fixture.folder.path().join("pipe.vcf");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for role in 0..2 {
        let mut request = fixture.request(&truth, &truth);
        if role == 0 {
            request.sets.truth.clone_from(&pipe);
        } else {
            request.sets.calls.clone_from(&pipe);
        }
        let error = failure(&fixture, &request);
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains("is a pipe or device"), "{error}");
    }
}
