//! A server that is told every byte, for what the scripted one would not send.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Serves every connection with `work`, on a thread of its own. It ends with the connection.
pub(crate) fn serve(work: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let work = Arc::new(work);
    std::thread::spawn(move || {
        for line in listener.incoming().flatten() {
            let work = Arc::clone(&work);
            std::thread::spawn(move || work(line));
        }
    });
    url
}

/// Reads requests as they come, and gives each to `answer` with the line to write on; false ends it.
pub(crate) fn answering(answer: impl Fn(&mut TcpStream) -> bool + Send + Sync + 'static) -> String {
    serve(move |mut line| {
        let mut reader = BufReader::new(line.try_clone().unwrap());
        while let Some(length) = head(&mut reader) {
            if reader.read_exact(&mut vec![0; length]).is_err() || !answer(&mut line) {
                return;
            }
        }
    })
}

/// Reads the head of a request; how long its body is.
pub(crate) fn head(reader: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            return Some(length);
        }
    }
}

/// Writes the same bytes until the other side has had enough; how many it took.
pub(crate) fn for_ever(line: &mut TcpStream, bytes: &[u8]) -> usize {
    let mut taken = 0;
    while line.write_all(bytes).is_ok() {
        taken += bytes.len();
    }
    taken
}

/// A whole JSON answer with this text.
pub(crate) fn message(text: &str) -> String {
    let body = format!(
        r#"{{"type":"message","id":"m","role":"assistant","model":"m","content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn","usage":{{"output_tokens":1}}}}"#
    );
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
