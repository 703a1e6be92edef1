//! Which files have arrived whole, as far as that can be told without reading them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use wgs_formats::Result;

use crate::{
    journal::Journal,
    name::{Kind, kind},
    scan::{Scan, Stat},
};

/// Why a file is left for the next scan.
pub(crate) fn arriving(
    scan: &Scan,
    settle: Duration,
    done_marker: Option<&str>,
    journal: &mut Journal,
    key: impl Fn(&str) -> String,
) -> Result<BTreeMap<String, String>> {
    let own_clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let unfinished = unfinished(scan);
    let mut arriving = BTreeMap::new();
    for (file, stat) in &scan.files {
        let reason = if unfinished.contains(file.as_str()) {
            Some("is being copied: a temporary file of it lies beside it".to_owned())
        } else if let Some(marker) = done_marker.filter(|marker| !is_done(scan, file, marker)) {
            Some(format!("its folder has no {marker} yet"))
        } else if journal.checked(&key(file), stat).is_some()
            || has_settled(stat, settle, own_clock)
        {
            None
        } else {
            settling(&key(file), *stat, settle, own_clock, journal)?
        };
        if let Some(reason) = reason {
            arriving.insert(file.clone(), reason);
        }
    }
    Ok(arriving)
}

/// Files beside which a temporary file of theirs lies.
fn unfinished(scan: &Scan) -> BTreeSet<String> {
    let of = |path: &String| {
        let (folder, name) = split(path);
        match kind(name) {
            Kind::Temporary { of } if folder.is_empty() => Some(of),
            Kind::Temporary { of } => Some(format!("{folder}/{of}")),
            _ => None,
        }
    };
    scan.files.keys().filter_map(of).collect()
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether the marker lies in the file's folder or one above it, within the delivery.
fn is_done(scan: &Scan, file: &str, marker: &str) -> bool {
    let mut folder = split(file).0;
    loop {
        let at = if folder.is_empty() { marker.to_owned() } else { format!("{folder}/{marker}") };
        if scan.files.contains_key(&at) {
            return true;
        }
        if folder.is_empty() {
            return false;
        }
        folder = split(folder).0;
    }
}

/// Whether the last change is long ago. One that lies in the future tells only that clocks differ.
fn has_settled(stat: &Stat, settle: Duration, own_clock: Duration) -> bool {
    let changed_ns = stat.mtime_ns.max(stat.ctime_ns);
    let changed = Duration::from_nanos(u64::try_from(changed_ns).unwrap_or(0));
    settle.is_zero() || own_clock.checked_sub(changed).is_some_and(|age| age >= settle)
}

/// A file whose time of change does not tell must have been seen as it is for long enough.
fn settling(
    key: &str,
    stat: Stat,
    settle: Duration,
    own_clock: Duration,
    journal: &mut Journal,
) -> Result<Option<String>> {
    let now_s = own_clock.as_secs();
    match journal.seen(key, &stat).and_then(|at_s| now_s.checked_sub(at_s)) {
        Some(age_s) if age_s >= settle.as_secs() => return Ok(None),
        Some(_) => {}
        None => journal.put_seen(key, stat, now_s)?,
    }
    Ok(Some(format!("was changed less than {} s ago", settle.as_secs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now_ns() -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(now.as_nanos()).unwrap()
    }

    fn scan(files: &[(&str, i64)]) -> Scan {
        let files = files.iter().map(|(file, age_s)| {
            let mtime_ns = now_ns() - age_s * 1_000_000_000;
            ((*file).to_owned(), Stat { size: 1, mtime_ns, ctime_ns: 0, inode: 1 })
        });
        Scan { files: files.collect(), ..Scan::default() }
    }

    fn waiting(scan: &Scan, settle_s: u64, marker: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&folder.path().join("j")).unwrap();
        let settle = Duration::from_secs(settle_s);
        let all = arriving(scan, settle, marker, &mut journal, str::to_owned).unwrap();
        all.into_keys().collect()
    }

    #[test]
    fn what_has_changed_lately_waits() {
        let scan = scan(&[("new.bam", 3), ("old.bam", 100), ("future.bam", -500)]);
        assert_eq!(waiting(&scan, 60, None), ["future.bam", "new.bam"]);
        assert_eq!(waiting(&scan, 0, None), [""; 0]);
        let mut dated_back = self::scan(&[("x.bam", 1000)]);
        dated_back.files.values_mut().for_each(|stat| stat.ctime_ns = now_ns());
        assert_eq!(waiting(&dated_back, 60, None), ["x.bam"]);
    }

    #[test]
    fn what_is_seen_unchanged_for_long_enough_does_not_wait() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&folder.path().join("j")).unwrap();
        let mut scan = scan(&[("future.bam", -500)]);
        let stat = scan.files["future.bam"];
        let now_s = u64::try_from(now_ns()).unwrap() / 1_000_000_000;
        journal.put_seen("future.bam", stat, now_s - 61).unwrap();
        let settle = Duration::from_secs(60);
        let all = arriving(&scan, settle, None, &mut journal, str::to_owned).unwrap();
        assert!(all.is_empty());
        scan.files.insert("future.bam".into(), Stat { size: 2, ..stat });
        let all = arriving(&scan, settle, None, &mut journal, str::to_owned).unwrap();
        assert_eq!(all.len(), 1);
    }

    #[test]
    fn temporary_files_and_markers() {
        let parts = scan(&[("a/x.bam", 99), ("a/x.bam.aspx", 99), ("b/x.bam", 99)]);
        assert_eq!(waiting(&parts, 1, None), ["a/x.bam"]);
        let marked = scan(&[("a/b/x.bam", 99), ("a/DONE", 99), ("c/x.bam", 99)]);
        assert_eq!(waiting(&marked, 1, Some("DONE")), ["c/x.bam"]);
    }
}
