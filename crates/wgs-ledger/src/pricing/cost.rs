//! What tasks and cases cost by a price table.

use serde::Serialize;

use super::{Cloud, Instance, Pricing, Site, table::Storage};
use crate::{Money, Span, TaskRow};

const HOUR_US: u128 = 3_600_000_000;
const GIB: u128 = 1 << 30;
const GB: u128 = 1_000_000_000;
/// What a machine needs beyond the largest memory that was seen, as a fraction.
const MEMORY_MARGIN: (u64, u64) = (11, 10);

/// What a case, or several, cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CaseCost {
    /// On one's own machines.
    pub site: Option<SiteCost>,
    /// In a cloud.
    pub cloud: Option<CloudCost>,
}

/// What is paid on one's own machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SiteCost {
    /// Threads and memory that the tasks were given, as long as they ran.
    pub compute: Money,
    /// Keeping the outputs.
    pub storage: Money,
}

/// What would be paid in a cloud, with each case on a machine of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CloudCost {
    /// The cheapest machine on demand that fits; none where none does.
    pub instance: Option<String>,
    /// How long it would be had.
    pub time: Span,
    /// The machine on demand.
    pub on_demand: Money,
    /// The cheapest machine that fits and may be taken away; none where none is offered.
    pub spot: Option<Money>,
    /// Keeping the outputs.
    pub storage: Money,
    /// Taking the outputs out.
    pub egress: Money,
}

impl SiteCost {
    /// Everything.
    pub fn total(&self) -> Money {
        [self.compute, self.storage].into_iter().sum()
    }
}

impl CloudCost {
    /// Everything, on demand; none where no machine fits.
    pub fn total(&self) -> Option<Money> {
        self.instance.as_ref()?;
        Some([self.on_demand, self.storage, self.egress].into_iter().sum())
    }
}

/// What the processors and the memory of a task cost on one's own machines.
pub(crate) fn task_cost(row: &TaskRow, pricing: &Pricing) -> Option<Money> {
    let site = pricing.site.as_ref()?;
    let time = u128::from(row.wall.0);
    let (threads, bytes) = (row.threads as u128, u128::from(row.asked_bytes));
    let hours = |price: Option<Money>, amount: u128, unit: u128| {
        price.unwrap_or_default().share(time.saturating_mul(amount), HOUR_US * unit)
    };
    Some(match &site.node {
        None => {
            let Site { core_hour, memory_gib_hour, .. } = site;
            [hours(*core_hour, threads, 1), hours(*memory_gib_hour, bytes, GIB)].into_iter().sum()
        }
        Some(node) => {
            let by_threads = hours(Some(node.hour), threads, u128::from(node.threads));
            let by_memory = hours(Some(node.hour), bytes, u128::from(node.memory_gib) * GIB);
            by_threads.max(by_memory)
        }
    })
}

/// What a case costs.
pub(crate) fn case_cost(tasks: &[TaskRow], pricing: &Pricing) -> CaseCost {
    let kept_bytes = tasks.iter().map(|task| task.kept_bytes).sum();
    CaseCost {
        site: pricing.site.as_ref().map(|site| SiteCost {
            compute: tasks.iter().filter_map(|task| task_cost(task, pricing)).sum(),
            storage: site.storage.cost(kept_bytes),
        }),
        cloud: pricing.cloud.as_ref().map(|cloud| cloud_cost(tasks, cloud, kept_bytes)),
    }
}

fn cloud_cost(tasks: &[TaskRow], cloud: &Cloud, kept_bytes: u64) -> CloudCost {
    let demand = Demand::of(tasks);
    let fitting = || cloud.instances.iter().filter(|instance| demand.fits(instance));
    let price = |instance: &Instance, hour: Money| {
        let time = demand.time_on(instance).0.max(u64::from(cloud.minimum_s) * 1_000_000);
        (hour.share(u128::from(time), HOUR_US), Span(time))
    };
    let on_demand = fitting()
        .map(|i| (price(i, i.hour), i))
        .min_by_key(|((cost, time), i)| (*cost, *time, i.name.clone()));
    let spot = fitting().filter_map(|i| Some(price(i, i.spot_hour?).0)).min();
    let ((cost, time), instance) = match on_demand {
        Some((found, instance)) => (found, Some(instance.name.clone())),
        None => ((Money::default(), Span::default()), None),
    };
    CloudCost {
        instance,
        time,
        on_demand: cost,
        spot,
        storage: cloud.storage.cost(kept_bytes),
        egress: cloud.egress_gb.unwrap_or_default().share(u128::from(kept_bytes), GB),
    }
}

impl Storage {
    fn cost(&self, bytes: u64) -> Money {
        self.tb_month.share(u128::from(bytes) * u128::from(self.months), 1000 * GB)
    }
}

/// What a case asks of a machine that does all of it.
struct Demand {
    /// Threads of all tasks, times how long each had them.
    thread_time: Span,
    /// How long at least one task ran.
    busy: Span,
    /// Largest memory of tasks that ran at the same time.
    memory_bytes: u64,
}

impl Demand {
    fn of(tasks: &[TaskRow]) -> Self {
        let mut demand =
            Self { thread_time: Span::default(), busy: Span::default(), memory_bytes: 0 };
        // Starts and ends, in order of time; ends first, so that what follows is not beside.
        let mut moments = Vec::new();
        let first = tasks.iter().filter_map(|task| task.started).min();
        for task in tasks {
            demand.thread_time += task.allotted();
            let (Some(first), Some(started)) = (first, task.started) else { continue };
            let start = Span::from_secs(started.seconds_since(first)).0;
            moments.push((start, 1, task.rss_bytes));
            moments.push((start.saturating_add(task.wall.0), 0, task.rss_bytes));
        }
        moments.sort_unstable();
        demand.sweep(&moments);
        demand
    }

    fn sweep(&mut self, moments: &[(u64, u8, u64)]) {
        let (mut running, mut memory, mut since) = (0_i64, 0_u64, 0);
        for &(at, starts, bytes) in moments {
            if running > 0 {
                self.busy += Span(at - since);
            }
            since = at;
            if starts == 1 {
                running += 1;
                memory = memory.saturating_add(bytes);
            } else {
                running -= 1;
                memory = memory.saturating_sub(bytes);
            }
            self.memory_bytes = self.memory_bytes.max(memory);
        }
    }

    fn fits(&self, instance: &Instance) -> bool {
        let (more, than) = MEMORY_MARGIN;
        let needed = u128::from(self.memory_bytes) * u128::from(more) / u128::from(than);
        needed <= u128::from(instance.memory_gib) * GIB
    }

    /// On fewer threads than the tasks had, all takes longer; on more, nothing goes faster.
    fn time_on(&self, instance: &Instance) -> Span {
        Span(self.thread_time.0.div_ceil(u64::from(instance.vcpu)).max(self.busy.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attempts, testing};

    fn tasks() -> Vec<TaskRow> {
        let record =
            testing::record("C1", &[("a", "s", 1800.0, 3000.0), ("b", "s", 3600.0, 3000.0)]);
        let row = |entry| TaskRow::of("out", &record, entry, &Attempts::default());
        record.tasks.iter().map(row).collect()
    }

    fn cost(text: &str) -> CaseCost {
        let head = "schema = \"wgs-pipe/pricing/1\"\nname = \"n\"\ncurrency = \"EUR\"\n\
                    valid_from = \"2026-01-01\"\nsource = \"s\"\n";
        let pricing = Pricing::parse("p".as_ref(), &format!("{head}{text}")).unwrap();
        case_cost(&tasks(), &pricing)
    }

    #[test]
    fn threads_and_memory_are_paid_as_given() {
        // Two threads and 4 MiB for an hour and a half.
        let found = cost("[site]\ncore_hour = \"0.5\"\nmemory_gib_hour = \"1.024\"");
        let memory = "0.006".parse::<Money>().unwrap();
        assert_eq!(found.site.unwrap().compute.0, 1_500_000_000 + memory.0);
        let node = |threads, gib| {
            let text = format!(
                "[site]\nnode = {{ hour = \"3\", threads = {threads}, memory_gib = {gib} }}"
            );
            cost(&text).site.unwrap().compute.to_string()
        };
        assert_eq!(node(8, 64), "1.125");
        assert_eq!(node(4096, 1), "0.017578125");
    }

    #[test]
    fn the_cheapest_machine_that_fits_is_taken() {
        let instance = |name: &str, vcpu: u32, gib: u32, hour: &str| {
            format!(
                "[[cloud.instances]]\nname = \"{name}\"\nvcpu = {vcpu}\nmemory_gib = {gib}\n\
                 hour = \"{hour}\"\nspot_hour = \"0.1\"\n"
            )
        };
        let text = format!(
            "[cloud]\nname = \"c\"\nregion = \"r\"\nminimum_s = 60\negress_gb = \"1000\"\n{}{}{}",
            instance("half", 1, 4, "1"),
            instance("same", 2, 4, "1.5"),
            instance("large", 64, 4, "9"),
        );
        let cloud = cost(&text).cloud.unwrap();
        assert_eq!(cloud.instance.as_deref(), Some("same"));
        assert_eq!((cloud.on_demand.to_string().as_str(), cloud.time.secs()), ("2.25", 5400.0));
        assert_eq!(cloud.spot.unwrap().to_string(), "0.15");
        assert_eq!(cloud.egress.to_string(), "0.001");
        assert_eq!(cloud.total().unwrap().to_string(), "2.251");
    }

    #[test]
    fn what_goes_once_it_is_read_is_not_kept() {
        let mut record =
            testing::record("C1", &[("a", "s", 1800.0, 3000.0), ("b", "s", 3600.0, 3000.0)]);
        record.tasks[0].temporary = vec!["out".into()];
        let row = |entry| TaskRow::of("out", &record, entry, &Attempts::default());
        let rows: Vec<_> = record.tasks.iter().map(row).collect();
        assert_eq!((rows[0].output_bytes, rows[0].kept_bytes, rows[1].kept_bytes), (500, 0, 500));
        let pricing = Pricing::parse("p".as_ref(), Pricing::example()).unwrap();
        let (all, kept) = (case_cost(&tasks(), &pricing), case_cost(&rows, &pricing));
        let (all, kept) = (all.cloud.unwrap(), kept.cloud.unwrap());
        assert!(kept.egress < all.egress && kept.storage <= all.storage);
        assert_eq!(kept.on_demand, all.on_demand);
    }

    #[test]
    fn no_machine_is_told_where_none_fits() {
        let mut tasks = tasks();
        tasks[0].rss_bytes = 20 << 30;
        let mut pricing = Pricing::parse("p".as_ref(), Pricing::example()).unwrap();
        let cloud = case_cost(&tasks, &pricing).cloud.unwrap();
        assert_eq!(cloud.instance.as_deref(), Some("c5.4xlarge"));
        pricing.cloud.as_mut().unwrap().instances.truncate(1);
        let cloud = case_cost(&tasks, &pricing).cloud.unwrap();
        assert_eq!((cloud.instance.clone(), cloud.total()), (None, None));
    }

    #[test]
    fn memory_adds_up_where_tasks_overlap() {
        let mut tasks = tasks();
        assert_eq!(Demand::of(&tasks).memory_bytes, 1 << 20);
        tasks[1].started = tasks[0].started;
        let demand = Demand::of(&tasks);
        assert_eq!((demand.memory_bytes, demand.busy.secs()), (2 << 20, 3600.0));
    }
}
