//! Joint genotyping: of one gVCF, of a family, of files made by others, and of files that are none.

use std::path::{Path, PathBuf};

use wgs_core::{ErrorKind, Pedigree, Sex};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    output,
    variant::{Reader, Record},
};
use wgs_smallvar::{
    Options, Request, SampleFile, call,
    joint::{JointOptions, JointRequest, JointSummary, joint},
};

use crate::{
    CONTEXTS, CONTIGS, female, gvcf,
    gvcf::{Person, records},
    male,
    person::{Planted, header, make_genome, reads, write},
    planted,
};

fn genotype(
    genome: &Genome,
    inputs: &[PathBuf],
    pedigree: Option<&str>,
    output: &Path,
) -> Result<JointSummary> {
    let pedigree = pedigree.map(|text| Pedigree::parse(text).unwrap());
    joint(&JointRequest {
        inputs,
        genome,
        pedigree: pedigree.as_ref(),
        output,
        family_summary: None,
        options: &JointOptions::default(),
        threads: 1,
        progress: None,
    })
}

#[test]
fn joint_of_one_is_the_call() {
    let person = Person::new(30);
    let (vcf, gvcf) = (person.path("m.vcf.gz"), person.path("m.g.vcf.gz"));
    person.call(&vcf, &gvcf, None, 1);
    let output = person.path("joint.vcf.gz");
    let summary = genotype(&person.genome, &[gvcf], None, &output).unwrap();
    let (called, joined) = (records(&vcf), records(&output));
    assert_eq!(summary.records, called.len() as u64);
    for (call, joint) in called.iter().zip(&joined) {
        // Likelihoods are rounded to Phred in the gVCF: QUAL, QD, GQ and MQ follow them.
        let place =
            |r: &Record| (r.contig.clone(), r.position, r.reference.clone(), r.alternates.clone());
        assert_eq!(place(call), place(joint));
        assert_eq!(call.filters, joint.filters, "{call}\n{joint}");
        for key in ["GT", "AD", "DP", "PL", "SB", "PS"] {
            assert_eq!(call.sample_value(0, key), joint.sample_value(0, key), "{key} {call}");
        }
        for key in ["AC", "AF", "AN", "DP", "FS", "SOR", "MQRankSum", "ReadPosRankSum"] {
            assert_eq!(call.info.get(key), joint.info.get(key), "{key} {call}");
        }
        assert!((call.quality.unwrap() - joint.quality.unwrap()).abs() < 2.0, "{call}\n{joint}");
        let quality = |r: &Record| r.sample_value(0, "GQ").unwrap().parse::<f64>().unwrap();
        assert!((quality(call) - quality(joint)).abs() <= 2.0);
    }
}

fn het(start: usize, reference: &'static str, alternate: &'static str, on: [bool; 2]) -> Planted {
    Planted { contig: 0, start, reference, alternate, on }
}

#[test]
fn a_trio_has_its_new_alleles_and_its_phase() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = ([true, false], [false, true]);
    let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
    let base = |at: usize| {
        let contig = wgs_core::ContigIndex(0);
        genome.sequence(contig)[at]
    };
    let spelled = |at: usize| match base(at) {
        b'A' => ("A", "G"),
        b'C' => ("C", "T"),
        b'G' => ("G", "A"),
        _ => ("T", "C"),
    };
    let snv = |at: usize, on| {
        let (reference, alternate) = spelled(at);
        het(at, reference, alternate, on)
    };
    // Haplotypes of the child: the first from the father, the second from the mother.
    let child: Vec<Planted> =
        vec![snv(20_000, first), snv(21_000, second), snv(22_000, first), snv(23_000, second)];
    let father = vec![snv(20_000, second), snv(24_000, first)];
    let mother = vec![snv(21_000, first), snv(23_000, [true, true]), snv(24_000, first)];
    let people = [
        ("child", &child, 11, Sex::Female),
        ("dad", &father, 12, Sex::Male),
        ("mum", &mother, 13, Sex::Female),
    ];
    let mut gvcfs = Vec::new();
    for (name, variants, seed, sex) in people {
        let copies = if sex == Sex::Male { male } else { female };
        let reads = reads(&genome, variants, 34, seed, copies);
        let bam = write(
            folder.path().join(format!("{name}.bam")),
            &genome,
            &header(&genome, &[name]),
            &reads,
        );
        let gvcf = folder.path().join(format!("{name}.g.vcf.gz"));
        call(&Request {
            samples: &[SampleFile::new(bam, sex)],
            genome: &genome,
            output: None,
            gvcf: Some(&gvcf),
            regions: None,
            options: &Options::default(),
            threads: 1,
            progress: None,
        })
        .unwrap();
        gvcfs.push(gvcf);
    }
    let output = folder.path().join("family.vcf.gz");
    let pedigree = "F child dad mum 2 2\nF dad 0 0 1 1\nF mum 0 0 2 1\n";
    let summary = genotype(&genome, &gvcfs, Some(pedigree), &output).unwrap();
    let told: Vec<String> = records(&output)
        .iter()
        .filter(|r| r.filters.is_pass() && r.contig == "chr1")
        .map(|r| {
            let genotypes: Vec<_> = (0..3).map(|i| r.sample_value(i, "GT").unwrap()).collect();
            let new = r.sample_value(0, "DN").unwrap_or("-");
            format!("{} {} {new}", r.position.to_pos0(), genotypes.join(" "))
        })
        .collect();
    let expected = [
        "20000 1|0 0/1 0/0 Inherited",
        "21000 0|1 0/0 0/1 Inherited",
        "22000 0/1 0/0 0/0 DeNovo",
        "23000 0|1 0/0 1/1 Inherited",
        "24000 0/0 0/1 0/1 -",
    ];
    assert_eq!(told, expected);
    let trio = &summary.trios[0];
    assert_eq!((trio.sites, trio.mendelian_errors, trio.de_novo_snvs), (5, 1, 1));
    assert_eq!((trio.heterozygous, trio.phased_by_transmission), (4, 3));
}

/// A genome of one contig and gVCFs written by hand.
struct Hand {
    folder: tempfile::TempDir,
    genome: Genome,
}

const HEAD: &str = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=3000>\n\
    ##ALT=<ID=NON_REF,Description=\"x\">\n";

impl Hand {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let context = [(99, "ACGTACCTTG")];
        let genome = make_genome(folder.path(), &[("chr1", 3_000)], &context, &[]);
        Self { folder, genome }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of a sample with these lines, in which spaces stand for tabs.
    fn gvcf(&self, sample: &str, lines: &str) -> PathBuf {
        self.file(
            sample,
            &format!("{HEAD}#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT {sample}\n"),
            lines,
        )
    }

    fn file(&self, name: &str, head: &str, lines: &str) -> PathBuf {
        let path = self.path(&format!("{name}.g.vcf"));
        let columns =
            |text: &str| {
                text.lines()
                    .map(|l| {
                        if l.starts_with("##") { l.to_owned() } else { l.trim().replace(' ', "\t") }
                    })
                    .collect::<Vec<_>>()
                    .join("\n")
            };
        output::write(&path, format!("{}\n{}\n", columns(head), columns(lines))).unwrap();
        path
    }

    fn joined(&self, inputs: &[PathBuf]) -> Vec<Record> {
        let output = self.path("out.vcf.gz");
        genotype(&self.genome, inputs, None, &output).unwrap();
        Reader::open(&output).unwrap().map(Result::unwrap).collect()
    }

    fn refused(&self, inputs: &[PathBuf]) -> FileError {
        let error = genotype(&self.genome, inputs, None, &self.path("out.vcf.gz")).unwrap_err();
        let left = std::fs::read_dir(self.folder.path()).unwrap();
        let left: Vec<_> = left.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!left.iter().any(|name| name.contains("out.vcf")), "left behind: {left:?}");
        error
    }
}

// Bases 100 to 109 are ACGTACCTTG.
const GATK_A: &str = "\
    chr1 100 . A <NON_REF> . . END=100 GT:DP:GQ:MIN_DP:PL 0/0:30:90:30:0,90,900
    chr1 101 . CG C,<NON_REF> 500 . BaseQRankSum=0.5;DP=30;RAW_MQandDP=108000,30 GT:AD:DP:GQ:PL:SB 0/1:15,15,0:30:99:500,0,500,545,545,999:8,7,7,8
    chr1 103 . T G,<NON_REF> 400 . DP=30;MQRankSum=0.1;RAW_MQandDP=108000,30 GT:AD:DP:GQ:PGT:PID:PL:PS:SB 0|1:15,15,0:30:99:0|1:103_T_G:400,0,400,445,445,900:103:8,7,7,8
    chr1 104 . A <NON_REF> . . END=109 GT:DP:GQ:MIN_DP:PL 0/0:30:90:30:0,90,900";
const GATK_B: &str = "\
    chr1 100 . A <NON_REF> . . END=101 GT:DP:GQ:MIN_DP:PL 0/0:28:84:28:0,84,850
    chr1 102 . G T,<NON_REF> 300 . DP=30;RAW_MQandDP=108000,30 GT:AD:DP:GQ:PL:SB 0/1:15,13,0:28:99:300,0,320,345,360,700:8,7,7,6
    chr1 103 . T G,C,<NON_REF> 300 . DP=30;RAW_MQandDP=108000,30 GT:AD:DP:GQ:PL:SB 1/2:0,14,14,0:28:99:900,450,400,450,0,400,850,450,450,850:0,0,14,14
    chr1 104 . A <NON_REF> . . END=109 GT:DP:GQ:MIN_DP:PL 0/0:28:84:28:0,84,850";

#[test]
fn files_of_the_gatk_are_read_and_their_alleles_unified() {
    let hand = Hand::new();
    let joined = hand.joined(&[hand.gvcf("A", GATK_A), hand.gvcf("B", GATK_B)]);
    let told: Vec<String> = joined
        .iter()
        .map(|r| {
            let gt = |i| r.sample_value(i, "GT").unwrap();
            let ad = |i| r.sample_value(i, "AD").unwrap();
            let place = format!("{} {}>{}", r.position, r.reference, r.alternates.join(","));
            format!("{place} {} {} {} {}", gt(0), gt(1), ad(0), ad(1))
        })
        .collect();
    let expected = [
        "101 CG>C 0/1 0/0 15,15 28,0",
        // A's deletion takes the place away from one copy.
        "102 G>T,* 0/2 0/1 15,0,15 15,13,0",
        "103 T>C,G 0|2 1/2 15,0,15 0,14,14",
    ];
    assert_eq!(told, expected);
    assert_eq!(joined[2].sample_value(0, "PS"), Some("103"));
    assert!(joined.iter().all(|r| r.filters.is_pass()), "{joined:?}");
    assert_eq!(joined[2].info.get("AC"), Some("1,2"));
}

#[test]
fn nobody_has_more_copies_of_y_than_their_sex() {
    let folder = tempfile::tempdir().unwrap();
    let genome = make_genome(folder.path(), &[("chr1", 3_000), ("chrY", 3_000)], &[], &[]);
    let base = |place: usize| char::from(genome.sequence(wgs_core::ContigIndex(1))[place - 1]);
    let other = if base(500) == 'A' { 'C' } else { 'A' };
    let hand = Hand { folder, genome: genome.clone() };
    let head = HEAD.replace(
        "##contig=<ID=chr1,length=3000>\n",
        "##contig=<ID=chr1,length=3000>\n##contig=<ID=chrY,length=3000>\n",
    );
    let gvcf = |name: &str, more: &str, line: String| {
        let columns = format!("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT {name}\n");
        hand.file(name, &format!("{head}{more}{columns}"), &line)
    };
    let block = |start: usize| {
        format!("chrY {start} . {} <NON_REF> . . END=900 GT:DP:PL 0/0:3:0,9,90", base(start))
    };
    let variant = format!("chrY 500 . {} {other},<NON_REF> 400 . DP=30", base(500));
    let inputs = [
        gvcf("dad", "", format!("{variant} GT:AD:DP:PL 1:0,30,0:30:900,0,900")),
        gvcf("mum", "", block(800)),
        gvcf("girl", "##sex=<Sample=girl,Used=female,Declared=unknown>\n", block(400)),
        gvcf("aunt", "", block(400)),
    ];
    let genotypes = |pedigree: Option<&str>| {
        let output = hand.path("out.vcf.gz");
        genotype(&hand.genome, &inputs, pedigree, &output).unwrap();
        let [record] = &records(&output)[..] else { panic!("one record") };
        (0..4).map(|i| record.genotype(i).unwrap().to_string()).collect::<Vec<_>>()
    };
    let pedigree = "F dad 0 0 1 1\nF mum 0 0 2 1\nF girl dad mum 0 2\nF aunt 0 0 2 1\n";
    assert_eq!(genotypes(Some(pedigree)), ["1", ".", ".", "."]);
    assert_eq!(genotypes(None), ["1", "./.", ".", "0/0"]);
}

#[test]
fn others_that_keep_to_the_specification_are_read_too() {
    let hand = Hand::new();
    let deep = "\
        chr1 100 . A <*> 0 . END=102 GT:GQ:MIN_DP:PL 0/0:50:25:0,75,749
        chr1 103 . T G,<*> 48 PASS . GT:GQ:DP:AD:VAF:PL 0/1:47:30:15,15,0:0.5,0:48,0,55,990,990,990
        chr1 104 . A <*> 0 . END=109 GT:GQ:MIN_DP:PL 0/0:50:25:0,75,749";
    let joined = hand.joined(&[hand.gvcf("D", deep), hand.gvcf("A", GATK_A)]);
    let told: Vec<_> = joined.iter().map(|r| (r.position.get(), r.sample_value(0, "GT"))).collect();
    assert_eq!(told, [(101, Some("0/0")), (103, Some("0/1"))]);
}

#[test]
fn what_is_no_gvcf_of_this_genome_is_refused() {
    let hand = Hand::new();
    let says = |error: FileError, kind: ErrorKind, text: &str| {
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    };
    let (invalid, mismatch) = (ErrorKind::InvalidInput, ErrorKind::ReferenceMismatch);
    let good = hand.gvcf("A", GATK_A);
    let plain = hand.gvcf("P", "chr1 101 . C T 50 PASS . GT 0/1");
    says(hand.refused(&[plain]), invalid, "no allele <NON_REF>");
    let base = hand.gvcf("R", "chr1 101 . A <NON_REF> . . END=105 GT:DP 0/0:3");
    says(hand.refused(&[good.clone(), base]), mismatch, "REF is A, in the genome C");
    let head = HEAD.replace("3000", "2999") + "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT L\n";
    says(hand.refused(&[good.clone(), hand.file("L", &head, GATK_A)]), mismatch, "2999 bases");
    let head = HEAD.replace("chr1", "chr9") + "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT N\n";
    says(hand.refused(&[hand.file("N", &head, "")]), mismatch, "chr9");
    let beyond = hand.gvcf("E", "chr1 100 . A <NON_REF> . . END=3001 GT:DP 0/0:3");
    says(hand.refused(&[beyond]), mismatch, "3000 bases");
    let lines: Vec<&str> = GATK_A.lines().collect();
    let unsorted = hand.gvcf("U", &[lines[1], lines[0]].join("\n"));
    says(hand.refused(&[unsorted]), invalid, "not sorted");
    let copy = hand.file(
        "again",
        &format!("{HEAD}#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT A\n"),
        GATK_A,
    );
    says(hand.refused(&[good.clone(), copy]), invalid, "sample A is in");
    says(hand.refused(&[hand.gvcf("none", "")]), invalid, "holds no records");
    let pl = hand.gvcf("L2", "chr1 101 . C T,<NON_REF> 9 . . GT:PL 0/1:5,0,3");
    says(hand.refused(&[pl]), invalid, "PL does not fit");
    let two = format!("{HEAD}#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT A B\n");
    says(hand.refused(&[hand.file("two", &two, "")]), invalid, "has 2 samples");
    says(hand.refused(&[]), ErrorKind::Usage, "no gVCF");
}

#[test]
fn a_gvcf_that_is_cut_off_is_refused() {
    let person = gvcf::Person::new(10);
    let (vcf, gvcf) = (person.path("m.vcf.gz"), person.path("m.g.vcf.gz"));
    person.call(&vcf, &gvcf, None, 1);
    let bytes = std::fs::read(&gvcf).unwrap();
    output::write(&gvcf, &bytes[..bytes.len() / 2]).unwrap();
    let output = person.path("joint.vcf.gz");
    let error = genotype(&person.genome, &[gvcf], None, &output).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert!(!output.exists());
}

#[test]
fn a_pedigree_of_other_people_is_refused() {
    let hand = Hand::new();
    let output = hand.path("out.vcf.gz");
    let inputs = [hand.gvcf("A", GATK_A)];
    let error = genotype(&hand.genome, &inputs, Some("F X 0 0 1 1\n"), &output).unwrap_err();
    assert!(error.to_string().contains("none of its samples (A) is in the pedigree"), "{error}");
}

#[test]
fn what_was_told_of_sexes_is_told_again() {
    let hand = Hand::new();
    let file = |sample: &str, lines: &str| {
        let columns = format!("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT {sample}\n");
        hand.file(sample, &format!("{HEAD}{lines}{columns}"), GATK_A)
    };
    let sex =
        |sample: &str, used| format!("##sex=<Sample={sample},Used={used},Declared=unknown>\n");
    let first = file("A", &(sex("A", "male") + "##warning=sample A: is odd\n"));
    let second = file("B", &sex("B", "female"));
    let output = hand.path("out.vcf.gz");
    let pedigree = Some("F A 0 B 2 0\nF B 0 0 2 0\n");
    let summary = genotype(&hand.genome, &[first, second], pedigree, &output).unwrap();
    assert_eq!(summary.warnings[0], "sample A: is odd");
    assert!(summary.warnings[1].contains("sample A: called as male, but female by the pedigree"));
    assert_eq!(summary.warnings.len(), 2);
    let reader = Reader::open(&output).unwrap();
    let lines = |key| reader.header().others(key).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines("warning"), summary.warnings);
    let samples: Vec<bool> = lines("sex").iter().map(|l| l.contains("Sample=A")).collect();
    assert_eq!(samples, [true, false]);
}
