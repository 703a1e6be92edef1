//! SVG text.

use std::fmt::Write;

/// Collects the elements of one picture.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

impl Svg {
    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        self.0.write_fmt(element).expect("a String takes all text");
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(number);
        self.add(format_args!(
            r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#
        ));
    }

    pub(super) fn text(&mut self, class: &str, at: (f64, f64), text: &str) {
        let ([x, y], text) = ([at.0, at.1].map(number), escape(text));
        self.add(format_args!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// A box that tells `title` when pointed at.
    pub(super) fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), title: &str) {
        let [x, y, w, h] = [at.0, at.1, size.0, size.1].map(number);
        let title = escape(title);
        self.add(format_args!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{w}" height="{h}"><title>{title}</title></rect>"#
        ));
    }

    /// The picture, named by its title and described for those who do not see it.
    pub(super) fn finish(self, id: &str, size: (f64, f64), title: &str, told: &str) -> String {
        let [id, title, told] = [id, title, told].map(escape);
        let [width, height] = [size.0, size.1].map(number);
        format!(
            r#"<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{id}-t {id}-d"><title id="{id}-t">{title}</title><desc id="{id}-d">{told}</desc>{}</svg>"#,
            self.0
        )
    }
}

/// A coordinate with at most one decimal, so that the same numbers give the same text.
fn number(value: f64) -> String {
    let tenths = if value.is_finite() { (value * 10.0).round() as i64 } else { 0 };
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, part) = (tenths.abs() / 10, tenths.abs() % 10);
    if part == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// Width that a text may take in the widest common font.
pub(super) fn text_width(text: &str) -> f64 {
    7.4 * text.chars().count() as f64 + 6.0
}

/// A text that fits into a width, with a sign where it is cut.
pub(super) fn fitted(text: &str, width: f64) -> String {
    let most = ((width - 6.0) / 7.4).max(1.0) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Text as content or attribute; control characters, which no document may hold, are replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        let mut svg = Svg::default();
        svg.rect("a", (0.0, -0.26), (1.05, f64::NAN), "<b> & \"c\"\u{1}");
        let text = svg.finish("i", (1.0, 1.0), "</title>", "d");
        assert!(text.contains("&lt;b&gt; &amp; &quot;c&quot;\u{fffd}"), "{text}");
        assert!(text.contains(r#"y="-0.3" width="1.1" height="0""#), "{text}");
        assert!(!text.contains("</title></title>"), "{text}");
        assert_eq!(fitted("abcdef", 6.0 + 7.4 * 4.0), "abc…");
    }
}
