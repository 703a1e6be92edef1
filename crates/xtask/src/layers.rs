//! Which crate may depend on which.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::Error;

/// Crates that read, compute and write one step of a case; strangers to each other.
const STAGES: &[&str] = &[
    "wgs-fastqc",
    "wgs-align",
    "wgs-smallvar",
    "wgs-strucvar",
    "wgs-annotate",
    "wgs-interpret",
    "wgs-metrics",
    "wgs-report",
    "wgs-archive",
    "wgs-compare",
    "wgs-intake",
];

/// What every stage, and the engine, may build on.
const BELOW_STAGES: &[&str] = &["wgs-core", "wgs-formats", "wgs-task"];

/// Crates that tell what the engine did: above it, and strangers to the stages.
const ABOVE_ENGINE: &[&str] = &["wgs-feed", "wgs-provenance"];

/// What they may build on.
const BELOW_RECORDS: &[&str] = &["wgs-core", "wgs-formats", "wgs-task", "wgs-engine"];

/// Only for development: no crate that is published may need them.
const DEVELOPMENT: &[&str] = &["wgs-testkit", "xtask", "wgs-benches", "wgs-examples"];

/// One crate of the workspace depends on another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edge {
    from: String,
    to: String,
    kind: DependencyKind,
}

/// The workspace's crates and how they depend on each other.
#[derive(Clone, Debug, Default)]
struct Graph {
    members: Vec<String>,
    edges: Vec<Edge>,
}

/// What a crate may depend on within the workspace.
enum Allowed {
    /// Only these.
    Only(&'static [&'static str]),
    /// Every published crate.
    Published,
    /// Every crate.
    All,
}

/// Reads the manifests and names every forbidden dependency.
pub(crate) fn run() -> Result<String, Error> {
    let graph = graph(&MetadataCommand::new().no_deps().exec()?);
    let violations = violations(&graph);
    if violations.is_empty() {
        let (crates, edges) = (graph.members.len(), graph.edges.len());
        return Ok(format!("layers hold: {crates} crates, {edges} dependencies between them"));
    }
    Err(format!("layers are broken:\n  {}", violations.join("\n  ")).into())
}

fn graph(metadata: &Metadata) -> Graph {
    let packages = metadata.workspace_packages();
    let members: Vec<String> = packages.iter().map(|p| p.name.to_string()).collect();
    let edges = packages.iter().flat_map(|package| {
        let inside = package.dependencies.iter().filter(|d| members.contains(&d.name));
        inside.map(|d| Edge { from: package.name.to_string(), to: d.name.clone(), kind: d.kind })
    });
    Graph { edges: edges.collect(), members: members.clone() }
}

fn violations(graph: &Graph) -> Vec<String> {
    let strangers = graph.members.iter().filter(|name| allowed(name).is_none());
    let strangers =
        strangers.map(|name| format!("{name} has no layer: give it one in {}", file!()));
    let forbidden = graph.edges.iter().filter(|edge| !is_allowed(edge));
    let forbidden = forbidden.map(|Edge { from, to, kind }| match kind {
        DependencyKind::Development => format!("{from} may not depend on {to}, in tests neither"),
        _ => format!("{from} may not depend on {to}"),
    });
    strangers.chain(forbidden).collect()
}

fn allowed(name: &str) -> Option<Allowed> {
    Some(match name {
        "wgs-core" => Allowed::Only(&[]),
        "wgs-formats" => Allowed::Only(&["wgs-core"]),
        "wgs-task" => Allowed::Only(&["wgs-core", "wgs-formats"]),
        "wgs-engine" => Allowed::Only(BELOW_STAGES),
        "wgs-ledger" => Allowed::Only(&["wgs-core", "wgs-formats", "wgs-task", "wgs-engine"]),
        "wgs-testkit" => Allowed::Only(&["wgs-core", "wgs-formats"]),
        "wgs-pipe" => Allowed::Published,
        name if STAGES.contains(&name) => Allowed::Only(BELOW_STAGES),
        name if ABOVE_ENGINE.contains(&name) => Allowed::Only(BELOW_RECORDS),
        name if DEVELOPMENT.contains(&name) => Allowed::All,
        _ => return None,
    })
}

fn is_allowed(Edge { from, to, kind }: &Edge) -> bool {
    if from == to || *kind == DependencyKind::Development && to == "wgs-testkit" {
        return true;
    }
    match allowed(from) {
        Some(Allowed::Only(names)) => names.contains(&to.as_str()),
        Some(Allowed::Published) => !DEVELOPMENT.contains(&to.as_str()),
        Some(Allowed::All) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edges: &[(&str, &str, DependencyKind)]) -> Vec<String> {
        let edges: Vec<Edge> = edges
            .iter()
            .map(|(from, to, kind)| Edge { from: (*from).into(), to: (*to).into(), kind: *kind })
            .collect();
        let members = edges.iter().flat_map(|e| [e.from.clone(), e.to.clone()]).collect();
        violations(&Graph { members, edges })
    }

    fn normal(from: &str, to: &str) -> Vec<String> {
        check(&[(from, to, DependencyKind::Normal)])
    }

    #[test]
    fn a_stage_may_not_know_another_or_the_engine() {
        assert_eq!(normal("wgs-align", "wgs-fastqc"), ["wgs-align may not depend on wgs-fastqc"]);
        for (from, to) in [
            ("wgs-metrics", "wgs-smallvar"),
            ("wgs-report", "wgs-engine"),
            ("wgs-annotate", "wgs-pipe"),
            ("wgs-engine", "wgs-align"),
            ("wgs-task", "wgs-align"),
            ("wgs-formats", "wgs-task"),
            ("wgs-core", "wgs-formats"),
            ("wgs-provenance", "wgs-report"),
            ("wgs-engine", "wgs-feed"),
        ] {
            assert_eq!(normal(from, to).len(), 1, "{from} -> {to}");
        }
    }

    #[test]
    fn lower_layers_are_open() {
        for stage in STAGES {
            for below in BELOW_STAGES {
                assert_eq!(normal(stage, below), [""; 0], "{stage} -> {below}");
            }
        }
        assert!(normal("wgs-pipe", "wgs-align").is_empty());
        assert!(normal("wgs-examples", "wgs-align").is_empty());
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        assert!(check(&[("wgs-align", "wgs-testkit", DependencyKind::Development)]).is_empty());
        assert_eq!(normal("wgs-align", "wgs-testkit").len(), 1);
        assert_eq!(normal("wgs-pipe", "wgs-testkit").len(), 1);
    }

    #[test]
    fn stages_stay_strangers_in_tests_and_build_scripts() {
        for kind in [DependencyKind::Development, DependencyKind::Build] {
            assert_eq!(check(&[("wgs-align", "wgs-metrics", kind)]).len(), 1);
        }
    }

    #[test]
    fn a_new_crate_must_be_given_a_layer() {
        let violations = normal("wgs-unheard-of", "wgs-align");
        assert!(violations[0].starts_with("wgs-unheard-of has no layer"), "{violations:?}");
    }

    #[test]
    fn this_workspace_is_read_and_holds() {
        let metadata = MetadataCommand::new().no_deps().exec().unwrap();
        let graph = graph(&metadata);
        assert!(graph.edges.iter().any(|e| e.from == "wgs-task" && e.to == "wgs-core"));
        assert_eq!(violations(&graph), [""; 0]);
    }
}
