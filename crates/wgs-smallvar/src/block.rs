//! From the reads of a short stretch to its sites: the four rooms in a row.

use wgs_core::{Build, Interval0, Ploidy, Sex};

use crate::{
    candidates::{self, Haplotype, Method, Window},
    filter,
    genotype::{Locus, SampleLikelihoods, Urn, marginal},
    likelihood::{Matrix, pileup, realign::Realigner},
    options::Options,
    read::Read,
    sample::SampleReads,
    site::{self, Context, Site},
    stretch::Stretch,
};

/// Bases on either side of a block in which alleles are looked for as well, so that windows are the
/// same whichever block sees them.
pub const MARGIN_BASES: u32 = 300;
/// Reference bases beyond the margin, for repeats and haplotypes that reach out of it.
pub const CONTEXT_BASES: u32 = 700;

/// What blocks have in common.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    /// Settings.
    pub options: &'a Options,
    /// Sex of each sample.
    pub sexes: &'a [Sex],
    /// The assembly.
    pub build: Build,
}

/// A stretch whose sites are wanted.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// The contig's name.
    pub contig: &'a str,
    /// The stretch, within the contig.
    pub interval: Interval0,
    /// The reference from [`MARGIN_BASES`] and [`CONTEXT_BASES`] before the stretch to as many
    /// after it.
    pub reference: &'a Stretch,
    /// Each sample's reads, in the order of their start, that reach into the stretch or its margin.
    pub reads: &'a [&'a [Read]],
}

/// The sites of a block, and how many windows were looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockSites {
    /// The sites in order.
    pub sites: Vec<Site>,
    /// Windows judged by the aligned bases.
    pub pileup_windows: u64,
    /// Windows judged by realignment.
    pub realigned_windows: u64,
}

impl Caller<'_> {
    /// The sites of the records that begin in the block.
    pub fn call(&self, block: &Block<'_>) -> BlockSites {
        let padded = block.interval.padded(MARGIN_BASES, block.reference.interval().end());
        let options = self.options;
        let windows = candidates::windows(
            block.reads,
            block.reference,
            padded,
            options.min_base_quality,
            &options.candidates,
        );
        let reads: Vec<SampleReads<'_>> = block.reads.iter().map(|r| SampleReads::new(r)).collect();
        let mut result = BlockSites::default();
        for window in windows {
            if !window.alleles.iter().any(|a| block.interval.contains(a.anchor())) {
                continue;
            }
            match window.method {
                Method::Pileup => result.pileup_windows += 1,
                Method::Realign => result.realigned_windows += 1,
            }
            self.window(block, &reads, &window, &mut result.sites);
        }
        result.sites.sort_by(|a, b| {
            (a.position, &a.reference, &a.alternates).cmp(&(
                b.position,
                &b.reference,
                &b.alternates,
            ))
        });
        result
    }

    fn window(
        &self,
        block: &Block<'_>,
        reads: &[SampleReads<'_>],
        window: &Window,
        sites: &mut Vec<Site>,
    ) {
        let ploidies = self.ploidies(block.contig, window.span.start);
        if ploidies.iter().all(|&p| p == 0) {
            return;
        }
        let haplotypes = window.haplotypes(block.reads, block.reference);
        let matrices = self.matrices(block, reads, window, &haplotypes);
        let loci = Locus::of(window);
        let thetas: Vec<f64> =
            loci.iter().map(|locus| self.theta(window, locus, block.reference)).collect();
        let urns: Vec<Urn> = loci
            .iter()
            .zip(&thetas)
            .map(|(locus, &theta)| Urn::new(&vec![theta; locus.alleles.len()]))
            .collect();
        let likelihoods: Vec<Vec<SampleLikelihoods>> = matrices
            .iter()
            .zip(ploidies)
            .map(|(m, ploidy)| marginal::locus_likelihoods(m, &haplotypes, &loci, &urns, ploidy))
            .collect();
        let context = Context {
            window,
            haplotypes: &haplotypes,
            reference: block.reference,
            reads,
            matrices: &matrices,
        };
        for (i, locus) in loci.iter().enumerate() {
            if !block.interval.contains(locus.anchor) {
                continue;
            }
            let here: Vec<SampleLikelihoods> = likelihoods.iter().map(|l| l[i].clone()).collect();
            let min_quality = self.options.min_written_quality;
            if let Some(mut site) = site::call(context, locus, &here, thetas[i], min_quality) {
                filter::apply(&mut site, &self.options.filters);
                sites.push(site);
            }
        }
    }

    fn matrices(
        &self,
        block: &Block<'_>,
        reads: &[SampleReads<'_>],
        window: &Window,
        haplotypes: &[Haplotype],
    ) -> Vec<Matrix> {
        match window.method {
            Method::Pileup => {
                let base = block.reference.base(window.span.start);
                let min_quality = self.options.min_base_quality;
                let matrix = |&reads| pileup::matrix(reads, window, haplotypes, base, min_quality);
                reads.iter().map(matrix).collect()
            }
            Method::Realign => {
                let frame = candidates::haplotype::frame(window, block.reference);
                let mut realigner = Realigner::new(haplotypes, window, frame);
                reads.iter().map(|&reads| realigner.matrix(reads)).collect()
            }
        }
    }

    fn ploidies(&self, contig: &str, offset: u32) -> Vec<usize> {
        let ploidy = |&sex| Ploidy::at(contig, offset, sex, self.build).copies();
        self.sexes.iter().map(ploidy).collect()
    }

    /// How often the alleles of a locus are expected.
    fn theta(&self, window: &Window, locus: &Locus, reference: &Stretch) -> f64 {
        let priors = &self.options.priors;
        let in_repeat = || locus.alleles.iter().any(|&a| window.alleles[a].is_in_repeat(reference));
        if locus.is_snv {
            priors.snv
        } else if in_repeat() {
            priors.repeat_indel
        } else {
            priors.indel
        }
    }
}
