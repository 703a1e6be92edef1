//! Inheritance.

use crate::{
    format::{NOTHING, count, percent},
    model::FamilyReport,
};

use super::parts::{Block, Table};

const COLUMNS: [&str; 10] = [
    "Child",
    "Father",
    "Mother",
    "#Records compared",
    "#Contradict inheritance",
    "#Rate",
    "#New SNVs",
    "#New indels",
    "#Heterozygous",
    "#Parent of origin known",
];

pub(super) fn block(family: &FamilyReport) -> Block {
    let mut table = Table::new("Children and their parents", &COLUMNS);
    for trio in &family.trios {
        table.push(vec![
            trio.child.clone().into(),
            trio.father.clone().into(),
            trio.mother.clone().into(),
            count(trio.records).into(),
            count(trio.mendelian_errors).into(),
            trio.mendelian_error_rate
                .map_or_else(|| NOTHING.to_owned(), |rate| percent(rate, 2))
                .into(),
            count(trio.de_novo_snvs).into(),
            count(trio.de_novo_indels).into(),
            count(trio.heterozygous).into(),
            count(trio.phased_by_transmission).into(),
        ]);
    }
    let notes = [
        "Compared are records that pass all filters, at which child and parents have a genotype and \
         one of them a variant. Genotypes contradict inheritance where the child cannot have its own \
         from those of the parents; relatives do not weigh in here. A few in a thousand are errors of \
         calling; where somebody is no parent, it is many times that.",
        "New variants (DN=DeNovo in the VCF) are among the contradictions. A genome has some 40 to \
         100 new SNVs and up to 10 new indels; each wants to be looked at.",
    ];
    Block { tables: vec![table], notes: notes.map(str::to_owned).to_vec(), ..Block::default() }
}
