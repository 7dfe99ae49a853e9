//! `secrets`: where secrets are kept that are given by reference.
//!
//! What is accepted is the union of OpenClaw's releases from 2026.2.26 on (its page "SecretRef contract
//! and provider config"). Texts are read as [`SecretInput`]: a `${VAR}` that is not set makes the one
//! provider unusable, not the file.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::declare::{section, words};
use super::{SecretInput, SecretReference, SecretReferenceSource};
use crate::config::shape::{Any, Others};
use crate::credential::{SecretRef, SecretRefSource};

/// The provider that a reference means when neither it nor `secrets.defaults` names one.
const DEFAULT_PROVIDER: &str = "default";

section! {
    /// Where secrets are kept that are given by reference (2026.2.26 and later).
    pub struct SecretsSettings: [Default] {
        /// The places by name: each has a `source` (`env`, `file`, `exec`) and what belongs to it.
        "providers" => providers: BTreeMap<String, SecretProvider>,
        /// The place that a reference means when it names none, for each source.
        "defaults" => defaults: SecretDefaults,
        /// Limits of resolving many references at once (not used by openclaw-core, which asks for one
        /// when it is needed).
        "resolution": Resolution,
    }
    others: Others::RefuseTypos;
}

section! {
    /// A place where secrets are kept. `source` says which of the other keys count.
    pub struct SecretProvider: [] {
        /// The kind of place.
        required "source" => source: SecretReferenceSource,
        /// `env`: the variables that may be read, by their exact names; without it all, with `[]` none.
        "allowlist" => allowlist: Option<Vec<SecretInput>> as Vec<String>,
        /// `file`: an absolute path, or one that begins with `~/`.
        "path" => path: Option<SecretInput> as String,
        /// `file`: how the file is read.
        "mode" => mode: Option<SecretFileMode>,
        /// `file`: the longest file in bytes (default 1 MiB).
        "maxBytes" => max_bytes: Option<u32>,
        /// `file`, `exec`: how long an answer may take in ms (default 5000).
        "timeoutMs" => timeout_ms: Option<u32>,
        /// `exec`: the absolute path of a program. It is run without a shell.
        "command" => command: Option<SecretInput> as String,
        /// `exec`: its arguments.
        "args" => args: Vec<SecretInput> as Vec<String>,
        /// `exec`: how long it may say nothing, in ms (default: `timeoutMs`).
        "noOutputTimeoutMs" => no_output_timeout_ms: Option<u32>,
        /// `exec`: the longest output in bytes (default 1 MiB).
        "maxOutputBytes" => max_output_bytes: Option<u32>,
        /// `exec`: whether only an answer in JSON counts (default true); otherwise a bare text is the secret.
        "jsonOnly" => json_only: Option<bool>,
        /// `exec`: variables that it gets.
        "env" => env: BTreeMap<String, SecretInput> as BTreeMap<String, String>,
        /// `exec`: the names of variables that it gets from our environment; it gets no others.
        "passEnv" => pass_env: Vec<SecretInput> as Vec<String>,
        /// `exec`: the program must lie in one of these folders.
        "trustedDirs" => trusted_dirs: Vec<SecretInput> as Vec<String>,
        /// `file`, `exec`: whether owner and permissions are not looked at; of a file, neither whether it
        /// is a link or has more than one name.
        "allowInsecurePath" => allow_insecure_path: Option<bool>,
        /// `exec`: whether the program may be a link.
        "allowSymlinkCommand" => allow_symlink_command: Option<bool>,
        /// `exec`: a plugin of the assistant that brings the program (later releases; openclaw-core runs
        /// no plugins).
        "pluginIntegration": Any,
    }
    others: Others::RefuseTypos;
}

words! {
    /// How a file of secrets is read.
    pub enum SecretFileMode: "one of json, singleValue" {
        /// It is a JSON object; the id of a reference is a JSON pointer into it.
        Json = "json",
        /// All of it is one secret; the id of a reference is `value`.
        SingleValue = "singleValue",
    }
}

section! {
    /// The place that a reference means when it names none.
    pub struct SecretDefaults: [Default] {
        /// For references to variables.
        "env" => env: Option<SecretInput> as String,
        /// For references to files.
        "file" => file: Option<SecretInput> as String,
        /// For references to programs.
        "exec" => exec: Option<SecretInput> as String,
        /// For references to the assistant's own store (later releases; not used by openclaw-core).
        "store" => store: Option<SecretInput> as String,
    }
    others: Others::RefuseTypos;
}

section! {
    /// Limits of resolving.
    shape Resolution {
        /// How many places are asked at once.
        "maxProviderConcurrency": f64,
        /// How many references one place is asked for.
        "maxRefsPerProvider": f64,
        /// The longest request in bytes.
        "maxBatchBytes": f64,
    }
    others: Others::RefuseTypos;
}

impl SecretsSettings {
    /// The provider that a reference of this source means when it names none: `secrets.defaults`, else
    /// `default`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "edge: everything under `secrets` is kept as a secret, names too")]
    pub fn default_provider(&self, source: &SecretRefSource) -> &str {
        let given = match source {
            SecretRefSource::Env => self.defaults.env.as_ref(),
            SecretRefSource::File => self.defaults.file.as_ref(),
            SecretRefSource::Exec => self.defaults.exec.as_ref(),
            SecretRefSource::Other(_) => self.defaults.store.as_ref(),
        };
        let name = given.and_then(SecretInput::text).map(|name| name.expose_secret().trim());
        name.filter(|name| !name.is_empty()).unwrap_or(DEFAULT_PROVIDER)
    }

    /// A reference in a short form, which names no provider.
    pub(crate) fn by_default(&self, mut reference: SecretRef) -> SecretRef {
        self.default_provider(&reference.source).clone_into(&mut reference.provider);
        reference
    }

    /// A reference of the configuration with its provider. (References in stored profiles that name
    /// none mean `default`, whatever `secrets.defaults` says, as in OpenClaw.)
    #[must_use]
    pub fn reference(&self, given: &SecretReference) -> SecretRef {
        let provider = given.provider.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let reference = SecretRef::new(given.source.as_str(), provider.unwrap_or_default(), given.id.trim());
        if provider.is_some() { reference } else { self.by_default(reference) }
    }
}
