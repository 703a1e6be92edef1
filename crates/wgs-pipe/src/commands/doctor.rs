//! `wgs-pipe doctor`

use std::{fmt::Display, fs, path::Path};

use wgs_align::index;
use wgs_core::ErrorKind;
use wgs_engine::slurm::{self, SlurmOptions};
use wgs_task::{
    Bundle,
    bundle::{Part, index_prefix_in},
};

use super::{Outcome, cluster::slurm_options, say};
use crate::{
    cli::{DoctorArgs, ExecutorName},
    failure::Failure,
    memory,
};

/// Checks, and fails with the first that failed.
pub(super) fn doctor(args: &DoctorArgs) -> Outcome {
    let mut checks = vec![processor(), memory_available(), disk(&args.out)];
    if let Some(bundle) = &args.bundle {
        checks.extend(check_bundle(bundle));
    }
    if args.executor == ExecutorName::Slurm {
        checks.extend(check_slurm(args));
    }
    let lines: String = checks.iter().map(Check::line).collect();
    say(&lines)?;
    match checks.into_iter().find_map(|check| check.result.err()) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

struct Check {
    what: &'static str,
    result: Result<String, Failure>,
}

impl Check {
    fn line(&self) -> String {
        match &self.result {
            Ok(found) => format!("ok    {:<10} {found}\n", self.what),
            Err(failure) => format!("FAIL  {:<10} {}\n", self.what, failure.message),
        }
    }
}

fn gib(bytes: u64) -> impl Display {
    format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64)
}

fn processor() -> Check {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let name = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|l| l.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let name = name.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    Check { what: "processor", result: Ok(format!("{threads} threads, {name}")) }
}

fn memory_available() -> Check {
    let result = match memory::meminfo_available() {
        Some(bytes) if bytes < 2 << 30 => Err(Failure::new(
            ErrorKind::OutOfMemory,
            format!("{} available; a run needs at least 2 GiB", gib(bytes)),
        )),
        Some(bytes) => Ok(format!(
            "{} available, --memory is {} by default",
            gib(bytes),
            gib(memory::default_memory().0)
        )),
        None => Ok("unknown: /proc/meminfo cannot be read".into()),
    };
    Check { what: "memory", result }
}

fn disk(out: &Path) -> Check {
    let there = out.ancestors().find(|p| p.exists()).unwrap_or(Path::new("."));
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    let result = match nix::sys::statvfs::statvfs(there) {
        Err(e) => Err(Failure::new(ErrorKind::TaskFailed, format!("{}: {e}", there.display()))),
        Ok(stat) if stat.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY) => {
            Err(Failure::new(ErrorKind::Permission, format!("{} is read-only", there.display())))
        }
        Ok(stat) => {
            let free = stat.blocks_available() * stat.fragment_size();
            Ok(format!("{} free in {}", gib(free), there.display()))
        }
    };
    Check { what: "disk", result }
}

fn check_bundle(root: &Path) -> Vec<Check> {
    let bundle = match Bundle::open(root) {
        Ok(bundle) => bundle,
        Err(e) => return vec![Check { what: "bundle", result: Err(e.into()) }],
    };
    let result = bundle.verify().map_err(Failure::from).and_then(|()| {
        let genome = bundle.genome()?;
        let contigs = genome.contigs();
        Ok(format!(
            "{} contigs, {} bases, sources: {}, every digest right",
            contigs.len(),
            contigs.total_length(),
            if bundle.manifest().sources.is_empty() {
                "none".into()
            } else {
                bundle.manifest().sources.join(" ")
            },
        ))
    });
    vec![Check { what: "bundle", result }, check_indexes(&bundle)]
}

fn check_slurm(args: &DoctorArgs) -> impl Iterator<Item = Check> {
    let options = slurm_options(&args.slurm, &SlurmOptions::default());
    slurm::check(&options).into_iter().map(|check| {
        let result = check.result.map_err(|found| Failure {
            hint: found.hint,
            ..Failure::new(found.kind, found.message)
        });
        Check { what: check.what, result }
    })
}

/// The aligners whose index the bundle holds; each must be sound.
fn check_indexes(bundle: &Bundle) -> Check {
    let prefix = index_prefix_in(&bundle.folder(Part::Index));
    let sound = || -> Result<String, Failure> {
        let genome = bundle.genome()?;
        let mut found = Vec::new();
        if index::files(&prefix).iter().any(|file| file.exists()) {
            index::validate(&prefix, genome.contigs())?;
            found.push("bwa-mem3");
        }
        if index::minibwa::files(&prefix).iter().any(|file| file.exists()) {
            index::minibwa::validate(&prefix, genome.contigs())?;
            found.push("minibwa");
        }
        match found.as_slice() {
            [] => Err(Failure::new(ErrorKind::NotFound, "the bundle has no aligner's index")),
            found => Ok(format!("of {}", found.join(" and "))),
        }
    };
    Check { what: "index", result: sound() }
}
