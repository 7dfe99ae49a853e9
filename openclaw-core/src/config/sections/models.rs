//! `models`: the providers of models.

use indexmap::IndexMap;

use super::declare::{section, words};
use super::{SecretInput, read};
use crate::config::shape::{Any, Free, Others};
use crate::id::ProviderId;

section! {
    /// The providers of models. What is not described here belongs to the assistant.
    pub struct ModelsSettings: [Default] {
        /// Providers beside those that OpenClaw knows, or what is different about those, by name.
        "providers" => providers: IndexMap<ProviderId, ProviderSettings>,
    }
    others: Others::Assistant;
}

section! {
    /// A provider: where it is and how it is spoken to.
    pub struct ProviderSettings: [Default] {
        /// Where its API is: `https://host` or `https://host/path`; `http` is for `127.0.0.1` and `[::1]`.
        /// A blank one counts as none.
        "baseUrl" => base_url: Option<String> = "read::filled",
        /// The API key, for when no stored profile serves: text, `${VAR}`, or a reference. Blank text
        /// counts as none.
        "apiKey" => api_key: Option<SecretInput> = "read::filled_secret",
        /// How the provider wants its credential (not used by openclaw-core).
        "auth" => auth: Option<ProviderAuth>,
        /// The protocol it speaks; openclaw-core speaks `anthropic-messages`.
        "api" => api: Option<String>,
        /// Headers that every request to it carries, in their order.
        "headers" => headers: IndexMap<String, SecretInput>,
        /// Whether the key goes into the `authorization` header (not used by openclaw-core).
        "authHeader": bool,
        /// Its models, as the assistant describes them.
        "models": Vec<Free>,
        /// What runs the agent with its models (later releases; not used by openclaw-core).
        "agentRuntime": Any,
        /// The tokens of context that the assistant uses (later releases; not used by openclaw-core).
        "contextTokens": f64,
        /// The tokens of context that its models have (later releases; not used by openclaw-core).
        "contextWindow": f64,
        /// Whether `num_ctx` is sent to a compatible API (later releases; not used by openclaw-core).
        "injectNumCtxForOpenAICompat": bool,
        /// A service that the assistant starts (later releases; not used by openclaw-core).
        "localService": Any,
        /// The longest answer in tokens (later releases; not used by openclaw-core).
        "maxTokens": f64,
        /// What requests carry (later releases; not used by openclaw-core).
        "params": Any,
        /// The region of a cloud (later releases; not used by openclaw-core).
        "region": String,
        /// How requests are sent (later releases; not used by openclaw-core).
        "request": Any,
        /// The longest time for an answer in seconds (later releases; not used by openclaw-core).
        "timeoutSeconds": f64,
    }
    others: Others::Refuse;
}

words! {
    /// How a provider wants its credential.
    pub enum ProviderAuth: "one of api-key, aws-sdk, oauth, token" {
        /// An API key.
        ApiKey = "api-key",
        /// The AWS SDK's own credentials.
        AwsSdk = "aws-sdk",
        /// An OAuth login.
        OAuth = "oauth",
        /// A token.
        Token = "token",
    }
}
