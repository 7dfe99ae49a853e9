//! The sections as a JSON Schema, for editors.

use serde_json::{Map, Value, json};

use super::sections::Settings;
use super::shape::{Doc, Keys, Others, Section, Shape, Shaped, Words};

/// The JSON Schema (draft 2020-12) of a configuration file, from the same declarations as
/// [`Settings`] and the checks of [`Config::from_layers`](super::Config::from_layers).
///
/// It accepts every file that is accepted here, since it is about one file before anything is put in:
///
/// - `$include` may stand in every object and in place of every value; keys that must be there may then
///   come from the included file.
/// - `${VAR}` may stand where one of some words is expected.
/// - What belongs to the assistant may be anything, unknown top-level keys too.
///
/// It refuses what is refused here, but for two rules that a schema cannot say: which base URLs may
/// carry a credential, and which unknown keys of `secrets` resemble a known one.
///
/// ```
/// let schema = openclaw_core::config::json_schema();
/// assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
/// assert!(schema["$defs"]["CooldownSettings"]["properties"]["billingMaxHours"]["description"].is_string());
/// ```
#[must_use]
pub fn json_schema() -> Value {
    let mut builder = Builder::default();
    let root = builder.schema(Settings::SHAPE, Keep::All);
    builder.define_include();
    let mut schema = object([
        ("$schema", "https://json-schema.org/draft/2020-12/schema".into()),
        ("$id", "urn:openclaw-core:config".into()),
        ("title", "OpenClaw configuration".into()),
        ("$defs", Value::Object(builder.definitions)),
    ]);
    schema.extend(root);
    Value::Object(schema)
}

type Schema = Map<String, Value>;

/// Which of the keys that must be there are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    /// None: an object further outside includes a file, which may have them.
    None,
}

/// A `${VAR}` somewhere in a text.
const VARIABLE: &str = r"\$\{[A-Z_][A-Z0-9_]*\}";

/// White space as Rust has it, spelled out: `\s` means something else in every engine.
const BLANK: &str = r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f";

#[derive(Default)]
struct Builder {
    definitions: Schema,
}

impl Builder {
    /// What may stand where this shape is expected.
    fn schema(&mut self, shape: &'static Shape, keep: Keep) -> Schema {
        match shape {
            Shape::Any => Schema::new(),
            Shape::Text => self.scalar("string", json!({ "type": "string" })),
            Shape::Filled => self.scalar("filled", json!({ "type": "string", "pattern": format!("[^{BLANK}]") })),
            Shape::Profile => self.scalar("profileId", json!({ "type": "string", "pattern": profile() })),
            Shape::Bool => self.scalar("boolean", json!({ "type": "boolean" })),
            Shape::Number => self.scalar("number", json!({ "type": "number" })),
            Shape::Count => self.scalar("count", json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX })),
            Shape::Word(words) => self.words(words),
            Shape::List(each) => {
                // An element is never completed from elsewhere: arrays are joined, not merged.
                let items = self.schema(each, Keep::All);
                any_of([json!({ "type": "array", "items": items }), reference("include")])
            }
            Shape::Map(keys, each) => self.map(*keys, each, keep),
            Shape::Object(section) => self.section(section, keep),
            Shape::Either(shapes, _) => {
                any_of(shapes.iter().map(|shape| Value::Object(self.schema(shape, keep))).collect::<Vec<_>>())
            }
        }
    }

    fn scalar(&mut self, name: &str, plain: Value) -> Schema {
        self.definitions.entry(name).or_insert_with(|| Value::Object(any_of([plain, reference("include")])));
        object([("$ref", pointer(name))])
    }

    fn words(&mut self, words: &'static Words) -> Schema {
        if !self.definitions.contains_key(words.name) {
            let word = |(word, doc): &(&str, Doc)| json!({ "const": word, "description": text(doc) });
            let mut all: Vec<Value> = words.words.iter().map(word).collect();
            all.push(json!({ "type": "string", "pattern": VARIABLE }));
            all.push(reference("include"));
            let mut schema = any_of(all);
            schema.extend(described(words.name, words.doc));
            self.definitions.insert(words.name.to_owned(), Value::Object(schema));
        }
        object([("$ref", pointer(words.name))])
    }

    fn map(&mut self, keys: Keys, each: &'static Shape, keep: Keep) -> Schema {
        let mut schema = object([
            ("type", "object".into()),
            ("properties", json!({ "$include": reference("include.files") })),
            ("additionalProperties", Value::Object(self.schema(each, Keep::None))),
        ]);
        if keys == Keys::Profiles {
            schema.insert("propertyNames".to_owned(), json!({ "pattern": profile() }));
        }
        if keep == Keep::All && needs_keys(each) {
            let complete = self.schema(each, Keep::All);
            schema.extend(unless_included(object([("additionalProperties", Value::Object(complete))])));
        }
        schema
    }

    /// A section is defined once, or twice: without the keys that must be there, and with them.
    fn section(&mut self, section: &'static Section, keep: Keep) -> Schema {
        let strict = section_needs_keys(section);
        let loose_name = if strict { format!("{}.partial", section.name) } else { section.name.to_owned() };
        if !self.definitions.contains_key(&loose_name) {
            let loose = self.loose(section);
            self.definitions.insert(loose_name.clone(), Value::Object(loose));
        }
        if !strict || keep == Keep::None {
            return object([("$ref", pointer(&loose_name))]);
        }
        if !self.definitions.contains_key(section.name) {
            let mut schema = described(section.name, section.doc);
            schema.insert("$ref".to_owned(), pointer(&loose_name));
            schema.extend(unless_included(self.complete(section)));
            self.definitions.insert(section.name.to_owned(), Value::Object(schema));
        }
        object([("$ref", pointer(section.name))])
    }

    /// Everything but the keys that must be there.
    fn loose(&mut self, section: &'static Section) -> Schema {
        let mut properties = Schema::new();
        for field in section.fields {
            let mut schema = self.schema(field.shape, Keep::None);
            schema.insert("description".to_owned(), text(&field.doc).into());
            properties.insert(field.key.to_owned(), Value::Object(schema));
        }
        properties.insert("$include".to_owned(), reference("include.files"));
        let mut schema = described(section.name, section.doc);
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), Value::Object(properties));
        match section.others {
            Others::Refuse => {
                schema.insert("additionalProperties".to_owned(), false.into());
            }
            Others::Each(shape) => {
                let each = self.schema(shape, Keep::None);
                schema.insert("additionalProperties".to_owned(), Value::Object(each));
            }
            Others::RefuseTypos | Others::Assistant | Others::Free => {}
        }
        schema
    }

    /// The keys that must be there, here and further inside.
    fn complete(&mut self, section: &'static Section) -> Schema {
        let required: Vec<&str> = section.fields.iter().filter(|field| field.required).map(|field| field.key).collect();
        let inside = section.fields.iter().filter(|field| needs_keys(field.shape));
        let inside: Schema =
            inside.map(|field| (field.key.to_owned(), Value::Object(self.schema(field.shape, Keep::All)))).collect();
        let mut schema = Schema::new();
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
        if !inside.is_empty() {
            schema.insert("properties".to_owned(), Value::Object(inside));
        }
        schema
    }

    fn define_include(&mut self) {
        let files = json!({
            "description": "A file, or several in their order, whose content stands here, relative to this file. \
                            Keys beside it win over the content.",
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
        });
        self.definitions.insert("include.files".to_owned(), files);
        let include = json!({
            "description": "The content of another file.",
            "type": "object",
            "properties": { "$include": reference("include.files") },
            "required": ["$include"],
            "additionalProperties": false,
        });
        self.definitions.insert("include".to_owned(), include);
    }
}

/// Whether some key must be there, in this object or further inside. Elements of arrays do not count:
/// they ask for theirs wherever they stand.
fn needs_keys(shape: &Shape) -> bool {
    match shape {
        Shape::Object(section) => section_needs_keys(section),
        Shape::Map(_, each) => needs_keys(each),
        Shape::Either(shapes, _) => shapes.iter().any(|shape| needs_keys(shape)),
        _ => false,
    }
}

fn section_needs_keys(section: &Section) -> bool {
    section.fields.iter().any(|field| field.required || needs_keys(field.shape))
}

fn unless_included(then: Schema) -> Schema {
    object([("if", json!({ "not": { "required": ["$include"] } })), ("then", Value::Object(then))])
}

fn profile() -> String {
    format!("^[^{CONTROL}]*[^{CONTROL}{BLANK}][^{CONTROL}]*$")
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Schema {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn any_of(schemas: impl Into<Vec<Value>>) -> Schema {
    object([("anyOf", Value::Array(schemas.into()))])
}

fn described(name: &str, doc: Doc) -> Schema {
    let mut schema = object([("title", name.into())]);
    if !doc.is_empty() {
        schema.insert("description".to_owned(), text(&doc).into());
    }
    schema
}

fn pointer(name: &str) -> Value {
    format!("#/$defs/{name}").into()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": pointer(name) })
}

/// The lines of a doc comment as one line, which is how editors wrap it themselves.
fn text(doc: &Doc) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
