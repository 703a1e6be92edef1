use wgs_core::Pedigree;
use wgs_formats::output;

use super::*;
use crate::knowledge::testing::table;

const TRIO: &str = "F kid dad mum 1 2\nF dad 0 0 1 1\nF mum 0 0 2 1\n";
const HEAD: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=1000000>\n\
    ##contig=<ID=chrX,length=156040895>\n##contig=<ID=chrY,length=57227415>\n##contig=<ID=chrM,length=16569>\n\
    ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|Consequence|IMPACT|SYMBOL|Feature|CANONICAL\">\n\
    ##INFO=<ID=G_AF,Number=A,Type=Float,Description=\"\">\n\
    ##INFO=<ID=C_CLNSIG,Number=A,Type=String,Description=\"\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n";
const MISSENSE: &str = "missense_variant|MODERATE";
const STOP: &str = "stop_gained|HIGH";

/// A record: `place ref alt effect gene genotype…`, genotypes as `GT[:DP[:PS[:DN]]]`.
fn line(text: &str) -> String {
    let cells: Vec<&str> = text.split_whitespace().collect();
    let (contig, position) = cells[0].split_once(':').unwrap();
    let effect = if cells[3] == "stop" { STOP } else { MISSENSE };
    let alternates = cells[2].split(',');
    let csq: Vec<String> = alternates
        .filter(|alternate| *alternate != "*")
        .map(|alternate| format!("{alternate}|{effect}|{}|T1|YES", cells[4]))
        .collect();
    let mut info = format!("CSQ={}", csq.join(","));
    let mut filter = "PASS";
    let mut samples = Vec::new();
    for cell in &cells[5..] {
        match cell.split_once('=') {
            Some(("filter", name)) => filter = name,
            Some(_) => info.push_str(&format!(";{cell}")),
            None => {
                let mut values: Vec<&str> = cell.split(':').collect();
                values.extend(["30", ".", "."].into_iter().skip(values.len() - 1));
                samples.push(values.join(":"));
            }
        }
    }
    let samples = samples.join("\t");
    format!(
        "{contig}\t{position}\t.\t{}\t{}\t50\t{filter}\t{info}\tGT:DP:PS:DN\t{samples}",
        cells[1], cells[2]
    )
}

fn interpreted(
    pedigree: &str,
    samples: &str,
    lines: &[&str],
    knowledge: &Knowledge,
    panels: &[&str],
) -> Inherited {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.vcf");
    let lines: Vec<String> = lines.iter().map(|text| line(text)).collect();
    let columns = samples.replace(' ', "\t");
    let head = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
    output::write(&path, format!("{HEAD}{head}\t{columns}\n{}\n", lines.join("\n"))).unwrap();
    let family = Family::of_pedigree("F", &Pedigree::parse(pedigree).unwrap());
    let panels: Vec<String> = panels.iter().map(|&panel| panel.to_owned()).collect();
    interpret(&path, &family, &panels, knowledge, &Options::default()).unwrap()
}

/// `position alternate: model, model?` for each finding, by position; `?` marks a doubt.
fn models_of(pedigree: &str, samples: &str, lines: &[&str]) -> Vec<String> {
    let mut found = interpreted(pedigree, samples, lines, &Knowledge::default(), &[]).findings;
    found.sort_by(|a, b| a.allele.cmp(&b.allele));
    let shown = found.iter().map(|finding| {
        let models = finding.models.iter().map(|model| {
            let doubt = if model.doubts.is_empty() { "" } else { "?" };
            format!("{}{doubt}", model.model)
        });
        let (position, alternate) = (finding.allele.position, &finding.allele.alternate);
        format!("{position} {alternate}: {}", models.collect::<Vec<_>>().join(" "))
    });
    shown.collect()
}

fn trio(lines: &[&str]) -> Vec<String> {
    models_of(TRIO, "kid dad mum", lines)
}

#[test]
fn new_alleles_need_parents_without_them() {
    let found = trio(&[
        "chr1:10 A C mis A 0/1 0/0 0/0",
        "chr1:20 A C mis B 0/1 0/0:4 0/0",
        "chr1:30 A C mis C 0/1 ./. 0/0",
        "chr1:40 A C mis D 0/1:30:.:Inherited 0/0 0/0",
        "chr1:50 A C mis E 0/1:30:.:LowDQ 0/0 0/0",
        "chr1:60 A C mis F 0/1 0/0 0/0 G_AF=0.001",
        "chr1:70 A C mis G 0/1 0/1 0/0",
        "chr1:80 A C mis H 0/1 0/. 0/0",
    ]);
    assert_eq!(
        found,
        ["10 C: de-novo", "20 C: de-novo?", "30 C: dominant?", "50 C: de-novo?", "80 C: dominant?",]
    );
}

#[test]
fn a_pathogenic_allele_is_sought_in_every_gene_that_it_lies_in() {
    let csq = "CSQ=C|upstream_gene_variant|MODIFIER|BESIDE|T1|YES,C|intron_variant|MODIFIER|IN|T2|YES,\
        C|missense_variant|MODERATE|ALSO|T3|YES;C_CLNSIG=Pathogenic";
    let record = format!("chr1\t10\t.\tA\tC\t50\tPASS\t{csq}\tGT:DP\t0/1:30");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.vcf");
    let head = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tkid";
    output::write(&path, format!("{HEAD}{head}\n{record}\n")).unwrap();
    let family = Family::of_pedigree("F", &Pedigree::parse("F kid 0 0 1 2\n").unwrap());
    let run = |options: &Options| interpret(&path, &family, &[], &Knowledge::default(), options);
    let found = run(&Options::default()).unwrap().findings;
    let mut genes: Vec<_> = found.iter().filter_map(|f| f.gene.as_deref()).collect();
    genes.sort_unstable();
    assert_eq!(genes, ["ALSO", "IN"]);

    let asked = |name: &str| Options { frequency_sources: vec![name.into()], ..Options::default() };
    assert!(run(&asked("g")).is_ok());
    let error = run(&asked("gnomAD")).unwrap_err().to_string();
    assert!(error.contains("has no frequencies of gnomAD; there are G"), "{error}");
}

#[test]
fn one_allele_comes_from_an_affected_parent() {
    let affected_mother = "F kid dad mum 1 2\nF dad 0 0 1 1\nF mum 0 0 2 2\n";
    let lines = [
        "chr1:10 A C mis A 0/1 0/0 0/1",
        "chr1:20 A C mis B 0/1 0/1 0/1",
        "chr1:30 A C mis C 0/1 0/0 0/0",
        "chr1:40 A C mis D 0/1 ./. 1/1",
    ];
    let found = models_of(affected_mother, "kid dad mum", &lines);
    assert_eq!(found, ["10 C: dominant", "40 C: dominant?"]);
    let unsaid = affected_mother.replace("1 1\n", "1 0\n");
    let found = models_of(&unsaid, "kid dad mum", &lines[..2]);
    assert_eq!(found, ["10 C: dominant", "20 C: dominant?"]);
    let alone =
        models_of("F kid 0 0 1 2\n", "kid", &["chr1:10 A C mis A 0/1", "chr1:20 A C mis B 0/0"]);
    assert_eq!(alone, ["10 C: dominant?"]);
}

#[test]
fn two_copies_come_from_both_parents() {
    let found = trio(&[
        "chr1:10 A C mis A 1/1 0/1 0/1 G_AF=0.009",
        "chr1:20 A C mis B 1/1 0/1 1/1",
        "chr1:30 A C mis C 1/1 0/1 0/0",
        "chr1:40 A C mis D 1/1 0/1 ./.",
        "chr1:50 A C mis E 1/1 0/1 0/1 G_AF=0.02",
        "chr1:60 A C mis F 1/1 0/0 0/0",
        "chr1:70 A C mis G 1/. 0/1 0/1",
    ]);
    assert_eq!(
        found,
        [
            "10 C: recessive-homozygous",
            "30 C: recessive-homozygous?",
            "40 C: recessive-homozygous?",
            "60 C: de-novo? recessive-homozygous?",
        ]
    );
}

#[test]
fn two_alleles_of_a_gene_lie_on_both_chromosomes() {
    let found = trio(&[
        "chr1:10 A C mis A 0/1 0/1 0/0",
        "chr1:20 A C mis A 0/1 0/0 0/1 G_AF=0.01",
        "chr1:30 A C mis B 0/1 0/1 0/0",
        "chr1:40 A C mis B 0/1 0/1 0/0",
        "chr1:50 A C mis C 0/1 0/1 0/1",
        "chr1:60 A C mis C 0/1 0/1 0/0",
        "chr1:70 A C mis D 0/1 0/1 0/0",
        "chr1:80 A C mis D 0/1 0/0 0/1 G_AF=0.011",
        "chr1:90 A C mis E 0/1 0/1 0/0",
        "chr1:91 A C mis E 0/1 0/0 0/1 filter=low",
    ]);
    assert_eq!(
        found,
        [
            "10 C: compound-heterozygous",
            "20 C: compound-heterozygous",
            "50 C: compound-heterozygous?",
            "60 C: compound-heterozygous?",
        ]
    );
}

#[test]
fn phase_tells_where_parents_do_not() {
    let alone = "F kid 0 0 1 2\n";
    let pairs = |first: &str, second: &str| {
        let lines = [
            format!("chr1:10 A C mis A {first} G_AF=0.005"),
            format!("chr1:20 A C mis A {second} G_AF=0.005"),
        ];
        models_of(alone, "kid", &[&lines[0], &lines[1]])
    };
    assert_eq!(pairs("0|1:30:7", "0|1:30:7"), [""; 0], "on one chromosome");
    let both = |mark: &str| ["10", "20"].map(|p| format!("{p} C: compound-heterozygous{mark}"));
    assert_eq!(pairs("0|1:30:7", "1|0:30:7"), both(""));
    assert_eq!(pairs("0|1:30:7", "1|0:30:8"), both("?"), "two sets");
    assert_eq!(pairs("0/1", "0/1"), both("?"));
    let one_haplotype =
        trio(&["chr1:10 A C mis A 0|1:30:1 0/0 0/0", "chr1:10 A G mis A 0|1:30:1 0/0 0/0"]);
    assert!(one_haplotype.iter().all(|found| !found.contains("compound")), "{one_haplotype:?}");
    let at_once = models_of(alone, "kid", &["chr1:10 A C,G mis A 1/2 G_AF=0.005,0.005"]);
    assert_eq!(at_once, ["10 C: compound-heterozygous", "10 G: compound-heterozygous"]);
}

#[test]
fn a_well_brother_has_not_the_pair() {
    let quartet = format!("{TRIO}F bro dad mum 1 1\n");
    let lines = ["chr1:10 A C mis A 0/1 0/1 0/0 0/1", "chr1:20 A C mis A 0/1 0/0 0/1 0/0"];
    assert_eq!(models_of(&quartet, "kid dad mum bro", &lines).len(), 2);
    let lines = [lines[0], "chr1:20 A C mis A 0/1 0/0 0/1 0/1"];
    assert_eq!(models_of(&quartet, "kid dad mum bro", &lines), [""; 0]);
    let ill = quartet.replace("bro dad mum 1 1", "bro dad mum 1 2");
    assert_eq!(models_of(&ill, "kid dad mum bro", &lines).len(), 2);
}

#[test]
fn the_only_copy_of_x_is_enough_in_a_son() {
    let found = trio(&[
        // Within the pseudoautosomal region a son has two copies.
        "chrX:20000 A C mis P 1/1 0/1 0/1",
        "chrX:50000000 A C mis A 1 0 0/1",
        "chrX:50000010 A C mis B 1/1 0/0 0/1",
        "chrX:50000020 A C mis C 1 0 0/0",
        "chrX:50000030 A C mis D 1 1 0/1",
        "chrX:50000040 A C mis E 0/1 0 0/1",
        "chrX:50000050 A C mis F 1 0 1/1",
    ]);
    assert_eq!(
        found,
        [
            "20000 C: recessive-homozygous",
            "50000000 C: x-linked-recessive",
            "50000010 C: x-linked-recessive",
            "50000020 C: de-novo",
        ]
    );
}

#[test]
fn a_daughter_needs_both_or_a_dominant_one() {
    let daughter = TRIO.replace("kid dad mum 1 2", "kid dad mum 2 2");
    let lines = [
        "chrX:50000000 A C mis A 1/1 1 0/1",
        "chrX:50000010 A C mis B 0/1 0 0/1",
        "chrX:50000020 A C mis C 0/1 0 0/0",
    ];
    assert_eq!(models_of(&daughter, "kid dad mum", &lines), ["50000020 C: de-novo"]);
    let ill_father = daughter.replace("dad 0 0 1 1", "dad 0 0 1 2");
    let found = models_of(&ill_father, "kid dad mum", &["chrX:50000000 A C mis A 1/1 1 0/1"]);
    assert_eq!(found, ["50000000 C: x-linked-recessive"]);
    let found = models_of(&ill_father, "kid dad mum", &["chrX:50000000 A C mis A 0/1 1 0/0"]);
    assert_eq!(found, ["50000000 C: x-linked-dominant"]);
}

#[test]
fn chr_m_comes_from_the_mother() {
    let found = trio(&[
        "chrM:10 A C mis A 1 0 0",
        "chrM:20 A C mis B 1 0 1",
        "chrM:30 A C mis C 1 1 ./.",
        "chrM:40 A C mis D 1 0 ./.",
    ]);
    assert_eq!(found, ["10 C: de-novo", "40 C: mitochondrial?"]);
}

#[test]
fn alleles_of_a_site_are_told_apart_and_spanning_ones_are_none() {
    let found = trio(&[
        "chr1:10 A C,G mis A 1/2 0/1 0/0",
        "chr1:20 AT A,* mis B 1/2 0/1 0/2",
        "chr1:30 A C mis C ./1 0/0 0/0",
        "chr1:40 A <DEL>,* mis D 1/2 0/0 0/0",
    ]);
    assert_eq!(
        found,
        ["10 C: compound-heterozygous", "10 G: de-novo compound-heterozygous", "30 C: de-novo"],
        "the second of the first site is new, and lies opposite the first"
    );
}

#[test]
fn panels_inheritance_and_significance_make_the_tier() {
    let mut knowledge = Knowledge::default();
    let head = "Gene Symbol|Level4|Model_Of_Inheritance|GEL_Status";
    knowledge.add_table(
        "panelapp",
        table(&format!(
            "{head}\nAD|Ataxia|MONOALLELIC|3\nAD2|Ataxia|MONOALLELIC|3\nAD3|Ataxia|MONOALLELIC|3\nAR|Ataxia|BIALLELIC|3\nAR2|Ataxia|BIALLELIC|3\nLOW|Ataxia|MONOALLELIC|1\n"
        )),
    );
    let lines = [
        "chr1:10 A C stop AD 0/1 0/0 0/0",
        "chr1:20 A C mis AD3 0/1 0/0 0/0",
        "chr1:30 A C mis AR 1/1 0/1 0/1",
        "chr1:40 A C stop AR2 0/1 0/0 0/0",
        "chr1:50 A C stop LOW 0/1 0/0 0/0",
        "chr1:60 A C stop OTHER 0/1 0/0 0/0",
        "chr1:70 A C mis AD2 0/1 0/1 0/0 C_CLNSIG=Pathogenic",
        "chr1:80 A C mis OTHER2 0/1 0/1 0/0 C_CLNSIG=Pathogenic",
    ];
    let found = interpreted(TRIO, "kid dad mum", &lines, &knowledge, &["ataxia"]).findings;
    let tiers: Vec<_> = found.iter().map(|f| (f.allele.position, f.tier.unwrap().name())).collect();
    let of = |position| tiers.iter().find(|(p, _)| *p == position).unwrap().1;
    assert_eq!([10, 20, 30].map(of), ["1", "1", "2"]);
    assert_eq!([40, 50, 60].map(of), ["3"; 3]);
    assert_eq!([70, 80].map(of), ["untiered"; 2]);
    let rules = |position| -> Vec<&str> {
        let finding = found.iter().find(|f| f.allele.position == position).unwrap();
        finding.rules.iter().map(|rule| rule.id.as_str()).collect()
    };
    assert_eq!(rules(10), ["panel-gene", "high-impact", "model-de-novo"]);
    assert_eq!(rules(40), ["panel-gene", "high-impact", "model-de-novo", "inheritance-differs"]);
    assert_eq!(rules(50), ["panel-gene-low", "high-impact", "model-de-novo"]);
    let secondary = found.iter().filter(|f| f.scope == Scope::Secondary);
    assert_eq!(secondary.map(|f| f.allele.position).collect::<Vec<_>>(), [80]);
}

#[test]
fn the_order_of_columns_and_records_changes_nothing() {
    let lines = [
        "chr1:10 A C mis A 0/1 0/1 0/0",
        "chr1:20 A C stop A 0/1 0/0 0/1",
        "chr1:30 A C mis B 1/1 0/1 0/1",
        "chrX:50000000 A C mis X 1 0 0/1",
    ];
    let one = interpreted(TRIO, "kid dad mum", &lines, &Knowledge::default(), &[]);
    let swapped: Vec<String> = lines
        .iter()
        .rev()
        .map(|line| {
            let cells: Vec<&str> = line.split(' ').collect();
            let [place @ .., kid, dad, mum] = &cells[..] else { panic!() };
            format!("{} {mum} {kid} {dad}", place.join(" "))
        })
        .collect();
    let swapped: Vec<&str> = swapped.iter().map(String::as_str).collect();
    let mut other = interpreted(TRIO, "mum kid dad", &swapped, &Knowledge::default(), &[]);
    for finding in &mut other.findings {
        finding.partners.sort_by(|a, b| a.allele.cmp(&b.allele));
    }
    assert_eq!(one, other);
    assert_eq!(one.findings.len(), 4);
}

#[test]
fn filtered_calls_count_and_known_ones_are_kept() {
    let lines = [
        "chr1:10 A C mis A 0/1 0/0 0/0 filter=low",
        "chr1:20 A C mis B 0/1 0/0 0/0 filter=low C_CLNSIG=Likely_pathogenic",
        "chr1:30 A C mis C 0/1 0/0 0/0 G_AF=0.3",
    ];
    let found = interpreted(TRIO, "kid dad mum", &lines, &Knowledge::default(), &[]);
    assert_eq!(found.findings.len(), 1);
    assert!(found.findings[0].notes[0].contains("failed the filters low"));
    let counts: Vec<u64> = found.counts.iter().map(|count| count.count).collect();
    assert_eq!(counts[2..4], [1, 1]);
}

#[test]
fn what_cannot_be_interpreted_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.vcf");
    let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tkid\n";
    let refused = |head: &str, pedigree: &str| {
        output::write(&path, format!("{head}{columns}")).unwrap();
        let family = Family::of_pedigree("F", &Pedigree::parse(pedigree).unwrap());
        let options = Options::default();
        interpret(&path, &family, &[], &Knowledge::default(), &options).unwrap_err().to_string()
    };
    assert!(refused("##fileformat=VCFv4.3\n", "F kid 0 0 1 2\n").contains("not annotated"));
    assert!(refused(HEAD, "F kid 0 0 1 1\n").contains("nobody of the case is affected"));
    assert!(refused(HEAD, "F other 0 0 1 2\n").contains("no column of other"));
}

#[test]
fn too_many_alleles_of_a_gene_are_not_paired() {
    let lines: Vec<String> =
        (1..=MOST_PAIRED + 1).map(|at| format!("chr1:{at} A C mis A 0/1 ./. ./.")).collect();
    let paired = |count: usize| {
        let lines: Vec<&str> = lines[..count].iter().map(String::as_str).collect();
        let found = interpreted(TRIO, "kid dad mum", &lines, &Knowledge::default(), &[]);
        let partners: usize = found.findings.iter().map(|finding| finding.partners.len()).sum();
        (partners, found.warnings.iter().any(|text| text.starts_with("1 genes have more than")))
    };
    assert_eq!(paired(MOST_PAIRED), (MOST_PAIRED * (MOST_PAIRED - 1), false));
    assert_eq!(paired(MOST_PAIRED + 1), (0, true));
}
