//! Records as variants: what an allele shares with the reference is taken off.

use super::site::{Called, Site};
use crate::variant::{Allele, Variant, Way, both_phases, each_allele};

/// Takes off what two alleles share at both ends, first at the beginning if `from_left`; gives the
/// bases taken off at the beginning, and the rests.
pub(crate) fn trimmed<'a>(
    a: &'a [u8],
    b: &'a [u8],
    from_left: bool,
) -> (usize, &'a [u8], &'a [u8]) {
    let prefix = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let suffix =
        |a: &[u8], b: &[u8]| a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (left, right) = if from_left {
        let left = prefix(a, b);
        (left, suffix(&a[left..], &b[left..]))
    } else {
        let right = suffix(a, b);
        (prefix(&a[..a.len() - right], &b[..b.len() - right]), right)
    };
    (left, &a[left..a.len() - right], &b[left..b.len() - right])
}

/// The variants of some sites of one set, which are in order of their start.
///
/// With `strict`, reference alleles take part and nothing but a first base that all alleles share
/// is trimmed. With `alleles`, each variant has, in place of its genotype, the ways to lay one of
/// its alleles onto one haplotype.
pub(crate) fn variants(sites: &[&Site], strict: bool, alleles: bool) -> Vec<Variant> {
    let loci: Vec<(u32, u32)> = sites.iter().map(|site| site.locus()).collect();
    let build = |index: usize| {
        let site = sites[index];
        if strict {
            return build(site, loci[index].0 - site.start, true, alleles, |allele, by| {
                (by, site.reference_bp, &allele[by as usize..])
            });
        }
        let from_left = trims_from_left(site, &loci, index);
        build(site, 0, false, alleles, |allele, _| {
            let reference = site.reference().as_bytes();
            let (left, reference, rest) = trimmed(reference, allele, from_left);
            (left as u32, left as u32 + reference.len() as u32, rest)
        })
    };
    (0..sites.len()).map(build).collect()
}

/// Cuts an allele; gives the part of the reference allele that it replaces, and its bases.
fn build<'a>(
    site: &'a Site,
    padding: u32,
    with_reference: bool,
    alleles: bool,
    cut: impl Fn(&'a [u8], u32) -> (u32, u32, &'a [u8]),
) -> Variant {
    let mut numbers = Vec::new();
    let mut built = Vec::new();
    let reference = with_reference.then(|| (0, site.reference()));
    for (number, text) in reference.into_iter().chain(site.alternates()) {
        let (from, to, bases) = cut(text.as_bytes(), padding);
        let allele =
            Allele { start: site.start + from, end: site.start + to, bases: bases.to_vec() };
        numbers.push(number);
        built.push(allele);
    }
    let place = |number: u8| numbers.iter().position(|&n| n == number).map(|place| place as u8);
    let ways = match site.called {
        Called::Diploid(genotype) if !alleles => {
            both_phases(genotype.map(|allele| allele.and_then(place)))
        }
        _ => each_allele(site.called.alternates().filter_map(place)),
    };
    // A way may lead nowhere: both alleles `*`, or an alternate that is the reference again.
    let ways: Vec<Way> = ways.into_iter().filter(|way| *way != [None; 2]).collect();
    let used = built.iter().zip(&numbers).filter(|(_, number)| with_reference || **number > 0);
    let (start, end) = used.fold((u32::MAX, 0), |(start, end), (allele, _)| {
        (start.min(allele.start), end.max(allele.end))
    });
    Variant { start: start.min(end), end, alleles: built, ways, inside: site.inside }
}

/// Whether the bases that an allele shares with the reference at both ends in more than one way are
/// taken off at the beginning. That is the custom; only where the other side frees more of the variants
/// around, it is that one.
fn trims_from_left(site: &Site, loci: &[(u32, u32)], index: usize) -> bool {
    let (start, end) = (site.start, site.end());
    let around = |other: &(u32, u32)| other.0 < end && start < other.1;
    let before = loci[..index].iter().rev().take(8).filter(|other| around(other));
    let after = loci[index + 1..].iter().take_while(|other| other.0 < end).filter(|o| around(o));
    let overlapping: Vec<(u32, u32)> = before.chain(after).copied().collect();
    if overlapping.is_empty() {
        return true;
    }
    let reference = site.reference().as_bytes();
    let shared = |from_left| {
        site.alternates().map(move |(_, allele)| {
            let (left, rest, _) = trimmed(reference, allele.as_bytes(), from_left);
            if from_left { left } else { reference.len() - left - rest.len() }
        })
    };
    let left = shared(true).max().unwrap_or_default() as u32;
    let right = shared(false).max().unwrap_or_default() as u32;
    if left == 0 || right == 0 {
        return true;
    }
    let freed_left = overlapping.iter().filter(|o| o.1 <= start + left).count();
    let freed_right = overlapping.iter().filter(|o| o.0 + right >= end).count();
    freed_left >= freed_right
}
