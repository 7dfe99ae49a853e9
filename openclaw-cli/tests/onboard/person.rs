//! Somebody at a terminal whose answers are written down before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use openclaw_cli::{Prompt, PromptError};
use secrecy::SecretString;

use crate::common::inside::{inside, inside_in_real_time};
use crate::common::{Output, World, now};

/// One answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// The choice that starts with this text.
    Choose(&'static str),
    Paste(&'static str),
    PasteTooMuch,
    Say(bool),
    Type(&'static str),
}

/// Gives the answers in turn; after the last one it is Ctrl-C.
#[derive(Debug, Default)]
struct Person {
    answers: VecDeque<Answer>,
    /// Everything that was asked, offered and said.
    seen: Arc<Mutex<String>>,
}

impl Person {
    fn see(&self, text: &str) {
        let mut seen = self.seen.lock().unwrap();
        seen.push_str(text);
        seen.push('\n');
    }

    fn next(&mut self) -> Result<Answer, PromptError> {
        self.answers.pop_front().ok_or(PromptError::Interrupted)
    }
}

impl Prompt for Person {
    fn secret(&mut self, question: &str) -> Result<SecretString, PromptError> {
        self.see(question);
        match self.next()? {
            Answer::Paste(secret) => Ok(SecretString::from(secret)),
            Answer::PasteTooMuch => Err(PromptError::TooLong),
            other => panic!("{question} was answered with {other:?}"),
        }
    }

    fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, PromptError> {
        self.see(question);
        choices.iter().for_each(|choice| self.see(&format!("- {choice}")));
        let Answer::Choose(wanted) = self.next()? else { panic!("{question}: {choices:?}") };
        let found = choices.iter().position(|choice| choice.starts_with(wanted));
        Ok(found.unwrap_or_else(|| panic!("{wanted} is not offered: {choices:?}")))
    }

    fn confirm(&mut self, question: &str) -> Result<bool, PromptError> {
        self.see(question);
        // The last question, which most of these people do not care about.
        if question.starts_with("Ask Anthropic now") && self.answers.is_empty() {
            return Ok(false);
        }
        let Answer::Say(answer) = self.next()? else { panic!("{question}") };
        Ok(answer)
    }

    fn text(&mut self, question: &str, usual: &str) -> Result<String, PromptError> {
        self.see(&format!("{question} [{usual}]"));
        let Answer::Type(answer) = self.next()? else { panic!("{question}") };
        Ok(answer.to_owned())
    }

    fn begin(&mut self, title: &str) {
        self.see(title);
    }

    fn say(&mut self, text: &str) {
        self.see(text);
    }

    fn end(&mut self, text: &str) {
        self.see(text);
    }
}

/// Runs the command with these answers; also returns what the person saw.
pub(crate) fn ask(world: &World, env: &[(&str, &str)], answers: &[Answer], args: &[&str]) -> (Output, String) {
    run(answers, args, |person, args| inside(&world.home(), now(), env, Some(Box::new(person)), args))
}

/// As [`ask`], where a server is waited for.
pub(crate) fn ask_in_real_time(world: &World, env: &[(&str, &str)], answers: &[Answer]) -> (Output, String) {
    run(answers, &[], |person, args| inside_in_real_time(&world.home(), env, Some(Box::new(person)), args))
}

fn run(answers: &[Answer], args: &[&str], command: impl FnOnce(Person, &[&str]) -> Output) -> (Output, String) {
    let person = Person { answers: answers.iter().copied().collect(), ..Person::default() };
    let seen = Arc::clone(&person.seen);
    let args: Vec<&str> = ["onboard"].iter().chain(args).copied().collect();
    let output = command(person, &args);
    let seen = seen.lock().unwrap().clone();
    // What is asked shows no more of a secret than what is told.
    let shown = Output { stdout: seen.clone(), ..Output { stderr: String::new(), stdout: String::new(), ..output } };
    shown.assert_no_secret();
    (Output { stderr: output.stderr, stdout: output.stdout, ..shown }, seen)
}
