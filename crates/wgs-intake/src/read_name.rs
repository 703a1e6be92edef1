//! What the names of reads tell: flow cell, lane, and which read of the pair.

use serde::{Deserialize, Serialize};

use crate::name::is_mgi_flow_cell;

/// What the title line of a FASTQ record tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// The name up to the first blank, without `/1` or `/2`.
    pub name: String,
    /// 1 or 2, where the line says it: `/1`, or ` 1:N:0:` as Illumina writes it.
    pub mate: Option<u8>,
    /// The flow cell.
    pub flow_cell: Option<String>,
    /// Lane, from 1.
    pub lane: Option<u32>,
    /// `PL` of the read groups, where the name is not one of Illumina's form.
    pub platform: Option<String>,
}

/// Reads a title line without its `@`.
///
/// Known are `INSTRUMENT:RUN:FLOWCELL:LANE:TILE:X:Y` (Illumina since CASAVA 1.8, Element),
/// `INSTRUMENT:LANE:TILE:X:Y` (before), and `V300012345L1C001R0010000001` (MGI).
///
/// ```
/// let title = wgs_intake::read_name::title("A00123:45:HTESTDSXX:3:1101:3129:1050 2:N:0:ACGT");
/// assert_eq!((title.flow_cell.as_deref(), title.lane, title.mate), (Some("HTESTDSXX"), Some(3), Some(2)));
/// ```
pub fn title(line: &str) -> Title {
    let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let (name, by_slash) = match word.strip_suffix("/1") {
        Some(name) => (name, Some(1)),
        None => word.strip_suffix("/2").map_or((word, None), |name| (name, Some(2))),
    };
    let by_comment = match rest.as_bytes() {
        [mate @ (b'1' | b'2'), b':', b'Y' | b'N', b':', ..] => Some(mate - b'0'),
        _ => None,
    };
    let (flow_cell, lane, platform) = place(name);
    Title {
        name: name.to_owned(),
        mate: by_slash.or(by_comment),
        flow_cell: flow_cell.map(str::to_owned),
        lane,
        platform: platform.map(str::to_owned),
    }
}

fn place(name: &str) -> (Option<&str>, Option<u32>, Option<&'static str>) {
    let fields: Vec<&str> = name.split(':').collect();
    match *fields.as_slice() {
        [_, run, flow_cell, lane, tile, x, y, ..]
            if [run, lane, tile, x, y].iter().all(|f| is_number(f)) && !flow_cell.is_empty() =>
        {
            // Some machines write the position of the stage before the flow cell's own name.
            let flow_cell = flow_cell.rsplit('-').next().filter(|f| !f.is_empty());
            (flow_cell, lane.parse().ok().filter(|lane| *lane > 0), None)
        }
        [_, lane, tile, x, y] if [lane, tile, x].iter().all(|f| is_number(f)) => {
            let y = y.split('#').next().unwrap_or_default();
            let lane = lane.parse().ok().filter(|lane| *lane > 0);
            (None, lane.filter(|_| is_number(y)), None)
        }
        [name] => mgi(name).map_or((None, None, None), |(flow_cell, lane)| {
            (Some(flow_cell), Some(lane), Some("DNBSEQ"))
        }),
        _ => (None, None, None),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `FLOWCELL L lane C column R row …`
fn mgi(name: &str) -> Option<(&str, u32)> {
    let (flow_cell, rest) = name
        .match_indices('L')
        .map(|(at, _)| (&name[..at], &name[at + 1..]))
        .find(|(flow_cell, rest)| {
        is_mgi_flow_cell(flow_cell)
            && matches!(rest.as_bytes(), [b'1'..=b'9', b'C', a, b, c, b'R', ..]
                        if [a, b, c].iter().all(|b| b.is_ascii_digit()))
    })?;
    Some((flow_cell, u32::from(rest.as_bytes()[0] - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(line: &str) -> (Option<String>, Option<u32>, Option<u8>) {
        let Title { flow_cell, lane, mate, .. } = title(line);
        (flow_cell, lane, mate)
    }

    #[test]
    fn forms_of_names() {
        let with = |flow_cell: &str, lane, mate| (Some(flow_cell.to_owned()), Some(lane), mate);
        assert_eq!(parts("A:1:HX:2:1101:1:1 1:N:0:A+C"), with("HX", 2, Some(1)));
        assert_eq!(parts("A:1:000000000-K3L:1:1101:1:1:ACGT"), with("K3L", 1, None));
        assert_eq!(parts("V300012345L3C001R0010000001/2"), with("V300012345", 3, Some(2)));
        assert_eq!(title("V300012345L3C001R0010000001").platform.as_deref(), Some("DNBSEQ"));
        assert_eq!(parts("HWI-ST1:4:1101:1:1#ACGT/1"), (None, Some(4), Some(1)));
        assert_eq!(parts("SRR1.1 1 length=151"), (None, None, None));
        assert_eq!(title("SRR1.1/1").name, "SRR1.1");
    }

    proptest! {
        #[test]
        fn any_line_is_read(line in "\\PC*") {
            title(&line);
        }
    }
}
