//! Cases, reference bundles, artifacts, task specifications and the Stage trait.
