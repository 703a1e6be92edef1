//! Pictures as SVG text, for reports that people open in a browser. The same numbers give the same
//! text.
//!
//! ```
//! let mut svg = wgs_formats::svg::Svg::default();
//! svg.rect("bar", (0.0, 2.0), (10.0, 4.25), "a < b");
//! let text = svg.finish("id", (100.0, 50.0), "a title", "what it shows");
//! assert!(text.contains(r#"width="10" height="4.3"><title>a &lt; b</title>"#));
//! ```

use std::fmt::Write;

/// Collects the elements of one picture.
#[derive(Debug, Default)]
pub struct Svg(String);

impl Svg {
    /// Adds an element as it is.
    pub fn raw(&mut self, element: &str) {
        self.0.push_str(element);
    }

    /// Adds a line of a class of the page's style.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (number(from.0), number(from.1), number(to.0), number(to.1));
        self.raw(&format!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    /// Adds a text, which stays text whatever it holds.
    pub fn text(&mut self, class: &str, at: (f64, f64), text: &str) {
        let (x, y, text) = (number(at.0), number(at.1), escape(text));
        self.raw(&format!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// Text that runs upwards, or to the lower left where `degrees` is -45.
    pub fn turned(&mut self, class: &str, at: (f64, f64), degrees: i32, text: &str) {
        let (x, y, text) = (number(at.0), number(at.1), escape(text));
        let turn = format!(r#"transform="rotate({degrees} {x} {y})""#);
        self.raw(&format!(r#"<text class="{class}" x="{x}" y="{y}" {turn}>{text}</text>"#));
    }

    /// Adds a box; it tells `title`, if there is one, when pointed at.
    pub fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), title: &str) {
        let (x, y, w, h) = (number(at.0), number(at.1), number(size.0), number(size.1));
        let rect = format!(r#"<rect class="{class}" x="{x}" y="{y}" width="{w}" height="{h}""#);
        match title {
            "" => self.raw(&format!("{rect}/>")),
            _ => self.raw(&format!("{rect}><title>{}</title></rect>", escape(title))),
        }
    }

    /// Adds a path.
    pub fn path(&mut self, class: &str, path: &Path) {
        self.raw(&format!(r#"<path class="{class}" d="{}"/>"#, path.0));
    }

    /// Adds a circle.
    pub fn circle(&mut self, class: &str, at: (f64, f64), radius: f64) {
        let (x, y, r) = (number(at.0), number(at.1), number(radius));
        self.raw(&format!(r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"/>"#));
    }

    /// The picture, named by its title and described for those who do not see it.
    pub fn finish(self, id: &str, size: (f64, f64), title: &str, description: &str) -> String {
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
pub struct Path(String);

impl Path {
    /// Goes to a point without drawing.
    pub fn move_to(&mut self, x: f64, y: f64) {
        self.step('M', x, y);
    }

    /// Draws to a point.
    pub fn line_to(&mut self, x: f64, y: f64) {
        self.step('L', x, y);
    }

    /// Draws to where the path began.
    pub fn close(&mut self) {
        self.0.push('Z');
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn step(&mut self, command: char, x: f64, y: f64) {
        let wrote = write!(self.0, "{command}{} {}", number(x), number(y));
        wrote.expect("a String takes all text");
    }
}

/// A coordinate with at most one decimal.
fn number(value: f64) -> String {
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
pub fn text_width(text: &str) -> f64 {
    7.4 * text.chars().count() as f64 + 6.0
}

/// A text that fits into a width, with a sign where it is cut.
pub fn fitted(text: &str, width: f64) -> String {
    let most = ((width - 6.0) / 7.4).max(1.0) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Text as element content or attribute; control characters, which no document may hold, become
/// replacement characters.
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

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(fitted("abcdef", 6.0 + 7.4 * 4.0), "abc…");
        assert_eq!(fitted("abc", 100.0), "abc");
    }
}
