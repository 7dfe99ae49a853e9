//! The command on a terminal of its own.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use crate::common::{KEY, TOKEN, World};

/// A terminal with the command on it. What is typed waits for what is shown, never for a time.
struct Terminal {
    keyboard: File,
    line: OwnedFd,
    before: Termios,
    screen: Receiver<Vec<u8>>,
    shown: String,
    /// Up to where `shown` has been waited for.
    seen: usize,
    child: Child,
}

impl Terminal {
    fn start(world: &World, args: &[&str]) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let line = ioctl_tiocgptpeer(&keyboard, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        let before = tcgetattr(&line).unwrap();
        let stdio = || Stdio::from(line.try_clone().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
        command.args(args).env_clear().env("HOME", world.home()).env("TERM", "xterm");
        let child = command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
        let keyboard = File::from(keyboard);
        let (sender, screen) = channel();
        let mut reader = keyboard.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { keyboard, line, before, screen, shown: String::new(), seen: 0, child }
    }

    /// Waits until this is shown, and types.
    #[track_caller]
    fn at(&mut self, text: &str, typed: &str) -> &mut Self {
        let end = loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                break self.seen + at + text.len();
            }
            let more = self.screen.recv_timeout(Duration::from_secs(60));
            let more = more.unwrap_or_else(|_| panic!("`{text}` is not shown: {:?}", self.shown));
            // Nothing that is waited for is beyond ASCII, so a letter may come in two pieces.
            self.shown.extend(more.iter().map(|byte| char::from(*byte)));
        };
        self.seen = end;
        self.keyboard.write_all(typed.as_bytes()).unwrap();
        self
    }

    /// Waits until this is shown, and gives up by this key until the command has noticed: a Ctrl-C that comes before
    /// the question listens is a signal to whoever the terminal belongs to, and here it belongs to nobody.
    #[track_caller]
    fn gives_up_at(mut self, text: &str, key: &str) -> String {
        self.at(text, key);
        for turn in 1..=600 {
            if self.child.try_wait().unwrap().is_some() {
                return self.ends(130);
            }
            std::thread::sleep(Duration::from_millis(100));
            if key == "\u{3}" && turn % 10 == 0 && self.child.try_wait().unwrap().is_none() {
                self.keyboard.write_all(key.as_bytes()).unwrap();
            }
        }
        panic!("it does not give up: {}", self.shown);
    }

    /// Waits for the end. The terminal is as it was before, and what was typed is all read.
    #[track_caller]
    fn ends(mut self, code: i32) -> String {
        let status = self.child.wait().unwrap();
        while let Ok(more) = self.screen.recv_timeout(Duration::from_millis(200)) {
            self.shown.extend(more.iter().map(|byte| char::from(*byte)));
        }
        assert_eq!(status.code(), Some(code), "{}", self.shown);
        let after = tcgetattr(&self.line).unwrap();
        assert_eq!(after.local_modes, self.before.local_modes);
        assert_eq!(after.input_modes, self.before.input_modes);
        assert_eq!(after.output_modes, self.before.output_modes);
        // What a shell would read next; a line need not be whole for that.
        let mut raw = after;
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        raw.special_codes[SpecialCodeIndex::VMIN] = 0;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&self.line, OptionalActions::Now, &raw).unwrap();
        let mut rest = [0; 256];
        let count = File::from(self.line.try_clone().unwrap()).read(&mut rest).unwrap();
        assert_eq!(String::from_utf8_lossy(&rest[..count]), "", "this is left for the shell");
        self.shown
    }
}

const PASTE_TOKEN: [&str; 5] = ["models", "auth", "paste-token", "--provider", "anthropic"];
const ASKED: &str = "Paste Anthropic setup-token (hidden): ";
const DOWN: &str = "\u{1b}[B";

#[track_caller]
fn assert_hidden(shown: &str, secret: &str) {
    let body = &secret["sk-ant-api03-".len()..];
    for at in 0..body.len() - 6 {
        assert!(!shown.contains(&body[at..at + 6]), "the terminal shows the secret: {shown}");
    }
}

#[test]
fn a_wrapped_paste_is_hidden_stored_whole_and_leaves_nothing_for_the_shell() {
    let (head, tail) = TOKEN.split_at(70);
    for paste in [
        format!("{TOKEN}\r"),
        format!("{head}\r{tail}\r"),
        format!("{head}\r\n  {tail}\r\n\r\n"),
        // As a terminal in the mode of bracketed pastes sends it.
        format!("\u{1b}[200~{head}\r{tail}\u{1b}[201~\r"),
    ] {
        let world = World::new();
        let mut terminal = Terminal::start(&world, &PASTE_TOKEN);
        terminal.at(ASKED, &paste);
        let shown = terminal.ends(0);
        assert!(shown.contains("Stored setup-token sk-ant-oat01-"), "{shown}");
        assert_hidden(&shown, TOKEN);
        assert_eq!(world.store()["profiles"]["anthropic:manual"]["token"], TOKEN, "{paste:?}");
    }
}

#[test]
fn giving_up_at_a_hidden_question_stores_nothing() {
    for typed in ["\u{3}", "sk-ant-oat01-half\u{3}", "\u{4}", "\u{1b}"] {
        let world = World::new();
        let mut terminal = Terminal::start(&world, &PASTE_TOKEN);
        terminal.at(ASKED, typed);
        let shown = terminal.ends(130);
        assert!(shown.contains("interrupted; nothing was stored") && !shown.contains("half"), "{typed:?}: {shown}");
        assert!(!world.state().exists(), "{typed:?}");
    }
}

#[test]
fn the_wizard_works_from_the_first_key_to_the_last() {
    let world = World::new();
    let mut terminal = Terminal::start(&world, &["onboard"]);
    terminal.at("Anthropic token (paste setup-token)", &format!("{DOWN}\r"));
    terminal.at(ASKED, "nonsense\r");
    terminal.at("Expected token starting with sk-ant-oat01-", "");
    terminal.at(ASKED, &format!("{TOKEN}\r"));
    terminal.at("Which model answers by default?", &format!("{DOWN}\r"));
    // What is usual stands there already.
    terminal.at("Model (provider/model, or an alias)", &"\u{7f}".repeat(40));
    terminal.at("", "claude-haiku-4-5\r");
    terminal.at("Ask Anthropic now whether it accepts the credential?", "n");
    let shown = terminal.ends(0);
    assert_hidden(&shown, TOKEN);
    assert!(shown.contains("Next        : openclaw ask 'Bonjour'"), "{shown}");
    assert_eq!(world.store()["profiles"]["anthropic:default"]["token"], TOKEN);
    let model = world.run(&["config", "get", "agents.defaults.model.primary"]).ok().stdout;
    assert_eq!(model, "anthropic/claude-haiku-4-5\n", "{shown}");
}

#[test]
fn giving_up_in_the_wizard_stores_nothing() {
    for key in ["\u{3}", "\u{1b}"] {
        for questions in 0..4 {
            let world = World::new();
            let mut terminal = Terminal::start(&world, &["onboard"]);
            let steps = [
                ("How should Claude be reached?", "\r".to_owned()),
                ("Paste Anthropic API key (hidden): ", format!("{KEY}\r")),
                ("Which model answers by default?", format!("{DOWN}\r")),
                ("Model (provider/model, or an alias)", String::new()),
            ];
            for (text, typed) in &steps[..questions] {
                terminal.at(text, typed);
            }
            let shown = terminal.gives_up_at(steps[questions].0, key);
            assert!(shown.contains("nothing was stored"), "{key:?} after {questions}: {shown}");
            assert_hidden(&shown, KEY);
            assert!(!world.state().exists(), "{key:?} after {questions}");
        }
    }
}
