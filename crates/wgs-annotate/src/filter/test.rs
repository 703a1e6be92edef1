//! What a filter asks of an allele, and the answers: yes, no, or not known.

use std::{borrow::Cow, cmp::Ordering};

use regex::Regex;
use wgs_formats::variant::decode;

use crate::{
    Impact, Term,
    field::{At, Field, Kind, Shape, plain_genotype},
};

/// The answer to a question (Kleene's logic: what is not known stays so unless the rest decides).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// Whose value a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    None,
    /// The one that `any_sample` or `all_samples` has at hand.
    AtHand,
    Number(usize),
}

/// A field that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) field: Field,
    /// One of its values, from 0.
    pub(super) index: Option<usize>,
    pub(super) sample: Sample,
}

/// How two values lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl Order {
    fn holds(self, found: Ordering) -> bool {
        match self {
            Self::Less => found.is_lt(),
            Self::AtMost => found.is_le(),
            Self::Equal => found.is_eq(),
            Self::AtLeast => found.is_ge(),
            Self::More => found.is_gt(),
        }
    }
}

/// What an ordered value is held against.
#[derive(Clone, Debug)]
pub(super) struct Limit<T> {
    order: Order,
    value: T,
}

impl<T: Ord> Limit<T> {
    pub(super) fn new(order: Order, value: T) -> Self {
        Self { order, value }
    }

    fn holds(&self, value: &T) -> bool {
        self.order.holds(value.cmp(&self.value))
    }
}

/// Numbers that are compared: any of them may meet a condition.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Field(Operand),
    /// Text read as a number.
    Parsed(Operand),
    Amount(Amount),
}

/// One number.
#[derive(Clone, Debug)]
pub(super) enum Amount {
    Is(f64),
    Of(Box<Amount>, &'static str, Box<Amount>),
    Default(Box<Value>, Box<Amount>),
    /// Of something that has one value.
    Only(Box<Value>),
}

/// A question.
#[derive(Clone, Debug)]
pub(super) enum Test {
    And(Vec<Test>),
    Or(Vec<Test>),
    Not(Box<Test>),
    Number(Value, Order, Value),
    /// One of these texts.
    Equal(Vec<String>, Operand),
    /// The text of another field.
    Same(Operand, Operand),
    Match(Operand, Regex),
    /// One of these among the parts.
    Has(Operand, Vec<String>),
    Impact(Operand, Limit<Impact>),
    Severity(Operand, Limit<std::cmp::Reverse<Term>>),
    Exists(Operand),
    Flag(Operand),
    Samples {
        all: bool,
        test: Box<Test>,
    },
    Entries {
        all: bool,
        test: Box<Test>,
    },
    Picked(Box<Test>),
}

type Answer = Result<Truth, String>;

impl Test {
    /// Answers for an allele; the error says which value is none of its type.
    pub(super) fn ask(&self, at: At<'_, '_>) -> Answer {
        match self {
            Self::And(tests) => all(tests.iter().map(|test| test.ask(at))),
            Self::Or(tests) => any(tests.iter().map(|test| test.ask(at))),
            Self::Not(test) => test.ask(at).map(Truth::not),
            Self::Number(one, order, other) => numbers(one, *order, other, at),
            Self::Equal(texts, operand) => {
                Ok(of_parts(operand, at, |text| texts.iter().any(|t| t == text)))
            }
            Self::Same(one, other) => {
                let others = other.texts(at);
                let same = |text: &str| others.iter().flatten().any(|other| other == text);
                match others.iter().all(Option::is_none) {
                    true => Ok(Truth::Unknown),
                    false => Ok(of_parts(one, at, same)),
                }
            }
            Self::Match(operand, regex) => Ok(of_parts(operand, at, |text| regex.is_match(text))),
            Self::Has(operand, wanted) => {
                let has = |text: &str| parts(text).any(|part| wanted.iter().any(|w| w == part));
                Ok(of_parts(operand, at, has))
            }
            Self::Impact(operand, limit) => Ok(of_parts(operand, at, |text| {
                Impact::parse(text).is_some_and(|impact| limit.holds(&impact))
            })),
            Self::Severity(operand, limit) => Ok(severity(operand, limit, at)),
            Self::Exists(operand) => Ok(Truth::of(operand.texts(at).iter().any(Option::is_some))),
            Self::Flag(operand) => Ok(Truth::of(operand.text(at).is_some())),
            Self::Samples { all: of_all, test } => {
                let samples = 0..at.site.record.samples.len();
                let answers = samples.map(|s| test.ask(At { sample: Some(s), ..at }));
                if *of_all { all(answers) } else { any(answers) }
            }
            Self::Entries { all: of_all, test } => {
                let entries = at.site.entries_of(at.allele);
                if entries.is_empty() {
                    return test.ask(At { entry: None, ..at });
                }
                let answers = entries.iter().map(|e| test.ask(At { entry: Some(*e), ..at }));
                if *of_all { all(answers) } else { any(answers) }
            }
            Self::Picked(test) => test.ask(At { entry: at.site.picked(at.allele), ..at }),
        }
    }

    /// Whether the entry at hand has a part in the answer.
    pub(super) fn needs_entry(&self) -> bool {
        let of = |operand: &Operand| matches!(operand.field.place, crate::field::Place::Csq(_));
        match self {
            Self::And(tests) | Self::Or(tests) => tests.iter().any(Self::needs_entry),
            Self::Not(test) | Self::Samples { test, .. } => test.needs_entry(),
            Self::Number(one, _, other) => one.operands().chain(other.operands()).any(of),
            Self::Same(one, other) => of(one) || of(other),
            Self::Equal(_, o)
            | Self::Match(o, _)
            | Self::Has(o, _)
            | Self::Impact(o, _)
            | Self::Severity(o, _)
            | Self::Exists(o)
            | Self::Flag(o) => of(o),
            Self::Entries { .. } | Self::Picked(_) => false,
        }
    }
}

/// The lowest of the answers.
fn all(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut lowest = Truth::True;
    for answer in answers {
        lowest = lowest.min(answer?);
        if lowest == Truth::False {
            break;
        }
    }
    Ok(lowest)
}

/// The highest of the answers.
pub(super) fn any(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut highest = Truth::False;
    for answer in answers {
        highest = highest.max(answer?);
        if highest == Truth::True {
            break;
        }
    }
    Ok(highest)
}

/// Whether any of the values meets a condition; not known where none does and one is missing.
fn of_parts(operand: &Operand, at: At<'_, '_>, holds: impl Fn(&str) -> bool) -> Truth {
    let texts = operand.texts(at);
    let answer = |text: &Option<Cow<'_, str>>| match text {
        Some(text) => Truth::of(holds(text)),
        None => Truth::Unknown,
    };
    texts.iter().map(answer).max().unwrap_or(Truth::Unknown)
}

/// The parts of a value that sources join in one text.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(['&', ',', '|', '/', ';']);
    parts.map(|part| part.trim_matches(|c: char| c == '_' || c.is_whitespace()))
}

fn severity(operand: &Operand, limit: &Limit<std::cmp::Reverse<Term>>, at: At<'_, '_>) -> Truth {
    let Some(text) = operand.text(at) else { return Truth::Unknown };
    match text.split('&').filter_map(Term::parse).min() {
        Some(most_severe) => Truth::of(limit.holds(&std::cmp::Reverse(most_severe))),
        None => Truth::Unknown,
    }
}

fn numbers(one: &Value, order: Order, other: &Value, at: At<'_, '_>) -> Answer {
    let (ones, others) = (one.numbers(at)?, other.numbers(at)?);
    let mut highest =
        if ones.is_empty() || others.is_empty() { Truth::Unknown } else { Truth::False };
    for one in &ones {
        for other in &others {
            let answer = match (one, other) {
                (Some(one), Some(other)) => {
                    Truth::of(one.partial_cmp(other).is_some_and(|found| order.holds(found)))
                }
                _ => Truth::Unknown,
            };
            highest = highest.max(answer);
        }
    }
    Ok(highest)
}

impl Value {
    fn operands(&self) -> Box<dyn Iterator<Item = &Operand> + '_> {
        match self {
            Self::Field(operand) | Self::Parsed(operand) => Box::new(std::iter::once(operand)),
            Self::Amount(amount) => amount.operands(),
        }
    }

    fn numbers(&self, at: At<'_, '_>) -> Result<Vec<Option<f64>>, String> {
        let read = |operand: &Operand, text: &str| match self {
            // Text that is no number says nothing of a number; of several values that sources join,
            // the greatest counts.
            Self::Parsed(_) => {
                let numbers = text.split('&').filter_map(|part| part.parse::<f64>().ok());
                Ok(numbers.filter(|number| !number.is_nan()).reduce(f64::max))
            }
            _ => operand.field.number(text),
        };
        match self {
            Self::Field(operand) | Self::Parsed(operand) => {
                let number = |text: &Option<Cow<'_, str>>| match text {
                    Some(text) => read(operand, text),
                    None => Ok(None),
                };
                operand.texts(at).iter().map(number).collect()
            }
            Self::Amount(amount) => Ok(vec![amount.number(at)?]),
        }
    }
}

impl Amount {
    fn operands(&self) -> Box<dyn Iterator<Item = &Operand> + '_> {
        match self {
            Self::Is(_) => Box::new(std::iter::empty()),
            Self::Of(one, _, other) => Box::new(one.operands().chain(other.operands())),
            Self::Default(value, instead) => Box::new(value.operands().chain(instead.operands())),
            Self::Only(value) => value.operands(),
        }
    }

    fn number(&self, at: At<'_, '_>) -> Result<Option<f64>, String> {
        Ok(match self {
            Self::Is(number) => Some(*number),
            Self::Only(value) => value.numbers(at)?.first().copied().flatten(),
            Self::Default(value, instead) => {
                let known = value.numbers(at)?.first().copied().flatten();
                if known.is_some() { known } else { instead.number(at)? }
            }
            Self::Of(one, sign, other) => {
                let (Some(one), Some(other)) = (one.number(at)?, other.number(at)?) else {
                    return Ok(None);
                };
                let number = match *sign {
                    "+" => one + other,
                    "-" => one - other,
                    "*" => one * other,
                    _ => one / other,
                };
                Some(number).filter(|number| number.is_finite())
            }
        })
    }
}

impl Operand {
    pub(super) fn is_many(&self) -> bool {
        self.index.is_none() && matches!(self.field.shape, Shape::Many(_))
    }

    fn text<'r>(&self, at: At<'_, 'r>) -> Option<Cow<'r, str>> {
        let sample = match self.sample {
            Sample::None | Sample::AtHand => at.sample,
            Sample::Number(sample) => Some(sample),
        };
        let text = self.field.text(At { sample, ..at })?;
        match self.field.kind {
            Kind::Genotype => plain_genotype(&text).map(Cow::Owned),
            _ => Some(text),
        }
    }

    /// The values that count for the allele at hand, decoded; one that is missing where there is
    /// nothing.
    fn texts<'r>(&self, at: At<'_, 'r>) -> Vec<Option<Cow<'r, str>>> {
        let Some(text) = self.text(at) else { return vec![None] };
        let owned = |value: Option<&str>| value.map(|v| Cow::Owned(decode(v).into_owned()));
        match (&text, self.index) {
            (_, Some(index)) => vec![owned(self.field.value_at(&text, index))],
            (_, None) => self.field.values(&text, at.allele).into_iter().map(owned).collect(),
        }
    }
}
