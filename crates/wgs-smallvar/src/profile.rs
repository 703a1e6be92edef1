//! A sample's file as a whole, known from a few stretches of it. They lie at fixed places of the
//! genome, so that what is learnt is the same whichever regions are called.

use std::ops::Range;

use wgs_core::{ContigIndex, ContigList, Interval0, Region};
use wgs_formats::{
    Result,
    alignment::{IndexedReader, Record},
    genome::Genome,
};

use crate::read;

/// Stretches that are looked at.
const STRETCHES: u64 = 32;
/// Most bases of a stretch.
const MAX_STRETCH_BASES: u64 = 10_000;
/// Share of a stretch's bases that must be known for it to count.
const MIN_KNOWN_SHARE: f64 = 0.9;
/// Fewest stretches with reads for which a depth is told.
const MIN_COVERED: usize = 8;
/// Quotient of the upper and the lower quartile of depth above which the file is not of a whole
/// genome: a capture, or a part of a genome, has no mean depth that would say anything of a place.
const MAX_QUARTILE_RATIO: f64 = 2.5;

/// Median depth of the genome in reads of whatever mapping quality, without duplicates; `None`
/// where the depths of the stretches differ much.
pub(crate) fn mean_depth(reader: &mut IndexedReader, genome: &Genome) -> Result<Option<f64>> {
    let mut depths = Vec::new();
    for region in stretches(genome.contigs()) {
        let bases = genome.fetch(region.contig, region.interval);
        let known = bases.iter().filter(|b| matches!(b, b'A' | b'C' | b'G' | b'T')).count() as f64;
        if known >= MIN_KNOWN_SHARE * bases.len() as f64 && known > 0.0 {
            depths.push(aligned_bases(reader, region)? as f64 / known);
        }
    }
    Ok(typical(depths))
}

/// Stretches at even distances over the contigs, but for the mitochondrion's.
fn stretches(contigs: &ContigList) -> Vec<Region> {
    let total: u64 = contigs.iter().map(|c| u64::from(c.length)).sum();
    let len = (total / STRETCHES / 4).clamp(1, MAX_STRETCH_BASES) as u32;
    let mut stretches = Vec::new();
    let mut before = 0;
    for (index, contig) in contigs.iter().enumerate() {
        let end = before + u64::from(contig.length);
        let middles = (0..STRETCHES).map(|i| (2 * i + 1) * total / (2 * STRETCHES));
        for middle in middles.filter(|m| (before..end).contains(m)) {
            let start = (middle - before) as u32;
            let interval = Interval0::new(start, start.saturating_add(len).min(contig.length));
            let interval = interval.expect("a middle lies within its contig");
            if !matches!(contig.name.strip_prefix("chr").unwrap_or(&contig.name), "M" | "MT") {
                stretches.push(Region { contig: ContigIndex(index), interval });
            }
        }
        before = end;
    }
    stretches
}

fn aligned_bases(reader: &mut IndexedReader, region: Region) -> Result<u64> {
    let mut query = reader.query(region)?;
    let mut record = Record::default();
    let mut bases = 0;
    while query.read(&mut record)? {
        let flags = record.flags();
        let counts = !(flags.is_unmapped()
            || flags.is_secondary()
            || flags.is_supplementary()
            || flags.is_duplicate()
            || flags.is_qc_fail());
        if let Some(start) = record.start().filter(|_| counts) {
            let (first, last) = (region.interval.start(), region.interval.end());
            let within = |p: Range<u32>| p.end.min(last).saturating_sub(p.start.max(first));
            bases += read::covered(start, record.cigar()).map(within).map(u64::from).sum::<u64>();
        }
    }
    Ok(bases)
}

fn typical(mut depths: Vec<f64>) -> Option<f64> {
    depths.sort_by(f64::total_cmp);
    let quantile = |share: f64| depths.get((share * (depths.len() - 1) as f64).round() as usize);
    let covered = depths.iter().filter(|&&d| d > 0.0).count();
    if covered < MIN_COVERED {
        return None;
    }
    let (low, middle, high) = (*quantile(0.25)?, *quantile(0.5)?, *quantile(0.75)?);
    (low > 0.0 && high / low <= MAX_QUARTILE_RATIO).then_some(middle)
}

#[cfg(test)]
mod tests {
    use wgs_core::Contig;

    use super::*;

    #[test]
    fn stretches_lie_within_contigs() {
        let contigs = [("a", 1_000), ("chrM", 16_569), ("b", 50_001)];
        let contigs = ContigList::new(contigs.map(|(n, l)| Contig::new(n, l)).to_vec()).unwrap();
        let stretches = stretches(&contigs);
        assert!((20..32).contains(&stretches.len()), "{}", stretches.len());
        for stretch in &stretches {
            let contig = contigs.get(stretch.contig).unwrap();
            assert!(contig.name != "chrM" && stretch.interval.end() <= contig.length);
        }
    }

    #[test]
    fn a_capture_has_no_typical_depth() {
        assert_eq!(typical(vec![30.0; 20]), Some(30.0));
        let mut capture = vec![0.4; 20];
        capture.extend([90.0, 120.0]);
        capture.extend([2.0; 8]);
        assert_eq!(typical(capture), None);
        let mut part = vec![0.0; 20];
        part.extend([30.0; 12]);
        assert_eq!(typical(part), None);
        assert_eq!(typical(vec![30.0; 4]), None);
    }
}
