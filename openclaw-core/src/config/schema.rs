//! The sections this library owns, as data: what a value may be and which keys OpenClaw's releases
//! 2026.1 to 2026.9 accept between them.

/// What a value may be.
#[derive(Debug)]
pub(super) enum Shape {
    /// Anything.
    Any,
    Text,
    /// A string with something in it.
    Filled,
    Bool,
    Number,
    /// A whole number from 1 that fits 32 bits.
    Count,
    /// One of these words, and how an error names them.
    Word(&'static [&'static str], &'static str),
    /// The id of a profile: not blank, no control characters.
    Profile,
    List(&'static Self),
    /// An object whose keys are data.
    Map(&'static Self),
    /// An object whose keys are ids of profiles.
    Profiles(&'static Self),
    /// Known keys, what happens to others, and keys that must be there.
    Object(&'static [(&'static str, Self)], Others, &'static [&'static str]),
    /// The first one of the value's type decides; and how an error names them.
    Either(&'static [Self], &'static str),
}

/// What happens to a key that is not listed.
#[derive(Debug)]
pub(super) enum Others {
    /// It is a problem.
    Refuse,
    /// It is one if it resembles a known key: sections that later releases may extend.
    RefuseTypos,
    /// It belongs to the assistant.
    Accept,
    /// It must have this shape.
    Each(&'static Shape),
}

use Others::{Accept, Each, Refuse, RefuseTypos};
use Shape::{Any, Bool, Count, Either, Filled, List, Map, Number, Object, Profile, Profiles, Text, Word};

/// The whole configuration. Unknown top-level keys give a warning, from [`TOP_LEVEL`].
pub(super) static ROOT: Shape = Object(
    &[
        ("$schema", Text),
        ("env", ENV),
        ("auth", AUTH),
        ("secrets", SECRETS),
        ("agents", AGENTS),
        ("models", Object(&[("providers", Map(&PROVIDER))], Accept, &[])),
    ],
    Accept,
    &[],
);

/// `env.X` is the older spelling of `env.vars.X`.
const ENV: Shape = Object(
    &[("vars", Map(&Text)), ("shellEnv", Object(&[("enabled", Bool), ("timeoutMs", Number)], Refuse, &[]))],
    Each(&Text),
    &[],
);

const AUTH: Shape = Object(
    &[
        ("profiles", Profiles(&AUTH_PROFILE)),
        ("order", Map(&List(&Profile))),
        (
            "cooldowns",
            Object(
                &[
                    ("billingBackoffHours", Number),
                    ("billingBackoffHoursByProvider", Map(&Number)),
                    ("billingMaxHours", Number),
                    ("failureWindowHours", Number),
                    // Later releases; read by nobody here.
                    ("authPermanentBackoffMinutes", Number),
                    ("authPermanentMaxMinutes", Number),
                    ("overloadedProfileRotations", Number),
                    ("overloadedBackoffMs", Number),
                    ("rateLimitedProfileRotations", Number),
                ],
                Refuse,
                &[],
            ),
        ),
    ],
    Refuse,
    &[],
);

static AUTH_PROFILE: Shape = Object(
    &[
        ("provider", Filled),
        ("mode", Word(&["api_key", "token", "oauth"], "one of api_key, token, oauth")),
        ("email", Text),
        ("displayName", Text),
    ],
    Refuse,
    &["provider", "mode"],
);

const SECRETS: Shape = Object(
    &[
        ("providers", Map(&Object(&[], Accept, &[]))),
        ("defaults", Map(&Text)),
        ("resolution", Object(&[], Accept, &[])),
    ],
    RefuseTypos,
    &[],
);

const AGENTS: Shape = Object(
    &[("defaults", Object(&[("model", MODEL), ("models", Map(&MODEL_ENTRY))], Accept, &[])), ("list", List(&AGENT))],
    Accept,
    &[],
);

static AGENT: Shape =
    Object(&[("id", Filled), ("default", Bool), ("agentDir", Text), ("model", MODEL)], Accept, &["id"]);

const MODEL: Shape = Either(
    &[Text, Object(&[("primary", Text), ("fallbacks", List(&Text)), ("timeoutMs", Number)], Refuse, &[])],
    "a string or an object {primary, fallbacks}",
);

static MODEL_ENTRY: Shape = Object(
    &[
        ("alias", Text),
        (
            "params",
            Object(
                &[
                    ("cacheControlTtl", Word(&["5m", "1h"], "5m or 1h")),
                    ("cacheRetention", Word(&["none", "short", "long"], "one of none, short, long")),
                    ("temperature", Number),
                    ("maxTokens", Count),
                ],
                Accept,
                &[],
            ),
        ),
        ("streaming", Bool),
        ("agentRuntime", Any),
    ],
    Refuse,
    &[],
);

/// A secret: text, or a reference to where it is kept (2026.2.26 and later).
const SECRET: Shape = Either(&[Text, REFERENCE], "a string or a reference {source, provider, id}");
const REFERENCE: Shape = Object(
    &[
        ("source", Word(&["env", "file", "exec", "store"], "one of env, file, exec, store")),
        ("provider", Text),
        ("id", Filled),
    ],
    Refuse,
    &["source", "id"],
);

static PROVIDER: Shape = Object(
    &[
        ("baseUrl", Filled),
        ("apiKey", SECRET),
        ("auth", Word(&["api-key", "aws-sdk", "oauth", "token"], "one of api-key, aws-sdk, oauth, token")),
        ("api", Text),
        ("headers", Map(&SECRET)),
        ("authHeader", Bool),
        ("models", List(&Object(&[], Accept, &[]))),
        // Later releases; read by the assistant only.
        ("agentRuntime", Any),
        ("contextTokens", Number),
        ("contextWindow", Number),
        ("injectNumCtxForOpenAICompat", Bool),
        ("localService", Any),
        ("maxTokens", Number),
        ("params", Any),
        ("region", Text),
        ("request", Any),
        ("timeoutSeconds", Number),
    ],
    Refuse,
    &[],
);

/// Every top-level key that some release of OpenClaw has.
pub(super) const TOP_LEVEL: [&str; 41] = [
    "$schema",
    "acp",
    "agents",
    "approvals",
    "audio",
    "auth",
    "bindings",
    "bridge",
    "broadcast",
    "browser",
    "canvasHost",
    "channels",
    "cli",
    "commands",
    "crestodian",
    "cron",
    "diagnostics",
    "discovery",
    "env",
    "gateway",
    "hooks",
    "logging",
    "mcp",
    "media",
    "memory",
    "messages",
    "meta",
    "models",
    "nodeHost",
    "plugins",
    "proxy",
    "secrets",
    "session",
    "skills",
    "surfaces",
    "talk",
    "tools",
    "ui",
    "update",
    "web",
    "wizard",
];

/// Where numbers must be finite: the sections this library owns.
pub(super) const OWNED: [&[&str]; 6] = [
    &["env"],
    &["auth"],
    &["secrets"],
    &["agents", "defaults", "model"],
    &["agents", "defaults", "models"],
    &["models", "providers"],
];
