//! What of speed and equality with bwa the engine favours.

use bwa_mem3_sys::mem_opt_t;
use serde::{Deserialize, Serialize};

/// Sets of options of [`BwaMem3`](super::BwaMem3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The defaults of `bwa mem -Y`: the records are bwa's.
    #[default]
    Compatible,
    /// The engine's own `--fast`: fewer rounds of mate rescue, no third round of seeding, no
    /// extension of short seeds and of chains that cannot win, mate rescue by k-mers. Reads that
    /// map uniquely lie where they did; some with many similar places do not.
    Fast,
}

impl Preset {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Fast => "fast",
        }
    }

    /// Sets what `bwa-mem3 mem --fast` of this version sets for reads that are not bisulfite's,
    /// but the estimate of the insert size of the batch before, which would depend on the threads.
    pub(super) fn apply(self, options: &mut mem_opt_t) {
        if self == Self::Compatible {
            return;
        }
        options.max_matesw = 10;
        options.max_mem_intv = 0;
        options.min_ext_len = 30;
        options.smem_dedup = 1;
        options.rescue_kmer = 6;
        options.max_extend_chains = 20;
        options.mate_concordant_window = -1;
        options.extend_tie_frac = 0.95;
        options.extend_tie_floor = 1;
        options.extend_csub = 1;
        options.alnreg_sort_fast = 1;
        options.band_start = 20;
        options.band_cert = 0;
    }
}
