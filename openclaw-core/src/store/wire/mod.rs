//! `auth-profiles.json`, version 1: the text and what it means. The one place where stored secrets
//! become text again.
//!
//! What we do not understand keeps its own bytes: reading builds a tree of spans, and writing turns a
//! change into edits of single fields.

mod read;
mod write;

use zeroize::Zeroizing;

use crate::health::Health;
use crate::json5::{Document, Position};
use crate::profile::AuthProfiles;

pub(super) use read::parse;
#[cfg(test)]
use write::credential_edits;
pub(super) use write::{EMPTY_STORE, change_edits, health_edits};

/// What a store says of its format. One that does not say anything is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// 1, or what was before it: read and written.
    Known,
    /// A later one: read, and not written.
    Newer(i64),
    /// No whole number, so nobody can tell: read, and not written.
    Unknown,
}

impl Version {
    /// The version that this program writes.
    const WRITTEN: i64 = 1;

    const fn of(number: Option<i64>) -> Self {
        match number {
            Some(..=Self::WRITTEN) => Self::Known,
            Some(later) => Self::Newer(later),
            None => Self::Unknown,
        }
    }
}

/// A store's text, read.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) text: Zeroizing<String>,
    pub(super) document: Document,
    pub(super) version: Version,
    pub(super) profiles: AuthProfiles,
    pub(super) health: Health,
}

/// Why a text is no store. Holds nothing of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WireError {
    Syntax { position: Position, problem: String },
    Shape { problem: String },
}

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod tests;
