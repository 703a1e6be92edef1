//! Rows as JSON lines: numbers are numbers, what is missing is `null`, several values a list.

use wgs_formats::variant::decode;

use super::{
    Column, Columns,
    column::{Cell, Type},
};
use crate::field::At;

/// Writes rows.
#[derive(Clone, Debug)]
pub(crate) struct Json {
    /// Each with its name as a key.
    columns: Vec<(String, Column)>,
}

impl Json {
    pub(crate) fn new(columns: &Columns) -> Self {
        let keyed = |column: &Column| (quoted(&column.name) + ":", column.clone());
        Self { columns: columns.iter().map(keyed).collect() }
    }

    /// Appends a row; the error says which value is none of its type.
    pub(crate) fn append(&self, at: At<'_, '_>, out: &mut String) -> Result<(), String> {
        for (place, (key, column)) in self.columns.iter().enumerate() {
            out.push(if place == 0 { '{' } else { ',' });
            out.push_str(key);
            let text = column.text(at);
            if column.value_type() == Type::Flag {
                out.push_str(if text.is_some() { "true" } else { "false" });
                continue;
            }
            match column.cell(text.as_deref(), at.allele) {
                Cell::Missing => out.push_str("null"),
                Cell::One(value) => append_value(column, Some(value), out)?,
                Cell::Many(values) => {
                    for (place, value) in values.into_iter().enumerate() {
                        out.push(if place == 0 { '[' } else { ',' });
                        append_value(column, value, out)?;
                    }
                    out.push(']');
                }
            }
        }
        out.push_str("}\n");
        Ok(())
    }
}

fn append_value(column: &Column, value: Option<&str>, out: &mut String) -> Result<(), String> {
    let text = match (value, column.value_type()) {
        (None, _) => None,
        (Some(value), Type::Integer) => Some(column.field.integer(value)?.to_string()),
        (Some(value), Type::Float) => {
            // Neither infinity nor what is not a number has a form in JSON.
            let number = column.field.number(value)?.filter(|number| number.is_finite());
            number.map(|number| serde_json::Value::from(number).to_string())
        }
        (Some(value), Type::Text | Type::Flag) => Some(quoted(&decode(value))),
    };
    out.push_str(text.as_deref().unwrap_or("null"));
    Ok(())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
