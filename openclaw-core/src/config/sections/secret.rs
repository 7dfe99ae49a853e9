//! A secret as the configuration gives it: as text, or as a reference to where it is kept.

use std::fmt;

use secrecy::SecretString;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, EnumAccess, MapAccess, VariantAccess, Visitor};

use super::declare::{section, words};
use crate::config::shape::{Filled, Others, Shape, Shaped};

/// A secret: text, `${VAR}`, or a reference to where it is kept (2026.2.26 and later). A text that is
/// `$VAR` and nothing else is one too where a credential is expected (`apiKey`).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SecretInput {
    /// The secret itself, after `${VAR}`.
    Text(SecretString),
    /// A text that refers to a variable which is not set: this one credential is unusable, not the file.
    Unset {
        /// The variable.
        variable: String,
    },
    /// Where the secret is kept.
    Reference(SecretReference),
}

impl SecretInput {
    /// The secret, if it is there.
    #[must_use]
    pub const fn text(&self) -> Option<&SecretString> {
        match self {
            Self::Text(secret) => Some(secret),
            _ => None,
        }
    }

    /// Where it is kept, if it is kept elsewhere.
    #[must_use]
    pub const fn reference(&self) -> Option<&SecretReference> {
        match self {
            Self::Reference(reference) => Some(reference),
            _ => None,
        }
    }

    /// The variable that it refers to, if that is not set.
    #[must_use]
    pub fn unset_variable(&self) -> Option<&str> {
        match self {
            Self::Unset { variable } => Some(variable),
            _ => None,
        }
    }
}

impl From<SecretString> for SecretInput {
    fn from(secret: SecretString) -> Self {
        Self::Text(secret)
    }
}

section! {
    /// Where a secret is kept instead of in the configuration.
    pub struct SecretReference: [PartialEq, Eq, Hash] {
        /// The kind of place.
        required "source" => source: SecretReferenceSource,
        /// The entry of `secrets.providers`; without it the default one of the source.
        "provider" => provider: Option<String>,
        /// What to ask it for: the name of a variable, a JSON pointer, …
        required "id" => id: String as Filled,
    }
    others: Others::Refuse;
}

words! {
    /// The kind of place in which a secret is kept.
    pub enum SecretReferenceSource: "one of env, file, exec, store" {
        /// An environment variable.
        Env = "env",
        /// A file.
        File = "file",
        /// A command that prints it.
        Exec = "exec",
        /// The assistant's own store.
        Store = "store",
    }
}

const EXPECTED: &str = "a string or a reference {source, provider, id}";

impl Shaped for SecretInput {
    const SHAPE: &'static Shape = &Shape::Either(&[&Shape::Text, SecretReference::SHAPE], EXPECTED);
}

/// The variant under which [`super::super::deserialize`] tells the variable that is not set.
pub(in crate::config) const UNSET: &str = "unset variable";

/// By hand: an untagged enum would be buffered by serde in strings that nobody wipes.
impl<'de> Deserialize<'de> for SecretInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Input;
        impl<'de> Visitor<'de> for Input {
            type Value = SecretInput;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E>(self, text: &str) -> Result<SecretInput, E> {
                Ok(SecretInput::Text(SecretString::from(text)))
            }

            fn visit_string<E>(self, text: String) -> Result<SecretInput, E> {
                Ok(SecretInput::Text(SecretString::from(text)))
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<SecretInput, D::Error> {
                inner.deserialize_any(self)
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<SecretInput, A::Error> {
                let (_, content) = data.variant::<serde::de::IgnoredAny>()?;
                Ok(SecretInput::Unset { variable: content.newtype_variant()? })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretInput, A::Error> {
                SecretReference::deserialize(MapAccessDeserializer::new(map)).map(SecretInput::Reference)
            }
        }
        deserializer.deserialize_newtype_struct(UNSET, Input)
    }
}
