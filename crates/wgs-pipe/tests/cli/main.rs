//! The real command on the quick-start case, on broken inputs, and on real data where it lies
//! beside the checkout.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod alone;
mod annotate;
mod bad_aligner;
mod bad_call;
mod bad_fastq;
mod bad_input;
mod bad_joint;
mod bundle;
mod compare;
mod convert;
mod family;
mod intake;
mod interpret;
mod ledger;
mod provenance;
mod readme;
mod real;
mod regress;
mod restore;
mod resume;
mod room;
mod run;
mod shards;
mod slurm;
mod sources;
mod submit;
