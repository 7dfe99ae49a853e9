//! The command inside this process, at a time of our choice, on a folder that OpenClaw wrote.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openclaw_cli::{Host, Prompt, run};
use openclaw_core::{Clock, Env, ManualClock, SystemClock, Timestamp};

use super::{Output, World};

pub(crate) const STORE: &str = include_str!("../data/input.auth-profiles.json");
pub(crate) const CONFIG: &str = include_str!("../data/input.openclaw.json5");

/// When the folder was recorded.
pub(crate) const THEN: i64 = 1_795_331_318_081;

/// The variable that the recorded configuration refers to.
pub(crate) const CUSTOM: (&str, &str) = ("CUSTOM1_KEY", "super-secret-value-123456");

/// A folder of OpenClaw 2026.1.30.
pub(crate) fn recorded() -> World {
    let world = World::new();
    world.write_config(CONFIG);
    world.write_store(STORE);
    world
}

#[derive(Clone, Default)]
pub(crate) struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// One run. Nobody is at a terminal without a prompt.
pub(crate) fn inside(
    home: &Path,
    now: i64,
    env: &[(&str, &str)],
    prompt: Option<Box<dyn Prompt>>,
    args: &[&str],
) -> Output {
    let output = ran(home, at(now), env, prompt, args);
    output.assert_no_secret();
    output
}

/// One run in real time, where somebody is waited for.
pub(crate) fn inside_in_real_time(
    home: &Path,
    env: &[(&str, &str)],
    prompt: Option<Box<dyn Prompt>>,
    args: &[&str],
) -> Output {
    let output = ran(home, Arc::new(SystemClock::new()), env, prompt, args);
    output.assert_no_secret();
    output
}

fn at(now: i64) -> Arc<dyn Clock> {
    Arc::new(ManualClock::at(Timestamp::from_millis(now)))
}

/// One run as a terminal shows it, with its colours.
pub(crate) fn coloured(home: &Path, now: i64, env: &[(&str, &str)], args: &[&str]) -> Output {
    ran(home, at(now), env, None, &[args, &["--color", "always"]].concat())
}

fn ran(
    home: &Path,
    clock: Arc<dyn Clock>,
    env: &[(&str, &str)],
    prompt: Option<Box<dyn Prompt>>,
    args: &[&str],
) -> Output {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let home_only = Env::empty().with("HOME", home.to_str().unwrap());
    let host = Host {
        args: std::iter::once("openclaw").chain(args.iter().copied()).map(Into::into).collect(),
        env: env.iter().fold(home_only, |env, (name, value)| env.with(name, value)),
        cwd: home.to_owned(),
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(stdout.clone()),
        stderr: Box::new(stderr.clone()),
        stdin_is_terminal: prompt.is_some(),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
        prompt,
        clock,
        color: false,
        stderr_color: false,
        json: false,
    };
    // An exit code can only be compared.
    let code = run(host);
    let code = (0..=255_u8).find(|number| ExitCode::from(*number) == code).unwrap();
    Output { code: i32::from(code), stdout: stdout.text(), stderr: stderr.text(), took: Duration::ZERO }
}
