//! Questions on a real terminal.

use std::io::{self, Write as _};

use console::{Emoji, style};
use secrecy::SecretString;

use crate::args::Color;
use crate::host::{Prompt, PromptError};

/// The terminal of the process: questions go to stderr, answers come from stdin.
#[derive(Debug, Default)]
pub(crate) struct TerminalPrompt {
    /// Whether this is one of a series of questions, which stand at a common line.
    series: bool,
}

impl Prompt for TerminalPrompt {
    fn secret(&mut self, question: &str) -> Result<SecretString, PromptError> {
        let mut stderr = io::stderr().lock();
        let mark =
            if self.series { format!("{}  ", style(Emoji("◆", "*")).cyan().for_stderr()) } else { String::new() };
        let ask = || write!(stderr, "{mark}{question} (hidden): ").and_then(|()| stderr.flush());
        let answer = hidden::read_paste(ask);
        let bar = if self.series {
            format!(
                "
{}",
                style(Emoji("│", "|")).bright().black().for_stderr()
            )
        } else {
            String::new()
        };
        let _ = writeln!(stderr, "{bar}");
        answer
    }

    fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, PromptError> {
        let mut select = cliclack::select(question);
        for (index, choice) in choices.iter().enumerate() {
            select = select.item(index, choice, "");
        }
        select.interact().map_err(gave_up)
    }

    fn confirm(&mut self, question: &str) -> Result<bool, PromptError> {
        cliclack::confirm(question).interact().map_err(gave_up)
    }

    fn text(&mut self, question: &str, usual: &str) -> Result<String, PromptError> {
        cliclack::input(question).default_input(usual).interact().map_err(gave_up)
    }

    // A terminal that cannot show these fails at the next question.
    fn begin(&mut self, title: &str) {
        self.series = true;
        let _ = cliclack::intro(title);
    }

    fn say(&mut self, text: &str) {
        let _ = cliclack::log::info(text);
    }

    fn end(&mut self, text: &str) {
        self.series = false;
        let _ = cliclack::outro(text);
    }
}

/// Has questions follow `--color`; left to itself the terminal and `NO_COLOR` decide.
pub(crate) fn color(choice: Color) {
    match choice {
        Color::Auto => {}
        Color::Always => console::set_colors_enabled_stderr(true),
        Color::Never => console::set_colors_enabled_stderr(false),
    }
}

fn gave_up(error: io::Error) -> PromptError {
    match error.kind() {
        io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => PromptError::Interrupted,
        _ => PromptError::Io(error),
    }
}

/// A hidden line, and the rest of the paste that brought it. No crate does this: they read one line,
/// and the tail of a token that a terminal had wrapped is then typed into the shell.
#[cfg(unix)]
mod hidden {
    use std::io;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, read};
    use rustix::stdio::stdin;
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
    use secrecy::SecretString;
    use zeroize::{Zeroize as _, Zeroizing};

    use crate::host::PromptError;

    /// After a line break, a paste goes on within this time or not at all.
    const PASTE_PAUSE: Duration = Duration::from_millis(120);

    /// The rest of a key's sequence comes within this time, also over a slow line.
    const KEY_PAUSE: Duration = Duration::from_millis(50);

    const LIMIT: usize = 64 * 1024;

    /// Puts the terminal back, whatever happens.
    struct Restore(Termios);

    impl Drop for Restore {
        fn drop(&mut self) {
            let _ = tcsetattr(stdin(), OptionalActions::Drain, &self.0);
        }
    }

    /// `ask` is called when nothing that is typed is shown any more.
    pub(super) fn read_paste(ask: impl FnOnce() -> io::Result<()>) -> Result<SecretString, PromptError> {
        let failed = |errno: Errno| PromptError::Io(errno.into());
        let before = tcgetattr(stdin()).map_err(failed)?;
        let mut raw = before.clone();
        // Ctrl-C comes as a byte: a signal would end the process with the echo still off.
        raw.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        let _restore = Restore(before);
        tcsetattr(stdin(), OptionalActions::Drain, &raw).map_err(failed)?;
        ask().map_err(PromptError::Io)?;
        let mut line = Zeroizing::new(Vec::with_capacity(LIMIT));
        let mut chunk = Zeroizing::new([0u8; 1024]);
        let mut ended = false;
        let mut too_long = false;
        loop {
            if ended && !more_within(PASTE_PAUSE)? {
                break;
            }
            let count = match read(stdin(), &mut *chunk) {
                Ok(count) => count,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(failed(errno)),
            };
            if count == 0 {
                return if line.is_empty() { Err(PromptError::Interrupted) } else { Ok(secret(&line)) };
            }
            for (at, byte) in chunk.iter().take(count).enumerate() {
                match byte {
                    0x03 => return Err(PromptError::Interrupted),
                    // Alone it is the key; with more behind it, it marks a paste or an arrow.
                    0x1b if at + 1 == count && !more_within(KEY_PAUSE)? => return Err(PromptError::Interrupted),
                    0x04 if line.is_empty() => return Err(PromptError::Interrupted),
                    0x04 => ended = true,
                    // The end of an earlier answer, or a stray Enter: nothing has been pasted yet.
                    b'\r' | b'\n' if line.is_empty() => {}
                    b'\r' | b'\n' => {
                        ended = true;
                        line.push(b'\n');
                    }
                    0x08 | 0x7f => {
                        line.pop();
                    }
                    0x15 => line.zeroize(),
                    _ if line.len() < LIMIT => line.push(*byte),
                    _ => too_long = true,
                }
            }
        }
        // Read to its end all the same, so that no tail of it reaches the shell.
        if too_long { Err(PromptError::TooLong) } else { Ok(secret(&line)) }
    }

    fn more_within(pause: Duration) -> Result<bool, PromptError> {
        let stdin = stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(pause.subsec_nanos()) };
        match poll(&mut fds, Some(&timeout)) {
            Ok(count) => Ok(count > 0),
            Err(Errno::INTR) => Ok(true),
            Err(errno) => Err(PromptError::Io(errno.into())),
        }
    }

    fn secret(line: &[u8]) -> SecretString {
        let text = Zeroizing::new(String::from_utf8_lossy(line).into_owned());
        // Terminals mark a paste with these when a program asked for it before us.
        let text = Zeroizing::new(text.replace("\u{1b}[200~", "").replace("\u{1b}[201~", ""));
        SecretString::from(text.trim())
    }
}

#[cfg(not(unix))]
mod hidden {
    use std::io;

    use secrecy::SecretString;

    use crate::host::PromptError;

    pub(super) fn read_paste(ask: impl FnOnce() -> io::Result<()>) -> Result<SecretString, PromptError> {
        ask().map_err(PromptError::Io)?;
        let answer = cliclack::password("").interact().map_err(super::gave_up)?;
        Ok(SecretString::from(answer))
    }
}
