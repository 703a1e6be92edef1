use std::io::Write;

use proptest::prelude::*;

use super::{super::Reader as VcfReader, *};
use crate::{
    Result, output,
    variant::{Header, Record},
};

const VCF: &str = "##fileformat=VCFv4.2\n\
    ##contig=<ID=a,length=1000000>\n##contig=<ID=b,length=500>\n\
    ##FILTER=<ID=q10,Description=\"low\">\n##FILTER=<ID=s50,Description=\"few\">\n\
    ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"d\">\n\
    ##INFO=<ID=AF,Number=A,Type=Float,Description=\"f\">\n\
    ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"f\">\n\
    ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"c\">\n\
    ##INFO=<ID=END,Number=1,Type=Integer,Description=\"e\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
    ##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"a\">\n\
    ##FORMAT=<ID=GP,Number=G,Type=Float,Description=\"p\">\n\
    ##FORMAT=<ID=FT,Number=1,Type=String,Description=\"t\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tx\ty\n\
    a\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\t.\n\
    a\t7\trs1;rs2\tAC\tA,<DEL>\t50.25\tPASS\tDP=300;AF=0.5,.;DB\tGT:AD:GP\t0|2:1,2,70000:0.1,0.25,1\t./.:.:.\n\
    a\t9\t.\tN\t<DEL>\t0.1\tq10;s50\tEND=900;CSQ=a|b,c%3B;DP=.\tGT:FT\t1:PASS\t1/0|.:a,b\n\
    a\t10\t.\tA\t.\t1000000\tPASS\tDP=-120\tAD\t-121,128\t32767,-32768\n\
    b\t500\t.\tG\tT\t3\tPASS\tDP=2147483647;AF=1e-10\tGT\t0\t0/0/0\n";

fn records(text: &str) -> (Header, Vec<Record>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.vcf");
    output::write(&path, text).unwrap();
    let reader = VcfReader::open(&path).unwrap();
    (reader.header().clone(), reader.map(Result::unwrap).collect())
}

fn bcf(header: &Header, records: &[Record], threads: usize) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bcf");
    let mut writer = Writer::create(&path, header, threads)?;
    records.iter().try_for_each(|record| writer.write(record))?;
    writer.finish()?;
    assert!(folder.path().join("x.bcf.csi").exists());
    Ok(std::fs::read(&path).unwrap())
}

fn read(bytes: &[u8]) -> Result<(String, Vec<Record>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bcf");
    output::write(&path, bytes).unwrap();
    let mut reader = Reader::open(&path)?;
    let mut records = Vec::new();
    while let Some(record) = reader.read()? {
        records.push(record);
    }
    Ok((reader.header().to_string(), records))
}

#[test]
fn everything_comes_back() {
    let (header, before) = records(VCF);
    let bytes = bcf(&header, &before, 1).unwrap();
    assert!(bytes == bcf(&header, &before, 3).unwrap());
    let (text, after) = read(&bytes).unwrap();
    assert_eq!(text, header.to_string());
    for (a, b) in before.iter().zip(&after) {
        assert_eq!(a.to_string().replace("1e-10", "0.0000000001"), b.to_string());
    }
    assert_eq!(before.len(), after.len());
}

#[test]
fn bcftools_reads_and_writes_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (vcf, own, other) =
        (folder.path().join("x.vcf"), folder.path().join("own.bcf"), folder.path().join("o.bcf"));
    let run =
        |args: &[&std::ffi::OsStr]| std::process::Command::new("bcftools").args(args).output();
    if run(&["--version".as_ref()]).is_err() {
        // Without bcftools there is nothing to compare with.
        return;
    }
    let (header, before) = records(VCF);
    output::write(&own, bcf(&header, &before, 1).unwrap()).unwrap();
    output::write(&vcf, VCF).unwrap();
    let body = |path: &std::path::Path| {
        let output = run(&["view".as_ref(), "-H".as_ref(), path.as_os_str()]).unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(body(&own), body(&vcf));
    let made =
        run(&["view".as_ref(), "-Ob".as_ref(), "-o".as_ref(), other.as_os_str(), vcf.as_os_str()]);
    assert!(made.unwrap().status.success());
    let (_, after) = read(&std::fs::read(&other).unwrap()).unwrap();
    for (a, b) in before.iter().zip(&after) {
        assert_eq!(a.to_string().replace("1e-10", "0.0000000001"), b.to_string());
    }
}

#[test]
fn what_bcf_cannot_hold_is_refused() {
    let row = |row: &str| {
        let (header, _) = records(VCF);
        let record = Record::parse(&row.replace(' ', "\t"), 2).unwrap();
        bcf(&header, &[record], 1).unwrap_err().to_string()
    };
    assert!(row("c 1 . A C . . . GT 0 0").contains("does not declare contig c"));
    assert!(row("a 1 . A C . q9 . GT 0 0").contains("does not declare FILTER q9"));
    assert!(row("a 1 . A C . . XX=1 GT 0 0").contains("does not declare INFO XX"));
    assert!(row("a 1 . A C . . . XX 0 0").contains("does not declare FORMAT XX"));
    assert!(row("a 1 . A C . . DP=x GT 0 0").contains("INFO DP: \"x\" is not an integer"));
    assert!(row("a 1 . A C . . DP=2147483648 GT 0 0").contains("not an integer that BCF holds"));
    assert!(row("a 1 . A C . . AF=x GT 0 0").contains("INFO AF: \"x\" is not a number"));
    assert!(row("a 1 . A C . . AF=-1e39 GT 0 0").contains("is larger than the numbers"));
    assert!(row("a 1 . A C . . DB=1 GT 0 0").contains("is a flag"));
    assert!(row("a 1 . A C . . . GT 0/x 0").contains("is no genotype"));
}

#[test]
fn numbers_of_another_file_do_not_count() {
    let text = VCF.replace("ID=a,length=1000000", "ID=a,length=1000000,IDX=1");
    let text = text.replace("ID=b,length=500", "ID=b,length=500,IDX=0");
    let text = text.replace("\"d\">", "\"d\",IDX=9>").replace("ID=q10,", "ID=q10,IDX=70,");
    let (header, before) = records(&text);
    let bytes = bcf(&header, &before, 1).unwrap();
    assert!(bytes == bcf(&records(VCF).0, &before, 1).unwrap());
    let (text, after) = read(&bytes).unwrap();
    assert!(!text.contains("IDX"), "{text}");
    assert_eq!((after[1].contig.as_str(), after[4].contig.as_str()), ("a", "b"));
}

#[test]
fn an_allele_cannot_become_two() {
    let (header, before) = records(VCF);
    let mut plain = Vec::new();
    let bytes = bcf(&header, &before, 1).unwrap();
    std::io::Read::read_to_end(&mut noodles_bgzf::io::Reader::new(&bytes[..]), &mut plain).unwrap();
    let allele = plain.windows(5).position(|w| w == b"<DEL>").unwrap();
    plain[allele..allele + 5].copy_from_slice(b"A,C,G");
    let mut writer = noodles_bgzf::io::Writer::new(Vec::new());
    writer.write_all(&plain).unwrap();
    let error = read(&writer.finish().unwrap()).unwrap_err().to_string();
    assert!(error.contains("record 2: \"A,C,G\" cannot stand in VCF"), "{error}");
}

#[test]
fn cuts_are_errors() {
    let (header, all) = records(VCF);
    let bytes = bcf(&header, &all, 1).unwrap();
    for quarter in 1..4 {
        let error = read(&bytes[..bytes.len() * quarter / 4]).unwrap_err();
        assert_eq!(error.kind(), wgs_core::ErrorKind::Truncated, "{error}");
    }
    assert!(read(&bytes[..bytes.len() - 28]).is_err());
}

proptest! {
    /// The plain stream within the blocks, with bytes changed: never a panic.
    #[test]
    fn foreign_bytes_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        keep in any::<prop::sample::Index>(),
    ) {
        let (header, all) = records(VCF);
        let mut plain = Vec::new();
        let bytes = bcf(&header, &all, 1).unwrap();
        std::io::Read::read_to_end(&mut noodles_bgzf::io::Reader::new(&bytes[..]), &mut plain).unwrap();
        let records_at = plain.windows(7).position(|w| w == b"\tx\ty\n\0\x1c").map_or(900, |at| at + 6);
        for (at, byte) in changes {
            let at = records_at + at.index(plain.len() - records_at);
            plain[at] = byte;
        }
        if keep.index(4) == 0 {
            plain.truncate(keep.index(plain.len()));
        }
        let mut writer = noodles_bgzf::io::Writer::new(Vec::new());
        writer.write_all(&plain).unwrap();
        let _ = read(&writer.finish().unwrap());
    }
}
