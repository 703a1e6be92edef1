//! Missense changes with a known significance, by residue.
//!
//! A store of ClinVar finds alleles; PS1 and PM5 ask for other alleles of the same residue. They are
//! found in ClinVar's VCF after it was annotated by `wgs-pipe annotate` with the same genes as the
//! case: residues are compared within one transcript.

use std::{collections::BTreeMap, path::Path};

use wgs_formats::{
    FileError, Result,
    variant::{
        Reader,
        annotated::{Effect, Layout, Spelling},
    },
};

/// A known change of a residue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownChange {
    /// The amino acid after it, one letter.
    pub amino_acid: String,
    /// The allele (`contig-position-reference-alternate`).
    pub allele: String,
    /// The same in the spelling by which files are compared.
    pub spelling: Spelling,
    /// Whether it is pathogenic; likely pathogenic otherwise.
    pub is_pathogenic: bool,
    /// ClinVar's stars.
    pub stars: u8,
    /// The source's entry.
    pub id: Option<String>,
}

/// Pathogenic and likely pathogenic missense changes by transcript and residue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Residues {
    changes: BTreeMap<(String, u32), Vec<KnownChange>>,
}

impl Residues {
    /// Reads an annotated VCF with significances. Changes without a review by criteria (no star) are
    /// left out.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the file has no significance or no `CSQ` that tells residues.
    pub fn read(path: &Path) -> Result<Self> {
        let reader = Reader::open(path)?;
        let layout = Layout::of(reader.header());
        let fields = layout.csq().map_or(&[][..], |csq| csq.fields());
        let has = |name: &str| fields.iter().any(|field| field == name);
        if !["Feature", "Protein_position", "Amino_acids"].into_iter().all(has) {
            return Err(FileError::invalid(path, "has no CSQ that tells amino acids")
                .hint("annotate the file first: wgs-pipe annotate clinvar.vcf.gz --bundle …"));
        }
        if layout.clinical_sources().is_empty() {
            return Err(FileError::invalid(path, "tells no clinical significance (CLNSIG)"));
        }
        let mut residues = Self::default();
        for record in reader {
            let record = record?;
            let csq = record.info.get("CSQ").unwrap_or_default();
            if !layout.may_be_clinical(&record) || !csq.contains("missense_variant") {
                continue;
            }
            let view = layout.record(&record);
            for index in 0..record.alternates.len() {
                let allele = view.allele(index);
                let Some(known) =
                    allele.significances.iter().find(|significance| significance.is_pathogenic())
                else {
                    continue;
                };
                let stars = known.stars().unwrap_or(1);
                for effect in allele.effects.iter().filter(|_| stars > 0) {
                    let Some(change) = MissenseChange::of(effect) else { continue };
                    residues.changes.entry((change.transcript, change.residue)).or_default().push(
                        KnownChange {
                            amino_acid: change.after,
                            allele: allele.name(),
                            spelling: allele.trimmed(),
                            is_pathogenic: known.pathogenicity() == Some(0),
                            stars,
                            id: known.id.clone().or_else(|| record.id.clone()),
                        },
                    );
                }
            }
        }
        Ok(residues)
    }

    /// Known changes of the residue that an effect changes, but for the allele itself.
    pub(crate) fn others(&self, change: &MissenseChange, allele: &Spelling) -> Vec<&KnownChange> {
        let key = (change.transcript.clone(), change.residue);
        let known = self.changes.get(&key).into_iter().flatten();
        known.filter(|known| known.spelling != *allele).collect()
    }
}

/// A change of one residue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MissenseChange {
    /// The transcript without its version.
    pub(crate) transcript: String,
    pub(crate) residue: u32,
    pub(crate) before: String,
    pub(crate) after: String,
}

impl MissenseChange {
    pub(crate) fn of(effect: &Effect) -> Option<Self> {
        if !effect.has("missense_variant") {
            return None;
        }
        let (first, last) = effect.residues()?;
        let (before, after) = effect.amino_acids.as_deref()?.split_once('/')?;
        let transcript = effect.transcript()?;
        let transcript = transcript.split_once('.').map_or(transcript, |(id, _)| id);
        (first == last && before.len() == 1 && after.len() == 1).then(|| Self {
            transcript: transcript.to_owned(),
            residue: first,
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::{output, variant::annotated::trimmed};

    use super::*;

    const HEAD: &str = "##fileformat=VCFv4.3\n##contig=<ID=a>\n\
        ##INFO=<ID=CLNSIG,Number=.,Type=String,Description=\"\">\n\
        ##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description=\"\">\n\
        ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Consequence|Feature|Protein_position|Amino_acids\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

    fn read(text: &str) -> Result<Residues> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.vcf");
        output::write(&path, text).unwrap();
        Residues::read(&path)
    }

    #[test]
    fn pathogenic_missense_changes_are_kept() {
        let lines = "a\t1\t11\tA\tC\t.\t.\tCLNSIG=Pathogenic;CLNREVSTAT=criteria_provided,_single_submitter;CSQ=missense_variant|T1.4|7|R/H\n\
            a\t2\t12\tA\tC\t.\t.\tCLNSIG=Likely_pathogenic;CSQ=missense_variant|T1.4|7|R/C,missense_variant|T2|9|R/C\n\
            a\t3\t13\tA\tC\t.\t.\tCLNSIG=Benign;CSQ=missense_variant|T1.4|7|R/G\n\
            a\t4\t14\tA\tC\t.\t.\tCLNSIG=Pathogenic;CLNREVSTAT=no_assertion_criteria_provided;CSQ=missense_variant|T1.4|7|R/L\n\
            a\t5\t15\tA\tC\t.\t.\tCLNSIG=Pathogenic;CSQ=stop_gained|T1.4|7|R/*\n";
        let residues = read(&format!("{HEAD}{lines}")).unwrap();
        let change = MissenseChange {
            transcript: "T1".into(),
            residue: 7,
            before: "R".into(),
            after: "S".into(),
        };
        let found = |reference: &str, alternate: &str| {
            let allele = trimmed("chra", 1, reference, alternate);
            let others = residues.others(&change, &allele);
            others.iter().map(|k| (k.amino_acid.clone(), k.is_pathogenic)).collect::<Vec<_>>()
        };
        assert_eq!(found("A", "G"), [("H".to_owned(), true), ("C".to_owned(), false)]);
        assert_eq!(found("A", "C"), [("C".to_owned(), false)]);
        assert_eq!(found("AT", "CT"), [("C".to_owned(), false)], "beside a longer alternate");
    }

    #[test]
    fn a_file_that_cannot_tell_is_refused() {
        let without = HEAD.replace("|Amino_acids", "");
        assert!(read(&without).unwrap_err().to_string().contains("amino acids"));
        let without = HEAD.replace("CLNSIG", "X");
        assert!(read(&without).unwrap_err().to_string().contains("CLNSIG"));
    }
}
