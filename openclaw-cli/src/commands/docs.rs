//! `openclaw completion` and `openclaw man`: made from the same description as the help.

use std::fs;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use openclaw_core::printable;

use crate::args::{CompletionArgs, ManArgs};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

pub(crate) fn completion(host: &mut Host, given: &CompletionArgs) -> Result<u8, CliError> {
    let by_default = || host.env.get("SHELL").and_then(Shell::from_shell_path);
    let shell = given.shell.or_else(by_default).ok_or_else(|| {
        CliError::usage("for which shell? write bash, zsh, fish, powershell or elvish behind `completion`")
    })?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::command(), "openclaw", &mut script);
    output::out(host, &String::from_utf8_lossy(&script)).map(|()| 0)
}

pub(crate) fn man(host: &mut Host, given: &ManArgs) -> Result<u8, CliError> {
    let mut root = crate::command();
    // Names of commands and inherited options are only there afterwards.
    root.build();
    if let Some(dir) = &given.dir {
        let count = write(&root, &host.cwd.join(dir))?;
        return output::line(host, &format!("Wrote {count} pages to {}", printable(&host.short(dir)))).map(|()| 0);
    }
    let mut command = &root;
    for name in &given.command {
        let below = command.find_subcommand(name);
        command = below.filter(|below| !below.is_hide_set()).ok_or_else(|| {
            CliError::usage(format!("openclaw has no command `{}`", printable(&given.command.join(" "))))
        })?;
    }
    let page = page(command)?;
    output::out(host, &page).map(|()| 0)
}

/// Writes a page for each command below and including this one, and returns how many.
fn write(command: &Command, dir: &Path) -> Result<usize, CliError> {
    let cannot = |error: std::io::Error| {
        CliError::failed("output", format!("cannot write to {}: {error}", printable(&dir.display().to_string())))
    };
    fs::create_dir_all(dir).map_err(cannot)?;
    let name = command.get_display_name().unwrap_or(command.get_name());
    fs::write(dir.join(format!("{name}.1")), page(command)?).map_err(cannot)?;
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    below.map(|below| write(below, dir)).try_fold(1, |count, more| Ok(count + more?))
}

fn page(command: &Command) -> Result<String, CliError> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let source = format!("openclaw {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).title(name.to_uppercase()).source(source).manual("openclaw");
    let mut page = Vec::new();
    man.render(&mut page).map_err(|error| CliError::failed("output", format!("cannot make the page: {error}")))?;
    let page = String::from_utf8_lossy(&page);
    // What stands below the options has a heading of its own.
    let page = page.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n").replace(".SH EXTRA\n", ".SH NOTES\n");
    Ok(page.replace("\nExamples:\n", "\n.SH EXAMPLES\n").replace("\nPlaces:\n", "\n.SH FILES\n"))
}
