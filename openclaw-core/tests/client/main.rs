//! The client over real sockets, against a scripted server: what goes over the wire, and what every
//! kind of trouble leads to.
#![cfg(feature = "reqwest")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics when it fails, and looks at real clocks, files and variables"
)]

mod failures;
mod network;
mod patience;
mod routed;
mod streams;
mod support;
mod table;
mod wasted;
mod wire;
