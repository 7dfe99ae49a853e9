//! The inside of arrays, objects and enums.

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::key::KeyReader;
use super::{Reader, SectionError, read_with};
use crate::config::value::Tree;
use crate::json5::Segment;

/// The elements of an array.
pub(super) struct Elements<'c> {
    rest: std::slice::Iter<'c, Tree>,
    at: usize,
}

impl<'c> Elements<'c> {
    pub(super) fn new(elements: &'c [Tree]) -> Self {
        Self { rest: elements.iter(), at: 0 }
    }

    pub(super) fn visit<V: Visitor<'c>>(mut self, visitor: V) -> Result<V::Value, SectionError> {
        let value = visitor.visit_seq(&mut self)?;
        // A type of fixed length must not hide that there was more.
        match self.rest.len() {
            0 => Ok(value),
            more => Err(SectionError::too_long(self.at + more, self.at)),
        }
    }
}

impl<'c> SeqAccess<'c> for Elements<'c> {
    type Error = SectionError;

    fn next_element_seed<T: DeserializeSeed<'c>>(&mut self, seed: T) -> Result<Option<T::Value>, SectionError> {
        let Some(element) = self.rest.next() else { return Ok(None) };
        let read = read_with(element, |reader| seed.deserialize(reader))
            .map_err(|error| error.inside(Segment::Index(self.at)));
        self.at += 1;
        read.map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The members of an object.
pub(super) struct Members<'c> {
    rest: std::slice::Iter<'c, (String, Tree)>,
    /// The member whose key has been read.
    open: Option<&'c (String, Tree)>,
}

impl<'c> Members<'c> {
    pub(super) fn new(members: &'c [(String, Tree)]) -> Self {
        Self { rest: members.iter(), open: None }
    }

    pub(super) fn visit<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, SectionError> {
        visitor.visit_map(self)
    }
}

impl<'c> MapAccess<'c> for Members<'c> {
    type Error = SectionError;

    fn next_key_seed<K: DeserializeSeed<'c>>(&mut self, seed: K) -> Result<Option<K::Value>, SectionError> {
        self.open = self.rest.next();
        let Some((key, value)) = self.open else { return Ok(None) };
        let place = |error: SectionError| error.at(&value.origin.of_key());
        seed.deserialize(KeyReader(key)).map(Some).map_err(place)
    }

    fn next_value_seed<V: DeserializeSeed<'c>>(&mut self, seed: V) -> Result<V::Value, SectionError> {
        let Some((key, value)) = self.open.take() else { return Err(SectionError::custom("")) };
        read_with(value, |reader| seed.deserialize(reader)).map_err(|error| error.inside(Segment::Key(key.clone())))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// `{ "variant": content }`
pub(super) struct Variant<'c> {
    pub(super) name: &'c str,
    pub(super) content: &'c Tree,
}

impl<'c> EnumAccess<'c> for Variant<'c> {
    type Error = SectionError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'c>>(self, seed: T) -> Result<(T::Value, Self), SectionError> {
        let place = |error: SectionError| error.at(&self.content.origin.of_key());
        Ok((seed.deserialize(KeyReader(self.name)).map_err(place)?, self))
    }
}

impl<'c> Variant<'c> {
    fn inside<T>(self, read: impl FnOnce(Reader<'c>) -> Result<T, SectionError>) -> Result<T, SectionError> {
        read_with(self.content, read).map_err(|error| error.inside(Segment::Key(self.name.to_owned())))
    }
}

impl<'c> VariantAccess<'c> for Variant<'c> {
    type Error = SectionError;

    fn unit_variant(self) -> Result<(), SectionError> {
        self.inside(Deserialize::deserialize)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'c>>(self, seed: T) -> Result<T::Value, SectionError> {
        self.inside(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'c>>(self, _: usize, visitor: V) -> Result<V::Value, SectionError> {
        self.inside(|reader| reader.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'c>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SectionError> {
        self.inside(|reader| reader.deserialize_struct("", fields, visitor))
    }
}

/// The variable that a secret refers to and that is not set.
pub(super) struct Unset<'c>(pub(super) &'c str);

impl<'c> EnumAccess<'c> for Unset<'c> {
    type Error = SectionError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'c>>(self, seed: T) -> Result<(T::Value, Self), SectionError> {
        Ok((seed.deserialize(StrDeserializer::new(super::UNSET))?, self))
    }
}

impl<'c> VariantAccess<'c> for Unset<'c> {
    type Error = SectionError;

    fn newtype_variant_seed<T: DeserializeSeed<'c>>(self, seed: T) -> Result<T::Value, SectionError> {
        seed.deserialize(StrDeserializer::new(self.0))
    }

    fn unit_variant(self) -> Result<(), SectionError> {
        Err(SectionError::unset(self.0))
    }

    fn tuple_variant<V: Visitor<'c>>(self, _: usize, _: V) -> Result<V::Value, SectionError> {
        Err(SectionError::unset(self.0))
    }

    fn struct_variant<V: Visitor<'c>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, SectionError> {
        Err(SectionError::unset(self.0))
    }
}
