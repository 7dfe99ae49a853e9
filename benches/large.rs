//! A configuration of 1 MB in the shape of a real one: many agents, channels and providers, with the
//! comments, quotes and trailing commas that people write.

use std::fmt::Write;

/// Bytes that the text has at least.
pub(crate) const LARGE: usize = 1_000_000;

/// The text; the same one on every run.
#[must_use]
pub(crate) fn config() -> String {
    let (mut agents, mut channels, mut providers) = (String::new(), String::new(), String::new());
    let mut number = 0;
    while agents.len() + channels.len() + providers.len() < LARGE {
        let _ = write!(
            agents,
            "      {{\n        id: \"agent-{number}\",\n        // Works on project {number}.\n        agentDir: \"~/.openclaw/agents/agent-{number}/agent\",\n        model: {{ primary: \"opus\", fallbacks: ['sonnet', \"gateway/claude-haiku-4-5\"] }},\n        tools: {{ deny: [\"exec\", \"process\"], elevated: {{ enabled: false }} }},\n      }},\n"
        );
        let _ = write!(
            channels,
            "    \"room-{number}\": {{\n      enabled: true, // since spring\n      botToken: \"${{ROOM_TOKEN}}\",\n      allowFrom: [\"+3312345{number:04}\", \"+4412345{number:04}\"],\n      retry: {{ attempts: 3, minDelayMs: 400, jitter: 0.1 }},\n      /* Quiet at night,\n         loud at noon. */\n      notes: \"Léon's room, number {number}: \\\"knock first\\\"\",\n    }},\n"
        );
        if number % 8 == 0 {
            let _ = write!(
                providers,
                "      \"gateway-{number}\": {{\n        baseUrl: \"https://gateway.example.com/{number}/v1\",\n        apiKey: \"${{GATEWAY_API_KEY}}\",\n        api: \"openai-completions\",\n        models: [{{ id: \"m-{number}\", contextWindow: 200000, cost: {{ input: 0.5, output: 2.5 }} }}],\n      }},\n"
            );
        }
        number += 1;
    }
    format!(
        "// Generated, in the shape of a real configuration.\n{{\n  agents: {{\n    defaults: {{ model: \"anthropic/claude-opus-4-5\" }},\n    list: [\n{agents}    ],\n  }},\n  models: {{\n    mode: \"merge\",\n    providers: {{\n{providers}    }},\n  }},\n  channels: {{\n{channels}  }},\n  gateway: {{ port: 18789, bind: \"loopback\" }},\n}}\n"
    )
}
