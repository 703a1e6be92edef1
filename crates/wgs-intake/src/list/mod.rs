//! Lists of checksums: their lines ([`parse`]), and the files that these are of (`resolve`).

pub mod parse;
mod resolve;

pub(crate) use resolve::{Claim, Listed, Missing, resolve};
