//! Whole-genome pipeline: from sequencing reads to a case report.
