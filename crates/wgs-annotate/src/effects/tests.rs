use wgs_formats::output;

use super::*;

/// A genome with a coding transcript on each strand, one that decays and one without protein, all
/// of the same two exons: 11-30 and 61-80 (1-based), coding 16-75 where it is.
struct World {
    _folder: tempfile::TempDir,
    effects: Effects,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (first, second) = ("ATGGCTTGCGATGAA", "TTCGGTCATATCTAA");
    let intron = format!("GTAAGT{}CCCCCCCCCCCCCCCCAG", "A".repeat(6));
    let gene = format!("CCCCC{first}{intron}{second}CCCCC");
    let genome = format!("{}{gene}{}", "T".repeat(10), "G".repeat(20_000));
    output::write(&at("in.fa"), format!(">1\n{genome}\n>2\n{}\n", "ACGT".repeat(50))).unwrap();
    wgs_formats::genome::import(&at("in.fa"), &at("genome.fa")).unwrap();
    let mut text = String::new();
    for (id, biotype, coding) in [
        ("A", "protein_coding", true),
        ("B", "nonsense_mediated_decay", true),
        ("C", "lncRNA", false),
    ] {
        let mut row = |kind: &str, first: u32, last: u32, phase: &str, rest: &str| {
            text += &format!("1\tx\t{kind}\t{first}\t{last}\t.\t+\t{phase}\t{rest}\n");
        };
        row("gene", 11, 80, ".", &format!("ID=gene:G{id};Name=N{id}"));
        row("mRNA", 11, 80, ".", &format!("ID={id};Parent=gene:G{id};biotype={biotype};version=3"));
        for (first, last, coding_part) in [(11, 30, (16, 30)), (61, 80, (61, 75))] {
            row("exon", first, last, ".", &format!("Parent={id}"));
            if coding {
                let (first, last) = coding_part;
                row("CDS", first, last, "0", &format!("ID=P{id};Parent={id};protein_id=P{id}"));
            }
        }
    }
    output::write(&at("genes.gff3"), text).unwrap();
    let genome = Genome::open(at("genome.fa")).unwrap();
    store::build(&at("genes.gff3"), &genome, &at("genes")).unwrap();
    let effects = Effects::open(&at("genes"), &genome).unwrap();
    World { _folder: folder, effects }
}

impl World {
    /// `first` and `last` are 1-based; `last = first - 1` is an insertion before `first`.
    fn of(&self, contig: usize, first: u32, last: u32, alternate: &str) -> Vec<Effect> {
        let place = Interval0::new(first - 1, last).unwrap();
        self.effects.of(ContigIndex(contig), place, alternate.as_bytes()).unwrap()
    }

    /// The terms on each transcript.
    fn terms(&self, first: u32, last: u32, alternate: &str) -> Vec<String> {
        let effects = self.of(0, first, last, alternate);
        let text =
            |effect: &Effect| effect.terms.iter().map(|t| t.name()).collect::<Vec<_>>().join("&");
        effects.iter().map(text).collect()
    }
}

#[test]
fn a_missense_variant_with_all_its_columns() {
    let world = world();
    let effects = world.of(0, 20, 20, "A");
    let coding = &effects[0];
    assert_eq!(coding.terms[0].name(), "missense_variant");
    assert_eq!(coding.impact(), Impact::Moderate);
    assert_eq!(coding.hgvs_transcript.as_deref(), Some("A.3:c.5C>A"));
    assert_eq!(coding.hgvs_protein.as_deref(), Some("PA:p.Ala2Asp"));
    assert_eq!(
        (coding.cdna, coding.coding, coding.protein),
        (Some((10, 10)), Some((5, 5)), Some((2, 2)))
    );
    assert_eq!(coding.codons.as_deref(), Some("gCt/gAt"));
    assert_eq!(coding.amino_acids.as_deref(), Some("A/D"));
    assert_eq!((coding.exon.as_deref(), coding.intron.as_deref()), (Some("1/2"), None));
    assert_eq!(effects[2].hgvs_transcript.as_deref(), Some("C.3:n.10C>A"));
}

#[test]
fn decay_and_missing_protein_have_their_terms() {
    let world = world();
    let expected = [
        "missense_variant",
        "missense_variant&NMD_transcript_variant",
        "non_coding_transcript_exon_variant",
    ];
    assert_eq!(world.terms(20, 20, "A"), expected);
    let expected = [
        "splice_donor_5th_base_variant&intron_variant",
        "splice_donor_5th_base_variant&intron_variant&NMD_transcript_variant",
        "splice_donor_5th_base_variant&intron_variant&non_coding_transcript_variant",
    ];
    assert_eq!(world.terms(35, 35, "C"), expected);
    let donor = world.terms(31, 31, "C");
    assert_eq!(donor[0], "splice_donor_variant");
    assert_eq!(donor[2], "splice_donor_variant&non_coding_transcript_variant");
}

#[test]
fn stops_and_frameshifts() {
    let world = world();
    assert_eq!(world.terms(24, 24, "A")[0], "stop_gained");
    assert_eq!(world.terms(62, 62, "")[0], "frameshift_variant&splice_region_variant");
    assert_eq!(world.terms(73, 73, "C")[0], "stop_lost");
    assert_eq!(world.terms(16, 16, "C")[0], "start_lost");
    assert_eq!(world.terms(67, 69, "")[0], "inframe_deletion");
}

#[test]
fn untranslated_regions_under_changes_that_cross_borders() {
    let world = world();
    assert_eq!(world.terms(76, 85, "")[0], "3_prime_UTR_variant");
    assert_eq!(world.terms(5, 12, "AA")[0], "5_prime_UTR_variant");
    assert_eq!(world.terms(74, 78, "CC")[0], "stop_lost&3_prime_UTR_variant");
    assert_eq!(world.terms(74, 78, "GATT")[0], "stop_retained_variant&3_prime_UTR_variant");
    assert_eq!(world.terms(14, 17, "AA")[0], "start_lost&5_prime_UTR_variant");
    assert_eq!(world.terms(13, 17, "TATG")[0], "start_lost&5_prime_UTR_variant");
}

#[test]
fn a_change_without_coding_bases_is_none_of_coding_sequence() {
    let world = world();
    assert_eq!(world.terms(31, 31, "CTA")[0], "splice_donor_variant");
    assert_eq!(world.terms(30, 31, "CTA")[0], "splice_donor_variant&coding_sequence_variant");
}

#[test]
fn shared_bases_do_not_matter() {
    let world = world();
    let minimal = world.of(0, 20, 20, "A");
    assert_eq!(world.of(0, 18, 22, "GGATT"), minimal, "the reference is GGCTT");
    assert_eq!(world.of(0, 18, 22, "ggatt"), minimal);
    assert!(world.of(0, 18, 22, "GGCTT").is_empty(), "the reference's own");
}

#[test]
fn neighbours_up_to_5000_bases() {
    let world = world();
    let near = world.of(0, 80 + 5000, 80 + 5000, "A");
    assert_eq!(near[0].terms[0].name(), "downstream_gene_variant");
    assert_eq!(near[0].distance, Some(5000));
    assert_eq!(near.len(), 3);
    let upstream = world.of(0, 5, 5, "A");
    assert_eq!(upstream[0].terms[0].name(), "upstream_gene_variant");
    assert!(upstream.iter().all(|effect| effect.terms.len() == 1));
    for far in [world.of(0, 80 + 5001, 80 + 5001, "A"), world.of(1, 7, 7, "A")] {
        assert_eq!(far, [Effect::intergenic()]);
    }
}

#[test]
fn a_deletion_of_all_of_a_transcript_is_its_ablation() {
    let world = world();
    assert_eq!(world.terms(9, 90, "")[0], "transcript_ablation");
    assert_ne!(world.terms(12, 90, "")[0], "transcript_ablation");
}

#[test]
fn the_reverse_complement_is_an_inversion() {
    let world = world();
    let name = |first, last, alternate| {
        world.of(0, first, last, alternate)[0].hgvs_transcript.clone().unwrap()
    };
    assert_eq!(name(19, 20, "CA"), "A.3:c.4_5delinsCA");
    assert_eq!(name(22, 24, "GCA"), "A.3:c.7_9inv");
}

#[test]
fn the_ends_of_a_contig() {
    let world = world();
    assert_eq!(world.of(0, 1, 1, "")[0].terms[0].name(), "upstream_gene_variant");
    assert_eq!(world.of(0, 1, 0, "ACC")[0].terms[0].name(), "upstream_gene_variant");
    assert_eq!(world.of(1, 200, 200, ""), [Effect::intergenic()]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4000))]
    #[test]
    fn no_allele_makes_the_engine_fail(
        first in 1u32..110, length in 0u32..40, alternate in "[ACGTNRacgt]{0,12}", contig in 0usize..2,
    ) {
        static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
        let world = WORLD.get_or_init(world);
        let effects = world.of(contig, first, first - 1 + length, &alternate);
        proptest::prop_assert!(effects.iter().all(|effect| !effect.terms.is_empty()));
        let reference = world.effects.genome().fetch(
            ContigIndex(contig),
            Interval0::new(first - 1, first - 1 + length).unwrap(),
        );
        let same = reference.eq_ignore_ascii_case(alternate.as_bytes());
        proptest::prop_assert_eq!(effects.is_empty(), same);
    }
}
