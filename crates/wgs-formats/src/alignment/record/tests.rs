use wgs_core::ContigIndex;

use super::{super::RecordBuilder, *};

fn record() -> Record {
    RecordBuilder::new(b"name")
        .flags(Flags(99))
        .position(ContigIndex(1), 100)
        .mapq(60)
        .cigar(CigarOp::parse(b"2S3M1D1M").unwrap())
        .mate(ContigIndex(2), 300)
        .template_length(-7)
        .bases(b"ACGTNa")
        .quals(&[1, 2, 3, 4, 5, 93])
        .aux(*b"NM", Aux::Int(3))
        .aux_ints(*b"ZB", ArrayKind::U16, &[1, 65_535])
        .build()
        .unwrap()
}

/// The refusal of a record of which one byte is changed.
fn changed(at: usize, value: u8) -> RecordError {
    let mut bytes = record().into_bytes();
    bytes[at] = value;
    Record::from_bytes(bytes).unwrap_err()
}

#[test]
fn fields_are_as_they_were_set() {
    let record = record();
    assert_eq!((record.ref_index(), record.start()), (Some(ContigIndex(1)), Some(100)));
    assert_eq!((record.reference_span(), record.end()), (5, Some(105)));
    assert_eq!((record.mate_ref_index(), record.mate_start()), (Some(ContigIndex(2)), Some(300)));
    assert_eq!((record.template_length(), record.mapq(), record.flags()), (-7, 60, Flags(99)));
    assert_eq!((record.name(), record.bases()), (&b"name"[..], b"ACGTNA".to_vec()));
    assert_eq!((record.len(), record.base(5)), (6, b'A'));
    assert_eq!(record.quals(), [1, 2, 3, 4, 5, 93]);
    assert_eq!(record.cigar().to_string(), "2S3M1D1M");
    let array = record.aux(*b"ZB").and_then(Aux::as_array).unwrap();
    assert_eq!(array.ints().collect::<Vec<_>>(), [1, 65_535]);
    assert_eq!(array.floats().collect::<Vec<_>>(), [1.0, 65_535.0]);
}

#[test]
fn every_truncation_is_refused() {
    let bytes = record().into_bytes();
    let before_fields = bytes.len() - record().aux_bytes().len();
    let whole = [before_fields, before_fields + 4];
    for length in (0..bytes.len()).filter(|length| !whole.contains(length)) {
        assert!(Record::from_bytes(bytes[..length].to_vec()).is_err(), "{length} bytes");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    assert_eq!(changed(3, 0xff), RecordError::Position, "reference id");
    assert_eq!(changed(27, 0x80), RecordError::Position, "position of the mate");
    assert_eq!(changed(8, 4), RecordError::Name, "no NUL where the name ends");
    assert_eq!(changed(33, b'\t'), RecordError::Name);
    assert_eq!(changed(37, 0x29), RecordError::Cigar("operation 9".into()));
    assert_eq!(changed(12, 0xff), RecordError::Short);
    assert_eq!(changed(19, 0xff), RecordError::Short);
    let quals = 37 + 16 + 3;
    assert_eq!(changed(quals + 5, 94), RecordError::Quality(94));
    let fields = quals + 6;
    assert_eq!(changed(fields, b'1'), RecordError::Aux, "tag");
    assert_eq!(changed(fields + 2, b'x'), RecordError::Aux, "type");
    assert_eq!(changed(fields + 8, 9), RecordError::Aux, "length of an array");
    let mut longer = record().into_bytes();
    longer[37] = 0x34;
    let refused = Record::from_bytes(longer).unwrap_err();
    assert_eq!(refused, RecordError::CigarLength { cigar: 7, bases: 6 });
}

#[test]
fn bins_are_those_of_the_specification() {
    // SAM v1 §5.3, reg2bin; -1 is 4680 (§4.2.1).
    for (interval, expected) in [
        (None, 4680),
        (Some((0, 1)), 4681),
        (Some((16_383, 16_384)), 4681),
        (Some((16_383, 16_385)), 585),
        (Some((1 << 17, (1 << 17) + 1)), 4689),
        (Some(((1 << 26) - 1, (1 << 26) + 1)), 0),
        (Some((1 << 26, (1 << 26) + (1 << 14) + 1)), 585 + 512),
    ] {
        assert_eq!(bin(interval), expected, "{interval:?}");
    }
    let mut record = record();
    record.set_position(Some((ContigIndex(0), 16_382))).unwrap();
    assert_eq!(record.as_bytes()[10..12], 585u16.to_le_bytes());
}

#[test]
fn setters_change_their_field_alone() {
    let mut changed = record();
    changed.set_flags(Flags(1024));
    changed.set_mapq(7);
    changed.set_position(None).unwrap();
    changed.set_mate(Some((ContigIndex(0), 5))).unwrap();
    changed.set_template_length(9);
    assert_eq!((changed.flags(), changed.mapq(), changed.start()), (Flags(1024), 7, None));
    assert_eq!((changed.mate_start(), changed.template_length()), (Some(5), 9));
    changed.set_flags(Flags(99));
    changed.set_mapq(60);
    changed.set_position(Some((ContigIndex(1), 100))).unwrap();
    changed.set_mate(Some((ContigIndex(2), 300))).unwrap();
    changed.set_template_length(-7);
    assert_eq!(changed, record());
    let far = Some((ContigIndex(0), i32::MAX as u32 - 4));
    assert_eq!(changed.set_position(far), Err(RecordError::Position));
    assert_eq!(changed, record());
}

#[test]
fn integers_take_the_fewest_bytes() {
    let mut record = Record::default();
    for (number, kind) in [
        (0, b'C'),
        (255, b'C'),
        (256, b'S'),
        (65_536, b'I'),
        (u32::MAX.into(), b'I'),
        (-1, b'c'),
        (-129, b's'),
        (i32::MIN.into(), b'i'),
    ] {
        record.set_aux(*b"XX", Aux::Int(number)).unwrap();
        assert_eq!(record.aux(*b"XX"), Some(Aux::Int(number)));
        assert_eq!(record.aux_bytes()[2], kind, "{number}");
    }
    assert!(record.set_aux(*b"XX", Aux::Int(1 << 32)).is_err());
    assert_eq!(record, Record::default(), "a refused value leaves no field");
}

#[test]
fn fields_are_replaced_and_removed() {
    let mut record = record();
    record.set_aux(*b"NM", Aux::Text(b"text")).unwrap();
    record.set_aux(*b"RG", Aux::Text(b"lane1")).unwrap();
    let tags: Vec<_> = record.aux_fields().map(|(tag, _)| tag).collect();
    assert_eq!(tags, [*b"ZB", *b"NM", *b"RG"]);
    assert!(record.remove_aux(*b"NM") && !record.remove_aux(*b"NM"));
    assert_eq!(record.read_group(), Some(&b"lane1"[..]));
    assert!(Record::from_bytes(record.into_bytes()).is_ok());
}

#[test]
fn impossible_fields_are_refused() {
    let mut record = Record::default();
    for (tag, value) in [
        (*b"1X", Aux::Int(1)),
        (*b"X-", Aux::Int(1)),
        (*b"XX", Aux::Char(b' ')),
        (*b"XX", Aux::Text(b"a\tb")),
        (*b"XX", Aux::Text(b"a\0b")),
        (*b"XX", Aux::Hex(b"ABC")),
        (*b"XX", Aux::Hex(b"XY")),
    ] {
        assert!(record.set_aux(tag, value).is_err(), "{value:?}");
    }
    assert!(record.set_aux_ints(*b"XX", ArrayKind::U8, &[0, 256]).is_err());
    assert_eq!(record, Record::default());
}

#[test]
fn a_builder_refuses_what_a_record_cannot_be() {
    let build = |builder: RecordBuilder| builder.build().unwrap_err();
    let new = || RecordBuilder::new(b"r");
    assert_eq!(build(RecordBuilder::new(&[b'x'; 255])), RecordError::Name);
    assert_eq!(build(new().bases(b"AC!T")), RecordError::Base(b'!'));
    let lengths = RecordError::QualityLength { bases: 2, quals: 1 };
    assert_eq!(build(new().bases(b"AC").quals(&[1])), lengths);
    assert_eq!(build(new().bases(b"A").quals(&[255])), RecordError::Quality(255));
    let cigar = |len| new().cigar([CigarOp::new(CigarKind::Deletion, len)]);
    assert_eq!(build(cigar(1 << 28)), RecordError::Cigar("268435456D".into()));
    assert_eq!(build(new().aux(*b"XX", Aux::Int(1 << 40))), RecordError::AuxValue("XX".into()));
    let default = new().bases(b"AC").build().unwrap();
    assert!(default.flags().is_unmapped() && default.quals().is_empty());
    assert_eq!(RecordBuilder::new(b"").build().unwrap(), Record::default());
}

#[test]
fn the_field_of_a_long_cigar_is_not_to_be_changed() {
    let ops = (0..70_000).map(|i| match i % 2 {
        0 => CigarOp::new(CigarKind::Match, 1),
        _ => CigarOp::new(CigarKind::Deletion, 2),
    });
    let bases = vec![b'A'; 35_000];
    let long = RecordBuilder::new(b"r").position(ContigIndex(0), 0).cigar(ops).bases(&bases);
    let mut long = long.build().unwrap();
    assert_eq!((long.cigar().len(), long.end()), (70_000, Some(105_000)));
    assert!(!long.remove_aux(*b"CG") && long.set_aux(*b"CG", Aux::Int(1)).is_err());
    assert_eq!(Record::from_bytes(long.as_bytes().to_vec()), Ok(long));
}
