//! Annotation sources that know some of a person's variants.

use std::fmt::Write;

use wgs_core::ContigIndex;

use crate::{
    genes::{Gene, Genes},
    genome::Genome,
    random::Random,
    variants::{Effect, Variant, Variants, contig_lines, vcf_site},
};

/// Bases between the records that no person has.
const DECOY_EVERY_BP: usize = 2_000;

/// One record, before sorting.
struct Known<'a> {
    contig: ContigIndex,
    start: u32,
    reference: &'a [u8],
    alternate: Vec<u8>,
    significance: &'static str,
    disease: &'static str,
}

/// A VCF like ClinVar's, with `ALLELEID`, `CLNSIG`, `CLNREVSTAT`, `CLNDN` and `GENEINFO`: all
/// planted variants of known effect, every eighth other one, and records that the person does not
/// have, some of them at the position of a planted SNV with another alternate allele.
///
/// Stop gains and frameshifts are pathogenic, changes of splice sites and start codons likely
/// pathogenic, missense and in-frame variants uncertain, everything else benign.
///
/// ```
/// use wgs_testkit::{Donor, Genes, Genome, Variants, sources};
/// let mut genome = Genome::random(7, &[("chr1", 30_000)]);
/// let genes = Genes::plant(&mut genome, 7, 2);
/// let variants = Variants::plant(7, &Donor::default(), &genome, &genes);
/// let vcf = sources::clinvar(7, &genome, &genes, &variants);
/// assert!(vcf.contains("CLNSIG=Pathogenic"));
/// ```
pub fn clinvar(seed: u64, genome: &Genome, genes: &Genes, variants: &Variants) -> String {
    let mut random = Random::new(seed, "clinvar");
    let mut known: Vec<Known> = Vec::new();
    for (index, variant) in variants.iter().enumerate() {
        if variant.effect.is_some() || index % 8 == 0 {
            known.push(of_variant(variant));
        } else if variant.is_snv() && index % 8 == 1 {
            known.push(other_allele(&mut random, variant));
        }
    }
    for contig in genome.indices() {
        known.extend(decoys(&mut random, genome, variants, contig));
    }
    known.sort_by(|a, b| {
        (a.contig, a.start, a.reference, &a.alternate).cmp(&(
            b.contig,
            b.start,
            b.reference,
            &b.alternate,
        ))
    });
    let mut text = header(genome);
    for (index, record) in known.iter().enumerate() {
        write_record(&mut text, genome, genes, record, 100_001 + index);
    }
    text
}

fn of_variant(variant: &Variant) -> Known<'_> {
    let effect = variant.effect.as_ref().map(|(effect, _)| *effect);
    let (significance, disease) = match effect {
        Some(Effect::StopGained | Effect::Frameshift) => {
            ("Pathogenic", "Hereditary_cancer-predisposing_syndrome")
        }
        Some(Effect::SpliceDonor | Effect::SpliceAcceptor | Effect::StartLost) => {
            ("Likely_pathogenic", "Hereditary_cancer-predisposing_syndrome|not_provided")
        }
        Some(Effect::Missense | Effect::InframeDeletion) => {
            ("Uncertain_significance", "not_specified")
        }
        Some(Effect::Synonymous) | None => ("Benign", "not_provided"),
    };
    Known {
        contig: variant.contig,
        start: variant.start,
        reference: &variant.reference,
        alternate: variant.alternate.clone(),
        significance,
        disease,
    }
}

fn other_allele<'a>(random: &mut Random, variant: &'a Variant) -> Known<'a> {
    let mut alternate = variant.alternate.clone();
    while alternate == variant.alternate {
        alternate = vec![random.other_base(variant.reference[0])];
    }
    let significance = "Pathogenic";
    Known { alternate, significance, disease: "Absent_from_this_person", ..of_variant(variant) }
}

fn decoys<'a>(
    random: &mut Random,
    genome: &'a Genome,
    variants: &Variants,
    contig: ContigIndex,
) -> Vec<Known<'a>> {
    let bases = genome.bases(contig);
    let mut starts: Vec<u32> = (0..bases.len() / DECOY_EVERY_BP)
        .map(|_| random.below(bases.len() as u32))
        .filter(|start| bases[*start as usize] != b'N')
        .filter(|start| {
            !variants.iter().any(|v| v.contig == contig && v.interval().contains(*start))
        })
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let decoy = |start: u32| {
        let reference = &bases[start as usize..=start as usize];
        let alternate = vec![random.other_base(reference[0])];
        let (significance, disease) = ("Pathogenic", "Absent_from_this_person");
        Known { contig, start, reference, alternate, significance, disease }
    };
    starts.into_iter().map(decoy).collect()
}

fn header(genome: &Genome) -> String {
    format!(
        "##fileformat=VCFv4.1\n\
         ##source=ClinVar-like, made for tests\n\
         {}\
         ##INFO=<ID=ALLELEID,Number=1,Type=Integer,Description=\"the ClinVar Allele ID\">\n\
         ##INFO=<ID=CLNDN,Number=.,Type=String,Description=\"ClinVar's preferred disease name for \
         the concept specified by disease identifiers in CLNDISDB\">\n\
         ##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description=\"ClinVar review status\">\n\
         ##INFO=<ID=CLNSIG,Number=.,Type=String,Description=\"Aggregate germline \
         classification for this single variant\">\n\
         ##INFO=<ID=GENEINFO,Number=1,Type=String,Description=\"Gene(s) for the variant reported \
         as gene symbol:gene id\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        contig_lines(genome)
    )
}

fn write_record(text: &mut String, genome: &Genome, genes: &Genes, record: &Known<'_>, id: usize) {
    let Known { contig, start, reference, alternate, significance, disease } = record;
    let site = vcf_site(genome, *contig, *start, &id.to_string(), reference, alternate);
    let allele = id + 15_000;
    let gene = gene_at(genes, *contig, *start)
        .map_or(String::new(), |g| format!(";GENEINFO={}:{}", g.symbol, g.number));
    writeln!(
        text,
        "{site}\t.\t.\tALLELEID={allele};CLNDN={disease};\
         CLNREVSTAT=criteria_provided,_single_submitter;CLNSIG={significance}{gene}"
    )
    .expect("a String takes everything");
}

fn gene_at(genes: &Genes, contig: ContigIndex, offset: u32) -> Option<&Gene> {
    genes.0.iter().find(|g| {
        let canonical = &g.transcripts[0];
        canonical.contig == contig && canonical.interval().contains(offset)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::variants::Donor;

    #[test]
    fn only_records_of_the_person_match_by_allele() {
        let mut genome = Genome::random(9, &[("chr1", 80_000), ("chr2", 30_000)]);
        let genes = Genes::plant(&mut genome, 9, 6);
        let variants = Variants::plant(9, &Donor::default(), &genome, &genes);
        let sites = |text: &str| -> Vec<[String; 4]> {
            let rows = text.lines().filter(|l| !l.starts_with('#'));
            rows.map(|row| {
                let f: Vec<&str> = row.split('\t').collect();
                [f[0], f[1], f[3], f[4]].map(str::to_owned)
            })
            .collect()
        };
        let vcf = clinvar(9, &genome, &genes, &variants);
        let truth: BTreeSet<_> = sites(&variants.vcf(&genome, "s")).into_iter().collect();
        let records = sites(&vcf);
        let shared = records.iter().filter(|r| truth.contains(*r)).count();
        let near: BTreeSet<_> = truth.iter().map(|[c, p, ..]| (c, p)).collect();
        let same_place = records.iter().filter(|[c, p, ..]| near.contains(&(c, p))).count();
        assert!(shared >= 16 && same_place > shared && records.len() > same_place);
        for row in vcf.lines().filter(|l| l.contains("Absent_from")) {
            assert!(!truth.contains(&sites(row)[0]), "{row}");
        }
    }
}
