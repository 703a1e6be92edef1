use wgs_core::Sex;
use wgs_formats::alignment::Aux;
use wgs_testkit::{Genome as Simulated, Pair, Simulator, Variants};

use super::*;
use crate::{
    reads::Read,
    testing::{genome_of, push_pair},
};

struct Case {
    pairs: Vec<Pair>,
    engine: Minibwa,
    _folder: tempfile::TempDir,
}

fn case() -> Case {
    let genome = Simulated::random(5, &[("chr1", 60_000), ("HLA-A*01:01:01:01", 40_000)]);
    let simulator = Simulator { coverage: 4.0, ..Simulator::new(5) };
    let pairs = simulator.pairs(&genome, &Variants::none(Sex::Female));
    let names: Vec<_> = genome.indices().map(|i| (genome.name(i), genome.bases(i))).collect();
    let (folder, genome) = genome_of(&names);
    let prefix = folder.path().join("index");
    index::minibwa::build(&genome, &prefix).unwrap();
    let engine = Minibwa::load(&prefix, &genome).unwrap();
    Case { pairs, engine, _folder: folder }
}

fn aligned(
    engine: &Minibwa,
    batch: &ReadBatch,
    insert: Option<&InsertSize>,
) -> (Vec<(usize, Record)>, InsertSize) {
    let mut records = Vec::new();
    let insert = engine.worker().unwrap().align(batch, insert, &mut |place, record| {
        records.push((place, record));
        Ok(())
    });
    (records, insert.unwrap())
}

fn batch_of(pairs: &[Pair]) -> ReadBatch {
    let mut batch = ReadBatch::new(0, 0, 0);
    pairs.iter().for_each(|pair| push_pair(&mut batch, pair));
    batch
}

#[test]
fn pairs_map_to_their_origin_with_all_fields() {
    let Case { pairs, engine, _folder } = case();
    let (records, insert) = aligned(&engine, &batch_of(&pairs), None);
    let inward = insert.0[1].unwrap();
    assert!((inward.mean - 400.0).abs() < 15.0 && (inward.deviation - 80.0).abs() < 15.0);
    let primary: Vec<_> = records.iter().filter(|(_, r)| r.flags().is_primary()).collect();
    assert_eq!(primary.len(), 2 * pairs.len());
    let (mut right, mut proper) = (0, 0);
    for (place, record) in primary {
        let (origin, flags) = (&pairs[*place].origin, record.flags());
        let near = |a: Option<u32>, b: u32| a.is_some_and(|a| a.abs_diff(b) <= 20);
        let inside = record.ref_index() == Some(origin.contig)
            && (near(record.start(), origin.interval.start())
                || near(record.end(), origin.interval.end()));
        right += usize::from(inside);
        proper += usize::from(flags.is_proper_pair());
        if !flags.is_unmapped() && !flags.is_mate_unmapped() {
            for tag in [b"NM", b"MD", b"MC", b"MQ", b"AS", b"XS"] {
                assert!(record.aux(*tag).is_some(), "{}", String::from_utf8_lossy(tag));
            }
            assert_eq!(record.mate_ref_index(), record.ref_index());
            let span = record.template_length().unsigned_abs();
            assert!(span <= origin.interval.len() + 20, "{}", pairs[*place].name);
        }
    }
    assert!(right as f64 > 0.99 * 2.0 * pairs.len() as f64, "{right} of {}", 2 * pairs.len());
    assert!(proper as f64 > 0.99 * 2.0 * pairs.len() as f64, "{proper} of {}", 2 * pairs.len());
}

#[test]
fn given_insert_sizes_make_batches_independent() {
    let Case { pairs, engine, _folder } = case();
    let (whole, insert) = aligned(&engine, &batch_of(&pairs), None);
    let mut parts = Vec::new();
    for (part, start) in pairs.chunks(97).zip((0..).step_by(97)) {
        let (records, same) = aligned(&engine, &batch_of(part), Some(&insert));
        assert_eq!(same, insert);
        parts.extend(records.into_iter().map(|(place, record)| (place + start, record)));
    }
    assert!(whole == parts);
}

#[test]
fn single_reads_and_pairs_share_a_batch_and_any_read_is_taken() {
    let Case { pairs, engine, _folder } = case();
    let mut batch = ReadBatch::new(0, 0, 0);
    let quals: Vec<u8> = pairs[0].reads[0].qualities.iter().map(|q| q + 33).collect();
    let read = Read { bases: &pairs[0].reads[0].bases, quals: &quals };
    let (empty, ambiguous) =
        (Read { bases: b"", quals: b"" }, Read { bases: &[b'N'; 90], quals: b"" });
    let homopolymer = Read { bases: &[b'A'; 90], quals: b"" };
    for (first, last) in [
        (read, None),
        (empty, None),
        (ambiguous, None),
        (read, Some(empty)),
        (ambiguous, Some(read)),
        (empty, Some(empty)),
        (homopolymer, Some(ambiguous)),
    ] {
        batch.push(0, b"r", first, last).unwrap();
    }
    push_pair(&mut batch, &pairs[1]);
    let (records, insert) = aligned(&engine, &batch, None);
    assert!(!insert.is_known());
    assert_eq!(records.iter().filter(|(_, r)| r.flags().is_primary()).count(), 13);
    for (place, record) in &records {
        let template = batch.templates().nth(*place).unwrap();
        let flags = record.flags();
        assert_eq!(flags.is_paired(), template.last.is_some());
        assert!(!flags.is_proper_pair(), "no insert size is known");
        let read = if flags.is_last() { template.last.unwrap() } else { template.first };
        assert_eq!(record.len(), read.bases.len());
        if flags.is_unmapped() && flags.is_paired() && !flags.is_mate_unmapped() {
            assert_eq!(record.start(), record.mate_start());
        }
    }
}

#[test]
fn split_reads_have_supplementary_records_that_name_each_other() {
    let Case { pairs, engine, _folder } = case();
    let (one, other) = (&pairs[3].reads[0].bases, &pairs[pairs.len() / 2].reads[1].bases);
    let bases = [one.as_slice(), other.as_slice()].concat();
    let mut batch = ReadBatch::new(0, 0, 0);
    batch.push(0, b"r", Read { bases: &bases, quals: b"" }, None).unwrap();
    let (records, _) = aligned(&engine, &batch, None);
    assert_eq!(records.len(), 2);
    let [primary, supplementary] = [&records[0].1, &records[1].1];
    assert!(primary.flags().is_primary() && supplementary.flags().is_supplementary());
    for (record, other) in [(primary, supplementary), (supplementary, primary)] {
        assert_eq!(record.len(), bases.len(), "soft-clipped");
        let text = record.aux(*b"SA").and_then(Aux::as_text).unwrap();
        let fields: Vec<_> = text.split(|&b| b == b',').collect();
        assert_eq!(fields[1], (other.start().unwrap() + 1).to_string().as_bytes());
    }
}

#[test]
fn a_broken_index_is_an_error_and_not_the_end_of_the_process() {
    let Case { engine, _folder, .. } = case();
    for path in index::minibwa::files(&engine.prefix) {
        let whole = std::fs::read(&path).unwrap();
        for (at, byte) in [(0, b'x'), (17, 0xff), (60, 0xff)] {
            let mut bytes = whole.clone();
            bytes[at] ^= byte;
            wgs_formats::output::write(&path, &bytes).unwrap();
            assert!(Minibwa::load(&engine.prefix, &engine.genome).is_err(), "{path:?} {at}");
        }
        wgs_formats::output::write(&path, &whole).unwrap();
    }
    assert!(Minibwa::load(&engine.prefix, &engine.genome).is_ok());
}
