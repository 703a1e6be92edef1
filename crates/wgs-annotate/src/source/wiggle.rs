//! Wiggle: values of positions, as UCSC publishes conservation.
//!
//! <https://genome.ucsc.edu/goldenPath/help/wiggle.html>

/// Where the values that come are.
#[derive(Debug, Default)]
pub(super) struct Steps {
    contig: String,
    /// Start, 0-based, and step of `fixedStep`; `None` for `variableStep`.
    fixed: Option<(u32, u32)>,
    span: u32,
    is_declared: bool,
}

impl Steps {
    /// Takes a line; gives contig, start, end and value, unless it declares what comes. The error
    /// says what is wrong.
    pub(super) fn take<'a>(
        &'a mut self,
        line: &'a str,
    ) -> Result<Option<(&'a str, u32, u32, &'a str)>, &'static str> {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if first == "fixedStep" || first == "variableStep" {
            self.declare(first == "fixedStep", words)?;
            return Ok(None);
        }
        if !self.is_declared {
            return Err("expected fixedStep or variableStep");
        }
        let (start, value) = match &mut self.fixed {
            Some((next, step)) => {
                let start = *next;
                *next = next.checked_add(*step).ok_or("goes on beyond any contig")?;
                (start, first)
            }
            None => {
                let position = first.parse::<u32>().ok().and_then(|p| p.checked_sub(1));
                (
                    position.ok_or("expected a position and a value")?,
                    words.next().unwrap_or_default(),
                )
            }
        };
        if value.parse::<f64>().is_err() || words.next().is_some() {
            return Err("expected a number");
        }
        let end = start.checked_add(self.span).ok_or("goes on beyond any contig")?;
        Ok(Some((&self.contig, start, end, value)))
    }

    fn declare<'a>(
        &mut self,
        is_fixed: bool,
        words: impl Iterator<Item = &'a str>,
    ) -> Result<(), &'static str> {
        let (mut contig, mut start, mut step, mut span) = (None, None, 1, 1);
        for word in words {
            let (key, value) = word.split_once('=').ok_or("expected KEY=VALUE")?;
            let number = || {
                value.parse::<u32>().ok().filter(|&n| n > 0).ok_or("expected a number from 1 on")
            };
            match key {
                "chrom" => contig = Some(value),
                "start" => start = Some(number()? - 1),
                "step" => step = number()?,
                "span" => span = number()?,
                _ => return Err("knows chrom, start, step and span"),
            }
        }
        contig.ok_or("tells no chrom")?.clone_into(&mut self.contig);
        self.fixed = match (is_fixed, start) {
            (true, Some(start)) => Some((start, step)),
            (true, None) => return Err("tells no start"),
            (false, _) => None,
        };
        (self.span, self.is_declared) = (span, true);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, u32, u32, String)>, &'static str> {
        let mut steps = Steps::default();
        let mut all = Vec::new();
        for line in text.lines() {
            if let Some((contig, start, end, value)) = steps.take(line)? {
                all.push((contig.to_owned(), start, end, value.to_owned()));
            }
        }
        Ok(all)
    }

    #[test]
    fn steps_are_followed() {
        let text = "fixedStep chrom=a start=5 step=10 span=2\n0.5\n-1\n\
            variableStep chrom=b\n7 3\n";
        let expected = [("a", 4, 6, "0.5"), ("a", 14, 16, "-1"), ("b", 6, 7, "3")];
        let expected = expected.map(|(c, s, e, v)| (c.to_owned(), s, e, v.to_owned()));
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn what_is_no_wiggle_is_refused() {
        for text in [
            "5\n",
            "fixedStep chrom=a\n",
            "fixedStep start=5\n",
            "fixedStep chrom=a start=0\n",
            "fixedStep chrom=a start=1\nx\n",
            "variableStep chrom=a\n5\n",
            "variableStep chrom=a\n5 1 2\n",
            "fixedStep chrom=a start=4294967295 step=4294967295\n1\n",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
