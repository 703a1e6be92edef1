//! The observer of a run, from the options.

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_engine::{Event, Observer, Time};
use wgs_feed::{Ids, LogEvents, Names, Secret, StatusFeed, Webhook};
use wgs_task::Case;

use super::{
    is_same_place,
    run::{PROGRAM, from_here},
};
use crate::{
    cli::{LogIds, ObserveArgs},
    failure::Failure,
    progress,
};

/// Bars or lines as ever, but where log events take their place on standard output.
pub(super) fn shown(args: &ObserveArgs) -> Box<dyn Observer> {
    let logs_to_stdout = args.log_events.as_deref() == Some(Path::new("-"));
    if logs_to_stdout { progress::quiet_observer() } else { progress::observer() }
}

/// Whether anybody else is to hear of the run.
pub(super) fn is_wanted(args: &ObserveArgs) -> bool {
    args.feed.is_some() || args.log_events.is_some()
}

/// The same with files named from the root, for another process.
pub(super) fn from_anywhere(args: &ObserveArgs) -> Result<ObserveArgs, Failure> {
    let absolute = |path: &Option<PathBuf>| match path {
        Some(path) if path.as_os_str() != "-" => from_here(path).map(Some),
        other => Ok(other.clone()),
    };
    Ok(ObserveArgs {
        feed: absolute(&args.feed)?,
        webhook: args.webhook.clone(),
        webhook_key: absolute(&args.webhook_key)?,
        log_events: absolute(&args.log_events)?,
        log_ids: args.log_ids,
        log_key: absolute(&args.log_key)?,
    })
}

/// Who hears of the run as ever, and whoever else is to. What could not be told to them is said at
/// the end, when the observer is dropped.
pub(super) fn observer<'a>(
    args: &ObserveArgs,
    base: Box<dyn Observer>,
    cases: impl IntoIterator<Item = &'a Case>,
) -> Result<Box<dyn Observer>, Failure> {
    if !is_wanted(args) {
        return Ok(base);
    }
    if let (Some(feed), Some(log)) = (&args.feed, &args.log_events)
        && is_same_place(feed, log)
    {
        let reason = "--feed and --log-events name one file";
        return Err(Failure::new(ErrorKind::Usage, reason));
    }
    let names = Names::of(cases);
    let started = Time::now().to_string().replace(['-', ':', '.'], "");
    let run = format!("{started}-{}", std::process::id());
    let log = args.log_events.as_deref();
    let log = log.map(|path| {
        Ok::<_, Failure>(LogEvents::open(path, PROGRAM, &run, names.clone(), ids(args)?)?)
    });
    let log = log.transpose()?;
    let webhook = webhook(args)?;
    let feed = args.feed.as_deref();
    let feed = feed.map(|path| StatusFeed::open(path, &run, names, webhook)).transpose()?;
    Ok(Box::new(Observed { base, log, feed }))
}

fn ids(args: &ObserveArgs) -> Result<Ids, Failure> {
    match (args.log_ids, &args.log_key) {
        (LogIds::Plain, _) => Ok(Ids::Plain),
        (LogIds::Hashed, Some(key)) => Ok(Ids::Hashed(Secret::read(key)?)),
        (LogIds::Hashed, None) => {
            Err(Failure::new(ErrorKind::Usage, "--log-ids hashed needs --log-key"))
        }
    }
}

fn webhook(args: &ObserveArgs) -> Result<Option<Webhook>, Failure> {
    match (&args.webhook, &args.webhook_key) {
        (Some(address), Some(key)) => Ok(Some(Webhook::new(address, Secret::read(key)?)?)),
        (Some(_), None) => Err(Failure::new(ErrorKind::Usage, "--webhook needs --webhook-key")),
        (None, _) => Ok(None),
    }
}

struct Observed {
    base: Box<dyn Observer>,
    log: Option<LogEvents>,
    feed: Option<StatusFeed>,
}

impl Observer for Observed {
    fn event(&mut self, event: &Event) {
        self.base.event(event);
        if let Some(log) = &mut self.log {
            log.event(event);
        }
        if let Some(feed) = &mut self.feed {
            feed.event(event);
        }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let of_log = self.log.as_ref().and_then(LogEvents::problem).map(str::to_owned);
        let of_feed = self.feed.take().map(StatusFeed::close).unwrap_or_default();
        of_log.iter().chain(&of_feed).for_each(|problem| progress::warn(problem));
    }
}
