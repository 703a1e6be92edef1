//! What counts as coverage, as people state it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wgs_formats::bed;

use crate::CoverageOptions;

/// [`CoverageOptions`] as a pipeline definition gives them and a task's parameters state them; the
/// path of the targets, which are an input of the task, is no parameter.
///
/// ```
/// use wgs_metrics::CoverageParams;
/// let params: CoverageParams = toml::from_str("min_mapping_quality_phred = 30")?;
/// let options = params.options(None);
/// assert_eq!((options.min_mapping_quality_phred, options.min_base_quality_phred), (30, 20));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverageParams {
    /// See [`CoverageOptions::min_mapping_quality_phred`].
    pub min_mapping_quality_phred: u8,
    /// See [`CoverageOptions::min_base_quality_phred`].
    pub min_base_quality_phred: u8,
    /// See [`CoverageOptions::count_duplicates`].
    pub count_duplicates: bool,
    /// See [`CoverageOptions::max_histogram_depth`].
    pub max_histogram_depth: u32,
    /// See [`CoverageOptions::track_windows`].
    pub track_windows: u32,
    /// See [`CoverageOptions::gc_bias`].
    pub gc_bias: bool,
    /// BED of the regions of interest.
    #[serde(skip_serializing)]
    pub targets: Option<PathBuf>,
}

impl Default for CoverageParams {
    fn default() -> Self {
        let options = CoverageOptions::default();
        Self {
            min_mapping_quality_phred: options.min_mapping_quality_phred,
            min_base_quality_phred: options.min_base_quality_phred,
            count_duplicates: options.count_duplicates,
            max_histogram_depth: options.max_histogram_depth,
            track_windows: options.track_windows,
            gc_bias: options.gc_bias,
            targets: None,
        }
    }
}

impl CoverageParams {
    /// The options, with targets read from the BED.
    pub fn options(&self, targets: Option<bed::Regions>) -> CoverageOptions {
        CoverageOptions {
            min_mapping_quality_phred: self.min_mapping_quality_phred,
            min_base_quality_phred: self.min_base_quality_phred,
            count_duplicates: self.count_duplicates,
            max_histogram_depth: self.max_histogram_depth,
            track_windows: self.track_windows,
            gc_bias: self.gc_bias,
            targets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_a_parameter_and_where_targets_lie_is_none() {
        let params: CoverageParams =
            toml::from_str("targets = \"x.bed\"\ntrack_windows = 7").unwrap();
        assert_eq!(params.targets.as_deref(), Some("x.bed".as_ref()));
        let text = serde_json::to_string(&params).unwrap();
        assert!(text.contains("\"track_windows\":7") && !text.contains("x.bed"), "{text}");
        assert!(toml::from_str::<CoverageParams>("depth = 3").is_err());
    }
}
