//! What units a case has and which wait for which, without the names of its samples and files:
//! cases of one kind share it.

use serde::{Deserialize, Serialize};
use wgs_task::TaskSpec;

use super::{Grain, Unit};
use crate::{CasePlan, Graph};

/// The units of a case by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shape {
    /// The units.
    pub units: Vec<ShapeUnit>,
}

/// A unit of a shape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShapeUnit {
    /// What it does: a stage, `case` or `close`.
    pub label: String,
    /// Numbers of the units that it waits for.
    pub upstream: Vec<u16>,
}

impl Shape {
    /// The shape of a planned case. With [`Grain::Task`] unit *n* is task *n* of the plan, and the
    /// last one closes the case.
    pub fn of(plan: &CasePlan, graph: &Graph, grain: Grain) -> Self {
        let number = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        if grain == Grain::Case {
            return Self { units: vec![ShapeUnit { label: "case".into(), upstream: Vec::new() }] };
        }
        let mut units: Vec<_> = plan
            .tasks
            .iter()
            .enumerate()
            .map(|(n, task)| ShapeUnit {
                label: label(task),
                upstream: graph.upstream(n).iter().map(|&t| number(t)).collect(),
            })
            .collect();
        let all = (0..units.len()).map(number).collect();
        units.push(ShapeUnit { label: "close".into(), upstream: all });
        Self { units }
    }

    /// How many units in a row a unit waits for at most.
    pub(super) fn levels(&self) -> Vec<u16> {
        let mut levels = vec![0u16; self.units.len()];
        // A graph without circles settles after as many rounds as it has units.
        for _ in 0..self.units.len() {
            for (n, unit) in self.units.iter().enumerate() {
                let upstream = unit.upstream.iter().filter_map(|&u| levels.get(usize::from(u)));
                levels[n] = upstream.map(|level| level + 1).max().unwrap_or(0);
            }
        }
        levels
    }

    /// A unit and all that wait for it, directly or not.
    pub(super) fn downstream(&self, unit: u16) -> Vec<u16> {
        let mut found = vec![unit];
        let mut next = 0;
        while let Some(&of) = found.get(next) {
            next += 1;
            for (n, other) in (0u16..).zip(&self.units) {
                if other.upstream.contains(&of) && !found.contains(&n) {
                    found.push(n);
                }
            }
        }
        found
    }
}

/// The unit of a number in a case.
pub(super) fn unit(plan: &CasePlan, grain: Grain, number: u16) -> Unit {
    match (grain, plan.tasks.get(usize::from(number))) {
        (Grain::Case, _) => Unit::Case,
        (Grain::Task, Some(task)) => Unit::Task(task.id.clone()),
        (Grain::Task, None) => Unit::Close,
    }
}

/// People see it in queues, so it names a stage and no sample.
fn label(task: &TaskSpec) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    task.stage.chars().map(fit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{case_plan, task};

    #[test]
    fn cases_of_one_kind_share_a_shape() {
        let folder = tempfile::tempdir().unwrap();
        let plan = |case: &str| {
            let tasks = vec![
                task("report", &["v", "q"], &["html"]),
                task("call", &["cram"], &["v"]),
                task("qc", &["cram"], &["q"]),
                task("reads", &["/dev/null"], &["cram"]),
            ];
            case_plan(folder.path(), case, tasks)
        };
        let shape = |plan: &CasePlan, grain| Shape::of(plan, &Graph::of_case(plan).unwrap(), grain);
        let (one, other) = (plan("A"), plan("B"));
        assert_eq!(shape(&one, Grain::Task), shape(&other, Grain::Task));
        let tasks = shape(&one, Grain::Task);
        assert_eq!(tasks.levels(), [2, 1, 1, 0, 3]);
        assert_eq!(tasks.downstream(1), [1, 0, 4]);
        assert_eq!(unit(&one, Grain::Task, 4), Unit::Close);
        assert_eq!(unit(&one, Grain::Task, 3), Unit::Task(one.tasks[3].id.clone()));
        assert_eq!(shape(&one, Grain::Case).units.len(), 1);
        assert_eq!(unit(&one, Grain::Case, 0), Unit::Case);
    }
}
