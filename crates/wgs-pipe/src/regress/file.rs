//! Regression files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{FileError, Result};

use super::figure::Figure;

/// Value of `schema` in a regression file.
pub(crate) const SCHEMA: &str = "wgs-pipe/regress/1";

/// A regression file as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "wgs-pipe regress")]
struct RegressFile {
    /// Version of the format.
    #[schemars(extend("const" = SCHEMA))]
    schema: String,
    /// The reference samples; paths are relative to this file.
    samples: Vec<SampleEntry>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SampleEntry {
    /// Name in the tables, and of the folder of its comparison: [A-Za-z0-9._-], the first neither -
    /// nor .
    #[schemars(with = "String", regex(pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"))]
    name: CaseId,
    /// Case file to run; or name `calls`.
    case: Option<String>,
    /// Pipeline definition for the run in place of the embedded one.
    pipeline: Option<String>,
    /// Calls that are there already (VCF), in place of a case.
    calls: Option<String>,
    /// The true variants (VCF); may be left out where no baseline is of a comparison.
    truth: Option<String>,
    /// Regions in which the truth is complete (BED).
    confident: Option<String>,
    /// Column of the truth, where it has several.
    truth_sample: Option<String>,
    /// Column of the calls, where they have several; also the sample of `qc` figures.
    calls_sample: Option<String>,
    /// Which variants are compared.
    #[serde(default)]
    variants: Variants,
    /// Baselines by figure, such as "snv.f1" = { min = 0.995, tolerance = 0.001 }.
    baselines: BTreeMap<String, BaselineEntry>,
}

/// Which variants are compared, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Variants {
    /// Small variants with genotypes.
    #[default]
    Germline,
    /// Small variants by allele.
    Somatic,
    /// Structural variants.
    Sv,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BaselineEntry {
    /// The figure is to be at least this.
    #[schemars(with = "Option<f64>")]
    min: Option<Spanned<f64>>,
    /// The figure is to be at most this.
    #[schemars(with = "Option<f64>")]
    max: Option<Spanned<f64>>,
    /// By how much it may be less than `min` or more than `max`.
    #[serde(default)]
    tolerance: f64,
}

/// A regression file that was checked.
#[derive(Clone, Debug)]
pub(crate) struct Regression {
    /// Its text, for [`update`](super::update).
    pub(crate) text: String,
    pub(crate) samples: Vec<Sample>,
}

/// A reference sample.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) name: CaseId,
    pub(crate) source: Source,
    pub(crate) truth: Option<PathBuf>,
    pub(crate) confident: Option<PathBuf>,
    pub(crate) truth_sample: Option<String>,
    pub(crate) calls_sample: Option<String>,
    pub(crate) variants: Variants,
    pub(crate) baselines: Vec<Baseline>,
}

/// Where calls come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A case that is run.
    Case { case: PathBuf, pipeline: Option<PathBuf> },
    /// They are there.
    Calls(PathBuf),
}

/// What a figure is held against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Baseline {
    /// The figure's name.
    pub(crate) name: String,
    pub(crate) figure: Figure,
    pub(crate) min: Option<Bound>,
    pub(crate) max: Option<Bound>,
    pub(crate) tolerance: f64,
}

/// A number with its place in the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) value: f64,
    pub(crate) place: std::ops::Range<usize>,
}

impl From<Spanned<f64>> for Bound {
    fn from(number: Spanned<f64>) -> Self {
        Self { place: number.span(), value: number.into_inner() }
    }
}

/// Reads a regression file and checks it whole: format, figures, and that every file it names is
/// there. Paths in it are relative to its folder.
pub(crate) fn read(path: &Path) -> Result<Regression> {
    let bytes = fs::read(path).map_err(|e| FileError::io(path, e))?;
    let wrong = |reason: &str| FileError::new(path, ErrorKind::Configuration, reason);
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text"))?;
    let file: RegressFile = toml::from_str(&text).map_err(|e| {
        let error = wrong(e.message()).hint("`wgs-pipe schema regress` prints what it may hold");
        let line = |start: usize| text[..start.min(text.len())].matches('\n').count() + 1;
        match e.span() {
            Some(span) => error.at(format!("line {}", line(span.start))),
            None => error,
        }
    })?;
    if file.schema != SCHEMA {
        let reason = format!("schema is {:?}; this version reads {SCHEMA:?}", file.schema);
        return Err(wrong(&reason));
    }
    if file.samples.is_empty() {
        return Err(wrong("names no sample"));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut names = BTreeSet::new();
    let mut samples = Vec::new();
    for entry in file.samples {
        let name = entry.name.clone();
        let at = |reason: String| wrong(&reason).at(format!("sample {name}"));
        if !names.insert(name.clone()) {
            return Err(at("the name stands twice".to_owned()));
        }
        samples.push(sample(folder, entry).map_err(at)?);
    }
    for file in samples.iter().flat_map(Sample::files) {
        fs::File::open(file).map_err(|e| {
            FileError::io(file, e).hint(format!("it is named in {}", path.display()))
        })?;
    }
    Ok(Regression { text, samples })
}

/// The JSON Schema (2020-12) of regression files.
pub(crate) fn json_schema() -> serde_json::Value {
    schemars::schema_for!(RegressFile).to_value()
}

fn sample(folder: &Path, entry: SampleEntry) -> Result<Sample, String> {
    let here = |name: Option<String>| name.map(|name| folder.join(name));
    let source = match (here(entry.case), here(entry.calls), here(entry.pipeline)) {
        (Some(case), None, pipeline) => Source::Case { case, pipeline },
        (None, Some(calls), None) => Source::Calls(calls),
        (None, Some(_), Some(_)) => return Err("a pipeline is for a case".to_owned()),
        _ => return Err("a sample has a case, or calls".to_owned()),
    };
    let variants = entry.variants;
    if matches!(source, Source::Case { .. }) && variants != Variants::Germline {
        return Err("a run makes germline variants only: name calls instead".to_owned());
    }
    if entry.baselines.is_empty() {
        return Err("has no baseline".to_owned());
    }
    let baselines = entry.baselines.into_iter();
    let baselines: Vec<Baseline> =
        baselines.map(|(name, entry)| baseline(name, entry, variants)).collect::<Result<_, _>>()?;
    let of_run = |baseline: &&Baseline| baseline.figure.needs_run();
    match (&source, baselines.iter().find(of_run)) {
        (Source::Calls(_), Some(b)) => {
            return Err(format!("{:?} is measured on a run: name a case", b.name));
        }
        _ if entry.truth.is_none() && !baselines.iter().all(|b| of_run(&b)) => {
            return Err("a comparison needs truth".to_owned());
        }
        _ => {}
    }
    Ok(Sample {
        name: entry.name,
        source,
        truth: here(entry.truth),
        confident: here(entry.confident),
        truth_sample: entry.truth_sample,
        calls_sample: entry.calls_sample,
        variants,
        baselines,
    })
}

fn baseline(name: String, entry: BaselineEntry, variants: Variants) -> Result<Baseline, String> {
    let figure = Figure::parse(&name, variants)?;
    let (min, max) = (entry.min.map(Bound::from), entry.max.map(Bound::from));
    let bounds = [&min, &max].into_iter().flatten();
    let numbers: Vec<f64> = bounds.map(|b| b.value).chain([entry.tolerance]).collect();
    if numbers.len() < 2 {
        return Err(format!("{name:?} has neither min nor max"));
    }
    if entry.tolerance < 0.0 || !numbers.iter().all(|number| number.is_finite()) {
        return Err(format!("{name:?}: bounds are numbers, and the tolerance is not negative"));
    }
    if let (Some(min), Some(max)) = (&min, &max)
        && min.value > max.value
    {
        return Err(format!("{name:?}: min is more than max"));
    }
    Ok(Baseline { name, figure, min, max, tolerance: entry.tolerance })
}

impl Sample {
    /// Every file that it names.
    fn files(&self) -> impl Iterator<Item = &Path> {
        let (first, second) = match &self.source {
            Source::Case { case, pipeline } => (case, pipeline.as_ref()),
            Source::Calls(calls) => (calls, None),
        };
        let others = [second, self.truth.as_ref(), self.confident.as_ref()];
        [Some(first)].into_iter().chain(others).flatten().map(PathBuf::as_path)
    }

    /// Whether a baseline is of a comparison.
    pub(crate) fn is_compared(&self) -> bool {
        self.baselines.iter().any(|baseline| !baseline.figure.needs_run())
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    const GOOD: &str = r#"
schema = "wgs-pipe/regress/1"
[[samples]]
name = "S1"
calls = "calls.vcf"
truth = "truth.vcf"
[samples.baselines]
"snv.f1" = { min = 0.995, tolerance = 0.001 } # as measured
"all.fp" = { max = 7 }
"#;

    fn read_text(text: &str) -> Result<Regression> {
        let folder = tempfile::tempdir().unwrap();
        for name in ["calls.vcf", "truth.vcf", "case.toml"] {
            output::write(&folder.path().join(name), "").unwrap();
        }
        let path = folder.path().join("regress.toml");
        output::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn bounds_know_their_place() {
        let regression = read_text(GOOD).unwrap();
        let baselines = &regression.samples[0].baselines;
        assert_eq!(baselines[0].max.as_ref().map(|b| b.value), Some(7.0));
        let min = baselines[1].min.as_ref().unwrap();
        assert_eq!(&regression.text[min.place.clone()], "0.995");
    }

    #[test]
    fn what_is_wrong_is_said_before_any_work() {
        for (from, to, says) in [
            ("regress/1", "regress/9", "regress/9"),
            ("snv.f1", "snv.f2", "snv.f2"),
            ("min = 0.995, ", "", "neither min nor max"),
            ("tolerance = 0.001", "tolerance = -1", "tolerance"),
            ("max = 7", "max = 7, min = 8", "more than max"),
            ("min = 0.995", "min = nan", "numbers"),
            ("calls = \"calls.vcf\"\n", "", "a case, or calls"),
            ("truth = \"truth.vcf\"\n", "", "needs truth"),
            ("all.fp", "run.core_s", "name a case"),
            ("calls = \"calls.vcf\"", "case = \"case.toml\"\nvariants = \"sv\"", "germline"),
            ("truth =", "thruth =", "line 6"),
            ("name = \"S1\"", "name = \"../S\"", "line 4"),
        ] {
            assert!(GOOD.contains(from));
            let error = read_text(&GOOD.replace(from, to)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            assert!(error.to_string().contains(says), "{says}: {error}");
        }
        let twice = format!("{GOOD}{}", &GOOD[GOOD.find("[[").unwrap()..]);
        assert!(read_text(&twice).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_who_names_it() {
        let error = read_text(&GOOD.replace("truth.vcf", "gone.vcf")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("gone.vcf"));
        assert!(error.hint_text().is_some_and(|hint| hint.contains("regress.toml")));
    }
}
