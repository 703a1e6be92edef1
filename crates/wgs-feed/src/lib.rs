//! What happens in a run, for the other systems of a site.
//!
//! - [`LogEvents`]: one line of the Elastic Common Schema for each event, for a system that collects
//!   logs. No message, path or reason gets into it, since these may quote what tells of a person.
//! - [`StatusFeed`]: one line for each change of a sample's state in a stage, for a system that
//!   tracks samples; and, on request, delivery of these lines to a [`Webhook`].
//!
//! Both are [`Observer`](wgs_engine::Observer)s. Neither holds up a run: a line costs a write, and
//! delivery has a thread of its own.

mod ids;
mod lines;
mod log;
mod secret;
pub mod status;
pub mod webhook;

pub use ids::{Ids, Names};
pub use log::LogEvents;
pub use secret::Secret;
pub use status::StatusFeed;
pub use webhook::Webhook;
