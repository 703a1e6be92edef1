//! Reads the variants and keeps the alleles that may matter.

use std::path::Path;

use wgs_core::{Build, Contig, ContigList, ErrorKind};
use wgs_formats::{
    FileError, Result,
    variant::{
        AlleleKind, Header, Reader, Record,
        annotated::{AlleleView, Effect, Impact, Layout, ScoreKind},
        csq,
    },
};

use super::{parentage::Parentage, people::People};
use crate::{Family, Knowledge, Options, finding::genes_of, knowledge::gene_of};

/// SpliceAI from which an allele may matter (Walker et al. 2023).
const SPLICE_FROM: f64 = 0.2;

/// An allele that may matter in a gene.
pub(crate) struct Candidate {
    pub(crate) view: AlleleView,
    pub(crate) gene: Option<String>,
    /// Its gravest effect on the gene, in the transcript that represents the gene best.
    pub(crate) effect: Option<Effect>,
    /// An effect in the representative transcript, where that is another.
    pub(crate) representative: Option<Effect>,
    /// The highest frequency that counts.
    pub(crate) frequency: Option<f64>,
    /// Place of the contig in the header, or in the order in which they came.
    pub(crate) contig: usize,
}

/// What a file holds.
pub(crate) struct Selection {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) samples: Vec<String>,
    pub(crate) build: Build,
    pub(crate) parentage: Parentage,
    /// Whether some source of frequencies counts.
    pub(crate) has_frequencies: bool,
    pub(crate) counts: Counts,
}

/// What became of the alleles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) records: u64,
    pub(crate) carried: u64,
    pub(crate) filtered: u64,
    pub(crate) common: u64,
}

/// Reads a VCF. Kept is each alternate allele of bases that an affected person carries, that is not
/// too frequent for every model, and whose effect, score or significance may matter; a record that
/// failed a filter only for its clinical significance.
pub(crate) fn read(
    path: &Path,
    family: &Family,
    knowledge: &Knowledge,
    options: &Options,
) -> Result<Selection> {
    let reader = Reader::open(path)?;
    let header = reader.header().clone();
    let layout = Layout::of(&header);
    if layout.csq().is_none() {
        return Err(FileError::invalid(path, "has no CSQ: it is not annotated")
            .hint("annotate it first: wgs-pipe annotate FILE.vcf.gz --bundle BUNDLE --out …"));
    }
    check_sources(path, &layout, options)?;
    let build = build_of(&header);
    let people = People::new(family, layout.samples(), build);
    let affected = people.affected_columns();
    if affected.is_empty() {
        let reason = match family.affected().next() {
            Some(member) => format!("has no column of {}, who is affected", member.sample),
            None => "nobody of the case is affected: there is nothing to look for".to_owned(),
        };
        return Err(FileError::invalid(path, reason));
    }
    let mut selector = Selector {
        layout: &layout,
        header: &header,
        affected,
        knowledge,
        options,
        contigs: Vec::new(),
        candidates: Vec::new(),
        counts: Counts::default(),
    };
    let mut parentage = Parentage::new(&people);
    for record in reader {
        let record = record?;
        parentage.count(&record);
        selector.take(&record);
    }
    let (candidates, counts) = (selector.candidates, selector.counts);
    Ok(Selection {
        candidates,
        build,
        parentage,
        has_frequencies: layout
            .populations()
            .iter()
            .any(|(s, p)| options.counts_of(s, p.as_deref())),
        samples: layout.samples().to_vec(),
        counts,
    })
}

/// Refuses sources of frequencies that the file has not.
fn check_sources(path: &Path, layout: &Layout, options: &Options) -> Result<()> {
    let known = layout.frequency_sources();
    let is_known = |name: &&String| known.iter().any(|own| own.eq_ignore_ascii_case(name));
    let Some(unknown) = options.frequency_sources.iter().find(|name| !is_known(name)) else {
        return Ok(());
    };
    let all = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let reason = format!("has no frequencies of {unknown}; there are {all}");
    Err(FileError::new(path, ErrorKind::Configuration, reason)
        .hint("name sources of the file in frequency_sources"))
}

fn build_of(header: &Header) -> Build {
    let contigs = header.contigs().filter_map(|contig| Some((contig.name.clone(), contig.length?)));
    let contigs = contigs.map(|(name, length)| Contig::new(name, length)).collect();
    ContigList::new(contigs).map_or(Build::Other, |contigs| Build::of(&contigs))
}

struct Selector<'a> {
    layout: &'a Layout,
    header: &'a Header,
    affected: Vec<usize>,
    knowledge: &'a Knowledge,
    options: &'a Options,
    contigs: Vec<String>,
    candidates: Vec<Candidate>,
    counts: Counts,
}

impl Selector<'_> {
    fn take(&mut self, record: &Record) {
        self.counts.records += 1;
        let carried = self.carried(record);
        self.counts.carried += carried.len() as u64;
        if carried.is_empty() || !self.may_matter(record) {
            return;
        }
        let view = self.layout.record(record);
        for index in carried {
            self.take_allele(&view.allele(index));
        }
    }

    /// Alternate alleles of bases (from 0) that an affected person carries.
    fn carried(&self, record: &Record) -> Vec<usize> {
        let genotypes: Vec<_> =
            self.affected.iter().filter_map(|&column| record.genotype(column)).collect();
        let carried = |index: usize| {
            AlleleKind::of(&record.alternates[index]) == AlleleKind::Bases
                && genotypes.iter().any(|genotype| genotype.has(index as u32 + 1))
        };
        (0..record.alternates.len()).filter(|&index| carried(index)).collect()
    }

    /// Spares most records the closer look.
    fn may_matter(&self, record: &Record) -> bool {
        let text = record.info.get(csq::KEY).unwrap_or_default();
        let fields = self.layout.csq().map_or(&[][..], |csq| csq.fields());
        let tells_impact = fields.iter().any(|field| field == "IMPACT");
        let words = ["HIGH", "MODERATE", "LOW"];
        !tells_impact
            || words.iter().any(|word| text.contains(word))
            || self.layout.may_be_clinical(record)
            || self.layout.score_kinds().contains(&ScoreKind::SpliceAi)
    }

    fn take_allele(&mut self, view: &AlleleView) {
        let clinical = view.significances.iter().any(|s| s.is_pathogenic());
        let splice = view.score(ScoreKind::SpliceAi).is_some_and(|score| score >= SPLICE_FROM);
        let genes = genes_of(view);
        let mut chosen: Vec<(Option<String>, Option<Effect>, Option<Effect>)> = Vec::new();
        for (gene, effects) in &genes {
            if self.matters(effects, splice) || (clinical && is_within(effects)) {
                chosen.push((
                    Some(gene.clone()),
                    Some(effects[0].clone()),
                    representative(effects),
                ));
            }
        }
        if chosen.is_empty() && clinical {
            chosen.push(match genes.first() {
                Some((gene, all)) => {
                    (Some(gene.clone()), Some(all[0].clone()), representative(all))
                }
                None => (None, None, None),
            });
        }
        if chosen.is_empty() {
            return;
        }
        if !view.filters.is_pass() && !clinical {
            self.counts.filtered += 1;
            return;
        }
        let frequency = self.options.frequency(view).map(|frequency| frequency.value);
        if frequency.is_some_and(|f| f > self.options.max_frequency.highest()) && !clinical {
            self.counts.common += 1;
            return;
        }
        let contig = self.contig_place(&view.contig);
        for (gene, effect, representative) in chosen {
            let view = view.clone();
            self.candidates.push(Candidate {
                view,
                gene,
                effect,
                representative,
                frequency,
                contig,
            });
        }
    }

    fn matters(&self, effects: &[&Effect], splice: bool) -> bool {
        let gravest = effects[0];
        let of_transcript = effects.iter().any(|effect| effect.transcript().is_some());
        let near_splice = |effect: &&Effect| {
            effect.impact >= Some(Impact::Low)
                && effect.terms.iter().any(|t| t.starts_with("splice_"))
        };
        let in_panel = || {
            let entries = self.knowledge.panels.entries(&gene_of(gravest), &self.options.panels);
            !entries.is_empty()
        };
        gravest.impact >= Some(Impact::Moderate)
            || effects.iter().any(near_splice)
            || (splice && of_transcript && !is_beside(gravest))
            || (gravest.impact == Some(Impact::Low) && in_panel())
    }

    fn contig_place(&mut self, contig: &str) -> usize {
        if let Some(place) = self.header.contig_index(contig) {
            return place;
        }
        let declared = self.header.contigs().count();
        let at = self.contigs.iter().position(|name| name == contig).unwrap_or_else(|| {
            self.contigs.push(contig.to_owned());
            self.contigs.len() - 1
        });
        declared + at
    }
}

/// Whether the allele lies within a transcript of the gene.
fn is_within(effects: &[&Effect]) -> bool {
    effects.iter().any(|effect| effect.transcript().is_some() && !is_beside(effect))
}

fn is_beside(effect: &Effect) -> bool {
    effect.has("upstream_gene_variant") || effect.has("downstream_gene_variant")
}

/// The effect in the best transcript that represents the gene, if the gravest one is of another.
fn representative(effects: &[&Effect]) -> Option<Effect> {
    let stands = |effect: &Effect| effect.standing().contains(&true);
    if stands(effects[0]) {
        return None;
    }
    effects.iter().find(|effect| stands(effect)).map(|effect| (*effect).clone())
}
