//! `wgs-pipe report`

use wgs_report::{CaseSummary, Inputs, Provenance, build, write_report};

use super::Outcome;
use crate::cli::ReportArgs;

pub(super) fn report(args: &ReportArgs) -> Outcome {
    let mut inputs = Inputs {
        case: Some(CaseSummary::named(&args.case)),
        provenance: Some(Provenance {
            program: "wgs-pipe".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            ..Provenance::default()
        }),
        variants: args.vcf.clone(),
        ..Inputs::default()
    };
    for path in &args.qc {
        inputs.read_qc(path)?;
    }
    Ok(write_report(&build(&inputs)?, &args.out)?)
}
