//! The call into htslib that indexes a file which was written here.

#![expect(unsafe_code, reason = "htslib is C; it is given two paths")]

use std::{ffi::CString, io, os::unix::ffi::OsStrExt, path::Path};

use hts_sys as hts;

/// Smallest bin of the index, as a power of two.
const MIN_SHIFT: i32 = 14;

/// Makes the index (CSI) of a BCF file.
pub(super) fn index(bcf: &Path, index: &Path) -> io::Result<()> {
    let c_path = |path: &Path| -> io::Result<CString> {
        Ok(CString::new(std::path::absolute(path)?.as_os_str().as_bytes())?)
    };
    let (bcf, index) = (c_path(bcf)?, c_path(index)?);
    // SAFETY: both strings end in NUL and outlive the call.
    let code = unsafe { hts::bcf_index_build3(bcf.as_ptr(), index.as_ptr(), MIN_SHIFT, 0) };
    if code < 0 { Err(io::Error::other("htslib cannot index it")) } else { Ok(()) }
}
