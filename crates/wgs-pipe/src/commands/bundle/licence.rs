//! Sources whose terms restrict who may use them, and for what.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::table::Head;
use wgs_task::{Bundle, bundle::Origin};

use crate::failure::Failure;

/// Parts of names of sources and files, and what the terms of such sources say. What counts is what
/// the provider says; this reminds of it.
const KNOWN: [(&str, &str); 11] = [
    ("cosmic", "COSMIC: registration; a licence for commercial and clinical use"),
    ("cancer_gene_census", "COSMIC: registration; a licence for commercial and clinical use"),
    ("hgmd", "HGMD: by licence only"),
    ("omim", "OMIM: registration; a licence for commercial use"),
    ("genemap2", "OMIM: registration; a licence for commercial use"),
    ("oncokb", "OncoKB: a licence for commercial and clinical use"),
    ("cadd", "CADD: free for non-commercial use; else a licence"),
    ("revel", "REVEL: free for non-commercial use"),
    ("spliceai", "SpliceAI: free for academic and not-for-profit use; else a licence of Illumina"),
    ("primateai", "PrimateAI: free for non-commercial use; else a licence of Illumina"),
    ("dbnsfp", "dbNSFP: has scores that are free for non-commercial use only"),
];

/// Marks a source whose terms restrict its use, as it is said or known by its name, its file's name,
/// or what its first lines say, and refuses it unless somebody accepts the terms.
pub(in super::super) fn check(
    origin: &mut Origin,
    file: &Path,
    restricted: bool,
    accepted_by: Option<&str>,
) -> Result<(), Failure> {
    let terms = known(origin).or_else(|| of_head(file));
    if !restricted && terms.is_none() {
        return Ok(());
    }
    let licence = origin.licence.take().or(terms).unwrap_or_else(|| "restricted use".to_owned());
    let Some(who) = accepted_by else {
        let reason =
            format!("the source {} has terms that restrict its use: {licence}", origin.name);
        let hint = "if they allow what it is for, say who accepts them, a person, site or contract: \
            --accept-licence WHO";
        return Err(Failure::new(ErrorKind::Configuration, reason).hint(hint));
    };
    origin.licence = Some(licence);
    origin.restricted = true;
    origin.accepted_by = Some(who.to_owned());
    Ok(())
}

fn known(origin: &Origin) -> Option<String> {
    let names = [&origin.name, &origin.file].map(|name| name.to_ascii_lowercase());
    let (_, terms) = KNOWN.iter().find(|(part, _)| names.iter().any(|name| name.contains(part)))?;
    Some((*terms).to_owned())
}

/// What comments at the beginning of a table, or the source of a VCF, say.
fn of_head(file: &Path) -> Option<String> {
    let head = Head::read(file).ok()?;
    let comments = || head.lines().iter().take_while(|line| line.starts_with('#'));
    let is_vcf = comments().any(|line| line.starts_with("##fileformat=VCF"));
    for line in comments().filter(|line| !is_vcf || line.starts_with("##source=")) {
        let line = line.to_ascii_lowercase();
        if line.contains("by-nc") || line.contains("non-commercial") {
            return Some(line.trim_matches(['#', ' ']).to_owned());
        }
        let begin = line.trim_start_matches("##source=").trim_start_matches(['#', ' ', '"']);
        if let Some((_, terms)) = KNOWN.iter().find(|(part, _)| begin.starts_with(part)) {
            return Some((*terms).to_owned());
        }
    }
    None
}

/// Says which sources of a bundle have terms that restrict their use.
#[expect(clippy::print_stderr, reason = "a note beside what is made")]
pub(in super::super) fn tell(bundle: &Bundle) {
    for origin in bundle.restricted() {
        eprintln!("note: source {}: {}", origin.name, origin.terms().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    fn check(
        name: &str,
        text: &str,
        restricted: bool,
        who: Option<&str>,
    ) -> Result<Origin, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(&path, text).unwrap();
        let mut origin = Origin { name: name.into(), file: "f.tsv".into(), ..Origin::default() };
        super::check(&mut origin, &path, restricted, who).map_err(|e| format!("{e:?}"))?;
        Ok(origin)
    }

    #[test]
    fn terms_that_restrict_must_be_accepted() {
        let vcf = "##fileformat=VCFv4.1\n";
        for (name, text, restricted) in [
            ("cosmic_v99", "x\n", false),
            ("own", "x\n", true),
            ("am", "# Licensed under CC BY-NC-SA 4.0 license\n#CHROM\n", false),
            ("scores", "## CADD GRCh38-v1.7 (c)\n#Chrom\n", false),
            ("c", &format!("{vcf}##source=COSMICv99\n"), false),
        ] {
            let error = check(name, text, restricted, None).unwrap_err();
            assert!(error.contains(&format!("the source {name} has terms")), "{error}");
            let origin = check(name, text, restricted, Some("site")).unwrap();
            assert!(origin.restricted && origin.terms().unwrap().ends_with("accepted by site)"));
        }
        let free = format!("{vcf}##VEP=\"v101\" COSMIC=\"90\" HGMD-PUBLIC=\"20194\"\n");
        assert!(!check("gnomad", &free, false, Some("site")).unwrap().restricted);
    }
}
