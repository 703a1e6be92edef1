//! The name of the machine that a process runs on.

/// Variable that names the machine where its host name does not, as where several nodes of a batch
/// system share a host.
pub const VARIABLE: &str = "WGS_PIPE_MACHINE";

/// The name of this machine: what [`VARIABLE`] says, or else its host name. None where neither is
/// known, or is no printable text.
pub fn name() -> Option<String> {
    let told = std::env::var(VARIABLE).ok();
    let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = told.filter(|name| !name.trim().is_empty()).or_else(host)?;
    let name = name.trim();
    (!name.is_empty() && !name.contains(char::is_control)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_machine_has_a_name_without_line_breaks() {
        let name = super::name().expect("a Linux system has a host name");
        assert!(!name.is_empty() && !name.contains(char::is_control));
    }
}
