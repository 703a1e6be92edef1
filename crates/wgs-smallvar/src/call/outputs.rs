//! The files of a request: the variants, the gVCF, or both.

use wgs_core::{ErrorKind, Interval0, Pos1};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{Header, Record, Writer},
};

use super::{Inputs, Request, shards::ShardCalls};
use crate::{
    gvcf::{self, Entry},
    vcf,
};

/// Open files; they appear together.
pub(super) struct Outputs<'a> {
    genome: &'a Genome,
    variants: Option<Writer>,
    gvcf: Option<Writer>,
    /// Contig and end of the variants that the gVCF told so far.
    told_to: (String, u32),
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
        })
    }

    /// Writes the calls of the next shard.
    pub(super) fn write(&mut self, calls: &ShardCalls) -> Result<()> {
        if let Some(writer) = &mut self.variants {
            calls.records.iter().try_for_each(|record| writer.write(record))?;
        }
        for entry in &calls.entries {
            let left = self.beyond_told(entry);
            if let (Some(record), Some(writer)) = (left, &mut self.gvcf) {
                writer.write(&record)?;
            }
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
        if !entry.is_block {
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
        Some(char::from(bases.base(offset)).to_string())
    }

    /// Gives the files their names.
    pub(super) fn finish(self) -> Result<()> {
        Writer::finish_together(self.variants.into_iter().chain(self.gvcf))
    }
}

fn several(path: &std::path::Path) -> FileError {
    let reason = "a gVCF is of one sample, and reads of several are given";
    FileError::new(path, ErrorKind::Usage, reason)
        .hint("make a gVCF of each sample, and give all of them to `wgs-pipe joint`")
}
