//! SVG text.

use std::fmt::Write;

/// Collects the elements of one picture.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

impl Svg {
    /// Adds an element as it is.
    pub(super) fn raw(&mut self, element: &str) {
        self.0.push_str(element);
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (number(from.0), number(from.1), number(to.0), number(to.1));
        self.raw(&format!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    pub(super) fn text(&mut self, class: &str, at: (f64, f64), text: &str) {
        let (x, y, text) = (number(at.0), number(at.1), escape(text));
        self.raw(&format!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// Text that runs upwards, or to the lower left where `degrees` is -45.
    pub(super) fn turned(&mut self, class: &str, at: (f64, f64), degrees: i32, text: &str) {
        let (x, y, text) = (number(at.0), number(at.1), escape(text));
        let turn = format!(r#"transform="rotate({degrees} {x} {y})""#);
        self.raw(&format!(r#"<text class="{class}" x="{x}" y="{y}" {turn}>{text}</text>"#));
    }

    pub(super) fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), title: &str) {
        let (x, y, w, h) = (number(at.0), number(at.1), number(size.0), number(size.1));
        let rect = format!(r#"<rect class="{class}" x="{x}" y="{y}" width="{w}" height="{h}""#);
        match title {
            "" => self.raw(&format!("{rect}/>")),
            _ => self.raw(&format!("{rect}><title>{}</title></rect>", escape(title))),
        }
    }

    pub(super) fn path(&mut self, class: &str, path: &Path) {
        self.raw(&format!(r#"<path class="{class}" d="{}"/>"#, path.0));
    }

    pub(super) fn circle(&mut self, class: &str, at: (f64, f64), radius: f64) {
        let (x, y, r) = (number(at.0), number(at.1), number(radius));
        self.raw(&format!(r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"/>"#));
    }

    /// The picture, named by its title and described for those who do not see it.
    pub(super) fn finish(
        self,
        id: &str,
        size: (f64, f64),
        title: &str,
        description: &str,
    ) -> String {
        let (id, title, description) = (escape(id), escape(title), escape(description));
        let (width, height) = (number(size.0), number(size.1));
        format!(
            r#"<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{id}-t {id}-d"><title id="{id}-t">{title}</title><desc id="{id}-d">{description}</desc>{}</svg>"#,
            self.0
        )
    }
}

/// The `d` of a path.
#[derive(Debug, Default)]
pub(super) struct Path(String);

impl Path {
    pub(super) fn move_to(&mut self, x: f64, y: f64) {
        self.step('M', x, y);
    }

    pub(super) fn line_to(&mut self, x: f64, y: f64) {
        self.step('L', x, y);
    }

    pub(super) fn close(&mut self) {
        self.0.push('Z');
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn step(&mut self, command: char, x: f64, y: f64) {
        let wrote = write!(self.0, "{command}{} {}", number(x), number(y));
        wrote.expect("a String takes all text");
    }
}

/// A coordinate with at most one decimal.
pub(super) fn number(value: f64) -> String {
    let tenths = (value * 10.0).round();
    let tenths = if tenths.is_finite() { tenths as i64 } else { 0 };
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        _ => format!(
            "{}{}.{}",
            if tenths < 0 { "-" } else { "" },
            tenths.abs() / 10,
            tenths.abs() % 10
        ),
    }
}

/// Width that a text in a chart may take, with a small margin, in the widest common font.
pub(super) fn text_width(text: &str) -> f64 {
    7.4 * text.chars().count() as f64 + 6.0
}

/// Text as element content or attribute; control characters, which no document may hold, become
/// replacement characters.
pub(super) fn escape(text: &str) -> String {
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
    fn coordinates_are_short() {
        let values = [0.0, 1.0, 1.05, -0.04, -0.26, -3.0, f64::NAN, 1234.56];
        let texts = values.map(number);
        assert_eq!(texts, ["0", "1", "1.1", "0", "-0.3", "-3", "0", "1234.6"]);
    }

    #[test]
    fn no_text_leaves_its_place() {
        assert_eq!(
            escape("<a b=\"c\" d='&'>\u{0}"),
            "&lt;a b=&quot;c&quot; d=&#39;&amp;&#39;&gt;\u{fffd}"
        );
    }
}
