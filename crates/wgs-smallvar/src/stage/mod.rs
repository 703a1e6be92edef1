//! The stages: `call` makes a gVCF of each sample, `joint` genotypes those of a case together.

mod call;
mod joint;

pub use call::CallStage;
pub use joint::JointStage;

/// What both need of the genome, of what is decoded, and of what is written.
const BASE_BYTES: u64 = 512 << 20;
