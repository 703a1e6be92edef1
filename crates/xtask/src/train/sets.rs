//! Sets of reads whose variants are known.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use wgs_formats::FileError;

use super::{TrainArgs, rig::Rig};
use crate::{Error, bench::simulation::Recipe};

/// What a set is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The model is fitted to it.
    Train,
    /// The model is judged on it.
    Validate,
}

/// Reads of a person whose variants are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Set {
    /// Names it in reports, and its folder.
    pub(super) name: String,
    pub(super) role: Role,
    /// Mean depth.
    pub(super) depth: f64,
    pub(super) alignment: PathBuf,
    /// The true variants.
    pub(super) truth: PathBuf,
    /// Where they are complete.
    pub(super) confident: PathBuf,
}

/// All sets that are asked for; reads are simulated and aligned.
pub(super) fn all(args: &TrainArgs, rig: &Rig) -> Result<Vec<Set>, Error> {
    let mut sets = match &args.table {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
            table(&text).map_err(|reason| format!("{}: {reason}", path.display()))?
        }
        None => Vec::new(),
    };
    if let Some(seed) = args.train.iter().find(|seed| args.validate.contains(seed)) {
        return Err(format!("seed {seed}: what is fitted to it cannot be judged on it").into());
    }
    let has = |role, seeds: &[u64]| !seeds.is_empty() || sets.iter().any(|s| s.role == role);
    if !has(Role::Train, &args.train) || !has(Role::Validate, &args.validate) {
        return Err("there is nobody to fit to, or nobody to judge on".into());
    }
    for (role, seeds) in [(Role::Train, &args.train), (Role::Validate, &args.validate)] {
        for &seed in seeds.iter().collect::<BTreeSet<_>>() {
            for &depth in &args.coverage {
                sets.push(simulated(rig, &args.contigs, role, seed, depth)?);
            }
        }
    }
    Ok(sets)
}

fn simulated(
    rig: &Rig,
    contigs: &[String],
    role: Role,
    seed: u64,
    depth: f64,
) -> Result<Set, Error> {
    let name = format!("seed{seed}.{depth}x");
    let recipe = Recipe { coverage: depth, contigs: contigs.to_vec(), seed, de_novo: None };
    let simulation = rig.simulate(&name, &recipe)?;
    let alignment = rig.align(&name, &recipe, &simulation)?;
    let (truth, confident) = (simulation.truth(), simulation.confident());
    Ok(Set { name, role, depth, alignment, truth, confident })
}

/// The sets of a table; see [`TrainArgs`].
fn table(text: &str) -> Result<Vec<Set>, String> {
    let rows = text.lines().enumerate();
    let rows = rows.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    rows.map(|(index, line)| row(line).map_err(|e| format!("line {}: {e}", index + 1)))
        .enumerate()
        .map(|(number, set)| set.map(|set| Set { name: format!("table{}", number + 1), ..set }))
        .collect()
}

fn row(line: &str) -> Result<Set, String> {
    let [role, depth, alignment, truth, confident] = line.split('\t').collect::<Vec<_>>()[..]
    else {
        return Err("expected five columns: role, depth, alignment, truth, regions".into());
    };
    let role = match role {
        "train" => Role::Train,
        "validate" => Role::Validate,
        other => return Err(format!("expected train or validate, not {other:?}")),
    };
    let depth = depth.parse().map_err(|_| format!("{depth:?} is no depth"))?;
    let [alignment, truth, confident] =
        [alignment, truth, confident].map(|path| Path::new(path).to_owned());
    Ok(Set { name: String::new(), role, depth, alignment, truth, confident })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_names_sets() {
        let text = "# role\tdepth\n\ntrain\t30\ta.cram\tt.vcf\tr.bed\nvalidate\t15\tb\tt\tr\n";
        let sets = table(text).unwrap();
        let found: Vec<_> = sets.iter().map(|s| (s.name.as_str(), s.role, s.depth)).collect();
        assert_eq!(found, [("table1", Role::Train, 30.0), ("table2", Role::Validate, 15.0)]);
        assert_eq!(sets[0].alignment, Path::new("a.cram"));
    }

    #[test]
    fn what_is_wrong_with_a_table_is_told_with_its_line() {
        for (text, reason) in [
            ("train\t30\ta.cram\n", "line 1: expected five"),
            ("\ntest\t30\ta\tt\tr\n", "line 2: expected train or validate"),
            ("train\tdeep\ta\tt\tr\n", "no depth"),
        ] {
            let error = table(text).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
