//! Rows as Parquet, compressed with Zstandard. Lists are those of the format's three levels; every
//! column is optional.

use std::{path::Path, sync::Arc};

use parquet::{
    basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical, ZstdLevel},
    data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::Type as Node,
};
use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    output::{self, AtomicFile},
    variant::decode,
};

use super::{
    Column, Columns,
    column::{Cell, Type},
};
use crate::field::At;

/// Rows after which a group of rows ends.
const GROUP_ROWS: usize = 1 << 16;
/// Level of Zstandard.
const LEVEL: i32 = 3;

/// What the file tells about itself, by key.
pub(crate) type Meta = Vec<(String, String)>;

/// Values of one column, with the levels of the format: how much of the path to a value is there,
/// and whether it goes on a list.
#[derive(Clone, Debug)]
struct Data {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

#[derive(Clone, Debug)]
enum Values {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<ByteArray>),
    Flags(Vec<bool>),
}

/// Rows by columns.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    columns: Vec<Data>,
    rows: usize,
}

impl Batch {
    pub(crate) fn new(columns: &Columns) -> Self {
        let data = |column: &Column| Data {
            values: match column.value_type() {
                Type::Integer => Values::Integers(Vec::new()),
                Type::Float => Values::Floats(Vec::new()),
                Type::Text => Values::Texts(Vec::new()),
                Type::Flag => Values::Flags(Vec::new()),
            },
            definitions: Vec::new(),
            repetitions: Vec::new(),
        };
        Self { columns: columns.iter().map(data).collect(), rows: 0 }
    }

    /// Appends a row; the error says which value is none of its type.
    pub(crate) fn append(&mut self, columns: &Columns, at: At<'_, '_>) -> Result<(), String> {
        for (column, data) in columns.iter().zip(&mut self.columns) {
            let text = column.text(at);
            if let Values::Flags(flags) = &mut data.values {
                flags.push(text.is_some());
                data.definitions.push(1);
                continue;
            }
            match column.cell(text.as_deref(), at.allele) {
                Cell::Missing => data.levels(0, 0),
                Cell::One(value) => {
                    let there = data.push(column, value)?;
                    data.levels(i16::from(there), 0);
                }
                Cell::Many(values) => {
                    for (place, value) in values.into_iter().enumerate() {
                        let there = match value {
                            Some(value) => data.push(column, value)?,
                            None => false,
                        };
                        data.levels(if there { 3 } else { 2 }, i16::from(place > 0));
                    }
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn take(&mut self, other: Self) {
        self.rows += other.rows;
        for (mine, theirs) in self.columns.iter_mut().zip(other.columns) {
            mine.definitions.extend(theirs.definitions);
            mine.repetitions.extend(theirs.repetitions);
            match (&mut mine.values, theirs.values) {
                (Values::Integers(mine), Values::Integers(theirs)) => mine.extend(theirs),
                (Values::Floats(mine), Values::Floats(theirs)) => mine.extend(theirs),
                (Values::Texts(mine), Values::Texts(theirs)) => mine.extend(theirs),
                (Values::Flags(mine), Values::Flags(theirs)) => mine.extend(theirs),
                _ => unreachable!("batches of a table have the same columns"),
            }
        }
    }
}

impl Data {
    fn levels(&mut self, definition: i16, repetition: i16) {
        self.definitions.push(definition);
        self.repetitions.push(repetition);
    }

    /// Appends a value, if there is one in the text.
    fn push(&mut self, column: &Column, value: &str) -> Result<bool, String> {
        match &mut self.values {
            Values::Integers(values) => values.push(column.field.integer(value)?),
            Values::Floats(values) => {
                let number = column.field.number(value)?.filter(|number| number.is_finite());
                values.extend(number);
                return Ok(number.is_some());
            }
            Values::Texts(values) => {
                values.push(ByteArray::from(decode(value).as_bytes().to_vec()));
            }
            Values::Flags(values) => values.push(true),
        }
        Ok(true)
    }
}

/// Writes a file that appears when it is finished.
pub(crate) struct ParquetWriter {
    path: std::path::PathBuf,
    writer: SerializedFileWriter<AtomicFile>,
    columns: Columns,
    pending: Batch,
}

impl ParquetWriter {
    pub(crate) fn create(path: &Path, columns: Columns, meta: &Meta) -> Result<Self> {
        output::remove_dead_partials(path)?;
        let failed = |e| failure(path, &e);
        let level = ZstdLevel::try_new(LEVEL).map_err(failed)?;
        let pairs = meta.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by(format!("wgs-pipe {}", crate::VERSION))
            .set_key_value_metadata(Some(pairs.collect()))
            .build();
        let fields = columns.iter().map(|column| node(column).map(Arc::new));
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Node::group_type_builder("variants").with_fields(fields).build();
        let schema = Arc::new(schema.map_err(failed)?);
        let file = AtomicFile::create(path)?;
        let writer =
            SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
        let pending = Batch::new(&columns);
        Ok(Self { path: path.to_owned(), writer, columns, pending })
    }

    /// Appends rows. Where groups of rows end follows from how many come at once.
    pub(crate) fn write(&mut self, batch: Batch) -> Result<()> {
        self.pending.take(batch);
        if self.pending.rows < GROUP_ROWS { Ok(()) } else { self.end_group() }
    }

    fn end_group(&mut self) -> Result<()> {
        let batch = std::mem::replace(&mut self.pending, Batch::new(&self.columns));
        let path = &self.path;
        let mut write = || {
            let mut group = self.writer.next_row_group()?;
            for (column, data) in self.columns.iter().zip(&batch.columns) {
                write_column(&mut group, column.is_list(), data)?;
            }
            group.close().map(|_| ())
        };
        write().map_err(|e| failure(path, &e))
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        if self.pending.rows > 0 {
            self.end_group()?;
        }
        let Self { path, writer, .. } = self;
        writer.into_inner().map_err(|e| failure(&path, &e))?.commit()
    }
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, AtomicFile>,
    is_list: bool,
    data: &Data,
) -> Result<(), ParquetError> {
    let Some(mut writer) = group.next_column()? else {
        return Err(ParquetError::General("fewer columns than were declared".into()));
    };
    let definitions = Some(data.definitions.as_slice());
    let repetitions = is_list.then_some(data.repetitions.as_slice());
    match &data.values {
        Values::Integers(values) => {
            writer.typed::<Int64Type>().write_batch(values, definitions, repetitions)
        }
        Values::Floats(values) => {
            writer.typed::<DoubleType>().write_batch(values, definitions, repetitions)
        }
        Values::Texts(values) => {
            writer.typed::<ByteArrayType>().write_batch(values, definitions, repetitions)
        }
        Values::Flags(values) => {
            writer.typed::<BoolType>().write_batch(values, definitions, repetitions)
        }
    }?;
    writer.close()
}

/// The column in the schema of the file.
fn node(column: &Column) -> Result<Node, ParquetError> {
    let leaf = |name: &str| {
        let (physical, logical, converted) = match column.value_type() {
            Type::Integer => (Physical::INT64, None, ConvertedType::NONE),
            Type::Float => (Physical::DOUBLE, None, ConvertedType::NONE),
            Type::Flag => (Physical::BOOLEAN, None, ConvertedType::NONE),
            Type::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
        };
        Node::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .with_converted_type(converted)
            .build()
    };
    if !column.is_list() {
        return leaf(&column.name);
    }
    let items = Node::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(leaf("element")?)])
        .build()?;
    Node::group_type_builder(&column.name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(items)])
        .build()
}

fn failure(path: &Path, error: &ParquetError) -> FileError {
    FileError::new(path, ErrorKind::TaskFailed, error.to_string())
}
