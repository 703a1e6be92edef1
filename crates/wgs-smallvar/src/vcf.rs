//! The last room: sites as VCF records.

use wgs_core::{ContigList, Pos1};
use wgs_formats::variant::{Definition, Filters, Header, Number, Record, SampleColumn, ValueType};

use crate::{
    filter::Filter,
    genotype::Copies,
    options::Options,
    phase::Phase,
    site::{AlleleBias, SPANNED, SampleCall, Site},
};

const FORMAT: [&str; 6] = ["GT", "AD", "DP", "GQ", "PL", "SB"];
/// The key of records of which some sample is phased.
const PHASE_SET: &str = "PS";
/// Of records on chrM.
const MITO_FORMAT: [&str; 5] = ["GT", "AD", "AF", "DP", "GQ"];

/// The header of a result.
pub fn header(contigs: &ContigList, samples: &[String], options: &Options) -> Header {
    use Number::{Alleles, Alternates, Count, Genotypes};
    use ValueType::{Float, Integer, String as Text};
    let mut header = Header::new(contigs);
    header.add_line("source", concat!("wgs-smallvar ", env!("CARGO_PKG_VERSION")));
    let model = &options.filters.model;
    header.add_line("filterModel", &format!("<ID={},SHA256={}>", model.name, model.sha256()));
    for filter in Filter::ALL {
        header.add_filter(filter.name(), &filter.description(&options.filters));
    }
    let infos = [
        ("AC", Alternates, Integer, "Copies of each variant allele in the genotypes"),
        ("AF", Alternates, Float, "Share of each variant allele in the genotypes"),
        ("AN", Count(1), Integer, "Copies of all alleles in the genotypes"),
        (
            "AB",
            Alternates,
            Float,
            "Share of each variant allele in the fragments of the samples that have it and the \
             reference's",
        ),
        (
            "AS_FS",
            Alternates,
            Float,
            "Phred-scaled p of Fisher's exact test for strand bias of each variant allele; only \
             where there are several",
        ),
        (
            "AS_MQ",
            Alternates,
            Float,
            "Root mean square of the mapping qualities of the fragments that prefer each variant \
             allele; only where there are several",
        ),
        (
            "AS_QD",
            Alternates,
            Float,
            "Phred-scaled likelihood of the genotypes without each variant allele against that of the \
             best, divided by the fragments of the samples that have it; only where there are several",
        ),
        (
            "AS_SOR",
            Alternates,
            Float,
            "Symmetric odds ratio of the strands of each variant allele, natural logarithm; only \
             where there are several",
        ),
        (
            "BaseQRankSum",
            Count(1),
            Float,
            "z of the rank sum test of base qualities, variant against reference",
        ),
        ("DP", Count(1), Integer, "Fragments of all samples; overlapping mates count once"),
        (
            "DPR",
            Count(1),
            Float,
            "Reads over the site, of whatever mapping quality, divided by the sample's median \
             depth; of the deepest sample with the variant",
        ),
        ("FS", Count(1), Float, "Phred-scaled p of Fisher's exact test for strand bias"),
        (
            "LMQF",
            Count(1),
            Float,
            "Share of the reads over the site whose mapping quality is too low for calling",
        ),
        ("MQ", Count(1), Float, "Root mean square of the mapping qualities"),
        ("MQ0F", Count(1), Float, "Share of the reads over the site whose mapping quality is 0"),
        (
            "MQRankSum",
            Count(1),
            Float,
            "z of the rank sum test of mapping qualities, variant against reference",
        ),
        ("NCD", Count(1), Integer, "Bases to the nearest other candidate, if one is within 200"),
        (
            "NMA",
            Count(1),
            Float,
            "Mean number of mismatches and gaps elsewhere in the reads that show the variant",
        ),
        (
            "NMR",
            Count(1),
            Float,
            "Mean number of mismatches and gaps elsewhere in the reads that show the reference",
        ),
        (
            "QD",
            Count(1),
            Float,
            "QUAL divided by the fragments of the samples that have the variant",
        ),
        (
            "ReadPosRankSum",
            Count(1),
            Float,
            "z of the rank sum test of distances to the end of the read, variant against reference",
        ),
        (
            "REFREP",
            Count(1),
            Integer,
            "Copies of RU in the reference, three or more; absent where nothing repeats",
        ),
        ("RU", Count(1), Text, "Unit of the tandem repeat of the reference at the site"),
        ("SCF", Count(1), Float, "Share of the fragments whose read is soft-clipped"),
        ("SOR", Count(1), Float, "Symmetric odds ratio of the strands, natural logarithm"),
        (
            "VQ",
            Count(1),
            Float,
            "Phred-scaled probability that the call is wrong, by the filter model, at most 60",
        ),
    ];
    for (id, number, value_type, description) in infos {
        header.add_info(Definition::new(id, number, value_type, description));
    }
    let formats = [
        ("GT", Count(1), Text, "Genotype"),
        ("AD", Alleles, Integer, "Fragments that clearly prefer each allele"),
        (
            "AF",
            Alternates,
            Float,
            "chrM: share of the sample's fragments that have each variant allele",
        ),
        ("DP", Count(1), Integer, "Fragments; overlapping mates count once"),
        ("GQ", Count(1), Integer, "Phred-scaled probability that the genotype is another"),
        ("PL", Genotypes, Integer, "Phred-scaled likelihoods of the genotypes, the best 0"),
        (
            "SB",
            Count(4),
            Integer,
            "Fragments that clearly prefer an allele: reference forward and reverse, variants \
             forward and reverse",
        ),
        (
            PHASE_SET,
            Count(1),
            Integer,
            "Position of the first of the records whose phased genotypes belong together",
        ),
    ];
    for (id, number, value_type, description) in formats {
        header.add_format(Definition::new(id, number, value_type, description));
    }
    header.set_samples(samples.iter().cloned());
    header
}

/// The record of a site.
pub fn record(contig: &str, site: &Site) -> Record {
    let text = |bases: &[u8]| String::from_utf8_lossy(bases).into_owned();
    let alternates: Vec<String> = site.alternates.iter().map(|a| text(a)).collect();
    let position = Pos1::from_pos0(site.position);
    let mut record = Record::new(contig, position, text(&site.reference), alternates);
    record.set_quality(site.quality);
    record.filters = Filters::Pass;
    for filter in &site.filters {
        record.filters.fail(filter.name());
    }
    fill_info(&mut record, site);
    if site.samples.iter().any(|sample| sample.fractions.is_some()) {
        record.set_samples(MITO_FORMAT, site.samples.iter().map(mito_columns));
        return record;
    }
    record.set_samples(FORMAT, site.samples.iter().map(columns));
    let phases: Vec<Option<Phase>> = site.samples.iter().map(|sample| sample.phase).collect();
    set_phase(&mut record, &phases);
    record
}

/// Writes phases that are known of the samples of an unphased record.
pub(crate) fn set_phase(record: &mut Record, phases: &[Option<Phase>]) {
    if phases.iter().all(Option::is_none) {
        return;
    }
    record.format.push(PHASE_SET.to_owned());
    let with_phase = |(sample, phase): (&SampleColumn, &Option<Phase>)| {
        let mut values: Vec<String> = sample.values().map(str::to_owned).collect();
        if let (Some(phase), Some(genotype)) = (phase, values.first_mut()) {
            *genotype = phased(genotype, phase.swapped);
        }
        values.push(phase.map_or(".".to_owned(), |p| Pos1::from_pos0(p.set).to_string()));
        SampleColumn::new(values)
    };
    record.samples = record.samples.iter().zip(phases).map(with_phase).collect();
}

/// `a/b` as `a|b`, or the other way round.
fn phased(genotype: &str, swapped: bool) -> String {
    match genotype.split_once('/') {
        Some((a, b)) if swapped => format!("{b}|{a}"),
        Some((a, b)) => format!("{a}|{b}"),
        None => genotype.to_owned(),
    }
}

fn fill_info(record: &mut Record, site: &Site) {
    let counts = site.allele_counts();
    let number = site.allele_number();
    let fraction = |&n: &u32| rounded(f64::from(n) / f64::from(number.max(1)), 4);
    let bias = &site.bias;
    let mut set = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            record.info.set(key, value);
        }
    };
    let each = |value: fn(&AlleleBias) -> f64, decimals| {
        let mut values: Vec<String> =
            bias.alleles.iter().map(|allele| rounded(value(allele), decimals)).collect();
        let is_known = !values.is_empty();
        // The absence of the place (`*`) has no fragments that look like anything.
        values.resize(site.alternates.len(), ".".to_owned());
        is_known.then(|| values.join(","))
    };
    let is_multiple = !bias.alleles.is_empty();
    set("AB", balances(site));
    set("AC", Some(joined(&counts)));
    set("AF", Some(counts.iter().map(fraction).collect::<Vec<_>>().join(",")));
    set("AN", Some(number.to_string()));
    set("AS_FS", each(|a| a.fisher_strand, 3));
    set("AS_MQ", each(|a| a.mapping_quality, 2));
    set("AS_QD", is_multiple.then(|| qualities_by_depth(site)));
    set("AS_SOR", each(|a| a.strand_odds_ratio, 3));
    set("BaseQRankSum", bias.base_quality_z.map(|z| rounded(z, 3)));
    set("DP", Some(site.depth().to_string()));
    set("DPR", bias.depth_ratio.map(|r| rounded(r, 3)));
    set("FS", Some(rounded(bias.fisher_strand, 3)));
    set("LMQF", Some(rounded(bias.ambiguous_share, 4)));
    set("MQ", Some(rounded(bias.mapping_quality, 2)));
    set("MQ0F", Some(rounded(bias.unmappable_share, 4)));
    set("MQRankSum", bias.mapping_quality_z.map(|z| rounded(z, 3)));
    set("NCD", bias.candidate_distance.map(|d| d.to_string()));
    set("NMA", bias.variant_mismatches.map(|n| rounded(n, 3)));
    set("NMR", bias.reference_mismatches.map(|n| rounded(n, 3)));
    set("QD", Some(rounded(site.quality_by_depth(), 2)));
    set("ReadPosRankSum", bias.read_position_z.map(|z| rounded(z, 3)));
    let repeat = bias.repeat.as_ref();
    set("REFREP", repeat.map(|r| r.copies.to_string()));
    set("RU", repeat.map(|r| String::from_utf8_lossy(&r.unit).into_owned()));
    set("SCF", Some(rounded(bias.clipped_share, 4)));
    set("SOR", Some(rounded(bias.strand_odds_ratio, 3)));
    set("VQ", bias.model_phred.map(|phred| rounded(phred, 2)));
}

/// Of each variant allele that is not the absence of the place.
fn qualities_by_depth(site: &Site) -> String {
    let value = |(index, allele): (usize, &Vec<u8>)| {
        let by_depth = site.allele_quality_by_depth(index + 1).filter(|_| allele != SPANNED);
        by_depth.map_or(".".to_owned(), |value| rounded(value, 2))
    };
    site.alternates.iter().enumerate().map(value).collect::<Vec<_>>().join(",")
}

/// Share of each variant allele in heterozygous samples; `None` where there is none for any allele.
fn balances(site: &Site) -> Option<String> {
    let shares: Vec<Option<f64>> =
        (1..=site.alternates.len()).map(|allele| site.allele_balance(allele)).collect();
    let text = |share: &Option<f64>| share.map_or(".".to_owned(), |share| rounded(share, 4));
    let is_known = shares.iter().any(Option::is_some);
    is_known.then(|| shares.iter().map(text).collect::<Vec<_>>().join(","))
}

fn columns(sample: &SampleCall) -> [String; 6] {
    let missing = ["", ".", "./."][sample.ploidy.min(2)];
    let genotype = match sample.genotype.map(|g| g.copies) {
        None if sample.ploidy == 0 => ".".to_owned(),
        None => missing.to_owned(),
        Some(Copies::One(a)) => a.to_string(),
        Some(Copies::Two(a, b)) => format!("{a}/{b}"),
    };
    let quality = sample.genotype.map_or(".".to_owned(), |g| format!("{}", g.quality.floor()));
    let likelihoods =
        if sample.genotype.is_some() { joined(&sample.phred_likelihoods) } else { ".".to_owned() };
    [
        genotype,
        joined(&sample.allele_depths),
        sample.depth.to_string(),
        quality,
        likelihoods,
        joined(&sample.strands),
    ]
}

fn mito_columns(sample: &SampleCall) -> [String; 5] {
    let [genotype, depths, depth, quality, ..] = columns(sample);
    let fractions = sample.fractions.iter().flatten().map(|&f| rounded(f, 4));
    let fractions: Vec<String> = fractions.collect();
    let fractions = if fractions.is_empty() { ".".to_owned() } else { fractions.join(",") };
    [genotype, depths, fractions, depth, quality]
}

/// Numbers joined by commas.
pub(crate) fn joined(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// A number with at most so many decimals; never `-0`.
fn rounded(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use wgs_core::Contig;

    use super::*;
    use crate::{annotation::Repeat, genotype::GenotypeCall, site::Bias};

    fn sample(ploidy: usize, copies: Option<Copies>) -> SampleCall {
        SampleCall {
            ploidy,
            genotype: copies.map(|copies| GenotypeCall { copies, quality: 57.9 }),
            allele_depths: vec![4, 6],
            depth: 11,
            strands: [2, 2, 3, 3],
            phred_likelihoods: if ploidy == 2 { vec![90, 0, 80] } else { vec![90, 0] },
            ..SampleCall::default()
        }
    }

    fn site() -> Site {
        Site {
            position: 99,
            reference: b"AT".to_vec(),
            alternates: vec![b"A".to_vec()],
            quality: 61.239,
            samples: vec![
                sample(2, Some(Copies::Two(0, 1))),
                sample(1, Some(Copies::One(1))),
                sample(2, None),
                SampleCall {
                    depth: 0,
                    allele_depths: vec![0, 0],
                    strands: [0; 4],
                    ..sample(0, None)
                },
            ],
            bias: Bias {
                mapping_quality: 59.5,
                base_quality_z: Some(-0.0001),
                repeat: Some(Repeat { unit: b"T".to_vec(), copies: 3 }),
                candidate_distance: Some(12),
                ..Bias::default()
            },
            filters: vec![Filter::LowQual, Filter::LowDepth],
        }
    }

    #[test]
    fn a_record_in_full() {
        let site = site();
        let expected = "chr1\t100\t.\tAT\tA\t61.24\tLowQual;LowDepth\t\
            AB=0.6;AC=2;AF=0.6667;AN=3;BaseQRankSum=0;DP=33;FS=0;LMQF=0;MQ=59.5;MQ0F=0;NCD=12;\
            QD=2.78;REFREP=3;RU=T;SCF=0;SOR=0\t\
            GT:AD:DP:GQ:PL:SB\t0/1:4,6:11:57:90,0,80:2,2,3,3\t1:4,6:11:57:90,0:2,2,3,3\t\
            ./.:4,6:11:.:.:2,2,3,3\t.:0,0:0:.:.:0,0,0,0";
        assert_eq!(record("chr1", &site).to_string(), expected);
    }

    #[test]
    fn phased_genotypes_name_their_set() {
        let swapped = Some(Phase { set: 41, swapped: true });
        let site = Site {
            position: 99,
            reference: b"A".to_vec(),
            alternates: vec![b"T".to_vec()],
            quality: 61.239,
            samples: vec![
                SampleCall { phase: swapped, ..sample(2, Some(Copies::Two(0, 1))) },
                sample(2, Some(Copies::Two(0, 1))),
            ],
            bias: Bias::default(),
            filters: Vec::new(),
        };
        let text = record("chr1", &site).to_string();
        assert!(
            text.ends_with(
                "GT:AD:DP:GQ:PL:SB:PS\t1|0:4,6:11:57:90,0,80:2,2,3,3:42\t\
                 0/1:4,6:11:57:90,0,80:2,2,3,3:."
            ),
            "{text}"
        );
    }

    #[test]
    fn records_of_the_mitochondrion_have_fractions() {
        let heteroplasmic = SampleCall {
            fractions: Some(vec![0.051_26]),
            phred_likelihoods: Vec::new(),
            ..sample(2, Some(Copies::Two(0, 1)))
        };
        let absent = SampleCall { fractions: Some(vec![0.0]), ..sample(1, Some(Copies::One(0))) };
        let site = Site {
            position: 99,
            reference: b"A".to_vec(),
            alternates: vec![b"G".to_vec()],
            quality: 61.2,
            samples: vec![heteroplasmic, absent],
            bias: Bias::default(),
            filters: Vec::new(),
        };
        let text = record("chrM", &site).to_string();
        let columns = "GT:AD:AF:DP:GQ\t0/1:4,6:0.0513:11:57\t0:4,6:0:11:57";
        assert!(text.ends_with(columns), "{text}");
    }

    #[test]
    fn every_key_is_declared() {
        let contigs = ContigList::new(vec![Contig::new("chr1", 1000)]).unwrap();
        let header = header(&contigs, &["S".to_owned()], &Options::default());
        let mut site = site();
        site.bias = Bias {
            base_quality_z: Some(1.0),
            mapping_quality_z: Some(1.0),
            read_position_z: Some(1.0),
            variant_mismatches: Some(1.0),
            reference_mismatches: Some(1.0),
            candidate_distance: Some(1),
            repeat: Some(Repeat::default()),
            depth_ratio: Some(1.0),
            model_phred: Some(20.0),
            alleles: vec![AlleleBias::default()],
            ..Bias::default()
        };
        let record = record("chr1", &site);
        assert!(record.info.iter().count() >= 23);
        for (key, _) in record.info.iter() {
            assert!(header.info(key).is_some(), "{key}");
        }
        for key in FORMAT.into_iter().chain(MITO_FORMAT).chain([PHASE_SET]) {
            assert!(header.format(key).is_some(), "{key}");
        }
        for filter in Filter::ALL {
            assert!(header.filters().any(|name| name == filter.name()));
        }
    }
}
