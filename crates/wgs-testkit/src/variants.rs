//! Germline variants of one person, as truth.

use std::fmt::Write;

use wgs_core::{ContigIndex, Interval0, Pos1, Sex};

use crate::{effects, genes::Genes, genome::Genome, planter::Planter};

/// Which of a person's haplotypes carry a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Genotype {
    /// One of two, 0 or 1.
    Heterozygous(u8),
    /// Both.
    Homozygous,
    /// The only one there is.
    Hemizygous,
}

/// What a variant does to a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A codon becomes a stop.
    StopGained,
    /// A codon becomes another amino acid's.
    Missense,
    /// The reading frame shifts.
    Frameshift,
    /// The first base of an intron changes.
    SpliceDonor,
    /// A codon becomes another of the same amino acid.
    Synonymous,
    /// One codon is gone.
    InframeDeletion,
    /// The last base of an intron changes.
    SpliceAcceptor,
    /// The start codon is one no longer.
    StartLost,
}

/// A variant; both alleles begin with the same base unless it is an SNV, and an indel stands as
/// far left as it can (the normal form of `bcftools norm`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its contig.
    pub contig: ContigIndex,
    /// Offset of the first reference base, 0-based.
    pub start: u32,
    /// Reference allele.
    pub reference: Vec<u8>,
    /// Alternate allele.
    pub alternate: Vec<u8>,
    /// Who carries it.
    pub genotype: Genotype,
    /// What it was made to do, and to which transcript (its id), if it was made for that.
    pub effect: Option<(Effect, String)>,
}

/// The person whose variants are planted.
#[derive(Clone, Debug)]
pub struct Donor {
    /// Decides the copies of chrX and chrY.
    pub sex: Sex,
    /// SNVs per base.
    pub snv_rate: f64,
    /// Insertions and deletions per base.
    pub indel_rate: f64,
    /// Share of the variants of a diploid locus that only one haplotype carries.
    pub heterozygous_share: f64,
    /// Least distance between two variants, in bases, wherever in a repeat they are written.
    pub distance_bp: u32,
}

/// The variants of one person, sorted by contig and position; they do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variants {
    sex: Sex,
    variants: Vec<Variant>,
}

impl Genotype {
    /// Whether a haplotype (0 or 1) carries the variant.
    pub fn carries(self, haplotype: usize) -> bool {
        match self {
            Self::Heterozygous(carrier) => usize::from(carrier) == haplotype,
            Self::Homozygous => true,
            Self::Hemizygous => haplotype == 0,
        }
    }

    /// VCF's phased `GT`.
    pub fn vcf(self) -> &'static str {
        match self {
            Self::Heterozygous(0) => "1|0",
            Self::Heterozygous(_) => "0|1",
            Self::Homozygous => "1|1",
            Self::Hemizygous => "1",
        }
    }
}

impl Effect {
    /// The Sequence Ontology's term.
    pub fn term(self) -> &'static str {
        match self {
            Self::StopGained => "stop_gained",
            Self::Missense => "missense_variant",
            Self::Frameshift => "frameshift_variant",
            Self::SpliceDonor => "splice_donor_variant",
            Self::Synonymous => "synonymous_variant",
            Self::InframeDeletion => "inframe_deletion",
            Self::SpliceAcceptor => "splice_acceptor_variant",
            Self::StartLost => "start_lost",
        }
    }
}

impl Default for Donor {
    /// A woman with an SNV every 1,000 and an indel every 8,000 bases, six in ten heterozygous.
    fn default() -> Self {
        Self {
            sex: Sex::Female,
            snv_rate: 1.0 / 1000.0,
            indel_rate: 1.0 / 8000.0,
            heterozygous_share: 0.6,
            distance_bp: 20,
        }
    }
}

impl Variant {
    /// The reference bases it replaces.
    pub fn interval(&self) -> Interval0 {
        Interval0::new(self.start, self.start + self.reference.len() as u32)
            .expect("lengths are not negative")
    }

    /// Whether both alleles are one base.
    pub fn is_snv(&self) -> bool {
        self.reference.len() == 1 && self.alternate.len() == 1
    }
}

impl Variants {
    /// Plants variants: first two of known effect in every coding gene, then others anywhere.
    pub fn plant(seed: u64, donor: &Donor, genome: &Genome, genes: &Genes) -> Self {
        let mut planter = Planter::new(seed, donor, genome);
        effects::plant(&mut planter, genes);
        for contig in genome.indices() {
            planter.scatter(contig);
        }
        let mut variants = planter.into_variants();
        variants.sort_by_key(|v| (v.contig, v.start));
        Self { sex: donor.sex, variants }
    }

    /// The reference itself, as the genome of a person of this sex.
    pub fn none(sex: Sex) -> Self {
        Self { sex, variants: Vec::new() }
    }

    /// A relative of this person: each variant is carried as `genotype` says, or not at all.
    pub fn relative(&self, sex: Sex, genotype: impl Fn(&Variant) -> Option<Genotype>) -> Self {
        let carried = |v: &Variant| Some(Variant { genotype: genotype(v)?, ..v.clone() });
        Self { sex, variants: self.variants.iter().filter_map(carried).collect() }
    }

    /// The person's sex.
    pub fn sex(&self) -> Sex {
        self.sex
    }

    /// The variants, sorted by contig and position.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Variant> {
        self.variants.iter()
    }

    /// The truth as VCF 4.3 with phased genotypes of one sample; variants of known effect carry
    /// `EFFECT` and `FEATURE`.
    pub fn vcf(&self, genome: &Genome, sample: &str) -> String {
        let mut text = String::from(
            "##fileformat=VCFv4.3\n\
             ##INFO=<ID=EFFECT,Number=1,Type=String,Description=\"What it was made to do\">\n\
             ##INFO=<ID=FEATURE,Number=1,Type=String,Description=\"To which transcript\">\n\
             ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n",
        );
        text.push_str(&contig_lines(genome));
        text.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t");
        text.push_str(sample);
        text.push('\n');
        for v in &self.variants {
            let info = v.effect.as_ref().map_or(String::from("."), |(effect, transcript)| {
                format!("EFFECT={};FEATURE={transcript}", effect.term())
            });
            let gt = v.genotype.vcf();
            let site = vcf_site(genome, v.contig, v.start, ".", &v.reference, &v.alternate);
            writeln!(text, "{site}\t.\tPASS\t{info}\tGT\t{gt}").expect("a String takes everything");
        }
        text
    }
}

/// The `##contig` lines of a VCF header.
pub(crate) fn contig_lines(genome: &Genome) -> String {
    let line = |c: &wgs_core::Contig| format!("##contig=<ID={},length={}>\n", c.name, c.length);
    genome.contigs().iter().map(line).collect()
}

/// The first five columns of a VCF record.
pub(crate) fn vcf_site(
    genome: &Genome,
    contig: ContigIndex,
    start: u32,
    id: &str,
    reference: &[u8],
    alternate: &[u8],
) -> String {
    let [reference, alternate] = [reference, alternate].map(String::from_utf8_lossy);
    let (name, position) = (genome.name(contig), Pos1::from_pos0(start));
    format!("{name}\t{position}\t{id}\t{reference}\t{alternate}")
}
