//! wgs-core: reads a region against the contigs of a reference, and tells how many copies of it
//! a woman and a man have.
//!
//! ```sh
//! core-example GENOME.fa.fai chrX:2,781,480-2,800,000
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use wgs_core::{Build, Contig, ContigList, Ploidy, Region, Sex};
use wgs_examples::{Error, arguments};

fn main() -> Result<(), Error> {
    let [index, region] = arguments("core-example GENOME.fa.fai REGION")?;
    let contigs = read_index(&std::fs::read_to_string(index)?)?;
    let Region { contig, interval } = Region::parse(&region, &contigs)?;
    let name = contigs.get(contig).map_or("", |c| &c.name);
    println!("as BED        {name}\t{}\t{}", interval.start(), interval.end());
    println!("as positions  {name}:{}-{}", interval.first(), interval.last());
    println!("bases         {}", interval.len());
    let build = Build::of(&contigs);
    for sex in [Sex::Female, Sex::Male] {
        let ploidy = Ploidy::at(name, interval.start(), sex, build);
        println!("copies        {} ({sex:?}, at its start)", ploidy.copies());
    }
    Ok(())
}

fn read_index(text: &str) -> Result<ContigList, Error> {
    let contig = |line: &str| -> Result<Contig, Error> {
        let mut fields = line.split('\t');
        let (name, length) = (fields.next(), fields.next());
        let length = length.ok_or("expected the columns of a .fai file")?.parse()?;
        Ok(Contig::new(name.unwrap_or_default(), length))
    };
    Ok(ContigList::new(text.lines().map(contig).collect::<Result<_, _>>()?)?)
}
