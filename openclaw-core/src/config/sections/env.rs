//! `env`: variables for what is not set elsewhere.

use std::fmt;

use indexmap::IndexMap;
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::declare::section;
use crate::config::shape::{Others, Shape};
use crate::secret::is_blank;

section! {
    /// Environment variables for what is not set in the process or in `<state>/.env`. `env.X` is the
    /// older spelling of `env.vars.X`, and wins over it.
    shape Env {
        /// The variables. Blank ones count as not given.
        "vars": IndexMap<String, String>,
        /// Whether the assistant also asks a login shell (accepted and not acted on by openclaw-core).
        "shellEnv": ShellEnv,
    }
    others: Others::Each(&Shape::Text);
}

section! {
    /// Whether the assistant also asks a login shell for variables.
    shape ShellEnv {
        /// Whether it does.
        "enabled": bool,
        /// How long it waits in milliseconds.
        "timeoutMs": f64,
    }
    others: Others::Refuse;
}

/// The variables of an `env` block that have a value: the direct ones, then those of `vars`. Values of
/// another type are passed over, since the block is needed before the configuration has been checked.
pub(in crate::config) fn variables<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<IndexMap<String, SecretString>, D::Error> {
    struct Block;
    impl<'de> Visitor<'de> for Block {
        type Value = IndexMap<String, SecretString>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let (mut direct, mut vars) = (IndexMap::new(), Variables::default());
            while let Some(name) = map.next_key::<String>()? {
                if name == "vars" {
                    vars = map.next_value()?;
                } else if let Variable(Some(value)) = map.next_value()? {
                    direct.insert(name, value);
                }
            }
            for (name, value) in vars.0 {
                direct.entry(name).or_insert(value);
            }
            Ok(direct)
        }
    }
    deserializer.deserialize_map(Block)
}

/// The members of an object that are variables; none of anything else.
#[derive(Default)]
struct Variables(IndexMap<String, SecretString>);

/// A text with something in it, and nothing of anything else.
struct Variable(Option<SecretString>);

/// Passes over every type that `T` does not mean.
macro_rules! passing_over {
    ($($visit:ident($type:ty))*) => {
        $(fn $visit<E>(self, _: $type) -> Result<Self::Value, E> {
            Ok(Self::Value::none())
        })*

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::none())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::none())
        }
    };
}

impl Variables {
    fn none() -> Self {
        Self::default()
    }
}

impl Variable {
    const fn none() -> Self {
        Self(None)
    }
}

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Variables;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Variables, A::Error> {
                let mut found = Variables::default();
                while let Some((name, Variable(value))) = map.next_entry::<String, _>()? {
                    found.0.extend(value.map(|value| (name, value)));
                }
                Ok(found)
            }

            passing_over! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) visit_str(&str) }
        }
        deserializer.deserialize_any(Members)
    }
}

impl<'de> Deserialize<'de> for Variable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Variable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Variable, E> {
                let secret = SecretString::from(text);
                Ok(Variable(Some(secret).filter(|secret| !is_blank(secret))))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Variable, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Variable(None))
            }

            passing_over! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) }
        }
        deserializer.deserialize_any(Text)
    }
}
