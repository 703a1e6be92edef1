//! Whole samples: from lanes to a file.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;
mod external;
mod restore;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
    sync::Mutex,
};

use common::{Case, group};
use wgs_align::{Input, Lane, ReadBatch, ReadObserver, Request, align_sample};
use wgs_core::ErrorKind;
use wgs_formats::{
    alignment::{Aux, Flags, Format, Header, ReadGroup, Reader, Record, RecordBuilder, Writer},
    output,
};

fn files(case: &Case, name: &str) -> [Vec<u8>; 3] {
    ["", ".crai", ".md5"].map(|suffix| fs::read(case.path(&format!("{name}{suffix}"))).unwrap())
}

#[test]
fn threads_and_memory_do_not_change_a_byte() {
    let case = Case::new(1, 40.0);
    let (_, summary) = case.align("a.cram").unwrap();
    let expected = files(&case, "a.cram");
    fs::rename(case.path("a.cram"), case.path("first.cram")).unwrap();
    for (threads, memory) in [(2, 0), (5, 8 << 30)] {
        let output = case.path("a.cram");
        let mut request = case.request(&output);
        request.threads = threads;
        request.memory_bytes = memory.max(request.needed_bytes());
        assert_eq!(align_sample(&request).unwrap(), summary);
        assert!(files(&case, "a.cram") == expected, "{threads} threads");
    }
}

#[test]
fn reads_come_out_where_they_came_from_with_their_read_group() {
    let case = Case::new(2, 8.0);
    let (path, summary) = case.align("a.bam").unwrap();
    let truth: HashMap<&[u8], _> = case.pairs.iter().map(|p| (p.name.as_bytes(), p)).collect();
    let records = case.records(&path);
    let (mut primary, mut right) = (0, 0);
    for record in records.iter().filter(|r| r.flags().is_primary()) {
        let pair = truth[record.name()];
        assert_eq!(record.read_group(), Some(format!("L{}", pair.lane).as_bytes()));
        primary += 1;
        let origin = &pair.origin;
        right += usize::from(
            record.ref_index() == Some(origin.contig)
                && record.end().is_some_and(|end| end + 60 > origin.interval.start())
                && record.start().is_some_and(|start| start < origin.interval.end() + 60),
        );
    }
    assert_eq!(primary, 2 * case.pairs.len());
    assert!(right as f64 > 0.97 * primary as f64, "{right} of {primary}");
    assert_eq!(summary.records, records.len() as u64);
    for (number, group) in summary.read_groups.iter().enumerate() {
        let lane = number as u32 + 1;
        let pairs = case.pairs.iter().filter(|p| p.lane == lane).count() as u64;
        assert_eq!((group.pairs, group.reads), (pairs, 2 * pairs));
        assert_eq!(group.bases, 2 * pairs * u64::from(case.simulator.read_length));
    }
    assert_eq!(summary.insert_sizes.len(), 2);
}

#[test]
fn duplicates_are_marked_within_their_library() {
    let case = Case::new(3, 30.0);
    let (path, summary) = case.align("a.bam").unwrap();
    let mut marked: HashMap<Vec<u8>, bool> = HashMap::new();
    let mut ends: BTreeMap<_, Vec<Vec<u8>>> = BTreeMap::new();
    for record in case.records(&path) {
        let known = *marked.entry(record.name().to_vec()).or_insert(record.flags().is_duplicate());
        assert_eq!(known, record.flags().is_duplicate(), "all records of a template agree");
        let plain = record.flags().is_primary()
            && record.flags().is_proper_pair()
            && record.template_length() > 0
            && record.cigar().len() == 1
            && record.aux(*b"MC").and_then(Aux::as_text) == Some(b"151M");
        if plain {
            let library = record.read_group().map(<[u8]>::to_vec);
            let place = (library, record.ref_index(), record.start(), record.template_length());
            ends.entry(place).or_default().push(record.name().to_vec());
        }
    }
    let groups: Vec<_> = ends.values().filter(|names| names.len() > 1).collect();
    assert!(groups.len() > 50, "{} groups", groups.len());
    for names in groups {
        let kept = names.iter().filter(|name| !marked[*name]).count();
        assert!(kept <= 1, "{kept} of {} are kept", names.len());
    }
    let share = case.pairs.iter().filter(|p| p.origin.duplicate).count() as f64;
    let rate = summary.libraries.iter().map(|l| l.pair_duplicates).sum::<u64>() as f64;
    assert!((0.3..1.6).contains(&(rate / share)), "{rate} marked, {share} made");
    assert_eq!(summary.libraries.len(), 2);
}

/// What the mate fields of a record must say, from the mate itself.
fn assert_mate(record: &Record, mate: &Record) {
    let (own, other) = (record.flags(), mate.flags());
    assert_eq!(own.is_mate_unmapped(), other.is_unmapped());
    assert_eq!(own.is_mate_reverse(), other.is_reverse());
    assert_eq!(record.mate_ref_index(), mate.ref_index());
    assert_eq!(record.mate_start(), mate.start());
    if own.is_unmapped() || other.is_unmapped() {
        assert_eq!(record.template_length(), 0);
    } else {
        assert_eq!(record.aux(*b"MQ").and_then(Aux::as_int), Some(i64::from(mate.mapq())));
    }
    if own.is_primary() && record.ref_index() == mate.ref_index() {
        assert_eq!(record.template_length(), -mate.template_length());
    }
}

#[test]
fn mates_know_each_other_also_if_one_is_foreign() {
    let case = Case::new(4, 1.0);
    let lane = write_odd_lane(&case);
    let output = case.path("odd.bam");
    let lanes = [lane];
    align_sample(&Request { lanes: &lanes, ..case.request(&output) }).unwrap();
    let records = case.records(&output);
    let mut primary: HashMap<(Vec<u8>, bool), &Record> = HashMap::new();
    for record in records.iter().filter(|r| r.flags().is_primary()) {
        primary.insert((record.name().to_vec(), record.flags().is_last()), record);
    }
    let mut supplementary = 0;
    for record in &records {
        let mate = primary[&(record.name().to_vec(), !record.flags().is_last())];
        assert_mate(record, mate);
        supplementary += usize::from(record.flags().is_supplementary());
        let own = primary[&(record.name().to_vec(), record.flags().is_last())];
        assert_eq!(record.len(), own.len(), "supplementary records keep all bases");
        assert_eq!(record.aux(*b"HN"), None);
    }
    assert!(supplementary > 20, "{supplementary} supplementary records");
    assert!(records.iter().any(|r| r.flags().is_unmapped() && r.start().is_some()));
    assert!(records.iter().any(|r| r.flags().is_unmapped() && r.start().is_none()));
}

/// Pairs whose reads are whole, junk, or two pieces of different places.
fn write_odd_lane(case: &Case) -> Lane {
    let (mut r1, mut r2) = (String::new(), String::new());
    let text = |bases: &[u8]| String::from_utf8(bases.to_vec()).unwrap();
    let junk = |i: usize| text(&[b"ACGT", b"GATC", b"CCAG", b"NNNN"][i % 4].repeat(37));
    for (i, pair) in case.pairs.iter().enumerate() {
        let other = &case.pairs[(i * 7 + 3) % case.pairs.len()];
        let chimera = [&pair.reads[0].bases[..75], &other.reads[0].bases[75..]].concat();
        let first = if i % 3 == 0 { text(&chimera) } else { text(&pair.reads[0].bases) };
        let first = if i % 5 == 1 { junk(i) } else { first };
        let second = if i % 4 == 1 { junk(i + 1) } else { text(&pair.reads[1].bases) };
        for (file, bases) in [(&mut r1, first), (&mut r2, second)] {
            file.push_str(&format!("@p{i}\n{bases}\n+\n{}\n", "F".repeat(bases.len())));
        }
    }
    let (r1_path, r2_path) = (case.path("odd1.fastq"), case.path("odd2.fastq"));
    output::write(&r1_path, r1).unwrap();
    output::write(&r2_path, r2).unwrap();
    let input = Input::Fastq { r1: r1_path, r2: Some(r2_path) };
    Lane { input, expected: Default::default(), read_group: group("odd", "lib") }
}

#[test]
fn single_reads_are_aligned_too() {
    let case = Case::new(5, 3.0);
    let Input::Fastq { r1, .. } = case.lanes[0].input.clone() else { unreachable!() };
    let lanes = [Lane {
        input: Input::Fastq { r1, r2: None },
        expected: Default::default(),
        read_group: group("se", "lib"),
    }];
    let output = case.path("se.sam");
    let summary = align_sample(&Request { lanes: &lanes, ..case.request(&output) }).unwrap();
    assert_eq!(summary.read_groups[0].pairs, 0);
    assert!(summary.read_groups[0].mapped_reads > 0 && summary.libraries[0].fragments > 0);
    assert!(case.records(&output).iter().all(|r| !r.flags().is_paired()));
    assert!(summary.insert_sizes.is_empty());
}

fn of_alignment(path: &Path, keep_read_groups: bool) -> [Lane; 1] {
    let input = Input::Alignment { path: path.into(), keep_read_groups };
    [Lane { input, expected: Default::default(), read_group: group("L1", "lib1") }]
}

#[test]
fn unaligned_bam_gives_what_fastq_gives() {
    let case = Case::new(12, 6.0);
    let (fastq, bam) = (case.path("fastq.cram"), case.path("bam.cram"));
    align_sample(&Request { lanes: &case.lanes[..1], ..case.request(&fastq) }).unwrap();
    let mut header = Header::default();
    header.add_read_group(ReadGroup::new("L1")).unwrap();
    let unaligned = case.path("unaligned.bam");
    let mut writer = Writer::create(&unaligned, Format::Bam, &header, None, 1).unwrap();
    for pair in case.pairs.iter().filter(|pair| pair.lane == 1) {
        for (read, (flags, suffix)) in pair.reads.iter().zip([(77, "1"), (141, "2")]) {
            let builder = RecordBuilder::new(pair.name.as_bytes()).flags(Flags(flags));
            let builder = builder.bases(&read.bases).quals(&read.qualities);
            let suffix = format!(" {suffix}:N:0:ATTACTCG+TATAGCCT");
            let builder = builder.aux(*b"sf", Aux::Text(suffix.as_bytes()));
            writer.write(&builder.aux(*b"RG", Aux::Text(b"L1")).build().unwrap()).unwrap();
        }
    }
    writer.finish().unwrap();
    for keep_read_groups in [true, false] {
        let lanes = of_alignment(&unaligned, keep_read_groups);
        align_sample(&Request { lanes: &lanes, ..case.request(&bam) }).unwrap();
        assert!(fs::read(&bam).unwrap() == fs::read(&fastq).unwrap(), "keep: {keep_read_groups}");
    }
}

#[test]
fn a_sorted_cram_is_aligned_anew_with_its_read_groups_or_another() {
    let case = Case::new(13, 5.0);
    let (first, _) = case.align("first.cram").unwrap();
    let reads = |path: &Path| {
        let mut reads: Vec<_> = case
            .records(path)
            .into_iter()
            .filter(|r| r.flags().is_primary())
            .map(|r| (r.name().to_vec(), r.flags().is_last(), r.read_group().map(<[u8]>::to_vec)))
            .collect();
        reads.sort();
        reads
    };
    let (kept, joined) = (case.path("kept.bam"), case.path("joined.bam"));
    let lanes = of_alignment(&first, true);
    let summary = align_sample(&Request { lanes: &lanes, ..case.request(&kept) }).unwrap();
    assert_eq!(reads(&kept), reads(&first));
    assert_eq!(summary.read_groups.len(), 2);
    assert_eq!(summary.read_groups[1].library, "lib2");
    let lanes = of_alignment(&first, false);
    let summary = align_sample(&Request { lanes: &lanes, ..case.request(&joined) }).unwrap();
    assert_eq!(summary.read_groups.len(), 1);
    assert!(reads(&joined).iter().all(|(_, _, group)| group.as_deref() == Some(b"L1")));
}

#[test]
fn a_read_without_group_in_a_file_with_groups_is_refused() {
    let case = Case::new(14, 1.0);
    let path = case.path("some.sam");
    let text = "@RG\tID:L1\n@RG\tID:L2\nr1\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\tRG:Z:L2\n\
                r2\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\n";
    output::write(&path, text).unwrap();
    let (kind, message) = refusal(&case, &of_alignment(&path, true), &case.path("out.bam"));
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(message.contains("r2"), "{message}");
    let lanes = of_alignment(&path, false);
    let output = case.path("out.bam");
    align_sample(&Request { lanes: &lanes, ..case.request(&output) }).unwrap();
}

/// A SAM file of one read for each of these ids and samples of read groups.
fn sam_of(path: &Path, groups: &[(&str, &str)]) {
    let mut text = String::new();
    for (id, sample) in groups {
        text += &format!("@RG\tID:{id}\tSM:{sample}\n");
    }
    for (id, _) in groups {
        text += &format!("r{id}\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\tRG:Z:{id}\n");
    }
    output::write(path, text).unwrap();
}

fn error_of(case: &Case, lanes: &[Lane]) -> wgs_formats::FileError {
    align_sample(&Request { lanes, ..case.request(&case.path("out.bam")) }).unwrap_err()
}

#[test]
fn a_file_of_several_samples_or_of_another_is_refused() {
    let case = Case::new(15, 1.0);
    let (several, other) = (case.path("several.sam"), case.path("other.sam"));
    sam_of(&several, &[("L1", "s"), ("L2", "t")]);
    sam_of(&other, &[("L1", "t")]);
    for keep_read_groups in [true, false] {
        let error = error_of(&case, &of_alignment(&several, keep_read_groups));
        assert_eq!((error.kind(), error.path()), (ErrorKind::InvalidInput, several.as_path()));
        assert!(error.to_string().contains("s, t"), "{error}");
        assert!(error.hint_text().unwrap().contains("samtools split"));
    }
    let error = error_of(&case, &of_alignment(&other, true));
    assert_eq!((error.kind(), error.path()), (ErrorKind::InvalidInput, other.as_path()));
    assert!(error.to_string().contains("the sample t (SM), not s"), "{error}");
    assert!(error.hint_text().unwrap().contains("samtools reheader"));
    let output = case.path("renamed.bam");
    let lanes = of_alignment(&other, false);
    align_sample(&Request { lanes: &lanes, ..case.request(&output) }).unwrap();
    let reader = Reader::open(&output, None).unwrap();
    assert_eq!(reader.header().samples(), ["s"]);
}

#[test]
fn two_alignments_with_one_read_group_id_are_both_named() {
    let case = Case::new(16, 1.0);
    let paths = ["a.sam", "b.sam"].map(|name| case.path(name));
    sam_of(&paths[0], &[("x", "s"), ("L1", "s")]);
    sam_of(&paths[1], &[("y", "s"), ("x", "s")]);
    let [first] = of_alignment(&paths[0], true);
    let [second] = of_alignment(&paths[1], true);
    let error = error_of(&case, &[first.clone(), second]);
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = error.to_string();
    assert!(text.contains("read group x"), "{text}");
    assert!(paths.iter().all(|path| text.contains(path.to_str().unwrap())), "{text}");
    assert_eq!(error.hint_text(), Some("give each alignment an id in the case file"));
    let [renamed] = of_alignment(&paths[1], false);
    let error = error_of(&case, &[first, renamed]);
    assert!(error.to_string().contains("read group L1"), "{error}");
}

/// The names of each batch, by lane and number.
type BatchNames = BTreeMap<(usize, u64), Vec<Vec<u8>>>;

#[derive(Default)]
struct Names(Mutex<BatchNames>);

impl ReadObserver for Names {
    fn observe(&self, batch: &ReadBatch) {
        let names = batch.templates().map(|t| t.name.to_vec()).collect();
        self.0.lock().unwrap().insert((batch.lane(), batch.number()), names);
    }
}

#[test]
fn an_observer_sees_every_read_in_the_same_batches() {
    let case = Case::new(6, 40.0);
    let seen = [1, 4].map(|threads| {
        let (output, names) = (case.path("a.bam"), Names::default());
        let mut request = case.request(&output);
        request.threads = threads;
        request.read_observer = Some(&names);
        align_sample(&request).unwrap();
        names.0.into_inner().unwrap()
    });
    assert!(seen[0] == seen[1] && seen[0].len() > 3);
    let order: Vec<&[u8]> = seen[0].values().flatten().map(Vec::as_slice).collect();
    let mut expected: Vec<_> = case.pairs.iter().collect();
    expected.sort_by_key(|p| p.lane);
    assert!(order.iter().copied().eq(expected.iter().map(|p| p.name.as_bytes())));
}

#[test]
fn the_header_tells_read_groups_and_versions_and_no_path() {
    let mut case = Case::new(7, 1.0);
    case.lanes[0].read_group.center = Some("Lab of Genomics".into());
    case.lanes[0].read_group.date = Some("2026-01-31".into());
    let (path, _) = case.align("a.cram").unwrap();
    let reader = Reader::open(&path, Some(&case.genome)).unwrap();
    let text = reader.header().to_text();
    assert!(text.starts_with("@HD\tVN:1.6\tSO:coordinate\n"), "{text}");
    assert!(text.contains(
        "@RG\tID:L1\tSM:s\tLB:lib1\tPL:ILLUMINA\tPU:flowcell.L1\tCN:Lab of Genomics\tDT:2026-01-31\trn:"
    ));
    assert!(text.contains("@PG\tID:wgs-pipe\tPN:wgs-pipe\t") && text.contains("\tM5:"));
    assert!(!text.contains(case.folder.path().to_str().unwrap()), "{text}");
    assert_eq!(reader.header().contigs(), case.genome.contigs());
}

fn refusal(case: &Case, lanes: &[Lane], output: &Path) -> (ErrorKind, String) {
    let before = fs::read_dir(case.folder.path()).unwrap().count();
    let result = align_sample(&Request { lanes, threads: 2, ..case.request(output) });
    let error = result.unwrap_err();
    assert_eq!(fs::read_dir(case.folder.path()).unwrap().count(), before, "nothing is left");
    (error.kind(), error.to_string())
}

#[test]
fn bad_input_is_refused_and_leaves_nothing() {
    let case = Case::new(8, 2.0);
    let write = |name: &str, text: &str| {
        output::write(&case.path(name), text).unwrap();
        case.path(name)
    };
    let lane = |r1: &Path, r2: &Path| Lane {
        input: Input::Fastq { r1: r1.into(), r2: Some(r2.into()) },
        expected: Default::default(),
        read_group: group("x", "lib"),
    };
    let long = "x".repeat(255);
    let named = write("long.fastq", &format!("@a\nAC\n+\nII\n@{long}\nAC\n+\nII\n"));
    let named2 = write("long2.fastq", &format!("@a\nAC\n+\nII\n@{long}\nAC\n+\nII\n"));
    let empty = write("empty.fastq", "");
    let empty2 = write("empty2.fastq", "");
    let cut = write("cut.fastq", "@a\nAC\n+\nII\n");
    let output = case.path("out.cram");

    let (kind, text) = refusal(&case, &[lane(&named, &named2)], &output);
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(text.contains("record 2") && text.contains("255 characters"), "{text}");
    let mut lanes = case.lanes.clone();
    lanes.push(lane(&named, &cut));
    assert_eq!(refusal(&case, &lanes, &output).0, ErrorKind::Truncated);
    assert_eq!(refusal(&case, &[lane(&empty, &empty2)], &output).0, ErrorKind::InvalidInput);
    let missing = case.path("missing.fastq");
    assert_eq!(refusal(&case, &[lane(&missing, &cut)], &output).0, ErrorKind::NotFound);
    assert_eq!(refusal(&case, &case.lanes, &case.path("out.txt")).0, ErrorKind::Usage);
    assert_eq!(refusal(&case, &[], &output).0, ErrorKind::Usage);
    let twice = [case.lanes[0].clone(), case.lanes[0].clone()];
    assert_eq!(refusal(&case, &twice, &output).0, ErrorKind::Configuration);
    let nowhere = case.path("no/such/folder/out.cram");
    assert_eq!(refusal(&case, &case.lanes, &nowhere).0, ErrorKind::NotFound);
}

#[test]
fn too_little_memory_says_how_much_is_needed() {
    let case = Case::new(9, 1.0);
    let output = case.path("out.cram");
    let request = Request { memory_bytes: 64 << 20, ..case.request(&output) };
    let error = align_sample(&request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    let needed = request.needed_bytes().div_ceil(1 << 20);
    assert!(error.hint_text().is_some_and(|hint| hint.contains(&needed.to_string())));
    let request = Request { memory_bytes: needed << 20, ..case.request(&output) };
    align_sample(&request).unwrap();
}

#[test]
fn another_genome_is_refused() {
    let (case, other) = (Case::new(10, 1.0), Case::new(11, 1.0));
    let output = case.path("out.cram");
    let short = wgs_testkit::Genome::random(1, &[("chr1", 5000)]);
    let fasta = case.path("short.fa");
    short.write_fasta(&fasta).unwrap();
    wgs_formats::genome::import(&fasta, &case.path("short-plain.fa")).unwrap();
    let short = wgs_formats::genome::Genome::open(case.path("short-plain.fa")).unwrap();
    let error = align_sample(&Request { genome: &short, ..case.request(&output) }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
    drop(other);
}
