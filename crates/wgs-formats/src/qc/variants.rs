//! Calls: how many of each kind, and the ratios that tell a sound call set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Document, Histogram, Table,
    table::{decimal, optional},
};

/// Statistics of one VCF.
///
/// Only records that pass (FILTER `PASS` or `.`) are counted by kind. Alleles are classed after
/// the bases that they share with the reference are cut off, each alternative allele by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantQc {
    /// `wgs-pipe/variant-qc/1`.
    pub schema: String,
    /// All records.
    pub records: u64,
    /// Records with FILTER `PASS` or `.`.
    pub passing_records: u64,
    /// Records by filter that they failed; one that failed several counts for each.
    pub filters: BTreeMap<String, u64>,
    /// Passing records without an alternative allele, or only `<*>`/`<NON_REF>`: reference blocks.
    pub reference_records: u64,
    /// Passing records with more than one alternative allele (`<*>` and `*` not counted).
    pub multiallelic_records: u64,
    /// Alternative alleles of the passing records.
    pub alleles: AlleleCounts,
    /// By contig with at least one passing variant, in the order of the header.
    pub contigs: Vec<ContigVariants>,
    /// By sample, in the order of the columns.
    pub samples: Vec<SampleVariants>,
}

/// Alternative alleles by kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlleleCounts {
    /// One base for another.
    pub snvs: u64,
    /// Several bases for as many others.
    pub mnvs: u64,
    /// Pure insertions.
    pub insertions: u64,
    /// Pure deletions.
    pub deletions: u64,
    /// Bases for another number of bases, neither a pure insertion nor a pure deletion.
    pub complex: u64,
    /// Symbolic alleles (`<DEL>`) and breakends.
    pub symbolic: u64,
    /// SNVs A-G and C-T.
    pub transitions: u64,
    /// Other SNVs.
    pub transversions: u64,
    /// `transitions / transversions`, or 0 without transversions.
    pub ti_tv_ratio: f64,
    /// SNVs by change, such as `A>G`, on the reference strand.
    pub substitutions: BTreeMap<String, u64>,
    /// Insertions and deletions by length in bases, deletions negative.
    pub indel_length_bp: BTreeMap<i32, u64>,
}

impl AlleleCounts {
    /// Insertions, deletions and complex changes.
    pub fn indels(&self) -> u64 {
        self.insertions + self.deletions + self.complex
    }
}

/// Passing variants of one contig.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContigVariants {
    /// Name of the contig.
    pub name: String,
    /// Passing records with an alternative allele.
    pub records: u64,
    /// SNV alleles.
    pub snvs: u64,
    /// Insertion, deletion and complex alleles.
    pub indels: u64,
}

/// Passing variants of one sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SampleVariants {
    /// Name of the sample.
    pub sample: String,
    /// Records where the genotype holds an alternative allele.
    pub variant_records: u64,
    /// Records where it holds only the reference allele.
    pub reference_records: u64,
    /// Records where it is missing, wholly or in part.
    pub missing_records: u64,
    /// Variant records with two different alleles.
    pub het_records: u64,
    /// Variant records with two or more copies of one alternative allele and no other.
    pub hom_alt_records: u64,
    /// Variant records with a genotype of one allele.
    pub hemizygous_records: u64,
    /// `het_records / hom_alt_records`, or 0 without the latter.
    pub het_hom_ratio: f64,
    /// Heterozygous records where every allele of the genotype that is not reference is an SNV.
    pub het_snv_records: u64,
    /// Homozygous records of the same kind.
    pub hom_alt_snv_records: u64,
    /// Alternative alleles that the sample carries, each once per record.
    pub alleles: AlleleCounts,
    /// Alleles that only this sample carries, and in one copy; 0 in files of one sample.
    pub singletons: u64,
    /// Variant records by genotype quality (GQ), Phred.
    pub genotype_quality_phred: Histogram,
    /// Variant records by read depth (DP of the sample).
    pub depth: Histogram,
}

impl Document for VariantQc {
    const SCHEMA: &'static str = "wgs-pipe/variant-qc/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row for all alleles of the file and one per sample.
    fn table(&self) -> Table {
        let mut rows = vec![row(
            "file",
            "",
            self.passing_records.saturating_sub(self.reference_records),
            &self.alleles,
            None,
        )];
        for s in &self.samples {
            rows.push(row("sample", &s.sample, s.variant_records, &s.alleles, Some(s)));
        }
        Table::from_rows(rows)
    }
}

fn row(
    level: &str,
    sample: &str,
    records: u64,
    alleles: &AlleleCounts,
    genotypes: Option<&SampleVariants>,
) -> Vec<(&'static str, String)> {
    let of = |f: fn(&SampleVariants) -> u64| optional(genotypes.map(f).as_ref());
    vec![
        ("level", level.to_owned()),
        ("sample", sample.to_owned()),
        ("variant_records", records.to_string()),
        ("snvs", alleles.snvs.to_string()),
        ("mnvs", alleles.mnvs.to_string()),
        ("insertions", alleles.insertions.to_string()),
        ("deletions", alleles.deletions.to_string()),
        ("complex", alleles.complex.to_string()),
        ("symbolic", alleles.symbolic.to_string()),
        ("transitions", alleles.transitions.to_string()),
        ("transversions", alleles.transversions.to_string()),
        ("ti_tv_ratio", decimal(alleles.ti_tv_ratio)),
        ("het_records", of(|s| s.het_records)),
        ("hom_alt_records", of(|s| s.hom_alt_records)),
        ("hemizygous_records", of(|s| s.hemizygous_records)),
        ("het_hom_ratio", genotypes.map(|s| decimal(s.het_hom_ratio)).unwrap_or_default()),
        ("missing_records", of(|s| s.missing_records)),
        ("singletons", of(|s| s.singletons)),
    ]
}
