//! A delivered file, and what has become of it.

use wgs_core::SampleId;

use crate::{
    content::{Content, Form},
    list::{Claim, parse::Digest},
    name::{FastqName, Kind, is_form_of_fastq, is_plain, meant},
    problem::{Code, Problem},
};

/// A delivered file.
#[derive(Debug)]
pub(crate) struct Item {
    /// Relative to the delivery's folder.
    pub(crate) file: String,
    pub(crate) kind: Kind,
    pub(crate) claims: Vec<Claim>,
    pub(crate) content: Option<Content>,
    pub(crate) state: State,
    pub(crate) owner: Owner,
}

/// What has become of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is good.
    Accepted,
    Waiting(String),
    Quarantined(Problem),
    /// It is the same as another, which is taken.
    Duplicate(String),
    /// It is not good, but another stands in for it.
    Superseded(String),
}

/// Of whom a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// It is of no sample.
    Nobody,
    /// Of a sample of the manifest, or of the case that is made of it.
    Sample(Owned),
    /// The provider's name, which is not in the manifest; none if the name tells none.
    Unassigned(Option<String>),
    /// Of one of these, perhaps.
    Unclear(Vec<SampleId>, Problem),
}

/// Of which sample a file is, and by which row of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) sample: SampleId,
    pub(crate) delivered_as: String,
    pub(crate) row: Option<usize>,
}

impl Owner {
    /// Samples that are not complete without the file.
    pub(crate) fn samples(&self) -> Vec<&SampleId> {
        match self {
            Self::Sample(owned) => vec![&owned.sample],
            Self::Unclear(samples, _) => samples.iter().collect(),
            Self::Nobody | Self::Unassigned(_) => Vec::new(),
        }
    }

    /// A name for reports.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Sample(owned) => Some(owned.sample.as_str()),
            Self::Unassigned(name) => name.as_deref(),
            Self::Nobody | Self::Unclear(..) => None,
        }
    }
}

/// The place that a file of reads takes; two files of one place are two versions of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    /// The sample's id behind `=`, or the provider's name of it behind `?`.
    pub(crate) owner: String,
    pub(crate) delivered_as: String,
    pub(crate) flow_cell: Option<String>,
    /// By the file's name, or else that of the first read.
    pub(crate) lane: Option<u32>,
    pub(crate) chunk: u32,
    pub(crate) mate: u8,
    /// Of an alignment; of FASTQ, the barcode.
    pub(crate) stem: String,
}

impl Slot {
    /// The place of the other read of the pairs.
    pub(crate) fn of_mate(&self) -> Self {
        Self { mate: 3 - self.mate.clamp(1, 2), ..self.clone() }
    }

    /// `flow cell HX, lane 2, chunk 3` as far as there is something to tell.
    pub(crate) fn describe(&self) -> String {
        let flow_cell = self.flow_cell.as_ref().map(|f| format!("flow cell {f}"));
        let lane = self.lane.map(|lane| format!("lane {lane}"));
        let chunk = (self.chunk > 1).then(|| format!("chunk {}", self.chunk));
        let barcode =
            (self.mate > 0 && !self.stem.is_empty()).then(|| format!("barcode {}", self.stem));
        let parts: Vec<String> = [flow_cell, lane, barcode, chunk].into_iter().flatten().collect();
        if parts.is_empty() { self.delivered_as.clone() } else { parts.join(", ") }
    }
}

impl Item {
    pub(crate) fn is_accepted(&self) -> bool {
        self.state == State::Accepted
    }

    /// Its name, without folders.
    pub(crate) fn name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or_default()
    }

    /// The folder that it lies in; empty for that of the delivery.
    pub(crate) fn folder(&self) -> &str {
        self.file.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// What its name tells of whose it is, also if it is in a form that is not taken.
    pub(crate) fn meant(&self) -> Kind {
        match &self.kind {
            Kind::Unsupported(_) | Kind::List => meant(self.name()),
            kind => kind.clone(),
        }
    }

    /// Whether it is certain that two files are of the same owner, or of nobody.
    pub(crate) fn is_of_owner_of(&self, other: &Self) -> bool {
        match (self.slot(), other.slot()) {
            (Some(one), Some(other)) => one.owner == other.owner,
            (None, None) => [self, other].iter().all(|item| {
                item.owner == Owner::Nobody && matches!(item.kind, Kind::Other | Kind::Spare)
            }),
            _ => false,
        }
    }

    /// Whether a file is the same reads in a form that is taken: it lies beside, under the same name.
    pub(crate) fn is_form_of(&self, bad: &Self) -> bool {
        matches!(bad.kind, Kind::Unsupported(_))
            && self.folder() == bad.folder()
            && matches!(self.kind, Kind::Fastq(_) | Kind::Alignment { .. })
            && self.kind == bad.meant()
    }

    /// Whether it is a read of the pairs that lie beside a file that tells no read, under its name.
    pub(crate) fn is_mate_of(&self, unpaired: &Self) -> bool {
        let is_name = |name: &FastqName| {
            let behind = unpaired.name().strip_prefix(&name.prefix);
            behind.is_some_and(is_form_of_fastq)
        };
        unpaired.kind == Kind::Unpaired
            && self.folder() == unpaired.folder()
            && self.fastq().is_some_and(is_name)
    }

    /// Whether nothing tells of which sample a file is that waits or is quarantined, so that any may
    /// lack it that has files near it.
    pub(crate) fn may_be_of_any(&self) -> bool {
        let code = match &self.state {
            State::Waiting(_) => None,
            State::Quarantined(problem) => Some(problem.code),
            State::Accepted | State::Duplicate(_) | State::Superseded(_) => return false,
        };
        if !self.owner.samples().is_empty() {
            return false;
        }
        match &self.kind {
            Kind::List | Kind::Unpaired | Kind::Unsupported(_) => true,
            Kind::Fastq(name) => {
                let has_name = !name.prefix.is_empty() || self.owner.name().is_some();
                !has_name || code == Some(Code::Name)
            }
            // Its header may tell what its name does not.
            Kind::Alignment { .. } => {
                let header = self.content.as_ref().and_then(|content| content.header.as_ref());
                code.is_some() && header.is_none()
            }
            // These may be folders, or lead to one.
            Kind::Other => matches!(code, Some(Code::Link | Code::Name)),
            Kind::Spare | Kind::Temporary { .. } => false,
        }
    }

    pub(crate) fn quarantine(&mut self, code: Code, reason: impl Into<String>) {
        self.state = State::Quarantined(Problem::new(code, reason));
    }

    pub(crate) fn fastq(&self) -> Option<&FastqName> {
        match &self.kind {
            Kind::Fastq(name) => Some(name),
            _ => None,
        }
    }

    /// The flow cell by the file's name, or by the names of its reads.
    pub(crate) fn flow_cell(&self) -> Option<&str> {
        let of_name = self.fastq().and_then(|name| name.flow_cell.as_deref());
        let first = self.content.as_ref().and_then(|content| content.first.as_ref());
        of_name.or(first.and_then(|first| first.title.flow_cell.as_deref()))
    }

    /// Digests that lists have for it.
    pub(crate) fn expected(&self) -> impl Iterator<Item = &Digest> {
        self.claims.iter().map(|claim| &claim.digest)
    }

    /// Whether its content has this digest.
    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.content.as_ref().is_some_and(|content| found(content, digest) == digest.digits())
    }

    /// The place of reads of a known owner.
    pub(crate) fn slot(&self) -> Option<Slot> {
        let (owner, delivered_as) = match &self.owner {
            Owner::Sample(owned) => (format!("={}", owned.sample), owned.delivered_as.clone()),
            Owner::Unassigned(Some(name)) => (format!("?{name}"), name.clone()),
            _ => return None,
        };
        let first = self.content.as_ref().and_then(|content| content.first.as_ref());
        match &self.kind {
            Kind::Fastq(name) => Some(Slot {
                owner,
                delivered_as,
                flow_cell: self.flow_cell().map(str::to_owned),
                lane: name.lane.or(first.and_then(|first| first.title.lane)),
                chunk: name.chunk,
                mate: name.mate,
                stem: name.barcode.clone().unwrap_or_default(),
            }),
            Kind::Alignment { stem } => Some(Slot {
                owner,
                delivered_as,
                flow_cell: None,
                lane: None,
                chunk: 1,
                mate: 0,
                stem: stem.clone(),
            }),
            _ => None,
        }
    }
}

/// The digest of a content that is of the same kind as another.
fn found<'a>(content: &'a Content, like: &Digest) -> &'a str {
    match like {
        Digest::Md5(_) => &content.md5,
        Digest::Sha256(_) => &content.sha256,
    }
}

/// What is looked for in files of a kind.
pub(crate) fn form(kind: &Kind) -> Form {
    match kind {
        Kind::Fastq(_) => Form::Fastq,
        Kind::Alignment { .. } => Form::Alignment,
        _ => Form::Other,
    }
}

/// Whether files of a kind are reads, which must be in a list.
pub(crate) fn is_reads(kind: &Kind) -> bool {
    !matches!(kind, Kind::Other | Kind::List | Kind::Temporary { .. })
}

/// What can be said without reading a file; none if it is to be read.
pub(crate) fn by_name(item: &Item, without_checksums: bool) -> Option<State> {
    let quarantined = |code, reason: &str| Some(State::Quarantined(Problem::new(code, reason)));
    if is_reads(&item.kind) && !item.file.split('/').all(is_plain) {
        let reason = "its path has characters that may not stand in the name of reads";
        return quarantined(Code::Name, reason);
    }
    match &item.kind {
        Kind::Unpaired => {
            return quarantined(Code::Unsupported, "its name tells neither R1 nor R2");
        }
        Kind::Unsupported(what) => {
            let reason = format!("is in a form that is not read: {what}");
            return quarantined(Code::Unsupported, &reason);
        }
        Kind::Fastq(name) if name.mate == 3 => {
            let reason = "is read 3 of its lane: of three reads, which are mates is not known";
            return quarantined(Code::Unsupported, reason);
        }
        _ => {}
    }
    if item.claims.is_empty() && !without_checksums && is_reads(&item.kind) {
        let reason = "no list of checksums names it yet (--without-checksums, if none will come)";
        return Some(State::Waiting(reason.into()));
    }
    let disagree = item.claims.iter().find_map(|one| {
        let other = |other: &&Claim| {
            one.digest.algorithm() == other.digest.algorithm() && one.digest != other.digest
        };
        item.claims.iter().find(other).map(|other| (one, other))
    });
    let (one, other) = disagree?;
    let reason = format!(
        "{} (line {}) and {} (line {}) have different digests for it",
        one.list, one.line, other.list, other.line
    );
    quarantined(Code::List, &reason)
}

/// What the content of a file says.
pub(crate) fn by_content(item: &Item, content: &Content, without_end_block: bool) -> State {
    let quarantined = |code, reason: String| State::Quarantined(Problem::new(code, reason));
    for claim in &item.claims {
        let found = found(content, &claim.digest);
        if found != claim.digest.digits() {
            let (algorithm, expected) = (claim.digest.algorithm(), claim.digest.digits());
            let (list, line) = (&claim.list, claim.line);
            let reason =
                format!("its {algorithm} is {found}, but {list} (line {line}) has {expected}");
            return match &claim.guess {
                None => quarantined(Code::Digest, reason),
                Some(place) => quarantined(Code::List, format!("{reason} for {place}")),
            };
        }
    }
    if let Some(fault) = &content.fault {
        return State::Quarantined(fault.clone());
    }
    if content.lacks_end_block && !without_end_block && is_reads(&item.kind) {
        let reason = "ends without the block that ends BGZF: it may have been cut off there";
        return State::Quarantined(Problem::new(Code::Truncated, reason).advice(
            "have it delivered again; if the demultiplexer writes such files, give \
             --without-end-block, and runs the option without_end_block",
        ));
    }
    let (Some(name), Some(first)) = (item.fastq(), &content.first) else {
        return State::Accepted;
    };
    let title = &first.title;
    if let (Some(of_name), Some(of_reads)) = (name.lane, title.lane)
        && of_name != of_reads
    {
        let reason = format!("is of lane {of_name} by its name, its reads are of lane {of_reads}");
        return quarantined(Code::Lane, reason);
    }
    if let (Some(of_name), Some(of_reads)) = (&name.flow_cell, &title.flow_cell)
        && of_name != of_reads
    {
        let reason = format!("is of flow cell {of_name} by its name, its reads are of {of_reads}");
        return quarantined(Code::Lane, reason);
    }
    match title.mate {
        Some(mate) if mate != name.mate => {
            let own = name.mate;
            quarantined(Code::Mates, format!("is R{own} by its name, its reads say read {mate}"))
        }
        _ => State::Accepted,
    }
}
