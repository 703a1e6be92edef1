//! Germline small variants from a CRAM or BAM.
