use super::*;

fn world() -> (tempfile::TempDir, Genome) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    output::write(&at("in.fa"), ">chr1\nGGATGAAATAAGG\n>chr2\nACGT\n").unwrap();
    wgs_formats::genome::import(&at("in.fa"), &at("genome.fa")).unwrap();
    let row = |kind: &str, phase: &str, rest: &str| {
        format!("1\tx\t{kind}\t3\t11\t.\t+\t{phase}\t{rest}\n")
    };
    let gff3 = row("gene", ".", "ID=G;Name=ABC")
        + &row("mRNA", ".", "ID=T;Parent=G")
        + &row("exon", ".", "Parent=T")
        + &row("CDS", "0", "ID=P;Parent=T");
    output::write(&at("genes.gff3"), gff3).unwrap();
    let genome = Genome::open(at("genome.fa")).unwrap();
    build(&at("genes.gff3"), &genome, &at("genes")).unwrap();
    (folder, genome)
}

#[test]
fn what_was_built_is_read() {
    let (folder, genome) = world();
    let transcripts = read(&folder.path().join("genes"), &genome).unwrap();
    assert_eq!(transcripts.len(), 1);
    assert_eq!(transcripts[0].coding_sequence(&genome), b"ATGAAATAA");
}

#[test]
fn building_again_gives_the_same_bytes() {
    let (folder, genome) = world();
    build(&folder.path().join("genes.gff3"), &genome, &folder.path().join("again")).unwrap();
    let bytes = |of: &str| std::fs::read(transcripts_path(&folder.path().join(of))).unwrap();
    assert!(bytes("genes") == bytes("again"));
}

#[test]
fn a_store_of_another_genome_is_refused() {
    let (folder, _) = world();
    let at = |name: &str| folder.path().join(name);
    for fasta in
        [">chr1\nGGATGAAATAACC\n>chr2\nACGT\n", ">chr1\nGGATGAAATAAGG\n>chr2\nACGT\n>c\nA\n"]
    {
        output::write(&at("in.fa"), fasta).unwrap();
        wgs_formats::genome::import(&at("in.fa"), &at("other.fa")).unwrap();
        let other = Genome::open(at("other.fa")).unwrap();
        let error = read(&at("genes"), &other).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
    }
}

#[test]
fn damaged_stores_are_refused() {
    let (folder, genome) = world();
    let genes = folder.path().join("genes");
    let path = transcripts_path(&genes);
    let bytes = std::fs::read(&path).unwrap();
    for length in [0, 20, bytes.len() - 5] {
        output::write(&path, &bytes[..length]).unwrap();
        assert!(read(&genes, &genome).is_err());
    }
}

/// The store with its one transcript changed.
fn changed(genes: &Path, from: &str, to: &str) {
    let path = transcripts_path(genes);
    let mut text = String::new();
    let file = std::fs::File::open(&path).unwrap();
    std::io::Read::read_to_string(&mut MultiGzDecoder::new(file), &mut text).unwrap();
    let (head, transcript) = text.split_once('\n').unwrap();
    assert!(transcript.contains(from), "{from} is not in {transcript}");
    let mut file = GzEncoder::new(Vec::new(), Compression::default());
    write!(file, "{head}\n{}", transcript.replace(from, to)).unwrap();
    output::write(&path, file.finish().unwrap()).unwrap();
}

#[test]
fn transcripts_that_cannot_be_are_refused() {
    let (folder, genome) = world();
    let at = |name: &str| folder.path().join(name);
    let exons = r#""exons":[{"start":2,"end":11}]"#;
    let coding = r#""coding":[{"start":2,"end":11}]"#;
    for (from, to, reason) in [
        (r#""contig":0"#, r#""contig":2"#, "its contig is none of the genome's"),
        (exons, r#""exons":[]"#, "it has no exons"),
        (exons, r#""exons":[{"start":2,"end":14}]"#, "ends behind its contig"),
        (exons, r#""exons":[{"start":11,"end":2}]"#, "a part is empty"),
        (exons, r#""exons":[{"start":5,"end":11},{"start":2,"end":5}]"#, "not in its direction"),
        (exons, r#""exons":[{"start":2,"end":7},{"start":6,"end":11}]"#, "its exons overlap"),
        (exons, r#""exons":[{"start":2,"end":10}]"#, "its coding parts"),
        (exons, r#""exons":[{"start":2,"end":5},{"start":6,"end":11}]"#, "its coding parts"),
        (coding, r#""coding":[{"start":2,"end":5},{"start":6,"end":11}]"#, "its coding parts"),
        (coding, r#""coding":[{"start":2,"end":4294967295}]"#, "ends behind its contig"),
        (coding, r#""coding":[{"start":2,"end":11}],"phase":3"#, "its phase"),
        (coding, r#""phase":1"#, "its phase"),
        (coding, r#""coding":[{"start":2,"end":11}],"selenocysteines":[11]"#, "selenocysteine"),
        (r#""strand":"+""#, r#""strand":"x""#, "unknown variant"),
    ] {
        build(&at("genes.gff3"), &genome, &at("genes")).unwrap();
        changed(&at("genes"), from, to);
        let error = read(&at("genes"), &genome).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{to}");
        assert!(error.to_string().contains(reason), "{to}: {error}");
        assert!(error.hint_text().is_some());
    }
}
