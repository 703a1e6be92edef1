//! A family, from reads to report.

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use wgs_core::Sex;
use wgs_formats::variant::{Reader, Record};
use wgs_testkit::{Genotype, Simulator, TestCase, Variant};

use crate::room::{Room, data_digests, tasks_with};

/// Of the child's heterozygous SNVs on autosomes one in this many is new.
const ONE_NEW_IN: usize = 25;
const RUN: [&str; 6] = ["--samplesheet", "data/family.csv", "--bundle", "bundle", "--out", "out"];

/// A room with the quick-start person as a child, and reads of the parents.
struct Family {
    room: Room,
    /// Contig and 1-based position of the child's new variants.
    new: BTreeSet<(String, u32)>,
}

impl Family {
    fn new() -> Self {
        let room = Room::new();
        let (genome, _, child) = TestCase::quickstart().person();
        let name = |v: &Variant| genome.name(v.contig).to_owned();
        let fresh = child.iter().filter(|v| {
            v.is_snv()
                && matches!(v.genotype, Genotype::Heterozygous(_))
                && name(v).starts_with("chr")
                && !matches!(name(v).as_str(), "chrX" | "chrM")
        });
        let fresh: Vec<&Variant> = fresh.step_by(ONE_NEW_IN).collect();
        let father = child.relative(Sex::Male, |v| match name(v).as_str() {
            _ if fresh.contains(&v) || !v.genotype.carries(0) => None,
            "chrM" => None,
            "chrX" => Some(Genotype::Hemizygous),
            _ => Some(Genotype::Heterozygous(0)),
        });
        let mother = child.relative(Sex::Female, |v| match name(v).as_str() {
            "chrM" => Some(v.genotype),
            _ => {
                (!fresh.contains(&v) && v.genotype.carries(1)).then_some(Genotype::Heterozygous(1))
            }
        });
        for (sample, seed, variants) in [("dad", 5, &father), ("mum", 6, &mother)] {
            let simulator = Simulator::new(seed);
            simulator.write_lanes(&room.path("data/reads"), sample, &genome, variants).unwrap();
        }
        let new = fresh.iter().map(|v| (name(v), v.start + 1)).collect();
        let family = Self { room, new };
        family.put(["proband,female", "father,unknown", "mother,female"]);
        family
    }

    /// The samplesheet, with role and sex of child, father and mother.
    fn put(&self, people: [&str; 3]) {
        let files = |name: &str| format!("reads/{name}_R1.fastq.gz,reads/{name}_R2.fastq.gz");
        let lanes = [
            ("child", people[0], 1, files("NA-demo_L001")),
            ("child", people[0], 2, files("NA-demo_L002")),
            ("dad", people[1], 1, files("dad_L001")),
            ("mum", people[2], 1, files("mum_L001")),
        ];
        let mut sheet = "case,sample,role,sex,lane,library,fastq_1,fastq_2\n".to_owned();
        for (sample, role_and_sex, lane, files) in lanes {
            sheet += &format!("fam,{sample},{role_and_sex},{lane},lib1,{files}\n");
        }
        self.room.put("data/family.csv", sheet);
    }

    fn run(&self, more: &[&str]) -> Vec<Value> {
        let args = ["run"].into_iter().chain(RUN).chain(more.iter().copied());
        let lines = self.room.ok(args);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.room.text(&format!("out/fam/{name}"))).unwrap()
    }

    fn records(&self, name: &str) -> Vec<Record> {
        Reader::open(self.room.path(name)).unwrap().map(Result::unwrap).collect()
    }
}

#[test]
fn a_trio_from_reads_to_report() {
    let family = Family::new();
    family.run(&["--threads", "3"]);
    let calls = family.records("out/fam/variants/fam.small.vcf.gz");
    let called: BTreeSet<(String, u32)> = calls
        .iter()
        .filter(|r| r.filters.is_pass() && r.sample_value(0, "DN") == Some("DeNovo"))
        .map(|r| (r.contig.clone(), r.position.get()))
        .collect();
    assert!(family.new.len() >= 3);
    assert_eq!(called, family.new);
    let son_of = |r: &Record| r.sample_value(1, "GT").unwrap().len() == 1;
    assert!(calls.iter().filter(|r| r.contig == "chrX").all(son_of), "the father has one X");

    let trio = &family.json("qc/fam.family.json")["trios"][0];
    let new = family.new.len() as u64;
    assert_eq!([&trio["child"], &trio["father"], &trio["mother"]], ["child", "dad", "mum"]);
    assert_eq!(trio["de_novo_snvs"], new);
    assert!(trio["sites"].as_u64().unwrap() > 200);
    let errors = trio["mendelian_errors"].as_u64().unwrap();
    assert!((new..=new + 2).contains(&errors), "{errors}");
    assert_eq!(family.room.text("out/fam/qc/fam.family.tsv").lines().count(), 2);
    assert_eq!(family.json("run.json")["state"], "succeeded");

    let gates = family.json("qc/fam.gates.json");
    let checks = gates["checks"].as_array().unwrap();
    let of_family = checks.iter().filter(|c| c["threshold"] == "max_mendelian_error_rate");
    let samples: Vec<&Value> = of_family.map(|c| &c["sample"]).collect();
    assert_eq!(samples, ["child"]);

    let report = family.json("report/report.json");
    assert_eq!(report["family"]["trios"][0]["de_novo_snvs"], new);
    let page = family.room.text("out/fam/report/report.html");
    assert!(
        page.contains("<section id=\"family\">") && page.contains("Children and their parents")
    );
    let files = report["files"].as_array().unwrap();
    for name in ["variants/mum.g.vcf.gz", "variants/dad.calls.json", "qc/fam.family.json"] {
        assert!(files.iter().any(|file| file["path"] == name), "{name}");
        assert!(family.room.path(&format!("out/fam/{name}")).exists(), "{name}");
    }
}

/// The stages are the commands: gVCFs of a run give the same bytes by `joint` with a PED file, and
/// `call --gvcf` of its CRAMs with their calibrations gives the same gVCFs.
#[test]
fn the_commands_make_what_a_run_makes() {
    let family = Family::new();
    family.run(&[]);
    let room = &family.room;
    room.put("fam.ped", "fam child dad mum 2 2\nfam dad 0 0 1 1\nfam mum 0 0 2 1\n");
    let variants = |name: &str| format!("out/fam/variants/{name}");
    let gvcfs = ["child", "dad", "mum"].map(|name| variants(&format!("{name}.g.vcf.gz")));
    let mut args = vec!["joint", "--bundle", "bundle", "--pedigree", "fam.ped"];
    args.extend(["--family-summary", "s.json", "--out", "j.vcf.gz", "--threads", "1"]);
    args.extend(gvcfs.iter().map(String::as_str));
    room.ok(&args);
    let same = |one: &str, other: &str| {
        assert_eq!(fs::read(room.path(one)).unwrap(), fs::read(room.path(other)).unwrap(), "{one}");
    };
    same("j.vcf.gz", &variants("fam.small.vcf.gz"));
    same("j.vcf.gz.tbi", &variants("fam.small.vcf.gz.tbi"));
    same("s.json", "out/fam/qc/fam.family.json");
    same("s.tsv", "out/fam/qc/fam.family.tsv");

    let call = ["call", "out/fam/reads/dad.cram", "--bundle", "bundle", "--sex", "male"];
    let known = ["--calibration", "out/fam/qc/dad.calibration.json"];
    let outputs = ["--gvcf", "d.g.vcf.gz", "--out", "d.vcf.gz"];
    room.ok(call.into_iter().chain(known).chain(outputs));
    same("d.g.vcf.gz", &variants("dad.g.vcf.gz"));

    // The index of a gVCF is not needed.
    fs::remove_file(room.path(&variants("mum.g.vcf.gz.tbi"))).unwrap();
    room.ok(&args);
    same("j.vcf.gz", &variants("fam.small.vcf.gz"));
}

#[test]
fn another_pedigree_reruns_joint_and_what_follows() {
    let family = Family::new();
    family.run(&["--threads", "2"]);
    let before = data_digests(&family.room.path("out/fam"));
    let after_joint = ["annotate", "gates", "interpret", "joint", "report", "variant-metrics"];
    let finished = |events: &[Value]| {
        let mut tasks = tasks_with(events, "task_finished");
        tasks.sort();
        tasks
    };
    family.put(["proband,female", "father,unknown", "sibling,female"]);
    let plan = family.room.ok(["plan"].into_iter().chain(RUN));
    assert_eq!(plan.matches("up to date").count(), 6, "{plan}");
    assert!(plan.contains("fam\tjoint\twill run: "), "{plan}");
    assert_eq!(finished(&family.run(&[])), after_joint);
    assert!(family.json("qc/fam.family.json")["trios"].as_array().unwrap().is_empty());
    assert!(!family.room.text("out/fam/report/report.html").contains("<section id=\"family\">"));

    family.put(["proband,female", "father,unknown", "mother,female"]);
    assert_eq!(finished(&family.run(&["--threads", "1"])), after_joint);
    assert_eq!(data_digests(&family.room.path("out/fam")), before);
    assert_eq!(finished(&family.run(&[])), [""; 0]);

    // The sex that is declared decides how its sample is called.
    family.put(["proband,female", "father,male", "mother,unknown"]);
    assert_eq!(finished(&family.run(&[])), ["report"], "the sexes are those of the roles");
    family.put(["proband,male", "father,male", "mother,female"]);
    let events = family.run(&[]);
    assert_eq!(tasks_with(&events, "task_finished")[0], "call.child");
    assert_eq!(tasks_with(&events, "task_finished").len(), after_joint.len() + 1);
}

#[test]
fn roles_and_sexes_that_cannot_be() {
    let family = Family::new();
    let fails = |people, part: &str| {
        family.put(people);
        let error = family.room.fails(3, ["run"].into_iter().chain(RUN));
        assert!(error.contains(part) && error.contains("family.csv"), "{error}");
    };
    fails(["proband,female", "father,female", "mother,female"], "dad: a father is declared female");
    fails(["proband,female", "father,male", "mother,male"], "mum: a mother is declared male");
    fails(
        ["proband,female", "father,male", "father,male"],
        "more than one sample has the role father",
    );
    assert_eq!(family.room.made("out"), [""; 0]);
}
