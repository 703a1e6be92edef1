//! What machines cost, and what a case costs on them.

mod cost;
mod table;

pub use cost::{CaseCost, CloudCost, SiteCost};
pub(crate) use cost::{case_cost, task_cost};
pub use table::Pricing;
pub(crate) use table::{Cloud, Instance, Site};
