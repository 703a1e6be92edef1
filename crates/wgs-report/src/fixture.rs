//! A family case with every part of a report, made of formulas.

use std::path::{Path, PathBuf};

use wgs_core::{Contig, ContigList, Sex};
use wgs_formats::{
    output,
    qc::{
        AlignmentQc, CoverageQc, Document, FamilyQc, FastqQc, GateQc, Histogram, VariantQc,
        alignment::{
            AlignmentSummary, GcBiasQc, GroupQc, InsertSizeQc, LibraryDuplicatesQc, PairOrientation,
        },
        coverage::{
            ContigCoverage, ContigTrack, CountedBases, CoverageSummary, DepthTrack, ExcludedBases,
            GcBin,
        },
        family::TrioQc,
        fastq::{AdapterQc, CycleQc, DuplicationQc, MateQc, OverlapQc, ReadGroupQc},
        gate::{Check, Level},
        variants::{AlleleCounts, SampleVariants},
    },
};
use wgs_task::case::{CaseKind, Role};

use crate::{
    Inputs,
    model::{
        BundleSummary, CaseSample, CaseSummary, FileEntry, OptionValue, OriginSummary, Provenance,
        ReadSource, Tool,
    },
};

/// Everything, with the variants written below `folder`.
pub(crate) fn inputs(folder: &Path) -> Inputs {
    let samples = ["NA24385", "NA24149"];
    Inputs {
        case: Some(case(&samples)),
        provenance: Some(provenance()),
        gates: samples.map(gates).to_vec(),
        fastq: samples.map(fastq).to_vec(),
        alignment: samples.map(alignment).to_vec(),
        coverage: samples.map(coverage).to_vec(),
        variant_qc: Some(variants(&samples)),
        family: Some(family()),
        variants: Some(vcf(folder)),
        files: vec![
            file("reads/NA24385.cram", "aligned reads, duplicates marked (CRAM)", Some("NA24385")),
            file("annotated/AJ-01.small.vcf.gz", "small variants, annotated (VCF)", None),
        ],
        ..Inputs::default()
    }
}

fn family() -> FamilyQc {
    FamilyQc::new(vec![TrioQc {
        child: "NA24385".into(),
        father: "NA24149".into(),
        mother: "NA24143".into(),
        sites: 5_870_000,
        mendelian_errors: 14_100,
        written_errors: 9_800,
        de_novo_snvs: 71,
        de_novo_indels: 8,
        heterozygous: 2_790_000,
        phased_by_transmission: 2_310_000,
        ..TrioQc::default()
    }])
}

fn file(path: &str, content: &str, sample: Option<&str>) -> FileEntry {
    let sample = sample.map(str::to_owned);
    FileEntry { path: path.to_owned(), content: content.to_owned(), sample }
}

fn case(samples: &[&str]) -> CaseSummary {
    let sample = |(i, id): (usize, &&str)| CaseSample {
        id: (*id).to_owned(),
        role: if i == 0 { Role::Proband } else { Role::Father },
        sex: Sex::Male,
        affected: Some(i == 0),
        phenotypes: if i == 0 { vec!["HP:0003002".into(), "HP:0000969".into()] } else { vec![] },
        reads: vec![ReadSource {
            read_group: Some(format!("{id}.1")),
            library: Some(format!("{id}-a")),
            platform: Some("ILLUMINA".into()),
            files: vec![format!("{id}_1.fastq.gz"), format!("{id}_2.fastq.gz")],
        }],
    };
    CaseSummary {
        id: "AJ-01".into(),
        kind: Some(CaseKind::Family),
        samples: samples.iter().enumerate().map(sample).collect(),
    }
}

fn provenance() -> Provenance {
    let origin = |name: &str, file: &str| OriginSummary {
        name: name.into(),
        file: file.into(),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        version: (name == "clinvar").then(|| "2026-09-01".into()),
        licence: None,
    };
    Provenance {
        program: "wgs-pipe".into(),
        version: "0.1.0".into(),
        pipeline: Some("germline".into()),
        bundle: Some(BundleSummary {
            digest: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".into(),
            built_by: "0.1.0".into(),
            aligner: "bwa-mem3 0.4.4".into(),
            origins: vec![
                origin("genome", "GRCh38.fa.gz"),
                origin("genes", "Homo_sapiens.GRCh38.115.gff3.gz"),
                origin("clinvar", "clinvar_20260901.vcf.gz"),
            ],
        }),
        tools: vec![Tool { name: "wgs-smallvar".into(), version: "0.1.0".into() }],
        options: vec![OptionValue {
            stage: "call".into(),
            name: "min_mapq".into(),
            value: 20.into(),
        }],
    }
}

fn gates(sample: &str) -> GateQc {
    let check = |threshold: &str, limit, value: f64, passed| Check {
        sample: None,
        threshold: threshold.to_owned(),
        level: if threshold.starts_with("max") { Level::Warn } else { Level::Fail },
        limit,
        value: Some(value),
        passed,
    };
    let passes = sample == "NA24385";
    GateQc::new(
        Some(sample.to_owned()),
        vec![
            check("min_mean_coverage", 28.0, if passes { 31.8 } else { 26.4 }, passes),
            check("min_q30_rate", 0.8, 0.912, true),
            check("max_duplicate_rate", 0.2, 0.083, true),
        ],
    )
}

fn bell(middle: f64, width: f64, last: u32, scale: f64) -> Histogram {
    let height = |x: u32| (-((f64::from(x) - middle) / width).powi(2) / 2.0).exp();
    (0..=last).map(|x| (x, (scale * height(x)) as u64)).collect()
}

fn fastq(sample: &str) -> FastqQc {
    let groups = [1, 2].map(|lane| ReadGroupQc {
        read_group: format!("{sample}.{lane}"),
        library: Some(format!("{sample}-a")),
        r1: mate(1.0),
        r2: Some(mate(1.6)),
        duplication: DuplicationQc { duplicate_rate: 0.0712, ..DuplicationQc::default() },
        overlap: Some(OverlapQc { read_through_rate: 0.0312, ..OverlapQc::default() }),
        trimming: None,
    });
    FastqQc::new(Some(sample.to_owned()), groups.to_vec())
}

fn mate(wear: f64) -> MateQc {
    let cycle = |i: u32| {
        let x = f64::from(i) / 150.0;
        let mean = 37.0 - wear * (4.0 * x.powi(3) + 3.0 * (-x * 40.0).exp());
        CycleQc {
            bases: 160_000_000,
            mean_phred: mean,
            p25_phred: (mean - 3.0 - 2.0 * wear * x) as u8,
            p75_phred: (mean + 2.0).min(40.0) as u8,
            ..CycleQc::default()
        }
    };
    MateQc {
        reads: 160_000_000,
        bases: 24_000_000_000,
        q20_rate: 0.972,
        q30_bases: 21_888_000_000,
        q30_rate: 0.912,
        gc_rate: 0.4091,
        n_rate: 0.000_02,
        mean_quality_phred: 37.0 - wear,
        length_bp: [(150, 160_000_000)].into_iter().collect(),
        read_gc_percent: bell(40.0 + wear, 9.0, 100, 7e6),
        cycles: (0..150).map(cycle).collect(),
        adapters: vec![AdapterQc {
            name: "Illumina universal".into(),
            reads: 3_000_000,
            rate: 0.018_75,
            ..AdapterQc::default()
        }],
        ..MateQc::default()
    }
}

fn gc_starts() -> GcBiasQc {
    let (mut windows, mut starts) = ([0; 101], [0; 101]);
    for (gc, count) in bell(41.0, 10.0, 100, 1e8).iter() {
        windows[gc as usize] = count;
        starts[gc as usize] = count / 10 * u64::from(60 - gc.abs_diff(45).min(50)) / 60;
    }
    GcBiasQc::new(100, &windows, &starts)
}

fn alignment(sample: &str) -> AlignmentQc {
    let summary = AlignmentSummary {
        records: 641_204_000,
        supplementary_records: 1_204_000,
        reads: 640_000_000,
        duplicate_reads: 53_000_000,
        mapped_reads: 638_100_000,
        mapq0_reads: 31_200_000,
        singleton_reads: 512_000,
        mate_on_other_contig_reads: 4_200_000,
        mapped_rate: 0.997_031,
        duplicate_rate: 0.083_059,
        properly_paired_rate: 0.981_2,
        mismatch_rate: 0.003_41,
        indel_rate: 0.000_212,
        soft_clipped_rate: 0.0131,
        q30_rate: 0.912,
        mean_read_length_bp: 150.0,
        ..AlignmentSummary::default()
    };
    let group = |lane| GroupQc {
        id: format!("{sample}.{lane}"),
        library: Some(format!("{sample}-a")),
        sample: Some(sample.to_owned()),
        summary: AlignmentSummary { reads: summary.reads / 2, ..summary.clone() },
    };
    let sizes = |orientation, pairs, median_bp, histogram_bp| InsertSizeQc {
        library: format!("{sample}-a"),
        orientation,
        pairs,
        median_bp,
        median_absolute_deviation_bp: 58.0,
        mean_bp: median_bp + 4.2,
        standard_deviation_bp: 88.1,
        mode_bp: median_bp as u32,
        histogram_bp,
        longer_pairs: 41_000,
    };
    AlignmentQc {
        schema: AlignmentQc::SCHEMA.into(),
        sample: Some(sample.to_owned()),
        read_groups: vec![group(1), group(2)],
        total: summary,
        libraries: Vec::new(),
        mapping_quality_phred: [
            (0, 31_200_000),
            (22, 4_000_000),
            (41, 9_000_000),
            (60, 593_900_000),
        ]
        .into_iter()
        .collect(),
        base_quality_phred: Histogram::default(),
        r1_mean_quality_phred_by_cycle: (0..150).map(|i| 37.0 - f64::from(i) / 50.0).collect(),
        r2_mean_quality_phred_by_cycle: (0..150).map(|i| 36.5 - f64::from(i) / 40.0).collect(),
        r1_mismatch_rate_by_cycle: (0..150).map(|i| 0.002 + f64::from(i) / 1e5).collect(),
        r2_mismatch_rate_by_cycle: (0..150).map(|i| 0.003 + f64::from(i) / 5e4).collect(),
        duplicates: vec![
            LibraryDuplicatesQc {
                library: format!("{sample}-a"),
                pairs: 318_000_000,
                unpaired_reads: 512_000,
                duplicate_pairs: 26_400_000,
                duplicate_unpaired_reads: 200_000,
                ..LibraryDuplicatesQc::default()
            }
            .with_rates(),
        ],
        gc_bias: gc_starts(),
        insert_sizes: vec![
            sizes(
                PairOrientation::ForwardReverse,
                310_000_000,
                420.0,
                bell(420.0, 85.0, 1200, 1.5e6),
            ),
            sizes(PairOrientation::ReverseForward, 900_000, 210.0, bell(210.0, 120.0, 900, 4e3)),
        ],
    }
}

fn coverage(sample: &str) -> CoverageQc {
    let mean: f64 = if sample == "NA24385" { 31.8 } else { 26.4 };
    let summary = |mean: f64, length: u32| {
        let mut depths = bell(mean, mean.sqrt() * 1.25 + 0.3, 250, f64::from(length) / 18.0);
        depths.add(0, u64::from(length) / 90);
        let sum = depths.sum() as u64;
        (CoverageSummary::new(&depths, sum), depths)
    };
    let name = |i: u32| match i {
        23 => "chrX".to_owned(),
        24 => "chrY".to_owned(),
        25 => "chrM".to_owned(),
        i => format!("chr{i}"),
    };
    let length = |i: u32| match i {
        25 => 16_569,
        24 => 57_227_415,
        23 => 156_040_895,
        i => 248_956_422 - i * 9_000_000,
    };
    let contig = |i| ContigCoverage {
        name: name(i),
        length_bp: length(i),
        summary: summary(if matches!(i, 23 | 24) { mean / 2.0 } else { mean }, length(i)).0,
    };
    let track = |i: u32| ContigTrack {
        name: name(i),
        mean_depth: (0..length(i) / 1_000_000)
            .map(|w| {
                let level = if matches!(i, 23 | 24) { mean / 2.0 } else { mean };
                (w % 97 != 40).then(|| level + f64::from(w * 7919 % 31) / 10.0 - 1.5)
            })
            .collect(),
    };
    let (genome, depth_histogram) = summary(mean, 2_900_000_000);
    CoverageQc {
        schema: CoverageQc::SCHEMA.into(),
        sample: Some(sample.to_owned()),
        counted: CountedBases {
            min_mapping_quality_phred: 20,
            min_base_quality_phred: 10,
            duplicates_excluded: true,
            mate_overlap_once: true,
            max_histogram_depth: 250,
        },
        excluded: ExcludedBases::default(),
        autosomes: Some(genome.clone()),
        genome,
        targets: None,
        contigs: (1..=25).map(contig).collect(),
        depth_histogram,
        track: Some(DepthTrack { window_bp: 1_000_000, contigs: (1..=24).map(track).collect() }),
        gc_bias: (0..=100)
            .map(|gc_percent| {
                let off = (f64::from(gc_percent) - 42.0) / 40.0;
                GcBin {
                    gc_percent,
                    windows: (3e6 * (-off * off * 8.0).exp()) as u64,
                    mean_depth: mean * (1.02 - off * off * 0.5),
                    normalized_depth: 1.02 - off * off * 0.5,
                }
            })
            .collect(),
    }
}

fn variants(samples: &[&str]) -> VariantQc {
    let indels =
        |l: i32| (l, (480_000.0 * 0.6f64.powi(l.abs()) / f64::from(1 + l.abs() % 2)) as u64);
    let alleles = AlleleCounts {
        snvs: 3_912_345,
        mnvs: 0,
        insertions: 391_201,
        deletions: 420_114,
        complex: 11_230,
        symbolic: 0,
        transitions: 2_635_000,
        transversions: 1_277_345,
        ti_tv_ratio: 2_635_000.0 / 1_277_345.0,
        substitutions: [("C>T", 700_000), ("G>A", 695_000), ("A>G", 620_000), ("T>C", 620_000)]
            .into_iter()
            .chain([("C>A", 330_000), ("C>G", 350_000), ("T>A", 280_000), ("A>C", 317_345)])
            .map(|(change, n)| (change.to_owned(), n))
            .collect(),
        indel_length_bp: (-40..=40).filter(|l| *l != 0).map(indels).collect(),
    };
    let sample = |sample: &&str| SampleVariants {
        sample: (*sample).to_owned(),
        variant_records: 4_612_000,
        missing_records: 13_400,
        het_records: 2_790_000,
        hom_alt_records: 1_751_000,
        hemizygous_records: 71_000,
        het_hom_ratio: 2_790_000.0 / 1_751_000.0,
        alleles: alleles.clone(),
        ..SampleVariants::default()
    };
    VariantQc {
        schema: VariantQc::SCHEMA.into(),
        records: 4_893_002,
        passing_records: 4_731_110,
        filters: [("LowQual".to_owned(), 150_000), ("LowDepth".to_owned(), 20_113)].into(),
        reference_records: 0,
        multiallelic_records: 51_000,
        samples: samples.iter().map(sample).collect(),
        alleles,
        contigs: Vec::new(),
    }
}

/// Fields of the fixture's `CSQ`.
pub(crate) const CSQ: &str = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|CANONICAL|MANE_SELECT";

/// Writes a VCF with these samples and data lines (columns from CHROM to the last sample).
pub(crate) fn write_vcf(path: &Path, samples: &[&str], lines: &[String]) {
    let contigs = ["chr13", "chr17", "chr20", "chrX"].map(|name| Contig::new(name, 200_000_000));
    let contigs = ContigList::new(contigs.to_vec()).unwrap();
    let mut text = "##fileformat=VCFv4.3\n".to_owned();
    for contig in contigs.iter() {
        text.push_str(&format!("##contig=<ID={},length={}>\n", contig.name, contig.length));
    }
    let info = |id: &str, number: &str, kind: &str| {
        format!("##INFO=<ID={id},Number={number},Type={kind},Description=\"x\">\n")
    };
    for field in ["CLNSIG", "CLNREVSTAT", "CLNDN", "ID"] {
        text.push_str(&info(&format!("CLINVAR_{field}"), "A", "String"));
    }
    text.push_str(&info("GNOMAD_AF", "A", "Float"));
    text.push_str(&info("GNOMAD_AF_grpmax", "A", "Float"));
    text.push_str(&info("DBSNP_ID", "A", "String"));
    text.push_str(&format!(
        "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequences. Format: {CSQ}\">\n"
    ));
    text.push_str("##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">\n");
    text.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO");
    if !samples.is_empty() {
        text.push_str(&format!("\tFORMAT\t{}", samples.join("\t")));
    }
    text.push('\n');
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    output::write(path, text).unwrap();
}

fn vcf(folder: &Path) -> PathBuf {
    let path = folder.join("annotated.vcf");
    let call = |site: &str, filter: &str, info: &str, son: &str, father: &str| {
        format!("{site}\t812.3\t{filter}\t{info}\tGT:AD:DP:GQ\t{son}\t{father}")
    };
    let brca2 = "stop_gained|HIGH|BRCA2|ENSG00000139618|Transcript|ENST00000380152.8|protein_coding|11/27||ENST00000380152.8:c.5946del|ENSP00000369497.3:p.Ser1982ArgfsTer22|YES|NM_000059.4";
    let brca1 = "missense_variant|MODERATE|BRCA1|ENSG00000012048|Transcript|ENST00000357654.9|protein_coding|10/23||ENST00000357654.9:c.2612C>T|ENSP00000350283.3:p.Pro871Leu|YES|NM_007294.4";
    let splice = "splice_donor_variant|HIGH|DMD|ENSG00000198947|Transcript|ENST00000620040.4|protein_coding||3/17|ENST00000620040.4:c.31+1G>A|||";
    let intron = "intron_variant|MODIFIER|DMD|ENSG00000198947|Transcript|ENST00000357033.9|protein_coding||44/78|ENST00000357033.9:c.6290+30954C>T||YES|NM_004006.3";
    let missense = "missense_variant|MODERATE|JAG1|ENSG00000101384|Transcript|ENST00000254958.10|protein_coding|6/26||ENST00000254958.10:c.886C>A|ENSP00000254958.4:p.Arg296Ser|YES|NM_000214.3";
    let frameshift = "frameshift_variant|HIGH|OR5|ENSG00000200001|Transcript|ENST00000500001.2|protein_coding|1/1||ENST00000500001.2:c.301_340dup|ENSP00000500001.2:p.Leu114PhefsTer9|YES|";
    let lines = [
        call(
            "chr13\t32340300\trs80359550\tGT\tG",
            "PASS",
            &format!(
                "CLINVAR_CLNSIG=Pathogenic;CLINVAR_CLNREVSTAT=reviewed_by_expert_panel;CLINVAR_CLNDN=Hereditary_breast_ovarian_cancer_syndrome|Fanconi_anemia_complementation_group_D1;CLINVAR_ID=9325;GNOMAD_AF=0.0017;GNOMAD_AF_grpmax=0.0041;CSQ=-|{brca2}"
            ),
            "0/1:17,15:32:99",
            "0/0:29,0:29:87",
        ),
        call(
            "chr17\t43091983\trs799917\tG\tA",
            "PASS",
            &format!("CLINVAR_CLNSIG=Benign;CLINVAR_ID=41812;GNOMAD_AF=0.41;CSQ=A|{brca1}"),
            "1/1:0,31:31:93",
            "0/1:14,12:26:99",
        ),
        call(
            "chr20\t10652000\t.\tG\tT",
            "PASS",
            &format!("CSQ=T|{missense}"),
            "0/1:20,13:33:99",
            "0/0:27,0:27:81",
        ),
        call(
            "chr20\t10653000\t.\tC\tCTTGATCCAGTTTGGACCATTTGGACCATTGGACCATTAGACC",
            "PASS",
            &format!(
                "GNOMAD_AF=0.0234;CSQ=TTGATCCAGTTTGGACCATTTGGACCATTGGACCATTAGACC|{frameshift}"
            ),
            "0/1:18,9:28:95",
            "1/1:0,22:23:66",
        ),
        call(
            "chr20\t10660000\t.\tC\tT",
            "LowQual",
            &format!("CSQ=T|{missense}"),
            "0/1:3,2:5:12",
            "0/0:27,0:27:81",
        ),
        call(
            "chrX\t32456300\t.\tC\tT",
            "PASS",
            &format!("GNOMAD_AF=0.000012;CSQ=T|{intron},T|{splice}"),
            "1:0,17:17:99",
            "0:14,0:14:99",
        ),
    ];
    write_vcf(&path, &["NA24149", "NA24385"], &lines.map(|line| swap(&line)));
    path
}

/// Puts the father's column before the son's.
fn swap(line: &str) -> String {
    let mut columns: Vec<&str> = line.split('\t').collect();
    columns.swap(9, 10);
    columns.join("\t")
}
