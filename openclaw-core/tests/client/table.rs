//! The whole table of failure classes over real sockets: every row of it, in four worlds, asked for in
//! three ways. What is expected is written down here by hand, from the table in words, so that neither
//! the table in the code nor what reads it can vouch for itself.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt as _;
use openclaw_core::FailureReason::{
    Auth, AuthPermanent, Billing, ContextOverflow, Format, ModelNotFound, Overloaded, RateLimit, ServerError, Timeout,
    Unknown,
};
use openclaw_core::messages::{BlockDelta, MessageRequest, StreamEvent};
use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{
    Action, Client, Error, ErrorKind, FailureReason, ManualClock, NoJitter, POLICY_TABLE, ProfileEffect, ProfileId,
    ServedBy, Timestamp, UsageStats,
};

use crate::routed::Routed;
use crate::support::{A, B, START};

const OPUS: &str = "claude-opus-4-5";
const SONNET: &str = "claude-sonnet-4-5";

/// Which calls are made, in their order: `a@opus`, and `!` behind the one that served. Without any such
/// the request fails.
struct Calls {
    /// One profile, which fails.
    one: &'static str,
    /// `a` fails, `b` would serve.
    two: &'static str,
    /// One profile and a second model, which would serve.
    fallback: &'static str,
    /// Two profiles that both fail on the first model; the second model would serve.
    both: &'static str,
}

/// The profile is blocked, whatever the model.
const PROFILE: Calls = Calls { one: "a@opus", two: "a@opus b@opus!", fallback: "a@opus", both: "a@opus b@opus" };

/// The profile is blocked for that model.
const MODEL: Calls =
    Calls { one: "a@opus", two: "a@opus b@opus!", fallback: "a@opus a@sonnet!", both: "a@opus b@opus a@sonnet!" };

/// Two retries, then one other profile, then the next model.
const PASSING: Calls = Calls {
    one: "a@opus a@opus a@opus",
    two: "a@opus a@opus a@opus b@opus!",
    fallback: "a@opus a@opus a@opus a@sonnet!",
    both: "a@opus a@opus a@opus b@opus b@opus b@opus a@sonnet!",
};

/// No other profile would help, another model may.
const NEXT_MODEL: Calls =
    Calls { one: "a@opus", two: "a@opus", fallback: "a@opus a@sonnet!", both: "a@opus a@sonnet!" };

const OVERLOADED: &str = "opus: demoted 30 overloaded";
const SERVER_ERROR: &str = "opus: demoted 30 server_error";
const TIMED_OUT: &str = "opus: demoted 30 timeout";

/// The request is at fault.
const RETURNED: Calls = Calls { one: "a@opus", two: "a@opus", fallback: "a@opus", both: "a@opus" };

enum Fault {
    Answer(Reply),
    /// Nobody listens.
    Refused,
    /// Nothing comes, for longer than the line may be silent.
    Silence,
}

struct Row {
    name: &'static str,
    fault: Fault,
    reason: FailureReason,
    /// What is stored about a profile that failed; the seconds count from its first failure.
    window: &'static str,
    calls: Calls,
}

fn row(name: &'static str, fault: impl Into<Fault>, reason: FailureReason, window: &'static str, calls: Calls) -> Row {
    Row { name, fault: fault.into(), reason, window, calls }
}

impl From<Reply> for Fault {
    fn from(reply: Reply) -> Self {
        Self::Answer(reply)
    }
}

fn rows() -> Vec<Row> {
    let error = Reply::error;
    let html = |status| Reply::raw(status, "text/html", "<html>Welcome</html>");
    let disabled = "This organization has been disabled.";
    let long = "prompt is too long: 208310 tokens > 200000 maximum";
    vec![
        row("401", Reply::invalid_key(), Auth, "cooldown 60 auth", PROFILE),
        row("403", Reply::permission(), Auth, "cooldown 60 auth", PROFILE),
        row(
            "403 disabled",
            error(403, "permission_error", disabled),
            AuthPermanent,
            "disabled 600 auth_permanent",
            PROFILE,
        ),
        row(
            "400 disabled",
            error(400, "invalid_request_error", disabled),
            AuthPermanent,
            "disabled 600 auth_permanent",
            PROFILE,
        ),
        row("402", Reply::billing(), Billing, "disabled 18000 billing", PROFILE),
        row("400 credit", Reply::credit_too_low(), Billing, "disabled 18000 billing", PROFILE),
        row("429", Reply::rate_limited(None), RateLimit, "opus: cooldown 60 rate_limit", MODEL),
        row("429 retry-after", Reply::rate_limited(Some(7)), RateLimit, "opus: cooldown 7 rate_limit", MODEL),
        row("429 of a stranger", html(429), RateLimit, "opus: cooldown 60 rate_limit", MODEL),
        row("529", Reply::overloaded(), Overloaded, OVERLOADED, PASSING),
        row("503 overloaded", error(503, "overloaded_error", "Overloaded"), Overloaded, OVERLOADED, PASSING),
        row("500", Reply::api_error(), ServerError, SERVER_ERROR, PASSING),
        row("502", html(502), ServerError, SERVER_ERROR, PASSING),
        row("401 of a stranger", html(401), ServerError, SERVER_ERROR, PASSING),
        row("402 of a stranger", html(402), ServerError, SERVER_ERROR, PASSING),
        row("200 of a stranger", html(200), ServerError, SERVER_ERROR, PASSING),
        row("408", error(408, "timeout_error", "Request timed out"), Timeout, TIMED_OUT, PASSING),
        row("504", error(504, "timeout_error", "Request timed out"), Timeout, TIMED_OUT, PASSING),
        row("504 of a stranger", html(504), Timeout, TIMED_OUT, PASSING),
        row("refused", Fault::Refused, Timeout, TIMED_OUT, PASSING),
        row("silence", Fault::Silence, Timeout, TIMED_OUT, PASSING),
        row("reset", Reply::reset(), Timeout, TIMED_OUT, PASSING),
        row("cut at once", Reply::text("Bonjour").cut_after(0), Timeout, TIMED_OUT, PASSING),
        row("cut before content", Reply::text("Bonjour").cut_after(3), Timeout, TIMED_OUT, PASSING),
        row("404", Reply::not_found(OPUS), ModelNotFound, "", NEXT_MODEL),
        row("404 of a stranger", html(404), ModelNotFound, "", NEXT_MODEL),
        row("418", error(418, "teapot_error", "short and stout"), Unknown, "", NEXT_MODEL),
        row("300", error(300, "choices_error", "pick one"), Unknown, "", NEXT_MODEL),
        row("451 of a stranger", html(451), Unknown, "", NEXT_MODEL),
        row("400", Reply::invalid_request("messages: at least one message is required"), Format, "", RETURNED),
        row("422", error(422, "invalid_request_error", "messages: Field required"), Format, "", RETURNED),
        row("413", Reply::too_large(), ContextOverflow, "", RETURNED),
        row("400 too long", Reply::invalid_request(long), ContextOverflow, "", RETURNED),
    ]
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Whole,
    Streamed,
    Unstreamed,
}

impl Way {
    async fn ask(self, client: &Client) -> Result<(String, ServedBy), Error> {
        let call = client.message(MessageRequest::user("Bonjour"));
        match self {
            Self::Whole => call.send().await.map(|reply| (reply.text(), reply.served_by().clone())),
            Self::Unstreamed => call.unstreamed().send().await.map(|reply| (reply.text(), reply.served_by().clone())),
            Self::Streamed => {
                let mut stream = call.stream().await?;
                let (mut text, served_by) = (String::new(), stream.served_by().clone());
                while let Some(event) = stream.next().await {
                    if let StreamEvent::ContentBlockDelta { delta: BlockDelta::Text(piece), .. } = event? {
                        text.push_str(&piece);
                    }
                }
                Ok((text, served_by))
            }
        }
    }
}

/// `cooldown 60 auth`, `opus: demoted 30 timeout`: the windows of a profile, from a moment on.
fn windows(stats: &UsageStats, from: Timestamp) -> String {
    let show = |what: &str, window: Option<openclaw_core::Window>| {
        window.map(|w| format!("{what} {} {}", w.until.since(from).as_secs(), w.reason.unwrap()))
    };
    let mut all: Vec<_> =
        [show("cooldown", stats.cooldown), show("disabled", stats.disabled)].into_iter().flatten().collect();
    for (model, stats) in &stats.models {
        let model = short(model);
        all.extend(show(&format!("{model}: cooldown"), stats.cooldown));
        all.extend(show(&format!("{model}: demoted"), stats.demoted));
    }
    all.join(", ")
}

fn short(model: &str) -> &str {
    model.strip_prefix("claude-").and_then(|rest| rest.strip_suffix("-4-5")).unwrap_or(model)
}

struct World {
    server: ScriptedServer,
    http: std::sync::Arc<Routed>,
    client: Client,
}

impl World {
    /// `profiles` of `a` and `b`; the fault stands at these credentials and models, the rest serves.
    fn new(row: &Row, profiles: &[(&str, &str)], models: &[&str], faulty: &[(&str, &str)]) -> Self {
        let server = ScriptedServer::start().unwrap();
        let clock = ManualClock::at(START);
        server.at(clock.clone());
        let idle = Duration::from_millis(if matches!(row.fault, Fault::Silence) { 100 } else { 20_000 });
        let mut refused = Vec::new();
        for (_, key) in profiles {
            for model in models {
                let reply = match &row.fault {
                    _ if !faulty.contains(&(*key, *model)) => Reply::text("Bonjour à vous"),
                    Fault::Answer(reply) => reply.clone(),
                    Fault::Silence => Reply::text("Bonjour").stall_after(0),
                    Fault::Refused => {
                        refused.push(((*key).to_owned(), (*model).to_owned()));
                        continue;
                    }
                };
                server.on_model(key, model, [reply]);
            }
        }
        let http = std::sync::Arc::new(Routed::new(idle, refused));
        let mut builder = Client::builder().base_url(&server.url()).clock(clock).jitter(NoJitter);
        for (name, key) in profiles {
            builder = builder.api_key(name, *key);
        }
        for model in models.iter().skip(1) {
            builder = builder.fallback(model);
        }
        let client = builder.http(http.clone()).build().unwrap();
        Self { server, http, client }
    }

    fn calls(&self) -> String {
        let name = |(key, model): (String, String)| format!("{}@{}", if key == A { "a" } else { "b" }, short(&model));
        self.http.take().into_iter().map(name).collect::<Vec<_>>().join(" ")
    }
}

async fn check(row: &Row, expected: &str, way: Way, world: &World) {
    let name = format!("{}, {way:?}, expecting {expected}", row.name);
    let answer = way.ask(&world.client).await;
    assert_eq!(world.calls(), expected.trim_end_matches('!'), "{name}");
    match (expected.strip_suffix('!'), answer) {
        (Some(calls), Ok((text, served_by))) => {
            let who = format!(
                "{}@{}",
                served_by.profile.as_str().trim_start_matches("anthropic:"),
                short(served_by.model.model())
            );
            assert_eq!((text.as_str(), Some(who.as_str())), ("Bonjour à vous", calls.rsplit(' ').next()), "{name}");
        }
        (None, Err(error)) => {
            let returned = matches!(row.reason, Format | ContextOverflow);
            let kind = if returned { ErrorKind::Request(row.reason) } else { ErrorKind::Failed(row.reason) };
            assert_eq!(error.kind(), kind, "{name}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(A) && !shown.contains(B) && !shown.contains(&world.server.url()), "{shown}");
        }
        (_, answer) => panic!("{name}: {answer:?}"),
    }
    let health = world.client.failover().health().await;
    for (profile, first_failure) in [("a", START), ("b", START.after(Duration::from_millis(after_a(expected))))] {
        let failed = expected.split(' ').any(|call| call.starts_with(profile) && call.ends_with("opus"));
        let id = ProfileId::new(&format!("anthropic:{profile}")).unwrap();
        let stored = windows(health.of(&id), first_failure);
        assert_eq!(stored, if failed { row.window } else { "" }, "{name}: {profile}");
    }
}

/// How long after the first failure of `a` that of `b` comes: without chance, retries wait 0.5 and 1 s.
fn after_a(calls: &str) -> u64 {
    if calls.starts_with("a@opus a@opus a@opus") { 1500 } else { 0 }
}

async fn in_every_way(
    profiles: &[(&str, &str)],
    models: &[&str],
    faulty: &[(&str, &str)],
    expected: fn(&Calls) -> &'static str,
) {
    for row in rows() {
        for way in [Way::Whole, Way::Streamed, Way::Unstreamed] {
            let world = World::new(&row, profiles, models, faulty);
            check(&row, expected(&row.calls), way, &world).await;
        }
    }
}

#[tokio::test]
async fn one_profile() {
    in_every_way(&[("a", A)], &[OPUS], &[(A, OPUS)], |calls| calls.one).await;
}

#[tokio::test]
async fn two_profiles() {
    in_every_way(&[("a", A), ("b", B)], &[OPUS], &[(A, OPUS)], |calls| calls.two).await;
}

#[tokio::test]
async fn one_profile_and_a_fallback_model() {
    in_every_way(&[("a", A)], &[OPUS, SONNET], &[(A, OPUS)], |calls| calls.fallback).await;
}

#[tokio::test]
async fn two_profiles_and_a_fallback_model() {
    in_every_way(&[("a", A), ("b", B)], &[OPUS, SONNET], &[(A, OPUS), (B, OPUS)], |calls| calls.both).await;
}

/// What one request learned, the next one in each way knows.
#[tokio::test]
async fn the_request_after_it_wastes_nothing() {
    for row in rows().into_iter().filter(|row| row.calls.two.ends_with('!')) {
        let world = World::new(&row, &[("a", A), ("b", B)], &[OPUS], &[(A, OPUS)]);
        Way::Whole.ask(&world.client).await.unwrap();
        world.http.take();
        for way in [Way::Whole, Way::Streamed, Way::Unstreamed] {
            way.ask(&world.client).await.unwrap();
            assert_eq!(world.calls(), "b@opus", "{} {way:?}", row.name);
        }
    }
}

/// What `openclaw models auth policy` prints is what happens, for every class that it knows.
#[test]
fn the_printed_table_says_what_happens() {
    let mut left: BTreeSet<_> = POLICY_TABLE.iter().map(|row| row.reason.as_str()).collect();
    for row in rows() {
        let printed = POLICY_TABLE.iter().find(|printed| printed.reason == row.reason).unwrap();
        let effect = match row.window.trim_end_matches(|c: char| c != ' ').split(' ').collect::<Vec<_>>()[..] {
            ["cooldown", ..] => ProfileEffect::Cooldown,
            ["disabled", ..] => ProfileEffect::Disabled,
            ["opus:", "cooldown", ..] => ProfileEffect::ModelCooldown,
            ["opus:", "demoted", ..] => ProfileEffect::Demoted,
            _ => ProfileEffect::None,
        };
        let action = match (row.calls.one, row.calls.two, row.calls.fallback) {
            ("a@opus a@opus a@opus", ..) => Action::RetryThenRotateOnce,
            (_, "a@opus b@opus!", _) => Action::Rotate,
            (.., "a@opus") => Action::Return,
            _ => Action::NextModel,
        };
        let next_model = !matches!(row.reason, Format | ContextOverflow);
        assert_eq!((printed.profile, printed.action, printed.next_model), (effect, action, next_model), "{}", row.name);
        left.remove(row.reason.as_str());
    }
    assert!(left.is_empty(), "no row here is about {left:?}");
}
