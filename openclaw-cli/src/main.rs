//! The command `openclaw`.

use std::process::ExitCode;

fn main() -> ExitCode {
    openclaw_cli::run(openclaw_cli::Host::from_process())
}
