//! The engine's C interface, made safe.
//!
//! The published wrapper crate does not reach the options that [`Preset::Fast`](super::Preset)
//! needs, so the interface below it is used.

#![expect(unsafe_code, reason = "the engine is a C++ library")]

use std::{
    any::Any,
    ffi::{CStr, CString, c_int, c_void},
    os::unix::ffi::OsStrExt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    ptr::{self, NonNull},
};

use bwa_mem3_sys as sys;

use super::Preset;
use crate::reads::{Read, ReadBatch};

/// Why the engine refused.
pub(super) type Reason = String;

/// Insert sizes of the four orientations.
pub(super) type Statistics = [sys::mem_pestat_t; 4];

/// Version of the engine.
pub(super) fn version() -> &'static str {
    // SAFETY: the function has no preconditions and returns a static C string, or null.
    let text = unsafe { sys::bwa_shim_version().as_ref().map(|text| CStr::from_ptr(text)) };
    text.and_then(|text| text.to_str().ok()).unwrap_or("unknown")
}

fn last_error() -> Reason {
    // SAFETY: as `version`; the string is this thread's and is copied before anything else is
    // called.
    let text = unsafe { sys::bwa_shim_last_error().as_ref().map(|text| CStr::from_ptr(text)) };
    text.map_or_else(String::new, |text| text.to_string_lossy().into_owned())
}

/// An index in memory.
pub(super) struct Index(NonNull<sys::BwaIndex>);

// SAFETY: nothing changes an index once it is loaded, and no function keeps state in it.
unsafe impl Send for Index {}
// SAFETY: see `Send`.
unsafe impl Sync for Index {}

impl Index {
    /// Loads files that were validated: the engine ends the process on broken ones.
    pub(super) fn load(prefix: &Path, threads: usize) -> Result<Self, Reason> {
        let path = CString::new(prefix.as_os_str().as_bytes()).map_err(|e| e.to_string())?;
        let threads = c_int::try_from(threads.max(1)).unwrap_or(c_int::MAX);
        // SAFETY: `path` is a C string that lives during the call.
        let index = unsafe { sys::bwa_shim_idx_load_threads(path.as_ptr(), threads) };
        NonNull::new(index).map(Self).ok_or_else(last_error)
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // SAFETY: made by the engine, owned by this value alone, and freed only here.
        unsafe { sys::bwa_shim_idx_free(self.0.as_ptr()) }
    }
}

/// Options of the engine.
pub(super) struct Options(NonNull<sys::mem_opt_t>);

// SAFETY: plain numbers, which are changed only in `new`.
unsafe impl Send for Options {}
// SAFETY: see `Send`.
unsafe impl Sync for Options {}

impl Options {
    /// The defaults of paired reads, with soft-clipped supplementary records, and a preset.
    pub(super) fn new(preset: Preset) -> Result<Self, Reason> {
        // SAFETY: no preconditions.
        let options = unsafe { sys::bwa_shim_opts_new() };
        let mut options = NonNull::new(options).map(Self).ok_or_else(last_error)?;
        // SAFETY: made by the engine, initialised, and owned by `options` alone.
        let fields = unsafe { options.0.as_mut() };
        fields.flag |= (sys::MEM_F_PE | sys::MEM_F_SOFTCLIP) as c_int;
        preset.apply(fields);
        Ok(options)
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: as for `Index`.
        unsafe { sys::bwa_shim_opts_free(self.0.as_ptr()) }
    }
}

/// Buffers of one thread.
pub(super) struct Scratch(NonNull<sys::BwaScratch>);

impl Scratch {
    pub(super) fn new() -> Result<Self, Reason> {
        // SAFETY: no preconditions.
        let scratch = unsafe { sys::bwa_shim_scratch_new() };
        NonNull::new(scratch).map(Self).ok_or_else(last_error)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: as for `Index`.
        unsafe { sys::bwa_shim_scratch_free(self.0.as_ptr()) }
    }
}

/// Which read a record is of: index among the pairs, or among the single reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Pair(usize),
    Single(usize),
}

/// Reads as the engine takes them; it borrows those of a batch.
#[derive(Default)]
pub(super) struct Cohort {
    pairs: Vec<sys::BwaReadPair>,
    pair_places: Vec<usize>,
    singles: Vec<sys::BwaSingleRead>,
    single_places: Vec<usize>,
}

impl Cohort {
    fn of(batch: &ReadBatch) -> Self {
        let mut cohort = Self::default();
        for (place, template) in batch.templates().enumerate() {
            let (name, name_len) = (template.name.as_ptr().cast(), template.name.len());
            let (r1_seq, r1_seq_len, r1_qual) = parts(template.first);
            if let Some(last) = template.last {
                let (r2_seq, r2_seq_len, r2_qual) = parts(last);
                cohort.pair_places.push(place);
                cohort.pairs.push(sys::BwaReadPair {
                    r1_name: name,
                    r1_name_len: name_len,
                    r1_seq,
                    r1_seq_len,
                    r1_qual,
                    r2_name: name,
                    r2_name_len: name_len,
                    r2_seq,
                    r2_seq_len,
                    r2_qual,
                });
            } else {
                cohort.single_places.push(place);
                cohort.singles.push(sys::BwaSingleRead {
                    name,
                    name_len,
                    seq: r1_seq,
                    seq_len: r1_seq_len,
                    qual: r1_qual,
                });
            }
        }
        cohort
    }
}

fn parts(read: Read<'_>) -> (*const u8, usize, *const u8) {
    let with_quals = read.quals.len() == read.bases.len();
    let quals = if with_quals { read.quals.as_ptr() } else { ptr::null() };
    (read.bases.as_ptr(), read.bases.len(), quals)
}

/// The candidate alignments of a batch's reads.
pub(super) struct Regions {
    handle: NonNull<sys::BwaRegs>,
    pair_places: Vec<usize>,
    single_places: Vec<usize>,
}

impl Drop for Regions {
    fn drop(&mut self) {
        // SAFETY: as for `Index`; `emit` forgets the value whose handle it gives away.
        unsafe { sys::bwa_shim_regs_free(self.handle.as_ptr()) }
    }
}

/// What is called during one call: an index, its options, and a thread's buffers.
pub(super) struct Call<'a> {
    pub(super) index: &'a Index,
    pub(super) options: &'a Options,
    pub(super) scratch: &'a mut Scratch,
}

impl Call<'_> {
    /// Seeds and extends each read of a batch, which the engine copies. Names are of 254 bytes at
    /// most, and qualities as many as bases: [`ReadBatch`] has no others.
    pub(super) fn regions(&mut self, batch: &ReadBatch) -> Result<Regions, Reason> {
        let Cohort { pairs, pair_places, singles, single_places } = Cohort::of(batch);
        let reads = sys::BwaReadBatch {
            pairs: pairs.as_ptr(),
            n_pairs: pairs.len(),
            singles: singles.as_ptr(),
            n_singles: singles.len(),
        };
        // SAFETY: all handles are alive, the scratch is borrowed mutably, and `reads` points to
        // vectors and to reads of `batch`, which all outlive the call.
        let handle = unsafe {
            let (index, options) = (self.index.0.as_ptr(), self.options.0.as_ptr());
            sys::bwa_shim_seed_extend(index, options, self.scratch.0.as_ptr(), &raw const reads)
        };
        let handle = NonNull::new(handle).ok_or_else(last_error)?;
        Ok(Regions { handle, pair_places, single_places })
    }

    /// The insert sizes of the pairs.
    pub(super) fn statistics(&self, regions: &Regions) -> Result<Statistics, Reason> {
        let empty = sys::mem_pestat_t { low: 0, high: 0, failed: 0, avg: 0.0, std: 0.0 };
        let mut statistics = [empty; 4];
        let list = [regions.handle.as_ptr().cast_const()];
        // SAFETY: all handles are alive; the engine writes four values to `statistics`.
        let code = unsafe {
            let (index, options) = (self.index.0.as_ptr(), self.options.0.as_ptr());
            sys::bwa_shim_pestat_cohort(index, options, list.as_ptr(), 1, statistics.as_mut_ptr())
        };
        if code == 0 { Ok(statistics) } else { Err(last_error()) }
    }

    /// Pairs the reads and hands out packed records, with the place of their template.
    pub(super) fn emit(
        &mut self,
        regions: Regions,
        statistics: &Statistics,
        first_template: u64,
        out: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), Reason> {
        let mut regions = std::mem::ManuallyDrop::new(regions);
        let mut sink = Sink {
            out,
            pair_places: std::mem::take(&mut regions.pair_places),
            single_places: std::mem::take(&mut regions.single_places),
            panic: None,
        };
        let ids =
            sys::BwaIdBases { first_single_id: first_template, first_pair_id: first_template };
        // SAFETY: all handles are alive; the engine frees the regions in any case, and
        // `ManuallyDrop` keeps this side from it; `sink` outlives the call and is used by nothing
        // else during it.
        let code = unsafe {
            sys::bwa_shim_pair_emit(
                self.index.0.as_ptr(),
                self.options.0.as_ptr(),
                self.scratch.0.as_ptr(),
                regions.handle.as_ptr(),
                statistics.as_ptr(),
                ids,
                Some(receive),
                (&raw mut sink).cast(),
            )
        };
        if let Some(panic) = sink.panic {
            resume_unwind(panic);
        }
        if code == 0 { Ok(()) } else { Err(last_error()) }
    }
}

struct Sink<'a> {
    out: &'a mut dyn FnMut(usize, &[u8]),
    pair_places: Vec<usize>,
    single_places: Vec<usize>,
    panic: Option<Box<dyn Any + Send>>,
}

impl Sink<'_> {
    fn put(&mut self, origin: Origin, body: &[u8]) {
        let place = match origin {
            Origin::Pair(i) => self.pair_places[i],
            Origin::Single(i) => self.single_places[i],
        };
        (self.out)(place, body);
    }
}

/// Takes a record; a panic waits until the engine has returned.
unsafe extern "C" fn receive(
    context: *mut c_void,
    kind: u32,
    index: usize,
    body: *const u8,
    length: usize,
) {
    // SAFETY: `context` is the `Sink` of `emit`, which nothing else uses meanwhile.
    let sink = unsafe { &mut *context.cast::<Sink<'_>>() };
    if sink.panic.is_some() {
        return;
    }
    // SAFETY: the engine gives so many bytes, which live during this call.
    let body = unsafe { std::slice::from_raw_parts(body, length) };
    let origin =
        if kind == sys::BWA_ORIGIN_SINGLE { Origin::Single(index) } else { Origin::Pair(index) };
    sink.panic = catch_unwind(AssertUnwindSafe(|| sink.put(origin, body))).err();
}
