//! The files of a request: the variants, the gVCF, or both.

use std::collections::{BTreeMap, VecDeque};

use wgs_core::{ContigIndex, ErrorKind, Interval0, Pos1};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{Header, Record, Writer},
};

use super::{Inputs, Request, shards::ShardCalls};
use crate::{
    gvcf::{self, Entry},
    phase::{Linker, Phase},
    vcf,
};

/// Open files; they appear together.
pub(super) struct Outputs<'a> {
    genome: &'a Genome,
    variants: Option<Writer>,
    gvcf: Option<Writer>,
    /// Contig and end of the variants that the gVCF told so far.
    told_to: (String, u32),
    /// What waits until its phase is known.
    waiting: Waiting,
}

/// Records of a contig from the first on whose phase records to come may have a say in.
#[derive(Default)]
struct Waiting {
    contig: Option<ContigIndex>,
    linker: Linker,
    records: VecDeque<Record>,
    entries: VecDeque<Entry>,
    /// Phases of sites whose entries wait.
    phases: BTreeMap<(u32, bool), Vec<Option<Phase>>>,
}

impl<'a> Outputs<'a> {
    /// Opens what a request asks for; `lines` are keys and values that the headers tell besides.
    pub(super) fn create(
        request: &Request<'a>,
        inputs: &Inputs,
        lines: &[(&str, String)],
    ) -> Result<Self> {
        let (genome, options) = (request.genome, request.options);
        let contigs = genome.contigs();
        let open = |path, mut header: Header| {
            lines.iter().for_each(|(key, value)| header.add_line(key, value));
            Writer::create(path, &header, 1)
        };
        let variants =
            request.output.map(|path| open(path, vcf::header(contigs, &inputs.names, options)));
        let gvcf = request.gvcf.map(|path| match inputs.names.as_slice() {
            [sample] => open(path, gvcf::record::header(contigs, sample, options)),
            _ => Err(several(path)),
        });
        Ok(Self {
            genome,
            variants: variants.transpose()?,
            gvcf: gvcf.transpose()?,
            told_to: (String::new(), 0),
            waiting: Waiting::default(),
        })
    }

    /// Takes the calls of the next shard, and writes what is settled. Phase goes over the borders of
    /// shards, which lie where the data's index has them.
    pub(super) fn write(&mut self, contig: ContigIndex, calls: ShardCalls) -> Result<()> {
        if self.waiting.contig != Some(contig) {
            self.end_contig()?;
            self.waiting.contig = Some(contig);
        }
        calls.loci.iter().for_each(|locus| self.waiting.linker.push(locus));
        self.waiting.records.extend(calls.records);
        self.waiting.entries.extend(calls.entries);
        let settled = self.waiting.linker.settled();
        self.write_settled(settled)
    }

    fn end_contig(&mut self) -> Result<()> {
        let settled = std::mem::take(&mut self.waiting.linker).finish();
        self.write_settled(settled)
    }

    /// Writes the first of the waiting records, whose phases these are, and the entries before the
    /// next one.
    fn write_settled(&mut self, settled: Vec<Vec<Option<Phase>>>) -> Result<()> {
        for phases in settled {
            let Some(mut record) = self.waiting.records.pop_front() else { break };
            if self.gvcf.is_some() {
                self.waiting.phases.insert(site_of(&record), phases.clone());
            }
            if let Some(writer) = &mut self.variants {
                vcf::set_phase(&mut record, &phases);
                writer.write(&record)?;
            }
        }
        let next = self.waiting.records.front().map(|record| record.position);
        let is_before = |entry: &mut Entry| next.is_none_or(|next| entry.record.position < next);
        while let Some(mut entry) = self.waiting.entries.pop_front_if(is_before) {
            if let Some(phases) = entry.site.and_then(|site| self.waiting.phases.remove(&site)) {
                vcf::set_phase(&mut entry.record, &phases);
            }
            let left = self.beyond_told(&entry);
            if let (Some(record), Some(writer)) = (left, &mut self.gvcf) {
                writer.write(&record)?;
            }
        }
        if next.is_none() {
            self.waiting.phases.clear();
        }
        Ok(())
    }

    /// The part of an entry that no variant before it speaks of: a deletion may reach into the next
    /// shard, whose first block begins behind it then.
    fn beyond_told(&mut self, entry: &Entry) -> Option<Record> {
        let mut record = entry.record.clone();
        let interval = record.interval();
        if self.told_to.0 != record.contig {
            self.told_to = (record.contig.clone(), 0);
        }
        let told_to = self.told_to.1;
        if !entry.is_block() {
            self.told_to.1 = told_to.max(interval.end());
        } else if interval.end() <= told_to {
            return None;
        } else if interval.start() < told_to {
            record.position = Pos1::from_pos0(told_to);
            record.reference = self.base(&record.contig, told_to)?;
        }
        Some(record)
    }

    fn base(&self, contig: &str, offset: u32) -> Option<String> {
        let contig = self.genome.contigs().index_of(contig)?;
        let interval = Interval0::new(offset, offset + 1).expect("one base");
        let bases = crate::stretch::Stretch::of(self.genome, contig, interval);
        String::from_utf8(bases.spelled(offset, offset + 1)).ok()
    }

    /// Gives the files their names.
    pub(super) fn finish(mut self) -> Result<()> {
        self.end_contig()?;
        Writer::finish_together(self.variants.into_iter().chain(self.gvcf))
    }
}

/// A record's place, and whether it is of a substitution.
fn site_of(record: &Record) -> (u32, bool) {
    let is_snv =
        record.reference.len() == 1 && record.alternates.iter().all(|allele| allele.len() == 1);
    (record.position.to_pos0(), is_snv)
}

fn several(path: &std::path::Path) -> FileError {
    let reason = "a gVCF is of one sample, and reads of several are given";
    FileError::new(path, ErrorKind::Usage, reason)
        .hint("make a gVCF of each sample, and give all of them to `wgs-pipe joint`")
}
