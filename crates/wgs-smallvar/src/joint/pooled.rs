//! The biases of all samples together, from those of each.

use wgs_formats::variant::Record;

use crate::{
    annotation::{AlleleBias, Bias},
    statistics,
};

/// Mapping quality where no sample tells: nothing speaks against it.
const MAPPING_QUALITY_WHERE_ABSENT: f64 = 60.0;

/// What one sample's record says.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The record of the gVCF.
    pub record: &'a Record,
    /// Fragments of the reference and of variants.
    pub fragments: [u32; 2],
    /// Of each variant allele of the site: its place among the record's, and its fragments.
    pub alleles: &'a [Option<(usize, u32)>],
}

/// Fragments by allele and strand, from SB.
pub fn strands(record: &Record) -> Option<[u32; 4]> {
    let values = record.sample_value(0, "SB")?.split(',').map(|n| n.parse().ok());
    values.collect::<Option<Vec<u32>>>()?.try_into().ok()
}

/// The biases. Strand tables and squares of mapping qualities add up; z values add up by Stouffer's
/// method, weighted by how many fragments each compares. Those of one sample stay as they are.
pub fn bias(told: &[Told<'_>]) -> Bias {
    let mut table = [0; 4];
    for strands in told.iter().filter_map(|t| strands(t.record)) {
        table.iter_mut().zip(strands).for_each(|(sum, n)| *sum += n);
    }
    Bias {
        model_phred: None,
        mapping_quality: mapping_quality(told).unwrap_or(MAPPING_QUALITY_WHERE_ABSENT),
        fisher_strand: statistics::fisher_strand_phred(table),
        strand_odds_ratio: statistics::strand_odds_ratio(table),
        base_quality_z: z(told, "BaseQRankSum"),
        mapping_quality_z: z(told, "MQRankSum"),
        read_position_z: z(told, "ReadPosRankSum"),
        unmappable_share: mean(told, "MQ0F", |[a, b]| a + b).unwrap_or(0.0),
        ambiguous_share: mean(told, "LMQF", |[a, b]| a + b).unwrap_or(0.0),
        clipped_share: mean(told, "SCF", |[a, b]| a + b).unwrap_or(0.0),
        variant_mismatches: mean(told, "NMA", |[_, variant]| variant),
        reference_mismatches: mean(told, "NMR", |[reference, _]| reference),
        candidate_distance: told.iter().filter_map(|t| t.record.info.number("NCD")).min(),
        depth_ratio: deepest(told).and_then(|t| t.record.info.number("DPR")),
        alleles: alleles(told),
        repeat: None,
    }
}

/// Mean of a figure, weighted by the fragments that it is of.
fn mean(told: &[Told<'_>], key: &str, weight: fn([u32; 2]) -> u32) -> Option<f64> {
    let (mut sum, mut weights, mut last) = (0.0, 0.0, None);
    for told in told {
        if let Some(value) = told.record.info.number::<f64>(key).filter(|v| v.is_finite()) {
            let weight = f64::from(weight(told.fragments).max(1));
            sum += weight * value;
            weights += weight;
            last = if last.is_none() { Some(value) } else { Some(f64::NAN) };
        }
    }
    // What one sample says is not to be changed by a rounding.
    let only = last.filter(|v| v.is_finite());
    only.or((weights > 0.0).then(|| sum / weights))
}

/// The sample with the most fragments of variants.
fn deepest<'a, 'b>(told: &'b [Told<'a>]) -> Option<&'b Told<'a>> {
    told.iter().rev().max_by_key(|t| t.fragments[1])
}

/// Each allele, where there are several: as the sample sees it that has most fragments of it.
fn alleles(told: &[Told<'_>]) -> Vec<AlleleBias> {
    let count = told.first().map_or(0, |t| t.alleles.len());
    let of = |allele: usize| {
        let with = told.iter().filter_map(|t| Some((t, t.alleles[allele]?)));
        let Some((told, (place, _))) = with.rev().max_by_key(|(_, (_, depth))| *depth) else {
            return AlleleBias::default();
        };
        let info = &told.record.info;
        let figure = |of_alleles: &str, of_all: &str| {
            let each = info.numbers::<f64>(of_alleles);
            let one = each.and_then(|each| each.get(place).copied().flatten());
            one.or_else(|| info.number(of_all)).unwrap_or(0.0)
        };
        AlleleBias {
            mapping_quality: figure("AS_MQ", "MQ"),
            fisher_strand: figure("AS_FS", "FS"),
            strand_odds_ratio: figure("AS_SOR", "SOR"),
        }
    };
    if count > 1 { (0..count).map(of).collect() } else { Vec::new() }
}

fn mapping_quality(told: &[Told<'_>]) -> Option<f64> {
    let (mut squares, mut fragments) = (0.0, 0.0);
    for told in told {
        let info = &told.record.info;
        let raw = info.numbers::<f64>("RAW_MQandDP");
        let of_mq = || info.number::<f64>("MQ").map(|q| (q * q, 1.0));
        let pair = match raw.as_deref() {
            Some([Some(squares), Some(n)]) => Some((*squares, *n)),
            _ => of_mq(),
        };
        if let Some((s, n)) = pair {
            squares += s;
            fragments += n;
        }
    }
    (fragments > 0.0).then(|| (squares / fragments).sqrt())
}

fn z(told: &[Told<'_>], key: &str) -> Option<f64> {
    let (mut sum, mut squares) = (0.0, 0.0);
    for told in told {
        if let Some(z) = told.record.info.number::<f64>(key).filter(|z| z.is_finite()) {
            let [reference, variant] = told.fragments.map(|n| f64::from(n.max(1)));
            let weight = (reference * variant / (reference + variant)).sqrt();
            sum += weight * z;
            squares += weight * weight;
        }
    }
    (squares > 0.0).then(|| sum / squares.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(info: &str, strands: &str) -> Record {
        Record::parse(&format!("c\t5\t.\tA\tC,<NON_REF>\t.\t.\t{info}\tGT:SB\t0/1:{strands}"), 1)
            .unwrap()
    }

    #[test]
    fn one_sample_keeps_its_own_and_several_add_up() {
        let a = record("MQRankSum=-2;RAW_MQandDP=36000,10", "5,5,0,9");
        let b = record("MQRankSum=-2;RAW_MQandDP=4000,10", "5,5,9,0");
        let told = |record| Told { record, fragments: [10, 10], alleles: &[Some((0, 10))] };
        let one = bias(&[told(&a)]);
        assert_eq!(one.mapping_quality_z, Some(-2.0));
        assert!((one.mapping_quality - 60.0).abs() < 1e-9);
        assert!(one.fisher_strand > 10.0);
        let both = bias(&[told(&a), told(&b)]);
        assert!((both.mapping_quality_z.unwrap() + 2.0 * 2f64.sqrt()).abs() < 1e-9);
        assert!((both.mapping_quality - 2000f64.sqrt()).abs() < 1e-9);
        assert!(both.fisher_strand < 1.0);
        assert_eq!(bias(&[]).mapping_quality, 60.0);
    }
}
