//! A home of its own, a scripted Anthropic, and the real command between them. No test touches the
//! real home folder or the network.

#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test panics when it fails"
)]

pub(crate) mod inside;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use openclaw_core::testing::ScriptedServer;
use serde_json::Value;
use tempfile::TempDir;

/// Bodies without repetition, so that a leaked piece of one is found.
pub(crate) const KEY: &str = "sk-ant-api03-Qm7hdXRpZnVsLWtleS1mb3Itd0VzdHMtMDEyMzQ1";
pub(crate) const OTHER_KEY: &str = "sk-ant-api03-Zk9uZGVyZnVsLXNlY29uZC1rZXktNjc4OTBhYmNk";
pub(crate) const TOKEN: &str =
    "sk-ant-oat01-Vd8yTXk3c0VjcmV0LXRva2VuLWZvci10ZXN0aW5nLXRoYXQtaXMtbG9uZy1lbm91Z2gtdG8tYmUtb25lAAZZ9";
pub(crate) const OTHER_TOKEN: &str =
    "sk-ant-oat01-Xb4nQW5vdGhlci1zZXR1cC10b2tlbi1mb3ItdGVzdGluZy13aXRoLWl0cy1vd24tYm9keS1hbmQtdGFpbC1BBQ77k";

pub(crate) const SECRETS: [&str; 4] = [KEY, OTHER_KEY, TOKEN, OTHER_TOKEN];

pub(crate) const PASTE_KEY: [&str; 5] = ["models", "auth", "paste-api-key", "--provider", "anthropic"];
pub(crate) const PASTE_TOKEN: [&str; 5] = ["models", "auth", "paste-token", "--provider", "anthropic"];

/// A home folder with nothing in it.
pub(crate) struct World {
    dir: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(world.home()).unwrap();
        fs::create_dir(world.cwd()).unwrap();
        world
    }

    /// With these two credentials: `anthropic:default`, an API key, and `anthropic:manual`, a token.
    pub(crate) fn with_key_and_token() -> Self {
        let world = Self::new();
        world.run(&["onboard", "--anthropic-api-key", "-"]).stdin(KEY).ok();
        world.run(&["models", "auth", "setup-token", "--token", "-"]).stdin(TOKEN).ok();
        world
    }

    /// With one API key, `anthropic:default`.
    pub(crate) fn with_key() -> Self {
        let world = Self::new();
        world.run(&["onboard", "--anthropic-api-key", "-"]).stdin(KEY).ok();
        world
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(crate) fn cwd(&self) -> PathBuf {
        self.dir.path().join("cwd")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(".openclaw")
    }

    pub(crate) fn config_path(&self) -> PathBuf {
        self.state().join("openclaw.json")
    }

    pub(crate) fn store_path(&self) -> PathBuf {
        self.store_path_of("main")
    }

    pub(crate) fn store_path_of(&self, agent: &str) -> PathBuf {
        self.state().join("agents").join(agent).join("agent/auth-profiles.json")
    }

    pub(crate) fn write_config(&self, text: &str) {
        fs::create_dir_all(self.state()).unwrap();
        fs::write(self.config_path(), text).unwrap();
    }

    pub(crate) fn write_store(&self, text: impl AsRef<[u8]>) {
        let path = self.store_path();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn store_text(&self) -> String {
        fs::read_to_string(self.store_path()).unwrap()
    }

    pub(crate) fn store(&self) -> Value {
        serde_json::from_str(&self.store_text()).unwrap()
    }

    /// Every file and folder below the home with its content. Files that only serve as locks are
    /// left out: they are empty and stay.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        list(&self.home(), &mut found);
        found
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
        command.args(args).env_clear().env("HOME", self.home()).current_dir(self.cwd());
        // Loopback is never proxied; whatever else a test might reach ends here.
        command.env("HTTPS_PROXY", "http://127.0.0.1:9").env("HTTP_PROXY", "http://127.0.0.1:9");
        Run { command, stdin: None }
    }

    /// A line for the shell, with the command and the programs of [`programs`](Self::programs) on its path.
    #[cfg(unix)]
    pub(crate) fn shell(&self, line: &str) -> Run {
        let run = self.run(&[]);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).current_dir(self.cwd());
        command.envs(run.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let ours = Path::new(env!("CARGO_BIN_EXE_openclaw")).parent().unwrap();
        let path = format!("{}:{}:/usr/bin:/bin", self.programs().display(), ours.display());
        command.env_remove("PATH").env("PATH", path);
        Run { command, stdin: None }
    }

    /// A folder for programs that stand in for others.
    pub(crate) fn programs(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    /// The command, pointed at a server.
    pub(crate) fn at(&self, server: &ScriptedServer, args: &[&str]) -> Run {
        self.run(args).env("ANTHROPIC_BASE_URL", &server.url())
    }
}

fn list(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_dir() {
            found.insert(path.clone(), Vec::new());
            list(&path, found);
        } else if !path.to_string_lossy().ends_with(".openclaw-lock") {
            let content = if kind.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            found.insert(path, content);
        }
    }
}

/// One run of the command, not yet started.
pub(crate) struct Run {
    command: Command,
    stdin: Option<Vec<u8>>,
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn stdin(mut self, input: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(input.as_ref().to_vec());
        self
    }

    pub(crate) fn out(mut self) -> Output {
        self.command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let start = Instant::now();
        let mut child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if let Some(input) = self.stdin {
            let mut stdin = child.stdin.take().unwrap();
            // A command that refuses early need not read everything.
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
        let output = child.wait_with_output().unwrap();
        let took = start.elapsed();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        let output = Output {
            code: output.status.code().expect("no signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            took,
        };
        output.assert_no_secret();
        output
    }

    /// Runs it and expects success.
    pub(crate) fn ok(self) -> Output {
        let output = self.out();
        assert_eq!(output.code, 0, "{output:?}");
        output
    }

    /// Runs it and expects this exit code, an empty stdout, and these words on stderr.
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> Output {
        let output = self.out();
        assert_eq!(output.code, code, "{output:?}");
        assert_eq!(output.stdout, "", "{output:?}");
        for word in words {
            assert!(output.stderr.contains(word), "`{word}` is missing: {output:?}");
        }
        for command in commands(&output.stderr) {
            assert_parses(&command);
        }
        output
    }
}

/// The commands that a text recommends: alone on an indented line, or in quotes.
pub(crate) fn commands(text: &str) -> Vec<String> {
    let alone = text.lines().filter_map(|line| line.strip_prefix("      openclaw "));
    let quoted = ["`openclaw ", "\"openclaw "].into_iter().flat_map(|start| {
        let end = if start.starts_with('`') { '`' } else { '"' };
        text.split(start).skip(1).filter_map(move |rest| rest.split(end).next())
    });
    alone.chain(quoted).map(|words| format!("openclaw {}", words.trim_end_matches('\\'))).collect()
}

/// Asks for the help of a command with all its arguments: a word that does not exist is an error.
#[track_caller]
pub(crate) fn assert_parses(command: &str) {
    // Every other part stands in quotes, where a space is no end of a word.
    let parts = command.split('\'').enumerate();
    let marked: String =
        parts.map(|(at, part)| if at % 2 == 0 { part.replace(' ', "\0") } else { part.to_owned() }).collect();
    let words = marked.split('\0').skip(1);
    let mut run = Command::new(env!("CARGO_BIN_EXE_openclaw"));
    let output = run.args(words).arg("--help").env_clear().stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "`{command}`: {}", String::from_utf8_lossy(&output.stderr));
}

#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Output {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error of a run with `--json`; every other line must be JSON too.
    pub(crate) fn error(&self) -> Value {
        let lines: Vec<Value> = self
            .stderr
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}")))
            .collect();
        let errors: Vec<&Value> = lines.iter().filter_map(|line| line.get("error")).collect();
        let [error] = errors.as_slice() else { panic!("one error: {self:?}") };
        let keys: Vec<&String> = error.as_object().unwrap().keys().collect();
        assert!(keys.len() == 3 || (keys.len() == 4 && error["problems"].is_array()), "{self:?}");
        assert!(error["kind"].is_string() && error["message"].is_string() && error["hints"].is_array(), "{self:?}");
        (*error).clone()
    }

    /// No six characters of any secret's body, except its last four, and no control characters.
    pub(crate) fn assert_no_secret(&self) {
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "control characters on {name}: {self:?}");
            for secret in SECRETS {
                let body = &secret["sk-ant-api03-".len()..];
                for at in 0..=body.len() - 6 {
                    assert!(!text.contains(&body[at..at + 6]), "a secret on {name}: {text}");
                }
            }
        }
    }
}

pub(crate) fn server() -> ScriptedServer {
    ScriptedServer::start().unwrap()
}

/// Now, in ms since the epoch.
#[expect(clippy::disallowed_methods, reason = "the real command has the real clock")]
pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Whether a stored time is that far from now, give or take three seconds.
#[track_caller]
pub(crate) fn assert_about(value: &Value, expected: i64) {
    let value = value.as_i64().unwrap_or_else(|| panic!("{value} is no time"));
    assert!((value - expected).abs() < 3000, "{value} is not about {expected}");
}

/// The credentials of the requests so far, in order.
pub(crate) fn asked(server: &ScriptedServer) -> Vec<String> {
    server.requests().iter().map(|request| request.credential().unwrap_or("-").to_owned()).collect()
}

/// What is wrong, and how it is told.
pub(crate) struct Case<'a> {
    pub(crate) args: &'a [&'a str],
    pub(crate) stdin: &'a [u8],
    pub(crate) env: &'a [(&'a str, &'a str)],
    pub(crate) code: i32,
    pub(crate) words: &'a [&'a str],
}

impl Case<'_> {
    /// Runs it for people and for programs; the folder stays as it is, byte for byte.
    #[track_caller]
    pub(crate) fn refused(&self, world: &World) -> Value {
        let before = world.everything();
        let run = |args: &[&str]| {
            let run = world.run(args).stdin(self.stdin);
            self.env.iter().fold(run, |run, (name, value)| run.env(name, value))
        };
        let output = run(self.args).fails(self.code, self.words);
        assert!(output.stderr.lines().any(|line| line.starts_with("Error: ")), "{output:?}");
        let error = run(&[self.args, &["--json"]].concat()).fails(self.code, &[]).error();
        for command in error["hints"].as_array().unwrap().iter().filter_map(|hint| hint["command"].as_str()) {
            assert_parses(command);
        }
        assert!(world.everything() == before, "something was written");
        error
    }
}

#[track_caller]
pub(crate) fn refused(world: &World, args: &[&str], stdin: &str, code: i32, words: &[&str]) -> Value {
    Case { args, stdin: stdin.as_bytes(), env: &[], code, words }.refused(world)
}

/// Says that a test could not run here.
#[expect(clippy::disallowed_macros, reason = "a word to whoever runs the tests")]
pub(crate) fn skipped(needs: &str) {
    eprintln!("skipped: this needs {needs}");
}
