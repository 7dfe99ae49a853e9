//! A client that writes exactly what it is told and shows exactly what came back.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::ScriptedServer;

pub(super) struct Client {
    reader: BufReader<TcpStream>,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Whether the body came to its end as its framing promised.
    pub(super) complete: bool,
}

impl Client {
    pub(super) fn of(server: &ScriptedServer) -> Self {
        let stream = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Self { reader: BufReader::new(stream) }
    }

    pub(super) fn patience(&self, patience: Duration) {
        self.reader.get_ref().set_read_timeout(Some(patience)).unwrap();
    }

    pub(super) fn send(&mut self, text: &str) {
        self.reader.get_mut().write_all(text.as_bytes()).unwrap();
    }

    pub(super) fn ask(&mut self, key: &str, body: &Value) -> Answer {
        self.send(&post(&format!("x-api-key: {key}"), body));
        self.answer().unwrap()
    }

    pub(super) fn get(&mut self, path: &str, credential: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\n{credential}\r\n\r\n"));
        self.answer().unwrap()
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    }

    /// `None` when the connection ends, or falls silent, before the end of a head.
    pub(super) fn answer(&mut self) -> Option<Answer> {
        let status = self.line()?.split(' ').nth(1)?.parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new(), complete: false };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.complete = self.chunks(&mut answer.body).is_some();
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().unwrap();
            let read = (&mut self.reader).take(length).read_to_end(&mut answer.body);
            answer.complete = read.is_ok() && answer.body.len() as u64 == length;
        }
        Some(answer)
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Option<()> {
        loop {
            let size = usize::from_str_radix(&self.line()?, 16).unwrap();
            let mut chunk = vec![0; size];
            self.reader.read_exact(&mut chunk).ok()?;
            body.extend(chunk);
            assert_eq!(self.line()?, "");
            if size == 0 {
                return Some(());
            }
        }
    }

    /// Whether the server has closed the connection.
    pub(super) fn is_closed(&mut self) -> bool {
        matches!(self.reader.read(&mut [0]), Ok(0))
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The events of the stream, after a check that each is named by its type.
    pub(super) fn events(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.body).unwrap();
        let event = |record: &str| {
            let (name, data) = record.split_once('\n').unwrap();
            let json: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(name.strip_prefix("event: "), json["type"].as_str());
            json
        };
        text.split_terminator("\n\n").map(event).collect()
    }

    pub(super) fn event_types(&self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// Status, `error.type` and `error.message`, after a check of the rest of the shape.
    pub(super) fn error(&self) -> (u16, String, String) {
        let json = self.json();
        assert_eq!(json["type"], "error");
        assert_eq!(json["request_id"].as_str(), self.header("request-id"));
        let text = |key: &str| json["error"][key].as_str().unwrap().to_owned();
        (self.status, text("type"), text("message"))
    }
}

pub(super) fn post(credential: &str, body: &Value) -> String {
    let body = body.to_string();
    format!("POST /v1/messages HTTP/1.1\r\n{credential}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
