//! Reads as the sequencer gave them.

use wgs_formats::qc::{
    FastqQc, Histogram,
    fastq::{CycleQc, MateQc, ReadGroupQc},
};

use crate::{
    format::rounded,
    model::{Bins, MateReads, QualityByCycle, ReadGroupReads, ReadsReport},
};

pub(super) fn report(qc: &FastqQc) -> ReadsReport {
    let merged = |mate: u8| {
        let mut histogram = Histogram::default();
        qc.mates()
            .filter(|(_, number, _)| *number == mate)
            .for_each(|(_, _, qc)| histogram.merge(&qc.read_gc_percent));
        histogram
    };
    let paired = qc.read_groups.iter().any(|group| group.r2.is_some());
    ReadsReport {
        reads: qc.reads(),
        bases: qc.bases(),
        q30_rate: rounded(qc.q30_rate(), 6),
        read_groups: qc.read_groups.iter().map(read_group).collect(),
        r1_gc_percent: Bins::new(&merged(1), 0, 100, 101),
        r2_gc_percent: paired.then(|| Bins::new(&merged(2), 0, 100, 101)),
    }
}

fn read_group(qc: &ReadGroupQc) -> ReadGroupReads {
    ReadGroupReads {
        read_group: qc.read_group.clone(),
        library: qc.library.clone(),
        duplicate_rate: rounded(qc.duplication.duplicate_rate, 6),
        read_through_rate: qc.overlap.as_ref().map(|o| rounded(o.read_through_rate, 6)),
        r1: mate(&qc.r1),
        r2: qc.r2.as_ref().map(mate),
    }
}

fn mate(qc: &MateQc) -> MateReads {
    let found = qc.adapters.iter().filter(|adapter| adapter.reads > 0);
    let adapter = found.reduce(|best, next| if next.reads > best.reads { next } else { best });
    MateReads {
        reads: qc.reads,
        bases: qc.bases,
        mean_length_bp: rounded(qc.length_bp.mean(), 2),
        mean_quality_phred: rounded(qc.mean_quality_phred, 2),
        q20_rate: rounded(qc.q20_rate, 6),
        q30_rate: rounded(qc.q30_rate, 6),
        gc_rate: rounded(qc.gc_rate, 6),
        n_rate: rounded(qc.n_rate, 6),
        adapter: adapter.map(|a| a.name.clone()),
        adapter_rate: rounded(adapter.map_or(0.0, |a| a.rate), 6),
        quality: quality(&qc.cycles),
    }
}

fn quality(cycles: &[CycleQc]) -> QualityByCycle {
    QualityByCycle {
        mean_phred: cycles.iter().map(|c| rounded(c.mean_phred, 2)).collect(),
        p25_phred: cycles.iter().map(|c| c.p25_phred).collect(),
        p75_phred: cycles.iter().map(|c| c.p75_phred).collect(),
    }
}
