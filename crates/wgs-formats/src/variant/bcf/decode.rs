//! A record of BCF as a line of VCF.

use std::fmt::Write;

use super::{
    super::{Header, Record, ValueType},
    dictionary::{Dictionaries, Names},
    typed::{Cursor, FLOAT_MISSING, Item, Value},
};

/// The record whose two parts these are.
pub(super) fn record(
    shared: &[u8],
    samples: &[u8],
    header: &Header,
    names: &Dictionaries,
) -> Result<Record, String> {
    let mut line = String::new();
    let count = header.samples().len();
    let keys = sites(&mut Cursor(shared), count, header, names, &mut line)?;
    if count > 0 {
        sample_columns(&mut Cursor(samples), keys, count, &names.strings, &mut line)?;
    }
    Record::parse(&line, count).map_err(|e| e.to_string())
}

/// Writes the first eight columns; gives the number of keys of the others.
fn sites(
    bytes: &mut Cursor<'_>,
    samples: usize,
    header: &Header,
    names: &Dictionaries,
    line: &mut String,
) -> Result<usize, String> {
    let (contig, start, _length, quality) =
        (bytes.u32()?, bytes.u32()?, bytes.u32()?, bytes.u32()?);
    let (alleles_and_fields, keys_and_samples) = (bytes.u32()?, bytes.u32()?);
    let contig = names.contigs.get(contig as usize).ok_or("its contig is not in the header")?;
    let position = (start as i32).checked_add(1).ok_or("its position is too large")?;
    if keys_and_samples & 0xff_ffff != samples as u32 {
        return Err("it has another number of samples than the header".into());
    }
    let _ = write!(line, "{contig}\t{position}\t");
    let mut text = |parts: &str| -> Result<String, String> {
        match bytes.value()? {
            Value::Chars(chars) if !chars.is_empty() => Ok(plain(chars, parts)?.to_owned()),
            Value::Chars(_) | Value::None => Ok(".".to_owned()),
            _ => Err("an identifier or allele is no text".into()),
        }
    };
    let id = text("")?;
    let alleles = (0..alleles_and_fields >> 16).map(|_| text(","));
    let alleles = alleles.collect::<Result<Vec<_>, _>>()?;
    let (reference, alternates) = alleles.split_first().ok_or("it has no reference allele")?;
    let alternates = if alternates.is_empty() { ".".to_owned() } else { alternates.join(",") };
    let _ = write!(line, "{id}\t{reference}\t{alternates}\t");
    match quality {
        FLOAT_MISSING => line.push('.'),
        bits => {
            let _ = write!(line, "{}", f32::from_bits(bits));
        }
    }
    line.push('\t');
    filters(bytes, &names.strings, line)?;
    line.push('\t');
    info(bytes, alleles_and_fields & 0xffff, header, &names.strings, line)?;
    Ok((keys_and_samples >> 24) as usize)
}

/// Text that can stand in a column; `parts` are characters that would part it.
fn plain<'a>(chars: &'a [u8], parts: &str) -> Result<&'a str, String> {
    let end = chars.iter().position(|&b| b == 0).unwrap_or(chars.len());
    let text = std::str::from_utf8(&chars[..end]).map_err(|_| "a text is not UTF-8")?;
    if text.chars().any(|c| c.is_control() || parts.contains(c)) {
        return Err(format!("{text:?} cannot stand in VCF"));
    }
    Ok(text)
}

fn name(index: i32, names: &Names) -> Result<&str, String> {
    let name = usize::try_from(index).ok().and_then(|index| names.get(index));
    name.ok_or_else(|| format!("the header has no name {index}"))
}

fn filters(bytes: &mut Cursor<'_>, names: &Names, line: &mut String) -> Result<(), String> {
    let items = match bytes.value()? {
        Value::None => Vec::new(),
        Value::Ints(items) => items,
        _ => return Err("a filter is no number".into()),
    };
    if items.is_empty() {
        line.push('.');
    }
    for (number, item) in items.into_iter().enumerate() {
        let Item::Value(index) = item else { return Err("a filter is missing".into()) };
        line.push_str(if number > 0 { ";" } else { "" });
        line.push_str(name(index, names)?);
    }
    Ok(())
}

fn info(
    bytes: &mut Cursor<'_>,
    fields: u32,
    header: &Header,
    names: &Names,
    line: &mut String,
) -> Result<(), String> {
    if fields == 0 {
        line.push('.');
    }
    for number in 0..fields {
        let key = name(bytes.int()?, names)?;
        let value = bytes.value()?;
        line.push_str(if number > 0 { ";" } else { "" });
        line.push_str(key);
        let flag = header.info(key).is_some_and(|d| d.value_type == ValueType::Flag);
        if !flag && value != Value::None {
            line.push('=');
            push(&value, ";", line)?;
        }
    }
    Ok(())
}

/// Writes a list of values, `.` if there is none.
fn push(value: &Value<'_>, parts: &str, line: &mut String) -> Result<(), String> {
    let before = line.len();
    match value {
        Value::None => {}
        Value::Ints(items) => push_items(items, line),
        Value::Floats(items) => push_items(items, line),
        // The missing text of htslib.
        Value::Chars([7, ..]) => {}
        Value::Chars(chars) => line.push_str(plain(chars, parts)?),
    }
    if line.len() == before {
        line.push('.');
    }
    Ok(())
}

fn push_items<T: std::fmt::Display>(items: &[Item<T>], line: &mut String) {
    for (number, item) in items.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let _ = match item {
            Item::Value(value) => write!(line, "{comma}{value}"),
            Item::Missing => write!(line, "{comma}."),
            Item::End => return,
        };
    }
}

/// Writes FORMAT and the columns of the samples.
fn sample_columns(
    bytes: &mut Cursor<'_>,
    keys: usize,
    count: usize,
    names: &Names,
    line: &mut String,
) -> Result<(), String> {
    let mut columns = vec![String::new(); count];
    line.push('\t');
    for number in 0..keys {
        let key = name(bytes.int()?, names)?;
        let (kind, len) = bytes.head()?;
        let colon = if number > 0 { ":" } else { "" };
        let _ = write!(line, "{colon}{key}");
        for column in &mut columns {
            column.push_str(colon);
            match bytes.list(kind, len)? {
                Value::Ints(items) if key == "GT" => genotype(&items, column)?,
                value => push(&value, ":", column)?,
            }
        }
    }
    if keys == 0 {
        line.push('.');
        columns.iter_mut().for_each(|column| column.push('.'));
    }
    for column in columns {
        line.push('\t');
        line.push_str(&column);
    }
    Ok(())
}

fn genotype(items: &[Item<i32>], column: &mut String) -> Result<(), String> {
    let before = column.len();
    for (number, item) in items.iter().enumerate() {
        let n = match item {
            Item::Value(n) if *n >= 0 => *n,
            Item::Missing => 0,
            Item::End => break,
            Item::Value(_) => return Err("an allele of a genotype is below 0".into()),
        };
        if number > 0 {
            column.push(if n & 1 == 1 { '|' } else { '/' });
        }
        let _ = match n >> 1 {
            0 => write!(column, "."),
            allele => write!(column, "{}", allele - 1),
        };
    }
    if column.len() == before {
        column.push('.');
    }
    Ok(())
}
