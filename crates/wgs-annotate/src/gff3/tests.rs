use std::path::PathBuf;

use wgs_core::{ErrorKind, Interval0};
use wgs_formats::{genome, output};

use super::*;
use crate::{Difference, Mane};

/// A genome with one gene: exons 11-30 and 41-60, coding 16-30 and 41-55 (1-based), 30 bases that
/// read M A C D E F G H I stop.
struct World {
    folder: tempfile::TempDir,
    genome: Genome,
}

const CODING: &str = "ATGGCTTGCGATGAATTCGGTCATATCTAA";

impl World {
    fn new(contigs: &[&str]) -> Self {
        let sequence = format!(
            "{}{}{}{}{}",
            "C".repeat(15),
            &CODING[..15],
            "GTCCCCCCAG",
            &CODING[15..],
            "C".repeat(45)
        );
        let fasta: String = contigs.iter().map(|name| format!(">{name}\n{sequence}\n")).collect();
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
        output::write(&source, fasta).unwrap();
        genome::import(&source, &target).unwrap();
        let genome = Genome::open(&target).unwrap();
        Self { folder, genome }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("genes.gff3")
    }

    fn read(&self, text: impl AsRef<[u8]>) -> Result<(Vec<Transcript>, GeneSummary)> {
        output::write(&self.path(), text).unwrap();
        read(&self.path(), &self.genome)
    }
}

const ENSEMBL: &str = "\
##gff-version 3
##sequence-region   1 1 100
#!genome-build x
1\thavana\tgene\t11\t60\t.\t+\t.\tID=gene:ENSG1;Name=ABC;description=a b [Source:HGNC Symbol%3BAcc:HGNC:7];gene_id=ENSG1;version=3
1\thavana\tmRNA\t11\t60\t.\t+\t.\tID=transcript:ENST1;Parent=gene:ENSG1;Name=ABC-201;biotype=protein_coding;tag=basic,Ensembl_canonical,MANE_Select;transcript_id=ENST1;version=4
1\thavana\tfive_prime_UTR\t11\t15\t.\t+\t.\tParent=transcript:ENST1
1\thavana\texon\t11\t30\t.\t+\t.\tParent=transcript:ENST1;exon_id=ENSE1;rank=1
1\thavana\tCDS\t16\t30\t.\t+\t0\tID=CDS:ENSP1;Parent=transcript:ENST1;protein_id=ENSP1;version=2
1\thavana\texon\t41\t60\t.\t+\t.\tParent=transcript:ENST1;exon_id=ENSE2;rank=2
1\thavana\tCDS\t41\t55\t.\t+\t0\tID=CDS:ENSP1;Parent=transcript:ENST1;protein_id=ENSP1;version=2
###
";

#[test]
fn ensembl_by_other_contig_names() {
    for name in ["1", "chr1", "NC_000001.11"] {
        let (transcripts, summary) = World::new(&[name]).read(ENSEMBL).unwrap();
        assert_eq!((summary.transcripts, summary.genes, summary.with_inner_stop), (1, 1, 0));
        let t = &transcripts[0];
        assert_eq!((t.accession.as_str(), t.feature.as_str()), ("ENST1.4", "ENST1"));
        assert_eq!((t.gene.as_str(), t.symbol.as_str()), ("ENSG1", "ABC"));
        assert_eq!(t.hgnc.as_deref(), Some("HGNC:7"));
        assert_eq!(t.protein.as_deref(), Some("ENSP1.2"));
        assert_eq!((t.mane, t.canonical), (Some(Mane::Select), true));
        assert_eq!(t.exons[0], Interval0::new(10, 30).unwrap());
        assert_eq!(t.coding[1], Interval0::new(40, 55).unwrap());
        assert!(!t.coding_start_missing && !t.coding_end_missing);
    }
}

#[test]
fn gzip_and_parents_that_follow_their_parts() {
    use std::io::Read;
    let mut lines: Vec<&str> = ENSEMBL.lines().collect();
    lines.reverse();
    let mut gzip = Vec::new();
    let text = lines.join("\r\n");
    flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::fast())
        .read_to_end(&mut gzip)
        .unwrap();
    let world = World::new(&["1"]);
    assert_eq!(world.read(&gzip).unwrap().0, world.read(ENSEMBL).unwrap().0);
    assert_eq!(world.read(&gzip[..gzip.len() - 9]).unwrap_err().kind(), ErrorKind::Truncated);
}

#[test]
fn refseq() {
    let text = "\
##sequence-region NC_000001.11 1 100
NC_000001.11\tRefSeq\tregion\t1\t100\t.\t+\t.\tID=NC_000001.11:1..100;Dbxref=taxon:9606
NC_000001.11\tBestRefSeq\tgene\t11\t60\t.\t+\t.\tID=gene-ABC;Dbxref=GeneID:672,HGNC:HGNC:7;Name=ABC;gene=ABC;gene_biotype=protein_coding
NC_000001.11\tBestRefSeq\tmRNA\t11\t60\t.\t+\t.\tID=rna-NM_1.2;Parent=gene-ABC;Dbxref=Ensembl:ENST1.4,GeneID:672;Name=NM_1.2;Note=The RefSeq transcript has 1 substitution compared to this genomic sequence;tag=MANE Select;transcript_id=NM_1.2
NC_000001.11\tBestRefSeq\texon\t11\t30\t.\t+\t.\tID=exon-NM_1.2-1;Parent=rna-NM_1.2
NC_000001.11\tBestRefSeq\texon\t41\t60\t.\t+\t.\tID=exon-NM_1.2-2;Parent=rna-NM_1.2
NC_000001.11\tBestRefSeq\tCDS\t16\t30\t.\t+\t0\tID=cds-NP_1.1;Parent=rna-NM_1.2;protein_id=NP_1.1
NC_000001.11\tBestRefSeq\tCDS\t41\t55\t.\t+\t0\tID=cds-NP_1.1;Parent=rna-NM_1.2;protein_id=NP_1.1
NC_000001.11\tRefSeq\tcDNA_match\t11\t30\t.\t+\t.\tID=aln0;Target=NM_1.2 1 20 +
NC_000001.11\tRefSeq\tcDNA_match\t41\t60\t.\t+\t.\tID=aln0;Target=NM_1.2 21 40 +
NT_187361.1\tRefSeq\tlnc_RNA\t1\t9\t.\t+\t.\tID=rna-NR_9.1;Parent=gene-X
NT_187361.1\tRefSeq\texon\t1\t9\t.\t+\t.\tID=exon-NR_9.1-1;Parent=rna-NR_9.1
";
    let (transcripts, summary) = World::new(&["chr1"]).read(text).unwrap();
    let t = &transcripts[0];
    assert_eq!((t.accession.as_str(), t.feature.as_str()), ("NM_1.2", "NM_1.2"));
    assert_eq!((t.gene.as_str(), t.symbol.as_str()), ("672", "ABC"));
    assert_eq!(t.biotype, "protein_coding");
    assert_eq!(t.counterpart.as_deref(), Some("ENST1.4"));
    assert_eq!(t.difference, Difference::Bases);
    assert_eq!(summary.missing_contigs, ["NT_187361.1"]);
    assert_eq!(summary.on_missing_contigs, 1);
}

/// The genes of [`ENSEMBL`]; the stop codon is 53-55.
const GTF: &str = "\
#!genome-build x
1\thavana\tgene\t11\t60\t.\t+\t.\tgene_id \"ENSG1\"; gene_version \"3\"; gene_name \"ABC\"; gene_biotype \"protein_coding\";
1\thavana\ttranscript\t11\t60\t.\t+\t.\tgene_id \"ENSG1\"; transcript_id \"ENST1\"; transcript_version \"4\"; gene_name \"ABC\"; transcript_biotype \"protein_coding\"; tag \"basic\"; tag \"Ensembl_canonical\"; tag \"MANE_Select\";
1\thavana\texon\t11\t30\t.\t+\t.\tgene_id \"ENSG1\"; transcript_id \"ENST1\"; exon_number \"1\";
1\thavana\tCDS\t16\t30\t.\t+\t0\tgene_id \"ENSG1\"; transcript_id \"ENST1\"; protein_id \"ENSP1\"; protein_version \"2\";
1\thavana\tstart_codon\t16\t18\t.\t+\t0\tgene_id \"ENSG1\"; transcript_id \"ENST1\";
1\thavana\texon\t41\t60\t.\t+\t.\tgene_id \"ENSG1\"; transcript_id \"ENST1\"; exon_number \"2\";
1\thavana\tCDS\t41\t52\t.\t+\t0\tgene_id \"ENSG1\"; transcript_id \"ENST1\"; protein_id \"ENSP1\"; protein_version \"2\";
1\thavana\tstop_codon\t53\t55\t.\t+\t0\tgene_id \"ENSG1\"; transcript_id \"ENST1\";
1\thavana\tfive_prime_utr\t11\t15\t.\t+\t.\tgene_id \"ENSG1\"; transcript_id \"ENST1\";
";

#[test]
fn gtf_is_read_as_gff3_is() {
    let world = World::new(&["chr1"]);
    let (mut expected, _) = world.read(ENSEMBL).unwrap();
    expected[0].hgnc = None;
    assert_eq!(world.read(GTF).unwrap().0, expected);
}

#[test]
fn a_stop_codon_of_gtf_may_have_an_exon_of_its_own() {
    let text = GTF
        .replace("exon\t41\t60", "exon\t41\t52")
        .replace("stop_codon\t53\t55\t.\t+\t0", "exon\t58\t60\t.\t+\t.")
        .replace("start_codon\t16\t18", "stop_codon\t58\t60");
    let world = World::new(&["chr1"]);
    let (transcripts, _) = world.read(text).unwrap();
    let coding: Vec<_> = transcripts[0].coding.iter().map(|c| (c.start(), c.end())).collect();
    assert_eq!(coding, [(15, 30), (40, 52), (57, 60)]);
}

#[test]
fn coding_parts_of_a_gene_without_transcripts() {
    let text = "\
chr1\tRefSeq\tgene\t16\t30\t.\t+\t.\tID=gene-MT-X;Name=MT-X
chr1\tRefSeq\tCDS\t16\t30\t.\t+\t0\tID=cds-YP_1.1;Parent=gene-MT-X;protein_id=YP_1.1
";
    let (transcripts, _) = World::new(&["chr1"]).read(text).unwrap();
    assert_eq!(transcripts[0].exons, transcripts[0].coding);
    assert!(transcripts[0].coding_end_missing);
}

#[test]
fn gene_models_that_contradict_themselves_are_refused_with_their_line() {
    let world = World::new(&["1"]);
    for (from, to, line, reason) in [
        ("CDS\t41\t55", "CDS\t41\t65", 10, "CDS outside of its parent"),
        ("CDS\t16\t30", "CDS\t16\t32", 8, "CDS 16-32 lies outside the exons"),
        ("CDS\t41\t55", "CDS\t42\t55", 10, "leaves out bases"),
        (
            "+\t0\tID=CDS:ENSP1;Parent=transcript:ENST1;protein_id=ENSP1;version=2\n###",
            "+\t1\tParent=transcript:ENST1\n###",
            10,
            "phase 1, 0 follows",
        ),
        ("CDS\t16\t30\t.\t+\t0", "CDS\t16\t30\t.\t+\t.", 8, "CDS without a phase"),
        ("exon\t41\t60\t.\t+", "exon\t41\t60\t.\t-", 9, "on another strand than its parent"),
        ("exon\t41\t60", "exon\t25\t60", 9, "overlaps another of its transcript (line 7)"),
        ("exon\t41\t60", "exon\t41\t61", 9, "exon outside of its parent transcript:ENST1 (line 5)"),
        ("Parent=transcript:ENST1;exon_id=ENSE2", "exon_id=ENSE2", 9, "exon without Parent"),
        (
            "Parent=transcript:ENST1;exon_id=ENSE2",
            "Parent=transcript:ENST2",
            9,
            "no feature has the ID",
        ),
        ("Parent=gene:ENSG1", "Parent=gene:ENSG2", 5, "no feature has the ID gene:ENSG2"),
        ("ID=gene:ENSG1;", "ID=gene:ENSG1;Parent=transcript:ENST1;", 5, "circle"),
        ("exon\t41\t60", "exon\t60\t41", 9, "lies before"),
        ("ID=transcript:ENST1", "ID=gene:ENSG1", 5, "stands already in line 4"),
        ("1\thavana\tmRNA", "1 havana\tmRNA", 5, "9 columns"),
    ] {
        let error = world.read(ENSEMBL.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        let text = error.to_string();
        assert!(text.contains(&format!("line {line}: ")) && text.contains(reason), "{text}");
    }
    let gene = "##gff-version 3\nchr1\tx\tgene\t1\t5\t.\t+\t.\tID=G\n";
    assert!(world.read(gene).unwrap_err().to_string().contains("no transcript"));
}

#[test]
fn gene_models_of_another_genome_are_refused() {
    let mismatch = |world: &World, text: &str| {
        let error = world.read(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch, "{error}");
        error.to_string()
    };
    let world = World::new(&["1"]);
    assert!(mismatch(&World::new(&["2"]), ENSEMBL).contains("line 4: the genome has no contig 1"));
    assert!(mismatch(&world, &ENSEMBL.replace("1 1 100", "1 1 101")).contains("line 2"));
    let far = ENSEMBL.replace("gene\t11\t60", "gene\t11\t160");
    assert!(mismatch(&world, &far).contains("line 4: ends at 160, contig 1 has 100 bases"));
    let shifted = ENSEMBL.replace("CDS\t16\t30\t.\t+\t0", "CDS\t15\t30\t.\t+\t0");
    let shifted = shifted.replace("CDS\t41\t55\t.\t+\t0", "CDS\t41\t55\t.\t+\t2");
    assert!(mismatch(&world, &shifted).contains("stop codons before their end"));
}

#[test]
fn ends_that_are_cut_off_show_in_the_sequence() {
    let cut = ENSEMBL
        .replace("\t11\t", "\t17\t")
        .replace("CDS\t16\t30\t.\t+\t0", "CDS\t17\t30\t.\t+\t2")
        .replace("\t60\t", "\t54\t")
        .replace("CDS\t41\t55", "CDS\t41\t54")
        .replace("five_prime_UTR\t17\t15", "five_prime_UTR\t15\t15");
    let (transcripts, _) = World::new(&["1"]).read(&cut).unwrap();
    assert!(transcripts[0].coding_start_missing && transcripts[0].coding_end_missing);
    assert_eq!(transcripts[0].phase, 2);
}

#[test]
fn tga_within_a_whole_protein_is_selenocysteine() {
    let mut world = World::new(&["1"]);
    let text = std::fs::read_to_string(world.genome.path()).unwrap();
    output::write(world.genome.path(), text.replace("GCTTGCGATG", "GCTTGAGATG")).unwrap();
    world.genome = Genome::open(world.folder.path().join("genome.fa")).unwrap();
    let (transcripts, summary) = world.read(ENSEMBL).unwrap();
    assert_eq!(transcripts[0].selenocysteines, [21]);
    assert_eq!(summary.with_inner_stop, 0);
}

#[test]
fn one_transcript_of_a_gene_is_canonical() {
    let second = ENSEMBL.lines().skip(4).filter(|l| !l.starts_with('#')).map(|line| {
        line.replace("ENST1", "ENST0").replace(",Ensembl_canonical,MANE_Select", "") + "\n"
    });
    let both = ENSEMBL.to_owned() + &second.collect::<String>();
    let canonical = |text: &str| {
        let (transcripts, _) = World::new(&["1"]).read(text).unwrap();
        let chosen: Vec<String> =
            transcripts.iter().filter(|t| t.canonical).map(|t| t.feature.clone()).collect();
        chosen.join(" ")
    };
    assert_eq!(canonical(&both), "ENST1");
    let untagged = both.replace(",Ensembl_canonical,MANE_Select", "");
    assert_eq!(canonical(&untagged), "ENST0", "the smaller id of two equal ones");
    let shorter = untagged.replace("Parent=transcript:ENST0;exon_id=ENSE2", "Parent=x");
    assert!(World::new(&["1"]).read(&shorter).is_err());
}

#[test]
fn slippage_is_left_out_and_counted() {
    let slip = ENSEMBL.replace(
        "CDS\t16\t30\t.\t+\t0\tID=CDS:ENSP1;",
        "CDS\t16\t21\t.\t+\t0\tID=CDS:ENSP1;exception=ribosomal slippage;",
    ) + "1\thavana\tCDS\t21\t30\t.\t+\t0\tID=CDS:ENSP1;Parent=transcript:ENST1\n"
        + "1\thavana\tlnc_RNA\t11\t60\t.\t+\t.\tID=transcript:ENST2;Parent=gene:ENSG1\n"
        + "1\thavana\texon\t11\t60\t.\t+\t.\tParent=transcript:ENST2\n";
    let (transcripts, summary) = World::new(&["1"]).read(&slip).unwrap();
    assert_eq!(transcripts.len(), 1);
    assert_eq!(transcripts[0].biotype, "lncRNA");
    assert_eq!(summary.not_readable, 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(150))]
    #[test]
    fn no_change_of_the_text_makes_the_reader_panic(
        changes in proptest::collection::vec((0usize..1200, "[ -~\t\n]{0,3}"), 1..6),
    ) {
        static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
        let world = WORLD.get_or_init(|| World::new(&["1"]));
        let mut text = ENSEMBL.to_owned();
        for (at, with) in changes {
            let at = at % text.len();
            text.replace_range(at..at + 1, &with);
            text.push('\n');
        }
        let _ = world.read(text);
    }
}

#[test]
fn a_file_without_features_must_say_what_it_is() {
    let world = World::new(&["chr1"]);
    let (version, fasta) = ("##gff-version 3\n", "##FASTA\n>chr1\nACGT\n");
    for fine in [version.to_owned(), format!("# x\n{version}{fasta}"), format!("{version}>a\n")] {
        assert!(world.read(fine).unwrap().0.is_empty());
    }
    let without_version = ENSEMBL.replace(version, "");
    assert_eq!(world.read(without_version + fasta).unwrap().0.len(), 1);
    for wrong in [">chr1\nACGT\n", "\n# x\n>chr1\nACGT\n", fasta] {
        let error = world.read(wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().ends_with("is FASTA, not GFF3"), "{error}");
    }
    for wrong in ["", "\n", "# comment\n#!genome-build x\n"] {
        let error = world.read(wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("neither ##gff-version nor a feature"), "{error}");
    }
}
