//! Alignment files as a whole: what is written comes back, the same for any number of threads,
//! and what is damaged or of another genome is refused.

mod conformance;
mod damage;
mod records;
mod regions;
mod round_trip;
