use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::messages::{SseDecoder, SseEvent};

fn event(data: &Value) -> StreamEvent {
    StreamEvent::parse(&SseEvent { event: "message".to_owned(), data: data.to_string() }).unwrap()
}

fn fold(events: &[Value]) -> Result<Message, WireError> {
    let mut answer = Accumulator::default();
    for data in events {
        answer.push(&event(data))?;
    }
    answer.finish()
}

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "model": "m", "content": [], "usage": {"input_tokens": 9, "output_tokens": 1}}})
}

fn block(index: u64, block: &Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn stop() -> Value {
    json!({"type": "message_stop"})
}

#[test]
fn a_recorded_stream_becomes_the_plain_answer() {
    let stream = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",",
        "\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":472,\"output_tokens\":2}}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"h\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"m\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"sig\"}}\n\n",
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"Bon\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"n\":1}}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"jour\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"n\":2}}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"later_delta\"}}\n\n",
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{}}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"city\\\": \\\"Pa\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"ris\\\"}\"}}\n\n",
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":2}\n\n",
        "event: aurora\ndata: whatever\n\n",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":89}}\n\n",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );
    let plain = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use", "stop_sequence": null,
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "text", "text": "Bonjour", "citations": [{"n": 1}, {"n": 2}]},
            {"type": "tool_use", "id": "t", "name": "n", "input": {"city": "Paris"}},
        ],
        "usage": {"input_tokens": 472, "output_tokens": 89},
    });
    let mut decoder = SseDecoder::default();
    let mut answer = Accumulator::default();
    for piece in stream.as_bytes().chunks(7) {
        decoder.push(piece);
        while let Some(event) = decoder.next_event() {
            assert!(!answer.is_complete());
            answer.push(&StreamEvent::parse(&event.unwrap()).unwrap()).unwrap();
        }
    }
    assert!(answer.is_complete());
    assert_eq!(answer.finish(), Message::from_json(plain.to_string().as_bytes()));
}

#[test]
fn a_stream_cut_anywhere_is_an_error() {
    let text = json!({"type": "text", "text": ""});
    let whole = [
        start(),
        block(0, &text),
        delta(0, &json!({"type": "text_delta", "text": "a"})),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}),
        stop(),
    ];
    for end in 0..whole.len() {
        assert_eq!(fold(&whole[..end]), Err(WireError::Cut), "after {end} events");
    }
    let message = fold(&whole).unwrap();
    assert_eq!((message.text().as_str(), message.usage.input_tokens, message.usage.output_tokens), ("a", 9, 3));
}

#[test]
fn an_impossible_order_is_an_error() {
    let text = json!({"type": "text", "text": ""});
    let more = json!({"type": "text_delta", "text": "a"});
    for events in [
        vec![stop()],
        vec![block(0, &text)],
        vec![delta(0, &more)],
        vec![start(), start()],
        vec![start(), delta(0, &more)],
        vec![start(), block(0, &text), block(0, &text)],
        vec![start(), block(0, &text), delta(1, &more)],
        vec![start(), block(0, &json!("text"))],
    ] {
        assert!(matches!(fold(&events), Err(WireError::Shape(_))), "{events:?}");
    }
    // What comes after the end cannot spoil the answer.
    assert!(fold(&[start(), stop(), start(), delta(7, &more)]).is_ok());
}

#[test]
fn the_providers_own_error_ends_the_answer() {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let expected = ApiError { error_type: "overloaded_error".into(), message: "Overloaded".into(), request_id: None };
    for events in [vec![error.clone()], vec![start(), error]] {
        assert_eq!(fold(&events), Err(WireError::Api(expected.clone())));
    }
}

#[test]
fn a_tools_numbers_keep_every_digit() {
    let tool = json!({"type": "tool_use", "id": "t", "name": "map", "input": {}});
    for number in ["16190139.203498187", "18446744073709551615", "-9223372036854775808", "0.1", "5e-324"] {
        let piece = json!({"type": "input_json_delta", "partial_json": format!("{{\"n\":{number}}}")});
        let message = fold(&[start(), block(0, &tool), delta(0, &piece), stop()]).unwrap();
        let [ContentBlock::ToolUse { input, .. }] = &message.content[..] else { panic!("one tool") };
        assert_eq!(input["n"].to_string(), number);
    }
}

#[test]
fn a_tools_arguments_that_were_cut_short_stay_text() {
    let tool = json!({"type": "tool_use", "id": "t", "name": "n", "input": {}});
    let piece = delta(0, &json!({"type": "input_json_delta", "partial_json": "{\"a\": [1"}));
    let message = fold(&[start(), block(0, &tool), piece, stop()]).unwrap();
    assert!(
        matches!(&message.content[0], ContentBlock::ToolUse { input: Value::String(text), .. } if text == "{\"a\": [1")
    );

    let server = json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}});
    let piece = delta(0, &json!({"type": "input_json_delta", "partial_json": "{\"query\":\"x\"}"}));
    let message = fold(&[start(), block(0, &server), piece, stop()]).unwrap();
    let expected = json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}});
    assert_eq!(message.content, [ContentBlock::Other(expected)]);
}

#[test]
fn a_hostile_index_costs_nothing() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let message = fold(&[start(), block(u64::MAX, &text("b")), block(5, &text("a")), stop()]).unwrap();
    assert_eq!(message.text(), "ab");
}

fn any_block() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,9}".prop_map(|text| json!({"type": "text", "text": text, "citations": [1]})),
        ("[a-z]{0,9}", "[a-z]{0,3}").prop_map(|(t, s)| json!({"type": "thinking", "thinking": t, "signature": s})),
        (".{0,9}", any::<u64>()).prop_map(|(k, n)| json!({"type": "tool_use", "id": "t", "name": k, "input": {k: n}})),
        Just(json!({"type": "tool_use", "id": "t", "name": "n"})),
        ".{0,9}".prop_map(|kind| json!({"type": kind, "input": [kind]})),
        Just(json!({})),
    ]
}

proptest! {
    #[test]
    fn a_plain_answer_and_its_events_are_the_same(content in prop::collection::vec(any_block(), 0..5), tokens in any::<[u64; 4]>()) {
        let answer = json!({
            "id": "msg_1", "model": "m", "content": content, "stop_reason": "end_turn", "stop_sequence": "END",
            "usage": {"input_tokens": tokens[0], "output_tokens": tokens[1],
                      "cache_creation_input_tokens": tokens[2], "cache_read_input_tokens": tokens[3]},
        });
        let message = Message::from_json(answer.to_string().as_bytes()).unwrap();
        let mut again = Accumulator::default();
        let events = message.clone().into_events();
        let shown: String = events.iter().filter_map(|event| match event {
            StreamEvent::ContentBlockDelta { delta: BlockDelta::Text(text), .. } => Some(text.as_str()),
            _ => None,
        }).collect();
        prop_assert_eq!(shown, message.text());
        for event in &events {
            again.push(event).unwrap();
        }
        prop_assert_eq!(again.finish().unwrap(), message);
    }
}
