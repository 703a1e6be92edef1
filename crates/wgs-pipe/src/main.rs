//! The `wgs-pipe` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    wgs_pipe::main()
}
