//! A value of the configuration as others see it.

use std::fmt;

use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::value::{Tree, Value};
use super::{Origin, SectionError, deserialize, print};

/// A value of the merged configuration, borrowed. `Debug` is redacted JSON.
#[derive(Clone, Copy)]
pub struct ConfigValue<'c>(pub(super) &'c Tree);

impl<'c> ConfigValue<'c> {
    /// `null`, `boolean`, `number`, `string`, `array` or `object`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind()
    }

    /// The text of a string that is not a secret.
    #[must_use]
    pub fn as_str(&self) -> Option<&'c str> {
        match &self.0.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string that is a secret.
    #[must_use]
    pub fn as_secret(&self) -> Option<&'c SecretString> {
        match &self.0.value {
            Value::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// The variable that a string refers to, if it is unset.
    #[must_use]
    pub fn missing_variable(&self) -> Option<&'c str> {
        match &self.0.value {
            Value::Missing(name) => Some(name),
            _ => None,
        }
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.0.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a number that is not a secret, rounded to a double. A secret one (a PIN among the
    /// variables) is read with [`deserialize`](Self::deserialize).
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self.0.value {
            Value::Number(number) => Some(number.as_f64()),
            _ => None,
        }
    }

    /// The members of an object in the order of the file; nothing for other kinds.
    pub fn members(&self) -> impl Iterator<Item = (&'c str, Self)> + use<'c> {
        self.0.members().iter().map(|(key, value)| (key.as_str(), Self(value)))
    }

    /// The elements of an array; nothing for other kinds.
    pub fn elements(&self) -> impl Iterator<Item = Self> + use<'c> {
        self.0.elements().iter().map(Self)
    }

    /// The value, read into any type that serde can read: a program's own sections.
    ///
    /// Numbers are exact or refused, never rounded into an integer: `1e3` and `1000.0` are whole, while
    /// `0.99999999999999999999` is not. Minus zero, and a negative number that no double tells from it
    /// (`-1e-400`), is 0. Only a float gets the nearest value it has, and never an infinite one for a
    /// number that a double holds. Secrets arrive as strings: read them
    /// into a `secrecy::SecretString`, and keep them out of `#[serde(flatten)]` and untagged enums, where
    /// serde keeps plain copies. A `${VAR}` that is not set can only be read into a
    /// [`SecretInput`](super::SecretInput).
    ///
    /// # Errors
    /// The value does not fit the type. The error's path begins at this value; it never holds a value.
    pub fn deserialize<T: Deserialize<'c>>(&self) -> Result<T, SectionError> {
        deserialize::read(self.0)
    }

    /// Where the value was written. Of a merged object it is the latest place that added to it.
    #[must_use]
    pub fn origin(&self) -> &'c Origin {
        &self.0.origin
    }

    /// Pretty JSON in the order of the file. Secrets, keys among them, are `***` unless `reveal`; a
    /// second such key in an object is `*** (2)`. A reference to an
    /// unset variable is shown as `${NAME}`. The buffer is wiped when it is dropped.
    #[must_use]
    pub fn to_json(&self, reveal: bool) -> Zeroizing<String> {
        print::json(self.0, reveal)
    }

    /// The value for `serde_json`; secrets are always `***` there.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        print::value(self.0)
    }
}

impl fmt::Debug for ConfigValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json(false))
    }
}
