//! A table of needs as TOML that people read.

use std::fmt::Write;

use wgs_engine::needs::{Linear, NeedsTable, Safety, StageNeeds};

/// Figures that a coefficient is written with.
const FIGURES: i32 = 4;

pub(super) fn write(table: &NeedsTable) -> String {
    let Safety { time, time_floor_s, memory, memory_extra_bytes, disk } = table.safety;
    let mut text = format!(
        "# What tasks need, by stage: seconds and bytes as sums of a fixed amount and amounts for\n\
         # each byte of input files, each byte of the reference folders, and each thread. Nine of\n\
         # ten of the measured tasks need no more. `equivalents` say what a byte of another format\n\
         # counts against what was measured. Made by `wgs-pipe ledger OUT... --fit FILE`.\n\
         schema = {}\n\n\
         # What is asked for beyond that.\n\
         [safety]\n\
         time = {time:?}\n\
         time_floor_s = {time_floor_s:?}\n\
         memory = {memory:?}\n\
         memory_extra_bytes = {memory_extra_bytes:?}\n\
         disk = {disk:?}\n\n\
         # Stages that were not measured.\n\
         [default]\n",
        string(&table.schema)
    );
    stage(&mut text, &table.default);
    for (name, needs) in &table.stages {
        line(&mut text, &format!("\n[stages.{}]", key(name)));
        stage(&mut text, needs);
    }
    text
}

fn stage(text: &mut String, needs: &StageNeeds) {
    if needs.tasks > 0 {
        line(text, &format!("tasks = {}", needs.tasks));
    }
    if needs.serial > 0.0 {
        line(text, &format!("serial = {}", number(needs.serial)));
    }
    let named = [
        ("core_s", &needs.core_s),
        ("memory_bytes", &needs.memory_bytes),
        ("scratch_bytes", &needs.scratch_bytes),
    ];
    for (name, of) in named.into_iter().filter(|(_, of)| **of != Linear::default()) {
        line(text, &format!("{name} = {}", linear(of)));
    }
    for (name, of) in &needs.outputs {
        line(text, &format!("outputs.{} = {}", key(name), linear(of)));
    }
    for (ending, factor) in &needs.equivalents {
        line(text, &format!("equivalents.{} = {}", string(ending), number(*factor)));
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes all text");
}

fn linear(of: &Linear) -> String {
    let named = [
        ("fixed", of.fixed),
        ("per_input_byte", of.per_input_byte),
        ("per_reference_byte", of.per_reference_byte),
        ("per_thread", of.per_thread),
    ];
    let some = named.iter().filter(|(_, value)| *value > 0.0);
    let terms: Vec<_> = some.map(|(name, value)| format!("{name} = {}", number(*value))).collect();
    if terms.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", terms.join(", ")) }
}

/// A few figures, rounded up, so that what was covered still is.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0.0".to_owned();
    }
    let unit = 10_f64.powi(value.log10().floor() as i32 + 1 - FIGURES);
    let rounded = (value / unit - 1e-9).ceil() * unit;
    // Written with as many figures and read again, the last bits of the product are gone.
    let text = format!("{rounded:.*e}", FIGURES as usize - 1);
    format!("{:?}", text.parse::<f64>().unwrap_or(rounded))
}

fn key(name: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { string(name) }
}

fn string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_smaller() {
        assert_eq!(number(123456.0), "123500.0");
        assert_eq!(number(1.9e-7), "1.9e-7");
        assert_eq!(number(500.0), "500.0");
        assert_eq!(number(0.123456), "0.1235");
    }

    #[test]
    fn a_written_table_is_read_as_it_was() {
        let text = r#"
            schema = "wgs-pipe/needs/1"
            [safety]
            time = 2.5
            [default]
            core_s.fixed = 1.0
            [stages."odd name"]
            tasks = 3
            serial = 0.25
            memory_bytes = { fixed = 1.0, per_thread = 2.0 }
            outputs."x y" = { per_input_byte = 1.5e-7 }
            outputs.none = {}
            equivalents.".bam" = 1.5
        "#;
        let table = NeedsTable::parse("a".as_ref(), text).unwrap();
        assert_eq!(NeedsTable::parse("b".as_ref(), &write(&table)).unwrap(), table);
    }
}
