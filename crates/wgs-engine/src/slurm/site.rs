//! What a site's SLURM is set to.

use std::path::PathBuf;

use super::{command::Commands, options::SlurmOptions, state::parse_span};
use crate::cluster::Refusal;

/// Jobs of one array where the controller does not say.
const DEFAULT_ARRAY: usize = 1001;
/// No more than this part of the controller's whole queue goes into one array.
const QUEUE_PART: usize = 2;

/// What matters of a site's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) version: String,
    pub(super) cluster: String,
    /// Array indices are below it.
    pub(super) max_array_size: usize,
    /// Jobs that the controller holds.
    pub(super) max_job_count: usize,
    pub(super) has_accounting: bool,
    /// File of `jobcomp/filetxt`.
    pub(super) completions: Option<PathBuf>,
    /// Minutes that partition, account and QOS allow.
    pub(super) max_time_minutes: Option<u64>,
    /// Threads and MiB of the partition's kinds of machines; empty where they are not told.
    pub(super) machines: Vec<(usize, u64)>,
    /// Jobs that the user may have by account and QOS.
    pub(super) max_submitted: Option<usize>,
}

impl Site {
    pub(super) fn ask(commands: &Commands, options: &SlurmOptions) -> Result<Self, Refusal> {
        let mut site = Self::parse(&commands.ask("scontrol", &["show", "config"])?);
        let text = commands.ask("scontrol", &["--oneliner", "show", "partition"])?;
        let partitions = partitions(&text, options.partition.as_deref());
        site.max_time_minutes = max_time(&partitions);
        let format = "--format=%P|%c|%m";
        let machines = commands.ask("sinfo", &["--noheader", "--exact", format])?;
        site.machines = kinds_of_machines(&machines, options.partition.as_deref());
        if site.has_accounting {
            let limits = limits(commands, &site.cluster, &partitions, options).unwrap_or_default();
            site.max_submitted = limits.submitted;
            site.max_time_minutes = smaller(site.max_time_minutes, limits.minutes);
        }
        Ok(site)
    }

    fn parse(config: &str) -> Self {
        let value = |name: &str| {
            let pairs = config.lines().filter_map(|line| line.split_once('='));
            pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name)
        };
        let text = |name| value(name).map_or("", |(_, value)| value);
        let number = |name| text(name).parse().ok();
        let is_file = text("JobCompType") == "jobcomp/filetxt";
        Self {
            version: text("SLURM_VERSION").to_owned(),
            cluster: text("ClusterName").to_owned(),
            max_array_size: number("MaxArraySize").unwrap_or(DEFAULT_ARRAY),
            max_job_count: number("MaxJobCount").unwrap_or(usize::MAX),
            has_accounting: text("AccountingStorageType").ends_with("/slurmdbd"),
            completions: is_file.then(|| text("JobCompLoc").into()),
            max_time_minutes: None,
            machines: Vec::new(),
            max_submitted: None,
        }
    }

    /// Whether some machine, also one that is down now, has so many threads and MiB.
    pub(super) fn has_machine(&self, threads: usize, mib: u64) -> bool {
        self.machines.is_empty() || self.machines.iter().any(|&(t, m)| t >= threads && m >= mib)
    }

    /// Most MiB of a machine that has so many threads; nothing where no machine is known to.
    pub(super) fn most_mib(&self, threads: usize) -> Option<u64> {
        self.machines.iter().filter(|&&(t, _)| t >= threads).map(|&(_, mib)| mib).max()
    }

    /// Jobs of one array.
    pub(super) fn max_batch(&self, options: &SlurmOptions) -> usize {
        [options.max_array, options.max_in_queue, self.max_submitted]
            .into_iter()
            .flatten()
            .chain([self.max_array_size, self.max_job_count / QUEUE_PART])
            .min()
            .map_or(1, |most| most.max(1))
    }
}

/// Threads and MiB of the kinds of machines of partitions, or the default one.
fn kinds_of_machines(text: &str, named: Option<&str>) -> Vec<(usize, u64)> {
    let kind = |line: &str| {
        let mut fields = line.split('|').map(str::trim);
        let (partition, threads, mib) = (fields.next()?, fields.next()?, fields.next()?);
        let meant = match named {
            Some(named) => named.split(',').any(|name| name == partition.trim_end_matches('*')),
            None => partition.ends_with('*'),
        };
        meant.then_some(())?;
        Some((threads.parse().ok()?, mib.parse().ok()?))
    };
    text.lines().filter_map(kind).collect()
}

/// What matters of a partition that jobs may go to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Partition {
    name: String,
    /// Minutes of a job; nothing where there is no limit.
    max_time: Option<u64>,
    qos: Option<String>,
}

/// The partitions that are named, or the default one.
fn partitions(text: &str, named: Option<&str>) -> Vec<Partition> {
    let partition = |line: &str| {
        let value = |name: &str| {
            let mut pairs = line.split(' ').filter_map(|word| word.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let name = value("PartitionName")?;
        let meant = match named {
            Some(named) => named.split(',').any(|named| named == name),
            None => value("Default") == Some("YES"),
        };
        meant.then(|| Partition {
            name: name.to_owned(),
            max_time: value("MaxTime").and_then(minutes),
            qos: value("QoS").filter(|qos| *qos != "N/A").map(str::to_owned),
        })
    };
    text.lines().filter_map(partition).collect()
}

/// Minutes that the partition allows that allows most; nothing where there is no limit.
fn max_time(partitions: &[Partition]) -> Option<u64> {
    let limits: Option<Vec<u64>> = partitions.iter().map(|partition| partition.max_time).collect();
    limits?.into_iter().max()
}

fn minutes(text: &str) -> Option<u64> {
    parse_span(text).map(|seconds| seconds / 60)
}

/// What account and QOS allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Limits {
    /// Jobs that the user may have.
    submitted: Option<usize>,
    /// Minutes of a job.
    minutes: Option<u64>,
}

impl Limits {
    /// Of fields that hold a time first, then numbers of jobs; empty ones set no limit.
    fn of(fields: &[&str]) -> Self {
        let minutes = fields.first().and_then(|field| minutes(field));
        let submitted = fields.iter().skip(1).filter_map(|field| field.parse().ok()).min();
        Self { submitted, minutes }
    }

    fn and(self, other: Self) -> Self {
        Self {
            submitted: smaller(self.submitted, other.submitted),
            minutes: smaller(self.minutes, other.minutes),
        }
    }
}

fn smaller<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

/// What account and QOS allow; nothing where the accounts' database does not tell.
fn limits(
    commands: &Commands,
    cluster: &str,
    partitions: &[Partition],
    options: &SlurmOptions,
) -> Option<Limits> {
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok()??.name;
    let ask = |arguments: &[&str]| {
        let fixed = ["--noheader", "--parsable2", "--readonly"];
        commands.ask("sacctmgr", &[&fixed, arguments].concat()).ok()
    };
    let cluster = format!("cluster={cluster}");
    let account = match &options.account {
        Some(account) => account.clone(),
        None => {
            let show = ["show", "user", &user, "withassoc", &cluster, "format=DefaultAccount"];
            ask(&show)?.lines().next().unwrap_or_default().to_owned()
        }
    };
    let user = format!("user={user}");
    let format = "format=Account,Partition,DefaultQOS,MaxWall,MaxSubmitJobs,GrpSubmitJobs";
    let associations = ask(&["show", "associations", &user, &cluster, format])?;
    let format = "format=Name,MaxWall,MaxSubmitJobsPerUser,MaxSubmitJobsPerAccount,GrpSubmitJobs";
    let qos = ask(&["show", "qos", format])?;
    let association = association(&associations, &account, partitions);
    let job = options.qos.as_deref().or(association.qos.as_deref()).unwrap_or("normal");
    Some(association.limits.and(limits_of_qos(&qos, job, partitions)))
}

/// What an account grants a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Association {
    limits: Limits,
    /// The QOS of jobs that name none.
    qos: Option<String>,
}

/// That of an account; one for a partition comes before one for all.
fn association(text: &str, account: &str, partitions: &[Partition]) -> Association {
    let of = |line: &str| {
        let fields: Vec<_> = line.split('|').collect();
        let [name, partition, qos, limit @ ..] = fields.as_slice() else { return None };
        let is_for = partitions.iter().any(|meant| meant.name == *partition);
        (*name == account && (partition.is_empty() || is_for)).then(|| {
            let qos = (!qos.is_empty()).then(|| (*qos).to_owned());
            (is_for, Association { limits: Limits::of(limit), qos })
        })
    };
    let found = text.lines().filter_map(of).max_by_key(|(is_for, _)| *is_for);
    found.map(|(_, association)| association).unwrap_or_default()
}

/// What a job's QOS allows, and that of its partition, where it is sure which one that will be.
fn limits_of_qos(text: &str, job: &str, partitions: &[Partition]) -> Limits {
    let of_partition = match partitions {
        [partition] => partition.qos.as_deref(),
        _ => None,
    };
    let mut limits = Limits::default();
    for line in text.lines() {
        let fields: Vec<_> = line.split('|').collect();
        if let [name, limit @ ..] = fields.as_slice()
            && (*name == job || Some(*name) == of_partition)
        {
            limits = limits.and(Limits::of(limit));
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\
Configuration data as of 2026-11-21T16:52:20
AccountingStorageType   = accounting_storage/none
ClusterName             = lab
JobCompLoc              = /var/log/jobs.txt
JobCompType             = jobcomp/filetxt
MaxArraySize            = 41
MaxJobCount             = 60
SLURM_VERSION           = 22.05.8
";
    const PARTITIONS: &str = "\
PartitionName=main Default=YES MaxNodes=UNLIMITED MaxTime=UNLIMITED State=UP
PartitionName=long Default=NO QoS=N/A MaxTime=7-12:30:00 State=UP
PartitionName=short Default=NO QoS=low MaxTime=00:01:00 State=UP
";

    #[test]
    fn settings_are_read() {
        let site = Site::parse(CONFIG);
        assert_eq!((site.max_array_size, site.max_job_count), (41, 60));
        assert_eq!((site.version.as_str(), site.has_accounting), ("22.05.8", false));
        assert_eq!(site.completions, Some("/var/log/jobs.txt".into()));
        let other = Site::parse(&CONFIG.replace("/none", "/slurmdbd").replace("filetxt", "none"));
        assert!(other.has_accounting);
        assert_eq!(other.completions, None);
        assert_eq!(Site::parse("").max_array_size, DEFAULT_ARRAY);
    }

    #[test]
    fn a_batch_keeps_to_the_smallest_limit() {
        let site = Site::parse(CONFIG);
        let mut options = SlurmOptions::default();
        assert_eq!(site.max_batch(&options), 30);
        assert_eq!(Site { max_submitted: Some(3), ..site.clone() }.max_batch(&options), 3);
        options.max_array = Some(10);
        assert_eq!(site.max_batch(&options), 10);
        options.max_in_queue = Some(0);
        assert_eq!(site.max_batch(&options), 1);
    }

    #[test]
    fn machines_are_those_of_the_partition() {
        let text = "main*|2|6026\nbig|64|512000\nbig|128|256000\n";
        assert_eq!(kinds_of_machines(text, None), [(2, 6026)]);
        let machines = kinds_of_machines(text, Some("big"));
        let site = Site { machines, ..Site::parse(CONFIG) };
        assert!(site.has_machine(64, 512_000));
        assert!(site.has_machine(128, 1));
        assert!(!site.has_machine(128, 512_000));
        assert!(Site::parse(CONFIG).has_machine(1000, 1));
    }

    #[test]
    fn the_time_is_that_of_the_partition() {
        let max_time = |named| max_time(&partitions(PARTITIONS, named));
        assert_eq!(max_time(None), None);
        assert_eq!(max_time(Some("short")), Some(1));
        assert_eq!(max_time(Some("long")), Some((7 * 24 + 12) * 60 + 30));
        assert_eq!(max_time(Some("short,long")), Some((7 * 24 + 12) * 60 + 30));
        assert_eq!(max_time(Some("short,main")), None);
        assert_eq!(max_time(Some("none")), None);
    }

    #[test]
    fn limits_are_those_of_the_account_in_the_partition() {
        let text = "root|||||\nlab||few|1-00:00:00|100|\nlab|long|long|7-00:00:00|9|\n";
        let of = |account: &str, named: Option<&str>| {
            let found = association(text, account, &partitions(PARTITIONS, named));
            (found.limits.submitted, found.limits.minutes, found.qos)
        };
        assert_eq!(of("lab", None), (Some(100), Some(1440), Some("few".into())));
        assert_eq!(of("lab", Some("long")), (Some(9), Some(7 * 1440), Some("long".into())));
        assert_eq!(of("root", Some("long")), (None, None, None));
        assert_eq!(of("nobody", None), (None, None, None));
    }

    #[test]
    fn limits_are_those_of_the_qos_of_job_and_partition() {
        let text = "normal||||\nfew||3||\nlow|02:00:00|7|5|\n";
        let of = |job: &str, named: Option<&str>| {
            let limits = limits_of_qos(text, job, &partitions(PARTITIONS, named));
            (limits.submitted, limits.minutes)
        };
        assert_eq!(of("normal", None), (None, None));
        assert_eq!(of("few", None), (Some(3), None));
        assert_eq!(of("few", Some("short")), (Some(3), Some(120)));
        assert_eq!(of("normal", Some("short")), (Some(5), Some(120)));
        assert_eq!(of("normal", Some("short,long")), (None, None));
    }
}
