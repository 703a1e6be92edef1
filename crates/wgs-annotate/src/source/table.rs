//! Sources of exact alleles from tables.

use std::path::Path;

use wgs_core::{ContigIndex, ErrorKind};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    table::{Row, Table, plain_name},
};

use super::{
    alleles::Alleles,
    carried::Carried,
    options::{SourceOptions, SourceSummary},
    roles::{Role, Roles},
    values::{self, Typing},
};

/// Most columns that are carried without having been asked for.
const MOST_COLUMNS: usize = 40;
/// Rows by which it is known which of two positions is the genome's.
const LOOKED_AT: usize = 10_000;

/// Columns that are carried of tables which have the first of them.
const KNOWN: [&[&str]; 3] = [&["am_pathogenicity", "am_class"], &["revel"], &["rawscore", "phred"]];

/// Columns of a table that are carried.
pub(super) struct Picked {
    /// Place, key in INFO, and type.
    columns: Vec<(usize, String, Typing)>,
}

impl Picked {
    /// Columns that were asked for, or else of `free` ones those that are known, or all.
    ///
    /// # Errors
    ///
    /// `Configuration` if one is not there, if there are too many, or two have one key.
    pub(super) fn new(table: &Table, free: &[usize], asked: Option<&[String]>) -> Result<Self> {
        let names = table.columns();
        let wrong = |reason| FileError::new(table.path(), ErrorKind::Configuration, reason);
        let places = match asked {
            Some(asked) => {
                let place = |name: &String| {
                    let exact = names.iter().position(|there| there == name);
                    let plain = plain_name(name);
                    exact
                        .or_else(|| names.iter().position(|there| plain_name(there) == plain))
                        .ok_or_else(|| {
                            wrong(format!("has no column {name}; it has {}", names.join(", ")))
                        })
                };
                asked.iter().map(place).collect::<Result<Vec<_>>>()?
            }
            None => of_kind(table).unwrap_or_else(|| free.to_vec()),
        };
        if asked.is_none() && places.len() > MOST_COLUMNS {
            let reason = format!("has {} columns", places.len());
            return Err(wrong(reason).hint("name those to carry: --fields NAME,NAME"));
        }
        let mut columns: Vec<(usize, String, Typing)> = Vec::new();
        for place in places {
            let key = values::key(&names[place]);
            if key.is_empty() || columns.iter().any(|(_, other, _)| *other == key) {
                let reason = format!("column {:?} has no name of its own", names[place]);
                return Err(wrong(reason).hint("name those to carry: --fields NAME,NAME"));
            }
            columns.push((place, key, Typing::default()));
        }
        Ok(Self { columns })
    }

    /// The tab-separated values of a row.
    pub(super) fn values(&mut self, row: &Row) -> String {
        let mut values = String::new();
        for (number, (place, _, typing)) in self.columns.iter_mut().enumerate() {
            let value = values::value(row.get(*place));
            typing.see(&value);
            values.push_str(if number == 0 { "" } else { "\t" });
            values.push_str(&value);
        }
        values
    }

    /// The fields, when all rows were seen.
    pub(super) fn fields(&self, table: &Table) -> Vec<Carried> {
        let field = |(place, key, typing): &(usize, String, Typing)| {
            typing.field(key, format!("column {}", table.columns()[*place]))
        };
        self.columns.iter().map(field).collect()
    }
}

fn of_kind(table: &Table) -> Option<Vec<usize>> {
    let known = KNOWN.iter().find(|names| table.column(&names[..1]).is_some())?;
    Some(known.iter().filter_map(|name| table.column(&[name])).collect())
}

/// The columns that tell where an allele is.
struct Columns {
    contig: usize,
    position: usize,
    reference: usize,
    alternate: usize,
}

/// A store of the alleles of a table.
pub(super) fn alleles(
    name: &str,
    path: &Path,
    genome: &Genome,
    folder: &Path,
    roles: &Roles,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    let mut table = open(path, roles)?;
    let names = table.columns().to_vec();
    let column = |role| roles.find(role, &names).expect("the heading was accepted for having it");
    let positions = roles.all(Role::Position, &names);
    let mut columns = Columns {
        contig: column(Role::Contig),
        position: positions[0],
        reference: column(Role::Reference),
        alternate: column(Role::Alternate),
    };
    if positions.len() > 1 {
        columns.position = best_position(path, roles, genome, folder, &columns, &positions)?;
    }
    let Columns { contig, reference, alternate, .. } = columns;
    let is_free = |place: &usize| {
        ![contig, reference, alternate].contains(place) && !positions.contains(place)
    };
    let free: Vec<usize> = (0..names.len()).filter(is_free).collect();
    let mut picked = Picked::new(&table, &free, options.fields.as_deref())?;
    let mut alleles = Alleles::new(genome, folder, options.memory_bytes);
    let mut row = Row::default();
    while table.read(&mut row)? {
        let Some(placed) = place(&mut alleles, &table, &columns, &row)? else { continue };
        let Placed { contig, start, reference, alternate } = placed;
        alleles.push(contig, start, &reference, &alternate, || picked.values(&row))?;
    }
    alleles.finish(name, path, folder, &picked.fields(&table), options.threads)
}

fn open(path: &Path, roles: &Roles) -> Result<Table> {
    Table::open(path, |names| roles.has_alleles(names))?.ok_or_else(|| {
        FileError::invalid(
            path,
            "no line names columns of contig, position, reference and alternate",
        )
        .hint(
            "say which they are: --columns contig=NAME,position=NAME,reference=NAME,alternate=NAME",
        )
    })
}

/// Of several columns of positions the one whose reference alleles are the genome's.
fn best_position(
    path: &Path,
    roles: &Roles,
    genome: &Genome,
    folder: &Path,
    columns: &Columns,
    positions: &[usize],
) -> Result<usize> {
    let mut table = open(path, roles)?;
    let mut fitting = vec![0_u32; positions.len()];
    let mut alleles = Alleles::new(genome, folder, 0);
    let mut row = Row::default();
    let mut seen = 0;
    while seen < LOOKED_AT && table.read(&mut row)? {
        seen += 1;
        for (position, fitting) in positions.iter().zip(&mut fitting) {
            let columns = Columns { position: *position, ..*columns };
            *fitting += u32::from(place(&mut alleles, &table, &columns, &row)?.is_some());
        }
    }
    let most = fitting.iter().copied().max().unwrap_or_default();
    let best = fitting.iter().position(|&fitting| fitting == most).unwrap_or_default();
    Ok(positions[best])
}

/// An allele with bases on both sides, whose reference part is the genome's.
struct Placed {
    contig: ContigIndex,
    start: u32,
    reference: Vec<u8>,
    alternate: String,
}

/// Where the allele of a row is; `None` if that cannot be told, which is counted.
///
/// Of an insertion written with an empty reference (`-`) the position is that of the base before,
/// of a deletion written with an empty alternate that of the first deleted base, as in MAF.
fn place(
    alleles: &mut Alleles<'_>,
    table: &Table,
    columns: &Columns,
    row: &Row,
) -> Result<Option<Placed>> {
    alleles.summary.records += 1;
    let cell = row.get(columns.position);
    if values::is_missing(cell) || values::is_missing(row.get(columns.contig)) {
        alleles.summary.unplaced += 1;
        return Ok(None);
    }
    let position: u32 = cell
        .parse()
        .ok()
        .filter(|&position| position > 0)
        .ok_or_else(|| table.wrong(columns.position, cell, "a position from 1 on"))?;
    let Some(contig) = alleles.contig(row.get(columns.contig)) else { return Ok(None) };
    let bases = |column| Some(row.get(column)).filter(|cell| !matches!(*cell, "" | "-" | "."));
    let (reference, alternate) = (bases(columns.reference), bases(columns.alternate));
    let start = position - 1;
    let placed = match (reference, alternate) {
        (Some(reference), Some(alternate)) => {
            let reference = alleles.reference(contig, start, reference.as_bytes());
            reference.map(|reference| (start, reference, alternate.to_owned()))
        }
        (Some(removed), None) => {
            let fits = alleles.reference(contig, start, removed.as_bytes());
            let before = start.checked_sub(1);
            fits.zip(before).and_then(|(removed, before)| {
                let anchor = alleles.anchor(contig, before)?;
                let reference = [&[anchor], &removed[..]].concat();
                Some((before, reference, char::from(anchor).to_string()))
            })
        }
        (None, Some(inserted)) => match alleles.anchor(contig, start) {
            Some(anchor) => {
                Some((start, vec![anchor], format!("{}{inserted}", char::from(anchor))))
            }
            None => {
                alleles.summary.reference_differs += 1;
                None
            }
        },
        (None, None) => {
            alleles.summary.not_bases += 1;
            None
        }
    };
    let placed =
        placed.map(|(start, reference, alternate)| Placed { contig, start, reference, alternate });
    Ok(placed)
}
