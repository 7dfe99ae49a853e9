//! A program while it runs: fed, listened to, watched, and never left behind.

use std::io::{self, PipeReader, Read, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command as Process, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::command::Command;

/// How long to wait between looks at a program that has said everything and not ended.
const LOOK: Duration = Duration::from_millis(5);

const ABANDONED: &str = "was stopped, since nobody waits for it";

/// What is run.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) command: Command,
    /// They may hold secrets of the helper's own.
    pub(super) args: Vec<Zeroizing<String>>,
    pub(super) env: Vec<(String, Zeroizing<String>)>,
    pub(super) request: String,
    /// How long all of it may take.
    pub(super) timeout: Duration,
    /// How long it may say nothing.
    pub(super) quiet: Duration,
    /// The longest output in bytes.
    pub(super) most: usize,
}

/// What the watching thread hears.
pub(super) enum Event {
    /// A part of the output.
    Output(Zeroizing<Vec<u8>>),
    /// Something on the standard error, which is dropped: it may hold secrets.
    Complaint,
    /// One of the two has ended.
    Ended,
    /// Nobody waits for the answer any more.
    Abandoned,
}

impl Job {
    pub(super) fn shown(&self) -> String {
        self.command.shown()
    }
}

/// Runs a program to its end and returns its output.
///
/// # Errors
/// Why there is none: `{program} …`. The program has ended by then, and whatever it started in its group
/// with it.
pub(super) fn run(
    job: &Job,
    leash: &Leash,
    events: &Sender<Event>,
    heard: &Receiver<Event>,
) -> Result<Zeroizing<Vec<u8>>, String> {
    let file = job.command.file()?;
    let (running, stdout, stderr) = Running::start(job, &file, leash)?;
    let unheard = |error: io::Error| format!("cannot be listened to: {error}");
    // Closed with the end of this function, whoever still holds the other ends of what is listened to.
    let (until, _end) = io::pipe().map_err(unheard)?;
    listen(stdout, until.try_clone().map_err(unheard)?, events, Event::Output).map_err(unheard)?;
    listen(stderr, until, events, |_| Event::Complaint).map_err(unheard)?;
    let mut watch = Watch::start(job);
    let (mut parts, mut size, mut open, mut complained) = (Vec::new(), 0_usize, 2, false);
    while open > 0 {
        match watch.next(heard)? {
            None => {}
            Some(Event::Output(part)) => {
                size = size.saturating_add(part.len());
                if size > job.most {
                    return Err(format!("answered more than {} bytes (maxOutputBytes)", job.most));
                }
                parts.push(part);
                watch.heard_something();
            }
            Some(Event::Complaint) => {
                complained = true;
                watch.heard_something();
            }
            Some(Event::Ended) => open -= 1,
            Some(Event::Abandoned) => return Err(ABANDONED.to_owned()),
        }
    }
    let status = loop {
        if let Some(status) = running.ended().map_err(|error| format!("cannot be waited for: {error}"))? {
            break status;
        }
        if let Some(Event::Abandoned) = watch.within(heard, LOOK)? {
            return Err(ABANDONED.to_owned());
        }
    };
    if !status.success() {
        let note = if complained { "; run it by hand to see its complaints, which are not shown here" } else { "" };
        return Err(format!("{}{note}", failure(status)));
    }
    // The exact size from the start: a buffer that grows would leave copies behind.
    let mut output = Zeroizing::new(Vec::with_capacity(size));
    parts.iter().for_each(|part| output.extend_from_slice(part));
    Ok(output)
}

fn failure(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => format!("was ended by a signal ({status})"),
    }
}

/// The two ends of a program's time, in real time: it runs in the world.
struct Watch {
    end: Instant,
    quiet_end: Instant,
    timeout: Duration,
    quiet: Duration,
}

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "edge: a program is watched in real time")]
    fn start(job: &Job) -> Self {
        let now = Instant::now();
        Self { end: now + job.timeout, quiet_end: now + job.quiet, timeout: job.timeout, quiet: job.quiet }
    }

    #[expect(clippy::disallowed_methods, reason = "edge: a program is watched in real time")]
    fn heard_something(&mut self) {
        self.quiet_end = Instant::now() + self.quiet;
    }

    /// The next event before the time is over.
    fn next(&self, heard: &Receiver<Event>) -> Result<Option<Event>, String> {
        self.within(heard, Duration::MAX)
    }

    /// The next event within some time; none if there was none.
    #[expect(clippy::disallowed_methods, reason = "edge: a program is watched in real time")]
    fn within(&self, heard: &Receiver<Event>, most: Duration) -> Result<Option<Event>, String> {
        let now = Instant::now();
        if now >= self.end {
            return Err(format!("took longer than {} ms (timeoutMs)", self.timeout.as_millis()));
        }
        if now >= self.quiet_end {
            return Err(format!("said nothing for {} ms (noOutputTimeoutMs)", self.quiet.as_millis()));
        }
        let left = self.end.min(self.quiet_end).saturating_duration_since(now);
        match heard.recv_timeout(left.min(most)) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err("is no longer watched".to_owned()),
        }
    }
}

/// Reads a stream on a thread of its own, to its end or until that of a pipe. What is read is wiped.
fn listen(
    stream: Option<impl Stream>,
    until: PipeReader,
    events: &Sender<Event>,
    event: impl Fn(Zeroizing<Vec<u8>>) -> Event + Send + 'static,
) -> io::Result<()> {
    let Some(mut stream) = stream else { return Err(io::Error::other("it has no output")) };
    let events = events.clone();
    let read = move || {
        let mut buffer = Zeroizing::new([0_u8; 8192]);
        while says_something(&stream, &until) {
            match stream.read(&mut *buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(read @ 1..) => {
                    let part = Zeroizing::new(buffer.get(..read).unwrap_or_default().to_vec());
                    if events.send(event(part)).is_err() {
                        break;
                    }
                }
                Ok(0) | Err(_) => break,
            }
        }
        let _ = events.send(Event::Ended);
    };
    std::thread::Builder::new().name("openclaw-secret-read".to_owned()).spawn(read).map(drop)
}

#[cfg(unix)]
use std::os::fd::AsFd as Handle;
#[cfg(windows)]
use std::os::windows::io::AsHandle as Handle;

/// What a program writes to.
trait Stream: Read + Handle + Send + 'static {}

impl<T: Read + Handle + Send + 'static> Stream for T {}

/// Waits until a stream can be read or has ended; false when it is not listened to any more. A program that
/// left its group may hold it open for days.
#[cfg(unix)]
fn says_something(stream: &impl Stream, until: &PipeReader) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    loop {
        let mut ends = [PollFd::new(stream, PollFlags::IN), PollFd::new(until, PollFlags::IN)];
        match poll(&mut ends, None) {
            Err(rustix::io::Errno::INTR) => {}
            // Then the reading itself waits.
            Err(_) => return true,
            Ok(_) => {
                let [stream, until] = ends;
                return until.revents().is_empty() && !stream.revents().is_empty();
            }
        }
    }
}

#[cfg(not(unix))]
fn says_something(_stream: &impl Stream, _until: &PipeReader) -> bool {
    true
}

/// What a program can be ended by: held by the thread that watches it and by whoever waits for it.
#[derive(Debug, Default)]
pub(super) struct Leash(Mutex<Life>);

#[derive(Debug, Default)]
enum Life {
    /// It is not yet started.
    #[default]
    Before,
    /// Nobody has looked at its end yet, so its number is nobody else's.
    Running(Child),
    /// It has ended, or must not be started any more.
    Over,
}

impl Leash {
    /// Kills the program and what it started in its group, or keeps it from being started. Returns when
    /// that is done, not when another thread comes to it: this process may end in the next moment.
    pub(super) fn kill(&self) {
        let mut life = self.life();
        match &mut *life {
            Life::Running(child) => kill(child),
            Life::Before => *life = Life::Over,
            Life::Over => {}
        }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kill(child: &mut Child) {
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(rustix::process::Pid::from_child(child), rustix::process::Signal::KILL);
    let _ = child.kill();
}

/// A program that is killed and reaped unless it has ended.
struct Running<'l>(&'l Leash);

impl<'l> Running<'l> {
    fn start(
        job: &Job,
        file: &Path,
        leash: &'l Leash,
    ) -> Result<(Self, Option<ChildStdout>, Option<ChildStderr>), String> {
        let unstarted = |error: io::Error| format!("cannot be started: {error}");
        let mut process = Process::new(file);
        process.args(job.args.iter().map(|arg| arg.as_str()));
        process.env_clear().envs(job.env.iter().map(|(name, value)| (name, value.as_str())));
        process.stdin(request(&job.request).map_err(unstarted)?).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = file.parent() {
            process.current_dir(folder);
        }
        // A group of its own, so that what it starts can be ended with it. It cannot ask at the terminal.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        let mut life = leash.life();
        if matches!(*life, Life::Over) {
            return Err(ABANDONED.to_owned());
        }
        let mut child = process.spawn().map_err(unstarted)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        *life = Life::Running(child);
        Ok((Self(leash), stdout, stderr))
    }

    fn ended(&self) -> io::Result<Option<ExitStatus>> {
        let mut life = self.0.life();
        let Life::Running(child) = &mut *life else { return Ok(None) };
        let status = child.try_wait()?;
        if status.is_some() {
            *life = Life::Over;
        }
        Ok(status)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Life::Running(mut child) = std::mem::replace(&mut *self.0.life(), Life::Over) {
            // Before it is reaped, its number is nobody else's.
            kill(&mut child);
            let _ = child.wait();
        }
    }
}

/// The request as a pipe that holds all of it and is closed already: it fits (a pipe holds at least 4096
/// bytes), so writing waits for nobody, and while we hold the reading end no signal can come of it.
fn request(text: &str) -> io::Result<Stdio> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(text.as_bytes())?;
    Ok(reader.into())
}
