//! The command inside this process, at a time of our choice, perhaps with somebody at a terminal.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use openclaw_cli::{Prompt, PromptError};
use secrecy::SecretString;
use serde_json::Value;

use crate::common::inside::inside;
use crate::common::{KEY, Output};

pub(crate) use crate::common::inside::{CUSTOM, STORE, THEN, recorded};

/// A store with these profiles (API keys of Anthropic) and these further members.
pub(crate) fn keys(names: &[&str], rest: &str) -> String {
    let profiles: Vec<String> = names
        .iter()
        .map(|name| format!(r#""anthropic:{name}":{{"type":"api_key","provider":"anthropic","key":"{KEY}"}}"#))
        .collect();
    format!(r#"{{"version":1,"profiles":{{{}}}{rest}}}"#, profiles.join(","))
}

/// What a person answers, in turn. No answer left is Ctrl-C.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(crate) choices: VecDeque<&'static str>,
    pub(crate) yes: VecDeque<bool>,
    pub(crate) secrets: VecDeque<&'static str>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Prompt for Person {
    fn secret(&mut self, question: &str) -> Result<SecretString, PromptError> {
        self.asked.lock().unwrap().push(question.to_owned());
        self.secrets.pop_front().map(SecretString::from).ok_or(PromptError::Interrupted)
    }

    fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, PromptError> {
        self.asked.lock().unwrap().push(question.to_owned());
        let wanted = self.choices.pop_front().ok_or(PromptError::Interrupted)?;
        Ok(choices.iter().position(|choice| *choice == wanted).unwrap_or_else(|| panic!("{wanted}: {choices:?}")))
    }

    fn confirm(&mut self, question: &str) -> Result<bool, PromptError> {
        self.asked.lock().unwrap().push(question.to_owned());
        self.yes.pop_front().ok_or(PromptError::Interrupted)
    }
}

/// One run inside this process.
pub(crate) struct At<'a> {
    home: &'a Path,
    now: i64,
    env: Vec<(&'a str, &'a str)>,
    person: Option<Person>,
}

pub(crate) fn at(home: &Path, now: i64) -> At<'_> {
    At { home, now, env: vec![CUSTOM], person: None }
}

impl<'a> At<'a> {
    pub(crate) fn env(mut self, name: &'a str, value: &'a str) -> Self {
        self.env.push((name, value));
        self
    }

    pub(crate) fn asking(mut self, person: Person) -> Self {
        self.person = Some(person);
        self
    }

    pub(crate) fn run(self, args: &[&str]) -> Output {
        let args: Vec<&str> = ["models", "auth"].iter().chain(args).copied().collect();
        let prompt = self.person.map(|person| Box::new(person) as Box<dyn Prompt>);
        let output = inside(self.home, self.now, &self.env, prompt, &args);
        assert!(!output.stdout.contains(CUSTOM.1) && !output.stdout.contains("sk-short"), "{output:?}");
        output
    }

    #[track_caller]
    pub(crate) fn ok(self, args: &[&str]) -> Output {
        let output = self.run(args);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}");
        output
    }

    #[track_caller]
    pub(crate) fn json(self, args: &[&str]) -> Value {
        self.ok(&[args, &["--json"]].concat()).json()
    }

    /// Runs it and expects exactly this text, of which no line is longer than 80 columns unless it
    /// cannot be broken.
    #[track_caller]
    pub(crate) fn says(self, args: &[&str], expected: &str) {
        let output = self.ok(args);
        assert_eq!(output.stdout, expected);
        for line in output.stdout.lines().filter(|line| !line.trim_start().starts_with("openclaw ")) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
