//! Consequence, HGVS and exact-match annotation of small variants.
