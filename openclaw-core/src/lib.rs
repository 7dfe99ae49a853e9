//! Which credential serves this request to Claude, and what happens when it fails.

pub mod config;
pub mod json5;
pub mod messages;
#[cfg(any(test, feature = "test-util"))]
pub mod testing;

mod advice;
mod base_url;
mod client;
mod credential;
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
    clean_api_key, clean_setup_token, clean_token, looks_like_setup_token, parse_lifetime,
};
pub use env::Env;
pub use error::{Error, ErrorKind};
pub use failover::{
    AmbientCredential, Attempt, Blocked, Event, Exhausted, Failover, FailoverBuilder, ModelRecord, Observer,
    RetryPolicy, Session, Step, Tried, ambient_credentials,
};
pub use health::{
    Block, BlockKind, CooldownPolicy, Doubling, Effect, FailureReason, Health, HealthEvent, ModelStats, Scope, Seen,
    State, Trial, UsageStats, Window,
};
pub use id::{AgentId, IdError, ModelRef, ProfileId, ProviderId};
#[cfg(feature = "fs")]
pub use installation::{Adoption, Installation};
pub use model::{CacheTtl, ModelError, ModelSelection, Params, PromptCache};
pub use outcome::{Action, Failure, Outcome, POLICY_TABLE, PolicyRow, ProfileEffect};
pub use paths::{PathsError, StatePaths, default_agent, known_agents};
pub use profile::{AuthProfiles, ChangeError, CredentialChange, Profile, Replace, StoredProfile};
pub use provider::{ApiKey, AuthError, AuthProvider, OAUTH_BETA, SetupToken};
pub use resolver::{OrderSource, Pin, PinKind, Resolution, ResolveInput, Unusable, UnusableReason, Usable, resolve};
pub use secret::{is_blank, mask, printable, redact, same_secret};
pub use secret_source::{EnvSecrets, SecretError, SecretSource};
pub use status::{
    AuthStatus, CheckVerdict, Effective, EligibilityStatus, Expiring, ExpiringProfile, ExpiringProvider, ModelSources,
    ProfileCounts, ProviderStatus, ShellEnv, Source, Status, StatusInput, UnusableStatus,
};
#[cfg(feature = "fs")]
pub use store::FileStore;
pub use store::{CredentialStore, HealthStore, MemoryStore, StoreError};
pub use time::{Clock, Jitter, RandomJitter, SystemClock, Timestamp};
#[cfg(any(test, feature = "test-util"))]
pub use time::{ManualClock, NoJitter};
pub use transport::{ByteStream, HttpSend, SendError, SendErrorKind};
#[cfg(feature = "reqwest")]
pub use transport::{ReqwestSend, ReqwestSettings};
