//! Counts over the calls of a VCF.

mod allele;
mod counts;

use std::{collections::BTreeMap, path::Path};

use wgs_formats::{
    Result,
    qc::{
        Document, VariantQc,
        variants::{AlleleCounts, ContigVariants, SampleVariants},
    },
    variant::{Filters, Genotype, Header, Reader, Record},
};

use allele::Change;

/// The figures of a VCF (plain, gzip or bgzip), of one sample or several.
///
/// ```
/// use wgs_metrics::variant_metrics;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("calls.vcf");
/// std::fs::write(&path, "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n\
///     chr1\t5\t.\tA\tG\t50\tPASS\t.\tGT\t0/1\n")?;
/// let qc = variant_metrics(&path)?;
/// assert_eq!((qc.alleles.snvs, qc.alleles.transitions, qc.samples[0].het_records), (1, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn variant_metrics(path: &Path) -> Result<VariantQc> {
    let reader = Reader::open(path)?;
    let mut accumulator = VariantAccumulator::new(reader.header());
    for record in reader {
        accumulator.add(&record?);
    }
    Ok(accumulator.finish())
}

/// Gathers the figures of [`VariantQc`] from records in any order.
///
/// Accumulators of parts of a file [merge](VariantAccumulator::merge) to that of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantAccumulator {
    records: u64,
    passing_records: u64,
    filters: BTreeMap<String, u64>,
    reference_records: u64,
    multiallelic_records: u64,
    alleles: AlleleCounts,
    /// By place in the header; contigs that it lacks come after, by name.
    contigs: BTreeMap<(usize, String), ContigVariants>,
    places: std::collections::HashMap<String, usize>,
    samples: Vec<SampleVariants>,
}

impl VariantAccumulator {
    /// An accumulator for the contigs and samples of a header.
    pub fn new(header: &Header) -> Self {
        let sample = |name: &String| SampleVariants { sample: name.clone(), ..Default::default() };
        Self {
            records: 0,
            passing_records: 0,
            filters: BTreeMap::new(),
            reference_records: 0,
            multiallelic_records: 0,
            alleles: AlleleCounts::default(),
            contigs: BTreeMap::new(),
            places: (0..).zip(header.contigs()).map(|(i, c)| (c.name.clone(), i)).collect(),
            samples: header.samples().iter().map(sample).collect(),
        }
    }

    /// Counts a record.
    pub fn add(&mut self, record: &Record) {
        self.records += 1;
        if let Filters::Failed(filters) = &record.filters {
            for filter in filters {
                *self.filters.entry(filter.clone()).or_default() += 1;
            }
            return;
        }
        self.passing_records += 1;
        let change = |alternate: &String| Change::of(&record.reference, alternate);
        let changes: Vec<Change> = record.alternates.iter().map(change).collect();
        match changes.iter().filter(|&&change| change != Change::Nothing).count() {
            0 => {
                self.reference_records += 1;
                return;
            }
            1 => {}
            _ => self.multiallelic_records += 1,
        }
        self.add_to_contig(&record.contig, &changes);
        changes.iter().for_each(|&change| counts::add_allele(&mut self.alleles, change));
        self.add_genotypes(record, &changes);
    }

    fn add_to_contig(&mut self, name: &str, changes: &[Change]) {
        let place = self.places.get(name).copied().unwrap_or(usize::MAX);
        let contig = self.contigs.entry((place, name.to_owned())).or_insert_with(|| {
            ContigVariants { name: name.to_owned(), records: 0, snvs: 0, indels: 0 }
        });
        contig.records += 1;
        for change in changes {
            match change {
                Change::Snv(..) => contig.snvs += 1,
                Change::Insertion(_) | Change::Deletion(_) | Change::Complex => contig.indels += 1,
                _ => {}
            }
        }
    }

    fn add_genotypes(&mut self, record: &Record, changes: &[Change]) {
        let genotypes: Vec<Option<Genotype>> =
            (0..self.samples.len()).map(|sample| record.genotype(sample)).collect();
        for (index, (sample, genotype)) in self.samples.iter_mut().zip(&genotypes).enumerate() {
            let before = sample.variant_records;
            counts::add_genotype(sample, genotype.as_ref(), changes);
            if sample.variant_records > before {
                counts::add_values(sample, record, index);
            }
        }
        if self.samples.len() > 1 {
            self.add_singletons(&genotypes, changes);
        }
    }

    fn add_singletons(&mut self, genotypes: &[Option<Genotype>], changes: &[Change]) {
        for (allele, _) in (1u32..).zip(changes).filter(|(_, c)| **c != Change::Nothing) {
            let copies = |genotype: &Option<Genotype>| {
                let alleles = genotype.iter().flat_map(|g| &g.alleles);
                alleles.filter(|&&a| a == Some(allele)).count()
            };
            let mut carriers = genotypes.iter().enumerate().filter(|(_, g)| copies(g) > 0);
            if let (Some((index, genotype)), None) = (carriers.next(), carriers.next())
                && copies(genotype) == 1
            {
                self.samples[index].singletons += 1;
            }
        }
    }

    /// Adds what another accumulator, made from the same header, has seen.
    ///
    /// # Panics
    ///
    /// If it was made from a header with other samples.
    pub fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.passing_records += other.passing_records;
        counts::merge_map(&mut self.filters, &other.filters);
        self.reference_records += other.reference_records;
        self.multiallelic_records += other.multiallelic_records;
        counts::merge_alleles(&mut self.alleles, &other.alleles);
        for (key, theirs) in &other.contigs {
            let empty = || ContigVariants { records: 0, snvs: 0, indels: 0, ..theirs.clone() };
            let ours = self.contigs.entry(key.clone()).or_insert_with(empty);
            ours.records += theirs.records;
            ours.snvs += theirs.snvs;
            ours.indels += theirs.indels;
        }
        assert_eq!(self.samples.len(), other.samples.len(), "accumulators of one header");
        for (ours, theirs) in self.samples.iter_mut().zip(&other.samples) {
            assert_eq!(ours.sample, theirs.sample, "accumulators of one header");
            counts::merge_sample(ours, theirs);
        }
    }

    /// The figures of everything seen so far.
    pub fn finish(&self) -> VariantQc {
        VariantQc {
            schema: VariantQc::SCHEMA.to_owned(),
            records: self.records,
            passing_records: self.passing_records,
            filters: self.filters.clone(),
            reference_records: self.reference_records,
            multiallelic_records: self.multiallelic_records,
            alleles: counts::finish_alleles(&self.alleles),
            contigs: self.contigs.values().cloned().collect(),
            samples: self.samples.iter().map(counts::finish_sample).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wgs_formats::output;

    use super::*;

    fn read(lines: &[String], samples: &str) -> Vec<Record> {
        let header = "##fileformat=VCFv4.2\n##contig=<ID=b>\n##contig=<ID=a>\n";
        let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
        let text = format!("{header}{columns}\t{samples}\n{}\n", lines.join("\n"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.vcf");
        output::write(&path, text).unwrap();
        Reader::open(&path).unwrap().map(Result::unwrap).collect()
    }

    fn empty(samples: &[&str]) -> VariantAccumulator {
        let contigs = ["b", "a"].map(|name| wgs_core::Contig::new(name, 1000));
        let mut header = Header::new(&wgs_core::ContigList::new(contigs.to_vec()).unwrap());
        header.set_samples(samples.iter().copied());
        VariantAccumulator::new(&header)
    }

    /// `lines`: contig, REF, ALT, FILTER, FORMAT, and a column for S1 and S2 each.
    fn of(lines: &[&str]) -> VariantQc {
        let line = |line: &&str| {
            let columns: Vec<&str> = line.split(' ').collect();
            let [contig, reference, alternate, filter, rest @ ..] = columns.as_slice() else {
                panic!("{line}")
            };
            format!("{contig}\t7\t.\t{reference}\t{alternate}\t9\t{filter}\t.\t{}", rest.join("\t"))
        };
        let lines: Vec<String> = lines.iter().map(line).collect();
        let mut accumulator = empty(&["S1", "S2"]);
        read(&lines, "S1\tS2").iter().for_each(|record| accumulator.add(record));
        accumulator.finish()
    }

    #[test]
    fn records_and_alleles() {
        let qc = of(&[
            "a A G PASS GT 0/1 0/0",
            "b A C,G . GT 1/2 0/0",
            "b A <*> PASS GT 0/0 0/0",
            "b AT A,<NON_REF> PASS GT 0/1 0/0",
            "b A T q10;s50 GT 0/1 0/0",
            "b A . PASS GT 0/0 0/0",
        ]);
        assert_eq!((qc.records, qc.passing_records, qc.reference_records), (6, 5, 2));
        assert_eq!(qc.multiallelic_records, 1);
        assert_eq!(qc.filters, [("q10".to_owned(), 1), ("s50".to_owned(), 1)].into());
        assert_eq!((qc.alleles.snvs, qc.alleles.deletions), (3, 1));
        assert_eq!((qc.alleles.transitions, qc.alleles.transversions), (2, 1));
        assert_eq!(qc.alleles.ti_tv_ratio, 2.0);
        assert_eq!(qc.alleles.substitutions, [("A>C".to_owned(), 1), ("A>G".to_owned(), 2)].into());
        assert_eq!(qc.alleles.indel_length_bp, [(-1, 1)].into());
        let contigs: Vec<_> =
            qc.contigs.iter().map(|c| (c.name.as_str(), c.records, c.snvs, c.indels)).collect();
        assert_eq!(contigs, [("b", 2, 2, 1), ("a", 1, 1, 0)]);
    }

    #[test]
    fn genotypes_of_a_sample() {
        let qc = of(&[
            "a A G PASS GT 0/1 0/0",
            "a A G PASS GT 1|1 0/0",
            "a A G,AT PASS GT 1/2 0/0",
            "a A AT PASS GT 1/1 0/0",
            "a A G PASS GT 1 0/0",
            "a A G PASS GT ./1 0/0",
            "a A G PASS GT . 0/0",
            "a A G,* PASS GT 0/2 0/0",
        ]);
        let s = &qc.samples[0];
        assert_eq!((s.variant_records, s.reference_records, s.missing_records), (5, 1, 2));
        assert_eq!((s.het_records, s.hom_alt_records, s.hemizygous_records), (2, 2, 1));
        assert_eq!((s.het_snv_records, s.hom_alt_snv_records, s.het_hom_ratio), (1, 1, 1.0));
        assert_eq!((s.alleles.snvs, s.alleles.insertions), (4, 2));
        assert_eq!((qc.samples[1].variant_records, qc.samples[1].reference_records), (0, 8));
    }

    #[test]
    fn singletons_are_one_copy_in_one_sample() {
        let qc = of(&[
            "a A G PASS GT 0/1 0/0",
            "a A G PASS GT 1/1 0/0",
            "a A G PASS GT 0/1 0/1",
            "a A G,C PASS GT 0/1 0/2",
        ]);
        assert_eq!((qc.samples[0].singletons, qc.samples[1].singletons), (2, 1));
    }

    #[test]
    fn values_of_variant_genotypes() {
        let qc = of(&["a A G PASS GT:GQ:DP 0/1:40:31 0/0:99:30", "a A G PASS GT:GQ:DP 0/1:. 0/0"]);
        assert_eq!(qc.samples[0].genotype_quality_phred, [(40, 1)].into_iter().collect());
        assert_eq!(qc.samples[0].depth, [(31, 1)].into_iter().collect());
        assert!(qc.samples[1].depth.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn merged_accumulators_equal_one(
            sites in proptest::collection::vec(
                (
                    proptest::sample::select(vec!["a", "b"]),
                    proptest::sample::select(vec!["G", "AT", "G,<*>", "C,G", "<DEL>", "."]),
                    proptest::sample::select(vec!["PASS", ".", "q10"]),
                    proptest::sample::select(vec!["0/1", "1/1", "./.", "0", "0/2"]),
                ),
                0..40,
            ),
            parts in 1..4usize,
        ) {
            let line = |(contig, alternate, filter, genotype): &(&str, &str, &str, &str)| {
                format!("{contig}\t7\t.\tA\t{alternate}\t9\t{filter}\t.\tGT\t{genotype}\t0/0")
            };
            let records = read(&sites.iter().map(line).collect::<Vec<_>>(), "S1\tS2");
            let mut whole = empty(&["S1", "S2"]);
            let mut dealt = vec![whole.clone(); parts];
            for (number, record) in records.iter().enumerate() {
                whole.add(record);
                dealt[number % parts].add(record);
            }
            let mut merged = empty(&["S1", "S2"]);
            dealt.iter().rev().for_each(|part| merged.merge(part));
            prop_assert_eq!(merged.finish(), whole.finish());
        }
    }
}
