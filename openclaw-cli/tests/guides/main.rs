//! The guides in `docs/` and the README are true: what they tell to type works, what they show is what is
//! printed, their configurations are valid, they leave no setting out, and their links lead somewhere.
//!
//! - ```` ```bash ````: every line is typed and succeeds. A block that begins with `# needs a person` is not
//!   run; that its commands exist is checked all the same.
//! - ```` ```console ````: after `$ command` stands what it prints; see [`words`].
//! - ```` ```json5 ````: a whole `openclaw.json` that has no problem; one that begins with
//!   `// ~/.openclaw/NAME` is put there.
//! - ```` ```json ````: an `auth-profiles.json` in which every profile can be read.
//! - Every heading of the second level starts in a new home folder. `<!-- given: … -->` does too, and puts
//!   something into it.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

#[path = "../common/mod.rs"]
mod common;
mod complete;
mod page;
mod stage;
mod words;

use common::assert_parses;
use page::{Page, Part, pages};
use stage::Stage;

#[test]
fn what_the_guides_show_is_so() {
    std::thread::scope(|scope| {
        for page in pages() {
            scope.spawn(move || perform(&page));
        }
    });
}

#[test]
fn commands_that_are_only_named_exist() {
    let pages = pages();
    let commands: Vec<&String> = pages.iter().flat_map(|page| &page.commands).collect();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        assert_parses(command);
    }
}

fn perform(page: &Page) {
    let mut stage = Stage::new(&[]);
    for part in &page.parts {
        match part {
            Part::Section => stage = Stage::new(&[]),
            Part::Given(things) => stage = Stage::new(things),
            Part::Block { language, lines, at } => {
                let place = format!("{}:{at}", page.name());
                match language.as_str() {
                    "bash" => typed(&stage, lines, &place),
                    "console" => shown(&stage, lines, &place),
                    "json5" => configured(&stage, lines),
                    "json" => stage.store(&lines.join("\n")),
                    // Compiled as documentation tests of the library, or a picture of something.
                    "rust" | "rust,no_run" | "text" | "toml" => {}
                    other => panic!("{place}: nobody tests blocks of {other:?}"),
                }
            }
        }
    }
}

fn typed(stage: &Stage, lines: &[String], place: &str) {
    let needs_a_person = lines.first().is_some_and(|line| line.starts_with("# needs a person"));
    for line in lines.iter().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if needs_a_person {
            if line.starts_with("openclaw ") {
                assert_parses(line.split(" #").next().unwrap().trim());
            }
            continue;
        }
        // What builds this project is run by whoever runs the tests, and by `.ci/run`.
        if line.starts_with("cargo ") {
            continue;
        }
        let Some(output) = stage.type_line(line) else { return };
        assert_eq!(output.code, 0, "{place}: {line}\n{}", output.stdout);
    }
}

fn shown(stage: &Stage, lines: &[String], place: &str) {
    let mut lines = lines.iter().peekable();
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("{place}: no command: {line}"));
        let mut expected = String::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            expected.push_str(line);
            expected.push('\n');
        }
        let Some(output) = stage.type_line(command) else { return };
        let home = stage.world.home().display().to_string();
        let printed = output.stdout.replace(&home, "~");
        let fails = expected.lines().any(|line| line.starts_with("Error: "));
        assert_eq!(output.code != 0, fails, "{place}: {command} ended with {}:\n{printed}", output.code);
        assert!(words::agree(&expected, &printed), "{place}: {command}\nshown:\n{expected}\nprinted:\n{printed}");
    }
}

fn configured(stage: &Stage, lines: &[String]) {
    let text = lines.join("\n");
    let named = lines.first().and_then(|line| line.strip_prefix("// ~/.openclaw/"));
    stage.configure(named.unwrap_or("openclaw.json"), &text);
}
