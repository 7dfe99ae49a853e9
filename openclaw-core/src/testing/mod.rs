//! For tests: a server on loopback that answers as Anthropic does, by a script, and what every store
//! must keep ([`conformance`]). Feature `test-util`.
//!
//! The server speaks HTTP/1.1 from plain threads, so it works beside any executor and can also do what a
//! well-behaved HTTP library refuses to send: cut streams, lying lengths, silence.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use openclaw_core::testing::{Reply, ScriptedServer};
//!
//! # fn main() -> std::io::Result<()> {
//! let server = ScriptedServer::start()?;
//! server.on("key-a", [Reply::rate_limited(Some(30)), Reply::text("Bonjour")]);
//!
//! let ask = |key: &str| -> std::io::Result<String> {
//!     let body = r#"{"model":"claude-opus-4-5","messages":[]}"#;
//!     let url = server.url();
//!     let mut line = TcpStream::connect(url.trim_start_matches("http://"))?;
//!     write!(line, "POST /v1/messages HTTP/1.1\r\nx-api-key: {key}\r\nconnection: close\r\n")?;
//!     write!(line, "content-length: {}\r\n\r\n{body}", body.len())?;
//!     let mut answer = String::new();
//!     line.read_to_string(&mut answer)?;
//!     Ok(answer)
//! };
//! assert!(ask("key-a")?.contains("retry-after: 30"));
//! assert!(ask("key-a")?.contains("Bonjour"));
//! assert!(ask("key-b")?.contains("invalid x-api-key"));
//!
//! let models: Vec<_> = server.requests().iter().map(|request| request.json()["model"].clone()).collect();
//! assert_eq!(models, ["claude-opus-4-5"; 3]);
//! # Ok(())
//! # }
//! ```

pub mod conformance;

mod http;
mod render;
mod reply;
mod script;
mod server;
#[cfg(test)]
mod tests;

pub use http::RecordedRequest;
pub use reply::Reply;
pub use server::ScriptedServer;
