//! The comparison from files to result.

use std::path::{Path, PathBuf};

use wgs_core::{ContigIndex, ErrorKind};
use wgs_formats::{
    FileError, Result,
    bed::{self, Regions},
    digest,
    genome::{self, Genome},
};

use crate::{
    InputFile, Place, Reason, Request, SCHEMA, Stratum, Summary, VERSION, Verdict,
    judge::Judge,
    load::{Intake, Site, Sites, Source, load, overlaps},
    parallel,
    replay::Limits,
    roc::{Scored, curves},
    superlocus::{Superlocus, superloci},
    types::Table,
    variant::Side,
    verdict::Judgement,
};

/// Superloci that are judged at a time.
const BATCH: usize = 256;

/// A comparison with all that is written of it.
pub(crate) struct Comparison {
    pub(crate) genome: Genome,
    /// Of truth and calls.
    pub(crate) sites: [Sites; 2],
    /// Of each site, by contig.
    pub(crate) judgements: [Vec<Vec<Judgement>>; 2],
    pub(crate) summary: Summary,
    /// Holds the genome's plain copy, where the FASTA was compressed or without index.
    _copy: Option<tempfile::TempDir>,
}

/// What is read before the variants.
struct Frame {
    genome: Genome,
    copy: Option<tempfile::TempDir>,
    confident: Option<Regions>,
    strata: Vec<(String, Regions)>,
}

impl Frame {
    fn open(request: &Request) -> Result<Self> {
        let (genome, copy) = open_genome(&request.sets.reference)?;
        let read = |path: &PathBuf| read_regions(path, &genome);
        let confident = request.sets.confident.as_ref().map(read).transpose()?;
        let mut strata: Vec<(String, Regions)> = Vec::new();
        for (name, path) in &request.strata {
            if strata.iter().any(|(known, _)| known == name) {
                let reason = format!("the stratum {name:?} is named twice");
                return Err(FileError::new(path, ErrorKind::Usage, reason));
            }
            strata.push((name.clone(), read(path)?));
        }
        Ok(Self { genome, copy, confident, strata })
    }

    fn place(&self, contig: ContigIndex, start: u32, end: u32) -> Place {
        let name = self.genome.contigs().get(contig).map(|contig| contig.name.clone());
        Place { contig: name.unwrap_or_default(), start, end }
    }

    fn source<'a>(&'a self, request: &'a Request, side: Side) -> Source<'a> {
        let (path, sample) = match side {
            Side::Truth => (&request.sets.truth, &request.sets.truth_sample),
            Side::Calls => (&request.sets.calls, &request.sets.calls_sample),
        };
        Source {
            side,
            path,
            sample: sample.as_deref(),
            genome: &self.genome,
            confident: self.confident.as_ref(),
            options: &request.options,
        }
    }
}

/// Reads the regions of a BED; there must be one, since nothing counts where there is none.
pub(crate) fn read_regions(path: &Path, genome: &Genome) -> Result<Regions> {
    let regions = bed::read(path, genome.contigs())?;
    if regions.total_length() == 0 {
        return Err(FileError::invalid(path, "holds no region"));
    }
    Ok(regions)
}

/// Opens a genome where it lies, or a plain copy of it in a temporary folder.
pub(crate) fn open_genome(path: &Path) -> Result<(Genome, Option<tempfile::TempDir>)> {
    let mut index = path.as_os_str().to_owned();
    index.push(".fai");
    let compressed = {
        use std::io::Read;
        let mut head = [0; 2];
        let file = std::fs::File::open(path).map_err(|e| FileError::io(path, e))?;
        let read = file.take(2).read(&mut head).map_err(|e| FileError::io(path, e))?;
        read == 2 && head == [0x1f, 0x8b]
    };
    if !compressed && Path::new(&index).exists() {
        return Ok((Genome::open(path)?, None));
    }
    let folder = tempfile::tempdir().map_err(|e| FileError::io(std::env::temp_dir(), e))?;
    let plain = folder.path().join("genome.fa");
    genome::import(path, &plain)?;
    Ok((Genome::open(&plain)?, Some(folder)))
}

impl Comparison {
    pub(crate) fn make(request: &Request) -> Result<Self> {
        request.inputs().try_for_each(|(_, path)| check_is_file(path))?;
        let frame = Frame::open(request)?;
        let sources = Side::BOTH.map(|side| frame.source(request, side));
        let loaded = parallel::map(&sources, request.threads, load);
        let mut loaded = loaded.into_iter();
        let mut next = || loaded.next().expect("one for each source");
        let ((truth, truth_intake), (calls, calls_intake)) = (next()?, next()?);
        let sites = [truth, calls];
        let judged = Judged::of(request, &frame, &sites);
        let inputs = inputs(request)?;
        let summary = judged.summary(request, &frame, inputs, [truth_intake, calls_intake]);
        Ok(Self {
            genome: frame.genome,
            sites,
            judgements: judged.judgements,
            summary,
            _copy: frame.copy,
        })
    }
}

/// Refuses a pipe: what is read from it cannot be read again for its digest.
fn check_is_file(path: &Path) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
            Err(FileError::new(path, ErrorKind::Usage, "is a pipe or device, no file").hint(
                "write it to a file first: summary.json tells the digest of what is compared",
            ))
        }
        // What is not there is told when it is opened.
        _ => Ok(()),
    }
}

fn inputs(request: &Request) -> Result<Vec<InputFile>> {
    let files: Vec<_> = request.inputs().collect();
    let digests = parallel::map(&files, request.threads, |(role, path)| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(InputFile { role: role.clone(), name, sha256: digest::sha256_file(path)? })
    });
    digests.into_iter().collect()
}

/// Superloci of a contig that are judged together.
struct Batch {
    contig: ContigIndex,
    loci: Vec<Superlocus>,
}

/// What came of a batch.
#[derive(Default)]
struct Part {
    judgements: [Vec<Judgement>; 2],
    /// Of everything, and of each stratum.
    tables: Vec<Table>,
    scored: Vec<Scored>,
    too_complex: Vec<Place>,
}

struct Judged {
    judgements: [Vec<Vec<Judgement>>; 2],
    tables: Vec<Table>,
    scored: Vec<Scored>,
    too_complex: Vec<Place>,
}

impl Judged {
    fn of(request: &Request, frame: &Frame, sites: &[Sites; 2]) -> Self {
        let contigs = frame.genome.contigs().len();
        let batches: Vec<Batch> = (0..contigs)
            .flat_map(|contig| {
                let loci = superloci([&sites[0][contig], &sites[1][contig]]);
                let batch = move |loci: &[Superlocus]| Batch {
                    contig: ContigIndex(contig),
                    loci: loci.to_vec(),
                };
                loci.chunks(BATCH).map(batch).collect::<Vec<_>>()
            })
            .collect();
        let parts =
            parallel::map(&batches, request.threads, |batch| part(batch, request, frame, sites));
        let mut judged = Self {
            judgements: [vec![Vec::new(); contigs], vec![Vec::new(); contigs]],
            tables: vec![Table::default(); 1 + frame.strata.len()],
            scored: Vec::new(),
            too_complex: Vec::new(),
        };
        for (batch, part) in batches.iter().zip(parts) {
            for (all, part) in judged.judgements.iter_mut().zip(part.judgements) {
                all[batch.contig.0].extend(part);
            }
            judged.tables.iter_mut().zip(&part.tables).for_each(|(all, part)| all.add(part));
            judged.scored.extend(part.scored);
            judged.too_complex.extend(part.too_complex);
        }
        judged
    }

    fn summary(
        &self,
        request: &Request,
        frame: &Frame,
        inputs: Vec<InputFile>,
        [truth, calls]: [Intake; 2],
    ) -> Summary {
        let types = self.tables[0].rows();
        let strata = frame.strata.iter().zip(&self.tables[1..]);
        Summary {
            schema: SCHEMA.to_owned(),
            version: VERSION.to_owned(),
            options: request.options.clone(),
            inputs,
            truth,
            calls,
            curves: curves(self.scored.clone(), &types),
            types,
            strata: strata
                .map(|((name, _), table)| Stratum { name: name.clone(), types: table.rows() })
                .collect(),
            too_complex: self.too_complex.clone(),
        }
    }
}

fn part(batch: &Batch, request: &Request, frame: &Frame, sites: &[Sites; 2]) -> Part {
    let contig = batch.contig;
    let judge = Judge {
        genome: &frame.genome,
        contig,
        sites: [&sites[0][contig.0], &sites[1][contig.0]],
        options: &request.options,
        limits: Limits::default(),
    };
    let mut part =
        Part { tables: vec![Table::default(); 1 + frame.strata.len()], ..Part::default() };
    for locus in &batch.loci {
        let judgements = judge.judge(locus);
        let mut complex: Option<(u32, u32)> = None;
        for side in Side::BOTH {
            let here = &judge.sites[side.index()][locus.sites[side.index()].clone()];
            for (site, &judgement) in here.iter().zip(&judgements[side.index()]) {
                if judgement.reason == Reason::TooComplex {
                    let (start, end) = complex.unwrap_or((site.start, site.end()));
                    complex = Some((start.min(site.start), end.max(site.end())));
                }
                part.count(site, judgement, side, contig, frame);
            }
        }
        part.too_complex.extend(complex.map(|(start, end)| frame.place(contig, start, end)));
        for (all, judgements) in part.judgements.iter_mut().zip(judgements) {
            all.extend(judgements);
        }
    }
    part
}

impl Part {
    fn count(
        &mut self,
        site: &Site,
        judgement: Judgement,
        side: Side,
        contig: ContigIndex,
        frame: &Frame,
    ) {
        if judgement.verdict == Verdict::Ignored {
            return;
        }
        self.tables[0].count(site, judgement, side);
        let (start, end) = site.locus();
        for (table, (_, regions)) in self.tables[1..].iter_mut().zip(&frame.strata) {
            if overlaps(regions.of(contig), start, end) {
                table.count(site, judgement, side);
            }
        }
        if side == Side::Calls {
            let right = judgement.verdict == Verdict::TruePositive;
            let weight = right.then_some(judgement.weight);
            self.scored.push(Scored { score: site.score, weight, class: site.class });
        }
    }
}
