//! The last room: sites as VCF records.

use wgs_core::{ContigList, Pos1};
use wgs_formats::variant::{Definition, Filters, Header, Number, Record, ValueType};

use crate::{
    filter::Filter,
    genotype::Copies,
    options::Options,
    site::{SampleCall, Site},
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
    for filter in Filter::ALL {
        header.add_filter(filter.name(), &filter.description(&options.filters));
    }
    let infos = [
        ("AC", Alternates, Integer, "Copies of each variant allele in the genotypes"),
        ("AF", Alternates, Float, "Share of each variant allele in the genotypes"),
        ("AN", Count(1), Integer, "Copies of all alleles in the genotypes"),
        (
            "BaseQRankSum",
            Count(1),
            Float,
            "z of the rank sum test of base qualities, variant against reference",
        ),
        ("DP", Count(1), Integer, "Fragments of all samples; overlapping mates count once"),
        ("FS", Count(1), Float, "Phred-scaled p of Fisher's exact test for strand bias"),
        ("MQ", Count(1), Float, "Root mean square of the mapping qualities"),
        (
            "MQRankSum",
            Count(1),
            Float,
            "z of the rank sum test of mapping qualities, variant against reference",
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
        ("SOR", Count(1), Float, "Symmetric odds ratio of the strands, natural logarithm"),
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
    let is_phased = site.samples.iter().any(|sample| sample.phase.is_some());
    let keys = FORMAT.into_iter().chain(is_phased.then_some(PHASE_SET));
    let columns = |sample: &SampleCall| {
        columns(sample).into_iter().chain(is_phased.then(|| phase_set(sample)))
    };
    record.set_samples(keys, site.samples.iter().map(columns));
    record
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
    set("AC", Some(joined(&counts)));
    set("AF", Some(counts.iter().map(fraction).collect::<Vec<_>>().join(",")));
    set("AN", Some(number.to_string()));
    set("BaseQRankSum", bias.base_quality_z.map(|z| rounded(z, 3)));
    set("DP", Some(site.depth().to_string()));
    set("FS", Some(rounded(bias.fisher_strand, 3)));
    set("MQ", Some(rounded(bias.mapping_quality, 2)));
    set("MQRankSum", bias.mapping_quality_z.map(|z| rounded(z, 3)));
    set("QD", Some(rounded(site.quality_by_depth(), 2)));
    set("ReadPosRankSum", bias.read_position_z.map(|z| rounded(z, 3)));
    set("SOR", Some(rounded(bias.strand_odds_ratio, 3)));
}

fn columns(sample: &SampleCall) -> [String; 6] {
    let missing = ["", ".", "./."][sample.ploidy.min(2)];
    let genotype = match sample.genotype.map(|g| g.copies) {
        None if sample.ploidy == 0 => ".".to_owned(),
        None => missing.to_owned(),
        Some(Copies::One(a)) => a.to_string(),
        Some(Copies::Two(a, b)) => match sample.phase {
            None => format!("{a}/{b}"),
            Some(phase) if phase.swapped => format!("{b}|{a}"),
            Some(_) => format!("{a}|{b}"),
        },
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

fn phase_set(sample: &SampleCall) -> String {
    sample.phase.map_or(".".to_owned(), |p| Pos1::from_pos0(p.set).to_string())
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
    use crate::{genotype::GenotypeCall, phase::Phase, site::Bias};

    fn sample(ploidy: usize, copies: Option<Copies>) -> SampleCall {
        SampleCall {
            ploidy,
            genotype: copies.map(|copies| GenotypeCall { copies, quality: 57.9 }),
            allele_depths: vec![4, 6],
            depth: 11,
            phred_likelihoods: if ploidy == 2 { vec![90, 0, 80] } else { vec![90, 0] },
            strands: [2, 2, 3, 3],
            ..SampleCall::default()
        }
    }

    #[test]
    fn a_record_in_full() {
        let site = Site {
            position: 99,
            reference: b"AT".to_vec(),
            alternates: vec![b"A".to_vec()],
            quality: 61.239,
            samples: vec![
                sample(2, Some(Copies::Two(0, 1))),
                sample(1, Some(Copies::One(1))),
                sample(2, None),
                SampleCall { depth: 0, allele_depths: vec![0, 0], ..sample(0, None) },
            ],
            bias: Bias { mapping_quality: 59.5, base_quality_z: Some(-0.0001), ..Bias::default() },
            filters: vec![Filter::LowQual, Filter::LowDepth],
        };
        let expected = "chr1\t100\t.\tAT\tA\t61.24\tLowQual;LowDepth\t\
            AC=2;AF=0.6667;AN=3;BaseQRankSum=0;DP=33;FS=0;MQ=59.5;QD=2.78;SOR=0\t\
            GT:AD:DP:GQ:PL:SB\t0/1:4,6:11:57:90,0,80:2,2,3,3\t1:4,6:11:57:90,0:2,2,3,3\t\
            ./.:4,6:11:.:.:2,2,3,3\t.:0,0:0:.:.:2,2,3,3";
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
        for key in [
            "AC",
            "AF",
            "AN",
            "BaseQRankSum",
            "DP",
            "FS",
            "MQ",
            "MQRankSum",
            "QD",
            "ReadPosRankSum",
            "SOR",
        ] {
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
