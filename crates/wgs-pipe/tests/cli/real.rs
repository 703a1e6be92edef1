//! Real reads, where the shared data lie beside the checkout.

use std::{collections::BTreeSet, io::Read, path::Path};

use wgs_formats::{
    alignment::Reader as AlignmentReader,
    bed::{self, Regions},
    genome::{self, Genome},
    variant::{Reader, Record},
};
use wgs_testkit::shared_data;

use crate::room::wgs_pipe;

fn ok(folder: &Path, args: &[&str]) {
    let output = wgs_pipe().current_dir(folder).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn write(folder: &Path, name: &str, content: &str) {
    wgs_formats::output::write(&folder.join(name), content).unwrap();
}

fn alleles(path: &Path, regions: &Regions, genome: &Genome) -> BTreeSet<(u32, String, String)> {
    let inside = |r: &Record| {
        let contig = genome.contigs().index_of(&r.contig);
        contig.is_some_and(|c| regions.contains(c, r.position.to_pos0())) && r.filters.is_pass()
    };
    let records = Reader::open(path).unwrap().map(Result::unwrap).filter(inside);
    let split = |r: Record| {
        let of = move |alt: &String| (r.position.get(), r.reference.clone(), alt.clone());
        r.alternates.iter().map(of).collect::<Vec<_>>()
    };
    records.flat_map(split).collect()
}

#[test]
fn na12878_slice() {
    let Some(data) = shared_data("na12878-chr20") else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let named = |name: &str| data.join(name).display().to_string();
    write(folder, "none.gff3", "##gff-version 3\n");
    ok(
        folder,
        &[
            "bundle",
            "build",
            "--genome",
            &named("genome.fa.gz"),
            "--genes",
            "none.gff3",
            "--out",
            "bundle",
        ],
    );
    write(
        folder,
        "s.csv",
        &format!("patient,sample,sex,bam\nNA12878,NA12878,XX,{}\n", named("reads.bam")),
    );
    ok(
        folder,
        &["run", "--samplesheet", "s.csv", "--bundle", "bundle", "--out", "out", "--memory", "2G"],
    );

    let genome = Genome::open(folder.join("bundle/genome/genome.fa")).unwrap();
    let regions = bed::read(&data.join("confident.bed"), genome.contigs()).unwrap();
    let truth = alleles(&data.join("truth.vcf.gz"), &regions, &genome);
    let calls =
        alleles(&folder.join("out/NA12878/variants/NA12878.small.vcf.gz"), &regions, &genome);
    let found = truth.intersection(&calls).count();
    let extra: Vec<_> = calls.difference(&truth).collect();
    assert!(found * 100 >= truth.len() * 93, "{found} of {}", truth.len());
    assert!(extra.len() <= 6, "{extra:?}");
}

/// One contig of a FASTA, as FASTA.
pub(crate) fn contig_of(fasta: &Path, name: &str) -> String {
    let mut text = String::new();
    genome::open_maybe_gzip(fasta).unwrap().read_to_string(&mut text).unwrap();
    let mut contigs = text.split('>');
    format!(">{}", contigs.find(|c| c.split_whitespace().next() == Some(name)).unwrap())
}

#[test]
fn hcc1395_lanes_are_read_groups_of_one_cram() {
    let Some(data) = shared_data("hcc1395-brca1") else { return };
    let Some(mini38) = shared_data("mini38") else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "chr17.fa", &contig_of(&mini38.join("genome.fa.gz"), "chr17"));
    write(folder, "none.gff3", "##gff-version 3\n");
    ok(
        folder,
        &["bundle", "build", "--genome", "chr17.fa", "--genes", "none.gff3", "--out", "bundle"],
    );
    let lane = |id: &str, read: u8| {
        data.join(format!("normal.{id}.R{read}.fastq.gz")).display().to_string()
    };
    let row = |id: &str| {
        format!("HCC1395,HCC1395BL,proband,female,{id},lib1,{},{}\n", lane(id, 1), lane(id, 2))
    };
    let header = "case,sample,role,sex,lane,library,fastq_1,fastq_2\n";
    write(folder, "s.csv", &(header.to_owned() + &row("2895499331") + &row("2895499399")));
    ok(
        folder,
        &["run", "--samplesheet", "s.csv", "--bundle", "bundle", "--out", "out", "--memory", "2G"],
    );

    let genome = Genome::open(folder.join("bundle/genome/genome.fa")).unwrap();
    let reader =
        AlignmentReader::open(folder.join("out/HCC1395/reads/HCC1395BL.cram"), Some(&genome))
            .unwrap();
    let ids: Vec<String> = reader.header().read_groups().iter().map(|g| g.id.clone()).collect();
    assert_eq!(ids, ["HCC1395BL.lib1.2895499331", "HCC1395BL.lib1.2895499399"]);
    let seen: BTreeSet<Vec<u8>> =
        reader.map(|r| r.unwrap().read_group().unwrap().to_vec()).collect();
    assert_eq!(seen.len(), 2);
}
