//! How much was trimmed.

use wgs_formats::qc::fastq::{TrimMateQc, TrimQc};

use super::{Trimmed, TrimmedRead};

/// What became of templates; the same in any order and however they were dealt out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrimCounts(TrimQc);

impl TrimCounts {
    /// Counts a template.
    pub fn add(&mut self, trimmed: &Trimmed) {
        let used = !trimmed.filtered;
        self.0.templates += 1;
        self.0.filtered_templates += u64::from(!used);
        add(&mut self.0.r1, &trimmed.first, used);
        if let Some(last) = &trimmed.last {
            add(self.0.r2.get_or_insert_default(), last, used);
        }
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Self) {
        self.0.templates += other.0.templates;
        self.0.filtered_templates += other.0.filtered_templates;
        merge(&mut self.0.r1, &other.0.r1);
        if let Some(theirs) = &other.0.r2 {
            merge(self.0.r2.get_or_insert_default(), theirs);
        }
    }

    /// The figures.
    pub fn finish(&self) -> TrimQc {
        self.0.clone()
    }
}

fn add(counts: &mut TrimMateQc, read: &TrimmedRead, used: bool) {
    let causes = [
        (&mut counts.poly_g_reads, &mut counts.poly_g_bases, read.poly_g_bases),
        (&mut counts.adapter_reads, &mut counts.adapter_bases, read.adapter_bases),
        (&mut counts.low_quality_reads, &mut counts.low_quality_bases, read.low_quality_bases),
    ];
    for (reads, bases, cut) in causes {
        *reads += u64::from(cut > 0);
        *bases += cut as u64;
    }
    if used {
        counts.kept_bases += read.kept.len() as u64;
    }
}

fn merge(ours: &mut TrimMateQc, theirs: &TrimMateQc) {
    ours.poly_g_reads += theirs.poly_g_reads;
    ours.poly_g_bases += theirs.poly_g_bases;
    ours.adapter_reads += theirs.adapter_reads;
    ours.adapter_bases += theirs.adapter_bases;
    ours.low_quality_reads += theirs.low_quality_reads;
    ours.low_quality_bases += theirs.low_quality_bases;
    ours.kept_bases += theirs.kept_bases;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        let read = |end, adapter_bases| TrimmedRead {
            kept: 0..end,
            adapter_bases,
            ..TrimmedRead::default()
        };
        let (mut a, mut b) = (TrimCounts::default(), TrimCounts::default());
        a.add(&Trimmed { first: read(50, 10), last: Some(read(60, 0)), filtered: false });
        b.add(&Trimmed { first: read(5, 55), last: Some(read(5, 55)), filtered: true });
        a.merge(&b);
        let qc = a.finish();
        assert_eq!((qc.templates, qc.filtered_templates), (2, 1));
        assert_eq!((qc.r1.adapter_reads, qc.r1.adapter_bases, qc.r1.kept_bases), (2, 65, 50));
        assert_eq!(qc.r2.map(|r2| (r2.adapter_reads, r2.kept_bases)), Some((1, 60)));
    }
}
