//! Delivery of status lines to another system by HTTP, signed as
//! [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks) describes.
//!
//! A request is a `POST` of `{"schema": "wgs-pipe/feed/1", "events": [...]}` with the headers
//! `webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`: `v1,` and the
//! base64 of HMAC-SHA256 with the shared key over `ID.TIMESTAMP.BODY`. Any answer of class 2xx
//! takes the lines; with any other, or none, they are sent again, after a growing time. A receiver
//! may get a line twice (the answer may be lost) and knows it by its `sequence`.

pub(crate) mod cursor;
mod delivery;
mod post;

use std::time::Duration;

use ureq::http::Uri;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::Secret;
pub(crate) use delivery::{Closed, Delivery};

/// Where status lines are delivered, and how patiently.
#[derive(Clone, Debug)]
pub struct Webhook {
    endpoint: Uri,
    key: Secret,
    timing: Timing,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// One request, with the search for the host.
    pub request: Duration,
    /// Before the second attempt; twice as long before each further one, less up to a half by
    /// chance.
    pub first_retry: Duration,
    /// The longest time between two attempts.
    pub longest_retry: Duration,
    /// After the run, until what is left is given up for this time.
    pub closing: Duration,
    /// For how long lines are gathered before they are sent together.
    pub gather: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_secs(300),
            closing: Duration::from_secs(10),
            gather: Duration::from_millis(200),
        }
    }
}

impl Webhook {
    /// A receiver by its address, which begins with `http://` or `https://`.
    ///
    /// # Errors
    ///
    /// An address of another form, or one with a user's name or password.
    pub fn new(address: &str, key: Secret) -> Result<Self> {
        let wrong = |reason: &str| FileError::new("webhook", ErrorKind::Usage, reason);
        let endpoint: Uri = address.parse().map_err(|_| wrong("this is no web address"))?;
        if !matches!(endpoint.scheme_str(), Some("http" | "https")) {
            return Err(wrong("expected an address that begins with http:// or https://"));
        }
        let authority = endpoint.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err(wrong("an address with a user is seen by everybody on this machine")
                .hint("requests are signed with the key; the receiver checks that"));
        }
        Ok(Self { endpoint, key, timing: Timing::default() })
    }

    /// With other times.
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }
}

#[cfg(test)]
mod tests;
