//! From an alternate allele of a record to the structural variant that it spells.

use std::path::Path;

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{AlleleKind, Genotype, Record},
};

use super::{
    breakend::Notation,
    event::{Event, Place, Source, SvKind},
};
use crate::load::header;

/// Reads the alleles of one file.
pub(crate) struct Interpreter<'a> {
    pub(crate) path: &'a Path,
    pub(crate) genome: &'a Genome,
    /// The column whose genotypes count.
    pub(crate) sample: Option<usize>,
    /// Spelled-out alleles that change the length by less are no structural variants.
    pub(crate) min_size_bp: u32,
}

/// What an allele is.
#[derive(Debug, PartialEq)]
pub(crate) enum Reading {
    /// A structural variant.
    Event(Event),
    /// Too small for one, or no variant at all.
    Small,
    /// Something that cannot be compared: a single breakend, another symbolic allele.
    Unsupported,
}

/// Whether a sample has an allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// It has, or the file tells no genotypes.
    Yes,
    /// Its genotype is of other alleles.
    No,
    /// It has no genotype, or one of which a part is not known and the rest is of other alleles.
    Unknown,
}

impl Interpreter<'_> {
    /// Reads one alternate allele, by its index from 0.
    ///
    /// # Errors
    ///
    /// If REF is not what the genome has, the variant ends past its contig or before its start, or
    /// it has neither END nor SVLEN.
    pub(crate) fn allele(&self, record: &Record, source: Source) -> Result<Reading> {
        let Some(allele) = record.alternates.get(source.allele) else { return Ok(Reading::Small) };
        let contig = self.contig(&record.contig)?;
        let reading = match AlleleKind::of(allele) {
            AlleleKind::Spanning => return Ok(Reading::Small),
            AlleleKind::Bases => self.spelled(record, contig, allele),
            AlleleKind::Symbolic => self.symbolic(record, contig, source.allele, allele)?,
            AlleleKind::Breakend => self.breakend(record, contig, allele)?,
        };
        let Reading::Event(mut event) = reading else { return Ok(reading) };
        self.check_reference(record, contig)?;
        event.sources.push(source);
        event.genotype = self.genotype(record, source.allele);
        Ok(Reading::Event(event))
    }

    /// Copies of the allele, and ploidy, in the sample; `None` where no or not every allele is known.
    pub(crate) fn genotype(&self, record: &Record, allele: usize) -> Option<(usize, usize)> {
        let genotype = record.genotype(self.sample?)?;
        let number = allele as u32 + 1;
        let copies = genotype.alleles.iter().filter(|a| **a == Some(number)).count();
        let known = genotype.alleles.iter().all(Option::is_some);
        known.then_some((copies, genotype.ploidy()))
    }

    /// Whether the sample carries an alternate allele, by its index from 0.
    ///
    /// # Errors
    ///
    /// If GT is no genotype of the record's alleles.
    pub(crate) fn carried(&self, record: &Record, allele: usize) -> Result<Carried> {
        let Some(sample) = self.sample.filter(|_| record.format.iter().any(|key| key == "GT"))
        else {
            return Ok(Carried::Yes);
        };
        let text = record.sample_value(sample, "GT").unwrap_or(".");
        let genotype = Genotype::parse(text)
            .ok_or_else(|| self.invalid(format!("GT {text:?} is not a genotype")))?;
        let mut known = genotype.alleles.iter().flatten();
        if known.any(|&number| number as usize > record.alternates.len()) {
            let reason = format!("GT {text:?} names an allele that the record does not have");
            return Err(self.invalid(reason));
        }
        let number = Some(allele as u32 + 1);
        Ok(match genotype.alleles.contains(&number) {
            true => Carried::Yes,
            false if genotype.alleles.contains(&None) => Carried::Unknown,
            false => Carried::No,
        })
    }

    fn contig(&self, name: &str) -> Result<ContigIndex> {
        let missing = || self.mismatch(format!("contig {name:?} is not in the reference"));
        self.genome.contigs().index_of(name).ok_or_else(missing)
    }

    fn mismatch(&self, reason: String) -> FileError {
        header::mismatch(self.path, reason)
    }

    fn invalid(&self, reason: impl Into<String>) -> FileError {
        FileError::invalid(self.path, reason)
    }

    fn length(&self, contig: ContigIndex) -> u32 {
        self.genome.contigs().get(contig).map_or(0, |c| c.length)
    }

    fn check_reference(&self, record: &Record, contig: ContigIndex) -> Result<()> {
        let start = record.position.to_pos0();
        let end = start.saturating_add(record.reference.len() as u32);
        if end > self.length(contig) {
            return Err(self.mismatch(format!("POS or REF lie past the end of {}", record.contig)));
        }
        let place = Interval0::new(start, end).expect("the end is not before the start");
        let known = |base: &u8| b"ACGT".contains(base);
        let genome = self.genome.fetch(contig, place);
        let reference = record.reference.to_ascii_uppercase().into_bytes();
        let differs = |(a, b): (&u8, &u8)| known(a) && known(b) && a != b;
        match reference.iter().zip(&genome).any(differs) {
            true => Err(self.mismatch("REF is not what the reference has there".to_owned())),
            false => Ok(()),
        }
    }

    fn spelled(&self, record: &Record, contig: ContigIndex, allele: &str) -> Reading {
        let reference = record.reference.to_ascii_uppercase().into_bytes();
        let alternate = allele.to_ascii_uppercase().into_bytes();
        let pairs = reference.iter().zip(&alternate);
        let first = pairs.take_while(|(a, b)| a == b).count();
        let (gone, come) = (&reference[first..], &alternate[first..]);
        let pairs = gone.iter().rev().zip(come.iter().rev());
        let last = pairs.take_while(|(a, b)| a == b).count();
        let (gone, come) = (&gone[..gone.len() - last], &come[..come.len() - last]);
        let kind = match gone.len().cmp(&come.len()) {
            std::cmp::Ordering::Less => SvKind::Ins,
            std::cmp::Ordering::Greater => SvKind::Del,
            std::cmp::Ordering::Equal if !gone.is_empty() && is_turned(gone, come) => SvKind::Inv,
            std::cmp::Ordering::Equal => return Reading::Small,
        };
        let size = match kind {
            SvKind::Inv => gone.len(),
            _ => gone.len().abs_diff(come.len()),
        } as u32;
        if size < self.min_size_bp {
            return Reading::Small;
        }
        let start = record.position.to_pos0().saturating_add(first as u32);
        let end = start.saturating_add(gone.len() as u32);
        let span = Interval0::new(start, end).expect("the end is not before the start");
        Reading::Event(event(kind, Place::Span(contig, span), Some(size), Some(come.to_vec())))
    }

    fn symbolic(
        &self,
        record: &Record,
        contig: ContigIndex,
        index: usize,
        allele: &str,
    ) -> Result<Reading> {
        let name = allele.trim_matches(['<', '>']);
        let kind = match name.split(':').next().unwrap_or(name) {
            "DEL" => SvKind::Del,
            "DUP" => SvKind::Dup,
            "INV" => SvKind::Inv,
            "CNV" => SvKind::Cnv,
            "INS" => return Ok(self.insertion(record, contig, index)),
            "NON_REF" | "*" => return Ok(Reading::Small),
            _ => return Ok(Reading::Unsupported),
        };
        let span = self.span(record, contig, index)?;
        if span.len() < self.min_size_bp {
            return Ok(Reading::Small);
        }
        Ok(Reading::Event(event(kind, Place::Span(contig, span), Some(span.len()), None)))
    }

    /// The bases after POS up to END; by SVLEN where a record of several alleles has one for each.
    fn span(&self, record: &Record, contig: ContigIndex, index: usize) -> Result<Interval0> {
        let start = record.position.get();
        let by_end = || record.info.number::<u32>("END");
        let by_length = || start.checked_add(length_change(record, index)?);
        let end = match record.alternates.len() {
            1 => by_end().or_else(by_length),
            _ => by_length().or_else(by_end),
        };
        let end = end.ok_or_else(|| {
            self.invalid("a symbolic allele has neither END nor SVLEN: its end is not known")
        })?;
        if end > self.length(contig) {
            let reason = format!("END {end} lies past the end of contig {}", record.contig);
            return Err(self.mismatch(reason));
        }
        Interval0::new(start, end)
            .map_err(|_| self.invalid(format!("END {end} lies before POS {start}")))
    }

    /// `<INS>`, whose length and bases may be told by INFO.
    fn insertion(&self, record: &Record, contig: ContigIndex, index: usize) -> Reading {
        let spelled = ["SVINSSEQ", "INSSEQ"].into_iter().find_map(|key| record.info.get(key));
        let spelled = spelled.filter(|text| text.bytes().all(|b| b.is_ascii_alphabetic()));
        let bases = spelled.map(|text| text.to_ascii_uppercase().into_bytes());
        let size = length_change(record, index).or(bases.as_ref().map(|b| b.len() as u32));
        if size.is_some_and(|size| size < self.min_size_bp) {
            return Reading::Small;
        }
        let cut = record.position.get();
        let span = Interval0::new(cut, cut).expect("empty intervals are intervals");
        Reading::Event(event(SvKind::Ins, Place::Span(contig, span), size, bases))
    }

    fn breakend(&self, record: &Record, contig: ContigIndex, allele: &str) -> Result<Reading> {
        let notation = Notation::parse(allele, record.reference.len());
        let Some(notation) = notation.map_err(|reason| self.invalid(reason))? else {
            return Ok(Reading::Unsupported);
        };
        let mate = self.contig(notation.mate_contig)?;
        if notation.mate_position > self.length(mate) {
            let (position, name) = (notation.mate_position, notation.mate_contig);
            return Err(self.mismatch(format!("the mate {name}:{position} lies past its contig")));
        }
        let Some(junction) = notation.junction(contig, record.position, mate) else {
            return Ok(Reading::Unsupported);
        };
        let size = junction.size_bp();
        if size.is_some_and(|size| size < self.min_size_bp) {
            return Ok(Reading::Small);
        }
        Ok(Reading::Event(event(SvKind::Bnd, Place::Junction(junction), size, None)))
    }
}

fn event(kind: SvKind, place: Place, size_bp: Option<u32>, bases: Option<Vec<u8>>) -> Event {
    Event { kind, place, size_bp, bases, genotype: None, sources: Vec::new() }
}

/// Absolute value of SVLEN of an allele.
fn length_change(record: &Record, index: usize) -> Option<u32> {
    let lengths = record.info.numbers::<i64>("SVLEN")?;
    u32::try_from(lengths.get(index).copied().flatten()?.unsigned_abs()).ok()
}

/// Whether the second is the reverse complement of the first.
fn is_turned(forward: &[u8], other: &[u8]) -> bool {
    let complement = |base: u8| match base {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        b'T' => b'A',
        _ => base,
    };
    forward.iter().rev().map(|&base| complement(base)).eq(other.iter().copied())
}

#[cfg(test)]
mod tests {
    use wgs_core::ErrorKind;
    use wgs_formats::{genome, output};

    use super::*;

    /// A contig of 1,000 bases, `ACGT` over and over.
    fn read(line: &str) -> Result<Reading> {
        let folder = tempfile::tempdir().unwrap();
        let (fasta, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
        output::write(&fasta, format!(">1\n{}\n", "ACGT".repeat(250))).unwrap();
        genome::import(&fasta, &plain).unwrap();
        let genome = Genome::open(&plain).unwrap();
        let reader = Interpreter {
            path: Path::new("x.vcf"),
            genome: &genome,
            sample: None,
            min_size_bp: 30,
        };
        reader.allele(&Record::parse(line, 0).unwrap(), Source { record: 0, allele: 0 })
    }

    fn event_of(line: &str) -> (SvKind, [u32; 2], Option<u32>) {
        match read(line).unwrap() {
            Reading::Event(e) => (e.kind, e.cuts().map(|(_, cut)| cut), e.size_bp),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn spellings_of_one_deletion_agree() {
        let spelled = format!("1\t100\t.\tT{}\tT\t.\t.\t.", "ACGT".repeat(10));
        let deletion = (SvKind::Del, [100, 140], Some(40));
        assert_eq!(event_of(&spelled), deletion);
        assert_eq!(event_of("1\t100\t.\tT\t<DEL>\t.\t.\tEND=140"), deletion);
        assert_eq!(event_of("1\t100\t.\tN\t<DEL:ME>\t.\t.\tSVLEN=-40"), deletion);
        let breakend = event_of("1\t100\t.\tT\tT[1:141[\t.\t.\tSVTYPE=BND");
        assert_eq!(breakend, (SvKind::Bnd, deletion.1, deletion.2));
    }

    #[test]
    fn of_several_alleles_each_has_its_length() {
        let line = "1\t100\t.\tT\t<DEL>,<DUP>\t.\t.\tEND=190;SVLEN=-50,90";
        assert_eq!(event_of(line), (SvKind::Del, [100, 150], Some(50)));
    }

    #[test]
    fn insertions() {
        let spelled = format!("1\t100\t.\tT\tT{}\t.\t.\t.", "G".repeat(35));
        assert_eq!(event_of(&spelled), (SvKind::Ins, [100, 100], Some(35)));
        let symbolic = "1\t100\t.\tT\t<INS:ME:ALU>\t.\t.\tEND=99;SVLEN=35";
        assert_eq!(event_of(symbolic), (SvKind::Ins, [100, 100], Some(35)));
        assert_eq!(event_of("1\t100\t.\tT\t<INS>\t.\t.\t.").2, None);
    }

    #[test]
    fn a_spelled_out_inversion_is_one() {
        let turned = format!("1\t101\t.\tA{}\tA{}\t.\t.\t.", "CGTA".repeat(10), "TACG".repeat(10));
        assert_eq!(event_of(&turned), (SvKind::Inv, [101, 141], Some(40)));
        let other = format!("1\t101\t.\tA{}\tA{}\t.\t.\t.", "CGTA".repeat(10), "TACC".repeat(10));
        assert_eq!(read(&other).unwrap(), Reading::Small, "as many bases, not turned");
    }

    #[test]
    fn what_is_small_or_not_comparable_is_no_event() {
        for line in [
            "1\t100\t.\tT\tC\t.\t.\t.",
            "1\t100\t.\tT\tT\t.\t.\t.",
            "1\t100\t.\tT\t*\t.\t.\t.",
            "1\t100\t.\tT\t<NON_REF>\t.\t.\tEND=300",
            "1\t100\t.\tT\tT[1:110[\t.\t.\t.",
            "1\t100\t.\tT\t<DEL>\t.\t.\tEND=129",
            "1\t100\t.\tT\t.\t.\t.\t.",
        ] {
            assert_eq!(read(line).unwrap(), Reading::Small, "{line}");
        }
        for line in ["1\t100\t.\tT\tT.\t.\t.\t.", "1\t100\t.\tT\t<CPX>\t.\t.\tEND=300"] {
            assert_eq!(read(line).unwrap(), Reading::Unsupported, "{line}");
        }
    }

    #[test]
    fn records_that_contradict_the_reference_are_refused() {
        for (line, kind, says) in [
            ("2\t100\t.\tT\t<DEL>\t.\t.\tEND=200", ErrorKind::ReferenceMismatch, "\"2\""),
            ("1\t100\t.\tA\t<DEL>\t.\t.\tEND=200", ErrorKind::ReferenceMismatch, "REF"),
            ("1\t100\t.\tT\t<DEL>\t.\t.\tEND=1001", ErrorKind::ReferenceMismatch, "END 1001"),
            ("1\t100\t.\tT\tT[1:1001[\t.\t.\t.", ErrorKind::ReferenceMismatch, "1:1001"),
            ("1\t100\t.\tT\tT[3:5[\t.\t.\t.", ErrorKind::ReferenceMismatch, "\"3\""),
            ("1\t2000\t.\tT\t<INS>\t.\t.\t.", ErrorKind::ReferenceMismatch, "past the end"),
            ("1\t100\t.\tT\t<DEL>\t.\t.\tEND=90", ErrorKind::InvalidInput, "before POS"),
            ("1\t100\t.\tT\t<DUP>\t.\t.\t.", ErrorKind::InvalidInput, "neither END nor SVLEN"),
        ] {
            let error = read(line).unwrap_err();
            assert_eq!(error.kind(), kind, "{line}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
