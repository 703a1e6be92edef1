//! `wgs-pipe ledger`

use std::{io, path::Path};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, output};
use wgs_ledger::{By, Fit, Format, Ledger, Pricing, RowOptions, fit_needs, read_cases};

use super::{Outcome, forecast, prepare_output, say};
use crate::{
    cli::{LedgerArgs, LedgerBy, LedgerFormat},
    failure::Failure,
};

/// Writes the ledger, and fails where the record of a case cannot be read, once the others are told.
pub(super) fn ledger(args: &LedgerArgs) -> Outcome {
    if args.example_pricing {
        return say(Pricing::example());
    }
    if let Some(path) = &args.fit {
        return fit(args, path);
    }
    let pricing = args.pricing.as_deref().map(Pricing::read).transpose()?;
    if let Some(out) = &args.out {
        prepare_output(out, &args.pricing.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
    }
    let mut ledger = Ledger::new(pricing);
    read_cases(&args.outs, |case| ledger.add(case))?;
    let mut text = Vec::new();
    write(&ledger, args, &mut text)?;
    match &args.out {
        Some(out) => output::write(out, text)?,
        None => say(&String::from_utf8_lossy(&text))?,
    }
    tell(ledger.problems().map(|(_, error)| error))?;
    some(ledger.total().cases, args)
}

fn write(ledger: &Ledger, args: &LedgerArgs, out: &mut dyn io::Write) -> Outcome {
    let by = match args.by {
        LedgerBy::Task => By::Task,
        LedgerBy::Stage => By::Stage,
        LedgerBy::Case => By::Case,
        LedgerBy::Run => By::Run,
    };
    let format = match args.format {
        LedgerFormat::Table => Format::Table,
        LedgerFormat::Csv => Format::Csv,
        LedgerFormat::Json => Format::Json,
        LedgerFormat::Html => return Ok(wgs_ledger::write_page(ledger, out)?),
    };
    Ok(wgs_ledger::write_rows(ledger, RowOptions { by, format }, out)?)
}

fn fit(args: &LedgerArgs, path: &Path) -> Outcome {
    prepare_output(path, &[])?;
    let mut fit = Fit::new(forecast::needs(args.needs.as_deref())?);
    let mut problems = Vec::new();
    let mut cases = 0;
    read_cases(&args.outs, |case| match case {
        Ok(case) => {
            cases += 1;
            fit.add(&case);
        }
        Err(problem) => problems.push(problem.error),
    })?;
    some(cases, args)?;
    output::write(path, fit_needs(&fit))?;
    tell(problems.iter())
}

/// Says what could not be read, and fails with the class of the first.
#[expect(clippy::print_stderr, reason = "one line for each case that is left out")]
fn tell<'a>(problems: impl Iterator<Item = &'a FileError>) -> Outcome {
    let mut first = None;
    let mut count = 0;
    for error in problems {
        eprintln!("left out: {error}");
        count += 1;
        first = first.or(Some(error.kind()));
    }
    match first {
        None => Ok(()),
        Some(kind) => Err(Failure::new(kind, format!("{count} cases are left out"))
            .hint("they are named above; the others are in the ledger")),
    }
}

fn some(cases: usize, args: &LedgerArgs) -> Outcome {
    if cases > 0 {
        return Ok(());
    }
    let folders: Vec<_> = args.outs.iter().map(|out| out.display().to_string()).collect();
    let reason = format!("{}: no case has a record of a run", folders.join(", "));
    Err(Failure::new(ErrorKind::NotFound, reason).hint("name the folder that `run --out` named"))
}
