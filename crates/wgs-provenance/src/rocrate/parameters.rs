//! The parameters of a task that a crate may tell: numbers and switches.

use serde_json::Value;

/// Members of a task's parameters that come from the pipeline's definition. The others come from
/// the case, and may tell of a person.
const FROM_DEFINITION: [&str; 2] = ["options", "thresholds"];

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    /// Its place, with dots.
    pub(super) name: String,
    /// Its value: a number or a switch.
    pub(super) value: Value,
}

impl Parameter {
    /// Schema.org's name of its type.
    pub(super) fn data_type(&self) -> &'static str {
        match &self.value {
            Value::Bool(_) => "Boolean",
            Value::Number(number) if !number.is_f64() => "Integer",
            _ => "Float",
        }
    }
}

/// The numbers and switches that the definition sets, in the order of their names. Text is left
/// out, since a list of genes may tell what a person suffers from.
pub(super) fn parameters(params: &Value) -> Vec<Parameter> {
    let mut found = Vec::new();
    for name in FROM_DEFINITION {
        if let Some(value) = params.get(name) {
            collect(name, value, &mut found);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn collect(name: &str, value: &Value, found: &mut Vec<Parameter>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                collect(&format!("{name}.{member}"), value, found);
            }
        }
        Value::Bool(_) | Value::Number(_) => {
            found.push(Parameter { name: name.to_owned(), value: value.clone() });
        }
        Value::Null | Value::String(_) | Value::Array(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_numbers_and_switches_of_the_definition_are_told() {
        let params = json!({
            "options": {"min": 2, "rate": 0.5, "on": true, "panels": ["cardio"], "text": "x",
                "deep": {"b": 1}, "none": null},
            "thresholds": {"depth": {"warn": 25.0}},
            "family": {"age": 41}, "phenotypes": ["HP:0002664"], "birth": 19840101,
        });
        let told = parameters(&params);
        let names: Vec<_> = told.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "options.deep.b",
                "options.min",
                "options.on",
                "options.rate",
                "thresholds.depth.warn"
            ]
        );
        let types: Vec<_> = told.iter().map(Parameter::data_type).collect();
        assert_eq!(types, ["Integer", "Integer", "Boolean", "Float", "Float"]);
    }
}
