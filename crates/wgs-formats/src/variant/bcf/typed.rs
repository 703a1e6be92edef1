//! Values with their types (VCF v4.3 §6.3.3).

/// Bits of a float that is missing.
pub(super) const FLOAT_MISSING: u32 = 0x7f80_0001;
/// Bits of a float behind the last one of a list.
const FLOAT_END: u32 = 0x7f80_0002;
/// First integer that has no meaning of its own, of 1, 2 and 4 bytes; the one above it ends lists.
const RESERVED: [i32; 3] = [i8::MIN as i32, i16::MIN as i32, i32::MIN];
/// How many have none.
const RESERVED_COUNT: i32 = 8;

/// Codes of types.
pub(super) const NONE: u8 = 0;
pub(super) const FLOAT: u8 = 5;
pub(super) const CHARS: u8 = 7;

/// One place of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item<T> {
    Value(T),
    Missing,
    End,
}

/// The list, or text, of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    None,
    Ints(Vec<Item<i32>>),
    Floats(Vec<Item<f32>>),
    Chars(&'a [u8]),
}

/// Appends a type and a length.
pub(super) fn put_head(kind: u8, len: usize, out: &mut Vec<u8>) -> Result<(), String> {
    if len < 15 {
        out.push((len as u8) << 4 | kind);
        return Ok(());
    }
    let len = i32::try_from(len).map_err(|_| "a value is too long".to_owned())?;
    out.push(0xf0 | kind);
    put_int(len, out);
    Ok(())
}

/// Appends one integer with its type.
pub(super) fn put_int(n: i32, out: &mut Vec<u8>) {
    let kind = int_kind([n]);
    out.push(1 << 4 | kind);
    put_raw_int(Item::Value(n), kind, out);
}

/// Appends text with its type.
pub(super) fn put_chars(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    put_head(CHARS, text.len(), out)?;
    out.extend(text.bytes());
    Ok(())
}

/// The smallest type that holds integers: 1, 2 or 3.
pub(super) fn int_kind(values: impl IntoIterator<Item = i32>) -> u8 {
    let fits = |n: i32, size: usize, max: i32| n >= RESERVED[size] + RESERVED_COUNT && n <= max;
    values.into_iter().fold(1, |kind, n| {
        let own = if fits(n, 0, i8::MAX.into()) {
            1
        } else if fits(n, 1, i16::MAX.into()) {
            2
        } else {
            3
        };
        kind.max(own)
    })
}

/// Appends an integer in a type that holds it.
pub(super) fn put_raw_int(item: Item<i32>, kind: u8, out: &mut Vec<u8>) {
    let n = match item {
        Item::Value(n) => n,
        Item::Missing => RESERVED[usize::from(kind) - 1],
        Item::End => RESERVED[usize::from(kind) - 1] + 1,
    };
    match kind {
        1 => out.push(n as i8 as u8),
        2 => out.extend((n as i16).to_le_bytes()),
        _ => out.extend(n.to_le_bytes()),
    }
}

/// Appends a float.
pub(super) fn put_raw_float(item: Item<f32>, out: &mut Vec<u8>) {
    let bits = match item {
        Item::Value(x) if x.is_nan() => f32::NAN.to_bits(),
        Item::Value(x) => x.to_bits(),
        Item::Missing => FLOAT_MISSING,
        Item::End => FLOAT_END,
    };
    out.extend(bits.to_le_bytes());
}

/// Reads the numbers of a comma-separated list, in which `.` is missing.
pub(super) fn ints(text: &str) -> Result<Vec<Item<i32>>, String> {
    let int = |text: &str| match text {
        "." => Ok(Item::Missing),
        _ => match text.parse::<i32>() {
            Ok(n) if n >= i32::MIN + RESERVED_COUNT => Ok(Item::Value(n)),
            _ => Err(format!("{text:?} is not an integer that BCF holds")),
        },
    };
    text.split(',').map(int).collect()
}

/// As [`ints`], for floats.
pub(super) fn floats(text: &str) -> Result<Vec<Item<f32>>, String> {
    let float = |text: &str| match (text, text.parse::<f32>()) {
        (".", _) => Ok(Item::Missing),
        (_, Err(_)) => Err(format!("{text:?} is not a number")),
        (_, Ok(x)) if x.is_infinite() && text.contains(|c: char| c.is_ascii_digit()) => {
            Err(format!("{text:?} is larger than the numbers that BCF holds"))
        }
        (_, Ok(x)) => Ok(Item::Value(x)),
    };
    text.split(',').map(float).collect()
}

/// What is left of a record.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or("the record ends within a value")?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn u32(&mut self) -> Result<u32, String> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A type and a length.
    pub(super) fn head(&mut self) -> Result<(u8, usize), String> {
        let byte = self.take(1)?[0];
        let len = match byte >> 4 {
            15 => usize::try_from(self.int()?).map_err(|_| "a length is below 0")?,
            len => usize::from(len),
        };
        Ok((byte & 15, len))
    }

    /// One integer with its type.
    pub(super) fn int(&mut self) -> Result<i32, String> {
        let byte = self.take(1)?[0];
        let value = self.list(byte & 15, usize::from(byte >> 4).min(2))?;
        match value {
            Value::Ints(items) if items.len() == 1 => match items[0] {
                Item::Value(n) => Ok(n),
                _ => Err("an integer is missing".into()),
            },
            _ => Err("a value is no integer, where one must be".into()),
        }
    }

    /// A value with its type.
    pub(super) fn value(&mut self) -> Result<Value<'a>, String> {
        let (kind, len) = self.head()?;
        self.list(kind, len)
    }

    /// The places of a value of a type.
    pub(super) fn list(&mut self, kind: u8, len: usize) -> Result<Value<'a>, String> {
        let mut bytes = |size: usize| {
            let total = len.checked_mul(size).ok_or("a value is too long")?;
            self.take(total)
        };
        Ok(match kind {
            NONE => Value::None,
            1 => Value::Ints(bytes(1)?.iter().map(|&b| int_item((b as i8).into(), 0)).collect()),
            2 => {
                let int = |b: &[u8]| int_item(i16::from_le_bytes([b[0], b[1]]).into(), 1);
                Value::Ints(bytes(2)?.chunks_exact(2).map(int).collect())
            }
            3 => {
                let int = |b: &[u8]| int_item(i32::from_le_bytes([b[0], b[1], b[2], b[3]]), 2);
                Value::Ints(bytes(4)?.chunks_exact(4).map(int).collect())
            }
            FLOAT => {
                let bits = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
                let floats = bytes(4)?.chunks_exact(4);
                Value::Floats(floats.map(|b| float_item(bits(b))).collect())
            }
            CHARS => Value::Chars(bytes(1)?),
            kind => return Err(format!("there is no type {kind}")),
        })
    }
}

fn int_item(n: i32, size: usize) -> Item<i32> {
    match n.wrapping_sub(RESERVED[size]) {
        0 => Item::Missing,
        1 => Item::End,
        _ => Item::Value(n),
    }
}

fn float_item(bits: u32) -> Item<f32> {
    match bits {
        FLOAT_MISSING => Item::Missing,
        FLOAT_END => Item::End,
        _ => Item::Value(f32::from_bits(bits)),
    }
}
