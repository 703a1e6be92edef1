//! What a filter expression says, before names have a meaning.

use super::{
    FilterError,
    lex::{Kind, Token, split},
};

/// Brackets and negations within each other that an expression may have.
const MAX_DEPTH: usize = 64;

/// An expression at its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) what: What,
    /// Number of the first character of what names it, from 1.
    pub(super) at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Two values and `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~` or `has` between them.
    Compare(Box<Node>, &'static str, Box<Node>),
    In(Box<Node>, Vec<Node>),
    /// `+`, `-`, `*` or `/`.
    Arithmetic(Box<Node>, &'static str, Box<Node>),
    /// A word without quotes.
    Word(String),
    /// A name that cannot be text.
    Name(String),
    Text(String),
    Number(f64),
    /// One of several values.
    Index(Box<Node>, usize),
    /// A function with its arguments.
    Call(String, Vec<Node>),
    /// `sample("NAME").KEY`.
    Sample(String, String),
}

impl Node {
    fn new(what: What, at: usize) -> Self {
        Self { what, at }
    }
}

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Node, FilterError> {
    let mut parser = Parser { tokens: split(text)?, next: 0, depth: 0 };
    if parser.peek() == &Kind::End {
        return Err(FilterError::new(1, "the expression is empty"));
    }
    let node = parser.or()?;
    match parser.peek() {
        Kind::End => Ok(node),
        _ => Err(parser.unexpected("expected `and`, `or` or the end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Kind {
        &self.tokens[self.next].kind
    }

    fn at(&self) -> usize {
        self.tokens[self.next].at
    }

    fn take(&mut self) -> Kind {
        let kind = self.peek().clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        kind
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek(), Kind::Sign(s) if *s == sign);
        if is_it {
            self.take();
        }
        is_it
    }

    /// Takes a word that is part of the language, in small or in capital letters.
    fn takes_word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek(), Kind::Word(w) if is_keyword(w, word));
        if is_it {
            self.take();
        }
        is_it
    }

    fn needs(&mut self, sign: &str) -> Result<(), FilterError> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected(&format!("expected `{sign}`"))) }
    }

    fn unexpected(&self, expected: &str) -> FilterError {
        let found = match self.peek() {
            Kind::End => "the end".into(),
            Kind::Word(word) | Kind::Name(word) => word.clone(),
            Kind::Text(text) => format!("{text:?}"),
            Kind::Number(number) => number.to_string(),
            Kind::Sign(sign) => format!("`{sign}`"),
        };
        FilterError::new(self.at(), format!("{expected}, found {found}"))
    }

    fn deeper(&mut self) -> Result<(), FilterError> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(FilterError::new(self.at(), "too many brackets within each other")),
            false => Ok(()),
        }
    }

    fn or(&mut self) -> Result<Node, FilterError> {
        let at = self.at();
        let mut parts = vec![self.and()?];
        while self.takes("||") || self.takes_word("or") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, What::Or, at))
    }

    fn and(&mut self) -> Result<Node, FilterError> {
        let at = self.at();
        let mut parts = vec![self.not()?];
        while self.takes("&&") || self.takes_word("and") {
            parts.push(self.not()?);
        }
        Ok(one_or(parts, What::And, at))
    }

    fn not(&mut self) -> Result<Node, FilterError> {
        let at = self.at();
        if !self.takes("!") && !self.takes_word("not") {
            return self.comparison();
        }
        self.deeper()?;
        let inner = self.not()?;
        self.depth -= 1;
        Ok(Node::new(What::Not(Box::new(inner)), at))
    }

    fn comparison(&mut self) -> Result<Node, FilterError> {
        let left = self.sum()?;
        let at = self.at();
        let negated = matches!(self.peek(), Kind::Word(w) if is_keyword(w, "not"));
        if negated {
            self.take();
        }
        let found = if self.takes_word("in") {
            Node::new(What::In(Box::new(left), self.list()?), at)
        } else if self.takes_word("has") {
            let right = self.sum()?;
            Node::new(What::Compare(Box::new(left), "has", Box::new(right)), at)
        } else if negated {
            return Err(self.unexpected("expected `in` or `has` after `not`"));
        } else if let Some(operator) = self.operator() {
            let right = self.sum()?;
            Node::new(What::Compare(Box::new(left), operator, Box::new(right)), at)
        } else {
            return Ok(left);
        };
        Ok(if negated { Node::new(What::Not(Box::new(found)), at) } else { found })
    }

    fn operator(&mut self) -> Option<&'static str> {
        const OPERATORS: [&str; 9] = ["=", "==", "!=", "<", "<=", ">", ">=", "~", "!~"];
        let Kind::Sign(sign) = *self.peek() else { return None };
        let operator = OPERATORS.into_iter().find(|operator| *operator == sign)?;
        self.take();
        Some(if operator == "==" { "=" } else { operator })
    }

    fn list(&mut self) -> Result<Vec<Node>, FilterError> {
        self.needs("(")?;
        let mut items = vec![self.sum()?];
        while self.takes(",") {
            items.push(self.sum()?);
        }
        self.needs(")")?;
        Ok(items)
    }

    fn sum(&mut self) -> Result<Node, FilterError> {
        self.chain(&["+", "-"], Self::product)
    }

    fn product(&mut self) -> Result<Node, FilterError> {
        self.chain(&["*", "/"], Self::value)
    }

    fn chain(
        &mut self,
        signs: &[&'static str],
        part: fn(&mut Self) -> Result<Node, FilterError>,
    ) -> Result<Node, FilterError> {
        let mut left = part(self)?;
        loop {
            let at = self.at();
            let Some(sign) = signs.iter().find(|sign| self.takes(sign)) else { return Ok(left) };
            let right = part(self)?;
            left = Node::new(What::Arithmetic(Box::new(left), sign, Box::new(right)), at);
        }
    }

    fn value(&mut self) -> Result<Node, FilterError> {
        let at = self.at();
        let mut node = match self.peek().clone() {
            Kind::Sign("(") => {
                self.deeper()?;
                self.take();
                let inner = self.or()?;
                self.needs(")")?;
                self.depth -= 1;
                inner
            }
            Kind::Sign("-") => {
                self.take();
                match self.take() {
                    Kind::Number(number) => Node::new(What::Number(-number), at),
                    _ => return Err(FilterError::new(at, "expected a number after `-`")),
                }
            }
            Kind::Number(number) => self.leaf(What::Number(number)),
            Kind::Text(text) => self.leaf(What::Text(text)),
            Kind::Name(name) => self.leaf(What::Name(name)),
            Kind::Word(word) if is_any_keyword(&word) => {
                return Err(self.unexpected("expected a field or a value"));
            }
            Kind::Word(word) => {
                self.take();
                if self.takes("(") { self.call(word, at)? } else { Node::new(What::Word(word), at) }
            }
            _ => return Err(self.unexpected("expected a field or a value")),
        };
        if self.takes("[") {
            let index = match self.take() {
                Kind::Number(n) if n >= 0.0 && n.fract() == 0.0 && n < 1e6 => n as usize,
                _ => return Err(FilterError::new(at, "expected a whole number in `[…]`")),
            };
            self.needs("]")?;
            node = Node::new(What::Index(Box::new(node), index), at);
        }
        Ok(node)
    }

    fn leaf(&mut self, what: What) -> Node {
        let at = self.at();
        self.take();
        Node::new(what, at)
    }

    /// What follows the bracket of a function.
    fn call(&mut self, name: String, at: usize) -> Result<Node, FilterError> {
        self.deeper()?;
        let mut arguments = vec![self.or()?];
        while self.takes(",") {
            arguments.push(self.or()?);
        }
        self.needs(")")?;
        self.depth -= 1;
        if name != "sample" {
            return Ok(Node::new(What::Call(name, arguments), at));
        }
        let sample = match arguments.as_slice() {
            [Node { what: What::Text(sample) | What::Word(sample), .. }] => sample.clone(),
            _ => return Err(FilterError::new(at, "expected sample(\"NAME\")")),
        };
        self.needs(".")?;
        match self.take() {
            Kind::Word(key) | Kind::Name(key) => Ok(Node::new(What::Sample(sample, key), at)),
            _ => Err(FilterError::new(at, "expected a key after sample(\"NAME\").")),
        }
    }
}

fn one_or(mut parts: Vec<Node>, many: fn(Vec<Node>) -> What, at: usize) -> Node {
    match parts.len() {
        1 => parts.remove(0),
        _ => Node::new(many(parts), at),
    }
}

fn is_keyword(word: &str, keyword: &str) -> bool {
    word == keyword || word == keyword.to_uppercase()
}

fn is_any_keyword(word: &str) -> bool {
    ["and", "or", "not", "in", "has"].iter().any(|keyword| is_keyword(word, keyword))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_binds_closer_than_or_and_not_than_both() {
        let What::Or(parts) = parse("not A = 1 and B = 2 or C = 3").unwrap().what else {
            panic!("or stands above")
        };
        let What::And(parts) = &parts[0].what else { panic!("and stands below or") };
        assert!(matches!(&parts[0].what, What::Not(_)));
        let What::Compare(left, "<", _) = parse("AC - 1 / AN * 2 < 3").unwrap().what else {
            panic!("arithmetic binds closest")
        };
        assert!(matches!(left.what, What::Arithmetic(_, "-", _)));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, at) in [
            ("", 1),
            ("   ", 1),
            ("A =", 4),
            ("A = 1 B", 7),
            ("(A = 1", 7),
            ("A in 1", 6),
            ("A in (1", 8),
            ("A not 1", 7),
            ("A = and", 5),
            ("A[x] = 1", 1),
            ("A[-1] = 1", 1),
            ("sample(1).DP = 1", 1),
            ("sample(\"x\") = 1", 13),
            ("A = -B", 5),
        ] {
            assert_eq!(parse(text).unwrap_err().at, at, "{text}");
        }
        let deep = "(".repeat(5_000);
        assert!(parse(&deep).unwrap_err().reason.contains("too many"));
        assert!(parse(&"not ".repeat(5_000)).unwrap_err().reason.contains("too many"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[A-C0-9 ()<>=!~.,\\[\\]+*/\"'-]{0,40}") {
            let _ = parse(&text);
        }
    }
}
