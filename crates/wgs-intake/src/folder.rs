//! What a folder tells of samples, where the names of its files tell none.

use std::collections::{BTreeMap, BTreeSet};

use wgs_core::SampleId;

use crate::{
    item::{Item, Owner, State},
    name::{FastqName, Kind},
    problem::{Code, Problem},
};

const ADVICE: &str = "give a manifest (`--samples`) that says whose each barcode is: `delivered_as` \
                      is the name before the read, or the folder with `/` at its end";

/// Refuses files that only their folder gives a sample, where it is none's: it is named after a flow
/// cell, a lane or a barcode, or has reads of several barcodes, which are of several persons as a rule.
pub(crate) fn check_folders(items: &mut [Item]) {
    let mut samples: BTreeMap<SampleId, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        if let (Some(_), Owner::Sample(owned)) = (without_sample(item), &item.owner) {
            samples.entry(owned.sample.clone()).or_default().push(index);
        }
    }
    for (sample, files) in samples {
        let Some(reason) = refusal(items, &sample, &files) else { continue };
        let problem = Problem::new(Code::Sample, reason).advice(ADVICE);
        for item in files {
            let item = &mut items[item];
            item.owner = Owner::Unclear(vec![sample.clone()], problem.clone());
            if item.is_accepted() {
                item.state = State::Quarantined(problem.clone());
            }
        }
    }
}

/// The name of reads, also of such that are not taken, if it tells no sample.
fn without_sample(item: &Item) -> Option<FastqName> {
    match item.meant() {
        Kind::Fastq(name) if name.sample.is_none() => Some(name),
        _ => None,
    }
}

fn refusal(items: &[Item], sample: &SampleId, files: &[usize]) -> Option<String> {
    let files = || files.iter().map(|index| &items[*index]);
    if files().any(|item| is_of_machine(sample.as_str(), item)) {
        return Some(format!(
            "its name tells no sample, and its folder {sample} is named after a flow cell, lane or barcode"
        ));
    }
    let barcodes = files().filter_map(without_sample).map(|name| name.barcode);
    let barcodes: BTreeSet<Option<String>> = barcodes.collect();
    (barcodes.len() > 1).then(|| {
        let (first, last) = (barcodes.first().cloned(), barcodes.last().cloned());
        let shown = |barcode: Option<Option<String>>| barcode.flatten().unwrap_or("none".into());
        format!(
            "its name tells no sample, and its folder {sample} has reads of {} barcodes ({} to {})",
            barcodes.len(),
            shown(first),
            shown(last)
        )
    })
}

/// Whether a folder's name is made of flow cell, lane and barcode of a file, and of nothing else.
fn is_of_machine(folder: &str, item: &Item) -> bool {
    let name = without_sample(item);
    let barcode = name.as_ref().and_then(|name| name.barcode.as_deref());
    let flow_cell = name.as_ref().and_then(|name| name.flow_cell.as_deref()).or(item.flow_cell());
    let is_part = |part: &str| Some(part) == flow_cell || Some(part) == barcode || is_lane(part);
    is_part(folder) || folder.split(['_', '.']).all(is_part)
}

/// `L01`, `L002`, `lane3`, `Lane_1`.
fn is_lane(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let digits = match lower.strip_prefix("lane") {
        Some(rest) => rest.strip_prefix(['_', '-', '.']).unwrap_or(rest),
        None => lower.strip_prefix('l').unwrap_or_default(),
    };
    (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_lanes() {
        for lane in ["L01", "L002", "l3", "lane1", "Lane_04", "LANE-2"] {
            assert!(is_lane(lane), "{lane}");
        }
        for other in ["L", "lane", "L0001", "LP7", "P7", "7", "L01b", ""] {
            assert!(!is_lane(other), "{other}");
        }
    }
}
