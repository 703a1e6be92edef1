//! Quality metrics of alignments and variants.
