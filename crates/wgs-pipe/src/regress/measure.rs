//! Measuring the figures of a sample.

use std::{collections::BTreeMap, path::Path};

use wgs_compare::{Counts, Level, Request, Sets, TypeCounts, compare_into, sv};
use wgs_core::{ErrorKind, SampleId};
use wgs_engine::RunRecord;
use wgs_formats::{bed, genome::Genome, qc, variant::Reader};
use wgs_metrics::gate::{Measurements, Thresholds, evaluate};
use wgs_task::{Case, CaseLayout};

use super::{
    figure::{Figure, Resource},
    file::{Baseline, Sample, Variants},
};
use crate::failure::Failure;

/// Figures of a comparison by name, such as `snv.f1`.
pub(crate) type Compared = BTreeMap<String, f64>;

/// Checks, before any work, that truth, calls and regions are files of their kinds and of this
/// genome.
pub(crate) fn check(sample: &Sample, calls: Option<&Path>, genome: &Genome) -> Result<(), Failure> {
    for path in [sample.truth.as_deref(), calls].into_iter().flatten() {
        Reader::open(path)?;
    }
    if let Some(path) = &sample.confident {
        bed::read(path, genome.contigs())?;
    }
    Ok(())
}

/// Compares calls with the sample's truth, and writes what the comparison finds to a folder.
pub(crate) fn compare(
    sample: &Sample,
    calls: &Path,
    genome: &Genome,
    threads: usize,
    folder: &Path,
) -> Result<Compared, Failure> {
    let Some(truth) = &sample.truth else { return Ok(Compared::new()) };
    let sets = Sets {
        truth: truth.clone(),
        calls: calls.to_owned(),
        reference: genome.path().to_owned(),
        confident: sample.confident.clone(),
        truth_sample: sample.truth_sample.clone(),
        calls_sample: sample.calls_sample.clone(),
    };
    let mut request = Request { threads, ..Request::new(sets) };
    Ok(match sample.variants {
        Variants::Sv => {
            figures(&sv::compare_into(&sv::SvRequest::new(request.sets), folder)?.types)
        }
        Variants::Germline => figures(&compare_into(&request, folder)?.types),
        Variants::Somatic => {
            request.options.level = Level::Allele;
            figures(&compare_into(&request, folder)?.types)
        }
    })
}

/// The figures of each type; rates that there are none of are left out, and types of which neither
/// set has a variant: counts of 0 that no variant stands behind would keep any bound.
fn figures(types: &[TypeCounts]) -> Compared {
    let whole = |count: u64| Some(count as f64);
    let of_type = |row: &TypeCounts| {
        let (kind, counts) = (row.name.to_ascii_lowercase(), row.counts);
        let values = [
            ("tp", whole(counts.tp)),
            ("fp", whole(counts.fp)),
            ("fn", whole(counts.fn_)),
            ("precision", counts.precision()),
            ("recall", counts.recall()),
            ("f1", counts.f1()),
        ];
        values.map(|(field, value)| Some((format!("{kind}.{field}"), value?)))
    };
    let found = types.iter().filter(|row| row.counts != Counts::default());
    found.flat_map(of_type).flatten().collect()
}

/// A case that ran.
pub(crate) struct Ran<'a> {
    pub(crate) case: &'a Case,
    pub(crate) layout: &'a CaseLayout,
}

impl Ran<'_> {
    /// The sample whose metrics are meant: the one that is named, or the only one.
    pub(crate) fn sample(&self, named: Option<&str>) -> Result<SampleId, Failure> {
        let mut ids = self.case.samples.iter().map(|sample| &sample.id);
        let found = match named {
            Some(name) => ids.find(|id| id.as_str() == name),
            None => ids.next().filter(|_| self.case.samples.len() == 1),
        };
        found.cloned().ok_or_else(|| {
            let reason = match named {
                Some(name) => format!("case {} has no sample {name}", self.case.id),
                None => format!("case {} has several samples", self.case.id),
            };
            Failure::new(ErrorKind::Configuration, reason)
                .hint("name the sample: calls_sample = \"…\"")
        })
    }

    fn quality(&self, named: Option<&str>, what: &Thresholds) -> Result<Option<f64>, Failure> {
        let id = self.sample(named)?;
        let fastq: Option<qc::FastqQc> = there(&self.layout.fastq_qc(&id))?;
        let alignment: Option<qc::AlignmentQc> = there(&self.layout.alignment_qc(&id))?;
        let coverage: Option<qc::CoverageQc> = there(&self.layout.coverage_qc(&id))?;
        let variants: Option<qc::VariantQc> = there(&self.layout.variant_qc())?;
        let family: Option<qc::FamilyQc> = there(&self.layout.family_qc())?;
        let mut measurements = Measurements {
            fastq: fastq.as_ref(),
            alignment: alignment.as_ref(),
            coverage: coverage.as_ref(),
            ..Measurements::default()
        };
        if let Some(calls) = &variants {
            measurements = measurements.with_calls_of(id.as_str(), calls);
        }
        if let Some(family) = &family {
            measurements = measurements.with_family_of(id.as_str(), family);
        }
        Ok(evaluate(what, &measurements, None).first().and_then(|check| check.value))
    }

    fn resource(&self, resource: Resource) -> Result<f64, Failure> {
        let totals = RunRecord::read(self.layout)?.totals;
        Ok(match resource {
            Resource::CoreSeconds => totals.core_s,
            Resource::MaxMemoryBytes => totals.max_rss_bytes as f64,
            Resource::OutputBytes => totals.output_bytes as f64,
        })
    }
}

/// The document, if it is there.
fn there<T: qc::Document>(path: &Path) -> Result<Option<T>, Failure> {
    if path.exists() { Ok(Some(qc::read(path)?)) } else { Ok(None) }
}

/// The value of a figure; `None` if there is none.
pub(crate) fn value(
    baseline: &Baseline,
    sample: &Sample,
    compared: &Compared,
    ran: Option<&Ran<'_>>,
) -> Result<Option<f64>, Failure> {
    match (&baseline.figure, ran) {
        (Figure::Comparison { kind, count }, _) => {
            Ok(compared.get(&format!("{kind}.{count}")).copied())
        }
        (Figure::Quality(what), Some(ran)) => ran.quality(sample.calls_sample.as_deref(), what),
        (Figure::Run(resource), Some(ran)) => ran.resource(*resource).map(Some),
        (_, None) => Ok(None),
    }
}
