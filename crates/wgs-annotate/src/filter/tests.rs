use wgs_formats::variant::{Definition, Number, Record, ValueType};

use super::*;
use crate::pick::{PickOrder, Picker};

const CSQ: [&str; 9] = [
    "Allele",
    "Consequence",
    "IMPACT",
    "SYMBOL",
    "Feature_type",
    "Feature",
    "ALLELE_NUM",
    "CANONICAL",
    "HGVSp",
];

fn header() -> Header {
    let mut header = Header::default();
    let mut info = |id: &str, number, value_type| {
        header.add_info(Definition::new(id, number, value_type, "x"));
    };
    info("AF", Number::Alternates, ValueType::Float);
    info("AC", Number::Alternates, ValueType::Integer);
    info("AN", Number::Count(1), ValueType::Integer);
    info("AD", Number::Alleles, ValueType::Integer);
    info("MANY", Number::Unknown, ValueType::Integer);
    info("NOTE", Number::Alternates, ValueType::String);
    info("DB", Number::Count(0), ValueType::Flag);
    info("SYMBOL", Number::Count(1), ValueType::String);
    let mut format = |id: &str, number, value_type| {
        header.add_format(Definition::new(id, number, value_type, "x"));
    };
    format("GT", Number::Count(1), ValueType::String);
    format("DP", Number::Count(1), ValueType::Integer);
    format("AD", Number::Alleles, ValueType::Integer);
    header.set_samples(["CASE", "mother"]);
    header.add_info(wgs_formats::variant::csq::Format::new(CSQ).definition("x."));
    header
}

const CSQ_TEXT: &str = "CSQ=\
    C|missense_variant&splice_region_variant|MODERATE|BRCA1|Transcript|T1|1||p.Leu2%3D,\
    C|stop_gained|HIGH|NBR2|Transcript|T2|1|YES|,\
    G|synonymous_variant|LOW|BRCA1|Transcript|T1|2|YES|";

fn verdict(expression: &str, info: &str) -> Verdict {
    let header = header();
    let line = format!(
        "chr1\t7\trs1;rs2\tA\tC,G\t30\tq10\tAF=0.1,.;AC=1,2;AN=4;AD=10,1,2;MANY=3,.,9;\
         NOTE=a%2Cb,Pathogenic/Likely_pathogenic|_low;{CSQ_TEXT}{info}\tGT:DP:AD\t1|0:20:9,11\t./.:.:."
    );
    let record = Record::parse(&line, 2).unwrap();
    let columns = CsqColumns::of_header(&header);
    let picker = Picker::new(PickOrder::default(), &columns, []);
    let filter = Filter::new(expression, &header, &columns).unwrap_or_else(|e| panic!("{e}"));
    filter.judge(&Site::new(&record, &columns, &picker)).unwrap()
}

fn check(expected: Verdict, expressions: &[&str]) {
    for expression in expressions {
        assert_eq!(verdict(expression, ""), expected, "{expression}");
    }
}

#[test]
fn what_is_true_is_kept() {
    check(
        Verdict::Kept,
        &[
            "CHROM = chr1 and POS = 7 and REF = \"A\" and QUAL >= 30",
            "ID = rs2 and FILTER = q10 and ALT = G",
            "ALT = C and AF = 0.1",
            "AF < 0.2",
            "not AF > 0.2",
            "ALT = \"G\" and AC = 2 and AD = 2 and AD[0] = 10",
            "AC / AN = 0.5",
            "AC[0] + 1 = 2 and (AN - 2) * 3 = 6",
            "MANY = 9",
            "MANY in (1, 3)",
            "NOTE = \"a,b\"",
            "NOTE has Pathogenic and NOTE has low",
            "NOTE ~ \"^Path.*low$\"",
            "number(INFO/SYMBOL) > 1 or AF < 1",
            "IMPACT >= MODERATE and CSQ/SYMBOL = NBR2",
            "IMPACT in (LOW, MODIFIER)",
            "Consequence has splice_region_variant",
            "Consequence = missense_variant",
            "Consequence >= stop_gained",
            "Consequence < missense_variant",
            "Consequence not in (stop_gained)",
            "HGVSp = \"p.Leu2=\"",
            "default(AF, 0) = 0",
            "missing(AF)",
            "exists(HGVSp)",
            "not DB",
            "sample(\"CASE\").GT = \"0/1\" and sample(CASE).DP > 10",
            "sample(\"CASE\").copies = 1 and ALT = C",
            "sample(\"CASE\").AD[1] / sample(\"CASE\").DP > 0.5",
            "any_sample(sample.DP >= 20 and sample.GT in (\"0|1\"))",
            "any_sample(missing(sample.GT))",
            "all_samples(default(sample.DP, 99) >= 20)",
            "picked(IMPACT = HIGH and CSQ/SYMBOL = NBR2)",
        ],
    );
}

#[test]
fn what_is_false_is_not() {
    check(
        Verdict::Dropped,
        &[
            "POS != 7",
            "AC > 2",
            "IMPACT = HIGH and CSQ/SYMBOL = BRCA1",
            "IMPACT = HIGH and ALT = G",
            "all_entries(IMPACT = HIGH)",
            "picked(IMPACT = MODERATE)",
            "DB",
            "Consequence > stop_gained",
            "MANY[0] = 9",
            "any_sample(sample.copies = 2) and POS = 8",
            "FILTER = PASS",
            "NOTE has Likely and POS = 7",
        ],
    );
}

#[test]
fn what_is_missing_is_neither() {
    check(
        Verdict::Unknown,
        &[
            "AF < 0.05",
            "not AF < 0.5",
            "AF != 0.1",
            "AF > 0.5 or POS = 8",
            "AF[1] < 1",
            "MANY = 4",
            "MANY != 4",
            "MANY not in (4, 5)",
            "HGVSp = \"p.Met1\"",
            "sample(\"mother\").DP < 5",
            "not sample(\"mother\").DP < 5",
            "sample(\"mother\").GT = \"0/0\"",
            "all_samples(sample.DP > 1)",
            "AC / (AN - 4) < 1",
            "number(NOTE) < 5",
        ],
    );
    assert_eq!(verdict("DB and INFO/SYMBOL = x", ";DB;SYMBOL=x"), Verdict::Kept);
    assert_eq!(verdict("number(INFO/SYMBOL) < 1e-2", ";SYMBOL=1e-3"), Verdict::Kept);
    assert_eq!(verdict("number(INFO/SYMBOL) > 0.9", ";SYMBOL=0.12&x&0.97"), Verdict::Kept);
    assert_eq!(verdict("IMPACT <= HIGH", ""), Verdict::Kept);
}

#[test]
fn an_allele_without_entries_misses_their_columns() {
    let header = header();
    let record = Record::parse("chr1\t7\t.\tA\t<DEL>\t.\t.\t.\tGT\t.\t.", 2).unwrap();
    let none = Record::parse("chr1\t7\t.\tA\t.\t.\t.\t.\tGT\t.\t.", 2).unwrap();
    let columns = CsqColumns::of_header(&header);
    let picker = Picker::new(PickOrder::default(), &columns, []);
    for (expression, expected) in [
        ("IMPACT < HIGH", Verdict::Unknown),
        ("not IMPACT < HIGH", Verdict::Unknown),
        ("all_entries(IMPACT < HIGH)", Verdict::Unknown),
        ("picked(IMPACT < HIGH)", Verdict::Unknown),
        ("missing(IMPACT)", Verdict::Kept),
        ("POS = 7", Verdict::Kept),
        ("QUAL > 0", Verdict::Unknown),
        ("sample(\"CASE\").copies > 0", Verdict::Unknown),
    ] {
        let filter = Filter::new(expression, &header, &columns).unwrap();
        for record in [&record, &none] {
            let site = Site::new(record, &columns, &picker);
            assert_eq!(filter.judge(&site).unwrap(), expected, "{expression}");
        }
    }
}

#[test]
fn mistakes_are_found_before_anything_is_read() {
    let header = header();
    let columns = CsqColumns::of_header(&header);
    for (expression, at, part) in [
        ("IMPCT = HIGH", 1, "the nearest is IMPACT"),
        ("POS = 1 and SYMBOL = x", 13, "INFO/SYMBOL"),
        ("IMPACT >= HIHG", 11, "MODERATE"),
        ("Consequence = missense", 15, "no consequence is named missense"),
        ("Consequence has misense_variant", 17, "the nearest is missense_variant"),
        ("AF < high", 6, "no field is named high"),
        ("AF < \"0.1\"", 6, "is text"),
        ("NOTE < 5", 8, "number(INFO/NOTE)"),
        ("NOTE = 5", 8, "text, not a number"),
        ("NOTE = AF", 8, "name of a field"),
        ("AF = 0.1 and AF", 14, "exists(INFO/AF)"),
        ("DB = 1", 1, "is a flag"),
        ("DP > 1", 1, "a field of samples"),
        ("FORMAT/DP > 1", 1, "a field of samples"),
        ("sample.DP > 1", 1, "which sample"),
        ("sample(\"case\").DP > 1", 1, "CASE, mother"),
        ("sample(\"CASE\").DQ > 1", 1, "nearest is DP"),
        ("any_sample(any_sample(sample.DP > 1))", 12, "within another"),
        ("any_samples(sample.DP > 1)", 1, "the nearest is any_sample"),
        ("number(NOTE)", 1, "compare what it gives"),
        ("NOTE ~ \"(\"", 8, "regular expression"),
        ("NOTE ~ x", 8, "in quotes"),
        ("MANY + 1 > 2", 1, "MANY[0]"),
        ("AF has 3", 8, "has no parts"),
        ("5 ~ \"x\"", 1, "expected a field"),
        ("sample(\"CASE\").GT = het", 21, "no genotype"),
        ("NOTE ~ \"(a{1000}){1000}\"", 8, "regular expression"),
    ] {
        let error = Filter::new(expression, &header, &columns).unwrap_err();
        let all = format!("{error} {}", error.hint.clone().unwrap_or_default());
        assert_eq!(error.at, at, "{expression}: {all}");
        assert!(all.contains(part), "{expression}: {all}");
        assert_eq!(FileError::from(error).kind(), ErrorKind::Usage);
    }
}

#[test]
fn values_that_contradict_the_header_are_errors() {
    let header = header();
    let columns = CsqColumns::of_header(&header);
    let picker = Picker::new(PickOrder::default(), &columns, []);
    let record = Record::parse("chr1\t7\t.\tA\tC\t.\t.\tAF=high\tGT\t.\t.", 2).unwrap();
    let filter = Filter::new("AF < 1", &header, &columns).unwrap();
    let error = filter.judge(&Site::new(&record, &columns, &picker)).unwrap_err();
    assert!(error.contains("INFO/AF has the value \"high\""), "{error}");
}

proptest::proptest! {
    #[test]
    fn no_expression_makes_it_panic(
        words in proptest::collection::vec("AF|AC|MANY|NOTE|IMPACT|HIGH|Consequence|DB|and|or|not|in|\
            has|=|<|>=|~|\\(|\\)|,|1|0\\.5|\"x\"|sample|\\.|any_sample|exists|number|default|\\[0\\]|/|-", 0..14),
    ) {
        let header = header();
        let columns = CsqColumns::of_header(&header);
        if let Ok(filter) = Filter::new(&words.join(" "), &header, &columns) {
            let line = format!("chr1\t7\t.\tA\tC\t.\t.\t{CSQ_TEXT}\tGT\t.\t.");
            let record = Record::parse(&line, 2).unwrap();
            let picker = Picker::new(PickOrder::default(), &columns, []);
            let _ = filter.judge(&Site::new(&record, &columns, &picker));
        }
    }
}
