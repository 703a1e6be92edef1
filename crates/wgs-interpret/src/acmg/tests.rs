use wgs_formats::variant::{Header, Record, annotated::Layout};

use super::*;
use crate::knowledge::testing::table;

const COLUMNS: &str =
    "Consequence|IMPACT|SYMBOL|Feature|BIOTYPE|EXON|HGVSc|Protein_position|Amino_acids|NMD";

struct Asker {
    knowledge: Knowledge,
    options: Options,
    new: Option<NewAllele>,
    represents: Option<bool>,
}

impl Default for Asker {
    fn default() -> Self {
        let mut knowledge = Knowledge::default();
        knowledge
            .add_table("clingen", table("gene|Haploinsufficiency Score\nHI|3\nNO|40\nMAYBE|2\n"));
        Self { knowledge, options: Options::default(), new: None, represents: Some(true) }
    }
}

impl Asker {
    /// The criteria of an effect (cells of [`COLUMNS`]) with fields of INFO, as `ID_points`.
    fn ask(&self, effect: &str, info: &str) -> Vec<String> {
        let judgement = self.judge(effect, info);
        judgement.criteria.iter().map(|c| format!("{}_{}", c.id, c.points)).collect()
    }

    fn judge(&self, effect: &str, info: &str) -> Judgement {
        use wgs_formats::variant::{Definition, Number, ValueType, csq::Format};
        let mut header = Header::default();
        header.add_info(Format::new(COLUMNS.split('|')).definition("x."));
        for id in ["G_AF", "G_AN", "R_REVEL", "A_am_pathogenicity", "S_SpliceAI"] {
            header.add_info(Definition::new(id, Number::Alternates, ValueType::String, ""));
        }
        let layout = Layout::of(&header);
        let line = format!("a\t5\t.\tA\tC\t.\tPASS\tCSQ={effect};{info}");
        let record = Record::parse(&line, 0).unwrap();
        let view = layout.record(&record).allele(0);
        judge(&Asked {
            view: &view,
            effect: &view.effects[0],
            represents: self.represents,
            knowledge: &self.knowledge,
            options: &self.options,
            has_frequencies: true,
            new: self.new.clone(),
        })
    }
}

fn stop(gene: &str, nmd: &str) -> String {
    format!("stop_gained|HIGH|{gene}|T|protein_coding|2/9||7|R/*|{nmd}")
}

#[test]
fn frequency_decides_by_the_highest() {
    let asker = Asker::default();
    let of = |info: &str| asker.ask("intron_variant|MODIFIER|HI|T", info);
    assert_eq!(of("X=1"), ["PM2_1"]);
    assert_eq!(of("G_AF=0.0001"), ["PM2_1"]);
    assert_eq!(of("G_AF=0.0002"), [""; 0]);
    assert_eq!(of("G_AF=0.01"), ["BS1_-4"]);
    assert_eq!(of("G_AF=0.05;G_AN=2000"), ["BA1_-8"]);
    assert_eq!(of("G_AF=0.05;G_AN=1999"), [""; 0], "too few were looked at");
}

#[test]
fn what_is_no_frequency_is_not_taken_for_absent() {
    let judged = Asker::default().judge("intron_variant|MODIFIER|HI|T", "G_AF=x");
    assert!(judged.criteria.is_empty());
    assert_eq!(judged.open[0].id, "PM2/BS1/BA1");
}

#[test]
fn exceptions_of_frequency_are_left_open() {
    let asker = Asker::default();
    let of = |gene: &str, name: &str| {
        let effect = format!("intron_variant|MODIFIER|{gene}|T|||T:{name}");
        let judged = asker.judge(&effect, "G_AF=0.06");
        let is_open = judged.open.iter().any(|open| open.id == "BS1/BA1");
        (judged.criteria.len(), is_open)
    };
    assert_eq!(of("HFE", "c.845G>A"), (0, true));
    assert_eq!(of("ACAD9", "c.-44_-41dupTAAG"), (0, true));
    assert_eq!(of("HFE", "c.845G>T"), (1, false));
    assert_eq!(of("GJB2", "c.845G>A"), (1, false));
}

#[test]
fn loss_of_function_depends_on_gene_decay_and_transcript() {
    let asker = Asker::default();
    let of = |effect: &str| asker.ask(effect, "G_AF=0.001");
    assert_eq!(of(&stop("HI", "")), ["PVS1_8"]);
    assert_eq!(of(&stop("HI", "NMD_escaping_variant")), ["PVS1_2"]);
    assert_eq!(of(&stop("MAYBE", "")), ["PVS1_4"]);
    assert_eq!(of(&stop("UNKNOWN", "")), ["PVS1_2"]);
    assert_eq!(of(&stop("NO", "")), [""; 0]);
    let long = "stop_gained|HIGH|HI|T|protein_coding|9/9||10/100|R/*|NMD_escaping_variant";
    assert_eq!(of(long), ["PVS1_4"], "most of the protein is lost");
    let short = "stop_gained|HIGH|HI|T|protein_coding|9/9||95/100|R/*|NMD_escaping_variant";
    assert_eq!(of(short), ["PVS1_2"]);
    assert_eq!(of("splice_donor_variant|HIGH|HI|T|protein_coding"), ["PVS1_4"]);
    assert_eq!(of("start_lost|HIGH|HI|T|protein_coding"), ["PVS1_1"]);
    assert_eq!(of("splice_donor_variant|HIGH|HI|T|lncRNA"), [""; 0]);
    let other = Asker { represents: Some(false), ..Asker::default() };
    let judgement = other.judge(&stop("HI", ""), "G_AF=0.001");
    assert!(judgement.criteria.is_empty());
    assert!(judgement.open.iter().any(|o| o.id == "PVS1" && o.reason.contains("represent")));
}

#[test]
fn nothing_counts_twice() {
    let asker = Asker::default();
    let donor = "splice_donor_variant|HIGH|HI|T|protein_coding";
    assert_eq!(asker.ask(donor, "G_AF=0.001;S_SpliceAI=C|HI|0.9|0|0|0"), ["PVS1_4"]);
    let lost = "stop_gained&inframe_deletion|HIGH|HI|T|protein_coding|2/9||7|RR/*|";
    assert_eq!(asker.ask(lost, "G_AF=0.001"), ["PVS1_8"]);
    let both = "missense_variant|MODERATE|HI|T||||7|R/H";
    let found = asker.ask(both, "G_AF=0.001;R_REVEL=0.94;S_SpliceAI=C|HI|0.9|0|0|0");
    assert_eq!(found, ["PP3_4"]);
}

#[test]
fn predictors_speak_by_calibrated_steps() {
    let asker = Asker::default();
    let of = |info: &str| {
        asker.ask("missense_variant|MODERATE|HI|T||||7|R/H", &format!("G_AF=0.001;{info}"))
    };
    for (score, criterion) in [
        ("0.932", "PP3_4"),
        ("0.931", "PP3_2"),
        ("0.773", "PP3_2"),
        ("0.644", "PP3_1"),
        ("0.290", "BP4_-1"),
        ("0.183", "BP4_-2"),
        ("0.016", "BP4_-4"),
        ("0.003", "BP4_-8"),
    ] {
        assert_eq!(of(&format!("R_REVEL={score}")), [criterion], "{score}");
    }
    assert_eq!(of("R_REVEL=0.5;A_am_pathogenicity=0.99"), [""; 0], "the chosen one is heard");
    assert_eq!(of("A_am_pathogenicity=0.99"), ["PP3_4"]);
    assert_eq!(of("A_am_pathogenicity=0.099"), ["BP4_-2"]);
    assert_eq!(of("R_REVEL=0.1;S_SpliceAI=C|HI|0.15|0|0|0"), [""; 0]);
    assert_eq!(of("R_REVEL=0.1;S_SpliceAI=C|HI|0.2|0|0|0"), ["PP3_1"]);
}

#[test]
fn silent_changes_need_a_score_of_splicing() {
    let asker = Asker::default();
    let silent = "synonymous_variant|LOW|HI|T||||7|R";
    let unchanged = "G_AF=0.001;S_SpliceAI=C|HI|0.1|0|0|0";
    assert_eq!(asker.ask(silent, unchanged), ["BP4_-1", "BP7_-1"]);
    let without = asker.judge(silent, "G_AF=0.001");
    assert!(without.criteria.is_empty() && without.open.iter().any(|o| o.id == "BP4/BP7"));
    let intron = |name: &str| {
        asker.ask(&format!("intron_variant|MODIFIER|HI|T|||T:c.{name}"), unchanged).len()
    };
    assert_eq!([intron("100+7A>G"), intron("101-21del"), intron("-5+9A>G")], [2; 3]);
    assert_eq!([intron("100+6A>G"), intron("101-20del"), intron("101-22_101-20del")], [0; 3]);
}

#[test]
fn length_and_points() {
    let asker = Asker::default();
    let one = "inframe_deletion|MODERATE|HI|T||||7-8|RK/R";
    assert_eq!(asker.ask(one, "G_AF=0.001"), ["PM4_1"]);
    let two = "inframe_deletion|MODERATE|HI|T||||7-9|RKL/R";
    assert_eq!(asker.ask(two, "G_AF=0.001"), ["PM4_2"]);
    let common = asker.judge(&stop("HI", ""), "G_AF=0.06");
    assert_eq!((common.points, common.classification), (0, Classification::Benign));
    let rare = asker.judge(&stop("HI", ""), "G_AF=0");
    assert_eq!((rare.points, rare.classification), (9, Classification::LikelyPathogenic));
}

#[test]
fn a_new_allele_counts_by_parentage_and_phenotype() {
    let of = |parentage: Option<&str>, is_relevant, doubts: &[&str]| {
        let new = NewAllele {
            child: "kid".into(),
            parentage: parentage.map(str::to_owned),
            is_relevant,
            doubts: doubts.iter().map(|&d| d.to_owned()).collect(),
        };
        let asker = Asker { new: Some(new), ..Asker::default() };
        asker.ask("missense_variant|MODERATE|HI|T||||7|R/H", "G_AF=0.001")
    };
    assert_eq!(of(Some("x"), true, &[]), ["PS2_2"]);
    assert_eq!(of(Some("x"), false, &[]), ["PS2_1"]);
    assert_eq!(of(None, true, &[]), ["PM6_1"]);
    assert_eq!(of(None, false, &[]), [""; 0]);
    assert_eq!(of(Some("x"), true, &["low depth"]), [""; 0]);
}

#[test]
fn points_become_classes_at_the_published_borders() {
    let of = |points: i32| {
        let mut criterion = pathogenic("X", Strength::Supporting, "", Vec::new());
        criterion.points = points;
        classify(&[criterion]).1
    };
    use Classification::{
        Benign, LikelyBenign, LikelyPathogenic, Pathogenic, UncertainSignificance,
    };
    let found = [10, 9, 6, 5, 0, -1, -6, -7].map(of);
    let expected = [
        Pathogenic,
        LikelyPathogenic,
        LikelyPathogenic,
        UncertainSignificance,
        UncertainSignificance,
        LikelyBenign,
        LikelyBenign,
        Benign,
    ];
    assert_eq!(found, expected);
}
