//! Samples and cases, as far as they are complete.

use std::collections::{BTreeMap, BTreeSet};

use wgs_core::SampleId;
use wgs_formats::Result;
use wgs_task::case::{
    Case, ReadGroup,
    manifest::{Delivery, Manifest},
};

use super::Intake;
use crate::{
    Samples, cases,
    item::{Item, Owner, State},
    report::{CaseReport, CaseState, Report, SampleReport, SampleState},
    sets,
};

impl Intake {
    pub(super) fn cases(
        &self,
        items: &[Item],
        open: &BTreeMap<SampleId, Vec<String>>,
        manifest: Option<&Manifest>,
        report: &mut Report,
    ) -> Result<()> {
        let planned = match (manifest, &self.options.samples) {
            (Some(manifest), _) => manifest.cases.clone(),
            (None, Samples::Single) => {
                let of_items = items.iter().flat_map(|item| item.owner.samples());
                let samples: BTreeSet<&SampleId> = of_items.chain(open.keys()).collect();
                samples.into_iter().filter_map(cases::single).collect()
            }
            (None, _) => Vec::new(),
        };
        let mut by_sample: BTreeMap<&SampleId, Vec<&Item>> = BTreeMap::new();
        for item in items.iter().filter(|item| item.is_accepted() && item.content.is_some()) {
            if let Owner::Sample(owned) = &item.owner {
                by_sample.entry(&owned.sample).or_default().push(item);
            }
        }
        let mut rows: BTreeMap<&SampleId, Vec<(usize, &Delivery)>> = BTreeMap::new();
        for row in manifest.iter().flat_map(|m| m.deliveries.iter().enumerate()) {
            rows.entry(&row.1.sample).or_default().push(row);
        }
        for mut case in planned {
            let mut waiting = Vec::new();
            for sample in &mut case.samples {
                let own = by_sample.get(&sample.id).map_or(&[][..], Vec::as_slice);
                let rows = rows.get(&sample.id).map_or(&[][..], Vec::as_slice);
                let open = open.get(&sample.id).cloned().unwrap_or_default();
                let known = self.sample(&sample.id, own, rows, open);
                let reasons = known.0.reasons.iter();
                waiting.extend(reasons.map(|reason| format!("{}: {reason}", sample.id)));
                sample.read_groups = known.1;
                report.samples.push(known.0);
            }
            report.cases.push(self.case(&case, waiting)?);
        }
        report.samples.extend(unassigned(items));
        Ok(())
    }

    fn case(&self, case: &Case, waiting: Vec<String>) -> Result<CaseReport> {
        if waiting.is_empty() {
            return cases::put(&self.options.cases, case, self.options.replace);
        }
        let path = cases::path(&self.options.cases, case);
        Ok(CaseReport {
            case: case.id.to_string(),
            state: CaseState::Waiting,
            path,
            reasons: waiting,
        })
    }

    /// A sample of its accepted files, the rows of the manifest, and what is known to lack.
    fn sample(
        &self,
        id: &SampleId,
        own: &[&Item],
        rows: &[(usize, &Delivery)],
        mut reasons: Vec<String>,
    ) -> (SampleReport, Vec<ReadGroup>) {
        let read_groups = cases::read_groups(&self.options.delivery, id, own, rows);
        let told = rows.iter().filter(|(_, row)| row.lane.is_some());
        let told = told.map(|(_, row)| row.delivered_as.as_str()).collect();
        reasons.extend(sets::gaps(own, &told));
        let alignments = own.iter().filter(|item| item.fastq().is_none()).count();
        if alignments > 0 && alignments < own.len() {
            reasons
                .push("is delivered as FASTQ and as BAM or CRAM: --take says which to use".into());
        }
        for (index, row) in rows {
            let is_of_row =
                |item: &&Item| matches!(&item.owner, Owner::Sample(o) if o.row == Some(*index));
            if !own.iter().any(is_of_row) {
                let lane =
                    row.lane.as_ref().map_or(String::new(), |lane| format!(" lane {lane} of"));
                reasons.push(format!("nothing of{lane} {} is there", row.delivered_as));
            }
        }
        if read_groups.is_empty() && reasons.is_empty() {
            reasons.push("no reads of it are there".into());
        }
        let state = if reasons.is_empty() { SampleState::Complete } else { SampleState::Waiting };
        let sample = id.to_string();
        (SampleReport { sample, state, read_groups: read_groups.len(), reasons }, read_groups)
    }
}

/// Samples that nobody tells anything of, by the provider's names.
fn unassigned(items: &[Item]) -> Vec<SampleReport> {
    let mut by_name: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
    for item in items {
        if let Owner::Unassigned(name) = &item.owner {
            let name = name.clone().unwrap_or_else(|| item.file.clone());
            by_name.entry(name).or_default().push(item);
        }
    }
    let report = |(sample, of_name): (String, Vec<&Item>)| {
        let good: Vec<&Item> = of_name.iter().copied().filter(|item| item.is_accepted()).collect();
        let mut reasons: Vec<String> = of_name
            .iter()
            .filter_map(|item| match &item.state {
                State::Waiting(reason) => Some(format!("{} {reason}", item.file)),
                State::Quarantined(_) => Some(format!("{} is quarantined", item.file)),
                _ => None,
            })
            .collect();
        reasons.extend(sets::gaps(&good, &BTreeSet::new()));
        let is_whole = |item: &&&Item| item.fastq().is_none_or(|name| name.mate == 1);
        let read_groups = good.iter().filter(is_whole).count();
        SampleReport { sample, state: SampleState::Unassigned, read_groups, reasons }
    };
    by_name.into_iter().map(report).collect()
}
