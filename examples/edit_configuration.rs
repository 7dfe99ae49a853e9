//! Changing a configuration that people write by hand: the edit goes to the file that owns the value,
//! is shown before it is written, and leaves every other byte where it is.
//!
//!     cargo run --example edit_configuration

use std::fs;

use openclaw_core::Env;
use openclaw_core::config::{ConfigFiles, typed_edit};
use openclaw_core::json5::Edit;

const ROOT: &str = "{
  // one file for the whole team, this one for us
  $include: './team.json5',
  agents: { defaults: { model: { primary: 'opus' /* for now */ } } },
}
";
const TEAM: &str = "{\n\tauth: { order: { anthropic: ['anthropic:work'] } }, // ask before you change it\n}\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (root, team) = (folder.path().join("openclaw.json"), folder.path().join("team.json5"));
    fs::write(&root, ROOT)?;
    fs::write(&team, TEAM)?;

    let env = Env::empty();
    let files = ConfigFiles::read(&root, &env)?;
    let change = files.plan(
        &[
            // What a person typed: JSON5, or else a text.
            typed_edit(&"agents.defaults.model.primary".parse()?, "sonnet")?,
            // What a program knows to be a text. It stands in the included file, and is written there.
            Edit::text("auth.order.anthropic[1]".parse()?, "anthropic:private"),
        ],
        &env,
    )?;
    for file in change.files() {
        let name = file.path().file_name().unwrap_or_default().to_string_lossy();
        // Secrets are blanked in a preview.
        let preview = file.preview();
        let lines = preview.before.lines().zip(preview.after.lines());
        for (before, after) in lines.filter(|(before, after)| before != after) {
            println!("{name}\n- {before}\n+ {after}");
        }
    }

    // Locked, compared with what was read, backed up, replaced at once.
    let written = change.write()?;
    println!("\n{} files written, {} backups beside them", written.files.len(), written.backups.len());

    // What would make the configuration invalid is refused, and says why.
    let wrong = [Edit::set("auth.ordr".parse()?, "{}")];
    if let Err(error) = ConfigFiles::read(&root, &env)?.plan(&wrong, &env) {
        println!("\n{}", error.to_string().replace(&format!("{}/", folder.path().display()), ""));
    }
    Ok(())
}
