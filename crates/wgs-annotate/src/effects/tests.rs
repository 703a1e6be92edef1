use wgs_formats::output;

use super::*;
use crate::engine::code::reverse_complement;

/// A genome with a coding transcript, one that decays and one without protein, all of the same two
/// exons: 11-30 and 61-80 (1-based), coding 16-75 where it is; and the same on the other strand of
/// the third contig, whose bases are the first's reverse complement. Transcript D of the fourth
/// contig begins with the last two bases of a codon, E without a start and ends within a codon.
pub(crate) struct World {
    _folder: tempfile::TempDir,
    pub(crate) effects: Effects,
}

/// Bases of the first contig.
const LENGTH: u32 = 20_080;

pub(crate) fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (first, second) = ("ATGGCTTGCGATGAA", "TTCGGTCATATCTAA");
    let intron = format!("GTAAGT{}CCCCCCCCCCCCCCCCAG", "A".repeat(6));
    let gene = format!("CCCCC{first}{intron}{second}CCCCC");
    let contig = format!("{}{gene}{}", "T".repeat(10), "G".repeat(20_000));
    let mirrored = String::from_utf8(reverse_complement(contig.as_bytes())).unwrap();
    let short = format!("{}GGCTTGCGATGAAA{}", "C".repeat(10_000), "C".repeat(10_000));
    let contigs = [contig, "ACGT".repeat(50), mirrored, short];
    let fasta = contigs.iter().enumerate().map(|(i, bases)| format!(">{}\n{bases}\n", i + 1));
    output::write(&at("in.fa"), fasta.collect::<String>()).unwrap();
    wgs_formats::genome::import(&at("in.fa"), &at("genome.fa")).unwrap();
    let mut text = String::new();
    for (id, biotype, coding, forward) in [
        ("A", "protein_coding", true, true),
        ("B", "nonsense_mediated_decay", true, true),
        ("C", "lncRNA", false, true),
        ("a", "protein_coding", true, false),
        ("b", "nonsense_mediated_decay", true, false),
        ("c", "lncRNA", false, false),
    ] {
        let mut row = |kind: &str, first: u32, last: u32, phase: &str, rest: &str| {
            let (contig, strand) = if forward { (1, '+') } else { (3, '-') };
            let (first, last) = match forward {
                true => (first, last),
                false => (LENGTH + 1 - last, LENGTH + 1 - first),
            };
            text +=
                &format!("{contig}\tx\t{kind}\t{first}\t{last}\t.\t{strand}\t{phase}\t{rest}\n");
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
    for (id, first, last, phase) in [("D", 10_001, 10_014, 2), ("E", 10_003, 10_010, 0)] {
        for (kind, rest) in [
            ("mRNA", format!("ID={id};biotype=protein_coding")),
            ("exon", format!("Parent={id}")),
            ("CDS", format!("ID=P{id};Parent={id}")),
        ] {
            text += &format!("4\tx\t{kind}\t{first}\t{last}\t.\t+\t{phase}\t{rest}\n");
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
        self.effects.of(ContigIndex(contig), place, alternate.as_bytes())
    }

    /// The terms on each transcript.
    fn terms(&self, first: u32, last: u32, alternate: &str) -> Vec<String> {
        self.of(0, first, last, alternate).iter().map(text).collect()
    }

    /// Names on the coding transcript and its protein.
    fn names(&self, first: u32, last: u32, alternate: &str) -> String {
        let effect = &self.of(0, first, last, alternate)[0];
        let name = |name: &Option<String>| name.clone().unwrap_or_default().split_off_name();
        format!("{} {}", name(&effect.hgvs_transcript), name(&effect.hgvs_protein))
    }
}

fn text(effect: &Effect) -> String {
    effect.terms.iter().map(Term::name).collect::<Vec<_>>().join("&")
}

trait Name {
    fn split_off_name(self) -> String;
}

impl Name for String {
    fn split_off_name(self) -> String {
        self.split_once(':').map(|(_, name)| name.to_owned()).unwrap_or(self)
    }
}

fn one(position: u32) -> Option<Span> {
    Some(Span { first: Some(position), last: Some(position) })
}

#[test]
fn a_missense_variant_with_all_its_columns() {
    let world = world();
    let effects = world.of(0, 20, 20, "A");
    let coding = &effects[0];
    assert_eq!(text(coding), "missense_variant");
    assert_eq!(coding.impact(), Impact::Moderate);
    assert_eq!(coding.hgvs_transcript.as_deref(), Some("A.3:c.5C>A"));
    assert_eq!(coding.hgvs_protein.as_deref(), Some("PA:p.Ala2Asp"));
    assert_eq!((coding.cdna, coding.coding, coding.protein), (one(10), one(5), one(2)));
    assert_eq!(coding.codons.as_deref(), Some("gCt/gAt"));
    assert_eq!(coding.amino_acids.as_deref(), Some("A/D"));
    let first = Numbers { first: 1, last: 1, total: 2 };
    assert_eq!((coding.exon, coding.intron), (Some(first), None));
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
fn shared_bases_do_not_matter_but_for_the_codons_that_are_shown() {
    let world = world();
    let minimal = world.of(0, 20, 20, "A");
    for alternate in ["GATT", "gatt"] {
        let wide = &world.of(0, 19, 22, alternate)[0];
        let narrow = &minimal[0];
        assert_eq!((wide.terms, &wide.hgvs_transcript), (narrow.terms, &narrow.hgvs_transcript));
        assert_eq!(wide.hgvs_protein, narrow.hgvs_protein);
        assert_eq!(wide.codons.as_deref(), Some("GCTTgc/GATTgc"));
    }
    assert_eq!(world.of(0, 18, 22, "GGCT"), world.of(0, 22, 22, ""), "one T of two");
    assert!(world.of(0, 18, 22, "GGCTT").is_empty(), "the reference's own");
}

#[test]
fn insertions_and_deletions_in_frame() {
    let world = world();
    for (first, last, alternate, terms, names) in [
        (19, 18, "AAA", "inframe_insertion", "c.3_4insAAA p.Met1_Ala2insLys"),
        (19, 18, "GCT", "inframe_insertion", "c.4_6dup p.Ala2dup"),
        (22, 21, "TAAGGG", "stop_gained&inframe_insertion", "c.7_8insAAGGGT p.Ala2_Cys3insTer"),
        (19, 21, "", "inframe_deletion", "c.4_6del p.Ala2del"),
        (19, 24, "", "inframe_deletion", "c.5_10del p.Ala2_Cys3del"),
        (20, 22, "", "inframe_deletion", "c.5_7del p.Ala2_Cys3delinsGly"),
        (20, 24, "GA", "protein_altering_variant", "c.5_9delinsGA p.Ala2_Cys3delinsGly"),
        (73, 75, "", "stop_lost&inframe_deletion", "c.28_30del p.Ter10delextTer?"),
        (76, 75, "GGG", "3_prime_UTR_variant", "c.30_*1insGGG "),
    ] {
        assert_eq!(world.terms(first, last, alternate)[0], terms, "{names}");
        assert_eq!(world.names(first, last, alternate), names);
    }
}

#[test]
fn shifted_frames_and_lost_ends() {
    let world = world();
    for (first, last, alternate, terms, names) in [
        (19, 19, "", "frameshift_variant", "c.4del p.Ala2LeufsTer?"),
        (19, 18, "T", "frameshift_variant", "c.3_4insT p.Ala2CysfsTer4"),
        (22, 21, "A", "frameshift_variant", "c.6_7insA p.Cys3MetfsTer3"),
        (73, 73, "C", "stop_lost", "c.28T>C p.Ter10GlnextTer?"),
        (75, 75, "G", "stop_retained_variant", "c.30A>G p.Ter10="),
        (16, 16, "C", "start_lost", "c.1A>C p.Met1?"),
        (18, 18, "A", "start_lost", "c.3G>A p.Met1?"),
        (16, 18, "", "start_lost&inframe_deletion", "c.1_3del p.Met1?"),
    ] {
        assert_eq!(world.names(first, last, alternate), names);
        assert_eq!(world.terms(first, last, alternate)[0], terms, "{names}");
    }
}

#[test]
fn positions_in_introns_and_untranslated_regions() {
    let world = world();
    for (position, alternate, name) in [
        (11, "A", "c.-5C>A"),
        (31, "A", "c.15+1G>A"),
        (45, "T", "c.15+15C>T"),
        (46, "T", "c.16-15C>T"),
        (60, "T", "c.16-1G>T"),
        (76, "A", "c.*1C>A"),
        (80, "A", "c.*5C>A"),
    ] {
        assert_eq!(world.names(position, position, alternate), format!("{name} "));
    }
    assert_eq!(world.of(0, 45, 45, "T")[2].hgvs_transcript.as_deref(), Some("C.3:n.20+15C>T"));
    let shifted = &world.of(0, 37, 37, "")[0];
    assert_eq!(shifted.hgvs_transcript.as_deref(), Some("A.3:c.15+12del"));
    assert_eq!(shifted.hgvs_offset, Some(5));
    assert_eq!(world.of(0, 78, 85, "")[0].hgvs_transcript, None, "reaches out of the transcript");
}

#[test]
fn changes_over_borders_have_one_end() {
    let world = world();
    let effect = &world.of(0, 29, 33, "")[0];
    assert_eq!(
        text(effect),
        "splice_donor_variant&splice_donor_region_variant&\
        coding_sequence_variant&intron_variant"
            .replace(' ', "")
    );
    assert_eq!(effect.coding, Some(Span { first: Some(14), last: None }));
    assert_eq!(effect.hgvs_transcript.as_deref(), Some("A.3:c.15_15+4del"));
    assert_eq!((&effect.hgvs_protein, &effect.codons), (&None, &None));
}

#[test]
fn codons_that_are_not_whole() {
    let world = world();
    let of = |first, last, alternate| {
        let effects = world.of(3, first, last, alternate);
        let named = |effect: &Effect| {
            let name = |name: &Option<String>| name.clone().unwrap_or_default().split_off_name();
            let (c, p) = (name(&effect.hgvs_transcript), name(&effect.hgvs_protein));
            format!("{} {c} {p}", text(effect)).trim_end().to_owned()
        };
        effects.iter().map(named).collect::<Vec<_>>()
    };
    let transcripts = world.effects.transcripts();
    let incomplete = |name: &str| {
        let of = transcripts.iter().find(|t| t.feature == name).unwrap();
        (of.coding_start_missing, of.coding_end_missing)
    };
    assert_eq!((incomplete("D"), incomplete("E")), ((true, true), (true, true)));
    let first = of(10_001, 10_001, "A");
    assert_eq!(first[0], "coding_sequence_variant c.2G>A p.Ter1=");
    assert_eq!(of(10_003, 10_003, "T")[0], "missense_variant c.4C>T p.Leu2Phe");
    let last = of(10_010, 10_010, "C");
    assert_eq!(last[1], "incomplete_terminal_codon_variant&coding_sequence_variant c.8T>C p.Ter3=");
    assert_eq!(of(10_003, 10_003, "T")[1], "missense_variant c.1C>T p.Leu1Phe");
    // Nothing is left to be read: two bases of the last codon are gone, and nothing follows.
    assert_eq!(of(10_012, 10_013, "")[0], "frameshift_variant c.13_14del p.Lys5del");
}

#[test]
fn escape_from_decay() {
    let world = world();
    let escapes = |first, last, alternate| world.of(0, first, last, alternate)[0].nmd_escaping;
    assert_eq!(escapes(24, 24, "A"), Some(true), "among the first 100 coding bases");
    assert_eq!(escapes(62, 62, ""), Some(true), "in the last exon");
    assert_eq!(escapes(31, 31, "C"), Some(false), "a splice site");
    assert_eq!(escapes(20, 20, "A"), None, "missense");
    assert_eq!(world.of(0, 31, 31, "C")[2].nmd_escaping, None, "no protein");
}

#[test]
fn neighbours_up_to_5000_bases() {
    let world = world();
    let near = world.of(0, 80 + 5000, 80 + 5000, "A");
    assert_eq!(text(&near[0]), "downstream_gene_variant");
    assert_eq!(near[0].distance, Some(5000));
    assert_eq!(near.len(), 3);
    let upstream = world.of(0, 5, 5, "A");
    assert_eq!(text(&upstream[0]), "upstream_gene_variant");
    assert!(upstream.iter().all(|effect| effect.terms.len() == 1));
    for far in [world.of(0, 80 + 5001, 80 + 5001, "A"), world.of(1, 7, 7, "A")] {
        assert_eq!(far, [Effect::of_terms(Term::INTERGENIC.into())]);
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
    assert_eq!(text(&world.of(0, 1, 1, "")[0]), "upstream_gene_variant");
    assert_eq!(text(&world.of(0, 1, 0, "ACC")[0]), "upstream_gene_variant");
    assert_eq!(world.of(1, 200, 200, ""), [Effect::of_terms(Term::INTERGENIC.into())]);
}

/// The base of the genome that a name of a substitution on a coding transcript is about.
fn read_back(effects: &Effects, transcript: &Transcript, name: &str) -> Option<u32> {
    let name = name.split_once(":c.")?.1;
    let (position, _) = name.split_at(name.find(|c: char| c.is_ascii_alphabetic())?);
    let (position, after) = match position.strip_prefix('*') {
        Some(rest) => (rest, true),
        None => (position, false),
    };
    let sign = position.char_indices().skip(1).find(|(_, c)| "+-".contains(*c)).map(|(i, _)| i);
    let (number, intron) = position.split_at(sign.unwrap_or(position.len()));
    let number: i64 = number.parse().ok()?;
    let intron: i64 = if intron.is_empty() { 0 } else { intron.parse().ok()? };
    let locus = Locus::new(effects.genome(), transcript);
    let coding = locus.coding?;
    let offset = match (after, number) {
        (true, number) => coding.end + number - 1,
        (false, number @ 1..) => coding.start + number - 1,
        (false, number) => coding.start + number,
    };
    let exons = locus.exons.iter().flat_map(|exon| exon.start..exon.end);
    let base = { exons }.find(|base| locus.offset(*base) == Some(offset))?;
    u32::try_from(base + locus.either(intron, -intron)).ok()
}

fn shared_world() -> &'static World {
    static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
    WORLD.get_or_init(world)
}

/// What an effect says apart from which transcript it is on.
fn anonymous(effect: &Effect) -> Effect {
    let name = |name: &Option<String>| name.clone().map(Name::split_off_name);
    Effect {
        transcript: None,
        hgvs_transcript: name(&effect.hgvs_transcript),
        hgvs_protein: name(&effect.hgvs_protein),
        hgvs_offset: effect.hgvs_offset.map(i64::abs),
        ..effect.clone()
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4000))]
    #[test]
    fn no_allele_makes_the_engine_fail(
        first in 1u32..110, length in 0u32..40, alternate in "[ACGTNRacgt]{0,12}", contig in 0usize..4,
    ) {
        let world = shared_world();
        let first = match contig {
            2 => LENGTH - first,
            3 => first + 9_950,
            _ => first,
        };
        let effects = world.of(contig, first, first - 1 + length, &alternate);
        proptest::prop_assert!(effects.iter().all(|effect| !effect.terms.is_empty()));
        let reference = world.effects.genome().fetch(
            ContigIndex(contig),
            Interval0::new(first - 1, first - 1 + length).unwrap(),
        );
        let same = reference.eq_ignore_ascii_case(alternate.as_bytes());
        proptest::prop_assert_eq!(effects.is_empty(), same);
    }

    #[test]
    fn both_strands_say_the_same(
        first in 1u32..95, length in 0u32..12, alternate in "[ACGT]{0,9}",
    ) {
        let world = shared_world();
        let place = Interval0::new(first - 1, first - 1 + length).unwrap();
        let reference = world.effects.genome().fetch(ContigIndex(0), place);
        let mut bases = alternate.into_bytes();
        // What the ends share would be left out, and not the same on both strands.
        let other = |base: u8| if base == b'A' { b'C' } else { b'A' };
        if let (Some(base), Some(old)) = (bases.first_mut(), reference.first()) && base == old {
            *base = other(*old);
        }
        if let (Some(base), Some(old)) = (bases.last_mut(), reference.last()) && base == old {
            *base = other(*old);
        }
        proptest::prop_assume!(bases.first() != reference.first() || bases.is_empty());
        let alternate = String::from_utf8(bases.clone()).unwrap();
        let bases = bases.as_slice();
        let forward = world.of(0, first, first - 1 + length, &alternate);
        let mirrored = String::from_utf8(reverse_complement(bases)).unwrap();
        let end = LENGTH - place.end();
        let reverse = world.of(2, end + 1, end + length, &mirrored);
        let [forward, reverse] =
            [&forward, &reverse].map(|effects| effects.iter().map(anonymous).collect::<Vec<_>>());
        // Compared base by base, and the last stretch deciding, the rest is not symmetric.
        let differ = reference.iter().zip(bases).all(|(old, new)| old != new);
        if bases.len() < 2 || length < 2 || bases.len() == length as usize && differ {
            proptest::prop_assert_eq!(&forward, &reverse);
        }
        for (f, r) in forward.iter().zip(&reverse) {
            proptest::prop_assert_eq!(&f.hgvs_transcript, &r.hgvs_transcript);
            proptest::prop_assert_eq!(&f.hgvs_protein, &r.hgvs_protein);
        }
    }

    #[test]
    fn names_of_substitutions_lead_back(first in 11u32..=80, alternate in "[ACGT]") {
        let world = shared_world();
        for (contig, first) in [(0, first), (2, LENGTH + 1 - first)] {
            for effect in world.of(contig, first, first, &alternate) {
                let transcript = &world.effects.transcripts()[effect.transcript.unwrap()];
                if transcript.is_coding() {
                    let name = effect.hgvs_transcript.unwrap();
                    let base = read_back(&world.effects, transcript, &name);
                    proptest::prop_assert_eq!(base, Some(first - 1), "{}", name);
                }
            }
        }
    }
}
