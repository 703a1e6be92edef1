//! The engine's C interface, made safe.

#![expect(unsafe_code, reason = "the engine is a C library")]

use std::{
    ffi::{CStr, CString, c_char, c_void},
    mem::MaybeUninit,
    os::unix::ffi::OsStrExt,
    path::Path,
    ptr::NonNull,
};

use minibwa_sys as sys;
use wgs_formats::alignment::{CigarKind, CigarOp};

use super::{hit::Hit, insert::Pairing};

/// Bytes of a thread's buffers from which on they are given back after a batch.
pub(super) const KEPT_BYTES: i64 = 32 << 20;

unsafe extern "C" {
    fn free(pointer: *mut c_void);
}

/// Version of the engine.
pub(super) fn version() -> &'static str {
    CStr::from_bytes_with_nul(sys::MB_VERSION).ok().and_then(|v| v.to_str().ok()).unwrap_or("?")
}

fn c_path(path: &Path) -> Option<CString> {
    CString::new(path.as_os_str().as_bytes()).ok()
}

/// Builds an index of a FASTA; whether its files are whole must be looked at.
pub(crate) fn build_index(fasta: &Path, prefix: &Path) -> bool {
    let (Some(fasta), Some(prefix)) = (c_path(fasta), c_path(prefix)) else { return false };
    // SAFETY: both are C strings that live during the call.
    unsafe { sys::mb_index_build(fasta.as_ptr(), prefix.as_ptr(), 0, 1) == 0 }
}

/// An index in memory.
pub(super) struct Index(NonNull<sys::mb_idx_t>);

// SAFETY: nothing changes an index once it is loaded.
unsafe impl Send for Index {}
// SAFETY: see `Send`.
unsafe impl Sync for Index {}

impl Index {
    /// Loads files that were validated: the engine trusts them.
    pub(super) fn load(prefix: &Path) -> Option<Self> {
        let prefix = c_path(prefix)?;
        // SAFETY: `prefix` is a C string that lives during the call.
        NonNull::new(unsafe { sys::mb_idx_load(prefix.as_ptr(), 0) }).map(Self)
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // SAFETY: made by the engine, owned by this value alone, and freed only here.
        unsafe { sys::mb_idx_destroy(self.0.as_ptr()) }
    }
}

/// Buffers of one thread.
pub(super) struct Buffer(NonNull<sys::mb_tbuf_t>);

impl Buffer {
    pub(super) fn new() -> Option<Self> {
        // SAFETY: no preconditions.
        NonNull::new(unsafe { sys::mb_tbuf_init(0) }).map(Self)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: as for `Index`.
        unsafe { sys::mb_tbuf_destroy(self.0.as_ptr()) }
    }
}

/// The engine's defaults with `MD`, and with pairs of these insert sizes or without pairs.
fn options(pairing: Option<Pairing>) -> sys::mb_opt_t {
    let mut options = MaybeUninit::<sys::mb_opt_t>::zeroed();
    // SAFETY: the function sets all fields, which are numbers, for which zero is a value as well.
    let mut options = unsafe {
        sys::mb_opt_init(options.as_mut_ptr());
        options.assume_init()
    };
    options.flag |= sys::MB_F_WRITE_MD as u64;
    options.flag &= !(sys::MB_F_PE as u64);
    if let Some(Pairing { mean, deviation, low, high }) = pairing {
        options.flag |= (sys::MB_F_PE | sys::MB_F_PE_PREDEF) as u64;
        (options.pe_avg, options.pe_std) = (mean, deviation);
        (options.pe_lo, options.pe_hi) = (low, high);
    }
    options
}

/// A read as the engine takes it.
#[derive(Clone, Copy)]
pub(super) struct Query<'a> {
    /// Ties are broken by it.
    pub(super) name: &'a CStr,
    pub(super) bases: &'a [u8],
}

/// What the engine takes in place of no bases.
const NO_BASES: &[u8] = b"N";

/// Maps reads; with `pairing`, each two that follow each other are mates, so they are of an even
/// number. What comes out of each read does not depend on the others, but for its mate.
pub(super) fn map(
    index: &Index,
    buffer: &mut Buffer,
    reads: &[Query<'_>],
    pairing: Option<Pairing>,
) -> Option<Vec<Vec<Hit>>> {
    assert!(pairing.is_none() || reads.len().is_multiple_of(2), "mates come in twos");
    if reads.is_empty() {
        return Some(Vec::new());
    }
    let bases = reads.iter().map(|r| if r.bases.is_empty() { NO_BASES } else { r.bases });
    let bases: Vec<&[u8]> = bases.collect();
    let lengths: Option<Vec<i32>> = bases.iter().map(|b| i32::try_from(b.len()).ok()).collect();
    let lengths = lengths?;
    let mut sequences: Vec<*const c_char> = bases.iter().map(|b| b.as_ptr().cast()).collect();
    let mut names: Vec<*const c_char> = reads.iter().map(|r| r.name.as_ptr()).collect();
    let mut counts = vec![0; reads.len()];
    let options = options(pairing);
    // SAFETY: all arrays are of `reads.len()` elements and outlive the call; sequences are of the
    // given lengths, names end with NUL; the index is alive, and the buffer borrowed mutably.
    let hits = unsafe {
        sys::mb_map_batch(
            &raw const options,
            self_ptr(index),
            i32::try_from(reads.len()).ok()?,
            lengths.as_ptr(),
            sequences.as_mut_ptr(),
            counts.as_mut_ptr(),
            buffer.0.as_ptr(),
            names.as_mut_ptr(),
        )
    };
    // SAFETY: the buffer is alive and nothing of it is in use.
    unsafe { sys::mb_tbuf_reset(buffer.0.as_ptr(), KEPT_BYTES) };
    let hits = NonNull::new(hits)?;
    let taken = counts.iter().enumerate().map(|(i, &count)| {
        // SAFETY: the engine made an array of as many lists as there are reads, each null or of so
        // many hits, all for the caller to free.
        unsafe { take(*hits.as_ptr().add(i), usize::try_from(count).unwrap_or(0)) }
    });
    let taken: Vec<Vec<Hit>> = taken.collect();
    // SAFETY: allocated by the engine with `calloc`, and used by nothing any more.
    unsafe { free(hits.as_ptr().cast()) };
    Some(taken)
}

fn self_ptr(index: &Index) -> *const sys::mb_idx_t {
    index.0.as_ptr()
}

/// Copies the hits of a read, and frees them.
///
/// # Safety
///
/// `hits` is null, or an array of `count` hits allocated with `malloc`, whose `p` are null or
/// allocated in the same way; nothing uses them afterwards.
unsafe fn take(hits: *mut sys::mb_hit_t, count: usize) -> Vec<Hit> {
    let mut copies = Vec::with_capacity(count);
    if hits.is_null() {
        return copies;
    }
    for i in 0..count {
        // SAFETY: by the caller's promise.
        unsafe {
            let hit = hits.add(i);
            copies.push(copy(hit));
            free((*hit).p.cast());
        }
    }
    // SAFETY: by the caller's promise.
    unsafe { free(hits.cast()) };
    copies
}

/// # Safety
///
/// `hit` points to a hit; its `p`, if not null, to its CIGAR of `n_cigar` operations, with a C
/// string after it where `cs` is set.
unsafe fn copy(hit: *const sys::mb_hit_t) -> Hit {
    // SAFETY: by the caller's promise.
    let fields = unsafe { &*hit };
    let number = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    let mut copy = Hit {
        contig: usize::try_from(fields.tid).unwrap_or(usize::MAX),
        start: number(fields.ts),
        end: number(fields.te),
        query: number(fields.qs.into())..number(fields.qe.into()),
        is_primary: fields.id == fields.parent,
        parent: fields.parent,
        is_representative: fields.sam_pri() != 0,
        is_proper: fields.proper_pair() != 0,
        reverse: fields.rev() != 0,
        mapq: u8::try_from(fields.mapq.clamp(0, 254)).unwrap_or(0),
        differences: fields.blen - fields.mlen,
        ..Hit::default()
    };
    let extra = fields.p.cast_const();
    if extra.is_null() {
        return copy;
    }
    // SAFETY: by the caller's promise; the pointers keep to the allocation behind `p`.
    unsafe {
        let count = usize::try_from((*extra).n_cigar).unwrap_or(0);
        let cigar: *const u32 = (&raw const (*extra).cigar).cast();
        let operations = std::slice::from_raw_parts(cigar, count);
        copy.cigar = operations.iter().map(|&packed| operation(packed)).collect();
        if (*extra).cs() != 0 {
            let text = CStr::from_ptr(cigar.add(count).cast());
            copy.description = text.to_bytes().strip_prefix(b"MD:Z:").unwrap_or_default().to_vec();
        }
        copy.differences += (*extra).n_ambi() as i32;
        (copy.score, copy.best, copy.second) =
            ((*extra).dp_score, (*extra).dp_max, (*extra).dp_max2);
    }
    copy
}

/// An operation of a CIGAR: the engine makes matches, insertions and deletions.
fn operation(packed: u32) -> CigarOp {
    let kind = match packed & 15 {
        1 => CigarKind::Insertion,
        2 => CigarKind::Deletion,
        3 => CigarKind::Skip,
        _ => CigarKind::Match,
    };
    CigarOp::new(kind, packed >> 4)
}
