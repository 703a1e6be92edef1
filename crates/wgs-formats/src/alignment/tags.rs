//! Optional fields of a record: `NM:i:0`, `RG:Z:lane1`, …

use super::RecordError;

/// Name of an optional field: a letter, then a letter or digit.
pub type Tag = [u8; 2];

/// Value of an optional field (SAM v1 §1.5).
///
/// ```
/// use wgs_formats::alignment::{Aux, RecordBuilder};
/// let mut record = RecordBuilder::new(b"read1").bases(b"ACGT").build()?;
/// record.set_aux(*b"NM", Aux::Int(3))?;
/// record.set_aux(*b"RG", Aux::Text(b"lane1"))?;
/// assert_eq!(record.aux(*b"NM").and_then(|v| v.as_int()), Some(3));
/// assert_eq!(record.read_group(), Some(&b"lane1"[..]));
/// # Ok::<(), wgs_formats::alignment::RecordError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aux<'a> {
    /// `A`: one printable character.
    Char(u8),
    /// `i`: an integer of -2^31 to 2^32-1; written in the fewest bytes that hold it.
    Int(i64),
    /// `f`.
    Float(f32),
    /// `Z`: printable text, without the NUL.
    Text(&'a [u8]),
    /// `H`: hexadecimal digits, without the NUL.
    Hex(&'a [u8]),
    /// `B`: numbers of one type.
    Array(AuxArray<'a>),
}

impl<'a> Aux<'a> {
    /// The integer, where it is one.
    #[inline]
    pub fn as_int(self) -> Option<i64> {
        if let Self::Int(n) = self { Some(n) } else { None }
    }

    /// The text, where it is one.
    #[inline]
    pub fn as_text(self) -> Option<&'a [u8]> {
        if let Self::Text(t) = self { Some(t) } else { None }
    }

    /// The array, where it is one.
    #[inline]
    pub fn as_array(self) -> Option<AuxArray<'a>> {
        if let Self::Array(a) = self { Some(a) } else { None }
    }
}

/// Type of the numbers of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayKind {
    /// `c`
    I8,
    /// `C`
    U8,
    /// `s`
    I16,
    /// `S`
    U16,
    /// `i`
    I32,
    /// `I`
    U32,
    /// `f`
    F32,
}

impl ArrayKind {
    pub(super) fn from_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'c' => Self::I8,
            b'C' => Self::U8,
            b's' => Self::I16,
            b'S' => Self::U16,
            b'i' => Self::I32,
            b'I' => Self::U32,
            b'f' => Self::F32,
            _ => return None,
        })
    }

    pub(super) fn letter(self) -> u8 {
        match self {
            Self::I8 => b'c',
            Self::U8 => b'C',
            Self::I16 => b's',
            Self::U16 => b'S',
            Self::I32 => b'i',
            Self::U32 => b'I',
            Self::F32 => b'f',
        }
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
        }
    }

    /// Appends a number in this type; false if it does not fit. Not for floats.
    fn push(self, number: i64, bytes: &mut Vec<u8>) -> bool {
        let n = number;
        let packed = match self {
            Self::I8 => i8::try_from(n).map(|n| n.to_le_bytes().to_vec()),
            Self::U8 => u8::try_from(n).map(|n| n.to_le_bytes().to_vec()),
            Self::I16 => i16::try_from(n).map(|n| n.to_le_bytes().to_vec()),
            Self::U16 => u16::try_from(n).map(|n| n.to_le_bytes().to_vec()),
            Self::I32 | Self::F32 => i32::try_from(n).map(|n| n.to_le_bytes().to_vec()),
            Self::U32 => u32::try_from(n).map(|n| n.to_le_bytes().to_vec()),
        };
        packed.map(|p| bytes.extend(p)).is_ok()
    }
}

/// Numbers of one type, as they lie in a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuxArray<'a> {
    kind: ArrayKind,
    bytes: &'a [u8],
}

impl<'a> AuxArray<'a> {
    /// Type of the numbers.
    pub fn kind(self) -> ArrayKind {
        self.kind
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.bytes.len() / self.kind.size()
    }

    /// The numbers in little-endian order, as BAM has them.
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The numbers as integers; an array of floats gives none (see [`AuxArray::floats`]).
    pub fn ints(self) -> impl Iterator<Item = i64> + 'a {
        let floats = self.kind == ArrayKind::F32;
        let bytes = if floats { &[] } else { self.bytes };
        bytes.chunks_exact(self.kind.size()).map(move |b| int(self.kind.letter(), b))
    }

    /// The numbers as floats; an array of integers gives them converted.
    pub fn floats(self) -> impl Iterator<Item = f32> + 'a {
        self.bytes.chunks_exact(self.kind.size()).map(move |b| match self.kind {
            ArrayKind::F32 => f32::from_le_bytes([b[0], b[1], b[2], b[3]]),
            kind => int(kind.letter(), b) as f32,
        })
    }
}

/// The integer of type `letter` that `bytes`, of its size, hold.
#[inline]
fn int(letter: u8, bytes: &[u8]) -> i64 {
    match (letter, bytes) {
        (b'c', &[a]) => i64::from(a as i8),
        (b'C', &[a]) => i64::from(a),
        (b's', &[a, b]) => i64::from(i16::from_le_bytes([a, b])),
        (b'S', &[a, b]) => i64::from(u16::from_le_bytes([a, b])),
        (b'I', &[a, b, c, d]) => i64::from(u32::from_le_bytes([a, b, c, d])),
        (_, &[a, b, c, d]) => i64::from(i32::from_le_bytes([a, b, c, d])),
        _ => 0,
    }
}

/// Bytes of the field at the front of `fields`, tag and type included, if it is whole.
pub(super) fn field_len(fields: &[u8]) -> Option<usize> {
    let value = fields.get(3..)?;
    Some(
        3 + match fields[2] {
            b'A' | b'c' | b'C' => 1,
            b's' | b'S' => 2,
            b'i' | b'I' | b'f' => 4,
            b'Z' | b'H' => value.iter().position(|&b| b == 0)? + 1,
            b'B' => {
                let count: [u8; 4] = value.get(1..5)?.try_into().ok()?;
                let size = ArrayKind::from_letter(value[0])?.size();
                5 + (u32::from_le_bytes(count) as usize).checked_mul(size)?
            }
            _ => return None,
        },
    )
    .filter(|&len| len <= fields.len())
}

/// Checks every field: names, types, lengths and characters.
pub(super) fn check(mut fields: &[u8]) -> Result<(), RecordError> {
    while !fields.is_empty() {
        let len = field_len(fields).ok_or(RecordError::Aux)?;
        let (field, rest) = fields.split_at(len);
        let named = field[0].is_ascii_alphabetic() && field[1].is_ascii_alphanumeric();
        let printable = |b: &u8| (b' '..=b'~').contains(b);
        let sound = match field[2] {
            b'A' => field[3].is_ascii_graphic(),
            b'Z' => field[3..len - 1].iter().all(printable),
            b'H' => len % 2 == 0 && field[3..len - 1].iter().all(u8::is_ascii_hexdigit),
            _ => true,
        };
        if !(named && sound) {
            return Err(RecordError::Aux);
        }
        fields = rest;
    }
    Ok(())
}

/// The value of a whole, checked field.
fn value(field: &[u8]) -> Aux<'_> {
    let (kind, bytes) = (field[2], &field[3..]);
    match kind {
        b'A' => Aux::Char(bytes[0]),
        b'f' => Aux::Float(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
        b'Z' => Aux::Text(&bytes[..bytes.len() - 1]),
        b'H' => Aux::Hex(&bytes[..bytes.len() - 1]),
        b'B' => {
            let kind = ArrayKind::from_letter(bytes[0]).unwrap_or(ArrayKind::U8);
            Aux::Array(AuxArray { kind, bytes: &bytes[5..] })
        }
        _ => Aux::Int(int(kind, bytes)),
    }
}

/// The optional fields of a record, in its order.
#[derive(Clone, Debug)]
pub struct AuxFields<'a>(&'a [u8]);

impl<'a> AuxFields<'a> {
    /// Fields that [`check`] has passed.
    pub(super) fn new(fields: &'a [u8]) -> Self {
        Self(fields)
    }

    /// The whole field of a tag.
    #[inline]
    pub(super) fn find(&self, tag: Tag) -> Option<(std::ops::Range<usize>, Aux<'a>)> {
        let mut at = 0;
        while let Some(len) = field_len(&self.0[at..]) {
            if self.0[at..at + 2] == tag {
                return Some((at..at + len, value(&self.0[at..at + len])));
            }
            at += len;
        }
        None
    }
}

impl<'a> Iterator for AuxFields<'a> {
    type Item = (Tag, Aux<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (field, rest) = self.0.split_at(field_len(self.0)?);
        self.0 = rest;
        Some(([field[0], field[1]], value(field)))
    }
}

/// Appends a field to packed fields; leaves them as they were on error.
pub(super) fn push(fields: &mut Vec<u8>, tag: Tag, value: Aux<'_>) -> Result<(), RecordError> {
    let start = fields.len();
    fields.extend(tag);
    let fits = push_value(fields, value);
    if !fits || check(&fields[start..]).is_err() {
        fields.truncate(start);
        return Err(RecordError::AuxValue(String::from_utf8_lossy(&tag).into_owned()));
    }
    Ok(())
}

fn push_value(fields: &mut Vec<u8>, value: Aux<'_>) -> bool {
    match value {
        Aux::Char(c) => fields.extend([b'A', c]),
        Aux::Int(n) => {
            use ArrayKind::{I8, I16, I32, U8, U16, U32};
            let kinds = if n < 0 { [I8, I16, I32] } else { [U8, U16, U32] };
            let at = fields.len();
            fields.push(0);
            let kind = kinds.into_iter().find(|kind| kind.push(n, fields));
            fields[at] = kind.map_or(0, ArrayKind::letter);
            return kind.is_some();
        }
        Aux::Float(x) => {
            fields.push(b'f');
            fields.extend(x.to_le_bytes());
        }
        Aux::Text(t) | Aux::Hex(t) => {
            fields.push(if matches!(value, Aux::Hex(_)) { b'H' } else { b'Z' });
            fields.extend(t);
            fields.push(0);
            return !t.contains(&0);
        }
        Aux::Array(a) => {
            push_array_head(fields, a.kind, a.len());
            fields.extend(a.bytes);
        }
    }
    true
}

fn push_array_head(fields: &mut Vec<u8>, kind: ArrayKind, len: usize) {
    fields.extend([b'B', kind.letter()]);
    fields.extend((len as u32).to_le_bytes());
}

/// Appends an array of integers.
pub(super) fn push_ints(
    fields: &mut Vec<u8>,
    tag: Tag,
    kind: ArrayKind,
    numbers: &[i64],
) -> Result<(), RecordError> {
    let start = fields.len();
    fields.extend(tag);
    push_array_head(fields, kind, numbers.len());
    let fits = kind != ArrayKind::F32 && numbers.iter().all(|&n| kind.push(n, fields));
    if !fits || check(&fields[start..]).is_err() {
        fields.truncate(start);
        return Err(RecordError::AuxValue(String::from_utf8_lossy(&tag).into_owned()));
    }
    Ok(())
}

/// Appends an array of floats.
pub(super) fn push_floats(
    fields: &mut Vec<u8>,
    tag: Tag,
    numbers: &[f32],
) -> Result<(), RecordError> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    push(fields, tag, Aux::Array(AuxArray { kind: ArrayKind::F32, bytes: &bytes }))
}
