//! Sources of every kind, as they are published, on a genome of our own.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{io::Write, path::PathBuf};

use wgs_annotate::{
    AnnotateOptions, Annotator,
    source::{self, Kind, SourceOptions, SourceSummary, about},
    store,
};
use wgs_core::ErrorKind;
use wgs_formats::{
    Result,
    genome::{self, Genome},
    output,
    table::genes::GeneTable,
    variant::{Reader, Record, csq},
};

struct World {
    folder: tempfile::TempDir,
    genome: Genome,
}

/// chr1 has a run of A at 21-30 (1-based) and a gene ABC (HGNC:7) at 41-49.
impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let chr1 = format!("{}CGCTAGCTAC{}CGTCTCTCTCATGAAATAAGG", "ACGTACGTAC", "A".repeat(10));
        output::write(&at("in.fa"), format!(">chr1\n{chr1}\n>chr2\n{}\n", "ACGT".repeat(2000)))
            .unwrap();
        genome::import(&at("in.fa"), &at("genome.fa")).unwrap();
        let row = |kind, rest| format!("1\tx\t{kind}\t41\t49\t.\t+\t.\t{rest}\n");
        let gene = "ID=gene:ENSG00000000007;gene_id=ENSG00000000007;Name=ABC;biotype=lncRNA;\
            description=d [Source:HGNC Symbol%3BAcc:HGNC:7]";
        let rows = [
            row("gene", gene),
            row(
                "lnc_RNA",
                "ID=transcript:T;Parent=gene:ENSG00000000007;biotype=lncRNA;transcript_id=T",
            ),
            row("exon", "Parent=transcript:T"),
        ];
        output::write(&at("genes.gff3"), rows.concat()).unwrap();
        let genome = Genome::open(at("genome.fa")).unwrap();
        store::build(&at("genes.gff3"), &genome, &at("genes")).unwrap();
        Self { folder, genome }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build(&self, name: &str, text: impl AsRef<[u8]>) -> Result<SourceSummary> {
        self.build_with(name, text, SourceOptions::default())
    }

    fn build_with(
        &self,
        name: &str,
        text: impl AsRef<[u8]>,
        options: SourceOptions,
    ) -> Result<SourceSummary> {
        let file = self.at(&format!("{name}.file"));
        output::write(&file, text).unwrap();
        let options = SourceOptions { memory_bytes: 200, genes: Some(self.at("genes")), ..options };
        source::build(name, &file, &self.genome, &self.at(name), &options)
    }

    /// Annotates rows whose columns are separated by spaces.
    fn annotate(&self, sources: &[&str], rows: &[&str]) -> Result<(Vec<Record>, csq::Format)> {
        let mut text = "##fileformat=VCFv4.2\n".to_owned();
        text += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        for row in rows {
            text += &(row.replace(' ', "\t") + "\n");
        }
        output::write(&self.at("calls.vcf"), text).unwrap();
        let sources = sources.iter().map(|name| self.at(name));
        let annotator = Annotator::open(&self.at("genes"), &self.genome, sources)?;
        let out = self.at("out.vcf");
        annotator.annotate_vcf(&self.at("calls.vcf"), &out, &AnnotateOptions::default())?;
        let reader = Reader::open(&out)?;
        let format = csq::Format::of_header(reader.header()).unwrap();
        Ok((reader.collect::<Result<_>>()?, format))
    }

    /// The value of a field for one allele.
    fn value(&self, source: &str, row: &str, key: &str) -> Option<String> {
        let (records, _) = self.annotate(&[source], &[row]).unwrap();
        records[0].info.get(key).map(str::to_owned)
    }
}

fn named(columns: &[(&str, &str)]) -> SourceOptions {
    let columns = columns.iter().map(|(role, name)| ((*role).into(), (*name).into())).collect();
    SourceOptions { columns, ..SourceOptions::default() }
}

#[test]
fn scores_are_read_as_they_are_published() {
    let world = World::new();
    let cadd = "## CADD GRCh38-v1.7 (c) University of Washington\n#Chrom\tPos\tRef\tAlt\tRawScore\tPHRED\n\
        1\t45\tA\tT\t0.5\t12.5\n1\t20\tCA\tC\t-1\t3\n";
    let summary = world.build("cadd", cadd).unwrap();
    assert_eq!((summary.kind, summary.alleles), (Kind::Alleles, 2));
    assert_eq!(summary.fields, ["RawScore", "PHRED"]);
    assert_eq!(world.value("cadd", "chr1 45 . A T . . .", "CADD_PHRED").unwrap(), "12.5");
    let deletion = "chr1 29 . AA A . . .";
    assert_eq!(world.value("cadd", deletion, "CADD_RawScore").unwrap(), "-1", "left-aligned");

    let revel = "\u{feff}chr,hg19_pos,grch38_pos,ref,alt,aaref,aaalt,REVEL,Ensembl_transcriptid\r\n\
        1,99,45,A,T,K,*,0.25,ENST1\r\n1,98,45,A,T,K,*,0.75,ENST2\r\n1,97,.,A,T,K,*,0.1,ENST1;ENST2\r\n";
    let summary = world.build("revel", revel).unwrap();
    assert_eq!((summary.alleles, summary.repeated, summary.unplaced), (1, 1, 1));
    assert_eq!(summary.fields, ["REVEL"]);
    let greatest = world.value("revel", "chr1 45 . A T . . .", "REVEL_REVEL");
    assert_eq!(greatest.unwrap(), "0.75");
    let swapped = revel.replace("hg19_pos,grch38_pos", "grch38_pos,hg19_pos");
    assert_eq!(world.build("swapped", swapped).unwrap().alleles, 1, "the genome decides");

    let alpha = "# Copyright 2023\n#\n#CHROM\tPOS\tREF\tALT\tgenome\tuniprot_id\ttranscript_id\t\
        protein_variant\tam_pathogenicity\tam_class\n\
        chr1\t45\tA\tT\thg38\tP1\tENST1.4\tK2M\t0.9\tlikely_pathogenic\n";
    world.build("am", alpha).unwrap();
    let value = world.value("am", "chr1 45 . A T . . .", "AM_am_class");
    assert_eq!(value.unwrap(), "likely_pathogenic");
}

#[test]
fn alleles_without_anchor_are_those_of_maf() {
    let world = World::new();
    let maf = "Hugo_Symbol\tChromosome\tStart_Position\tEnd_Position\tReference_Allele\tTumor_Seq_Allele2\tn (all)\n\
        ABC\tchr1\t45\t45\tA\t-\t1\nABC\tchr1\t44\t45\t-\tCC\t2\nABC\tchr1\t1\t1\tA\t-\t3\n";
    let options = SourceOptions { fields: Some(vec!["n (all)".into()]), ..Default::default() };
    let summary = world.build_with("maf", maf, options).unwrap();
    assert_eq!(summary.fields, ["n_all"]);
    assert_eq!(world.value("maf", "chr1 44 . AA A . . .", "MAF_n_all").unwrap(), "1");
    assert_eq!(world.value("maf", "chr1 44 . A ACC . . .", "MAF_n_all").unwrap(), "2");
}

#[test]
fn columns_can_be_named() {
    let world = World::new();
    let text = "where;x\tat\tfrom\tto\tnote\n1\t45\tA\tT\ta b; c=1\n";
    let columns =
        [("contig", "where;x"), ("position", "2"), ("reference", "from"), ("alternate", "TO")];
    world.build_with("own", text, named(&columns)).unwrap();
    assert_eq!(world.value("own", "chr1 45 . A T . . .", "OWN_note").unwrap(), "a_b&c%3D1");
    let error = world.build_with("own", text, named(&[("place", "2")])).unwrap_err();
    assert!(error.to_string().contains("\"place\" is nothing that a column tells"), "{error}");
}

#[test]
fn another_assembly_is_refused_with_its_share() {
    let world = World::new();
    let mut table = "#CHROM\tPOS\tREF\tALT\tx\n".to_owned();
    let mut vcf =
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n".to_owned();
    for position in 1..=60 {
        let reference = ["A", "C", "G", "T"][(position - 1) % 4];
        let reference = if position > 40 { "N" } else { reference };
        table += &format!("2\t{position}\t{reference}\tAC\t1\n");
        vcf += &format!("2\t{position}\t.\t{reference}\tAC\t.\t.\t.\n");
    }
    for (name, text) in [("table", &table), ("vcf", &vcf)] {
        let error = world.build(name, text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
        let says = "of 60 records on the genome's contigs, 20 have another reference allele";
        assert!(error.to_string().contains(says), "{error}");
        assert!(!world.at(name).join("alleles.store").exists());
    }
    let (one, _) = table.split_at(table.find("2\t42").unwrap());
    assert_eq!(world.build("one", one).unwrap().reference_differs, 1);
}

#[test]
fn bad_rows_are_told_with_line_and_column() {
    let world = World::new();
    let head = "#CHROM\tPOS\tREF\tALT\tx\n1\t45\tA\tT\t1\n";
    for (text, kind, says) in [
        (format!("{head}1\tx\tA\tT\t1\n"), ErrorKind::InvalidInput, "line 3: column POS is \"x\""),
        (format!("{head}1\t0\tA\tT\t1\n"), ErrorKind::InvalidInput, "column POS is \"0\""),
        (
            format!("{head}1\t45\tA\tT\n"),
            ErrorKind::InvalidInput,
            "line 3: has 4 columns, the heading names 5 (from \"x\"",
        ),
        (
            "#CHROM\tPOS\tREF\tALT\tPOS\n".into(),
            ErrorKind::InvalidInput,
            "names the column \"POS\" twice",
        ),
        ("#CHROM\tPOS\tREF\nsome\ttext\tx\n".into(), ErrorKind::InvalidInput, "expected a number"),
        (String::new(), ErrorKind::InvalidInput, "is empty"),
        ("chr1\t5\n".into(), ErrorKind::InvalidInput, "no line names columns"),
        ("chr1\t5\t9\nchr1\t5\n".into(), ErrorKind::InvalidInput, "line 2: has 2 columns"),
        ("chr1\t9\t5\n".into(), ErrorKind::InvalidInput, "line 1: ends at 5"),
        ("chr1\t5\t52\n".into(), ErrorKind::ReferenceMismatch, "line 1: chr1:5-52 lies outside"),
        ("chr1\t5\tnine\n".into(), ErrorKind::InvalidInput, "no line names"),
        ("fixedStep chrom=chr1 start=50\n1\n1\n1\n".into(), ErrorKind::ReferenceMismatch, "line 4"),
        ("zz\t5\t9\n".into(), ErrorKind::ReferenceMismatch, "zz …"),
        (
            "gene\tx\nXYZ\t1\n".into(),
            ErrorKind::ReferenceMismatch,
            "no transcript has one of its genes (XYZ …)",
        ),
    ] {
        let error = world.build("bad", &text).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(says), "{text:?}: {error}");
    }
}

#[test]
fn sources_that_can_say_nothing_are_refused() {
    let world = World::new();
    let several = "chrom\tpos\tref\talt\tscore\nchr1\t21\tA\tC,G\t1\n";
    let error = world.build("several", several).unwrap_err();
    assert!(error.to_string().contains("has 1 records, and none that could be found"), "{error}");
    let bare = "chrom\tpos\tref\talt\nchr1\t21\tA\tC\n";
    let error = world.build("bare", bare).unwrap_err();
    assert!(error.to_string().contains("nothing beside its alleles"), "{error}");
}

#[test]
fn names_that_annotation_has_itself_are_refused() {
    let world = World::new();
    world.build("hgnc", "gene\tID\nABC\t7\n").unwrap();
    let open = Annotator::open(&world.at("genes"), &world.genome, [world.at("hgnc")]);
    let error = open.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error
            .to_string()
            .contains("annotate itself and the source hgnc both have the field HGNC_ID")
    );
}

#[test]
fn intervals_are_found_by_what_an_allele_changes() {
    let world = World::new();
    let bed = "track name=x\nchr1\t30\t45\tb;c\t7\nchr1\t0\t51\tlong one\t0\nchr1 40 41 d 9\n1\t44\t44\te\t1\n";
    let summary = world.build("rep", bed).unwrap();
    assert_eq!((summary.kind, summary.intervals), (Kind::Intervals, 4));
    let value = |row: &str| world.value("rep", row, "REP_NAME");
    assert_eq!(value("chr1 45 . A T . . .").unwrap(), "long_one&b&c&e");
    assert_eq!(value("chr1 46 . A T . . .").unwrap(), "long_one");
    assert_eq!(value("chr1 45 . A AG . . .").unwrap(), "long_one&b&c&e");
    assert_eq!(value("chr1 40 . CA C,<DEL>,G . . .").unwrap(), "long_one&b&c&d,.,long_one&b&c&d");
    assert_eq!(value("chr2 40 . T C . . ."), None);

    let graph = "chr1 40 43 0.5\nchr1 43 44 -2.25\nchr1 44 46 1e-3\n";
    world.build("phylop", graph).unwrap();
    let value = |row: &str| world.value("phylop", row, "PHYLOP_VALUE");
    assert_eq!(value("chr1 44 . A T . . .").unwrap(), "-2.25");
    assert_eq!(value("chr1 43 . GAAA G . . .").unwrap(), "1e-3", "the greatest");
    world.build("wig", "fixedStep chrom=1 start=44 step=1\n0.1\n-3\n").unwrap();
    assert_eq!(world.value("wig", "chr1 45 . A T . . .", "WIG_VALUE").unwrap(), "-3");
    world.build("dups", "chr1\t40\t43\n").unwrap();
    assert_eq!(world.value("dups", "chr1 41 . A T . . .", "DUPS_IN").unwrap(), "1");

    let table = "accession\tchr\tstart\tend\tkind\nx1\t1\t41\t41\tDEL\n";
    world.build("dgv", table).unwrap();
    assert_eq!(world.value("dgv", "chr1 41 . A T . . .", "DGV_kind").unwrap(), "DEL");
    assert_eq!(world.value("dgv", "chr1 42 . T A . . .", "DGV_kind"), None);
    let marked = "#chrom\tchromStart\tchromEnd\tname\nchr1\t40\t41\tn\n";
    world.build("ucsc", marked).unwrap();
    assert_eq!(world.value("ucsc", "chr1 41 . A T . . .", "UCSC_name").unwrap(), "n");
    let dump = "585\t1\tchr1\t40\t41\tAlu\n";
    let columns = [("contig", "3"), ("start0", "4"), ("end", "5")];
    let options = SourceOptions {
        kind: Some(Kind::Intervals),
        fields: Some(vec!["COLUMN6".into()]),
        ..named(&columns)
    };
    world.build_with("rmsk", dump, options).unwrap();
    assert_eq!(world.value("rmsk", "chr1 41 . A T . . .", "RMSK_COLUMN6").unwrap(), "Alu");
}

#[test]
fn many_intervals_of_all_lengths_are_found() {
    let world = World::new();
    let mut bed = String::new();
    let mut all = Vec::new();
    for number in 0..30_000_u32 {
        let start = (number * 7919) % 7900;
        let end = (start
            + 1
            + (number * number) % 90 * u32::from(number % 3 != 0)
            + 700 * u32::from(number % 50 == 0))
        .min(8000);
        bed += &format!("2\t{start}\t{end}\t{}\n", number % 97);
        all.push((start, end, number % 97));
    }
    bed += "2\t0\t8000\t1000\n";
    world
        .build_with(
            "many",
            bed,
            SourceOptions { fields: Some(vec!["VALUE".into()]), ..Default::default() },
        )
        .unwrap();
    for position in [1_u32, 500, 4000, 4001, 7999] {
        let base = ["A", "C", "G", "T"][(position as usize - 1) % 4];
        let value = world.value("many", &format!("chr2 {position} . {base} N . . ."), "MANY_VALUE");
        assert_eq!(value.as_deref(), Some("1000"));
    }
    let names: String = all.iter().map(|(s, e, n)| format!("2\t{s}\t{e}\tn{n}\n")).collect();
    world.build("names", names).unwrap();
    for at in [0_u32, 63, 700, 4000, 7990] {
        let base = ["A", "C", "G", "T"][at as usize % 4];
        let found =
            world.value("names", &format!("chr2 {} . {base} N . . .", at + 1), "NAMES_NAME");
        let mut expected: Vec<&(u32, u32, u32)> =
            all.iter().filter(|(start, end, _)| *start <= at && at < *end).collect();
        expected.sort_by_key(|(start, end, _)| (*start, *end));
        let mut names: Vec<String> = Vec::new();
        for (.., number) in expected {
            if !names.contains(&format!("n{number}")) {
                names.push(format!("n{number}"));
            }
        }
        assert_eq!(found.unwrap_or_default(), names.join("&"), "{at}");
    }
}

#[test]
fn symbolic_alleles_of_a_vcf_are_intervals() {
    let world = World::new();
    let vcf = "##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float,Description=\"f\">\n\
        ##INFO=<ID=SVTYPE,Number=1,Type=String,Description=\"t\">\n\
        ##INFO=<ID=END,Number=1,Type=Integer,Description=\"e\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n\
        1\t40\td1\tN\t<DEL>\t.\tPASS\tEND=45;SVTYPE=DEL;AF=0.01\n\
        1\t42\td2\tN\t<DUP>\t.\tPASS\tEND=43;SVTYPE=DUP;AF=0.2\n";
    let summary = world.build("sv", vcf).unwrap();
    assert_eq!((summary.kind, summary.intervals), (Kind::Intervals, 2));
    assert_eq!(summary.fields, ["ID", "FILTER", "SVTYPE", "AF"]);
    let value = |row: &str, key: &str| world.value("sv", row, key);
    assert_eq!(value("chr1 43 . G T . . .", "SV_AF").unwrap(), "0.2");
    assert_eq!(value("chr1 43 . G T . . .", "SV_SVTYPE").unwrap(), "DEL&DUP");
    assert_eq!(value("chr1 45 . A T . . .", "SV_ID").unwrap(), "d1");
    assert_eq!(value("chr1 40 . C T . . .", "SV_ID"), None);
    let error = world.build("sv", vcf.replace("END=45", "END=450")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
    let mixed = vcf.to_owned() + "1\t45\tm\tA\tT\t.\tPASS\tAF=0.3\n";
    let summary = world.build("mixed", &mixed).unwrap();
    assert_eq!((summary.kind, summary.alleles, summary.symbolic), (Kind::Alleles, 1, 2));
    let options = SourceOptions { kind: Some(Kind::Intervals), ..Default::default() };
    assert_eq!(world.build_with("all", &mixed, options).unwrap().intervals, 3);
}

#[test]
fn tables_of_genes_add_columns_to_entries() {
    let world = World::new();
    let constraint = "gene\tgene_id\ttranscript\tcanonical\tmane_select\tlof.pLI\tlof.oe_ci.upper\n\
        ABC\tENSG00000000007\tENST1\ttrue\tfalse\t0.1\t0.9\n\
        ABC\tENSG00000000007\tENST2\tfalse\ttrue\t0.99\t0.2\n\
        XYZ\tENSG00000000008\tENST3\ttrue\ttrue\t0.5\t0.5\n";
    let summary = world.build("gnomad", constraint).unwrap();
    assert_eq!((summary.kind, summary.genes), (Kind::Genes, 3));
    assert_eq!(
        (summary.unknown_genes, summary.fields),
        (vec!["XYZ".to_owned()], vec!["lof.oe_ci.upper".to_owned(), "lof.pLI".into()])
    );
    let panel = "HGNC,Gene Symbol,Model_Of_Inheritance,GEL_Status,Level4\n\
        HGNC:7,OLDNAME,\"BIALLELIC, autosomal\",3,P 1\nHGNC:7,OLDNAME,MONOALLELIC,3,P 2\n";
    world.build("panel", panel).unwrap();
    world.build("list", "ABC\n").unwrap();
    let sources = ["gnomad", "panel", "list"];
    let (records, format) =
        world.annotate(&sources, &["chr1 45 . A T . . .", "chr2 7000 . T A . . ."]).unwrap();
    let added = &format.fields()[format.fields().len() - 6..];
    assert_eq!(
        added,
        [
            "GNOMAD_lof.oe_ci.upper",
            "GNOMAD_lof.pLI",
            "PANEL_Model_Of_Inheritance",
            "PANEL_GEL_Status",
            "PANEL_Level4",
            "LIST_LISTED"
        ]
    );
    let entry = &format.entries(&records[0])[0];
    let values: Vec<_> = added.iter().map(|field| entry.get(field).unwrap()).collect();
    assert_eq!(values, ["0.2", "0.99", "BIALLELIC&_autosomal&MONOALLELIC", "3", "P_1&P_2", "1"]);
    let entry = &format.entries(&records[1])[0];
    assert!(added.iter().all(|field| entry.get(field).is_none()));
    let text = records[1].info.get("CSQ").unwrap();
    assert_eq!(text.split('|').count(), format.fields().len());
    let (table, name) = GeneTable::open(&world.at("panel").join("genes.tsv")).unwrap();
    assert_eq!((table.rows(), name.as_str()), (2, "panel"));
}

#[test]
fn stores_say_what_they_hold_and_damage_is_told() {
    let world = World::new();
    world.build("a", "#CHROM\tPOS\tREF\tALT\tx\n1\t45\tA\tT\t1\n").unwrap();
    world.build("b", "chr1\t5\t9\tn\nchr1\t5\t9\tm\n").unwrap();
    world.build("c", "ABC\nDEF\n").unwrap();
    let of = |name: &str| {
        let about = about(&world.at(name)).unwrap();
        (about.kind.name(), about.records, about.fields.join(","))
    };
    assert_eq!(of("a"), ("alleles", 1, "x".into()));
    assert_eq!(of("b"), ("intervals", 2, "NAME".into()));
    assert_eq!(of("c"), ("genes", 2, "C_LISTED".into()));
    let row = ["chr1 7 . G T . . ."];
    let path = world.at("b").join("intervals.store");
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        output::write(&path, &damaged).unwrap();
        // A byte may say how much memory to take.
        let same = world.annotate(&["b"], &row).ok();
        let same = same.is_none_or(|(found, _)| found[0].info.get("B_NAME") == Some("n&m"));
        assert!(same, "byte {at}");
    }
    output::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(world.annotate(&["b"], &row).unwrap_err().kind(), ErrorKind::Truncated);
    output::write(&path, &whole).unwrap();
    world.annotate(&["b"], &row).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(world.annotate(&["b"], &row).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn compressed_files_are_read_and_cut_ones_are_told() {
    let world = World::new();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"#CHROM\tPOS\tREF\tALT\tx\n1\t45\tA\tT\t1\n").unwrap();
    let bytes = gzip.finish().unwrap();
    assert_eq!(world.build("gz", &bytes).unwrap().alleles, 1);
    let error = world.build("cut", &bytes[..bytes.len() - 6]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated, "{error}");
}
