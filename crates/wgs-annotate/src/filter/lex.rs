//! Words of a filter expression, with their places.

use super::FilterError;

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name, or text without quotes.
    Word(String),
    /// In backticks: always a name.
    Name(String),
    /// In quotes.
    Text(String),
    Number(f64),
    /// An operator, a bracket, a comma or a point.
    Sign(&'static str),
    End,
}

/// A word at its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Number of its first character, from 1.
    pub(super) at: usize,
}

/// Signs; of two that begin alike the longer one stands first.
const SIGNS: [&str; 22] = [
    "==", "!=", "<=", ">=", "!~", "&&", "||", "=", "<", ">", "~", "!", "(", ")", "[", "]", ",",
    ".", "+", "-", "*", "/",
];

/// What may stand before a name, with `/`.
const QUALIFIERS: [&str; 3] = ["INFO", "CSQ", "FORMAT"];

/// Splits an expression; the last word is its end.
pub(super) fn split(text: &str) -> Result<Vec<Token>, FilterError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, end) = next(&chars, at)?;
        tokens.push(Token { kind, at: at + 1 });
        at = end;
    }
    tokens.push(Token { kind: Kind::End, at: chars.len() + 1 });
    Ok(tokens)
}

fn next(chars: &[char], at: usize) -> Result<(Kind, usize), FilterError> {
    match chars[at] {
        quote @ ('"' | '\'' | '`') => quoted(chars, at, quote),
        c if is_word(c) => Ok(word(chars, at)),
        '.' if chars.get(at + 1).is_some_and(char::is_ascii_digit) => Ok(word(chars, at)),
        c => {
            let fits = |sign: &&&str| sign.chars().eq(chars[at..].iter().copied().take(sign.len()));
            match SIGNS.iter().find(fits) {
                Some(sign) => Ok((Kind::Sign(sign), at + sign.len())),
                None => Err(FilterError::new(at + 1, format!("{c:?} has no meaning here"))
                    .hint("put text that is compared into quotes")),
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A name or a number: letters, digits, `_`, points between them, and the sign of an exponent.
fn word(chars: &[char], start: usize) -> (Kind, usize) {
    let mut end = start;
    let is_number = |end: usize| {
        let text: String = chars[start..end].iter().collect();
        text.trim_end_matches(['e', 'E']).parse::<f64>().is_ok() && text.ends_with(['e', 'E'])
    };
    while let Some(&c) = chars.get(end) {
        let next_is_word = chars.get(end + 1).is_some_and(|c| is_word(*c));
        let goes_on = is_word(c)
            || (c == '.' && next_is_word)
            || (matches!(c, '+' | '-')
                && is_number(end)
                && chars.get(end + 1).is_some_and(char::is_ascii_digit));
        if !goes_on {
            break;
        }
        end += 1;
    }
    let text: String = chars[start..end].iter().collect();
    let begins_a_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if let Some(number) = text.parse().ok().filter(|_| begins_a_number) {
        return (Kind::Number(number), end);
    }
    let is_qualifier = QUALIFIERS.contains(&text.as_str());
    if is_qualifier && chars.get(end) == Some(&'/') {
        let rest = end + 1;
        let length = chars[rest..].iter().take_while(|c| is_word(**c) || **c == '.').count();
        if length > 0 {
            let name: String = chars[start..rest + length].iter().collect();
            return (Kind::Name(name), rest + length);
        }
    }
    (Kind::Word(text), end)
}

fn quoted(chars: &[char], start: usize, quote: char) -> Result<(Kind, usize), FilterError> {
    let mut text = String::new();
    let mut at = start + 1;
    while let Some(&c) = chars.get(at) {
        match c {
            _ if c == quote && quote == '`' => return Ok((Kind::Name(text), at + 1)),
            _ if c == quote => return Ok((Kind::Text(text), at + 1)),
            // Other backslashes stay: those of regular expressions need not be doubled.
            '\\' if chars.get(at + 1) == Some(&quote) => {
                text.push(quote);
                at += 2;
            }
            _ => {
                text.push(c);
                at += 1;
            }
        }
    }
    Err(FilterError::new(start + 1, "this quote is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        split(text).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn numbers_and_names_are_told_apart() {
        let word = |text: &str| Kind::Word(text.into());
        assert_eq!(
            kinds("AF<1e-3 .5 5_prime_UTR_variant 1000G_AF -2 sample.GQ INFO/AC/AN"),
            [
                word("AF"),
                Kind::Sign("<"),
                Kind::Number(0.001),
                Kind::Number(0.5),
                word("5_prime_UTR_variant"),
                word("1000G_AF"),
                Kind::Sign("-"),
                Kind::Number(2.0),
                word("sample.GQ"),
                Kind::Name("INFO/AC".into()),
                Kind::Sign("/"),
                word("AN"),
                Kind::End,
            ]
        );
        assert_eq!(kinds("2-1").len(), 4);
        assert_eq!(kinds("inf")[0], word("inf"));
    }

    #[test]
    fn quotes_hold_any_text() {
        assert_eq!(kinds(r#""a \"b\" \d""#)[0], Kind::Text(r#"a "b" \d"#.into()));
        assert_eq!(kinds("`my-key`")[0], Kind::Name("my-key".into()));
        assert_eq!(split("a = 'b").unwrap_err().at, 5);
        assert_eq!(split("é ; b").unwrap_err().at, 3);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = split(&text);
        }
    }
}
