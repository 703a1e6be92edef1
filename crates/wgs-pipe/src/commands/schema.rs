//! `wgs-pipe schema`

use super::{Outcome, say};
use crate::cli::{SchemaArgs, SchemaName};

pub(super) fn schema(args: &SchemaArgs) -> Outcome {
    let schema = match args.of {
        SchemaName::Case => wgs_task::case::file::json_schema(),
        SchemaName::Regress => crate::regress::file::json_schema(),
        SchemaName::Report => wgs_report::json_schema(),
    };
    say(&format!("{schema:#}\n"))
}
