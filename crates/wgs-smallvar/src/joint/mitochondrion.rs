//! chrM: shares of fragments are put side by side, and nothing is concluded anew.

use super::{evidence::Evidence, pooled, row::Told, sites::Unified};
use crate::{
    filter::Filter,
    genotype::{Copies, GenotypeCall},
    site::{self, SampleCall, Site},
    stretch::Stretch,
};

/// The site of a locus. It passes if it does in one sample that tells it.
pub fn site(locus: &Unified, evidence: &[Evidence<'_>], reference: &Stretch) -> Site {
    let alleles: Vec<_> = locus.alleles.iter().collect();
    let (bases, alternates) = site::spelled(locus.anchor, &alleles, reference);
    let records = || evidence.iter().filter_map(|e| e.own?.record.as_deref());
    let told: Vec<pooled::Told<'_>> =
        records().map(|record| pooled::Told { record, fragments: [1, 1], alleles: &[] }).collect();
    let quality = records().filter_map(|r| r.quality).map(f64::from).fold(0.0, f64::max);
    let failed = |filter: &Filter| {
        records().any(|r| match &r.filters {
            wgs_formats::variant::Filters::Failed(names) => {
                names.iter().any(|n| n == filter.name())
            }
            _ => false,
        })
    };
    let passes = records().any(|r| r.filters.is_pass());
    let filters = Filter::ALL.into_iter().filter(|f| !passes && failed(f)).collect();
    Site {
        position: locus.anchor,
        reference: bases,
        alternates,
        quality,
        samples: evidence.iter().map(|e| sample(e, locus)).collect(),
        bias: pooled::bias(&told),
        filters,
    }
}

fn sample(evidence: &Evidence<'_>, locus: &Unified) -> SampleCall {
    let alleles = locus.alleles.len();
    let place = |index: usize| match index.checked_sub(1) {
        None => Some(0),
        Some(index) => match &evidence.own?.told[index] {
            Told::Variant(allele) => Some(locus.alleles.iter().position(|a| a == allele)? + 1),
            _ => None,
        },
    };
    let mut fractions = vec![0.0; alleles];
    let mut copies = Copies::One(0);
    let mut quality = None;
    if let Some((row, record)) = evidence.own.and_then(|row| Some((row, row.record.as_deref()?))) {
        let shares = record.sample_value(0, "AF").unwrap_or_default().split(',');
        for (index, share) in shares.enumerate() {
            if let (Some(allele), Ok(share)) = (place(index + 1), share.parse::<f64>()) {
                fractions[allele - 1] = share;
            }
        }
        let genotype: Option<Vec<usize>> = row.genotype.iter().map(|&i| place(i)).collect();
        copies = match genotype.as_deref() {
            Some([a, b]) => Copies::two(*a, *b),
            Some([a]) => Copies::One(*a),
            _ => copies,
        };
        quality = record.sample_value(0, "GQ").and_then(|q| q.parse().ok());
    }
    let mut depths = evidence.allele_depths.clone();
    depths.truncate(alleles + 1);
    SampleCall {
        ploidy: copies.alleles().count(),
        genotype: (evidence.depth > 0)
            .then_some(GenotypeCall { copies, quality: quality.unwrap_or(0.0) }),
        allele_depths: depths,
        depth: evidence.depth,
        fractions: Some(fractions),
        ..SampleCall::default()
    }
}
