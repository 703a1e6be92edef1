//! A record of VCF as one of BCF.

use super::{
    super::{Filters, Header, Info, Record, ValueType},
    dictionary::{Dictionaries, Names},
    typed::{self, FLOAT, FLOAT_MISSING, Item, NONE, put_chars, put_head, put_int},
};

/// Appends a record with its lengths.
pub(super) fn record(
    record: &Record,
    header: &Header,
    names: &Dictionaries,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let mut shared = Vec::new();
    let contig = names.contigs.index(&record.contig);
    let contig = contig.ok_or_else(|| undeclared("contig", &record.contig))?;
    let interval = record.interval();
    let quality = record.quality.map_or(FLOAT_MISSING, f32::to_bits);
    let alleles = record.alternates.len() + 1;
    let (fields, keys) = (record.info.iter().count(), record.format.len());
    if alleles > 0xffff || fields > 0xffff || keys > 0xff || record.samples.len() > 0xff_ffff {
        return Err("has more alleles, fields or samples than BCF holds".into());
    }
    for n in [contig as u32, interval.start(), interval.end() - interval.start(), quality] {
        shared.extend(n.to_le_bytes());
    }
    shared.extend(((alleles << 16 | fields) as u32).to_le_bytes());
    shared.extend(((keys << 24 | record.samples.len()) as u32).to_le_bytes());
    put_chars(record.id.as_deref().unwrap_or_default(), &mut shared)?;
    put_chars(&record.reference, &mut shared)?;
    record.alternates.iter().try_for_each(|allele| put_chars(allele, &mut shared))?;
    filters(&record.filters, &names.strings, &mut shared)?;
    info(&record.info, header, &names.strings, &mut shared)?;
    let mut samples = Vec::new();
    for (column, key) in record.format.iter().enumerate() {
        let values = record.samples.iter();
        let values: Vec<&str> =
            values.map(|sample| sample.values().nth(column).unwrap_or(".")).collect();
        let index = names.strings.index(key).ok_or_else(|| undeclared("FORMAT", key))?;
        let kind = header.format(key).ok_or_else(|| undeclared("FORMAT", key))?.value_type;
        put_int(index as i32, &mut samples);
        sample_values(key, kind, &values, &mut samples)
            .map_err(|reason| format!("FORMAT {key}: {reason}"))?;
    }
    for part in [&shared, &samples] {
        let len = u32::try_from(part.len()).map_err(|_| "is longer than BCF holds")?;
        out.extend(len.to_le_bytes());
    }
    out.extend(shared);
    out.extend(samples);
    Ok(())
}

fn undeclared(what: &str, name: &str) -> String {
    format!("the header does not declare {what} {name}, which BCF needs")
}

fn filters(filters: &Filters, names: &Names, out: &mut Vec<u8>) -> Result<(), String> {
    let indexes = match filters {
        Filters::Missing => return put_head(NONE, 0, out),
        Filters::Pass => vec![0],
        Filters::Failed(failed) => {
            let index = |name: &String| {
                let index = names.index(name).ok_or_else(|| undeclared("FILTER", name))?;
                Ok(index as i32)
            };
            failed.iter().map(index).collect::<Result<Vec<_>, String>>()?
        }
    };
    put_ints(&indexes.into_iter().map(Item::Value).collect::<Vec<_>>(), out)
}

fn put_ints(items: &[Item<i32>], out: &mut Vec<u8>) -> Result<(), String> {
    let kind = typed::int_kind(values(items));
    put_head(kind, items.len(), out)?;
    items.iter().for_each(|&item| typed::put_raw_int(item, kind, out));
    Ok(())
}

fn values(items: &[Item<i32>]) -> impl Iterator<Item = i32> {
    items.iter().filter_map(|item| if let Item::Value(n) = item { Some(*n) } else { None })
}

fn info(info: &Info, header: &Header, names: &Names, out: &mut Vec<u8>) -> Result<(), String> {
    for (key, value) in info.iter() {
        let index = names.index(key).ok_or_else(|| undeclared("INFO", key))?;
        let kind = header.info(key).ok_or_else(|| undeclared("INFO", key))?.value_type;
        put_int(index as i32, out);
        let put = match (kind, value) {
            (_, None) => put_head(NONE, 0, out),
            (ValueType::Flag, Some(_)) => Err("is a flag, but has a value".into()),
            (ValueType::Integer, Some(text)) => {
                typed::ints(text).and_then(|items| put_ints(&items, out))
            }
            (ValueType::Float, Some(text)) => typed::floats(text).and_then(|items| {
                put_head(FLOAT, items.len(), out)?;
                items.iter().for_each(|&item| typed::put_raw_float(item, out));
                Ok(())
            }),
            (ValueType::Character | ValueType::String, Some(text)) => put_chars(text, out),
        };
        put.map_err(|reason| format!("INFO {key}: {reason}"))?;
    }
    Ok(())
}

/// The values of all samples, each with as many places as the longest has.
fn sample_values(
    key: &str,
    kind: ValueType,
    values: &[&str],
    out: &mut Vec<u8>,
) -> Result<(), String> {
    match kind {
        _ if key == "GT" => int_lists(values.iter().map(|text| genotype(text)), out),
        ValueType::Integer => int_lists(values.iter().map(|text| typed::ints(text)), out),
        ValueType::Float => {
            let lists = values.iter().map(|text| typed::floats(text));
            let lists = lists.collect::<Result<Vec<_>, _>>()?;
            let width = lists.iter().map(Vec::len).max().unwrap_or(0);
            put_head(FLOAT, width, out)?;
            for list in lists {
                let padded = list.iter().copied().chain(std::iter::repeat(Item::End));
                padded.take(width).for_each(|item| typed::put_raw_float(item, out));
            }
            Ok(())
        }
        ValueType::Character | ValueType::String | ValueType::Flag => {
            let width = values.iter().map(|text| text.len()).max().unwrap_or(0);
            put_head(typed::CHARS, width, out)?;
            for text in values {
                out.extend(text.bytes().chain(std::iter::repeat(0)).take(width));
            }
            Ok(())
        }
    }
}

fn int_lists(
    lists: impl Iterator<Item = Result<Vec<Item<i32>>, String>>,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let lists = lists.collect::<Result<Vec<_>, _>>()?;
    let width = lists.iter().map(Vec::len).max().unwrap_or(0);
    let kind = typed::int_kind(lists.iter().flat_map(|list| values(list)));
    put_head(kind, width, out)?;
    for list in lists {
        let padded = list.iter().copied().chain(std::iter::repeat(Item::End));
        padded.take(width).for_each(|item| typed::put_raw_int(item, kind, out));
    }
    Ok(())
}

/// Alleles, each as twice its number plus 2, and plus 1 if it is phased with the one before.
fn genotype(text: &str) -> Result<Vec<Item<i32>>, String> {
    let (mut items, mut phased, mut rest) = (Vec::new(), 0, text);
    loop {
        let end = rest.find(['/', '|']).unwrap_or(rest.len());
        let allele = match &rest[..end] {
            "." => 0,
            number => {
                let number: Option<i32> = number.parse().ok().filter(|n| (0..1 << 28).contains(n));
                number.ok_or_else(|| format!("{text:?} is no genotype"))? + 1
            }
        };
        items.push(Item::Value(allele << 1 | phased));
        let Some(separator) = rest[end..].chars().next() else { return Ok(items) };
        phased = i32::from(separator == '|');
        rest = &rest[end + 1..];
    }
}
