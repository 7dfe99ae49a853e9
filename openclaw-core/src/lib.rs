//! Which credential serves this request to Claude, and what happens when it fails.
//!
//! Every step is a plain value, and only the two ends touch the world:
//!
//! ```text
//! layers (JSON5)           documents                pure decisions                  ports                    world
//! ConfigLayer* ─merge─▶ Config ──▶ ModelSelection ─┐
//! CredentialStore.load ─▶ AuthProfiles ────────────┼─▶ resolve(input, now) ─▶ Attempt ─▶ AuthProvider ─▶ HttpSend
//! HealthStore.load ─────▶ Health ──────────────────┘      (no I/O, no clock)     │                         │
//!         ▲                                                                      ▼                         ▼
//!         └────────── commit(&HealthEvent) ◀────────────────────── report ◀── Outcome::classify(status, headers, body)
//! ```
//!
//! # Talk to Claude
//!
//! On the user's OpenClaw folder (`~/.openclaw`), with everything that is set up there:
//!
//! ```no_run
//! # async fn example() -> Result<(), openclaw_core::Error> {
//! let client = openclaw_core::Client::from_default_state()?;
//! let reply = client.ask("Bonjour").await?;
//! println!("{} — {}", reply.text(), reply.served_by().profile);
//! # Ok(()) }
//! ```
//!
//! Or with credentials in memory and no file at all; here against a scripted server, with a first
//! credential that is refused:
//!
//! ```
//! use openclaw_core::testing::{Reply, ScriptedServer};
//! use openclaw_core::Client;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let server = ScriptedServer::start()?;
//! server.on("sk-ant-api03-revoked", [Reply::invalid_key()]);
//! server.on("sk-ant-api03-good", [Reply::text("Bonjour !")]);
//!
//! let client = Client::builder()
//!     .api_key("work", "sk-ant-api03-revoked")
//!     .api_key("home", "sk-ant-api03-good")
//!     .base_url(&server.url())
//!     .build()?;
//! let reply = client.ask("Bonjour").await?;
//! assert_eq!(reply.text(), "Bonjour !");
//! assert_eq!(reply.served_by().profile.as_str(), "anthropic:home");
//! client.ask("Encore").await?; // the refused key rests: it is not tried again
//! assert_eq!(server.requests().len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! # The floors
//!
//! A module names only its own floor or lower ones; a test checks it.
//!
//! | floor | modules | what they are |
//! |---|---|---|
//! | 4 composition | [`Client`], [`Failover`], [`Session`], [`Installation`], [`Status`], [`Error`] | requests and views |
//! | 3 ports and adapters | [`AuthProvider`], [`SecretSource`], [`CredentialStore`], [`HealthStore`], [`HttpSend`] | where the world is touched |
//! | 2 pure decisions | [`resolve`], [`Outcome`], [`ModelSelection`], [`messages`] | who serves, what an answer means, what goes on the wire |
//! | 1 documents | [`config`], [`json5`], [`Credential`], [`AuthProfiles`], [`Health`], [`StatePaths`] | what is stored, as values |
//! | 0 words | [`ProfileId`], [`ModelRef`], [`Timestamp`], [`Clock`], [`Env`] | names, time, secrets, environment |
//!
//! # Features
//!
//! - `fs` (default): files, that is the OpenClaw folder and configuration from disk.
//! - `reqwest` (default): HTTP through reqwest and rustls. Needs a tokio runtime; nothing else here does.
//! - `test-util`: [`testing::ScriptedServer`], [`ManualClock`], [`NoJitter`].
//!
//! Without default features there is neither tokio nor reqwest: bring your own [`HttpSend`], or drive
//! a [`Session`] yourself.
//!
//! # Secrets
//!
//! Secrets are [`secrecy::SecretString`]s from where they are read to the header they are sent in. No
//! `Debug`, `Display`, error or log of this library holds one.

pub mod config;
pub mod json5;
pub mod messages;
#[cfg(any(test, feature = "test-util"))]
pub mod testing;

mod advice;
mod base_url;
mod client;
mod credential;
#[cfg(feature = "fs")]
mod disk;
#[cfg(feature = "fs")]
mod doctor;
mod env;
mod error;
mod failover;
mod health;
mod id;
#[cfg(feature = "fs")]
mod installation;
mod model;
mod outcome;
mod paths;
mod probe;
mod profile;
mod provider;
mod resolver;
mod secret;
mod secret_source;
mod status;
mod store;
mod time;
mod transport;

pub use advice::{Advice, AdviceContext};
pub use base_url::{BaseUrlError, check_base_url, messages_url};
pub use client::{Call, Client, ClientBuilder, DEFAULT_BASE_URL, Endpoints, Reply, ReplyStream, ServedBy};
pub use credential::{
    Credential, CredentialError, CredentialKind, Expiry, SETUP_TOKEN_PREFIX, Secret, SecretRef, SecretRefSource,
    check_sendable, clean_api_key, clean_setup_token, clean_token, looks_like_setup_token, parse_lifetime,
};
#[cfg(feature = "fs")]
pub use disk::DiskError;
#[cfg(feature = "fs")]
pub use doctor::{Doctor, Finding, FindingCode, Fix, Repair, Report, Severity};
pub use env::Env;
pub use error::{Error, ErrorKind};
pub use failover::{
    AmbientCredential, Attempt, Blocked, Event, Exhausted, Failover, FailoverBuilder, ModelRecord, Observer,
    ResolvedReference, RetryPolicy, Served, Session, Step, Tried, ambient_credentials,
};
pub use failover::{
    Candidate, CandidateSource, Plan, PlanRequest, PlanWarning, PlannedModel, PlannedOrder, PlannedPin,
    PlannedReference, Serving, SourceKind, Unused,
};
pub use health::{
    Block, BlockKind, CooldownPolicy, Doubling, Effect, FailureReason, Health, HealthEvent, ModelStats, Scope, Seen,
    State, Trial, UsageStats, Window,
};
pub use id::{AgentId, IdError, ModelRef, ProfileId, ProviderId};
#[cfg(feature = "fs")]
pub use installation::{
    AddedAgent, Adoption, AgentError, EditedModels, Installation, ModelEdit, ModelEditError, NewAgent,
};
#[cfg(feature = "fs")]
pub use installation::{ModelStep, Onboarding, OnboardingPlan, PlannedProfile, ProfileStep, free_profile_id};
pub use model::{CacheTtl, ModelError, ModelSelection, Params, PromptCache};
pub use outcome::{
    Action, CLASSIFICATION, Classification, DeadlineRule, Failure, Outcome, POLICY_TABLE, PolicyRow, ProfileEffect,
};
pub use paths::{PathsError, StatePaths, default_agent, known_agents};
pub use probe::{
    ProbeKind, ProbeOptions, ProbeProgress, ProbeReason, ProbeReport, ProbeRequest, ProbeResult, ProbeStatus,
};
pub use profile::{AuthProfiles, ChangeError, CredentialChange, Profile, Replace, StoredProfile};
pub use provider::{ApiKey, AuthError, AuthProvider, OAUTH_BETA, SetupToken};
pub use resolver::{
    OrderSource, Pin, PinKind, Resolution, ResolveInput, Unusable, UnusableReason, Usable, first_usable, resolve,
};
pub use secret::{is_blank, mask, printable, redact, same_secret};
pub use secret_source::{EnvSecrets, SecretError, SecretResolver, SecretSource};
pub use status::{
    AuthStatus, CheckVerdict, Effective, EligibilityStatus, Expiring, ExpiringProfile, ExpiringProvider, ModelSources,
    ProfileCounts, ProviderStatus, ShellEnv, Source, Status, StatusInput, UnusableStatus,
};
pub use status::{
    DoublingView, ModelFilter, ModelList, ModelListInput, ModelStatus, PolicySetting, PolicyView, ProfileEntry,
    ProfileList, ProfileListInput, RetryView, WindowKind, WindowStatus, relative_time, window_list,
};
pub use store::{CredentialStore, HealthStore, MemoryStore, StoreError};
#[cfg(feature = "fs")]
pub use store::{FileStore, NotCopied};
pub use time::{Clock, Jitter, RandomJitter, SystemClock, Timestamp};
#[cfg(any(test, feature = "test-util"))]
pub use time::{ManualClock, NoJitter};
pub use transport::{ByteStream, HttpSend, SendError, SendErrorKind};
#[cfg(feature = "reqwest")]
pub use transport::{ReqwestSend, ReqwestSettings};

/// The programs in the guides, so that they compile and run with the tests of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../docs/configuration.md")]
#[doc = include_str!("../../docs/authentication.md")]
#[derive(Debug)]
pub struct Guides;
