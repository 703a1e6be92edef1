//! What makes a record impossible.

/// Why bytes, or values, do not make a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The bytes end before what their lengths announce.
    #[error("the record is shorter than its lengths say")]
    Short,
    /// A reference id or position below -1, or past 2^31-1.
    #[error("impossible reference id or position")]
    Position,
    /// The name is not 1 to 254 printable characters with a NUL.
    #[error("impossible read name")]
    Name,
    /// An operation that does not exist, or lengths that overflow.
    #[error("impossible CIGAR {0}")]
    Cigar(String),
    /// CIGAR and SEQ disagree.
    #[error("the CIGAR covers {cigar} bases, SEQ has {bases}")]
    CigarLength {
        /// Bases that the CIGAR covers.
        cigar: u64,
        /// Bases of SEQ.
        bases: usize,
    },
    /// SEQ and QUAL have different lengths.
    #[error("SEQ has {bases} bases, QUAL {quals}")]
    QualityLength {
        /// Bases of SEQ.
        bases: usize,
        /// Qualities of QUAL.
        quals: usize,
    },
    /// A quality beyond 93.
    #[error("quality {0} is beyond 93")]
    Quality(u8),
    /// A base that is not an IUPAC code.
    #[error("{:?} is not a nucleotide code", char::from(*.0))]
    Base(u8),
    /// An optional field that is cut, of no known type, or with impossible characters.
    #[error("impossible optional field")]
    Aux,
    /// A value that its optional field cannot hold.
    #[error("the optional field {0} cannot hold this value")]
    AuxValue(String),
    /// Larger than BAM can hold.
    #[error("the record is larger than BAM can hold")]
    Long,
}
