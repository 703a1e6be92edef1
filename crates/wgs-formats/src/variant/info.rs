//! The INFO column: keys in order, values as text.

use std::{borrow::Cow, fmt, str::FromStr};

use super::decode;

/// The INFO column of a record, in the file's order.
///
/// Values are kept as the file has them (percent-encoded, joined by commas). Looking up is a scan:
/// a record has few fields, and most are looked at once or never.
///
/// ```
/// use wgs_formats::variant::Info;
/// let mut info: Info = "DP=31;AF=0.5,0.25;DB".into();
/// assert_eq!(info.get("DP"), Some("31"));
/// assert_eq!(info.numbers::<f32>("AF"), Some(vec![Some(0.5), Some(0.25)]));
/// assert!(info.has("DB"));
/// info.set("DP", "32");
/// info.set_flag("SOMATIC");
/// assert_eq!(info.to_string(), "DP=32;AF=0.5,0.25;DB;SOMATIC");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// The column, empty for `.`.
    text: String,
}

impl Info {
    /// An empty column.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The fields in order; a flag has no value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.text.split(';').filter(|field| !field.is_empty()).map(|field| {
            field.split_once('=').map_or((field, None), |(key, value)| (key, Some(value)))
        })
    }

    /// Whether the key is there, as a flag or with a value.
    pub fn has(&self, key: &str) -> bool {
        self.iter().any(|(k, _)| k == key)
    }

    /// The text of a value as the file has it; `None` for an absent key and for a flag.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(k, _)| *k == key)?.1
    }

    /// The comma-separated values, decoded; `.` is `None`.
    pub fn values(&self, key: &str) -> Option<Vec<Option<Cow<'_, str>>>> {
        let value = self.get(key)?;
        Some(value.split(',').map(|v| (v != ".").then(|| decode(v))).collect())
    }

    /// The comma-separated numbers; `None` for an absent key or if one is not a number.
    pub fn numbers<T: FromStr>(&self, key: &str) -> Option<Vec<Option<T>>> {
        let value = self.get(key)?;
        value
            .split(',')
            .map(|v| if v == "." { Some(None) } else { v.parse().ok().map(Some) })
            .collect()
    }

    /// The first number of a value, where it is one.
    pub fn number<T: FromStr>(&self, key: &str) -> Option<T> {
        self.get(key)?.split(',').next()?.parse().ok()
    }

    /// Sets a value in place, or appends the key. The value is written as it is: join several by
    /// commas, and pass what may hold special characters through [`encode`](super::encode).
    pub fn set(&mut self, key: &str, value: impl AsRef<str>) {
        self.put(key, &format!("{key}={}", value.as_ref()));
    }

    /// Sets a flag.
    pub fn set_flag(&mut self, key: &str) {
        self.put(key, key);
    }

    /// Removes a key; says whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        if !self.has(key) {
            return false;
        }
        self.text = self.with(key, None);
        true
    }

    fn put(&mut self, key: &str, field: &str) {
        if self.has(key) {
            self.text = self.with(key, Some(field));
        } else {
            if !self.text.is_empty() {
                self.text.push(';');
            }
            self.text.push_str(field);
        }
    }

    /// The column with the field of `key` replaced or left out; of several of that key only one stays.
    fn with(&self, key: &str, mut replacement: Option<&str>) -> String {
        let fields = self.text.split(';').filter_map(|field| {
            let this = field.split_once('=').map_or(field, |(key, _)| key);
            if this == key { replacement.take() } else { Some(field) }
        });
        fields.collect::<Vec<_>>().join(";")
    }
}

impl From<&str> for Info {
    /// Takes the column's text; `.` is an empty column.
    fn from(text: &str) -> Self {
        Self { text: if text == "." { String::new() } else { text.to_owned() } }
    }
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.text.is_empty() { "." } else { &self.text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_keeps_the_place_and_the_others() {
        let mut info: Info = "A=1;B;C=x".into();
        info.set("A", "2");
        info.set("C", "y");
        info.set("D", "z");
        assert_eq!(info.to_string(), "A=2;B;C=y;D=z");
        assert!(info.remove("B") && !info.remove("B"));
        assert_eq!(info.to_string(), "A=2;C=y;D=z");
        let mut doubled: Info = "A=1;B;A=2".into();
        doubled.set("A", "3");
        assert_eq!(doubled.to_string(), "A=3;B");
    }

    #[test]
    fn empty_column() {
        let mut info: Info = ".".into();
        assert!(info.is_empty() && info.iter().next().is_none());
        assert_eq!(info.to_string(), ".");
        info.set_flag("DB");
        assert_eq!(info.to_string(), "DB");
        info.remove("DB");
        assert_eq!(info.to_string(), ".");
    }

    #[test]
    fn keys_are_whole_keys() {
        let info: Info = "XDP=1;DP4=2;DP=3".into();
        assert_eq!(info.get("DP"), Some("3"));
        assert_eq!(info.number::<i32>("DP4"), Some(2));
        assert_eq!(info.numbers::<i32>("D"), None);
    }

    #[test]
    fn missing_and_encoded_values() {
        let info: Info = "S=a%2Cb,.;N=1,x".into();
        assert_eq!(info.values("S"), Some(vec![Some("a,b".into()), None]));
        assert_eq!(info.numbers::<i32>("N"), None);
    }
}
