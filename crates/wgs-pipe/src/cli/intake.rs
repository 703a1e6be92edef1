//! Deliveries of sequencing providers: `intake`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

/// Arguments of `intake`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe intake inbox --cases cases --samples samples.csv
  wgs-pipe intake inbox --cases cases --samples samples.csv --watch 5m --done-marker transfer.done
  wgs-pipe intake inbox --cases cases --single --deep --json

Ends with 0 if all that was delivered is taken, 6 if something is quarantined, 3 if a case file is
in conflict or a sample is not in the manifest, 4 if something is waited for.")]
pub struct IntakeArgs {
    /// Folder of the delivery, or of many.
    #[arg(value_name = "DIR")]
    pub delivery: PathBuf,
    /// Folder of the case files.
    #[arg(long, value_name = "FOLDER")]
    pub cases: PathBuf,
    /// Manifest of the samples (CSV or TSV): the columns of a samplesheet without those of files, and
    /// `delivered_as`, the provider's name. Without one, files are checked and no case is written.
    #[arg(long, value_name = "FILE")]
    pub samples: Option<PathBuf>,
    /// Make each sample a germline case of its own, with the provider's name as its id.
    #[arg(long, conflicts_with = "samples")]
    pub single: bool,
    /// Folder in which the intake remembers what it has read, and lists what is quarantined
    /// [default: `intake` in the folder of the case files].
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Scan again and again, with this time between, until stopped [with no time: 60s].
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "60s", value_parser = parse_time)]
    pub watch: Option<Duration>,
    /// Time for which a file must not have changed, such as 60s, 5m.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_time)]
    pub settle: Duration,
    /// File that lies in a folder, or one above it, once what is in it is whole.
    #[arg(long, value_name = "NAME")]
    pub done_marker: Option<String>,
    /// Take reads that no list of checksums names; they are decoded whole instead.
    #[arg(long)]
    pub without_checksums: bool,
    /// Decode all reads, and compare the numbers and names of mates.
    #[arg(long)]
    pub deep: bool,
    /// Take FASTQ in BGZF without its last block; runs need the option `without_end_block` then.
    #[arg(long)]
    pub without_end_block: bool,
    /// Which files to use where reads are delivered in two forms.
    #[arg(long, value_enum)]
    pub take: Option<TakeForm>,
    /// Write case files anew that are there and say something else.
    #[arg(long)]
    pub replace: bool,
    /// Move files that are damaged or refused to this folder; nothing in it is overwritten.
    #[arg(long, value_name = "FOLDER")]
    pub move_quarantined: Option<PathBuf>,
    /// Files to read at a time [default: all processors].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// JSON lines in place of tables.
    #[arg(long)]
    pub json: bool,
}

/// A form in which reads are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TakeForm {
    /// FASTQ.
    Fastq,
    /// SAM, BAM and CRAM.
    Alignments,
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?}: expected a time such as 90s, 5m or 2h");
    let (number, unit_s) = match text.as_bytes() {
        [.., b's'] => (&text[..text.len() - 1], 1),
        [.., b'm'] => (&text[..text.len() - 1], 60),
        [.., b'h'] => (&text[..text.len() - 1], 3600),
        _ => (text, 1),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(unit_s).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let times = ["90s", "5m", "2h", "7"].map(|text| parse_time(text).unwrap().as_secs());
        assert_eq!(times, [90, 300, 7200, 7]);
        for text in ["", "m", "-1s", "1d", "99999999999999999999h", "18446744073709551615h"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
