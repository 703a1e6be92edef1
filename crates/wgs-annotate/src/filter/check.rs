//! The meaning of an expression: fields are found, types fit.

use regex::{Regex, RegexBuilder};

use super::{
    FilterError,
    syntax::{Node, What},
    test::{Amount, Limit, Operand, Order, Sample, Test, Value},
};
use crate::{
    Impact, Term,
    field::{Catalog, Field, Kind, NoField, nearest, plain_genotype},
    terms,
};

/// Bytes that a compiled regular expression may take.
const REGEX_BYTES: usize = 1 << 20;

type Result<T> = std::result::Result<T, FilterError>;

/// What stands around the part at hand.
#[derive(Clone, Copy, Default)]
struct Around {
    samples: bool,
    entries: bool,
}

/// Gives an expression its meaning in a file with these fields.
pub(super) fn check(node: &Node, catalog: &Catalog) -> Result<Test> {
    Checker { catalog }.test(node, Around::default())
}

struct Checker<'c> {
    catalog: &'c Catalog,
}

impl Checker<'_> {
    fn test(&self, node: &Node, around: Around) -> Result<Test> {
        let all =
            |nodes: &[Node]| nodes.iter().map(|n| self.test(n, around)).collect::<Result<Vec<_>>>();
        Ok(match &node.what {
            What::And(nodes) => Test::And(all(nodes)?),
            What::Or(nodes) => Test::Or(all(nodes)?),
            What::Not(inner) => Test::Not(Box::new(self.test(inner, around)?)),
            What::Compare(left, operator, right) => self.compare(left, operator, right, around)?,
            What::In(left, items) => self.is_in(left, items, around)?,
            What::Call(name, arguments) => self.call(node, name, arguments, around)?,
            _ => match self.operand(node, around)? {
                Some(operand) if operand.field.kind == Kind::Flag => Test::Flag(operand),
                Some(operand) => {
                    let name = operand.field.qualified();
                    let reason = format!("{name} alone is neither true nor false");
                    return Err(FilterError::new(node.at, reason)
                        .hint(format!("compare it, or write exists({name})")));
                }
                None => return Err(FilterError::new(node.at, "expected a comparison")),
            },
        })
    }

    fn call(&self, node: &Node, name: &str, arguments: &[Node], around: Around) -> Result<Test> {
        let error = |reason: String| Err(FilterError::new(node.at, reason));
        let [argument] = arguments else {
            return error(format!("{name}(…) is no condition of one argument"));
        };
        let inner = |around| self.test(argument, around).map(Box::new);
        match name {
            "exists" | "missing" => {
                let Some(operand) = self.operand(argument, around)? else {
                    return Err(FilterError::new(argument.at, "expected a field"));
                };
                let exists = Test::Exists(operand);
                Ok(if name == "exists" { exists } else { Test::Not(Box::new(exists)) })
            }
            "any_sample" | "all_samples" if around.samples => {
                error(format!("{name}(…) stands within another of its kind"))
            }
            "any_sample" | "all_samples" if self.catalog.samples().is_empty() => {
                error("the file has no samples".into())
            }
            "any_sample" | "all_samples" => {
                let test = inner(Around { samples: true, ..around })?;
                Ok(Test::Samples { all: name == "all_samples", test })
            }
            "any_entry" | "all_entries" | "picked" if around.entries => {
                error(format!("{name}(…) stands within another of its kind"))
            }
            "any_entry" | "all_entries" => {
                let test = inner(Around { entries: true, ..around })?;
                Ok(Test::Entries { all: name == "all_entries", test })
            }
            "picked" => Ok(Test::Picked(inner(Around { entries: true, ..around })?)),
            _ => {
                let names = [
                    "exists",
                    "missing",
                    "any_sample",
                    "all_samples",
                    "any_entry",
                    "all_entries",
                    "picked",
                    "number",
                    "default",
                ];
                let near = nearest(name, names.into_iter());
                let error = FilterError::new(node.at, format!("no condition is named {name}"));
                Err(match near {
                    Some("number" | "default") => error.hint("compare what it gives"),
                    Some(near) => error.hint(format!("the nearest is {near}")),
                    None => error,
                })
            }
        }
    }

    fn compare(&self, left: &Node, op: &'static str, right: &Node, around: Around) -> Result<Test> {
        let positive = match op {
            "!=" => "=",
            "!~" => "~",
            other => other,
        };
        let test = self.compare_positive(left, positive, right, around)?;
        Ok(if positive == op { test } else { Test::Not(Box::new(test)) })
    }

    fn compare_positive(
        &self,
        left: &Node,
        op: &'static str,
        right: &Node,
        around: Around,
    ) -> Result<Test> {
        let Some(operand) = self.operand(left, around)? else {
            return self.compare_numbers(left, op, right, around);
        };
        match (operand.field.kind, op) {
            (Kind::Flag, _) => {
                let name = operand.field.qualified();
                Err(FilterError::new(left.at, format!("{name} is a flag, and has no value"))
                    .hint(format!("write {name} or not {name}")))
            }
            (_, "~") => Ok(Test::Match(operand, regex(right)?)),
            (Kind::Impact, "has") | (Kind::Integer | Kind::Float, "has") => {
                let name = operand.field.qualified();
                Err(FilterError::new(right.at, format!("{name} has no parts")).hint("use ="))
            }
            (Kind::Integer | Kind::Float, _) => self.compare_numbers(left, op, right, around),
            (Kind::Impact, _) => {
                let impact = impact(right)?;
                Ok(Test::Impact(operand, Limit::new(order(op), impact)))
            }
            (Kind::Terms, "=" | "has") => Ok(Test::Has(operand, vec![term(right)?.name().into()])),
            (Kind::Terms, _) => {
                // Terms are ordered from the most severe on, which counts as the highest here.
                let limit = Limit::new(order(op), std::cmp::Reverse(term(right)?));
                Ok(Test::Severity(operand, limit))
            }
            (Kind::Text, "has") => Ok(Test::Has(operand, vec![self.text(right)?])),
            (Kind::Text | Kind::Genotype, "=") => match self.other_field(right, around)? {
                Some(other) => Ok(Test::Same(operand, other)),
                None => Ok(Test::Equal(vec![self.text_for(&operand.field, right)?], operand)),
            },
            (Kind::Text | Kind::Genotype, _) => {
                let name = operand.field.qualified();
                Err(FilterError::new(right.at, format!("{name} is text, which has no order"))
                    .hint(format!("where it holds numbers, write number({name})")))
            }
        }
    }

    fn compare_numbers(
        &self,
        left: &Node,
        op: &'static str,
        right: &Node,
        around: Around,
    ) -> Result<Test> {
        if matches!(op, "~" | "has") {
            return Err(FilterError::new(left.at, "expected a field"));
        }
        let (one, other) = (self.value(left, around)?, self.value(right, around)?);
        Ok(Test::Number(one, order(op), other))
    }

    fn is_in(&self, left: &Node, items: &[Node], around: Around) -> Result<Test> {
        let Some(operand) = self.operand(left, around)? else {
            return Err(FilterError::new(left.at, "expected a field before `in`"));
        };
        let texts = |text: &dyn Fn(&Node) -> Result<String>| {
            items.iter().map(text).collect::<Result<Vec<_>>>()
        };
        Ok(match operand.field.kind {
            Kind::Flag => {
                let name = operand.field.qualified();
                return Err(FilterError::new(left.at, format!("{name} is a flag")));
            }
            Kind::Integer | Kind::Float => {
                let number = |item: &Node| match item.what {
                    What::Number(number) => Ok(number),
                    _ => Err(FilterError::new(item.at, "expected a number")),
                };
                let value = Value::Field(operand);
                let same = |number| {
                    Test::Number(value.clone(), Order::Equal, Value::Amount(Amount::Is(number)))
                };
                let numbers = items.iter().map(number).collect::<Result<Vec<_>>>()?;
                Test::Or(numbers.into_iter().map(same).collect())
            }
            Kind::Impact => {
                let same = |item: &Node| {
                    let limit = Limit::new(Order::Equal, impact(item)?);
                    Ok(Test::Impact(operand.clone(), limit))
                };
                Test::Or(items.iter().map(same).collect::<Result<_>>()?)
            }
            Kind::Terms => {
                let names = texts(&|item| Ok(term(item)?.name().to_owned()))?;
                Test::Has(operand, names)
            }
            Kind::Text | Kind::Genotype => {
                let names = texts(&|item| self.text_for(&operand.field, item))?;
                Test::Equal(names, operand)
            }
        })
    }

    /// The text that a field is compared with.
    fn text_for(&self, field: &Field, node: &Node) -> Result<String> {
        let text = self.text(node)?;
        if field.kind != Kind::Genotype {
            return Ok(text);
        }
        plain_genotype(&text).ok_or_else(|| {
            FilterError::new(node.at, format!("{text:?} is no genotype"))
                .hint("write \"0/1\", or missing(…) where none is known")
        })
    }

    /// Text in quotes, or a word that is no field's name.
    fn text(&self, node: &Node) -> Result<String> {
        match &node.what {
            What::Text(text) => Ok(text.clone()),
            What::Word(word) if self.catalog.find(word).is_ok() => {
                let reason = format!("{word} is the name of a field, too");
                Err(FilterError::new(node.at, reason)
                    .hint(format!("write \"{word}\" for the text, `{word}` for the field")))
            }
            What::Word(word) => Ok(word.clone()),
            What::Number(_) => Err(FilterError::new(node.at, "the field is text, not a number")
                .hint("put the text into quotes, or compare number(FIELD)")),
            _ => Err(FilterError::new(node.at, "expected text")),
        }
    }

    /// A field on the right side: only one that cannot be text.
    fn other_field(&self, node: &Node, around: Around) -> Result<Option<Operand>> {
        match &node.what {
            What::Name(_) | What::Sample(..) | What::Index(..) => self.operand(node, around),
            What::Word(word) if word.starts_with("sample.") => self.operand(node, around),
            _ => Ok(None),
        }
    }

    /// The field that a node names; `None` if it is something else.
    fn operand(&self, node: &Node, around: Around) -> Result<Option<Operand>> {
        let at = |error: NoField| {
            let NoField { reason, hint } = error;
            let error = FilterError::new(node.at, reason);
            if let Some(hint) = hint { error.hint(hint) } else { error }
        };
        let of = |field: &Field, sample| Operand { field: field.clone(), index: None, sample };
        Ok(Some(match &node.what {
            What::Index(inner, index) => {
                let Some(operand) = self.operand(inner, around)? else {
                    return Err(FilterError::new(node.at, "expected a field before `[`"));
                };
                Operand { index: Some(*index), ..operand }
            }
            What::Sample(name, key) => {
                let sample = self.catalog.sample(name).map_err(at)?;
                of(self.catalog.find_of_sample(key).map_err(at)?, Sample::Number(sample))
            }
            What::Word(word) if word.starts_with("sample.") => {
                if !around.samples {
                    let reason = "which sample is not said";
                    return Err(FilterError::new(node.at, reason)
                        .hint("write sample(\"NAME\").…, any_sample(…) or all_samples(…)"));
                }
                let key = word.strip_prefix("sample.").unwrap_or_default();
                of(self.catalog.find_of_sample(key).map_err(at)?, Sample::AtHand)
            }
            What::Word(name) | What::Name(name) => {
                of(self.catalog.find(name).map_err(at)?, Sample::None)
            }
            _ => return Ok(None),
        }))
    }

    /// Something that numbers can be compared with.
    fn value(&self, node: &Node, around: Around) -> Result<Value> {
        if let Some(operand) = self.operand(node, around)? {
            return match operand.field.kind {
                Kind::Integer | Kind::Float => Ok(Value::Field(operand)),
                _ => {
                    let name = operand.field.qualified();
                    Err(FilterError::new(node.at, format!("{name} is not a number"))
                        .hint(format!("where it holds numbers, write number({name})")))
                }
            };
        }
        match &node.what {
            What::Call(name, arguments) if name == "number" => match arguments.as_slice() {
                [argument] => match self.operand(argument, around)? {
                    Some(operand) => Ok(Value::Parsed(operand)),
                    None => Err(FilterError::new(argument.at, "expected a field")),
                },
                _ => Err(FilterError::new(node.at, "expected number(FIELD)")),
            },
            _ => Ok(Value::Amount(self.amount(node, around)?)),
        }
    }

    /// One number.
    fn amount(&self, node: &Node, around: Around) -> Result<Amount> {
        let wrong = |reason: &str| FilterError::new(node.at, reason);
        match &node.what {
            What::Number(number) => Ok(Amount::Is(*number)),
            What::Text(_) => Err(wrong("is text, where a number is compared")),
            What::Arithmetic(left, sign, right) => {
                let (left, right) = (self.amount(left, around)?, self.amount(right, around)?);
                Ok(Amount::Of(Box::new(left), sign, Box::new(right)))
            }
            What::Call(name, arguments) if name == "default" => match arguments.as_slice() {
                [value, instead] => {
                    let Some(value) = self.value_of_field(value, around)? else {
                        return Err(wrong("expected default(FIELD, NUMBER)"));
                    };
                    let value = Box::new(value);
                    Ok(Amount::Default(value, Box::new(self.amount(instead, around)?)))
                }
                _ => Err(wrong("expected default(FIELD, NUMBER)")),
            },
            What::Call(name, _) if name != "number" => {
                Err(wrong("expected a number").hint("the functions are number and default"))
            }
            _ => match self.value_of_field(node, around)? {
                Some(value) => Ok(Amount::Only(Box::new(value))),
                None => Err(wrong("expected a number")),
            },
        }
    }

    fn value_of_field(&self, node: &Node, around: Around) -> Result<Option<Value>> {
        let is_field = matches!(
            node.what,
            What::Call(..) | What::Index(..) | What::Sample(..) | What::Word(_) | What::Name(_)
        );
        if !is_field {
            return Ok(None);
        }
        let value = self.value(node, around)?;
        match &value {
            Value::Field(operand) | Value::Parsed(operand) if operand.is_many() => {
                let name = operand.field.qualified();
                Err(FilterError::new(node.at, format!("{name} has several values"))
                    .hint(format!("say which: {name}[0] is the first")))
            }
            _ => Ok(Some(value)),
        }
    }
}

fn order(operator: &str) -> Order {
    match operator {
        "<" => Order::Less,
        "<=" => Order::AtMost,
        ">" => Order::More,
        ">=" => Order::AtLeast,
        _ => Order::Equal,
    }
}

fn regex(node: &Node) -> Result<Regex> {
    let What::Text(pattern) = &node.what else {
        return Err(FilterError::new(node.at, "expected a regular expression in quotes"));
    };
    let regex = RegexBuilder::new(pattern).size_limit(REGEX_BYTES).build();
    regex.map_err(|error| {
        let error = error.to_string();
        let reason = error.lines().last().unwrap_or_default();
        FilterError::new(node.at, format!("not a regular expression: {}", reason.trim()))
    })
}

fn impact(node: &Node) -> Result<Impact> {
    let found = match &node.what {
        What::Text(text) | What::Word(text) => Impact::parse(text),
        _ => None,
    };
    found.ok_or_else(|| {
        FilterError::new(node.at, "expected an impact")
            .hint("HIGH, MODERATE, LOW and MODIFIER, in this order")
    })
}

fn term(node: &Node) -> Result<Term> {
    let (What::Text(text) | What::Word(text)) = &node.what else {
        return Err(FilterError::new(node.at, "expected a consequence"));
    };
    Term::parse(text).ok_or_else(|| {
        let error = FilterError::new(node.at, format!("no consequence is named {text}"));
        match nearest(text, terms::names()) {
            Some(near) => error.hint(format!("the nearest is {near}")),
            None => error,
        }
    })
}
