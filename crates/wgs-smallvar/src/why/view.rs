//! What is seen of a window.

use std::collections::BTreeMap;

use wgs_core::Pos1;

use super::explanation::{AlleleView, FragmentView, HaplotypeView, LocusView, WindowView};
use crate::{
    allele::Allele,
    block::Judged,
    candidates::Method,
    genotype::{Copies, Locus, Urn, cohort, order},
    mito::fractions::Mixture,
    stretch::Stretch,
};

/// Fragments that are shown: those that tell most.
const SHOWN: usize = 40;

/// A window as it is judged, with the names of fragments.
pub(super) fn window(
    judged: &Judged<'_>,
    names: &BTreeMap<u64, String>,
    is_mito: bool,
) -> WindowView {
    let window = judged.context.window;
    let alleles: Vec<String> =
        window.alleles.iter().map(|a| name(a, judged.context.reference)).collect();
    let pairs = alleles.iter().zip(&window.fragments);
    WindowView {
        first: one_based(window.span.start),
        last: window.span.end,
        method: match window.method {
            Method::Pileup => "pileup".to_owned(),
            Method::Realign => "realign".to_owned(),
        },
        haplotypes: haplotypes(judged, &alleles),
        fragments: judged.context.matrices.first().map_or(0, |m| m.len()),
        rows: rows(judged, names),
        loci: loci(judged, &alleles, is_mito),
        alleles: pairs
            .map(|(name, &fragments)| AlleleView { name: name.clone(), fragments })
            .collect(),
    }
}

fn one_based(offset: u32) -> u32 {
    Pos1::from_pos0(offset).get()
}

fn name(allele: &Allele, reference: &Stretch) -> String {
    let text = |bases: &[u8]| String::from_utf8_lossy(bases).into_owned();
    let place = one_based(allele.start);
    let deleted = text(reference.slice(allele.start, allele.end()));
    match (allele.deleted, allele.inserted.len()) {
        (0, _) => format!("{place} ins {}", text(&allele.inserted)),
        (_, 0) => format!("{place} del {deleted}"),
        _ => format!("{place} {deleted}>{}", text(&allele.inserted)),
    }
}

fn log10(ln: f64) -> f64 {
    // Two decimals, and no -0.
    (ln / std::f64::consts::LN_10 * 100.0).round() / 100.0 + 0.0
}

fn haplotypes(judged: &Judged<'_>, alleles: &[String]) -> Vec<HaplotypeView> {
    let matrix = judged.context.matrices.first();
    let rows: Vec<&[f64]> = matrix.iter().flat_map(|m| m.rows()).map(|(_, row)| row).collect();
    let best_of = |h: usize| {
        let is_best = |row: &&&[f64]| row.iter().enumerate().all(|(i, l)| i == h || *l < row[h]);
        rows.iter().filter(is_best).count()
    };
    let named = |has: &dyn Fn(usize) -> bool| {
        let carried: Vec<&str> =
            (0..alleles.len()).filter(|&i| has(i)).map(|i| alleles[i].as_str()).collect();
        if carried.is_empty() { "reference".to_owned() } else { carried.join(", ") }
    };
    let views = judged.context.haplotypes.iter().enumerate().map(|(h, haplotype)| HaplotypeView {
        alleles: named(&|i| haplotype.has(i)),
        bases: String::from_utf8_lossy(&haplotype.bases).into_owned(),
        best_of: best_of(h),
        log10_sum: log10(rows.iter().map(|row| row[h]).sum()),
    });
    views.collect()
}

fn rows(judged: &Judged<'_>, names: &BTreeMap<u64, String>) -> Vec<FragmentView> {
    let Some((matrix, reads)) = judged.context.matrices.first().zip(judged.context.reads.first())
    else {
        return Vec::new();
    };
    let least = |row: &[f64]| row.iter().copied().fold(0.0, f64::min);
    let mut rows: Vec<(usize, &[f64])> = matrix.rows().collect();
    rows.sort_by(|a, b| least(a.1).total_cmp(&least(b.1)).then(a.0.cmp(&b.0)));
    rows.truncate(SHOWN);
    rows.sort_by_key(|row| row.0);
    let view = |(index, row): (usize, &[f64])| {
        let read = &reads.all()[index];
        FragmentView {
            name: names.get(&read.fragment()).cloned().unwrap_or_default(),
            first: one_based(read.start()),
            strand: if read.is_reverse() { '-' } else { '+' },
            mapq: read.mapq(),
            log10: row.iter().map(|&l| log10(l)).collect(),
        }
    };
    rows.into_iter().map(view).collect()
}

fn loci(judged: &Judged<'_>, alleles: &[String], is_mito: bool) -> Vec<LocusView> {
    let likelihoods = judged.likelihoods.first();
    let shares = judged.context.matrices.first().filter(|m| is_mito && !m.is_empty());
    let shares = shares.map(|matrix| Mixture::new(matrix).shares());
    let view = |(index, locus): (usize, &Locus)| {
        let sample = likelihoods.and_then(|l| l.get(index)).map(|l| l.merged.clone());
        let theta = judged.thetas.get(index).copied().unwrap_or_default();
        let urn = Urn::new(&vec![theta; locus.alleles.len()]);
        let call = cohort::call(sample.as_slice(), &urn);
        let phred = |l: f64| (-100.0 * log10(l)).round() / 10.0 + 0.0;
        let genotypes = sample.iter().filter(|s| s.ploidy > 0).flat_map(|s| {
            let all = order::all(s.ploidy, locus.allele_count());
            all.into_iter().map(told).zip(s.genotypes.iter().map(|&l| phred(l)))
        });
        let fraction = |allele: usize| {
            let shares = shares.as_ref()?;
            let pairs = judged.context.haplotypes.iter().zip(&shares.fractions);
            let sum: f64 =
                pairs.filter(|(h, _)| locus.allele_on(h) == allele).map(|(_, f)| f).sum();
            Some((sum * 1e4).round() / 1e4)
        };
        LocusView {
            position: one_based(locus.anchor),
            alleles: locus.alleles.iter().map(|&a| alleles[a].clone()).collect(),
            prior: theta,
            genotypes: genotypes.collect(),
            called: call.genotypes.first().copied().flatten().map(|g| told(g.copies)),
            quality: (call.quality * 100.0).round() / 100.0,
            fractions: (1..locus.allele_count()).filter_map(fraction).collect(),
        }
    };
    let told = |(_, locus): &(usize, &Locus)| judged.context.window.tells(locus.alleles[0]);
    judged.loci.iter().enumerate().filter(told).map(view).collect()
}

fn told(copies: Copies) -> String {
    match copies {
        Copies::One(a) => a.to_string(),
        Copies::Two(a, b) => format!("{a}/{b}"),
    }
}
