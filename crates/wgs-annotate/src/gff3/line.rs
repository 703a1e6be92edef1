//! One line of GFF3.

use std::borrow::Cow;

use wgs_core::Interval0;
use wgs_formats::variant::decode;

use crate::Strand;

/// A feature line, its parts checked.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub(super) contig: Cow<'a, str>,
    pub(super) kind: &'a str,
    pub(super) interval: Interval0,
    pub(super) strand: Option<Strand>,
    pub(super) phase: Option<u8>,
    pub(super) attributes: Attributes<'a>,
}

impl<'a> Line<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let columns: Vec<&str> = text.split('\t').collect();
        let &[contig, _source, kind, start, end, _score, strand, phase, attributes] =
            columns.as_slice()
        else {
            return Err(format!("expected 9 columns, found {}", columns.len()));
        };
        let number =
            |text: &str| text.parse::<u32>().map_err(|_| format!("{text:?} is not a position"));
        let interval = Interval0::from_1based_inclusive(number(start)?, number(end)?)
            .map_err(|e| e.to_string())?;
        let strand = match strand {
            "+" => Some(Strand::Forward),
            "-" => Some(Strand::Reverse),
            "." | "?" => None,
            other => return Err(format!("{other:?} is not a strand")),
        };
        let phase = match phase {
            "." => None,
            "0" | "1" | "2" => Some(phase.as_bytes()[0] - b'0'),
            other => return Err(format!("{other:?} is not a phase")),
        };
        let attributes = Attributes(attributes);
        Ok(Self { contig: decode(contig), kind, interval, strand, phase, attributes })
    }
}

/// The ninth column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes<'a>(pub(super) &'a str);

impl<'a> Attributes<'a> {
    fn raw(self, key: &str) -> Option<&'a str> {
        self.0.split(';').find_map(|pair| {
            let (k, value) = pair.trim_start().split_once('=')?;
            (k == key && !value.is_empty()).then_some(value)
        })
    }

    /// The whole value, decoded.
    pub(super) fn get(self, key: &str) -> Option<Cow<'a, str>> {
        self.raw(key).map(decode)
    }

    /// The first of these keys that has a value.
    pub(super) fn first(self, keys: &[&str]) -> Option<Cow<'a, str>> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// The values between commas, decoded.
    pub(super) fn values(self, key: &str) -> impl Iterator<Item = Cow<'a, str>> {
        self.raw(key).into_iter().flat_map(|value| value.split(',')).map(decode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_attributes() {
        let text = "1\tx\tCDS\t11\t20\t.\t-\t2\tID=CDS:E%3B1; tag=basic,MANE Select;Note=";
        let line = Line::parse(text).unwrap();
        assert_eq!((line.interval.start(), line.interval.end()), (10, 20));
        assert_eq!((line.strand, line.phase), (Some(Strand::Reverse), Some(2)));
        assert_eq!(line.attributes.get("ID").as_deref(), Some("CDS:E;1"));
        assert_eq!(line.attributes.get("Note"), None);
        assert_eq!(line.attributes.values("tag").collect::<Vec<_>>(), ["basic", "MANE Select"]);
        assert_eq!(line.attributes.first(&["x", "ID"]).as_deref(), Some("CDS:E;1"));
    }

    #[test]
    fn malformed_lines_are_refused() {
        let good = "1\tx\texon\t11\t20\t.\t+\t.\tID=a";
        assert!(Line::parse(good).is_ok());
        for (from, to) in [
            ("11", "0"),
            ("11", "21"),
            ("20", "x"),
            ("+", "~"),
            ("\t.\tID", "\t3\tID"),
            ("\tID", ""),
        ] {
            assert!(Line::parse(&good.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
