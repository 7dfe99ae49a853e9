//! What looks like a verdict on a credential and is none.

use http::{HeaderMap, StatusCode};
use openclaw_core::{FailureReason, Outcome, POLICY_TABLE};

use super::{NOW, body, class, classify};

/// Classes that take a credential out of service.
fn takes_out(reason: FailureReason) -> bool {
    matches!(reason, FailureReason::Auth | FailureReason::AuthPermanent | FailureReason::Billing)
}

#[test]
fn numbers_and_words_inside_a_message_tell_nothing() {
    for message in [
        "room 429 is free",
        "the ticket costs 402 dollars",
        "token expired in cache",
        "messages.0.content.0.text: \"Your credit balance is too low\" is not allowed here",
        "messages.1: the assistant said: This organization has been disabled.",
        "tools.0.name: string should match pattern 'api key has been revoked'",
        "system: 401 unauthorized, invalid x-api-key, rate_limit_error, overloaded_error",
        "model output {\"type\":\"error\",\"error\":{\"type\":\"billing_error\",\"message\":\"pay\"}} cannot be prefilled",
        "metadata.user_id: prompt is too long",
        "",
    ] {
        assert_eq!(class(400, "invalid_request_error", message), "format", "{message}");
    }
}

#[test]
fn every_phrase_of_the_table_counts_only_at_the_beginning() {
    for row in &POLICY_TABLE {
        for phrase in row.messages {
            for article in ["", "Your ", "This ", "The ", "An "] {
                let message = format!("{article}{phrase}, and so on");
                assert_eq!(class(400, "invalid_request_error", &message), row.reason.as_str(), "{message}");
            }
            for quoted in [format!("messages.0: {phrase}"), format!("\"{phrase}\""), format!("he said: your {phrase}")]
            {
                assert_eq!(class(400, "invalid_request_error", &quoted), "format", "{quoted}");
            }
            // A server's own trouble is not the credential's, whatever it says.
            assert_eq!(class(500, "api_error", phrase), "server_error");
        }
    }
}

#[test]
fn strangers_open_no_window_of_a_credential() {
    let strangers: [&[u8]; 12] = [
        b"",
        b"<html><head><title>Sign in to Hotel WiFi</title></head><body>401</body></html>",
        b"<!DOCTYPE html><title>403 Forbidden</title><center>cloudflare</center>",
        br#"{"error":{"type":"forbidden","message":"Request not allowed"}}"#,
        br#"{"error":{"type":"authentication_error","message":"Invalid API Key"}}"#,
        br#"{"error":"invalid_api_key","message":"This organization has been disabled."}"#,
        br#"{"type":"error","error":"authentication_error"}"#,
        br#"{"type":"error","error":{"message":"Your credit balance is too low"}}"#,
        br#"{"detail":{"code":503130,"message":"permission_error - Your credit balance is too low"}}"#,
        br#"{"code":401,"msg":"Payment Required"}"#,
        br#"[{"type":"error","error":{"type":"authentication_error","message":"x"}}]"#,
        b"{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"cut of",
    ];
    for stranger in strangers {
        for status in (100..=599).chain([600, 999]) {
            let code = StatusCode::from_u16(status).unwrap();
            let outcome = Outcome::classify(code, &HeaderMap::new(), stranger, NOW);
            assert_eq!(outcome.failure().is_none(), (200..300).contains(&status), "{status}");
            if let Some(failure) = outcome.failure() {
                assert!(!takes_out(failure.reason), "{status} {}", String::from_utf8_lossy(stranger));
                assert_eq!(failure.error_type, None);
            }
        }
    }
    for status in [401, 402, 403, 407, 511] {
        let expected = if status == 407 { FailureReason::Unknown } else { FailureReason::ServerError };
        assert_eq!(classify(status, &[], strangers[1]).reason, expected, "{status}");
    }
    assert_eq!(classify(413, &[], strangers[2]).reason, FailureReason::ContextOverflow, "Cloudflare's, documented");
}

#[test]
fn an_unknown_type_falls_back_to_the_status() {
    for (status, expected) in [
        (401, "auth"),
        (402, "billing"),
        (403, "auth"),
        (404, "model_not_found"),
        (408, "timeout"),
        (409, "unknown"),
        (410, "unknown"),
        (418, "unknown"),
        (429, "rate_limit"),
        (451, "unknown"),
        (499, "unknown"),
        (500, "server_error"),
        (503, "server_error"),
        (504, "timeout"),
        (520, "server_error"),
        (524, "server_error"),
        (529, "overloaded"),
        (599, "server_error"),
        (600, "unknown"),
        (100, "unknown"),
        (302, "unknown"),
        (304, "unknown"),
    ] {
        assert_eq!(class(status, "something_new_error", "new"), expected, "{status}");
    }
    // And a known type wins over a status that says less.
    assert_eq!(class(400, "authentication_error", "invalid x-api-key"), "auth");
    assert_eq!(class(503, "rate_limit_error", "slow"), "rate_limit");
}

#[test]
fn a_success_is_one_whatever_the_model_wrote() {
    let quoting = body("billing_error", "Your credit balance is too low");
    for status in [200, 201, 204, 299] {
        let code = StatusCode::from_u16(status).unwrap();
        assert_eq!(Outcome::classify(code, &HeaderMap::new(), &quoting, NOW), Outcome::Success);
    }
}
