//! A finding as it is before anything is judged of it.

use wgs_formats::{
    findings::{
        AlleleName, Carrier, Clinical, Effect, Finding, Origin, PopulationFrequency, Scope,
    },
    variant::{
        Filters,
        annotated::{self, AlleleView, Zygosity},
    },
};
use wgs_task::case::Role;

use crate::Family;

/// The genes that an allele has effects on, each with its effects: the gene whose effect is most
/// severe first. Effects without a gene are left out.
pub fn genes_of(view: &AlleleView) -> Vec<(String, Vec<&annotated::Effect>)> {
    let mut genes: Vec<(String, Vec<&annotated::Effect>)> = Vec::new();
    for effect in &view.effects {
        let Some(name) = effect.gene_name() else { continue };
        match genes.iter_mut().find(|(gene, _)| gene == name) {
            Some((_, effects)) => effects.push(effect),
            None => genes.push((name.to_owned(), vec![effect])),
        }
    }
    for (_, effects) in &mut genes {
        effects.sort_by_key(|effect| std::cmp::Reverse((effect.impact, effect.standing())));
    }
    genes.sort_by_key(|(_, effects)| std::cmp::Reverse(effects[0].impact));
    genes
}

/// The allele's name.
pub fn allele_name(view: &AlleleView) -> AlleleName {
    AlleleName {
        contig: view.contig.clone(),
        position: view.position.get(),
        reference: view.reference.clone(),
        alternate: view.alternate.clone(),
    }
}

/// What the file says of an allele and its effect, in the form of a finding, with nothing judged
/// yet. `samples` are the columns of the file; carriers are those of the family that it has.
pub fn finding_of(
    view: &AlleleView,
    effect: Option<&annotated::Effect>,
    origin: Origin,
    family: &Family,
    samples: &[String],
) -> Finding {
    Finding {
        origin,
        gene: effect.and_then(|e| e.gene_name()).map(str::to_owned),
        gene_id: effect.and_then(|e| e.gene.clone()),
        allele: allele_name(view),
        ids: view.ids.clone(),
        quality_phred: view.quality_phred.map(f64::from).map(|q| rounded(q, 2)),
        filters: filters(&view.filters),
        effect: effect.map(shown),
        frequencies: view.frequencies.iter().map(frequency).collect(),
        clinical: view.significances.iter().map(clinical).collect(),
        carriers: carriers(view, family, samples),
        models: Vec::new(),
        partners: Vec::new(),
        tier: None,
        rules: Vec::new(),
        criteria: Vec::new(),
        open_criteria: Vec::new(),
        points: None,
        classification: None,
        cancer: None,
        classes: Vec::new(),
        scope: Scope::Primary,
        notes: Vec::new(),
    }
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}

fn filters(filters: &Filters) -> Vec<String> {
    match filters {
        Filters::Missing => vec![".".to_owned()],
        Filters::Pass => vec!["PASS".to_owned()],
        Filters::Failed(failed) => failed.clone(),
    }
}

fn shown(effect: &annotated::Effect) -> Effect {
    Effect {
        consequences: effect.terms.clone(),
        impact: effect.impact.map(|impact| impact.name().to_owned()),
        transcript: effect.transcript().map(str::to_owned),
        mane_select: effect.mane_select,
        hgvs_c: effect.hgvs_c.clone(),
        hgvs_p: effect.hgvs_p.clone(),
        exon: effect.exon.clone(),
        intron: effect.intron.clone(),
    }
}

fn frequency(frequency: &annotated::Frequency) -> PopulationFrequency {
    PopulationFrequency {
        source: frequency.name(),
        allele_frequency: frequency.value,
        allele_count: frequency.count,
        allele_number: frequency.total,
        homozygotes: frequency.homozygotes,
    }
}

fn clinical(significance: &annotated::Significance) -> Clinical {
    Clinical {
        source: significance.source.clone(),
        significance: significance.terms.clone(),
        id: significance.id.clone(),
        review: significance.review.clone(),
        conditions: significance.conditions.clone(),
    }
}

fn carriers(view: &AlleleView, family: &Family, samples: &[String]) -> Vec<Carrier> {
    let carrier = |member: &crate::Member| {
        let column = samples.iter().position(|sample| *sample == member.sample)?;
        let call = view.calls.get(column)?;
        Some(Carrier {
            sample: member.sample.clone(),
            role: member.role.map(role),
            affected: member.affected,
            genotype: call.genotype.clone(),
            zygosity: zygosity(call.zygosity).to_owned(),
            depth: call.depth,
            allele_fraction: call.allele_fraction,
            genotype_quality_phred: call.genotype_quality_phred.map(|q| rounded(q, 1)),
        })
    };
    family.members.iter().filter_map(carrier).collect()
}

fn role(role: Role) -> String {
    format!("{role:?}").to_lowercase()
}

/// Its name in a finding.
pub(crate) fn zygosity(zygosity: Zygosity) -> &'static str {
    match zygosity {
        Zygosity::Heterozygous => "heterozygous",
        Zygosity::Homozygous => "homozygous",
        Zygosity::Hemizygous => "hemizygous",
        Zygosity::Partial => "partial",
        Zygosity::Absent => "absent",
        Zygosity::Missing => "missing",
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Pedigree;
    use wgs_formats::variant::{Header, Record, annotated::Layout, csq::Format};

    use super::*;

    #[test]
    fn genes_come_with_their_gravest_effect_and_people_in_their_order() {
        let mut header = Header::default();
        let format = Format::new(["Consequence", "IMPACT", "SYMBOL", "Feature", "MANE_SELECT"]);
        header.add_info(format.definition("x."));
        header.set_samples(["mum", "stranger", "kid"]);
        let layout = Layout::of(&header);
        let line = "a\t9\t.\tA\tC\t7.123\tq1;q2\tCSQ=intron_variant|MODIFIER|G1|T1|,\
            stop_gained|HIGH|G2|T2|,stop_gained|HIGH|G2|T3|NM_1,x||||\tGT:DP\t0/0:5\t1/1:6\t0/1:7";
        let record = Record::parse(line, 3).unwrap();
        let view = layout.record(&record).allele(0);
        let genes = genes_of(&view);
        let order: Vec<_> = genes.iter().map(|(gene, all)| (gene.as_str(), all.len())).collect();
        assert_eq!(order, [("G2", 2), ("G1", 1)]);

        let pedigree = Pedigree::parse("F kid 0 mum 0 2\nF mum 0 0 2 1\nF dad 0 0 1 1\n").unwrap();
        let family = Family::of_pedigree("F", &pedigree);
        let effect = genes[0].1.first().copied();
        let finding = finding_of(&view, effect, Origin::Germline, &family, layout.samples());
        assert_eq!(finding.effect.as_ref().unwrap().transcript.as_deref(), Some("T3"));
        let people: Vec<_> =
            finding.carriers.iter().map(|c| (c.sample.as_str(), c.zygosity.as_str())).collect();
        assert_eq!(people, [("kid", "heterozygous"), ("mum", "absent")]);
        assert_eq!(
            (finding.filters.as_slice(), finding.quality_phred),
            (&["q1".into(), "q2".into()][..], Some(7.12))
        );
    }
}
