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
