//! From reads to a marked, sorted CRAM: alignment, duplicates, sort.
