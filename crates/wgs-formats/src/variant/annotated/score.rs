//! Scores of predictors.

use super::field::{Field, ends_with, highest};
use crate::variant::{Header, Info, csq::Entry};

/// A predictor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScoreKind {
    /// REVEL of a missense change, 0 to 1 (`REVEL`).
    Revel,
    /// AlphaMissense, 0 to 1 (`am_pathogenicity`).
    AlphaMissense,
    /// CADD, Phred-scaled (`CADD_PHRED`, or `PHRED` of a source called so).
    CaddPhred,
    /// SpliceAI: the highest of its four delta scores, 0 to 1 (`SpliceAI`, `DS_AG` and others).
    SpliceAi,
}

impl ScoreKind {
    /// The predictor's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revel => "REVEL",
            Self::AlphaMissense => "AlphaMissense",
            Self::CaddPhred => "CADD",
            Self::SpliceAi => "SpliceAI",
        }
    }

    /// The kind of what a key of INFO, or a column of `CSQ`, holds.
    fn of(key: &str) -> Option<Self> {
        const ENDS: [(&str, ScoreKind); 10] = [
            ("REVEL", ScoreKind::Revel),
            ("REVEL_SCORE", ScoreKind::Revel),
            ("AM_PATHOGENICITY", ScoreKind::AlphaMissense),
            ("CADD_PHRED", ScoreKind::CaddPhred),
            ("SPLICEAI", ScoreKind::SpliceAi),
            ("DS_AG", ScoreKind::SpliceAi),
            ("DS_AL", ScoreKind::SpliceAi),
            ("DS_DG", ScoreKind::SpliceAi),
            ("DS_DL", ScoreKind::SpliceAi),
            ("DS_MAX", ScoreKind::SpliceAi),
        ];
        let whole = |end: &str| {
            let rest = key.len().checked_sub(end.len());
            rest.is_some_and(|at| at == 0 || key.as_bytes()[at - 1] == b'_')
        };
        ENDS.into_iter().find(|(end, _)| ends_with(key, end) && whole(end)).map(|(_, kind)| kind)
    }

    fn is_possible(self, value: f64) -> bool {
        match self {
            Self::CaddPhred => (0.0..1000.0).contains(&value),
            _ => (0.0..=1.0).contains(&value),
        }
    }
}

/// What a predictor says of an allele; of several values (by transcript or gene) the highest.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The predictor.
    pub kind: ScoreKind,
    /// The value.
    pub value: f64,
}

/// Where a file holds scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ScoreFields {
    fields: Vec<(ScoreKind, Field)>,
    columns: Vec<(ScoreKind, String)>,
}

impl ScoreFields {
    pub(super) fn of(header: &Header, columns: &[String]) -> Self {
        let field = |key: &str| Some((ScoreKind::of(key)?, header.info(key).map(Field::of)?));
        let column = |name: &String| Some((ScoreKind::of(name)?, name.clone()));
        Self {
            fields: header.infos().filter_map(|d| field(&d.id)).collect(),
            columns: columns.iter().filter_map(column).collect(),
        }
    }

    pub(super) fn kinds(&self) -> Vec<ScoreKind> {
        let of_fields = self.fields.iter().map(|(kind, _)| *kind);
        let mut kinds: Vec<_> = of_fields.chain(self.columns.iter().map(|c| c.0)).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }

    /// One score of each kind that there is, in the order of the kinds.
    pub(super) fn of_allele(
        &self,
        info: &Info,
        index: usize,
        entries: &[&Entry<'_>],
    ) -> Vec<Score> {
        let of_fields = self
            .fields
            .iter()
            .filter_map(|(kind, field)| Some((*kind, number(*kind, &field.value(info, index)?)?)));
        let of_columns = self.columns.iter().flat_map(|(kind, column)| {
            let values = entries.iter().filter_map(|entry| entry.get(column));
            values.filter_map(|text| Some((*kind, number(*kind, text)?)))
        });
        let mut scores: Vec<Score> = Vec::new();
        for (kind, value) in of_fields.chain(of_columns) {
            if !kind.is_possible(value) {
                continue;
            }
            match scores.iter_mut().find(|score| score.kind == kind) {
                Some(score) => score.value = score.value.max(value),
                None => scores.push(Score { kind, value }),
            }
        }
        scores.sort_by_key(|score| score.kind);
        scores
    }
}

fn number(kind: ScoreKind, text: &str) -> Option<f64> {
    match kind {
        // ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|…, one for each gene.
        ScoreKind::SpliceAi if text.contains('|') => {
            let genes = text.split([',', '&']);
            let deltas = genes.flat_map(|gene| gene.split('|').skip(2).take(4));
            deltas.filter_map(highest).reduce(f64::max)
        }
        _ => highest(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::{Definition, Number, Record, ValueType, csq::Format};

    #[test]
    fn kinds_are_told_by_keys() {
        for (key, kind) in [
            ("REVEL_REVEL", Some(ScoreKind::Revel)),
            ("AM_am_pathogenicity", Some(ScoreKind::AlphaMissense)),
            ("CADD_PHRED", Some(ScoreKind::CaddPhred)),
            ("SPLICEAI_SpliceAI", Some(ScoreKind::SpliceAi)),
            ("SpliceAI_pred_DS_DL", Some(ScoreKind::SpliceAi)),
            ("XREVEL", None),
            ("REVEL_rank", None),
        ] {
            assert_eq!(ScoreKind::of(key), kind, "{key}");
        }
    }

    #[test]
    fn the_highest_of_several_counts_and_nonsense_does_not() {
        let mut header = Header::default();
        for id in ["R_REVEL", "S_SpliceAI", "A_am_pathogenicity"] {
            header.add_info(Definition::new(id, Number::Alternates, ValueType::String, ""));
        }
        let format = Format::new(["Allele", "REVEL"]);
        let scores = ScoreFields::of(&header, format.fields());
        let mut record = Record::new("a", wgs_core::Pos1::from_pos0(0), "A", ["C"]);
        record.info = "R_REVEL=0.2&0.4;A_am_pathogenicity=1.5;CSQ=C|0.3,C|0.6;\
            S_SpliceAI=C|G|0.01|0.9|0.0|0.2|-50|4|1|2&C|H|0.0|0.0|0.0|0.0|1|1|1|1"
            .into();
        let entries = format.entries(&record);
        let found = scores.of_allele(&record.info, 0, &entries.iter().collect::<Vec<_>>());
        let found: Vec<_> = found.iter().map(|score| (score.kind, score.value)).collect();
        assert_eq!(found, [(ScoreKind::Revel, 0.6), (ScoreKind::SpliceAi, 0.9)]);
    }
}
