//! A small genome, and records of every kind on it.

use std::path::{Path, PathBuf};

use wgs_core::ContigIndex;
use wgs_formats::{
    alignment::{
        ArrayKind, Aux, CigarKind, CigarOp, Flags, Format, Header, ReadGroup, Reader, Record,
        RecordBuilder, SortOrder, Writer, WriterOptions,
    },
    genome::{self, Genome},
};

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % u64::from(limit)) as u32
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32) as usize]
    }
}

/// A folder with a genome of three contigs.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) genome: Genome,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with_seed(7)
    }

    pub(crate) fn with_seed(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let random = wgs_testkit::Genome::random(
            seed,
            &[("chr1", 60_000), ("chr2", 30_000), ("chrM", 5_000)],
        );
        let source = folder.path().join("source.fa");
        random.write_fasta(&source).unwrap();
        let fasta = folder.path().join("genome.fa");
        genome::import(&source, &fasta).unwrap();
        let genome = Genome::open(&fasta).unwrap();
        Self { folder, genome }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn header(&self, order: SortOrder) -> Header {
        let mut header = Header::new(self.genome.contigs().clone());
        header.set_sort_order(order);
        for id in ["lane1", "lane2"] {
            let group = ReadGroup { sample: Some("s1".into()), ..ReadGroup::new(id) };
            header.add_read_group(group).unwrap();
        }
        header
    }

    pub(crate) fn write(
        &self,
        name: &str,
        header: &Header,
        records: &[Record],
        threads: usize,
    ) -> PathBuf {
        self.write_with(name, header, records, WriterOptions { threads, ..Default::default() })
    }

    pub(crate) fn write_with(
        &self,
        name: &str,
        header: &Header,
        records: &[Record],
        options: WriterOptions<'_>,
    ) -> PathBuf {
        let path = self.path(name);
        let format = Format::of_name(&path).unwrap();
        let options = WriterOptions { genome: Some(&self.genome), ..options };
        let mut writer = Writer::with_options(&path, format, header, &options).unwrap();
        records.iter().for_each(|record| writer.write(record).unwrap());
        writer.finish().unwrap();
        path
    }

    pub(crate) fn read(&self, path: &Path, threads: usize) -> Vec<Record> {
        let reader = Reader::open_threaded(path, Some(&self.genome), threads).unwrap();
        reader.collect::<Result<_, _>>().unwrap()
    }

    /// Records of every kind, in the order of making.
    pub(crate) fn records(&self, seed: u64, count: usize) -> Vec<Record> {
        let mut random = Random(seed);
        let mut records = Vec::new();
        while records.len() < count {
            let name = format!("read:{}:{}", seed, records.len());
            match random.below(20) {
                0 => records.push(unplaced(&name, &mut random)),
                1 => records.extend(self.half_mapped_pair(&name, &mut random)),
                2 => records.push(self.odd(&name, &mut random)),
                _ => records.extend(self.pair(&name, &mut random)),
            }
        }
        records
    }

    pub(crate) fn sorted_records(&self, seed: u64, count: usize) -> Vec<Record> {
        let mut records = self.records(seed, count);
        records
            .sort_by_key(|r| (r.ref_index().map_or(usize::MAX, |c| c.0), r.start().map(|s| s + 1)));
        records
    }

    /// Bases of the genome with a difference now and then.
    fn bases(&self, contig: ContigIndex, start: u32, length: u32, random: &mut Random) -> Vec<u8> {
        let interval = wgs_core::Interval0::new(start, start + length).unwrap();
        let mut bases = self.genome.fetch(contig, interval);
        bases.resize(length as usize, b'A');
        for base in &mut bases {
            if random.chance(2) {
                *base = random.pick(b"ACGTNNR");
            }
        }
        bases
    }

    fn pair(&self, name: &str, random: &mut Random) -> Vec<Record> {
        let contig = ContigIndex(random.below(3) as usize);
        let length = self.genome.contigs().get(contig).unwrap().length;
        let start = random.below(length - 600);
        let mate_start = start + random.pick(&[0, 0, 1, 50, 300]);
        let forward_first = random.chance(50);
        let flags = if forward_first { [99, 147] } else { [163, 83] };
        let span = (mate_start + 100 - start) as i32;
        let tlen = if random.chance(90) { span } else { random.below(1000) as i32 - 500 };
        let duplicate = Flags::DUPLICATE.0 * u16::from(random.chance(10));
        let mut make = |start, mate, flags: u16, tlen| {
            let record = RecordBuilder::new(name.as_bytes())
                .flags(Flags(flags | duplicate))
                .position(contig, start)
                .mapq(random.pick(&[0, 1, 60, 255]))
                .cigar([CigarOp::new(CigarKind::Match, 100)])
                .mate(contig, mate)
                .template_length(tlen)
                .bases(&self.bases(contig, start, 100, random));
            with_tags(with_quals(record, 100, random), random).build().unwrap()
        };
        vec![make(start, mate_start, flags[0], tlen), make(mate_start, start, flags[1], -tlen)]
    }

    fn half_mapped_pair(&self, name: &str, random: &mut Random) -> Vec<Record> {
        let (contig, start) = (ContigIndex(0), random.below(50_000));
        let mapped = RecordBuilder::new(name.as_bytes())
            .flags(Flags(73))
            .position(contig, start)
            .mapq(37)
            .cigar(CigarOp::parse(b"10S40M2I20M3D28M").unwrap())
            .mate(contig, start)
            .bases(&self.bases(contig, start, 100, random));
        let unmapped = RecordBuilder::new(name.as_bytes())
            .flags(Flags(133))
            .position(contig, start)
            .mate(contig, start)
            .bases(&self.bases(contig, 500, 70, random));
        let (mapped, unmapped) =
            (with_quals(mapped, 100, random), with_quals(unmapped, 70, random));
        vec![with_tags(mapped, random).build().unwrap(), unmapped.build().unwrap()]
    }

    /// Secondary, supplementary and other records that are rare.
    fn odd(&self, name: &str, random: &mut Random) -> Record {
        let (contig, start) = (ContigIndex(1), random.below(29_000));
        let length = self.genome.contigs().get(contig).unwrap().length;
        let record = RecordBuilder::new(name.as_bytes()).position(contig, start).mapq(3);
        let cigar = |text: &str| CigarOp::parse(text.as_bytes()).unwrap();
        let record = match random.below(8) {
            0 => record.flags(Flags(256)).cigar(cigar("50M")),
            1 => record.flags(Flags(2064)).cigar(cigar("30H20M50H")).bases(&[b'C'; 20]),
            2 => record.flags(Flags(0)).cigar(cigar("10M5N10M")).bases(b"ACGTNRYSWKMBDHVACGTA"),
            3 => record.flags(Flags(16)).cigar(cigar("5=1X4M")).bases(b"ACGTACGTAC"),
            4 => record.position(contig, length - 5).cigar(cigar("10M")).bases(b"ACGTACGTAC"),
            5 => record
                .flags(Flags(2113))
                .cigar(cigar("0M4M0I"))
                .bases(b"ACGT")
                .mate(ContigIndex(2), 17),
            6 => record.cigar(cigar("3I")).bases(b"AC=").quals(&[0, 93, 40]),
            _ => record.flags(Flags(0)),
        };
        with_tags(record, random).build().unwrap()
    }
}

fn unplaced(name: &str, random: &mut Random) -> Record {
    let length = random.pick(&[0, 1, 50, 151]);
    let bases: Vec<u8> = (0..length).map(|_| random.pick(b"ACGTN")).collect();
    let record = RecordBuilder::new(name.as_bytes()).flags(Flags(4)).bases(&bases);
    with_tags(with_quals(record, length, random), random).build().unwrap()
}

fn with_quals(record: RecordBuilder, length: usize, random: &mut Random) -> RecordBuilder {
    if random.chance(3) {
        return record;
    }
    let quals: Vec<u8> = (0..length).map(|_| random.pick(&[2, 12, 23, 37, 37, 37])).collect();
    record.quals(&quals)
}

fn with_tags(record: RecordBuilder, random: &mut Random) -> RecordBuilder {
    let group: &[u8] = random.pick(&[&b"lane1"[..], b"lane2"]);
    let record = record.aux(*b"RG", Aux::Text(group));
    let record = match random.below(4) {
        0 => record.aux(*b"NM", Aux::Int(0)).aux(*b"MD", Aux::Text(b"100")),
        1 => record.aux(*b"MD", Aux::Text(b"wrong")).aux(*b"NM", Aux::Int(77)),
        _ => record,
    };
    if random.chance(70) {
        return record;
    }
    let integer = random.pick(&[0, -1, 127, 128, 255, 256, -129, 65_536, -40_000, 4_294_967_295]);
    record
        .aux(*b"XI", Aux::Int(integer))
        .aux(*b"XA", Aux::Char(b'!'))
        .aux(*b"XF", Aux::Float(-1.5))
        .aux(*b"XZ", Aux::Text(b"a b~"))
        .aux(*b"XE", Aux::Text(b""))
        .aux(*b"XH", Aux::Hex(b"1AE3"))
        .aux_ints(*b"Xc", ArrayKind::I8, &[-128, 127])
        .aux_ints(*b"XC", ArrayKind::U8, &[0, 255])
        .aux_ints(*b"Xs", ArrayKind::I16, &[-32_768])
        .aux_ints(*b"XS", ArrayKind::U16, &[65_535])
        .aux_ints(*b"Xi", ArrayKind::I32, &[-2_147_483_648])
        .aux_ints(*b"Xu", ArrayKind::U32, &[4_294_967_295])
        .aux_ints(*b"X0", ArrayKind::U8, &[])
        .aux_floats(*b"Xf", &[0.5, -3.25])
}
