//! From the reads of a short stretch to its sites: the four rooms in a row.

use wgs_core::{Build, Interval0, Ploidy, Sex};

use crate::{
    allele::Allele,
    annotation::Surroundings,
    calibration::SampleErrors,
    candidates::{self, Haplotype, Method, Window},
    filter,
    genotype::prior,
    genotype::{Locus, LocusLikelihoods, Urn, marginal},
    gvcf::candidate::{self, Candidate},
    intake::Ambiguous,
    likelihood::{Matrix, gaps::IndelErrors, pileup, realign::Realigner},
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
    /// Whether candidates for a gVCF are wanted; of one sample only.
    pub candidates: bool,
    /// Mean depth of each sample, where it is known.
    pub mean_depths: &'a [Option<f64>],
    /// Errors of each sample's sequencing; nothing is known of samples behind the last.
    pub errors: &'a [SampleErrors],
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
    /// Each sample's reads that map too ambiguously to take part.
    pub ambiguous: &'a [&'a [Ambiguous]],
}

/// The sites of a block, and how many windows were looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockSites {
    /// The sites in order.
    pub sites: Vec<Site>,
    /// The same loci and all others with a sign of a variant, if they are wanted.
    pub candidates: Vec<Candidate>,
    /// Windows judged by the aligned bases.
    pub pileup_windows: u64,
    /// Windows judged by realignment.
    pub realigned_windows: u64,
}

/// A window at the moment when its sites are decided.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The window, its haplotypes, and the likelihoods of its fragments.
    pub context: Context<'a>,
    /// Its loci, ascending.
    pub loci: &'a [Locus],
    /// How often the alleles of each locus are expected.
    pub thetas: &'a [f64],
    /// Genotype likelihoods: of each sample those of each locus.
    pub likelihoods: &'a [Vec<LocusLikelihoods>],
}

/// Sees each window of a block when it is judged, without influence on its sites: how chrM is
/// called from the same windows, and how a locus is explained.
pub type Watch<'a> = dyn FnMut(&Judged<'_>) + 'a;

impl Caller<'_> {
    /// The sites of the records that begin in the block.
    pub fn call(&self, block: &Block<'_>) -> BlockSites {
        self.call_watched(block, &mut |_| ())
    }

    /// As [`Caller::call`]; `watch` sees the windows in order.
    pub fn call_watched(&self, block: &Block<'_>, watch: &mut Watch<'_>) -> BlockSites {
        let padded = block.interval.padded(MARGIN_BASES, block.reference.interval().end());
        let options = self.options;
        let windows = candidates::windows(block.reads, block.reference, padded, options);
        let reads: Vec<SampleReads<'_>> = block.reads.iter().map(|r| SampleReads::new(r)).collect();
        let mut result = BlockSites::default();
        let mut anchors: Vec<u32> =
            windows.iter().flat_map(|w| w.alleles.iter().map(|a| a.anchor())).collect();
        anchors.sort_unstable();
        let surroundings = Surroundings {
            ambiguous: block.ambiguous,
            mean_depths: self.mean_depths(block.contig),
            candidates: &anchors,
        };
        for window in windows {
            if !window.alleles.iter().any(|a| block.interval.contains(a.anchor())) {
                continue;
            }
            match window.method {
                Method::Pileup => result.pileup_windows += 1,
                Method::Realign => result.realigned_windows += 1,
            }
            self.window(block, surroundings, &reads, &window, watch, &mut result);
        }
        result.sites.sort_by(Site::cmp_place);
        result.candidates.sort_by(|a, b| a.site.cmp_place(&b.site));
        result
    }

    fn window(
        &self,
        block: &Block<'_>,
        surroundings: Surroundings<'_>,
        reads: &[SampleReads<'_>],
        window: &Window,
        watch: &mut Watch<'_>,
        result: &mut BlockSites,
    ) {
        let loci = Locus::of(window);
        if loci.iter().all(|l| self.ploidies(block.contig, l.anchor).iter().all(|&p| p == 0)) {
            return;
        }
        let haplotypes =
            window.haplotypes(block.reads, block.reference, self.options.candidates.max_haplotypes);
        let matrices = self.matrices(block, reads, window, &haplotypes);
        let theta = |locus: &Locus| {
            let alleles: Vec<&Allele> = locus.alleles.iter().map(|&a| &window.alleles[a]).collect();
            prior::theta(&alleles, block.reference, &self.options.priors)
        };
        let thetas: Vec<f64> = loci.iter().map(theta).collect();
        let urns: Vec<Urn> = loci
            .iter()
            .zip(&thetas)
            .map(|(locus, &theta)| Urn::new(&vec![theta; locus.alleles.len()]))
            .collect();
        // Loci on the two sides of a pseudoautosomal border differ in their copies.
        let of_sample = |(matrix, &sex): (&Matrix, &Sex)| {
            let copies = |l: &Locus| Ploidy::at(block.contig, l.anchor, sex, self.build).copies();
            let of_ploidy = |n| marginal::locus_likelihoods(matrix, &haplotypes, &loci, &urns, n);
            let ploidies: Vec<usize> = loci.iter().map(copies).collect();
            let mut made: [Option<Vec<LocusLikelihoods>>; 3] = [None, None, None];
            let of_locus =
                |(i, &n): (usize, &usize)| made[n].get_or_insert_with(|| of_ploidy(n))[i].clone();
            ploidies.iter().enumerate().map(of_locus).collect()
        };
        let likelihoods: Vec<Vec<LocusLikelihoods>> =
            matrices.iter().zip(self.sexes).map(of_sample).collect();
        let context = Context {
            window,
            haplotypes: &haplotypes,
            reference: block.reference,
            reads,
            matrices: &matrices,
            surroundings,
        };
        watch(&Judged { context, loci: &loci, thetas: &thetas, likelihoods: &likelihoods });
        for (i, locus) in loci.iter().enumerate() {
            if !block.interval.contains(locus.anchor) || !window.tells(locus.alleles[0]) {
                continue;
            }
            let here: Vec<LocusLikelihoods> = likelihoods.iter().map(|l| l[i].clone()).collect();
            let min_quality = self.options.min_written_quality;
            if let Some(mut site) = site::call(context, locus, &here, thetas[i], min_quality) {
                filter::apply(&mut site, &self.options.filters);
                result.sites.push(site);
            }
            if self.candidates {
                result.candidates.extend(candidate::of(context, locus, &here[0], thetas[i]));
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
                let mut last: Option<(&IndelErrors, Realigner)> = None;
                let mut matrix = |(sample, &reads): (usize, &SampleReads<'_>)| {
                    let errors = &SampleErrors::of_sample(self.errors, sample).indels;
                    let realigner = match last.take() {
                        Some((made_for, made)) if std::ptr::eq(made_for, errors) => made,
                        _ => Realigner::new(haplotypes, window, frame.clone(), errors),
                    };
                    last.insert((errors, realigner)).1.matrix(reads)
                };
                reads.iter().enumerate().map(&mut matrix).collect()
            }
        }
    }

    /// Mean depths of the samples; a mitochondrion's has nothing to do with the genome's.
    fn mean_depths(&self, contig: &str) -> &[Option<f64>] {
        match contig.strip_prefix("chr").unwrap_or(contig) {
            "M" | "MT" => &[],
            _ => self.mean_depths,
        }
    }

    fn ploidies(&self, contig: &str, offset: u32) -> Vec<usize> {
        let ploidy = |&sex| Ploidy::at(contig, offset, sex, self.build).copies();
        self.sexes.iter().map(ploidy).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wgs_formats::alignment::{CigarOp, Flags, RecordBuilder};

    use super::*;

    const REFERENCE: &str =
        "GATTACAGGCTTAACGTCAGGATCTTGCAATCGGCNATGCAAAAAACGTGATCCACACACACACATTAGCGATTGCCAGTC";

    #[test]
    fn a_window_over_a_pseudoautosomal_border_has_the_copies_of_each_locus() {
        // The first region of X ends before offset 2,781,479.
        let start = 2_781_400;
        let bases: String = (0..4).map(|_| &REFERENCE[..34]).collect::<String>() + &REFERENCE[36..];
        let reference = Stretch::new(start, bases.clone().into_bytes());
        let other = if &bases[82..83] == "A" { "C" } else { "A" };
        let variant = [&bases[10..73], &bases[76..82], other, &bases[83..120]].concat();
        let reads: Vec<Read> = (0..12)
            .map(|i| crate::read::tests::read(&format!("r{i}"), start + 10, "63M3D44M", &variant))
            .collect();
        let options = Options::default();
        let caller = Caller {
            options: &options,
            sexes: &[Sex::Male],
            build: Build::Grch38,
            candidates: false,
            mean_depths: &[],
            errors: &[],
        };
        let interval = Interval0::new(start, start + bases.len() as u32).unwrap();
        let block = Block {
            contig: "chrX",
            interval,
            reference: &reference,
            reads: &[&reads],
            ambiguous: &[],
        };
        let result = caller.call(&block);
        assert_eq!((result.realigned_windows, result.pileup_windows), (1, 0));
        let ploidies: Vec<_> =
            result.sites.iter().map(|s| (s.is_snv(), s.samples[0].ploidy)).collect();
        assert_eq!(ploidies, [(false, 2), (true, 1)]);
    }

    /// Reads of random operations and bases, as no aligner would make them, each several times.
    fn any_reads() -> impl Strategy<Value = Vec<Read>> {
        let op = (prop::sample::select(b"MMMMIDNSX=".to_vec()), 1u32..12);
        let ops = prop::collection::vec(op, 1..7);
        let read = (0u32..80, ops, any::<u64>(), 20u8..61, any::<bool>(), 1usize..9);
        prop::collection::vec(read, 0..9).prop_map(|reads| {
            let mut number = 0;
            let mut made = Vec::new();
            for (start, ops, seed, mapq, reverse, times) in reads {
                for _ in 0..times {
                    number += 1;
                    // Every third read is the mate of another.
                    let name = format!("r{}", number - usize::from(number % 3 == 0));
                    let flags = Flags(if reverse { 16 } else { 0 });
                    made.extend(read_of(&name, start, &ops, seed, mapq, flags));
                }
            }
            made.sort_by_key(Read::start);
            made
        })
    }

    fn read_of(
        name: &str,
        start: u32,
        ops: &[(u8, u32)],
        seed: u64,
        mapq: u8,
        flags: Flags,
    ) -> Option<Read> {
        let text: String = ops.iter().map(|(k, n)| format!("{n}{}", char::from(*k))).collect();
        let ops = CigarOp::parse(text.as_bytes()).ok()?;
        let len: u32 = ops.iter().filter(|op| op.kind.consumes_query()).map(|op| op.len).sum();
        let mix = |i: u32| (seed >> (i % 60)) as usize;
        let bases: Vec<u8> = (0..len).map(|i| b"ACGTACGTACGTACGN"[mix(i) % 16]).collect();
        let quals: Vec<u8> = (0..len).map(|i| (mix(i + 7) % 42) as u8).collect();
        let record = RecordBuilder::new(name.as_bytes())
            .flags(flags)
            .position(wgs_core::ContigIndex(0), start)
            .mapq(mapq)
            .cigar(ops)
            .bases(&bases)
            .quals(&quals)
            .build();
        Read::of(&record.ok()?)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn whatever_the_reads_sites_are_in_order_and_of_the_reference(
            reads in any_reads(),
            sexes in prop::sample::select(vec![Sex::Male, Sex::Female]),
        ) {
            let mut options = Options::default();
            options.candidates.min_snv_fraction = 0.0;
            let sexes = [sexes, Sex::Unknown];
            let caller = Caller {
                options: &options,
                sexes: &sexes,
                build: Build::Other,
                mean_depths: &[],
                errors: &[],
                candidates: false,
            };
            let reference = Stretch::new(0, REFERENCE.into());
            let interval = Interval0::new(0, REFERENCE.len() as u32).unwrap();
            for contig in ["chr1", "chrX"] {
                let block = Block {
                    contig,
                    interval,
                    reference: &reference,
                    reads: &[&reads, &reads[..reads.len() / 2]],
                    ambiguous: &[],
                };
                let sites = caller.call(&block).sites;
                let places: Vec<(u32, bool)> = sites.iter().map(|s| (s.position, s.is_snv())).collect();
                prop_assert!(places.windows(2).all(|p| p[0].0 <= p[1].0 && p[0] != p[1]));
                for site in &sites {
                    let at = site.position as usize;
                    let expected = &REFERENCE.as_bytes()[at..at + site.reference.len()];
                    prop_assert_eq!(&site.reference[..], expected);
                    prop_assert!(site.alternates.iter().all(|a| *a != site.reference));
                    let least = options.min_written_quality;
                    prop_assert!(site.quality.is_finite() && site.quality >= least);
                }
            }
        }
    }
}
