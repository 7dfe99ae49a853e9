//! Keys of objects: text, or what text can be read as.

use serde::de::{Deserializer, IntoDeserializer, Unexpected, Visitor};

use super::SectionError;

/// A key to be read.
#[derive(Clone, Copy)]
pub(super) struct KeyReader<'c>(pub(super) &'c str);

macro_rules! numbers {
    ($($method:ident($type:ty) $visit:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SectionError> {
            match self.0.parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(serde::de::Error::invalid_type(Unexpected::Str(""), &visitor)),
            }
        })*
    };
}

/// A key like `8080` is as good as a number, as in `serde_json`.
impl<'de> Deserializer<'de> for KeyReader<'de> {
    type Error = SectionError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SectionError> {
        visitor.visit_borrowed_str(self.0)
    }

    numbers! {
        deserialize_i8(i8) visit_i8
        deserialize_i16(i16) visit_i16
        deserialize_i32(i32) visit_i32
        deserialize_i64(i64) visit_i64
        deserialize_i128(i128) visit_i128
        deserialize_u8(u8) visit_u8
        deserialize_u16(u16) visit_u16
        deserialize_u32(u32) visit_u32
        deserialize_u64(u64) visit_u64
        deserialize_u128(u128) visit_u128
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SectionError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SectionError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SectionError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}
