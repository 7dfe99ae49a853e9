//! A scanner for JSON5 that knows where every value stands, and edits that leave every other byte.
//!
//! The [`json5`](https://docs.rs/json5) crate turns text into values; it knows no spans and has no
//! depth limit. [`scan`] runs before it: one linear pass that checks the grammar
//! ([JSON5 1.0.0](https://spec.json5.org)), refuses what is too deep or too large, reports duplicate
//! keys, and returns a tree of byte spans. Origins, edits and error positions all come from that tree.

mod decode;
mod edit;
mod error;
mod node;
mod path;
mod position;
mod scan;
mod token;
mod value;

pub(crate) use decode::{decode_float, decode_integer, decode_string};
#[cfg(feature = "fs")]
pub(crate) use edit::edit_scanned;
pub use edit::{Edit, EditError, edit};
pub use error::{SyntaxError, SyntaxErrorKind};
pub use node::{Duplicate, Kind, Member, Node};
pub(crate) use path::index_of;
pub use path::{Path, PathError, Segment};
pub use position::{LineIndex, Position};
pub use scan::{Document, Limits, scan};
pub use value::{integer, number, quote, secret, string};
