//! A called locus, with what speaks for and against it.

pub(crate) use crate::annotation::evidence::Evidence;
pub use crate::annotation::{AlleleBias, Bias};
use crate::{
    allele::Allele,
    annotation::{self, Repeat, Surroundings},
    candidates::{Haplotype, Window},
    filter::Filter,
    genotype::{
        self, CohortCall, Copies, GenotypeCall, Judgement, Locus, LocusLikelihoods,
        SampleLikelihoods, order,
    },
    likelihood::Matrix,
    phase::{Phase, Vote},
    read::Read,
    sample::SampleReads,
    statistics,
    stretch::Stretch,
};

/// Least difference of natural logarithms by which a fragment prefers an allele: 0.2 in base ten.
const INFORMATIVE: f64 = 0.46;
/// Reference alleles longer than this are judged by their two ends.
const LONG_BASES: u32 = 30;
/// Bases at an end of a long reference allele that a read must reach over.
const END_BASES: u32 = 3;
/// The allele of chromosomes on which the place is deleted (VCF 4.3, §1.6.1).
pub(crate) const SPANNED: &[u8] = b"*";

/// One record of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// First base of `reference`, 0-based.
    pub position: u32,
    /// Reference allele.
    pub reference: Vec<u8>,
    /// Variant alleles; each is in one sample at least. `*`, the last one, stands for chromosomes on
    /// which a deletion of an earlier record takes the place away.
    pub alternates: Vec<Vec<u8>>,
    /// Phred-scaled probability that no sample has a variant allele.
    pub quality: f64,
    /// The samples in the order of the inputs.
    pub samples: Vec<SampleCall>,
    /// What the fragments of all samples together look like.
    pub bias: Bias,
    /// The filters that it fails.
    pub filters: Vec<Filter>,
}

/// One sample at a site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleCall {
    /// Copies of the locus: 0, 1 or 2.
    pub ploidy: usize,
    /// The genotype and its quality; none without copies or without fragments.
    pub genotype: Option<GenotypeCall>,
    /// Fragments that prefer each allele, the reference's first.
    pub allele_depths: Vec<u32>,
    /// Fragments that cover the site.
    pub depth: u32,
    /// Phred-scaled likelihoods of the genotypes in the order of VCF, the best 0; none on chrM.
    pub phred_likelihoods: Vec<u32>,
    /// Fragments that prefer an allele, by strand: reference forward and reverse, variants forward
    /// and reverse.
    pub strands: [u32; 4],
    /// What its fragments say of the two alleles of a heterozygous genotype.
    pub votes: Vec<Vote>,
    /// Which of them is on which chromosome, where other loci tell.
    pub phase: Option<Phase>,
    /// On chrM, the share of each variant allele in the sample's fragments.
    pub fractions: Option<Vec<f64>>,
}

impl SampleCall {
    /// Whether the genotype has a variant allele.
    pub fn has_variant(&self) -> bool {
        self.genotype.is_some_and(|g| g.copies.variant_count() > 0)
    }
}

/// A window and what is known of it, as far as all its loci share it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The window.
    pub window: &'a Window,
    /// Its haplotypes.
    pub haplotypes: &'a [Haplotype],
    /// The reference around it.
    pub reference: &'a Stretch,
    /// Reads of each sample.
    pub reads: &'a [SampleReads<'a>],
    /// Likelihoods of each sample's fragments.
    pub matrices: &'a [Matrix],
    /// What is around it.
    pub surroundings: Surroundings<'a>,
}

/// Genotypes a locus; `None` where no sample has a variant, or QUAL is below `min_quality`.
pub fn call(
    context: Context<'_>,
    locus: &Locus,
    likelihoods: &[LocusLikelihoods],
    theta: f64,
    min_quality: f64,
) -> Option<Site> {
    let merged: Vec<SampleLikelihoods> = likelihoods.iter().map(|l| l.merged.clone()).collect();
    let judged = genotype::judge(&merged, &vec![theta; locus.alleles.len()]);
    let wanted = judged.has_variant() && judged.call.quality >= min_quality;
    let site = wanted.then(|| described(context, locus, likelihoods, judged))?;
    site.samples.iter().any(SampleCall::has_variant).then_some(site)
}

/// What is told of a locus of which this is concluded, deletions that reach over it apart.
pub(crate) fn described(
    context: Context<'_>,
    locus: &Locus,
    likelihoods: &[LocusLikelihoods],
    judged: Judgement,
) -> Site {
    let Judgement { mut kept, likelihoods: merged, mut call } = judged;
    let alleles = kept[1..].iter().map(|k| &context.window.alleles[locus.alleles[k - 1]]);
    let alleles: Vec<&Allele> = alleles.collect();
    let (reference, mut alternates) = spelled(locus.anchor, &alleles, context.reference);
    let spanned = spanned(likelihoods, &kept, locus.allele_count(), &mut call);
    let on: Vec<usize> = if spanned.is_some() {
        kept.push(locus.allele_count());
        alternates.push(SPANNED.to_vec());
        context.haplotypes.iter().map(|h| locus.allele_or_deletion_on(h)).collect()
    } else {
        context.haplotypes.iter().map(|h| locus.allele_on(h)).collect()
    };
    let deleted = spanned.as_ref().map(|_| kept.len() - 1);
    let evidence = evidence(context, locus, (&on, &kept), reference.len() as u32);
    let samples: Vec<SampleCall> = evidence
        .iter()
        .zip(spanned.unwrap_or(merged))
        .zip(call.genotypes)
        .map(|((fragments, likelihoods), genotype)| {
            sample_call(fragments, &likelihoods, genotype, (&on, &kept), deleted)
        })
        .collect();
    Site {
        position: locus.anchor,
        reference,
        alternates,
        quality: call.quality,
        bias: bias(context, locus, &evidence.concat(), &samples, (&alleles, deleted)),
        samples,
        filters: Vec::new(),
    }
}

/// Tells copies of the reference from copies that a deletion takes away: if any sample has such a
/// copy, its genotypes are changed to say so, and the likelihoods with the deletion as the last
/// allele are returned.
pub(crate) fn spanned(
    likelihoods: &[LocusLikelihoods],
    kept: &[usize],
    deletion: usize,
    call: &mut CohortCall,
) -> Option<Vec<SampleLikelihoods>> {
    let alleles: Vec<usize> = kept.iter().copied().chain([deletion]).collect();
    let apart: Vec<SampleLikelihoods> = likelihoods
        .iter()
        .map(|l| l.spanned.as_ref().map(|s| s.subset(&alleles)))
        .collect::<Option<_>>()?;
    let genotypes: Vec<Option<GenotypeCall>> = call
        .genotypes
        .iter()
        .zip(&apart)
        .map(|(genotype, apart)| Some(with_deletions((*genotype)?, apart, kept.len())))
        .collect();
    let any = genotypes.iter().flatten().any(|g| g.copies.count(kept.len()) > 0);
    any.then(|| {
        call.genotypes = genotypes;
        apart
    })
}

/// The likeliest genotype that differs from a called one in which of its copies of the reference
/// are deleted. Both have the same prior.
fn with_deletions(call: GenotypeCall, apart: &SampleLikelihoods, deletion: usize) -> GenotypeCall {
    let merged = |allele| if allele == deletion { 0 } else { allele };
    let same = |copies: &Copies| match *copies {
        Copies::One(a) => Copies::One(merged(a)) == call.copies,
        Copies::Two(a, b) => Copies::two(merged(a), merged(b)) == call.copies,
    };
    let options: Vec<(Copies, f64)> = order::all(apart.ploidy, deletion + 1)
        .into_iter()
        .filter(same)
        .map(|copies| (copies, apart.genotypes[copies.index()]))
        .collect();
    let best = options.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a });
    let Some((copies, best)) = best else { return call };
    let share = 1.0 / options.iter().map(|(_, l)| (l - best).exp()).sum::<f64>();
    let error = 1.0 - share * (1.0 - 10f64.powf(-call.quality / 10.0));
    let quality = (-10.0 * error.log10()).clamp(0.0, call.quality);
    GenotypeCall { copies, quality }
}

/// The alleles as VCF spells them: indels with the base before them.
pub(crate) fn spelled(
    anchor: u32,
    alleles: &[&Allele],
    reference: &Stretch,
) -> (Vec<u8>, Vec<Vec<u8>>) {
    let end = alleles.iter().map(|a| a.end()).max().unwrap_or(anchor).max(anchor + 1);
    let spell = |allele: &&Allele| {
        [
            reference.spelled(anchor, allele.start),
            allele.inserted.clone(),
            reference.spelled(allele.end(), end),
        ]
        .concat()
    };
    (reference.spelled(anchor, end), alleles.iter().map(spell).collect())
}

/// Evidence of each sample's fragments that cover a locus of `len` reference bases.
/// `alleles`: the allele on each haplotype, and those that matter.
pub(crate) fn evidence<'a>(
    context: Context<'a>,
    locus: &Locus,
    alleles: (&[usize], &[usize]),
    len: u32,
) -> Vec<Vec<Evidence<'a>>> {
    let samples = context.reads.iter().zip(context.matrices);
    samples
        .map(|(reads, matrix)| {
            let rows = matrix.rows().map(|(index, row)| (&reads.all()[index], row));
            rows.filter(|(read, _)| covers(read, locus.anchor, len))
                .map(|(read, row)| {
                    let allele = preferred(row, alleles.0, alleles.1);
                    let (offset, site) = (offset(read, locus), (locus.anchor, len));
                    Evidence::of((read, row), allele, offset, site, context.reference)
                })
                .collect()
        })
        .collect()
}

/// Whether a read, its clipped ends included, reaches over `len` bases from the anchor on; of a long
/// deletion, over either end of it.
fn covers(read: &Read, anchor: u32, len: u32) -> bool {
    let start = read.start().saturating_sub(read.leading_clip());
    let end = read.end() + read.trailing_clip();
    let is_skipped = |place| read.start() < place && place < read.end() && !read.covers(place);
    let reaches_over = |first, last| start <= first && end >= last && !is_skipped(first);
    if len <= LONG_BASES {
        return reaches_over(anchor, anchor + len);
    }
    reaches_over(anchor, anchor + END_BASES)
        || reaches_over(anchor + len - END_BASES, anchor + len + 1)
}

/// The read's base at a substitution, or the first one after the anchor of an indel.
fn offset(read: &Read, locus: &Locus) -> Option<usize> {
    if locus.is_snv {
        read.offset_at(locus.anchor)
    } else {
        read.first_aligned_from(locus.anchor).map(|(_, offset)| offset)
    }
}

/// The place in `kept` of the allele whose best haplotype fits clearly better than those of all
/// others.
fn preferred(row: &[f64], on: &[usize], kept: &[usize]) -> Option<usize> {
    let values: Vec<f64> = kept.iter().map(|&allele| best(row, on, allele)).collect();
    let winner =
        (0..kept.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]).then(b.cmp(&a)))?;
    let others = values.iter().enumerate().filter(|(i, _)| *i != winner).map(|(_, v)| *v);
    let second = others.fold(f64::NEG_INFINITY, f64::max);
    (values[winner] - second > INFORMATIVE).then_some(winner)
}

/// The likelihood of the best haplotype with an allele.
fn best(row: &[f64], on: &[usize], allele: usize) -> f64 {
    let values = row.iter().zip(on).filter(|&(_, &a)| a == allele).map(|(v, _)| *v);
    values.fold(f64::NEG_INFINITY, f64::max)
}

fn sample_call(
    fragments: &[Evidence<'_>],
    likelihoods: &SampleLikelihoods,
    genotype: Option<GenotypeCall>,
    (on, kept): (&[usize], &[usize]),
    deleted: Option<usize>,
) -> SampleCall {
    let mut allele_depths = vec![0; kept.len()];
    for allele in fragments.iter().filter_map(|f| f.allele) {
        allele_depths[allele] += 1;
    }
    let phred = |l: &f64| (-10.0 / std::f64::consts::LN_10 * l).round() as u32;
    let genotype = genotype.filter(|_| !fragments.is_empty());
    let votes = match genotype.map(|g| g.copies) {
        Some(Copies::Two(a, b)) if a != b => {
            let ln_odds = |f: &Evidence<'_>| best(f.row, on, kept[a]) - best(f.row, on, kept[b]);
            fragments.iter().map(|f| Vote { fragment: f.fragment, ln_odds: ln_odds(f) }).collect()
        }
        _ => Vec::new(),
    };
    SampleCall {
        ploidy: likelihoods.ploidy,
        genotype,
        allele_depths,
        depth: fragments.len() as u32,
        phred_likelihoods: likelihoods.genotypes.iter().map(phred).collect(),
        strands: annotation::strands(fragments, |allele| {
            (Some(allele) != deleted).then_some(allele > 0)
        }),
        votes,
        phase: None,
        fractions: None,
    }
}

/// `deleted`: the allele that is the absence of the place, which is neither reference nor variant.
pub(crate) fn bias(
    context: Context<'_>,
    locus: &Locus,
    fragments: &[Evidence<'_>],
    samples: &[SampleCall],
    (alleles, deleted): (&[&Allele], Option<usize>),
) -> Bias {
    let of_place = |f: &&Evidence<'_>| deleted.is_none() || f.allele != deleted;
    let evidence: Vec<Evidence<'_>> = fragments.iter().filter(of_place).copied().collect();
    let mut bias = annotation::of_fragments(&evidence, alleles.len() + 1);
    let carriers: Vec<bool> = samples.iter().map(SampleCall::has_variant).collect();
    context.surroundings.describe(&mut bias, locus.anchor, context.reads, &carriers);
    let start = alleles.iter().map(|a| a.start).min().unwrap_or(locus.anchor);
    bias.repeat = Repeat::touching(start.saturating_sub(1), start + 2, context.reference);
    bias
}

impl Site {
    /// The order of records: by place, then by alleles.
    pub fn cmp_place(&self, other: &Self) -> std::cmp::Ordering {
        let other = (other.position, &other.reference, &other.alternates);
        (self.position, &self.reference, &self.alternates).cmp(&other)
    }

    /// Chromosomes that carry each variant allele.
    pub fn allele_counts(&self) -> Vec<u32> {
        let genotypes = || self.samples.iter().filter_map(|s| s.genotype);
        (1..=self.alternates.len())
            .map(|allele| genotypes().map(|g| g.copies.count(allele) as u32).sum())
            .collect()
    }

    /// Chromosomes whose allele is known.
    pub fn allele_number(&self) -> u32 {
        let genotyped = self.samples.iter().filter(|s| s.genotype.is_some());
        genotyped.map(|s| s.ploidy as u32).sum()
    }

    /// Fragments of all samples that cover the site.
    pub fn depth(&self) -> u32 {
        self.samples.iter().map(|s| s.depth).sum()
    }

    /// QUAL divided by the depth of the samples that have a variant allele.
    pub fn quality_by_depth(&self) -> f64 {
        let depth: u32 = self.samples.iter().filter(|s| s.has_variant()).map(|s| s.depth).sum();
        self.quality / f64::from(depth.max(1))
    }

    /// How much less likely the samples with a variant allele are without it (Phred-scaled, the best
    /// genotype that has it against the best that has not), divided by their depth. `None` if no
    /// sample with likelihoods has the allele.
    pub fn allele_quality_by_depth(&self, allele: usize) -> Option<f64> {
        let (mut quality, mut depth) = (0.0, 0);
        for sample in &self.samples {
            let has = |copies: &Copies| copies.count(allele) > 0;
            if !sample.genotype.is_some_and(|g| has(&g.copies)) {
                continue;
            }
            let genotypes = order::all(sample.ploidy, self.alternates.len() + 1);
            let best = |with: bool| {
                let all = genotypes.iter().zip(&sample.phred_likelihoods);
                all.filter(|(copies, _)| has(copies) == with).map(|(_, phred)| *phred).min()
            };
            let (Some(with), Some(without)) = (best(true), best(false)) else { continue };
            quality += f64::from(without) - f64::from(with);
            depth += sample.depth;
        }
        (depth > 0).then(|| quality.max(0.0) / f64::from(depth))
    }

    /// Whether all alleles are single bases.
    pub fn is_snv(&self) -> bool {
        self.reference.len() == 1 && self.alternates.iter().all(|a| a.len() == 1)
    }

    /// Share of a variant allele in the fragments of the samples that have it and the reference's.
    /// `None` if there is no such sample with a fragment of either.
    pub fn allele_balance(&self, allele: usize) -> Option<f64> {
        let has_both =
            |s: &&SampleCall| s.genotype.is_some_and(|g| g.copies == Copies::Two(0, allele));
        let depths = self.samples.iter().filter(has_both).map(|s| &s.allele_depths);
        let (reference, variant) =
            depths.fold((0, 0), |(r, v), depths| (r + depths[0], v + depths[allele]));
        (reference + variant > 0).then(|| f64::from(variant) / f64::from(reference + variant))
    }

    /// Phred-scaled probability that no more of a sample's fragments show the variant than do, if
    /// each had the same chance to show it or the reference: that of the best of the samples that
    /// have both alleles. `None` if there is no such sample, or one without the reference allele.
    pub fn allele_balance_phred(&self) -> Option<f64> {
        let mut least: Option<f64> = None;
        for sample in &self.samples {
            match sample.genotype.map(|g| g.copies) {
                Some(Copies::Two(0, b)) if b > 0 => {
                    let (reference, variant) = (sample.allele_depths[0], sample.allele_depths[b]);
                    let phred = statistics::imbalance_phred(reference, variant);
                    least = Some(least.map_or(phred, |l| l.min(phred)));
                }
                Some(copies) if copies.variant_count() > 0 => return None,
                _ => {}
            }
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        candidates::Method,
        genotype::{Urn, marginal},
        likelihood::pileup,
        read::tests::read,
    };

    /// Calls C>T at 10 from fragments that show these bases there.
    fn called(bases: &str) -> Option<Site> {
        let reference = Stretch::new(0, b"GATTACAGATCGGATTACAG".to_vec());
        let reads: Vec<Read> = bases
            .chars()
            .enumerate()
            .map(|(i, b)| read(&format!("r{i}"), 5, "11M", &format!("CAGAT{b}GGATT")))
            .collect();
        let reads = [SampleReads::new(&reads)];
        let window = Window {
            method: Method::Pileup,
            span: 10..11,
            held: 0..20,
            alleles: vec![Allele::snv(10, b'A'), Allele::snv(10, b'T')],
            fragments: vec![2, 2],
            assembled: Vec::new(),
            told_from: 0,
        };
        let haplotypes = [0, 1, 2].map(|alleles| Haplotype { alleles, bases: Vec::new() });
        let matrices = [pileup::matrix(reads[0], &window, &haplotypes, b'C', 10)];
        let locus = &Locus::of(&window)[0];
        let urns = [Urn::new(&[1e-3, 1e-3])];
        let loci = std::slice::from_ref(locus);
        let likelihoods = marginal::locus_likelihoods(&matrices[0], &haplotypes, loci, &urns, 2);
        let context = Context {
            window: &window,
            haplotypes: &haplotypes,
            reference: &reference,
            reads: &reads,
            matrices: &matrices,
            surroundings: Surroundings::default(),
        };
        call(context, locus, &likelihoods, 1e-3, 10.0)
    }

    #[test]
    fn a_heterozygous_site() {
        let site = called("CCCCCTTTTT").unwrap();
        assert_eq!(
            (site.position, site.reference, site.alternates),
            (10, b"C".to_vec(), vec![b"T".to_vec()])
        );
        let sample = &site.samples[0];
        assert_eq!(sample.genotype.unwrap().copies, Copies::Two(0, 1));
        assert_eq!((sample.depth, &sample.allele_depths[..]), (10, &[5, 5][..]));
        assert_eq!(sample.phred_likelihoods[1], 0);
        assert_eq!(site.bias.mapping_quality, 60.0);
        assert_eq!(sample.strands, [5, 0, 5, 0]);
        // Five reads of error 1/3000 against ten halves and the prior of 1/1000.
        let expected = 5.0 * 34.77 - 10.0 * 3.01 - 30.0;
        assert!((site.quality - expected).abs() < 1.0, "{}", site.quality);
    }

    #[test]
    fn homozygous_two_alleles_and_nothing() {
        let hom = called("TTTTTTTT").unwrap();
        assert_eq!(hom.samples[0].genotype.unwrap().copies, Copies::Two(1, 1));
        assert_eq!((hom.allele_counts(), hom.allele_number()), (vec![2], 2));
        assert_eq!(hom.allele_balance_phred(), None);
        let two = called("TTTTTAAAAA").unwrap();
        assert_eq!(two.alternates, [b"A".to_vec(), b"T".to_vec()]);
        assert_eq!(two.samples[0].genotype.unwrap().copies, Copies::Two(1, 2));
        assert_eq!(two.samples[0].phred_likelihoods.len(), 6);
        // Without its five fragments an allele must explain them as errors of 1/3000, not as halves.
        for allele in [1, 2] {
            let by_depth = two.allele_quality_by_depth(allele).unwrap();
            assert!((by_depth - (5.0 * 34.77 - 10.0 * 3.01) / 10.0).abs() < 0.1, "{by_depth}");
        }
        assert_eq!(two.allele_quality_by_depth(3), None);
        assert_eq!(called("CCCCCCCCCCCCCCCCCCT"), None);
    }

    #[test]
    fn copies_of_the_reference_may_be_deleted() {
        let call = GenotypeCall { copies: Copies::Two(0, 1), quality: 80.0 };
        let likelihoods = |deleted| SampleLikelihoods {
            ploidy: 2,
            genotypes: vec![-90.0, -9.0, -90.0, -90.0, deleted, -90.0],
        };
        let resolved = with_deletions(call, &likelihoods(0.0), 2);
        assert_eq!(resolved.copies, Copies::Two(1, 2));
        assert!(resolved.quality > 35.0 && resolved.quality < 45.0, "{resolved:?}");
        let resolved = with_deletions(call, &likelihoods(-40.0), 2);
        assert_eq!(resolved.copies, Copies::Two(0, 1));
        assert!((resolved.quality - 80.0).abs() < 0.1);
    }

    #[test]
    fn indels_of_one_anchor_are_spelled_over_the_longest() {
        let reference = Stretch::new(0, b"GATTACAG".to_vec());
        let (insertion, deletion) = (Allele::insertion(2, b"GG".to_vec()), Allele::deletion(2, 2));
        let (reference, alternates) = spelled(1, &[&insertion, &deletion], &reference);
        assert_eq!(reference, b"ATT");
        assert_eq!(alternates, [b"AGGTT".to_vec(), b"A".to_vec()]);
    }
}
