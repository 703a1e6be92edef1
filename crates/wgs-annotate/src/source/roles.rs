//! Which columns of a table tell where a row is, by their names.

use std::collections::BTreeMap;

use wgs_formats::table::plain_name;

/// What a column tells. Positions and starts are 1-based but for `Start0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Contig,
    Position,
    Reference,
    Alternate,
    Start,
    Start0,
    End,
}

impl Role {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Contig, "contig"),
        (Self::Position, "position"),
        (Self::Reference, "reference"),
        (Self::Alternate, "alternate"),
        (Self::Start, "start"),
        (Self::Start0, "start0"),
        (Self::End, "end"),
    ];

    /// Names that sources give such a column, in small letters and with `_` for punctuation.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Contig => &[
                "chrom",
                "chr",
                "contig",
                "chromosome",
                "seqname",
                "seqnames",
                "seqid",
                "chr_name",
            ],
            Self::Position => &[
                "pos",
                "position",
                "grch38_pos",
                "hg38_pos",
                "pos_hg38",
                "pos_grch38",
                "position_grch38",
                "pos_1_based",
                "start_position",
                "genome_start",
                "grch37_pos",
                "hg19_pos",
                "pos_hg19",
                "pos_grch37",
                "hg19_pos_1_based",
                "start",
            ],
            Self::Reference => &[
                "ref",
                "reference",
                "ref_allele",
                "reference_allele",
                "reference_bases",
                "reference_base",
                "genomic_wt_allele",
                "wt_allele",
            ],
            Self::Alternate => &[
                "alt",
                "alternate",
                "alt_allele",
                "alternate_allele",
                "alternate_bases",
                "alternate_base",
                "alternative_allele",
                "variant_bases",
                "genomic_mut_allele",
                "mut_allele",
                "tumor_seq_allele2",
            ],
            Self::Start => &["start", "start_position", "genome_start", "begin"],
            Self::Start0 => &["chromstart", "chrom_start", "genostart", "txstart"],
            Self::End => &[
                "end",
                "stop",
                "chromend",
                "chrom_end",
                "genoend",
                "txend",
                "end_position",
                "genome_stop",
            ],
        }
    }
}

/// Columns by their roles: as the user named them, or by the names that sources use.
#[derive(Clone, Debug, Default)]
pub(super) struct Roles {
    named: BTreeMap<Role, String>,
}

impl Roles {
    /// Takes what the user named: role and column, by name or number from 1. The error says what
    /// is wrong.
    pub(super) fn new(columns: &[(String, String)]) -> Result<Self, String> {
        let mut named = BTreeMap::new();
        for (role, column) in columns {
            let found = Role::ALL.iter().find(|(_, name)| name == role);
            let Some((found, _)) = found else {
                let known = Role::ALL.map(|(_, name)| name).join(", ");
                return Err(format!("{role:?} is nothing that a column tells: {known}"));
            };
            named.insert(*found, column.clone());
        }
        Ok(Self { named })
    }

    /// Whether the user named a column.
    pub(super) fn is_named(&self, role: Role) -> bool {
        self.named.contains_key(&role)
    }

    /// The column with a role.
    pub(super) fn find(&self, role: Role, columns: &[String]) -> Option<usize> {
        self.all(role, columns).first().copied()
    }

    /// The place of the column that the user gave by number.
    pub(super) fn number(&self, role: Role) -> Option<usize> {
        self.named.get(&role)?.parse::<usize>().ok()?.checked_sub(1)
    }

    /// All columns that may have a role, the likeliest first.
    pub(super) fn all(&self, role: Role, columns: &[String]) -> Vec<usize> {
        if let Some(name) = self.named.get(&role) {
            let exact = columns.iter().position(|column| column == name);
            let plain = plain_name(name);
            let alike = || columns.iter().position(|column| plain_name(column) == plain);
            let place = exact.or_else(alike).or_else(|| self.number(role));
            return place.filter(|&place| place < columns.len()).into_iter().collect();
        }
        let plain: Vec<String> = columns.iter().map(|column| plain_name(column)).collect();
        let place = |name: &&str| plain.iter().position(|column| column == name);
        role.names().iter().filter_map(place).collect()
    }

    /// Whether the columns tell alleles.
    pub(super) fn has_alleles(&self, columns: &[String]) -> bool {
        use Role::{Alternate, Contig, Position, Reference};
        [Contig, Position, Reference, Alternate].iter().all(|&r| self.find(r, columns).is_some())
    }

    /// Whether the columns tell intervals or positions.
    pub(super) fn has_intervals(&self, columns: &[String]) -> bool {
        use Role::{Contig, End, Position, Start, Start0};
        let has = |role| self.find(role, columns).is_some();
        has(Contig) && ((has(Start) || has(Start0)) && has(End) || has(Position))
    }

    /// Whether the first three columns are contig, start and end, as in BED.
    pub(super) fn begins_as_bed(&self, columns: &[String]) -> bool {
        use Role::{Contig, End, Start, Start0};
        let is = |role, place| self.find(role, columns) == Some(place);
        is(Contig, 0) && (is(Start, 1) || is(Start0, 1)) && is(End, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn published_headings_tell_alleles() {
        let roles = Roles::default();
        for heading in [
            "Chrom Pos Ref Alt RawScore PHRED",
            "chr hg19_pos grch38_pos ref alt aaref aaalt REVEL Ensembl_transcriptid",
            "CHROM POS REF ALT genome uniprot_id transcript_id protein_variant am_pathogenicity am_class",
            "chr pos(1-based) ref alt aaref aaalt rs_dbSNP hg19_chr hg19_pos(1-based)",
            "Hugo_Symbol Chromosome Start_Position End_Position Reference_Allele Tumor_Seq_Allele2",
            "chromosome start stop reference_bases variant_bases",
        ] {
            assert!(roles.has_alleles(&names(heading)), "{heading}");
        }
        let revel = names("chr hg19_pos grch38_pos ref alt");
        assert_eq!(roles.all(Role::Position, &revel), [2, 1]);
        assert!(!roles.has_alleles(&names("gene chrom start end")));
        assert!(roles.has_intervals(&names("gene chrom start end")));
        assert!(roles.begins_as_bed(&names("chrom chromStart chromEnd name")));
        assert!(!roles.begins_as_bed(&names("gene chrom start end")));
    }

    #[test]
    fn columns_can_be_named() {
        let named = |role: &str, column: &str| Roles::new(&[(role.into(), column.into())]);
        let columns = names("a b HG19_POS");
        assert_eq!(named("position", "hg19_pos").unwrap().find(Role::Position, &columns), Some(2));
        assert_eq!(named("contig", "2").unwrap().find(Role::Contig, &columns), Some(1));
        assert_eq!(named("contig", "4").unwrap().find(Role::Contig, &columns), None);
        assert!(named("end1", "b").unwrap_err().contains("contig, position"));
    }
}
