//! The files of a request: the variants, the gVCF, or both.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
};

use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{Header, RecordError, Writer},
};

use super::{
    Request, Summary,
    lines::{Called, Line},
    shards::ShardCalls,
};
use crate::{
    gvcf,
    phase::{Linker, Phase},
    vcf,
};

/// Open files; they appear together.
pub(super) struct Outputs<'a> {
    genome: &'a Genome,
    variants: Option<Writer>,
    gvcf: Option<Writer>,
    /// A name for errors.
    name: PathBuf,
    /// End of the variants of the contig that the gVCF told so far.
    told_to: u32,
    /// What waits until its phase is known.
    waiting: Waiting,
}

/// Sites of a contig from the first on whose phase sites to come may have a say in.
#[derive(Default)]
struct Waiting {
    contig: Option<ContigIndex>,
    linker: Linker,
    sites: VecDeque<Called>,
    lines: VecDeque<Line>,
    /// Phases of sites whose lines wait.
    phases: BTreeMap<(u32, bool), Vec<Option<Phase>>>,
}

impl<'a> Outputs<'a> {
    /// Opens what a request asks for; the headers tell of the samples what a summary does.
    /// `compressors` are threads.
    pub(super) fn create(
        request: &Request<'a>,
        summary: &Summary,
        compressors: usize,
    ) -> Result<Self> {
        let (genome, options) = (request.genome, request.options);
        let contigs = genome.contigs();
        let lines = summary.header_lines();
        let names: Vec<String> = summary.samples.iter().map(|s| s.sample.clone()).collect();
        let open = |path, mut header: Header| {
            lines.iter().for_each(|(key, value)| header.add_line(key, value));
            Writer::create(path, &header, compressors)
        };
        let variants = request.output.map(|path| open(path, vcf::header(contigs, &names, options)));
        let gvcf = request.gvcf.map(|path| match names.as_slice() {
            [sample] => open(path, gvcf::record::header(contigs, sample, options)),
            _ => Err(several(path)),
        });
        Ok(Self {
            genome,
            variants: variants.transpose()?,
            gvcf: gvcf.transpose()?,
            name: request.any_output().to_owned(),
            told_to: 0,
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
        calls.sites.iter().for_each(|site| self.waiting.linker.push(&site.locus));
        self.waiting.sites.extend(calls.sites);
        self.waiting.lines.extend(calls.lines);
        let settled = self.waiting.linker.settled();
        self.write_settled(settled)
    }

    fn end_contig(&mut self) -> Result<()> {
        let settled = std::mem::take(&mut self.waiting.linker).finish();
        self.write_settled(settled)?;
        self.told_to = 0;
        Ok(())
    }

    /// Writes the first of the waiting sites, whose phases these are, and the lines before the next
    /// one.
    fn write_settled(&mut self, settled: Vec<Vec<Option<Phase>>>) -> Result<()> {
        for phases in settled {
            let Some(site) = self.waiting.sites.pop_front() else { break };
            let key = site.key();
            if let (Some(writer), Some(mut record)) = (&mut self.variants, site.record) {
                vcf::set_phase(&mut record, &phases);
                writer.write(&record)?;
            }
            if self.gvcf.is_some() && phases.iter().any(Option::is_some) {
                self.waiting.phases.insert(key, phases);
            }
        }
        let next = self.waiting.sites.front().map(|site| site.locus.position);
        let is_before = |line: &mut Line| next.is_none_or(|next| line.interval.start() < next);
        while let Some(mut line) = self.waiting.lines.pop_front_if(is_before) {
            if let Some(phases) = line.key().and_then(|key| self.waiting.phases.remove(&key)) {
                line = line.phased(&phases).map_err(|e| self.damaged(&e))?;
            }
            self.write_line(line)?;
        }
        if next.is_none() {
            self.waiting.phases.clear();
        }
        Ok(())
    }

    /// Writes the part of a line that no variant before it speaks of: a deletion may reach into the
    /// next shard, whose first block begins behind it then.
    fn write_line(&mut self, mut line: Line) -> Result<()> {
        let (start, end) = (line.interval.start(), line.interval.end());
        let told_to = self.told_to;
        if line.is_snv.is_some() {
            self.told_to = told_to.max(end);
        } else if end <= told_to {
            return Ok(());
        } else if start < told_to {
            let base = self.base(told_to);
            line = line.from(told_to, base).map_err(|e| self.damaged(&e))?;
        }
        let contig = self.waiting.contig.and_then(|contig| self.genome.contigs().get(contig));
        match (contig, &mut self.gvcf) {
            (Some(contig), Some(writer)) => {
                writer.write_line(&contig.name, line.interval, &line.text)
            }
            _ => Ok(()),
        }
    }

    /// The reference's base at a place of the contig.
    fn base(&self, offset: u32) -> String {
        let contig = self.waiting.contig.expect("its lines are written");
        let interval = Interval0::new(offset, offset + 1).expect("one base");
        let bases = crate::stretch::Stretch::of(self.genome, contig, interval);
        String::from_utf8_lossy(&bases.spelled(offset, offset + 1)).into_owned()
    }

    fn damaged(&self, error: &RecordError) -> FileError {
        FileError::invalid(&self.name, format!("a line of it cannot be made: {error}"))
    }

    /// Gives the files their names.
    pub(super) fn finish(mut self) -> Result<()> {
        self.end_contig()?;
        Writer::finish_together(self.variants.into_iter().chain(self.gvcf))
    }
}

fn several(path: &std::path::Path) -> FileError {
    let reason = "a gVCF is of one sample, and reads of several are given";
    FileError::new(path, ErrorKind::Usage, reason)
        .hint("make a gVCF of each sample, and give all of them to `wgs-pipe joint`")
}
