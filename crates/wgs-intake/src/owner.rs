//! Of which sample a file is: by the manifest, or by its name alone.

use std::collections::{BTreeMap, BTreeSet};

use wgs_core::SampleId;
use wgs_task::case::manifest::{Delivery, Manifest};

use crate::{
    item::{Item, Owned, Owner, State},
    name::{FastqName, Kind},
    problem::{Code, Problem},
};

/// How samples get their ids.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Naming<'a> {
    /// A manifest tells.
    Manifest(&'a Index<'a>),
    /// The provider's name is the id of sample and case; these are known from files that were read.
    Single(&'a BTreeSet<SampleId>),
    /// Nobody tells.
    Nobody,
}

/// The rows of a manifest by the provider's name.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    rows: &'a [Delivery],
    by_name: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(manifest: &'a Manifest) -> Self {
        let rows = manifest.deliveries.as_slice();
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            by_name.entry(row.delivered_as.as_str()).or_default().push(index);
        }
        Self { rows, by_name }
    }

    /// The rows of a name, all of one sample, with their numbers.
    fn of(&self, name: &str) -> Vec<(usize, &'a Delivery)> {
        let rows = self.by_name.get(name).into_iter().flatten();
        rows.map(|index| (*index, &self.rows[*index])).collect()
    }
}

/// Names by which a manifest may mean a file, the most telling first, and the one that the file
/// itself suggests.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    all: Vec<String>,
    own: Option<String>,
}

/// Finds the owner of a file.
pub(crate) fn owner(item: &Item, naming: Naming) -> Owner {
    let is_taken = matches!(item.kind, Kind::Fastq(_) | Kind::Alignment { .. });
    if !is_taken && !is_awaited(item) {
        return Owner::Nobody;
    }
    let names = names(item);
    let owner = match naming {
        Naming::Manifest(index) => by_manifest(item, &names, index),
        Naming::Nobody => Owner::Unassigned(names.own),
        Naming::Single(known) => single(item, &names, known),
    };
    // Of a file that is not taken, the name makes nobody known.
    if is_taken || !owner.samples().is_empty() { owner } else { Owner::Nobody }
}

/// Whether a sample may have to wait for a file that is not taken for reads: it may be reads in
/// another form, their list, or a link to a folder of them.
fn is_awaited(item: &Item) -> bool {
    match (&item.kind, &item.state) {
        (_, State::Accepted | State::Duplicate(_) | State::Superseded(_)) => false,
        (Kind::Unpaired | Kind::Unsupported(_) | Kind::List, _) => true,
        (Kind::Other, State::Quarantined(problem)) => {
            matches!(problem.code, Code::Link | Code::Name)
        }
        _ => false,
    }
}

fn single(item: &Item, names: &Names, known: &BTreeSet<SampleId>) -> Owner {
    let may_be = if has_told(item) { Vec::new() } else { candidates(item, names, known) };
    if let [sample, more @ ..] = may_be.as_slice() {
        if !more.is_empty() {
            let reason = "may be of several samples, as long as it is not read";
            return Owner::Unclear(may_be, Problem::new(Code::Sample, reason));
        }
        let delivered_as = sample.to_string();
        return Owner::Sample(Owned { sample: sample.clone(), delivered_as, row: None });
    }
    let Some(name) = &names.own else { return Owner::Unassigned(None) };
    match name.parse::<SampleId>() {
        Ok(sample) => Owner::Sample(Owned { sample, delivered_as: name.clone(), row: None }),
        Err(e) => Owner::Unclear(Vec::new(), Problem::new(Code::Name, e.to_string())),
    }
}

/// Whether the file's reads or header were read, which tell what in its name is the sample.
fn has_told(item: &Item) -> bool {
    let content = item.content.as_ref();
    content.is_some_and(|content| content.first.is_some() || content.header.is_some())
}

/// Known samples that a file which was not read may be of: what its name alone suggests may be less
/// or more than what its reads will tell, and its sample must not be complete without it.
fn candidates(item: &Item, names: &Names, known: &BTreeSet<SampleId>) -> Vec<SampleId> {
    let meant = item.meant();
    let may_be = |sample: &&SampleId| match &meant {
        Kind::Alignment { stem } => begins_with(stem, sample.as_str()),
        Kind::Unpaired | Kind::Other if begins_with(item.name(), sample.as_str()) => true,
        _ => names.all.iter().any(|name| name == sample.as_str()),
    };
    known.iter().filter(may_be).cloned().collect()
}

/// Whether a name begins with a sample's: `S1` is no beginning of `S10`.
fn begins_with(name: &str, sample: &str) -> bool {
    let behind = name.strip_prefix(sample);
    behind.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

/// The samples of files that were read, where each is a case of its own.
pub(crate) fn known(items: &[Item]) -> BTreeSet<SampleId> {
    let none = BTreeSet::new();
    let of_read = items.iter().filter(|item| has_told(item)).map(|item| {
        let owner = owner(item, Naming::Single(&none));
        owner.samples().into_iter().cloned().collect::<Vec<_>>()
    });
    of_read.flatten().collect()
}

/// Refuses files of one name that are of several samples, since the reads of some tell the flow cell
/// that the name ends with, and those of others do not: each sample would have a part of the reads.
pub(crate) fn check_names(items: &mut [Item]) {
    let mut samples: BTreeMap<String, BTreeSet<SampleId>> = BTreeMap::new();
    let name = |item: &Item| item.fastq().and_then(|name| name.sample.clone());
    for item in items.iter().filter(|item| item.is_accepted()) {
        if let (Owner::Sample(owned), Some(name)) = (&item.owner, name(item)) {
            samples.entry(name).or_default().insert(owned.sample.clone());
        }
    }
    samples.retain(|_, samples| samples.len() > 1);
    for item in items.iter_mut().filter(|item| item.is_accepted()) {
        if let Some(samples) = name(item).and_then(|name| samples.get(&name)) {
            let all: Vec<&str> = samples.iter().map(SampleId::as_str).collect();
            let reason = format!(
                "the flow cells of reads make of one name several samples: {}",
                all.join(", ")
            );
            let problem = Problem::new(Code::Sample, reason);
            item.owner = Owner::Unclear(samples.iter().cloned().collect(), problem.clone());
            item.state = State::Quarantined(problem);
        }
    }
}

fn names(item: &Item) -> Names {
    let folders: Vec<&str> = item.file.split('/').rev().skip(1).collect();
    let mut names = match &item.meant() {
        Kind::Fastq(name) => of_fastq(item, name, folders.first().copied()),
        Kind::Alignment { stem } => of_alignment(item, stem),
        Kind::Unpaired | Kind::Other => of_any(item.name(), folders.first().copied()),
        _ => Names { all: Vec::new(), own: None },
    };
    names.all.extend(folders.iter().map(|folder| format!("{folder}/")));
    names.all.retain(|name| !name.is_empty());
    names
}

/// Names that a file, or a link to a folder, may have in a manifest that it does not tell itself: what
/// its own name begins with.
fn of_any(name: &str, folder: Option<&str>) -> Names {
    let beginnings = name.match_indices(['_', '.']).map(|(at, _)| name[..at].to_owned());
    let whole = [name.to_owned(), format!("{name}/")];
    let all = beginnings.chain(whole).chain(folder.map(str::to_owned)).collect();
    Names { all, own: None }
}

fn of_fastq(item: &Item, name: &FastqName, folder: Option<&str>) -> Names {
    let Some(sample) = &name.sample else {
        let folder = folder.map(str::to_owned);
        let all = std::iter::once(name.prefix.clone()).chain(folder.clone()).collect();
        return Names { all, own: folder };
    };
    let mut names =
        Names { all: vec![name.prefix.clone(), sample.clone()], own: Some(sample.clone()) };
    names.all.push(name.without_lane().to_owned());
    if name.is_illumina || name.lane.is_none() {
        return names;
    }
    // SAMPLE_LIBRARY_FLOWCELL_L1_1: sure where the reads tell the flow cell. Where they do not, a
    // manifest may mean that; where the file is not read, it is likely enough to know who waits for it.
    let first = item.content.as_ref().and_then(|content| content.first.as_ref());
    let flow_cell = first.map(|first| first.title.flow_cell.as_deref());
    let before_flow_cell = match flow_cell {
        Some(Some(flow_cell)) => {
            sample.strip_suffix(flow_cell).and_then(|rest| rest.strip_suffix('_'))
        }
        Some(None) | None => sample.rsplit_once('_').map(|(rest, _)| rest),
    };
    if let Some(rest) = before_flow_cell {
        let before_library = rest.rsplit_once('_').map(|(rest, _)| rest);
        // A name may have such parts of its own: a library is one where the folder says so.
        let in_folder = before_library.filter(|name| Some(*name) == folder);
        let own = in_folder.unwrap_or(rest).to_owned();
        names.all.push(rest.to_owned());
        names.all.extend(in_folder.map(str::to_owned));
        if flow_cell != Some(None) {
            names.own = Some(own);
        }
    }
    names
}

fn of_alignment(item: &Item, stem: &str) -> Names {
    let mut all = vec![stem.to_owned()];
    let mut rest = stem;
    while let Some((shorter, _)) = rest.rsplit_once('.') {
        all.push(shorter.to_owned());
        rest = shorter;
    }
    let header = item.content.as_ref().and_then(|content| content.header.as_ref());
    let of_header = match header.map(|header| header.samples.as_slice()) {
        Some([sample]) => Some(sample),
        _ => None,
    };
    let own = match of_header {
        Some(sample) if begins_with(stem, sample) => sample.clone(),
        _ => rest.to_owned(),
    };
    all.extend(of_header.cloned());
    Names { all, own: Some(own) }
}

fn by_manifest(item: &Item, names: &Names, index: &Index) -> Owner {
    let mut samples: Vec<SampleId> = Vec::new();
    let mut first: Option<&str> = None;
    for name in &names.all {
        for (_, row) in index.of(name) {
            first = first.or(Some(name));
            if !samples.contains(&row.sample) {
                samples.push(row.sample.clone());
            }
        }
    }
    let Some(delivered_as) = first else { return Owner::Unassigned(names.own.clone()) };
    if samples.len() > 1 {
        let all: Vec<&str> = samples.iter().map(SampleId::as_str).collect();
        let reason = format!("is of several samples by the manifest: {}", all.join(", "));
        return Owner::Unclear(samples, Problem::new(Code::Sample, reason));
    }
    let of_name = index.of(delivered_as);
    let lane = item.fastq().and_then(|name| name.lane);
    let row = match of_name.as_slice() {
        [(row, only)] if only.lane.is_none() || lane.is_none() => Some(*row),
        several => {
            let of_lane = |row: &Delivery| lane.is_some() && lane_number(row) == lane;
            several.iter().find(|(_, row)| of_lane(row)).map(|(row, _)| *row)
        }
    };
    let Some(row) = row else {
        let lane = lane.map_or("that its name does not tell".to_owned(), |lane| lane.to_string());
        let reason = format!("is of lane {lane}; the manifest has no such row of {delivered_as}");
        return Owner::Unclear(samples, Problem::new(Code::Sample, reason));
    };
    let sample = index.rows[row].sample.clone();
    Owner::Sample(Owned { sample, delivered_as: delivered_as.to_owned(), row: Some(row) })
}

/// The number of a row's lane, which may be written `3`, `L3` or `L003`.
pub(crate) fn lane_number(row: &Delivery) -> Option<u32> {
    let lane = row.lane.as_deref()?;
    lane.strip_prefix(['L', 'l']).unwrap_or(lane).parse().ok()
}

/// Refuses an alignment whose read groups are of another sample than the file.
pub(crate) fn check_header(item: &mut Item, naming: Naming) {
    let header = item.content.as_ref().and_then(|content| content.header.as_ref());
    let Some(samples) = header.map(|header| header.samples.clone()) else { return };
    if samples.len() > 1 {
        let reason = format!("holds read groups of several samples: {}", samples.join(", "));
        let problem = Problem::new(Code::Sample, reason);
        item.state =
            State::Quarantined(problem.advice("have each sample delivered in a file of its own"));
        return;
    }
    let Owner::Sample(owned) = &item.owner else { return };
    let is_name_of_it = |name: &String| {
        name == owned.sample.as_str()
            || *name == owned.delivered_as
            || matches!(naming, Naming::Manifest(index) if index
                .of(name)
                .iter()
                .any(|(_, row)| row.sample == owned.sample))
    };
    if let Some(other) = samples.iter().find(|name| !is_name_of_it(name)) {
        let reason =
            format!("is of sample {} by its name, its read groups are of {other}", owned.sample);
        item.quarantine(Code::Sample, reason);
    }
}
