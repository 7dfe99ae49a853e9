//! The two macros with which sections are declared.

/// Declares a section once: the type, how serde reads it, its `Debug` without secrets, and its
/// [`Shape`](crate::config::shape::Shape).
///
/// ```text
/// section! {
///     /// What the section is for.
///     pub struct Example: [Default, PartialEq] {      // derived beside Clone and Deserialize
///         /// Said in the documentation and by the JSON Schema.
///         "someKey" => some_key: Option<String>,
///         /// It must be there.
///         required "id" => id: String as Filled,      // accepted as `Filled`, read as `String`
///         /// Read by a function of its own.
///         "order" => order: Vec<ProfileId> = "order",
///         /// Accepted and read by nobody.
///         "later": bool,
///     }
///     others: Others::Refuse;
/// }
/// ```
///
/// `by hand` after the brackets leaves `Deserialize` and `Shaped` to the file, for a type that is not
/// always an object: the object alone is read as `Object`, and its shape is `Self::OBJECT`. `shape Name`
/// instead of `pub struct` declares what is accepted where nothing is read.
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident: [$($derive:ident),*] { $($fields:tt)* }
        others: $others:expr;
    ) => {
        section! { @fields (read [$($doc)*] $name [$($derive)*] ($others)) [] [] $($fields)* }
    };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident: [$($derive:ident),*] by hand { $($fields:tt)* }
        others: $others:expr;
    ) => {
        section! { @fields (hand [$($doc)*] $name [$($derive)*] ($others)) [] [] $($fields)* }
    };
    (
        $(#[doc = $doc:literal])*
        shape $name:ident { $($fields:tt)* }
        others: $others:expr;
    ) => {
        section! { @fields (shape [$($doc)*] $name [] ($others)) [] [] $($fields)* }
    };

    // One field after the other: its place in the struct, its place in the shape.
    (@fields $head:tt [$($read:tt)*] [$($known:tt)*]
        $(#[doc = $doc:literal])*
        required $key:literal => $field:ident: $type:ty $(as $shape:ty)? $(= $with:literal)?,
        $($rest:tt)*
    ) => {
        section! { @fields $head
            [$($read)* ([$($doc)*] [rename = $key $(, deserialize_with = $with)?] $field $type)]
            [$($known)* (true $key [$($doc)*] section!(@accepted $type $(, $shape)?))]
            $($rest)* }
    };
    (@fields $head:tt [$($read:tt)*] [$($known:tt)*]
        $(#[doc = $doc:literal])*
        $key:literal => $field:ident: $type:ty $(as $shape:ty)? $(= $with:literal)?,
        $($rest:tt)*
    ) => {
        section! { @fields $head
            [$($read)* ([$($doc)*] [rename = $key, default $(, deserialize_with = $with)?] $field $type)]
            [$($known)* (false $key [$($doc)*] section!(@accepted $type $(, $shape)?))]
            $($rest)* }
    };
    (@fields $head:tt $read:tt [$($known:tt)*]
        $(#[doc = $doc:literal])*
        $key:literal: $type:ty,
        $($rest:tt)*
    ) => {
        section! { @fields $head $read [$($known)* (false $key [$($doc)*] $type)] $($rest)* }
    };

    (@fields (read [$($doc:literal)*] $name:ident [$($derive:ident)*] $others:tt)
        [$(([$($line:literal)*] [$($how:tt)*] $field:ident $type:ty))*] $known:tt) => {
        $(#[doc = $doc])*
        #[derive(Clone, serde::Deserialize $(, $derive)*)]
        pub struct $name {
            $($(#[doc = $line])* #[serde($($how)*)] pub $field: $type,)*
        }

        section! { @debug $name $($field)* }

        impl $crate::config::shape::Shaped for $name {
            const SHAPE: &'static $crate::config::shape::Shape =
                &$crate::config::shape::Shape::Object(&section!(@section $name [$($doc)*] $others $known));
        }
    };
    (@fields (hand [$($doc:literal)*] $name:ident [$($derive:ident)*] $others:tt)
        [$(([$($line:literal)*] [$($how:tt)*] $field:ident $type:ty))*] $known:tt) => {
        $(#[doc = $doc])*
        #[derive(Clone $(, $derive)*)]
        pub struct $name {
            $($(#[doc = $line])* pub $field: $type,)*
        }

        section! { @debug $name $($field)* }

        #[derive(serde::Deserialize)]
        struct Object {
            $(#[serde($($how)*)] $field: $type,)*
        }

        impl From<Object> for $name {
            fn from(object: Object) -> Self {
                Self { $($field: object.$field),* }
            }
        }

        impl $name {
            const OBJECT: &'static $crate::config::shape::Shape =
                &$crate::config::shape::Shape::Object(&section!(@section $name [$($doc)*] $others $known));
        }
    };
    (@fields (shape [$($doc:literal)*] $name:ident [] $others:tt) [] $known:tt) => {
        $(#[doc = $doc])*
        pub(super) enum $name {}

        impl $crate::config::shape::Shaped for $name {
            const SHAPE: &'static $crate::config::shape::Shape =
                &$crate::config::shape::Shape::Object(&section!(@section $name [$($doc)*] $others $known));
        }
    };

    (@section $name:ident [$($doc:literal)*] ($others:expr)
        [$(($required:literal $key:literal [$($line:literal)*] $type:ty))*]) => {
        $crate::config::shape::Section {
            name: stringify!($name),
            doc: &[$($doc),*],
            fields: &[$($crate::config::shape::Field {
                key: $key,
                doc: &[$($line),*],
                shape: <$type as $crate::config::shape::Shaped>::SHAPE,
                required: $required,
            }),*],
            others: $others,
        }
    };

    (@debug $name:ident $($field:ident)*) => {
        /// Texts and keys that look like a credential are `***`.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &$crate::config::sections::debug::Hidden(&self.$field)))*
                    .finish()
            }
        }
    };

    (@accepted $type:ty) => { $type };
    (@accepted $type:ty, $shape:ty) => { $shape };
}

/// Declares a closed list of words: the enum, how serde reads it, its spelling and its shape.
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident: $expected:literal {
            $($(#[doc = $line:literal])* $word:ident = $text:literal,)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $line])* #[serde(rename = $text)] $word,)*
        }

        impl $name {
            /// The word of the configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)*
                }
            }
        }

        impl $crate::config::shape::Shaped for $name {
            const SHAPE: &'static $crate::config::shape::Shape =
                &$crate::config::shape::Shape::Word(&$crate::config::shape::Words {
                    name: stringify!($name),
                    doc: &[$($doc),*],
                    words: &[$(($text, &[$($line),*])),*],
                    expected: $expected,
                });
        }
    };
}

pub(super) use {section, words};
