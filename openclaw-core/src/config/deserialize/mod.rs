//! From the merged tree to any type that serde can read.
//!
//! Numbers are exact: a whole number goes to an integer if it fits, else it is an error, and only to a
//! float is it rounded, never to an infinite one. An object is never read from an array. A secret arrives through
//! [`Visitor::visit_str`] and nowhere else, so that a `SecretString` is filled without another copy.

mod access;
mod error;
mod key;

pub use error::{SectionError, SectionErrorKind};

use serde::Deserialize;
use serde::de::{Deserializer, Error, IntoDeserializer, Unexpected, Visitor};

use super::sections::UNSET;
use super::value::{Number, Tree, Value};
use access::{Elements, Members, Unset, Variant};

/// Reads a tree into a type.
pub(super) fn read<'c, T: Deserialize<'c>>(tree: &'c Tree) -> Result<T, SectionError> {
    read_with(tree, T::deserialize)
}

/// Reads a tree with a function.
pub(super) fn read_with<'c, T>(
    tree: &'c Tree,
    with: impl FnOnce(Reader<'c>) -> Result<T, SectionError>,
) -> Result<T, SectionError> {
    // Whatever goes wrong here, or deeper without a place of its own, went wrong here.
    with(Reader(tree)).map_err(|error| error.at(&tree.origin))
}

/// A value to be read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'c>(&'c Tree);

impl<'c> Reader<'c> {
    fn any<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, SectionError> {
        match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => any_number(*number, visitor),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Secret(_) => visitor.visit_str(self.0.text().unwrap_or_default()),
            Value::SecretNumber(_) => any_number(self.0.number().unwrap_or(Number::Int(0)), visitor),
            Value::Missing(name) => Err(SectionError::unset(name)),
            Value::Array(elements) => Elements::new(elements).visit(visitor),
            Value::Object(members) => Members::new(members).visit(visitor),
        }
    }

    fn integer<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, SectionError> {
        match self.0.number() {
            // Minus zero is as good as zero here.
            Some(number @ Number::Float(_)) => match number.as_i64() {
                Some(whole) => visitor.visit_i64(whole),
                None => any_number(number, visitor),
            },
            _ => self.any(visitor),
        }
    }

    fn wrong<V: Visitor<'c>>(self, visitor: &V) -> SectionError {
        match &self.0.value {
            Value::Missing(name) => SectionError::unset(name),
            _ => SectionError::wrong_type(self.0.kind(), visitor),
        }
    }
}

fn any_number<'c, V: Visitor<'c>>(number: Number, visitor: V) -> Result<V::Value, SectionError> {
    match number {
        Number::Int(value) => visitor.visit_i64(value),
        Number::Uint(value) => visitor.visit_u64(value),
        Number::Float(value) => visitor.visit_f64(value),
    }
}

macro_rules! through {
    ($how:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, SectionError> {
            self.$how(visitor)
        })*
    };
}

impl<'c> Deserializer<'c> for Reader<'c> {
    type Error = SectionError;

    through! { any:
        deserialize_any deserialize_bool deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_seq
        deserialize_map deserialize_identifier
    }

    through! { integer:
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_f32<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, SectionError> {
        match self.0.value {
            Value::Number(Number::Float(value)) if value.is_finite() && (value as f32).is_infinite() => {
                Err(SectionError::invalid_value(Unexpected::Float(value), &visitor))
            }
            _ => self.any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, SectionError> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'c>>(self, _: &'static str, visitor: V) -> Result<V::Value, SectionError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'c>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, SectionError> {
        // Only a `SecretInput` has a word for a variable that is not set.
        match &self.0.value {
            Value::Missing(variable) if name == UNSET => visitor.visit_enum(Unset(variable)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_tuple<V: Visitor<'c>>(self, _: usize, visitor: V) -> Result<V::Value, SectionError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'c>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, SectionError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'c>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SectionError> {
        match &self.0.value {
            Value::Object(members) => Members::new(members).visit(visitor),
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'c>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SectionError> {
        match &self.0.value {
            Value::Text(_) | Value::Secret(_) => {
                visitor.visit_enum(self.0.text().unwrap_or_default().into_deserializer())
            }
            Value::Object(members) => match members.as_slice() {
                [(name, content)] => visitor.visit_enum(Variant { name, content }),
                _ => Err(self.wrong(&visitor)),
            },
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, SectionError> {
        visitor.visit_unit()
    }
}

#[cfg(test)]
mod tests;
