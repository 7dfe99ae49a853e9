//! The models that the configuration names: the view behind `openclaw models list`, with OpenClaw's
//! fields in OpenClaw's order. There is no catalogue: what nothing says is unknown.

use http::Uri;
use serde::Serialize;

use super::build::image_model;
use crate::config::{Config, ConfigValue};
use crate::env::Env;
use crate::failover::AmbientCredential;
use crate::id::{ModelRef, ProviderId};
use crate::json5::Path;
use crate::model::ModelSelection;
use crate::profile::AuthProfiles;

/// What the list is made from.
#[derive(Debug, Clone, Copy)]
pub struct ModelListInput<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The process's environment, which may say where Anthropic is.
    pub process: &'a Env,
    /// The agent's models.
    pub models: &'a ModelSelection,
    /// Its profiles.
    pub profiles: &'a AuthProfiles,
    /// Credentials that are stored nowhere.
    pub ambient: &'a [AmbientCredential],
}

/// Which models are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ModelFilter<'a> {
    /// Also those that `models.providers` describes and nothing uses.
    pub described: bool,
    /// Only those on this machine.
    pub local: bool,
    /// Only those of this provider.
    pub provider: Option<&'a ProviderId>,
}

/// Models, the default one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelList {
    /// How many there are.
    pub count: usize,
    /// The models.
    pub models: Vec<ModelStatus>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ModelStatus {
    /// Its reference.
    pub key: String,
    /// Its name, where `models.providers` has one; else its reference.
    pub name: String,
    /// What it takes, as `text+image`, where `models.providers` says so.
    pub input: Option<String>,
    /// The tokens of its context, where `models.providers` says so.
    pub context_window: Option<u64>,
    /// Whether its provider is on this machine.
    pub local: bool,
    /// Whether there is a credential for its provider, be it blocked or not.
    pub available: bool,
    /// What it is: `default`, `fallback#1`, `image`, `img-fallback#1`, `configured`, `alias:opus`.
    pub tags: Vec<String>,
    /// Whether OpenClaw's catalogue lacks it: no, where `models.providers` describes it; else unknown.
    pub missing: Option<bool>,
}

impl ModelList {
    /// The models that anything names, in the order in which it does.
    #[must_use]
    pub fn new(input: &ModelListInput<'_>, filter: ModelFilter<'_>) -> Self {
        let described: Vec<Described> = described(input.config);
        let mut tagged = tagged(input);
        if filter.described {
            for one in &described {
                tag(&mut tagged, &one.model, None);
            }
        }
        let models = tagged.into_iter().map(|(model, mut tags)| {
            let aliases = input.models.aliases().iter().filter(|(_, named)| *named == model);
            tags.extend(aliases.map(|(alias, _)| format!("alias:{alias}")));
            let known = described.iter().find(|one| one.model == model);
            let local = is_local(input, model.provider());
            let status = ModelStatus {
                key: model.to_string(),
                name: known.and_then(|known| known.name.clone()).unwrap_or_else(|| model.to_string()),
                input: known.and_then(|known| known.input.clone()),
                context_window: known.and_then(|known| known.context_window),
                local,
                available: is_available(input, model.provider()),
                tags,
                missing: known.map(|_| false),
            };
            (model, status)
        });
        let wanted = |(model, status): &(ModelRef, ModelStatus)| {
            (!filter.local || status.local) && filter.provider.is_none_or(|provider| model.provider() == provider)
        };
        let models: Vec<ModelStatus> = models.filter(wanted).map(|(_, status)| status).collect();
        Self { count: models.len(), models }
    }
}

type Tagged = Vec<(ModelRef, Vec<String>)>;

fn tagged(input: &ModelListInput<'_>) -> Tagged {
    let mut found = Tagged::new();
    let models = input.models;
    tag(&mut found, models.primary(), Some("default".to_owned()));
    for (at, model) in models.fallbacks().iter().enumerate() {
        tag(&mut found, model, Some(format!("fallback#{}", at + 1)));
    }
    let (image, fallbacks) = image_model(input.config);
    let image = image.map(|image| (image, "image".to_owned()));
    let fallbacks = fallbacks.into_iter().enumerate().map(|(at, text)| (text, format!("img-fallback#{}", at + 1)));
    for (text, name) in image.into_iter().chain(fallbacks) {
        if let Ok(model) = models.resolve(&text) {
            tag(&mut found, &model, Some(name));
        }
    }
    for model in models.configured() {
        tag(&mut found, model, Some("configured".to_owned()));
    }
    found
}

fn tag(found: &mut Tagged, model: &ModelRef, name: Option<String>) {
    match found.iter_mut().find(|(known, _)| known == model) {
        Some((_, tags)) => tags.extend(name),
        None => found.push((model.clone(), name.into_iter().collect())),
    }
}

/// A model of `models.providers.<p>.models`.
struct Described {
    model: ModelRef,
    name: Option<String>,
    input: Option<String>,
    context_window: Option<u64>,
}

fn described(config: &Config) -> Vec<Described> {
    let providers = config.get(&Path::keys(["models", "providers"]));
    let providers = providers.into_iter().flat_map(|providers| providers.members().collect::<Vec<_>>());
    let models = providers.flat_map(|(provider, settings)| {
        let models = member(&settings, "models").into_iter().flat_map(|list| list.elements().collect::<Vec<_>>());
        models.filter_map(move |model| describe(provider, &model)).collect::<Vec<_>>()
    });
    models.collect()
}

fn describe(provider: &str, model: &ConfigValue<'_>) -> Option<Described> {
    let id = member(model, "id")?.as_str()?;
    let input: Vec<&str> =
        member(model, "input").into_iter().flat_map(|input| input.elements().filter_map(|one| one.as_str())).collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of tokens, checked")]
    let tokens = |window: f64| (1.0..1e15).contains(&window).then_some(window as u64);
    Some(Described {
        model: ModelRef::parse(&format!("{provider}/{id}")).ok()?,
        name: member(model, "name").and_then(|name| name.as_str()).map(str::to_owned),
        input: (!input.is_empty()).then(|| input.join("+")),
        context_window: member(model, "contextWindow").and_then(|window| window.as_f64()).and_then(tokens),
    })
}

fn member<'c>(value: &ConfigValue<'c>, wanted: &str) -> Option<ConfigValue<'c>> {
    value.members().find(|(key, _)| *key == wanted).map(|(_, value)| value)
}

fn is_available(input: &ModelListInput<'_>, provider: &ProviderId) -> bool {
    input.profiles.of(provider).next().is_some() || input.ambient.iter().any(|one| one.provider == *provider)
}

/// Whether the provider's address is one of this machine, as OpenClaw sees it.
fn is_local(input: &ModelListInput<'_>, provider: &ProviderId) -> bool {
    let settings = input.config.settings().models.providers.get(provider);
    let url = settings.and_then(|settings| settings.base_url.as_deref());
    let by_process = || input.process.get("ANTHROPIC_BASE_URL").filter(|_| *provider == ProviderId::anthropic());
    let url = url.or_else(by_process).and_then(|url| url.trim().parse::<Uri>().ok());
    let host = url.as_ref().and_then(Uri::host).unwrap_or_default().to_lowercase();
    matches!(host.as_str(), "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "[::1]") || host.ends_with(".local")
}
