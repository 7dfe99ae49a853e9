//! What a program said, read without a copy of it.

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::json5::{self, Kind, Limits};
use crate::secret_source::file::utf8;

/// The codes of errors that are told; any other text of a program may hold a secret.
const CODES: [&str; 2] = ["NOT_FOUND", "AMBIGUOUS_DUPLICATE_KEY"];

/// The secret for one id. Unless only JSON counts, an output that is no JSON object is the secret itself.
///
/// # Errors
/// What is wrong with the output, without any of it: `{program} …`.
pub(super) fn read(output: Zeroizing<Vec<u8>>, id: &str, json_only: bool) -> Result<SecretString, String> {
    let output = utf8(output).ok_or("answered something that is not UTF-8")?;
    let text = output.trim();
    if text.is_empty() {
        return Err("answered nothing".to_owned());
    }
    let limits = Limits { bytes: text.len(), ..Limits::default() };
    let document = match json5::scan(text, &limits) {
        Ok(document) if document.strict_json => document,
        _ if !json_only => return Ok(SecretString::from(text)),
        _ => return Err("answered something that is not JSON; for a bare secret set jsonOnly to false".to_owned()),
    };
    let root = &document.root;
    match root.kind {
        Kind::Object(_) => {}
        Kind::String if !json_only => {
            return json5::secret(root, text).ok_or_else(|| "answered an empty string".to_owned());
        }
        _ if !json_only => return Ok(SecretString::from(text)),
        _ => return Err("answered JSON that is not an object".to_owned()),
    }
    if root.get("protocolVersion").and_then(|version| json5::number(version, text)) != Some(1.0) {
        return Err("answered without \"protocolVersion\": 1".to_owned());
    }
    if let Some(error) = root.get("errors").and_then(|errors| errors.get(id)) {
        let code = error.get("code").and_then(|code| json5::string(code, text));
        return Err(match CODES.into_iter().find(|known| code.as_ref().is_some_and(|code| **code == **known)) {
            Some(code) => format!("answered {code} for this id"),
            None => "answered with an error for this id (not shown, since it may hold a secret)".to_owned(),
        });
    }
    let value = root.get("values").and_then(|values| values.get(id)).ok_or("answered without a value for this id")?;
    json5::secret(value, text).ok_or_else(|| format!("answered with {} for this id, not a string", value.kind.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::same_secret;

    fn answer(text: &str, json_only: bool) -> Result<SecretString, String> {
        read(Zeroizing::new(text.as_bytes().to_vec()), "a/b", json_only)
    }

    fn is(answer: Result<SecretString, String>, expected: &str) {
        assert!(same_secret(&answer.unwrap(), &expected.into()), "{expected}");
    }

    #[test]
    fn a_secret_by_the_protocol_or_alone() {
        let protocol = "{\"protocolVersion\": 1, \"values\": {\"a/b\": \"s\\u0065cret\", \"c\": 1}}\n";
        is(answer(protocol, true), "secret");
        is(answer(protocol, false), "secret");
        is(answer("  bare secret\r\n", false), "bare secret");
        is(answer("\"in quotes\"", false), "in quotes");
        is(answer("123456", false), "123456");
        is(answer("{not json}", false), "{not json}");
    }

    #[test]
    fn everything_else_is_told_without_the_output() {
        for (text, problem) in [
            ("", "answered nothing"),
            (" \n", "answered nothing"),
            ("CANARY", "not JSON"),
            ("{protocolVersion: 1, values: {'a/b': 'CANARY'}}", "not JSON"),
            ("\"CANARY\"", "not an object"),
            ("[1]", "not an object"),
            ("{\"values\": {\"a/b\": \"CANARY\"}}", "protocolVersion"),
            ("{\"protocolVersion\": 2, \"values\": {\"a/b\": \"CANARY\"}}", "protocolVersion"),
            ("{\"protocolVersion\": 1.9, \"values\": {\"a/b\": \"CANARY\"}}", "protocolVersion"),
            ("{\"protocolVersion\": \"1\", \"values\": {\"a/b\": \"CANARY\"}}", "protocolVersion"),
            ("{\"protocolVersion\": 1}", "without a value"),
            ("{\"protocolVersion\": 1, \"values\": {\"c\": \"CANARY\"}}", "without a value"),
            ("{\"protocolVersion\": 1, \"values\": {\"a/b\": {\"CANARY\": 1}}}", "object for this id"),
            ("{\"protocolVersion\": 1, \"errors\": {\"a/b\": {\"code\": \"NOT_FOUND\"}}}", "NOT_FOUND for this id"),
            (
                "{\"protocolVersion\": 1, \"values\": {\"a/b\": \"CANARY\"}, \"errors\": {\"a/b\": {\"message\": \"CANARY\"}}}",
                "an error for this id",
            ),
            ("{\"protocolVersion\": 1, \"values\": {}, \"errors\": {\"a/b\": \"CANARY\"}}", "an error for this id"),
        ] {
            let told = answer(text, true).unwrap_err();
            assert!(told.contains(problem) && !told.contains("CANARY"), "{text}: {told}");
        }
        let told = read(Zeroizing::new(b"CANARY\xff".to_vec()), "a/b", false).unwrap_err();
        assert!(told.contains("UTF-8") && !told.contains("CANARY"), "{told}");
    }
}
