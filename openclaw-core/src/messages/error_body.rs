//! Anthropic's own error shape, and nothing that merely resembles it.

use std::fmt;

use serde_json::{Map, Value};

use crate::secret::{printable, redact};

/// An error in Anthropic's words. What looks like a credential in it was replaced when it was read.
///
/// ```
/// use openclaw_core::messages::ApiError;
/// let error = ApiError { error_type: "overloaded_error".into(), message: "Overloaded".into(), request_id: None };
/// assert_eq!(error.to_string(), "overloaded_error: Overloaded");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// `error.type`, such as `rate_limit_error`; never empty.
    pub error_type: String,
    /// `error.message`, for people; perhaps empty.
    pub message: String,
    /// `request_id`, which Anthropic's support asks for.
    pub request_id: Option<String>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.error_type))?;
        if !self.message.is_empty() {
            write!(f, ": {}", printable(&self.message))?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

/// Reads the body of a refusal: `{"type":"error","error":{"type":…,"message":…}}` with any further
/// fields (Anthropic's documentation, "Errors"). Everything else, such as the page of a captive portal or another
/// API's error, is `None`: it says nothing about a credential.
///
/// ```
/// use openclaw_core::messages::parse_error;
/// let body = br#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"req_1"}"#;
/// let error = parse_error(body).expect("Anthropic's shape");
/// assert_eq!((error.error_type.as_str(), error.request_id.as_deref()), ("authentication_error", Some("req_1")));
/// assert_eq!(parse_error(b"<html>401</html>"), None);
/// ```
#[must_use]
pub fn parse_error(body: &[u8]) -> Option<ApiError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => from_fields(&fields),
        _ => None,
    }
}

pub(super) fn from_fields(fields: &Map<String, Value>) -> Option<ApiError> {
    let text = |value: &Value| value.as_str().map(redact);
    if fields.get("type")?.as_str()? != "error" {
        return None;
    }
    let detail = fields.get("error")?.as_object()?;
    Some(ApiError {
        error_type: detail.get("type").and_then(text).filter(|error_type| !error_type.is_empty())?,
        message: detail.get("message").map_or_else(|| Some(String::new()), text)?,
        request_id: fields.get("request_id").and_then(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anthropics_shape_with_anything_added() {
        let body = br#"{"type":"error","error":{"details":{"a":[1]},"type":"rate_limit_error","message":"slow"},"request_id":"req_9","x":null}"#;
        let error = parse_error(body).unwrap();
        assert_eq!(
            error,
            ApiError {
                error_type: "rate_limit_error".into(),
                message: "slow".into(),
                request_id: Some("req_9".into())
            }
        );
        let bare = parse_error(br#" {"type":"error","error":{"type":"api_error"},"request_id":7} "#).unwrap();
        assert_eq!((bare.message.as_str(), bare.request_id.as_deref()), ("", None));
        assert_eq!(bare.to_string(), "api_error");
    }

    #[test]
    fn anything_else_is_not_anthropics() {
        for body in [
            "",
            "null",
            "[]",
            "\"error\"",
            "<html><title>Sign in</title></html>",
            r#"{"error":{"type":"authentication_error","message":"m"}}"#,
            r#"{"type":"Error","error":{"type":"authentication_error","message":"m"}}"#,
            r#"{"type":"error","error":"authentication_error"}"#,
            r#"{"type":"error","error":{"message":"m"}}"#,
            r#"{"type":"error","error":{"type":"","message":"m"}}"#,
            r#"{"type":"error","error":{"type":401,"message":"m"}}"#,
            r#"{"type":"error","error":{"type":"authentication_error","message":{"en":"m"}}}"#,
            r#"{"type":"error","error":{"type":"authentication_error","message":"m"}"#,
            r#"{"type":"error","error":{"type":"authentication_error","message":"m"}} trailing"#,
        ] {
            assert_eq!(parse_error(body.as_bytes()), None, "{body}");
        }
        assert_eq!(parse_error(b"{\"type\":\"error\",\"error\":{\"type\":\"\xff\"}}"), None);
        assert_eq!(parse_error("[".repeat(100_000).as_bytes()), None);
    }

    #[test]
    fn an_echoed_credential_and_control_characters_are_not_shown() {
        let body =
            r#"{"type":"error","error":{"type":"authentication_error","message":"bad sk-ant-api03-CANARY\u001b[2J"}}"#;
        let error = parse_error(body.as_bytes()).unwrap();
        assert!(!format!("{error:?}{error}").contains("CANARY"));
        assert_eq!(error.to_string(), "authentication_error: bad sk-ant-***\\u{1b}[2J");
    }
}
