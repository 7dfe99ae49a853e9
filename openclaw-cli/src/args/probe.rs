//! The flags of `models status --probe`.

use clap::Args as ClapArgs;

/// Any of them asks for a probe.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Probes (each of these flags alone means --probe)")]
pub(crate) struct ProbeArgs {
    /// Ask the provider whether it accepts each credential (GET /v1/models: costs nothing, writes nothing)
    #[arg(long)]
    pub(crate) probe: bool,
    /// Only credentials of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) probe_provider: Option<String>,
    /// Only these profiles; may be repeated, or separated by commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) probe_profile: Vec<String>,
    /// How long one probe may take in all, in ms [default: 8000]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub(crate) probe_timeout: Option<u64>,
    /// How many probes run at the same time, up to 32 [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) probe_concurrency: Option<u8>,
    /// Send a real message instead, which costs a few tokens; to MODEL, or the configured one
    #[arg(long, value_name = "MODEL", num_args = 0..=1, default_missing_value = "")]
    pub(crate) probe_model: Option<String>,
    /// The longest answer of --probe-model, in tokens [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) probe_max_tokens: Option<u32>,
}

impl ProbeArgs {
    pub(crate) const fn wanted(&self) -> bool {
        self.probe
            || self.probe_provider.is_some()
            || !self.probe_profile.is_empty()
            || self.probe_timeout.is_some()
            || self.probe_concurrency.is_some()
            || self.probe_model.is_some()
            || self.probe_max_tokens.is_some()
    }
}
