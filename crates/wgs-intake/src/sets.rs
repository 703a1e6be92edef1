//! What can only be said of files together: mates, lanes, the same content twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    item::{Item, Slot, State},
    problem::Code,
};

/// Compares all files with each other.
pub(crate) fn compare(items: &mut [Item]) {
    same_content(items);
    same_reads(items);
    two_versions(items);
    same_read_groups(items);
    mates(items);
    superseded(items);
}

fn accepted(items: &[Item]) -> impl Iterator<Item = (usize, &Item)> {
    items.iter().enumerate().filter(|(_, item)| item.is_accepted())
}

/// Groups accepted files by something that some of them have.
fn groups<K: Ord>(items: &[Item], key: impl Fn(&Item) -> Option<K>) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (index, item) in accepted(items) {
        if let Some(key) = key(item) {
            groups.entry(key).or_default().push(index);
        }
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// The names of all files of a group but one.
fn others(items: &[Item], group: &[usize], but: usize) -> String {
    let names =
        group.iter().filter(|index| **index != but).map(|index| items[*index].file.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// The same bytes: one delivery twice if they take the same place, else an exchange of files.
fn same_content(items: &mut [Item]) {
    let sha256 = |item: &Item| {
        let content = item.content.as_ref().filter(|_| item.slot().is_some());
        content.map(|content| content.sha256.clone())
    };
    for group in groups(items, sha256) {
        let slots: BTreeSet<Option<Slot>> = group.iter().map(|i| items[*i].slot()).collect();
        if slots.len() == 1 {
            let first = items[group[0]].file.clone();
            for index in &group[1..] {
                items[*index].state = State::Duplicate(first.clone());
            }
            continue;
        }
        quarantine(items, &group, Code::SameContent, "has the same content as");
    }
}

fn quarantine(items: &mut [Item], group: &[usize], code: Code, what: &str) {
    let reasons: Vec<String> =
        group.iter().map(|index| format!("{what} {}", others(items, group, *index))).collect();
    for (index, reason) in group.iter().zip(reasons) {
        items[*index].quarantine(code, reason);
    }
}

/// Files of different places that begin with the same read of a flow cell.
fn same_reads(items: &mut [Item]) {
    let first = |item: &Item| {
        let first = item.content.as_ref()?.first.as_ref()?;
        first.title.flow_cell.as_ref()?;
        Some((first.title.name.clone(), item.fastq()?.mate))
    };
    for group in groups(items, first) {
        let slots: BTreeSet<Option<Slot>> = group.iter().map(|i| items[*i].slot()).collect();
        if slots.len() > 1 {
            quarantine(items, &group, Code::SameContent, "begins with the same read as");
        }
    }
}

fn two_versions(items: &mut [Item]) {
    for group in groups(items, Item::slot) {
        quarantine(items, &group, Code::TwoVersions, "is of the same sample and lane as");
    }
}

/// Alignments of one sample with the same read group: the same reads twice.
fn same_read_groups(items: &mut [Item]) {
    let mut by_group: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (index, item) in accepted(items) {
        let header = item.content.as_ref().and_then(|content| content.header.as_ref());
        if let (Some(slot), Some(header)) = (item.slot(), header) {
            for id in &header.ids {
                by_group.entry((slot.owner.clone(), id.clone())).or_default().push(index);
            }
        }
    }
    for ((_, id), group) in by_group.into_iter().filter(|(_, group)| group.len() > 1) {
        let group: Vec<usize> = group.into_iter().filter(|i| items[*i].is_accepted()).collect();
        if group.len() > 1 {
            let what = format!("holds the read group {id}, as does");
            quarantine(items, &group, Code::TwoVersions, &what);
        }
    }
}

fn mates(items: &mut [Item]) {
    let by_slot: BTreeMap<Slot, usize> =
        accepted(items).filter_map(|(index, item)| Some((item.slot()?, index))).collect();
    let pairs = by_slot.iter().filter(|(slot, _)| slot.mate == 1);
    let pairs: Vec<(usize, usize)> =
        pairs.filter_map(|(slot, first)| Some((*first, *by_slot.get(&slot.of_mate())?))).collect();
    for (first, last) in pairs {
        if let Some(reason) = disagreement(&items[first], &items[last]) {
            let file = items[first].file.clone();
            items[first].quarantine(Code::Mates, format!("{reason} ({})", items[last].file));
            items[last].quarantine(Code::Mates, format!("{reason} ({file})"));
        }
    }
}

fn disagreement(first: &Item, last: &Item) -> Option<&'static str> {
    let (first, last) = (first.content.as_ref()?, last.content.as_ref()?);
    if let (Some(first), Some(last)) = (&first.first, &last.first) {
        let same_count = first.count == last.count;
        if first.title.name != last.title.name || same_count && first.names != last.names {
            return Some("its first reads are not the mates of the other file's");
        }
    }
    let (first, last) = (first.records.as_ref()?, last.records.as_ref()?);
    if first.count != last.count {
        return Some("it has another number of reads than its mates' file");
    }
    (first.names != last.names).then_some("its reads are not all mates of the other file's")
}

/// A bad file whose right version, or another good one of its place, is there.
fn superseded(items: &mut [Item]) {
    let good: BTreeMap<Slot, usize> =
        accepted(items).filter_map(|(index, item)| Some((item.slot()?, index))).collect();
    let by = |item: &Item| {
        // Without a flow cell, another file of the place may hold other reads of the sample.
        let slot = item.slot().filter(|slot| slot.flow_cell.is_some());
        let of_slot = slot.and_then(|slot| good.get(&slot).copied());
        of_slot.or_else(|| {
            let is_it = |good: &Item| {
                item.expected().any(|digest| good.has(digest)) && good.is_of_owner_of(item)
                    || good.is_form_of(item)
            };
            accepted(items).find(|(_, good)| is_it(good)).map(|(index, _)| index)
        })
    };
    let stand_ins: Vec<(usize, usize)> = items
        .iter()
        .enumerate()
        .filter(|(_, item)| matches!(&item.state, State::Quarantined(p) if p.code.is_of_file()))
        .filter_map(|(index, item)| Some((index, by(item)?)))
        .collect();
    for (index, by) in stand_ins {
        items[index].state = State::Superseded(items[by].file.clone());
    }
}

/// What lacks of the lanes and chunks of a sample's accepted FASTQ files; `lanes_told` are the names
/// whose lanes a manifest lists.
pub(crate) fn gaps(items: &[&Item], lanes_told: &BTreeSet<&str>) -> Vec<String> {
    let mut lacking = Vec::new();
    let mut lanes: BTreeMap<(String, String), Lanes> = BTreeMap::new();
    // The chunks of a file that is not of one lane begin in any.
    let mut chunks: BTreeMap<Slot, BTreeSet<u32>> = BTreeMap::new();
    let slots: BTreeSet<Slot> = items.iter().filter_map(|item| item.slot()).collect();
    for (item, slot) in items.iter().filter_map(|item| Some((item, item.slot()?))) {
        let Some(name) = item.fastq() else { continue };
        if !slots.contains(&slot.of_mate()) {
            let mate = slot.of_mate().mate;
            lacking.push(format!(
                "R{mate} of {} is not there (mate of {})",
                slot.describe(),
                item.file
            ));
        }
        if let Some(lane) = name.lane {
            let of_barcode = lanes.entry((slot.delivered_as.clone(), slot.stem.clone()));
            let of_flow_cell = of_barcode.or_default().entry(slot.flow_cell.clone());
            of_flow_cell.or_default().insert(lane);
        }
        chunks
            .entry(Slot { chunk: 1, lane: name.lane, ..slot.clone() })
            .or_default()
            .insert(slot.chunk);
    }
    lanes.retain(|(delivered_as, _), _| !lanes_told.contains(delivered_as.as_str()));
    lacking.extend(lacking_lanes(&lanes));
    for (slot, chunks) in chunks {
        for chunk in missing(&chunks, Some(1)) {
            let slot = Slot { chunk, ..slot.clone() };
            lacking.push(format!("R{} of {} is not there", slot.mate, slot.describe()));
        }
    }
    lacking
}

/// Lanes by flow cell.
type Lanes = BTreeMap<Option<String>, BTreeSet<u32>>;

/// What lacks of the lanes of each name and barcode: those between others of the flow cell, and those
/// that another barcode of the name has.
fn lacking_lanes(lanes: &BTreeMap<(String, String), Lanes>) -> Vec<String> {
    let mut lacking = Vec::new();
    for ((delivered_as, barcode), own) in lanes {
        let mut expected = own.clone();
        let others = lanes.iter().filter(|((name, other), _)| {
            name == delivered_as && !barcode.is_empty() && !other.is_empty()
        });
        for (flow_cell, lanes) in others.flat_map(|(_, lanes)| lanes) {
            expected.entry(flow_cell.clone()).or_default().extend(lanes);
        }
        for (flow_cell, mut expected) in expected {
            expected.extend(missing(&expected, expected.first().copied()));
            let there = own.get(&flow_cell);
            let of_flow_cell = flow_cell.map_or(String::new(), |f| format!(" of flow cell {f}"));
            let of_barcode = if barcode.is_empty() { "" } else { &format!(", barcode {barcode}") };
            for lane in expected.iter().filter(|lane| there.is_none_or(|own| !own.contains(lane))) {
                lacking.push(format!(
                    "lane {lane}{of_flow_cell}{of_barcode} is not there; if there is none, the \
                     manifest can list the lanes"
                ));
            }
        }
    }
    lacking
}

/// Numbers from the first to the last that are not there.
fn missing(there: &BTreeSet<u32>, first: Option<u32>) -> Vec<u32> {
    let last = there.last().copied().unwrap_or(0);
    (first.unwrap_or(1)..last).filter(|number| !there.contains(number)).collect()
}
