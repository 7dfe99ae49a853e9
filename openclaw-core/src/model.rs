//! Which model serves: the primary, its fallbacks, aliases and parameters.

mod selection;

#[cfg(feature = "fs")]
pub(crate) use selection::shorthand;
pub use selection::{ModelError, ModelSelection, Params};

/// What a request says about prompt caching, before the credential's kind is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PromptCache {
    /// No breakpoints of ours.
    #[default]
    Off,
    /// Breakpoints without a `ttl`: Anthropic's default life.
    On,
    /// Breakpoints with this `ttl` (API keys only; a setup-token sends none).
    Ttl(CacheTtl),
}

/// How long a cached prompt lives, in Anthropic's spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheTtl {
    /// `5m`
    FiveMinutes,
    /// `1h`
    OneHour,
}

impl CacheTtl {
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::OneHour => "1h",
        }
    }
}
