//! The folder and the server in which the examples of a section run.

use std::fs;

use openclaw_core::testing::{Reply, ScriptedServer};
use serde_json::json;

use super::common::{KEY, OTHER_KEY, OTHER_TOKEN, Output, SECRETS, TOKEN, World, now, server};

pub(crate) struct Stage {
    pub(crate) world: World,
    server: ScriptedServer,
}

impl Stage {
    pub(crate) fn new(given: &[String]) -> Self {
        let stage = Self { world: World::new(), server: server() };
        for secret in SECRETS {
            stage.server.on(secret, [Reply::text("Bonjour !")]);
        }
        for (name, secret) in [("key.txt", KEY), ("token.txt", TOKEN)] {
            fs::write(stage.world.cwd().join(name), secret).unwrap();
        }
        for thing in given {
            stage.give(thing);
        }
        stage
    }

    fn give(&self, thing: &str) {
        let onboard = ["onboard", "--anthropic-api-key", "-"];
        let ask = || drop(self.world.at(&self.server, &["ask", "x"]).out());
        match thing {
            "a key" => drop(self.world.run(&onboard).stdin(KEY).ok()),
            "a token" => drop(self.world.run(&["models", "auth", "setup-token", "--token", "-"]).stdin(TOKEN).ok()),
            "an agent work" => drop(self.world.run(&["agents", "add", "work"]).ok()),
            "the key is refused" => self.server.on(KEY, [Reply::invalid_key()]),
            "the token is refused" => self.server.on(TOKEN, [Reply::invalid_key()]),
            "the token is only for Claude Code" => {
                let words = "This credential is only authorized for use with Claude Code and cannot be used for other \
                             API requests.";
                self.server.on(TOKEN, [Reply::error(401, "authentication_error", words)]);
            }
            "the key is limited" => self.server.on(KEY, [Reply::rate_limited(Some(1200))]),
            "the account is empty" => self.server.on(KEY, [Reply::credit_too_low()]),
            "a message was tried" => ask(),
            "a login that has ended" => {
                let login = json!({
                    "type": "oauth", "provider": "anthropic", "access": "a", "refresh": "r", "expires": now() - 1000
                });
                self.world.write_store(json!({ "version": 1, "profiles": { "anthropic:claude": login } }).to_string());
            }
            "a lock that OpenClaw holds" => {
                fs::create_dir(self.world.store_path().with_file_name("auth-profiles.json.lock")).unwrap();
            }
            "a broken store" => self.world.write_store("{"),
            "a newer folder" => {
                fs::create_dir_all(self.world.state()).unwrap();
                fs::write(self.world.state().join("openclaw.sqlite"), "").unwrap();
            }
            "a file with a mistake" => self.world.write_config("{\n  auth: { ordr: {} },\n}\n"),
            other => panic!("nobody knows how to give {other:?}"),
        }
    }

    /// Types a line. What a person would paste at a prompt comes on stdin. `None` without bash.
    pub(crate) fn type_line(&self, line: &str) -> Option<Output> {
        let run = self.world.typed(&format!("{{ {line}\n}} 2>&1"))?.env("ANTHROPIC_BASE_URL", &self.server.url());
        // A variable that is named is set; the one for a key of the environment serves requests, too.
        let run = ["KEY", "ANTHROPIC_API_KEY"]
            .into_iter()
            .filter(|name| line.contains(&format!("${name}")) || line.contains(&format!("${{{name}}}")))
            .fold(run, |run, name| run.env(name, KEY));
        let pasted = if line.contains("paste-token") || line.contains("setup-token") { OTHER_TOKEN } else { OTHER_KEY };
        Some(run.stdin(pasted).out())
    }

    /// Puts a configuration into its place and checks it.
    pub(crate) fn configure(&self, name: &str, text: &str) {
        fs::create_dir_all(self.world.state()).unwrap();
        fs::write(self.world.state().join(name), text).unwrap();
        if name != "openclaw.json" {
            return;
        }
        let variables = text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        let run = self.world.run(&["config", "validate", "--json"]);
        let checked = variables.fold(run, |run, variable| run.env(variable, "https://example.org")).out();
        assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{text}\n{checked:?}");
        assert_eq!(checked.json()["warnings"], json!([]), "{text}");
    }

    /// Puts a store into its place and reads it.
    pub(crate) fn store(&self, text: &str) {
        self.world.write_store(text);
        let list = self.world.run(&["models", "auth", "list", "--json"]).ok().json();
        let profiles = list["profiles"].as_array().unwrap();
        assert!(!profiles.is_empty() && profiles.iter().all(|profile| profile["code"] != "malformed"), "{list:#}");
    }
}
