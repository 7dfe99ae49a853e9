use serde_json::json;

use super::*;

fn parse(name: &str, data: &str) -> Result<StreamEvent, WireError> {
    StreamEvent::parse(&SseEvent { event: name.to_owned(), data: data.to_owned() })
}

fn delta(delta: &Value) -> Result<StreamEvent, WireError> {
    parse("", &json!({"type": "content_block_delta", "index": 2, "delta": delta}).to_string())
}

/// A piece of text has a way of its own; whatever differs from it goes the other way, to the same end.
#[test]
fn a_piece_of_text_is_read_alike_in_every_form() {
    let plain = Ok(StreamEvent::ContentBlockDelta { index: 1, delta: BlockDelta::Text("é\n".into()) });
    for data in [
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"é\n"}}"#,
        r#"{"delta":{"text":"\u00e9\n","type":"text_delta"},"index":1,"type":"content_block_delta"}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"é\n","later":[1]}}"#,
        r#"{"type":"content_block_delta","index":1,"later":{},"delta":{"type":"text_delta","text":"é\n"}}"#,
        r#"{"type":"content_block_delta","index":9,"index":1,"delta":{"type":"text_delta","text":"é\n"}}"#,
    ] {
        assert_eq!(parse("content_block_delta", data), plain, "{data}");
        assert_eq!(parse("message", data), plain, "the JSON says what it is: {data}");
    }
    let untyped = r#"{"index":1,"delta":{"type":"text_delta","text":"é\n"}}"#;
    assert_eq!(parse("content_block_delta", untyped), plain);
    for data in [
        r#"{"type":"content_block_delta","index":-1,"delta":{"type":"text_delta","text":"a"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":1}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta"}}"#,
    ] {
        assert!(matches!(parse("content_block_delta", data), Err(WireError::Shape(_))), "{data}");
    }
}

#[test]
fn every_event_of_the_documentation() {
    let start = parse(
        "message_start",
        r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":25,"output_tokens":1}}}"#,
    );
    let Ok(StreamEvent::MessageStart { message }) = start else { panic!("{start:?}") };
    assert_eq!((message.id.as_str(), message.usage.input_tokens), ("msg_1", 25));

    let block = ContentBlock::Text { text: String::new(), extra: Map::new() };
    let data = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    assert_eq!(parse("content_block_start", data), Ok(StreamEvent::ContentBlockStart { index: 0, block }));
    for (wire, expected) in [
        (json!({"type": "text_delta", "text": "a"}), BlockDelta::Text("a".into())),
        (json!({"type": "input_json_delta", "partial_json": "{\"a"}), BlockDelta::InputJson("{\"a".into())),
        (json!({"type": "thinking_delta", "thinking": "t"}), BlockDelta::Thinking("t".into())),
        (json!({"type": "signature_delta", "signature": "s"}), BlockDelta::Signature("s".into())),
        (json!({"type": "later_delta", "x": 1}), BlockDelta::Other(json!({"type": "later_delta", "x": 1}))),
    ] {
        assert_eq!(delta(&wire), Ok(StreamEvent::ContentBlockDelta { index: 2, delta: expected }));
    }
    let data = r#"{"type":"content_block_stop","index":1}"#;
    assert_eq!(parse("content_block_stop", data), Ok(StreamEvent::ContentBlockStop { index: 1 }));
    let end = parse(
        "message_delta",
        r#"{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"output_tokens":15}}"#,
    );
    let usage = Usage { output_tokens: 15, ..Usage::default() };
    let (stop_reason, stop_sequence) = (Some("stop_sequence".into()), Some("END".into()));
    assert_eq!(end, Ok(StreamEvent::MessageDelta { stop_reason, stop_sequence, usage }));
    assert_eq!(parse("message_stop", r#"{"type":"message_stop"}"#), Ok(StreamEvent::MessageStop));
    assert_eq!(parse("ping", r#"{"type":"ping"}"#), Ok(StreamEvent::Ping));
    assert_eq!(
        parse("error", r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded sk-ant-api03-X"}}"#),
        Ok(StreamEvent::Error { error_type: "overloaded_error".into(), message: "Overloaded sk-ant-***".into() })
    );
}

#[test]
fn the_json_decides_and_the_name_helps() {
    assert_eq!(parse("message", r#"{"type":"ping"}"#), Ok(StreamEvent::Ping));
    assert_eq!(parse("proxied", r#"{"type":"message_stop"}"#), Ok(StreamEvent::MessageStop));
    assert_eq!(parse("message_stop", "{}"), Ok(StreamEvent::MessageStop));
    for (name, data) in [
        ("later", "{}"),
        ("later", "not json"),
        ("ping", r#"{"type":"later"}"#),
        ("message", "{}"),
        ("message", "[DONE]"),
    ] {
        assert_eq!(parse(name, data), Ok(StreamEvent::Unknown), "{name} {data}");
    }
}

#[test]
fn a_damaged_event_is_an_error_and_not_a_gap() {
    for (name, data) in [
        ("content_block_delta", "{\"CANARY"),
        ("message", "CANARY"),
        ("message_stop", ""),
        ("ping", "[1]"),
        ("message_start", r#"{"message":"CANARY"}"#),
        ("message_start", "{}"),
        ("content_block_start", r#"{"index":0}"#),
        ("content_block_start", r#"{"content_block":{}}"#),
        ("content_block_delta", r#"{"index":0}"#),
        ("content_block_delta", r#"{"index":-1,"delta":{}}"#),
        ("content_block_delta", r#"{"index":0,"delta":{"type":"text_delta","text":["CANARY"]}}"#),
        ("content_block_stop", r#"{"index":"CANARY"}"#),
        ("error", r#"{"type":"error","error":"CANARY"}"#),
    ] {
        let error = parse(name, data).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
    }
}

#[test]
fn content_is_text_or_the_start_of_a_tool_call() {
    let start = |block: Value| StreamEvent::ContentBlockStart { index: 0, block: ContentBlock::from_value(block) };
    for (event, content) in [
        (delta(&json!({"type": "text_delta", "text": " "})).unwrap(), true),
        (delta(&json!({"type": "text_delta", "text": ""})).unwrap(), false),
        (delta(&json!({"type": "thinking_delta", "thinking": "t"})).unwrap(), false),
        (delta(&json!({"type": "input_json_delta", "partial_json": ""})).unwrap(), false),
        (start(json!({"type": "text", "text": ""})), false),
        (start(json!({"type": "text", "text": "a"})), true),
        (start(json!({"type": "thinking", "thinking": "a"})), false),
        (start(json!({"type": "tool_use", "id": "t", "name": "n", "input": {}})), true),
        (start(json!({"type": "server_tool_use", "id": "t", "name": "n", "input": {}})), true),
        (start(json!({"type": "web_search_tool_result"})), false),
        (StreamEvent::Ping, false),
        (StreamEvent::MessageStop, false),
    ] {
        assert_eq!(event.is_content(), content, "{event:?}");
    }
}
