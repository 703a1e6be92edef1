//! An explanation for people.

use std::fmt;

use super::explanation::{Explanation, WindowView};

/// Bases of a haplotype that are shown.
const SHOWN_BASES: usize = 160;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {}: reference {}", self.locus, self.sample, self.reference)?;
        let copies = match (self.is_mitochondrial, self.copies) {
            (true, _) => "called by shares of fragments (chrM)".to_owned(),
            (_, 1) => "one copy".to_owned(),
            (_, n) => format!("{n} copies"),
        };
        writeln!(f, "Sex {:?}, {copies}", self.sex)?;
        let r = &self.reads;
        writeln!(f, "\nReads over the base: {} used", r.used)?;
        for (n, reason) in [
            (r.low_mapq, "of low mapping quality"),
            (r.duplicate, "duplicates"),
            (r.not_primary, "secondary or supplementary"),
            (r.qc_fail, "failed by the platform"),
            (r.unmapped, "unmapped or without bases"),
            (r.too_deep, "beyond the greatest depth"),
        ] {
            if n > 0 {
                writeln!(f, "  left out: {n} {reason}")?;
            }
        }
        let bases: Vec<String> = self.bases.iter().map(|(b, n)| format!("{b} {n}")).collect();
        writeln!(f, "Shown by them: {}", bases.join(", "))?;
        if self.windows.is_empty() {
            writeln!(f, "\nNo window of candidate alleles")?;
        }
        self.windows.iter().try_for_each(|window| show(window, f))?;
        for record in &self.records {
            writeln!(f, "\nRecord: {}", record.replace('\t', "  "))?;
        }
        writeln!(f)?;
        self.verdict.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn show(window: &WindowView, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let method = match window.method.as_str() {
        "pileup" => "by the bases aligned there",
        _ => "by aligning each read to each haplotype",
    };
    writeln!(f, "\nWindow {}-{}, judged {method}", window.first, window.last)?;
    writeln!(f, "  Candidate alleles (fragments whose alignment shows them):")?;
    for allele in &window.alleles {
        writeln!(f, "    {} ({})", allele.name, allele.fragments)?;
    }
    writeln!(f, "  Haplotypes (fragments that fit best; sum of log10 likelihoods):")?;
    for (i, h) in window.haplotypes.iter().enumerate() {
        writeln!(f, "    H{i} {} ({}; {:.2})", h.alleles, h.best_of, h.log10_sum)?;
        if !h.bases.is_empty() {
            let shown: String = h.bases.chars().take(SHOWN_BASES).collect();
            let rest = if h.bases.len() > SHOWN_BASES { "..." } else { "" };
            writeln!(f, "       {shown}{rest}")?;
        }
    }
    let (all, shown) = (window.fragments, window.rows.len());
    writeln!(f, "  Fragments: {all}; log10 likelihoods of {shown} that tell most:")?;
    for row in &window.rows {
        let values: Vec<String> = row.log10.iter().map(|l| format!("{l:.2}")).collect();
        let place = format!("{}{} MAPQ {}", row.first, row.strand, row.mapq);
        writeln!(f, "    {} {place}: {}", row.name, values.join(" "))?;
    }
    for locus in &window.loci {
        writeln!(f, "  Locus {}: {}", locus.position, locus.alleles.join("; "))?;
        if !locus.fractions.is_empty() {
            let shares: Vec<String> = locus.fractions.iter().map(|s| format!("{s:.4}")).collect();
            writeln!(f, "    shares {}", shares.join(", "))?;
            continue;
        }
        let genotypes: Vec<String> =
            locus.genotypes.iter().map(|(g, p)| format!("{g} {p:.0}")).collect();
        writeln!(f, "    Phred-scaled likelihoods: {}", genotypes.join(", "))?;
        let called = locus.called.as_deref().unwrap_or(".");
        writeln!(f, "    prior {}: genotype {called}, QUAL {:.2}", locus.prior, locus.quality)?;
    }
    Ok(())
}
