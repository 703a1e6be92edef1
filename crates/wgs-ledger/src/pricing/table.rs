//! Price tables.

use std::path::Path;

use serde::Deserialize;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::Money;

/// Value of `schema` in a price table.
const SCHEMA: &str = "wgs-pipe/pricing/1";
/// A table that shows the form; its figures are examples, and it says so.
const EXAMPLE: &str = include_str!("../../data/pricing-example.toml");

/// A price table (TOML): what one's own machines cost, what cloud machines cost, or both. Prices are
/// decimal numbers in quotes, in one currency. GB and TB are powers of 1000, GiB is 1024³ bytes.
///
/// ```
/// let text = r#"
/// schema = "wgs-pipe/pricing/1"
/// name = "our cluster"
/// currency = "EUR"
/// valid_from = "2026-01-01"
/// source = "internal price list 2026"
/// [site]
/// core_hour = "0.01"
/// "#;
/// let pricing = wgs_ledger::Pricing::parse("pricing.toml".as_ref(), text)?;
/// assert_eq!(pricing.currency(), "EUR");
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    schema: String,
    pub(crate) name: String,
    pub(crate) currency: String,
    pub(crate) valid_from: String,
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) example: bool,
    pub(crate) site: Option<Site>,
    pub(crate) cloud: Option<Cloud>,
}

/// One's own machines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Site {
    /// A thread for an hour.
    pub(crate) core_hour: Option<Money>,
    /// A GiB of memory for an hour, on top of that.
    pub(crate) memory_gib_hour: Option<Money>,
    /// Whole machines, in place of both: a task pays its share of threads or of memory, whichever is
    /// larger.
    pub(crate) node: Option<Node>,
    #[serde(default)]
    pub(crate) storage: Storage,
}

/// A whole machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    pub(crate) hour: Money,
    pub(crate) threads: u32,
    pub(crate) memory_gib: u32,
}

/// Keeping outputs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Storage {
    /// A TB for a month.
    pub(crate) tb_month: Money,
    /// Months that outputs are kept.
    pub(crate) months: u32,
}

/// Machines of a cloud.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cloud {
    pub(crate) name: String,
    pub(crate) region: String,
    /// Least time that a machine is paid for, in seconds.
    #[serde(default)]
    pub(crate) minimum_s: u32,
    /// Taking a GB of outputs out of the cloud; nothing where they stay.
    pub(crate) egress_gb: Option<Money>,
    #[serde(default)]
    pub(crate) storage: Storage,
    pub(crate) instances: Vec<Instance>,
}

/// A kind of cloud machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Instance {
    pub(crate) name: String,
    pub(crate) vcpu: u32,
    pub(crate) memory_gib: u32,
    /// An hour on demand.
    pub(crate) hour: Money,
    /// An hour where it may be taken away.
    pub(crate) spot_hour: Option<Money>,
}

impl Pricing {
    /// Reads a table from text; `path` is what errors name.
    ///
    /// # Errors
    ///
    /// What is no price table, or has no prices.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let wrong = |reason: String| FileError::new(path, ErrorKind::Configuration, reason);
        let pricing: Self = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        if pricing.schema != SCHEMA {
            let found = &pricing.schema;
            return Err(wrong(format!("schema is {found:?}; this version reads {SCHEMA:?}")));
        }
        match pricing.problem() {
            Some(reason) => Err(wrong(reason)),
            None => Ok(pricing),
        }
    }

    /// Reads a table from a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read; what [`Pricing::parse`] says.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
        Self::parse(path, &text)
    }

    /// The text of a table that shows the form. Its figures are examples.
    pub fn example() -> &'static str {
        EXAMPLE
    }

    /// The currency of all prices.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Where the prices come from, in a sentence.
    pub fn origin(&self) -> String {
        let Self { name, currency, valid_from, source, example, .. } = self;
        let example = if *example { "EXAMPLE FIGURES, not a quotation: " } else { "" };
        format!("{example}{name}, {currency}, valid from {valid_from}; {source}")
    }

    fn problem(&self) -> Option<String> {
        if !is_date(&self.valid_from) {
            return Some(format!(
                "valid_from is {:?}; expected such as 2026-01-31",
                self.valid_from
            ));
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Some(format!("currency is {:?}; expected a code such as EUR", self.currency));
        }
        if self.site.is_none() && self.cloud.is_none() {
            return Some("has neither a site nor a cloud".into());
        }
        self.site.as_ref().and_then(Site::problem).or(self.cloud.as_ref().and_then(Cloud::problem))
    }
}

impl Site {
    fn problem(&self) -> Option<String> {
        let by_parts = self.core_hour.is_some() || self.memory_gib_hour.is_some();
        match &self.node {
            Some(_) if by_parts => Some("site: give node, or core_hour, not both".into()),
            Some(node) if node.threads == 0 || node.memory_gib == 0 => {
                Some("site: a node has at least a thread and a GiB".into())
            }
            None if self.core_hour.is_none() => Some("site: core_hour or node is missing".into()),
            _ => None,
        }
    }
}

impl Cloud {
    fn problem(&self) -> Option<String> {
        if self.instances.is_empty() {
            return Some("cloud: has no instances".into());
        }
        let empty = self.instances.iter().find(|i| i.vcpu == 0 || i.memory_gib == 0);
        empty.map(|i| format!("cloud: instance {:?} has no processors or memory", i.name))
    }
}

/// `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let number = |part: &str, digits: usize, most: u32| {
        part.len() == digits && part.parse().is_ok_and(|n: u32| (1..=most).contains(&n))
    };
    matches!(parts[..], [y, m, d] if number(y, 4, 9999) && number(m, 2, 12) && number(d, 2, 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_table_and_says_that_it_is_one() {
        let pricing = Pricing::parse("example".as_ref(), Pricing::example()).unwrap();
        assert!(pricing.example && pricing.origin().starts_with("EXAMPLE FIGURES"));
        assert!(pricing.site.is_some() && pricing.cloud.is_some());
    }

    #[test]
    fn wrong_tables_are_refused() {
        let good = Pricing::example();
        let refusal =
            |text: &str| Pricing::parse("pricing.toml".as_ref(), text).unwrap_err().to_string();
        for (from, to, reason) in [
            ("pricing/1", "pricing/2", "schema is"),
            ("currency = \"USD\"", "currency = \"Dollar\"", "currency is"),
            ("valid_from = \"20", "valid_from = \"early 20", "valid_from is"),
            ("core_hour = \"0.", "core_hour = \"-0.", "no price"),
            ("vcpu = 8", "vcpu = 0", "no processors"),
            ("[site]", "[sight]", "unknown field"),
        ] {
            assert!(good.contains(from), "{from}");
            let text = refusal(&good.replacen(from, to, 1));
            assert!(text.contains(reason), "{text}");
        }
    }
}
