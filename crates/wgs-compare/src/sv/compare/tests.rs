//! What each difference between two files does to the counts.

use std::path::PathBuf;

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{genome::Genome, variant::Reader};

use super::*;

const CONTIG_BP: usize = 60_000;

/// A folder with a genome of two contigs of random bases.
struct Bench {
    folder: tempfile::TempDir,
    genome: Genome,
    options: SvOptions,
    confident: Option<PathBuf>,
}

fn genome_of(folder: &Path, name: &str, first: &str) -> Genome {
    let (fasta, plain) = (folder.join(format!("{name}.in.fa")), folder.join(format!("{name}.fa")));
    output::write(&fasta, format!(">1\n{first}\n>2\n{}\n", bases(2, CONTIG_BP))).unwrap();
    wgs_formats::genome::import(&fasta, &plain).unwrap();
    Genome::open(&plain).unwrap()
}

/// The same bases each time (a linear congruential generator).
fn bases(seed: u64, length: usize) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        char::from(b"ACGT"[(state >> 60) as usize & 3])
    };
    (0..length).map(|_| next()).collect()
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let genome = genome_of(folder.path(), "random", &bases(1, CONTIG_BP));
        Self { folder, genome, options: SvOptions::default(), confident: None }
    }

    fn set_genome(&mut self, first: &str) {
        self.genome = genome_of(self.folder.path(), "given", first);
    }

    /// The base at a 1-based position.
    fn base(&self, contig: usize, position: u32) -> String {
        self.stretch(contig, position - 1, position)
    }

    fn stretch(&self, contig: usize, start: u32, end: u32) -> String {
        let part = Interval0::new(start, end).unwrap();
        String::from_utf8(self.genome.fetch(ContigIndex(contig), part)).unwrap()
    }

    fn file(&self, name: &str, rows: &[Row]) -> PathBuf {
        let mut text = "##fileformat=VCFv4.2\n##contig=<ID=1,length=60000>\n\
            ##contig=<ID=2,length=60000>\n\
            ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
            #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"
            .to_owned();
        for row in rows {
            let reference = match row.reference.as_str() {
                "" => self.base(row.contig, row.position),
                given => given.to_owned(),
            };
            let Row { contig, position, id, alternate, filter, info, genotype, .. } = row;
            let alternate = alternate.replace('t', &reference);
            text += &format!(
                "{}\t{position}\t{id}\t{reference}\t{alternate}\t.\t{filter}\t{info}\tGT\t{genotype}\n",
                contig + 1
            );
        }
        let path = self.folder.path().join(name);
        output::write(&path, text).unwrap();
        path
    }

    fn request(&self, truth: PathBuf, calls: PathBuf) -> SvRequest {
        let mut sets = Sets::new(truth, calls, self.genome.path());
        sets.confident.clone_from(&self.confident);
        SvRequest { sets, options: self.options.clone() }
    }

    fn compare(&self, truth: &[Row], calls: &[Row]) -> SvSummary {
        let request = self.request(self.file("truth.vcf", truth), self.file("calls.vcf", calls));
        compare_into(&request, &self.out()).unwrap()
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// tp, fp and fn of all variants.
    fn all(&self, truth: &[Row], calls: &[Row]) -> [u64; 3] {
        counts(&self.compare(truth, calls), "ALL")
    }

    /// An INFO field of an annotated file, record by record.
    fn annotated(&self, name: &str, key: &str) -> Vec<String> {
        let records = Reader::open(self.out().join(name)).unwrap().map(Result::unwrap);
        records.map(|r| r.info.get(key).unwrap_or("-").to_owned()).collect()
    }
}

fn counts(summary: &SvSummary, kind: &str) -> [u64; 3] {
    summary.of(kind).map_or([0; 3], |row| [row.counts.tp, row.counts.fp, row.counts.fn_])
}

/// A record; in ALT `t` stands for REF.
#[derive(Clone, Debug)]
struct Row {
    contig: usize,
    position: u32,
    id: String,
    reference: String,
    alternate: String,
    filter: &'static str,
    info: String,
    genotype: &'static str,
}

fn row(position: u32, alternate: &str, info: String) -> Row {
    Row {
        contig: 0,
        position,
        id: ".".to_owned(),
        reference: String::new(),
        alternate: alternate.to_owned(),
        filter: "PASS",
        info,
        genotype: "0/1",
    }
}

fn symbolic(kind: &str, start: u32, end: u32) -> Row {
    row(start, &format!("<{kind}>"), format!("SVTYPE={kind};END={end}"))
}

fn insertion(position: u32, inserted: &str) -> Row {
    row(position, &format!("t{inserted}"), "SVTYPE=INS".to_owned())
}

fn breakend(position: u32, alternate: &str) -> Row {
    row(position, alternate, "SVTYPE=BND".to_owned())
}

/// Both records of a junction of the contigs 1 and 2.
fn translocation(position: u32, mate: u32) -> [Row; 2] {
    let mut first = row(position, &format!("t[2:{mate}["), "SVTYPE=BND;MATEID=b".to_owned());
    let mut second = row(mate, &format!("]1:{position}]t"), "SVTYPE=BND;MATEID=a".to_owned());
    first.id = "a".to_owned();
    second.id = "b".to_owned();
    second.contig = 1;
    [first, second]
}

/// One of each type; the last two records are one junction.
fn one_of_each() -> Vec<Row> {
    let mut rows = vec![
        symbolic("DEL", 5_000, 6_000),
        insertion(10_000, &bases(7, 200)),
        symbolic("DUP", 20_000, 23_000),
        symbolic("INV", 30_000, 32_000),
    ];
    rows.extend(translocation(40_000, 50_000));
    rows
}

#[test]
fn a_file_agrees_with_itself() {
    let bench = Bench::new();
    let summary = bench.compare(&one_of_each(), &one_of_each());
    assert_eq!(counts(&summary, "ALL"), [5, 0, 0]);
    for kind in ["DEL", "INS", "DUP", "INV", "BND"] {
        assert_eq!(counts(&summary, kind), [1, 0, 0], "{kind}");
    }
    assert_eq!((summary.genotypes.same, summary.genotypes.different), (5, 0));
    let text = std::fs::read_to_string(bench.out().join("summary.tsv")).unwrap();
    assert!(text.starts_with("type\ttp\tfp\tfn\tprecision\trecall\tf1\t"));
    assert!(text.contains("\nALL\t5\t0\t0\t1.000000\t1.000000\t1.000000\t"), "{text}");
}

#[test]
fn a_dropped_record_is_one_missed_and_an_added_one_is_one_in_excess() {
    let bench = Bench::new();
    for index in 0..4 {
        let mut calls = one_of_each();
        calls.remove(index);
        assert_eq!(bench.all(&one_of_each(), &calls), [4, 0, 1]);
        assert_eq!(bench.all(&calls, &one_of_each()), [4, 1, 0]);
    }
    assert_eq!(bench.all(&one_of_each(), &one_of_each()[..4]), [4, 0, 1]);
    assert_eq!(bench.all(&one_of_each(), &one_of_each()[..5]), [5, 0, 0], "one end is enough");
}

#[test]
fn a_record_twice_is_one_in_excess() {
    let bench = Bench::new();
    let mut calls = one_of_each();
    calls.insert(0, calls[0].clone());
    assert_eq!(bench.all(&one_of_each(), &calls), [5, 1, 0]);
    assert_eq!(bench.annotated("annotated.calls.vcf.gz", "CMP")[..2], ["TP", "FP"]);
    assert_eq!(bench.annotated("annotated.calls.vcf.gz", "CMP_REASON")[..2], ["-", "taken"]);
}

#[test]
fn a_record_shifted_out_of_the_window_is_one_missed_and_one_in_excess() {
    let bench = Bench::new();
    for index in 0..4 {
        let shifted = |by: u32| {
            let mut calls = one_of_each();
            let row = &mut calls[index];
            row.position += by;
            if let Some((kind, end)) = row.info.clone().split_once(";END=") {
                row.info = format!("{kind};END={}", end.parse::<u32>().unwrap() + by);
            }
            calls
        };
        assert_eq!(bench.all(&one_of_each(), &shifted(500)), [5, 0, 0], "{index}");
        assert_eq!(bench.all(&one_of_each(), &shifted(501)), [4, 1, 1], "{index}");
    }
}

#[test]
fn breakends_have_a_window_of_their_own() {
    let bench = Bench::new();
    let truth = translocation(40_000, 50_000);
    assert_eq!(bench.all(&truth, &translocation(40_100, 49_900)), [1, 0, 0]);
    assert_eq!(bench.all(&truth, &translocation(40_101, 50_000)), [0, 1, 1]);
    assert_eq!(bench.all(&truth, &translocation(40_000, 50_101)), [0, 1, 1]);
    let turned = [Row { alternate: "t]2:50000]".to_owned(), ..breakend(40_000, "") }];
    assert_eq!(bench.all(&truth, &turned), [0, 1, 1], "other sides are joined");
    assert_eq!(bench.annotated("annotated.truth.vcf.gz", "CMP_REASON"), ["type", "type"]);
}

#[test]
fn an_end_alone_out_of_the_window_is_a_mismatch() {
    let bench = Bench::new();
    let truth = [symbolic("DEL", 5_000, 15_000)];
    assert_eq!(bench.all(&truth, &[symbolic("DEL", 5_000, 15_500)]), [1, 0, 0]);
    assert_eq!(bench.all(&truth, &[symbolic("DEL", 5_000, 15_501)]), [0, 1, 1]);
    assert_eq!(bench.annotated("annotated.calls.vcf.gz", "CMP_REASON"), ["position"]);
}

#[test]
fn a_retyped_record_is_missed_as_one_type_and_in_excess_as_the_other() {
    let bench = Bench::new();
    let mut calls = one_of_each();
    calls[0] = symbolic("DUP", 5_000, 6_000);
    let summary = bench.compare(&one_of_each(), &calls);
    assert_eq!(counts(&summary, "ALL"), [4, 1, 1]);
    assert_eq!((counts(&summary, "DEL"), counts(&summary, "DUP")), ([0, 0, 1], [1, 1, 0]));
    let precision = summary.of("DUP").and_then(|row| row.counts.precision());
    assert_eq!(precision, Some(0.5));
    assert_eq!(summary.missed, [("type".to_owned(), 1)].into());
}

#[test]
fn another_genotype_changes_no_count_but_is_told() {
    let bench = Bench::new();
    let mut calls = one_of_each();
    calls[0].genotype = "1/1";
    calls[1].genotype = "./1";
    let summary = bench.compare(&one_of_each(), &calls);
    assert_eq!(counts(&summary, "ALL"), [5, 0, 0]);
    let genotypes = summary.genotypes;
    assert_eq!((genotypes.same, genotypes.different, genotypes.unknown), (3, 1, 1));
    assert_eq!(bench.annotated("annotated.calls.vcf.gz", "CMP_GENOTYPE")[0], "different");
    calls[0].genotype = "0/0";
    assert_eq!(bench.all(&one_of_each(), &calls), [4, 0, 1], "an allele that is not there");
}

#[test]
fn sizes_may_differ_by_a_ratio() {
    let bench = Bench::new();
    let truth = [symbolic("DEL", 5_000, 6_000)];
    assert_eq!(bench.all(&truth, &[symbolic("DEL", 5_000, 5_700)]), [1, 0, 0]);
    assert_eq!(bench.all(&truth, &[symbolic("DEL", 5_000, 5_699)]), [0, 1, 1]);
    assert_eq!(bench.annotated("annotated.truth.vcf.gz", "CMP_REASON"), ["size"]);
}

#[test]
fn spelled_out_bases_may_differ_by_a_ratio() {
    let bench = Bench::new();
    let inserted = bases(7, 200);
    let changed = |bases: usize| {
        let other = |c: char| if c == 'A' { 'C' } else { 'A' };
        let head: String = inserted.chars().take(bases).map(other).collect();
        [insertion(10_000, &format!("{head}{}", &inserted[bases..]))]
    };
    let truth = [insertion(10_000, &inserted)];
    assert_eq!(bench.all(&truth, &changed(50)), [1, 0, 0]);
    assert_eq!(bench.all(&truth, &changed(100)), [0, 1, 1]);
    assert_eq!(bench.annotated("annotated.truth.vcf.gz", "CMP_REASON"), ["sequence"]);
    assert_eq!(bench.all(&truth, &[insertion(10_000, &bases(8, 200))]), [0, 1, 1], "unrelated");
    let symbolic = [row(10_000, "<INS>", "SVTYPE=INS;SVLEN=200".to_owned())];
    assert_eq!(bench.all(&truth, &symbolic), [1, 0, 0], "bases that are not known");
}

#[test]
fn one_insertion_at_two_places_of_a_repeat_is_one() {
    let mut bench = Bench::new();
    let unit = "ACGGTCATTGCATCCAAGTGCTAGGATCAC";
    let repeat = format!("{}{}{}", bases(3, 1_000), unit.repeat(4), bases(4, 58_880));
    bench.set_genome(&repeat);
    let twice = unit.repeat(2);
    // The same haplotype: two more units before the repeat, or half a unit into it.
    let turned = format!("{}{}", &twice[15..], &twice[..15]);
    assert_eq!(bench.all(&[insertion(1_000, &twice)], &[insertion(1_015, &turned)]), [1, 0, 0]);
    assert_eq!(bench.annotated("annotated.calls.vcf.gz", "CMP_SIMILARITY"), ["1.0000"]);
}

#[test]
fn breakends_match_what_they_spell() {
    let mut bench = Bench::new();
    let truth = &one_of_each()[..4];
    let calls = [
        breakend(5_000, "t[1:6001["),
        breakend(6_001, "]1:5000]t"),
        breakend(20_001, "]1:23000]t"),
        breakend(30_000, "t]1:32000]"),
        breakend(30_001, "[1:32001[t"),
    ];
    let summary = bench.compare(truth, &calls);
    assert_eq!(counts(&summary, "ALL"), [3, 0, 1]);
    assert_eq!(counts(&summary, "INV"), [1, 0, 0]);
    let expected = [("DEL as BND".to_owned(), 1), ("DUP as BND".to_owned(), 1)];
    assert_eq!(summary.other_spellings, expected.into());
    assert_eq!(summary.of("BND").map(|row| (row.counts.tp, row.counts.tp_call)), Some((0, 2)));
    assert_eq!(bench.all(truth, &calls[3..4]), [1, 0, 3], "half of an inversion");
    bench.options.breakends_as_symbolic = false;
    assert_eq!(bench.all(truth, &calls), [0, 4, 4]);
}

#[test]
fn a_duplication_is_an_insertion_on_request() {
    let mut bench = Bench::new();
    let truth = [symbolic("DUP", 20_000, 20_300)];
    let inside =
        format!("{}{}", bench.stretch(0, 20_100, 20_300), bench.stretch(0, 20_000, 20_100));
    let calls = [insertion(20_100, &inside)];
    let unrelated = [insertion(20_100, &bases(9, 300))];
    assert_eq!(bench.all(&truth, &calls), [0, 1, 1]);
    bench.options.duplications_as_insertions = true;
    assert_eq!(bench.all(&truth, &calls), [1, 0, 0]);
    assert_eq!(bench.annotated("annotated.calls.vcf.gz", "CMP_SIMILARITY"), ["1.0000"]);
    assert_eq!(bench.all(&calls, &truth), [1, 0, 0]);
    assert_eq!(bench.all(&truth, &unrelated), [0, 1, 1]);
}

#[test]
fn what_lies_outside_the_regions_counts_for_nothing() {
    let mut bench = Bench::new();
    let regions = bench.folder.path().join("confident.bed");
    output::write(&regions, "1\t5000\t12000\n").unwrap();
    bench.confident = Some(regions);
    assert_eq!(bench.all(&one_of_each(), &one_of_each()), [2, 0, 0]);
    let at = |start| [symbolic("DEL", start, start + 1_000)];
    assert_eq!(bench.all(&at(5_000), &at(4_999)), [1, 0, 0], "a call across the border");
    assert_eq!(bench.all(&at(4_999), &at(5_000)), [0, 0, 0], "a true variant across the border");
    assert_eq!(bench.all(&at(5_000), &at(4_000)), [0, 0, 1]);
    assert_eq!(bench.annotated("annotated.calls.vcf.gz", "CMP_REASON"), ["outside"]);
}

#[test]
fn a_variant_a_bit_too_small_may_be_a_counterpart() {
    let bench = Bench::new();
    let of = |size: u32| [symbolic("DEL", 5_000, 5_000 + size)];
    assert_eq!(bench.all(&of(50), &of(45)), [1, 0, 0]);
    assert_eq!(bench.all(&of(45), &of(50)), [0, 0, 0]);
    assert_eq!(bench.annotated("annotated.calls.vcf.gz", "CMP")[..1], ["-"]);
    let reasons = bench.annotated("annotated.calls.vcf.gz", "CMP_REASON");
    assert_eq!(reasons[..1], ["counterpart_not_counted"]);
    assert_eq!(bench.all(&of(45), &[]), [0, 0, 0]);
    assert_eq!(bench.all(&of(20), &of(25)), [0, 0, 0]);
}

#[test]
fn a_counted_variant_comes_before_one_that_is_not() {
    let bench = Bench::new();
    let truth = [symbolic("DEL", 5_000, 5_050), symbolic("DEL", 5_002, 5_050)];
    let calls = [symbolic("DEL", 5_002, 5_052)];
    assert_eq!(bench.all(&truth, &calls), [1, 0, 0]);
}

#[test]
fn records_that_fail_a_filter_are_left_out() {
    let mut bench = Bench::new();
    let mut calls = one_of_each();
    calls[0].filter = "LowQual";
    let summary = bench.compare(&one_of_each(), &calls);
    assert_eq!(counts(&summary, "ALL"), [4, 0, 1]);
    assert_eq!(summary.calls_left_out, [("filtered".to_owned(), 1)].into());
    bench.options.failed_filters_too = true;
    assert_eq!(bench.all(&one_of_each(), &calls), [5, 0, 0]);
}

#[test]
fn exchanging_both_files_exchanges_both_kinds_of_errors() {
    let bench = Bench::new();
    let shifted = [
        symbolic("DEL", 5_300, 6_400),
        symbolic("DEL", 5_100, 5_900),
        symbolic("DUP", 21_000, 23_000),
    ];
    let [tp, fp, missed] = bench.all(&one_of_each(), &shifted);
    assert_eq!([tp, missed, fp], bench.all(&shifted, &one_of_each()));
    assert_eq!([tp, fp, missed], [1, 2, 4]);
}

#[test]
fn results_do_not_depend_on_the_order_of_records() {
    let bench = Bench::new();
    let mut calls = one_of_each();
    calls[0].position += 20;
    bench.compare(&one_of_each(), &calls);
    let read = |name: &str| std::fs::read(bench.out().join(name)).unwrap();
    let names = ["summary.tsv", "summary.json", "annotated.truth.vcf.gz", "annotated.calls.vcf.gz"];
    let before = names.map(read);
    calls[..4].reverse();
    bench.compare(&one_of_each(), &calls);
    assert!(before == names.map(read));
}

#[test]
fn sizes_are_told_apart() {
    let bench = Bench::new();
    let summary = bench.compare(&one_of_each(), &one_of_each()[1..]);
    let bins: Vec<_> =
        summary.sizes.iter().map(|b| (b.from_bp, b.counts.tp, b.counts.fn_)).collect();
    assert_eq!(bins, [(100, 1, 0), (1_000, 2, 1)]);
}

#[test]
fn a_sample_must_be_named_where_there_are_several() {
    let bench = Bench::new();
    let two = bench.file("two.vcf", &one_of_each());
    let text = std::fs::read_to_string(&two).unwrap().replace("\tS\n", "\tS\tR\n");
    output::write(&two, text.replace("\t0/1\n", "\t0/1\t0/0\n")).unwrap();
    let truth = bench.file("truth.vcf", &one_of_each());
    let with = |calls_sample: Option<&str>| {
        let mut request = bench.request(truth.clone(), two.clone());
        request.sets.calls_sample = calls_sample.map(str::to_owned);
        compare(&request)
    };
    let unnamed = with(None).unwrap_err();
    assert!(unnamed.hint_text().is_some_and(|hint| hint.contains("--calls-sample: S, R")));
    assert!(with(Some("X")).unwrap_err().to_string().contains("no sample \"X\""));
    assert_eq!(counts(&with(Some("S")).unwrap(), "ALL"), [5, 0, 0]);
    assert_eq!(counts(&with(Some("R")).unwrap(), "ALL"), [0, 0, 5]);
}

#[test]
fn a_sample_without_a_genotype_carries_nothing() {
    let bench = Bench::new();
    let rows = one_of_each();
    let with = |genotype: &'static str| {
        let rows: Vec<Row> = rows.iter().cloned().map(|row| Row { genotype, ..row }).collect();
        bench.compare(&one_of_each(), &rows)
    };
    for (genotype, all, reason) in [
        ("1/.", [5, 0, 0], None),
        ("./.", [0, 0, 5], Some("no_genotype")),
        (".", [0, 0, 5], Some("no_genotype")),
        ("0/.", [0, 0, 5], Some("no_genotype")),
        ("0/0", [0, 0, 5], Some("not_carried")),
    ] {
        let summary = with(genotype);
        assert_eq!(counts(&summary, "ALL"), all, "{genotype}");
        let left_out = reason.map(|reason| summary.calls_left_out.contains_key(reason));
        assert!(left_out.unwrap_or(true), "{genotype}: {:?}", summary.calls_left_out);
    }
    let bad = bench.file("bad.vcf", &[Row { genotype: "0/7", ..rows[0].clone() }]);
    let truth = bench.file("truth.vcf", &rows);
    let error = compare(&bench.request(truth, bad)).unwrap_err();
    assert!(error.to_string().contains("\"0/7\" names an allele"), "{error}");
}
