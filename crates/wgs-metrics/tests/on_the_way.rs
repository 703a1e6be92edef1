//! Records give the same figures on their way into a file as that file does.

use std::{path::Path, thread};

use wgs_core::{ContigIndex, Sex};
use wgs_formats::{
    alignment::{
        Aux, CigarOp, Flags, Format, Header, ReadGroup, Record, RecordBuilder, SortOrder, Writer,
    },
    genome::{self, Genome},
    output,
};
use wgs_metrics::{
    AlignmentMetrics, CoverageOptions, MetricsOptions, RecordMetrics, alignment_metrics,
};
use wgs_testkit::{Pair, Simulator, Variants, reverse_complement};

const CHUNK: usize = 700;

/// A genome of two contigs as a file, and sorted records of it.
fn data(folder: &Path) -> (Genome, Header, Vec<Record>) {
    let simulated = wgs_testkit::Genome::random(5, &[("chr1", 20_000), ("chr2", 6_000)]);
    let (source, plain) = (folder.join("in.fa"), folder.join("genome.fa"));
    let text = |(name, index)| {
        let bases = String::from_utf8_lossy(simulated.bases(ContigIndex(index)));
        format!(">{name}\n{bases}\n")
    };
    output::write(&source, [("chr1", 0), ("chr2", 1)].map(text).concat()).expect("a source");
    genome::import(&source, &plain).expect("a genome");
    let genome = Genome::open(&plain).expect("a genome");

    let group = |id: &str, library: &str| ReadGroup {
        sample: Some("S1".into()),
        library: Some(library.into()),
        ..ReadGroup::new(id)
    };
    let groups = [group("a", "L1"), group("b", "L1"), group("c", "L2")];
    let mut header = Header::new(genome.contigs().clone());
    header.set_read_groups(groups.to_vec()).expect("different ids");
    header.set_sort_order(SortOrder::Coordinate);
    let pairs = Simulator::new(3).pairs(&simulated, &Variants::none(Sex::Female));
    let mut records: Vec<_> =
        pairs.iter().zip(0..).flat_map(|(p, n)| [0, 1].map(|r| record(p, n, r, &genome))).collect();
    records
        .sort_by_key(|r| r.ref_index().map_or((usize::MAX, 0), |c| (c.0, r.start().unwrap_or(0))));
    (genome, header, records)
}

/// A mate of the `number`th pair: some are duplicates, some clipped or with gaps, some unmapped; `NM`
/// is the truth of none of them.
fn record(pair: &Pair, number: usize, mate: usize, genome: &Genome) -> Record {
    let origin = &pair.origin;
    let is_reverse = origin.reverse == (mate == 0);
    let read = &pair.reads[mate];
    let length = read.bases.len() as u32;
    let (mut bases, mut quals) = (read.bases.clone(), read.qualities.clone());
    if is_reverse {
        bases = reverse_complement(&bases);
        quals.reverse();
    }
    let contig_length = genome.contigs().get(origin.contig).map_or(0, |c| c.length);
    let left = origin.interval.start().min(contig_length - length - 5);
    let right = origin.interval.end().saturating_sub(length).min(contig_length - length - 5);
    let (own, other) = if is_reverse { (right, left) } else { (left, right) };
    let mut flags = 0x1 | if is_reverse { 0x10 } else { 0x20 } | (0x40 << mate);
    flags |= if number.is_multiple_of(9) { 0x400 } else { 0x2 };
    let cigar = match number % 7 {
        0 => format!("7S{}M", length - 7),
        1 => format!("40M2I{}M", length - 42),
        2 => format!("60M3D{}M", length - 60),
        _ => format!("{length}M"),
    };
    let span = (right + length).saturating_sub(left) as i32;
    let builder = RecordBuilder::new(pair.name.as_bytes()).bases(&bases).quals(&quals);
    if number.is_multiple_of(50) {
        return builder.flags(Flags(0x4d | (0x40 << mate))).build().expect("an unmapped record");
    }
    builder
        .flags(Flags(flags))
        .position(origin.contig, own)
        .mapq([60, 60, 60, 0, 12][number % 5])
        .cigar(CigarOp::parse(cigar.as_bytes()).expect("a CIGAR"))
        .mate(origin.contig, other)
        .template_length(if is_reverse { -span } else { span })
        .aux(*b"NM", Aux::Int(number as i64 % 40))
        .aux(*b"RG", Aux::Text([b"a", b"b", b"c"][number % 3]))
        .build()
        .expect("a record")
}

fn on_the_way(
    genome: &Genome,
    header: &Header,
    records: &[Record],
    threads: usize,
) -> AlignmentMetrics {
    let metrics = RecordMetrics::new(genome, CoverageOptions::default());
    thread::scope(|scope| {
        scope.spawn(|| records.chunks(CHUNK).for_each(|chunk| metrics.add_in_order(chunk)));
        for thread in 0..threads {
            let chunks = records.chunks(CHUNK).skip(thread).step_by(threads);
            let metrics = &metrics;
            scope.spawn(move || chunks.for_each(|chunk| metrics.add(chunk)));
        }
    });
    metrics.finish(header).expect("the records are sorted")
}

#[test]
fn the_file_gives_the_same_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let (genome, header, records) = data(folder.path());
    let json = |metrics: &AlignmentMetrics| {
        let coverage = metrics.coverage.as_ref().expect("asked for");
        [serde_json::to_string(&metrics.alignment), serde_json::to_string(coverage)]
            .map(|text| text.expect("documents are JSON"))
    };
    let passed = json(&on_the_way(&genome, &header, &records, 1));
    for (name, format) in [("reads.bam", Format::Bam), ("reads.cram", Format::Cram)] {
        let path = folder.path().join(name);
        let mut writer =
            Writer::create(&path, format, &header, Some(&genome), 1).expect("a new file");
        records.iter().for_each(|record| writer.write(record).expect("a valid record"));
        writer.finish().expect("a new file");
        for threads in [1, 3] {
            assert_eq!(json(&on_the_way(&genome, &header, &records, threads)), passed);
            let coverage = Some(CoverageOptions::default());
            let options = MetricsOptions { coverage, threads, progress: None };
            let read = alignment_metrics(&path, &genome, &options).expect("a whole file");
            assert_eq!(json(&read), passed, "{name}, {threads} threads");
        }
    }
    let qc = on_the_way(&genome, &header, &records, 2).alignment;
    assert!(qc.total.mismatched_bases > 0 && qc.gc_bias.read_starts > 0);
    assert!(qc.duplicates[0].duplicate_pairs > 0 && qc.insert_sizes.len() > 1);
}
