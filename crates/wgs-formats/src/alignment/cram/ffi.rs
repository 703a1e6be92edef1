//! The calls into htslib, each behind a function that cannot be misused from safe code.

#![expect(unsafe_code, reason = "htslib is C; what crosses the border is checked here")]

use std::{
    ffi::{CStr, CString, c_char, c_int},
    fs::File,
    io::{self, Read, Seek},
    os::{
        fd::{IntoRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    ptr::{self, NonNull},
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
};

use hts_sys as hts;

use super::super::{CramProfile, CramVersion, Record};

/// Turns htslib's messages to the standard error output off: what it says becomes our error.
fn silence() {
    static ONCE: Once = Once::new();
    // SAFETY: sets an integer, once.
    ONCE.call_once(|| unsafe { hts::hts_set_log_level(hts::htsLogLevel_HTS_LOG_OFF) });
}

/// An absolute path as C has it, which htslib cannot take for a URL.
fn c_path(path: &Path) -> io::Result<CString> {
    let absolute = std::path::absolute(path)?;
    let bytes = absolute.as_os_str().as_bytes();
    if bytes.windows(7).any(|w| w == b"##idx##") {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "names with ##idx## are not possible",
        ));
    }
    Ok(CString::new(bytes)?)
}

/// The error of a failed call, which the operating system may have had no part in: what it said
/// last then comes from elsewhere, so only what stops a writer is believed.
fn last_error() -> io::Error {
    use io::ErrorKind::{FileTooLarge, OutOfMemory, QuotaExceeded, StorageFull};
    let error = io::Error::last_os_error();
    match error.kind() {
        FileTooLarge | OutOfMemory | QuotaExceeded | StorageFull => error,
        _ => io::Error::other("htslib gives no reason"),
    }
}

/// A header as htslib has it.
pub(super) struct HtsHeader(NonNull<hts::sam_hdr_t>);

// SAFETY: nothing in it is bound to a thread.
unsafe impl Send for HtsHeader {}

impl HtsHeader {
    /// Parses the text of a header.
    pub(super) fn parse(text: &str) -> Option<Self> {
        silence();
        // SAFETY: the pointer and length are of one live buffer, which is copied.
        let header = unsafe { hts::sam_hdr_parse(text.len(), text.as_ptr().cast()) };
        NonNull::new(header).map(Self)
    }

    /// The text of the header.
    pub(super) fn text(&mut self) -> Option<String> {
        // SAFETY: the header is live; the string it gives lives as long as it is not changed.
        let text = unsafe { hts::sam_hdr_str(self.0.as_ptr()) };
        if text.is_null() {
            return None;
        }
        // SAFETY: as above, and it ends in NUL.
        Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    }
}

impl Drop for HtsHeader {
    fn drop(&mut self) {
        // SAFETY: it is live and ours.
        unsafe { hts::sam_hdr_destroy(self.0.as_ptr()) }
    }
}

/// An open CRAM file.
pub(super) struct HtsFile(NonNull<hts::htsFile>);

// SAFETY: a file is used by one thread at a time; nothing in it is bound to a thread.
unsafe impl Send for HtsFile {}

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Record,
    End,
    Failed,
}

impl HtsFile {
    /// Opens a CRAM file for reading.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        silence();
        let path = c_path(path)?;
        // SAFETY: both strings end in NUL and outlive the call.
        let file = unsafe { hts::hts_open(path.as_ptr(), c"rc".as_ptr()) };
        let file = Self(NonNull::new(file).ok_or_else(io::Error::last_os_error)?);
        // SAFETY: the file is live.
        let format = unsafe { file.0.as_ref() }.format.format;
        if format != hts::htsExactFormat_cram {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "is not CRAM"));
        }
        Ok(file)
    }

    /// Makes a writer of CRAM into a file; gives the stream to it, too, which lives as long. It
    /// writes no header, and never embeds a reference.
    ///
    /// The file must be in memory: this htslib, when it cannot write the end of a file, calls
    /// itself until the stack overflows. Memory cannot be full, as a disk can.
    fn create(into: File, (version, profile): Kind) -> io::Result<(Self, NonNull<hts::hFILE>)> {
        silence();
        // SAFETY: the descriptor is open and given away.
        let stream = unsafe { hts::hdopen(OwnedFd::from(into).into_raw_fd(), c"w".as_ptr()) };
        let stream = NonNull::new(stream).ok_or_else(last_error)?;
        // SAFETY: the stream is live; the strings end in NUL.
        let file = unsafe { hts::hts_hopen(stream.as_ptr(), c"cram".as_ptr(), c"wc".as_ptr()) };
        let Some(file) = NonNull::new(file) else {
            let error = last_error();
            // SAFETY: a failed `hts_hopen` leaves the stream to us.
            unsafe { hts::hclose_abruptly(stream.as_ptr()) };
            return Err(error);
        };
        let mut file = Self(file);
        let version = match version {
            CramVersion::V3_0 => c"3.0",
            CramVersion::V3_1 => c"3.1",
        };
        let profile = match profile {
            CramProfile::Normal => hts::hts_profile_option_HTS_PROFILE_NORMAL,
            CramProfile::Small => hts::hts_profile_option_HTS_PROFILE_SMALL,
            CramProfile::Archive => hts::hts_profile_option_HTS_PROFILE_ARCHIVE,
        };
        file.set_text(hts::hts_fmt_option_CRAM_OPT_VERSION, version)?;
        file.set(hts::hts_fmt_option_HTS_OPT_PROFILE, profile as c_int)?;
        file.set(hts::hts_fmt_option_CRAM_OPT_EMBED_REF, 0)?;
        Ok((file, stream))
    }

    fn set(&mut self, option: hts::hts_fmt_option, value: c_int) -> io::Result<()> {
        // SAFETY: the file is live, and callers pass options that take an int.
        let code = unsafe { hts::hts_set_opt(self.0.as_ptr(), option, value) };
        if code < 0 { Err(last_error()) } else { Ok(()) }
    }

    fn set_text(&mut self, option: hts::hts_fmt_option, value: &CStr) -> io::Result<()> {
        // SAFETY: the file is live, and callers pass options that take a string and copy it.
        let code = unsafe { hts::hts_set_opt(self.0.as_ptr(), option, value.as_ptr()) };
        if code < 0 { Err(last_error()) } else { Ok(()) }
    }

    /// Loads the list of sequences of a FASTA with its `.fai`.
    pub(super) fn set_reference(&mut self, fasta: &Path) -> io::Result<()> {
        self.set_text(hts::hts_fmt_option_CRAM_OPT_REFERENCE, &c_path(fasta)?)
    }

    /// Decodes or encodes with some threads of htslib's own.
    pub(super) fn set_threads(&mut self, threads: usize) -> io::Result<()> {
        // SAFETY: the file is live.
        let code = unsafe { hts::hts_set_threads(self.0.as_ptr(), threads.min(256) as c_int) };
        if code < 0 { Err(last_error()) } else { Ok(()) }
    }

    /// Gives a writer its header, without writing it.
    fn set_header(&mut self, header: &mut HtsHeader) -> io::Result<()> {
        // SAFETY: file and header are live, the file is CRAM, and the header is copied.
        let code = unsafe {
            let cram = self.0.as_ref().fp.cram;
            hts::cram_set_header(cram, header.0.as_ptr())
        };
        if code < 0 { Err(last_error()) } else { Ok(()) }
    }

    /// Reads the header of a reader.
    pub(super) fn header(&mut self) -> Option<HtsHeader> {
        // SAFETY: the file is live; what it gives is ours.
        NonNull::new(unsafe { hts::sam_hdr_read(self.0.as_ptr()) }).map(HtsHeader)
    }

    /// Reads the next record.
    pub(super) fn read(&mut self, header: &mut HtsHeader, record: &mut HtsRecord) -> Next {
        // SAFETY: all three are live.
        let code = unsafe { hts::sam_read1(self.0.as_ptr(), header.0.as_ptr(), record.0.as_ptr()) };
        Next::of(code)
    }
}

impl Drop for HtsFile {
    fn drop(&mut self) {
        // SAFETY: the file is live and ours.
        unsafe { hts::hts_close(self.0.as_ptr()) };
    }
}

/// Which CRAM, and how hard to try.
pub(super) type Kind = (CramVersion, CramProfile);

/// What encoders of parts of one CRAM file share: the header, and the sequences of the reference,
/// of which there is one copy in memory.
pub(super) struct SharedEncoder {
    header: HtsHeader,
    /// The file that loaded the reference. htslib counts the users of a reference without a lock
    /// of its own, so files that use it are made and closed while this one is held.
    anchor: Mutex<HtsFile>,
    kind: Kind,
}

// SAFETY: the header is only read from, and the rest is behind a lock.
unsafe impl Sync for SharedEncoder {}

impl SharedEncoder {
    /// Prepares for a header and, where it has contigs, the FASTA (with its `.fai`) that has them.
    pub(super) fn new(mut header: HtsHeader, fasta: Option<&Path>, kind: Kind) -> io::Result<Self> {
        let (mut anchor, _) = HtsFile::create(in_memory()?, kind)?;
        anchor.set_header(&mut header)?;
        if let Some(fasta) = fasta {
            anchor.set_reference(fasta)?;
        }
        Ok(Self { header, anchor: Mutex::new(anchor), kind })
    }

    fn lock(&self) -> MutexGuard<'_, HtsFile> {
        // A panic elsewhere leaves C's side of the file as it was.
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file without a name in memory.
fn in_memory() -> io::Result<File> {
    let flags = nix::sys::memfd::MFdFlags::MFD_CLOEXEC;
    Ok(nix::sys::memfd::memfd_create(c"cram", flags)?.into())
}

/// An encoder of records to containers, without a file's head.
pub(super) struct StreamEncoder {
    shared: Arc<SharedEncoder>,
    /// There until `drop` takes it.
    file: Option<HtsFile>,
    stream: NonNull<hts::hFILE>,
    /// What `stream` writes to, with the same place in it.
    encoded: File,
}

// SAFETY: used by one thread at a time; nothing in it is bound to a thread.
unsafe impl Send for StreamEncoder {}

impl StreamEncoder {
    /// Of records that are `sorted`, every slice is of one contig.
    pub(super) fn new(shared: &Arc<SharedEncoder>, sorted: bool) -> io::Result<Self> {
        let encoded = in_memory()?;
        let anchor = shared.lock();
        let (file, stream) = HtsFile::create(encoded.try_clone()?, shared.kind)?;
        let mut encoder = Self { shared: Arc::clone(shared), file: None, stream, encoded };
        let file = encoder.file.insert(file);
        // SAFETY: both files are CRAM and live; the header is copied; the reference's count of
        // users is changed under the lock.
        let codes = unsafe {
            let cram = file.0.as_ref().fp.cram;
            let references = hts::cram_get_refs(anchor.0.as_ptr());
            let option = hts::hts_fmt_option_CRAM_OPT_SHARED_REF;
            [
                hts::cram_set_header(cram, shared.header.0.as_ptr()),
                hts::hts_set_opt(file.0.as_ptr(), option, references),
            ]
        };
        let multi = hts::hts_fmt_option_CRAM_OPT_MULTI_SEQ_PER_SLICE;
        let sorted = if sorted { file.set(multi, 0) } else { Ok(()) };
        // An encoder that is dropped takes the lock.
        drop(anchor);
        if codes.iter().any(|&code| code < 0) {
            return Err(last_error());
        }
        sorted.map(|()| encoder)
    }

    fn raw(&self) -> *mut hts::htsFile {
        self.file.as_ref().expect("only drop takes it").0.as_ptr()
    }

    /// Hands a record to the encoder.
    pub(super) fn write(&mut self, record: &mut PackedRecord) -> io::Result<()> {
        let bam = record.as_bam();
        let header = self.shared.header.0.as_ptr();
        // SAFETY: file and header are live, and the record's data is, as long as `record` is
        // borrowed; htslib copies it.
        let code = unsafe { hts::sam_write1(self.raw(), header, &raw const bam) };
        if code < 0 { Err(last_error()) } else { Ok(()) }
    }

    /// Encodes what was written since the last call; gives its containers.
    pub(super) fn take(&mut self) -> io::Result<Vec<u8>> {
        // SAFETY: the file is live, and so is the stream, which it owns.
        if unsafe { hts::hts_flush(self.raw()) < 0 || hts::hflush(self.stream.as_ptr()) < 0 } {
            return Err(last_error());
        }
        let length = self.encoded.stream_position()?;
        self.encoded.rewind()?;
        let mut bytes = vec![0; length as usize];
        self.encoded.read_exact(&mut bytes)?;
        self.encoded.rewind()?;
        Ok(bytes)
    }
}

impl Drop for StreamEncoder {
    fn drop(&mut self) {
        let _anchor = self.shared.lock();
        self.file = None;
    }
}

impl Next {
    fn of(code: c_int) -> Self {
        match code {
            0.. => Self::Record,
            -1 => Self::End,
            _ => Self::Failed,
        }
    }
}

/// A CRAM file with its index, and the query that goes on.
pub(super) struct HtsIndexed {
    query: Option<NonNull<hts::hts_itr_t>>,
    index: NonNull<hts::hts_idx_t>,
    file: HtsFile,
}

// SAFETY: used by one thread at a time; nothing in it is bound to a thread.
unsafe impl Send for HtsIndexed {}

impl HtsIndexed {
    /// Loads the index of a file.
    pub(super) fn load(file: HtsFile, path: &Path, index: &Path) -> io::Result<Self> {
        const SILENT_FAIL: c_int = 2;
        let (path, index) = (c_path(path)?, c_path(index)?);
        // SAFETY: the file is live and the strings end in NUL.
        let index = unsafe {
            hts::sam_index_load3(file.0.as_ptr(), path.as_ptr(), index.as_ptr(), SILENT_FAIL)
        };
        let index = NonNull::new(index).ok_or_else(last_error)?;
        Ok(Self { query: None, index, file })
    }

    /// Begins a query of `[start, end)`, 0-based, of a contig.
    pub(super) fn start(&mut self, contig: i32, start: u32, end: u32) {
        self.stop();
        // SAFETY: the index is live.
        let query = unsafe {
            hts::sam_itr_queryi(self.index.as_ptr(), contig, i64::from(start), i64::from(end))
        };
        self.query = NonNull::new(query);
    }

    fn stop(&mut self) {
        if let Some(query) = self.query.take() {
            // SAFETY: it is live and ours.
            unsafe { hts::hts_itr_destroy(query.as_ptr()) }
        }
    }

    /// Reads the next record.
    pub(super) fn read(&mut self, record: &mut HtsRecord) -> Next {
        let Some(query) = self.query else { return Next::End };
        // SAFETY: all three are live; a CRAM file has no BGZF handle, and htslib asks for none.
        let code = unsafe {
            hts::hts_itr_next(
                ptr::null_mut(),
                query.as_ptr(),
                record.0.as_ptr().cast(),
                self.file.0.as_ptr().cast(),
            )
        };
        Next::of(code)
    }
}

impl Drop for HtsIndexed {
    fn drop(&mut self) {
        self.stop();
        // SAFETY: it is live and ours; the file, which it points to, is closed after this.
        unsafe { hts::hts_idx_destroy(self.index.as_ptr()) }
    }
}

/// A record that htslib fills.
pub(super) struct HtsRecord(NonNull<hts::bam1_t>);

// SAFETY: plain memory.
unsafe impl Send for HtsRecord {}

impl HtsRecord {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: allocates.
        NonNull::new(unsafe { hts::bam_init1() })
            .map(Self)
            .ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    /// The fixed fields.
    pub(super) fn core(&self) -> &hts::bam1_core_t {
        // SAFETY: it is live.
        unsafe { &self.0.as_ref().core }
    }

    /// Name (padded with NULs), CIGAR, bases, qualities and optional fields.
    pub(super) fn data(&self) -> &[u8] {
        // SAFETY: it is live.
        let bam = unsafe { self.0.as_ref() };
        let length = usize::try_from(bam.l_data).unwrap_or(0);
        if bam.data.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: htslib keeps `l_data` bytes of `data` initialised.
        unsafe { std::slice::from_raw_parts(bam.data, length) }
    }
}

impl Drop for HtsRecord {
    fn drop(&mut self) {
        // SAFETY: it is live and ours.
        unsafe { hts::bam_destroy1(self.0.as_ptr()) }
    }
}

/// One of our records in htslib's layout.
#[derive(Default)]
pub(super) struct PackedRecord {
    core: Core,
    data: Vec<u8>,
}

/// The fixed fields of a record.
#[derive(Default)]
struct Core {
    contig: i32,
    start: i32,
    bin: u16,
    mapq: u8,
    flags: u16,
    name_bytes: u16,
    padding: u8,
    operations: u32,
    bases: i32,
    mate_contig: i32,
    mate_start: i32,
    template_length: i32,
}

impl PackedRecord {
    /// Lays out a record; a long CIGAR stands in its place, not in `CG`.
    pub(super) fn fill(&mut self, record: &Record) {
        let bytes = record.as_bytes();
        let int = |at: usize| {
            i32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let long_cigar = if record.is_cigar_placeholder() { record.long_cigar() } else { None };
        let cigar = long_cigar.unwrap_or(record.packed_cigar());
        let name = record.name();
        let padded = (name.len() + 1).next_multiple_of(4);
        self.data.clear();
        self.data.extend_from_slice(name);
        self.data.resize(padded, 0);
        self.data.extend_from_slice(cigar);
        self.data.extend_from_slice(record.after_cigar());
        if long_cigar.is_some() {
            let fields = self.data.len() - record.aux_bytes().len();
            if let Some((range, _)) = record.aux_fields().find(*b"CG") {
                self.data.drain(fields + range.start..fields + range.end);
            }
        }
        self.core = Core {
            contig: int(0),
            start: int(4),
            bin: u16::from_le_bytes([bytes[10], bytes[11]]),
            mapq: record.mapq(),
            flags: record.flags().0,
            name_bytes: padded as u16,
            padding: (padded - name.len() - 1) as u8,
            operations: (cigar.len() / 4) as u32,
            bases: record.len() as i32,
            mate_contig: int(20),
            mate_start: int(24),
            template_length: int(28),
        };
    }

    /// The record as C sees it, with a pointer into `self`, which htslib must not free.
    fn as_bam(&mut self) -> hts::bam1_t {
        // SAFETY: all of it is integers and a pointer, for which zero is possible.
        let mut bam: hts::bam1_t = unsafe { std::mem::zeroed() };
        let core = &self.core;
        bam.core = hts::bam1_core_t {
            pos: i64::from(core.start),
            tid: core.contig,
            bin: core.bin,
            qual: core.mapq,
            l_extranul: core.padding,
            flag: core.flags,
            l_qname: core.name_bytes,
            n_cigar: core.operations,
            l_qseq: core.bases,
            mtid: core.mate_contig,
            mpos: i64::from(core.mate_start),
            isize_: i64::from(core.template_length),
        };
        bam.data = self.data.as_mut_ptr();
        bam.l_data = self.data.len() as c_int;
        bam.m_data = self.data.len() as u32;
        bam.set_mempolicy(3);
        bam
    }
}

/// Indexes a BAM file: BAI, or CSI where `min_shift` is above 0.
pub(in super::super) fn index_bam(
    bam: &Path,
    index: &Path,
    min_shift: u8,
    threads: usize,
) -> io::Result<()> {
    silence();
    let (bam, index) = (c_path(bam)?, c_path(index)?);
    let threads = threads.min(256) as c_int;
    let (bam, index): (*const c_char, *const c_char) = (bam.as_ptr(), index.as_ptr());
    // SAFETY: both strings end in NUL and outlive the call.
    let code = unsafe { hts::sam_index_build3(bam, index, c_int::from(min_shift), threads) };
    if code < 0 { Err(last_error()) } else { Ok(()) }
}
