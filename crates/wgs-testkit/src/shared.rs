//! Real data that does not lie in the repository.

use std::path::{Path, PathBuf};

/// The environment variable that names the folder of shared data.
const VARIABLE: &str = "WGS_PIPE_SHARED_DATA";

/// A file or folder of the shared test data, e.g. `mini38/genome.fa.gz`: under the folder that
/// `WGS_PIPE_SHARED_DATA` names, else under `../shared/data` beside the workspace.
///
/// Where it is absent, says so on standard error and gives `None`: the test that asked then
/// returns early.
///
/// ```
/// # fn a_test() {
/// let Some(genome) = wgs_testkit::shared_data("mini38/genome.fa.gz") else { return };
/// assert!(genome.is_file());
/// # }
/// ```
pub fn shared_data(relative: &str) -> Option<PathBuf> {
    let path = root().join(relative);
    if path.exists() {
        return Some(path);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: no {} (set {VARIABLE})", path.display());
    }
    None
}

fn root() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os(VARIABLE).map_or(workspace.join("../shared/data"), PathBuf::from);
    folder.canonicalize().unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_none() {
        assert_eq!(shared_data("no/such/file"), None);
    }
}
