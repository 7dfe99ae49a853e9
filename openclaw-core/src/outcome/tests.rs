use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn classify(status: u16, body: &str) -> Failure {
    let status = StatusCode::from_u16(status).unwrap();
    Outcome::classify(status, &HeaderMap::new(), body.as_bytes(), NOW).failure().cloned().unwrap()
}

fn error(kind: &str, message: &str) -> String {
    serde_json::json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}).to_string()
}

#[test]
fn failures_show_no_secret_and_steer_no_terminal() {
    let long = "x".repeat(5000);
    let failure =
        classify(401, &error("authentication_error", &format!("bad key sk-ant-api03-CANARY \u{1b}[2J {long}")));
    let shown = format!("{failure} {failure:?}");
    assert!(!shown.contains("CANARY") && !shown.contains('\u{1b}'), "{shown}");
    assert!(failure.message.chars().count() <= MESSAGE_LIMIT + 1);
    assert_eq!(
        classify(429, &error("rate_limit_error", "slow")).to_string(),
        "429 rate_limit_error: slow (request req_1)"
    );
}
