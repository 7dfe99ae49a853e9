//! Sockets and threads: one that accepts, one for each connection.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::http::{RecordedRequest, read_request};
use super::render::{Asked, End, Rendered};
use super::reply::Reply;
use super::script::Script;
use crate::time::ManualClock;

/// How often a thread that waits for the client looks whether the server is being dropped. Only a
/// safety net: the drop itself wakes such threads by shutting their connections.
const TICK: Duration = Duration::from_millis(100);

/// A server on `127.0.0.1` that answers as Anthropic does, by a script.
///
/// Requests to `…/v1/messages` take the next reply of the queue of their credential and model;
/// the last reply of a queue repeats for ever. `GET …/v1/models` looks at the next reply without
/// taking it: an empty list if it is a message, else that reply, so that it tells whether a
/// credential is good. What no queue is for gets [`otherwise`](Self::otherwise); without that, an
/// unknown credential gets 401, a known one 404.
///
/// Dropping it closes its connections and waits for its threads.
pub struct ScriptedServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

#[derive(Default)]
struct Shared {
    script: Mutex<Script>,
    /// The open connections by number, for the drop to shut.
    open: Mutex<BTreeMap<u64, TcpStream>>,
    stopped: Mutex<bool>,
    stopping: Condvar,
}

impl ScriptedServer {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// When loopback gives no port, or the system no thread.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let acceptor = spawn(move || accept(&listener, &theirs))?;
        Ok(Self { address, shared, acceptor: Some(acceptor) })
    }

    /// `http://127.0.0.1:PORT`, as a base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the replies to requests with this credential, as `x-api-key` or as Bearer token. They
    /// replace those set before; none at all makes the credential unknown again.
    pub fn on(&self, credential: &str, replies: impl IntoIterator<Item = Reply>) {
        self.shared.script().on(credential, replies);
    }

    /// As [`on`](Self::on), for the requests whose body names this `model`; these come first.
    pub fn on_model(&self, credential: &str, model: &str, replies: impl IntoIterator<Item = Reply>) {
        self.shared.script().on_model(credential, model, replies);
    }

    /// Sets the replies to all other requests: other credentials, none, other paths.
    pub fn otherwise(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.script().otherwise(replies);
    }

    /// Makes answers carry a `date` header that follows this clock. Without it there is none.
    pub fn at(&self, clock: ManualClock) {
        self.shared.script().follow(clock);
    }

    /// The requests so far, in the order in which they had arrived in full.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.script().requests().to_vec()
    }

    /// Clears the record of requests; the queues and the numbers of `request-id` go on.
    pub fn forget(&self) {
        self.shared.script().forget();
    }

    #[cfg(test)]
    pub(super) fn open_connections(&self) -> usize {
        lock(&self.shared.open).len()
    }
}

impl fmt::Debug for ScriptedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = self.shared.script().requests().len();
        f.debug_struct("ScriptedServer").field("url", &self.url()).field("requests", &requests).finish_non_exhaustive()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        *lock(&self.shared.stopped) = true;
        self.shared.stopping.notify_all();
        // Nothing but a connection wakes `accept`. If none can be made, joining could hang the test.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1)).is_ok();
        let acceptor = self.acceptor.take().filter(|_| woken);
        let connections = acceptor.and_then(|thread| thread.join().ok()).unwrap_or_default();
        for stream in lock(&self.shared.open).values() {
            // It may have closed by itself meanwhile.
            let _ = stream.shutdown(Shutdown::Both);
        }
        for thread in connections {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }

    fn stopped(&self) -> bool {
        *lock(&self.stopped)
    }

    /// Waits, but not beyond the drop of the server.
    fn wait(&self, duration: Duration) {
        let stopped = lock(&self.stopped);
        drop(self.stopping.wait_timeout_while(stopped, duration, |stopped| !*stopped));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    std::thread::Builder::new().name("scripted-server".to_owned()).spawn(work)
}

/// Accepts until the server is dropped; returns the threads of connections that may still run.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for number in 0.. {
        let accepted = listener.accept();
        if shared.stopped() {
            break;
        }
        threads.retain(|thread| !thread.is_finished());
        match accepted.and_then(|(stream, _)| connect(number, stream, shared)) {
            Ok(thread) => threads.push(thread),
            // Out of file descriptors or threads: they come back when other tests end.
            Err(_) => shared.wait(TICK),
        }
    }
    threads
}

fn connect(number: u64, stream: TcpStream, shared: &Arc<Shared>) -> io::Result<JoinHandle<()>> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TICK))?;
    lock(&shared.open).insert(number, stream.try_clone()?);
    let theirs = Arc::clone(shared);
    let thread = spawn(move || {
        // A client may leave at any moment; that is its affair.
        let _ = serve(&stream, &theirs);
        let _ = stream.shutdown(Shutdown::Both);
        lock(&theirs.open).remove(&number);
    });
    if thread.is_err() {
        lock(&shared.open).remove(&number);
    }
    thread
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(Patient { stream, shared });
    loop {
        let request = match read_request(&mut reader, stream) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return refuse(stream, &mut reader),
            Err(error) => return Err(error),
        };
        let asked = Asked::of(&request);
        let (reply, stamp) = shared.script().admit(&asked, request);
        match answer(stream, shared, &reply.render(&asked, &stamp))? {
            End::KeepAlive => {}
            End::Close => return Ok(()),
            End::Stall => return stall(stream, shared),
        }
    }
}

/// Says that a request is not HTTP. What the client still sends is read: closing on unread data
/// would make the system throw the answer away.
fn refuse(mut stream: &TcpStream, rest: &mut impl Read) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    stream.shutdown(Shutdown::Write)?;
    io::copy(rest, &mut io::sink()).map(|_| ())
}

fn answer(mut stream: &TcpStream, shared: &Shared, rendered: &Rendered) -> io::Result<End> {
    if !rendered.delay.is_zero() {
        shared.wait(rendered.delay);
        if shared.stopped() {
            return Ok(End::Close);
        }
    }
    for piece in &rendered.pieces {
        stream.write_all(piece)?;
    }
    Ok(rendered.end)
}

/// Keeps the connection open in silence until the client closes it or the server is dropped.
fn stall(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    while !shared.stopped() {
        match stream.peek(&mut [0]) {
            Ok(0) => return Ok(()),
            // A next request hides the end of the connection: only the drop ends this.
            Ok(_) => shared.wait(TICK),
            Err(error) if is_pause(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads as if there were no read timeout, up to the drop of the server, which reads as the end.
struct Patient<'a> {
    stream: &'a TcpStream,
    shared: &'a Shared,
}

impl Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(buffer) {
                Err(error) if is_pause(&error) && !self.shared.stopped() => {}
                Err(error) if is_pause(&error) => return Ok(0),
                done => return done,
            }
        }
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}
