//! What a sample's columns say of one alternative allele.

use wgs_formats::variant::{Genotype, Record};

use crate::{
    format::rounded,
    model::{Inheritance, SampleCall, Zygosity},
};

/// Copies of the `allele`th alternative (from 1) in a genotype.
pub(super) fn zygosity(genotype: Option<&Genotype>, allele: u32) -> Zygosity {
    let Some(genotype) = genotype.filter(|g| !g.is_missing()) else {
        return Zygosity::Missing;
    };
    let unknown = genotype.alleles.contains(&None);
    match (genotype.has(allele), unknown) {
        (false, true) => Zygosity::Missing,
        (false, false) => Zygosity::Absent,
        (true, true) => Zygosity::Partial,
        (true, false) if genotype.is_heterozygous() => Zygosity::Heterozygous,
        (true, false) if genotype.ploidy() == 1 => Zygosity::Hemizygous,
        (true, false) => Zygosity::Homozygous,
    }
}

/// What the report tells of a sample at a record.
pub(super) fn call(record: &Record, column: usize, name: &str, allele: u32) -> SampleCall {
    let genotype = record.genotype(column);
    let number =
        |key| record.sample_value(column, key)?.parse::<f64>().ok().filter(|n| n.is_finite());
    let zygosity = zygosity(genotype.as_ref(), allele);
    let carries = !matches!(zygosity, Zygosity::Absent | Zygosity::Missing);
    SampleCall {
        sample: name.to_owned(),
        genotype: record.sample_value(column, "GT").unwrap_or(".").to_owned(),
        zygosity,
        depth: record.sample_value(column, "DP").and_then(|depth| depth.parse().ok()),
        allele_fraction: allele_fraction(record, column, allele),
        genotype_quality_phred: number("GQ").map(|quality| rounded(quality, 1)),
        inheritance: record.sample_value(column, "DN").filter(|_| carries).and_then(inheritance),
    }
}

fn inheritance(word: &str) -> Option<Inheritance> {
    match word {
        "DeNovo" => Some(Inheritance::New),
        "Inherited" => Some(Inheritance::Inherited),
        "LowDQ" => Some(Inheritance::Unclear),
        _ => None,
    }
}

fn allele_fraction(record: &Record, column: usize, allele: u32) -> Option<f64> {
    let of_depths = || {
        let depths = record.sample_value(column, "AD")?;
        let depths: Vec<u32> = depths.split(',').map(|d| d.parse().ok()).collect::<Option<_>>()?;
        let total: u64 = depths.iter().map(|&depth| u64::from(depth)).sum();
        let own = *depths.get(allele as usize)?;
        (total > 0).then(|| f64::from(own) / total as f64)
    };
    let given = || {
        let fractions = record.sample_value(column, "AF")?;
        fractions.split(',').nth(allele as usize - 1)?.parse::<f64>().ok()
    };
    let fraction = of_depths().or_else(given)?;
    (0.0..=1.0).contains(&fraction).then(|| rounded(fraction, 4))
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;

    #[test]
    fn zygosity_of_one_allele() {
        let of = |text: &str, allele| zygosity(Genotype::parse(text).as_ref(), allele);
        assert_eq!(of("0/1", 1), Zygosity::Heterozygous);
        assert_eq!(of("1|2", 2), Zygosity::Heterozygous);
        assert_eq!(of("1/1", 1), Zygosity::Homozygous);
        assert_eq!(of("1/1", 2), Zygosity::Absent);
        assert_eq!(of("1", 1), Zygosity::Hemizygous);
        assert_eq!(of("1/.", 1), Zygosity::Partial);
        assert_eq!(of("0/.", 1), Zygosity::Missing);
        assert_eq!(of("./.", 1), Zygosity::Missing);
        assert_eq!(of("0/0", 1), Zygosity::Absent);
        assert_eq!(zygosity(None, 1), Zygosity::Missing);
    }

    fn called(format: &[&str], values: &[&str]) -> SampleCall {
        let mut record = Record::new("a", Pos1::from_pos0(0), "A", ["C", "G"]);
        record.set_samples(format.to_vec(), [values.to_vec()]);
        call(&record, 0, "S", 2)
    }

    #[test]
    fn the_fraction_is_of_the_reads_that_tell_alleles_apart() {
        let c = called(&["GT", "AD", "DP", "GQ"], &["1/2", "1,2,7", "12", "99"]);
        assert_eq!(c.allele_fraction, Some(0.7));
        assert_eq!((c.depth, c.genotype_quality_phred), (Some(12), Some(99.0)));
        assert_eq!(called(&["GT", "AF"], &["1/2", "0.2,0.6"]).allele_fraction, Some(0.6));
    }

    #[test]
    fn what_a_child_carries_may_be_new() {
        let of = |genotype, word| called(&["GT", "DN"], &[genotype, word]).inheritance;
        assert_eq!(of("0/2", "DeNovo"), Some(Inheritance::New));
        assert_eq!(of("0|2", "Inherited"), Some(Inheritance::Inherited));
        assert_eq!(of("0/2", "LowDQ"), Some(Inheritance::Unclear));
        assert_eq!([of("0/1", "DeNovo"), of("0/2", "."), of("0/2", "x")], [None; 3]);
    }

    #[test]
    fn nonsense_is_no_figure() {
        let c = called(&["GT", "AD", "DP", "GQ"], &["x", "0,0,0", "-3", "NaN"]);
        assert_eq!((c.allele_fraction, c.depth, c.genotype_quality_phred), (None, None, None));
        assert_eq!(c.zygosity, Zygosity::Missing);
        assert_eq!(called(&["GT", "AD"], &["1/2", "4"]).allele_fraction, None);
        assert_eq!(called(&["GT", "AF"], &["1/2", "3,4"]).allele_fraction, None);
    }
}
