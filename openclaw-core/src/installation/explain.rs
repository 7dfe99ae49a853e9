//! A plan of an OpenClaw folder, with the places its values were written at.

use super::Installation;
use crate::config::{Origin, state_env};
use crate::error::Error;
use crate::failover::{CandidateSource, Failover, Plan, PlanRequest, PlanWarning, SourceKind};
use crate::id::ProviderId;
use crate::json5::Path;
use crate::resolver::OrderSource;

impl Installation {
    /// The plan of a failover that was built from [`failover`](Self::failover), with the places of
    /// what comes from the configuration (`openclaw.json:12:18`) and from the environment.
    ///
    /// # Errors
    /// As [`Failover::plan_of`].
    pub async fn plan(&self, failover: &Failover, request: &PlanRequest) -> Result<Plan, Error> {
        let mut plan = failover.plan_of(request).await?;
        for model in &mut plan.models {
            model.order.origin = match model.order.source {
                OrderSource::ConfigOrder => self.origin(&self.order_path(&model.provider)),
                OrderSource::ConfigProfiles => self.origin(&Path::keys(["auth", "profiles"])),
                OrderSource::Stored | OrderSource::Profiles => None,
            };
            for candidate in &mut model.candidates {
                self.place(&mut candidate.source);
            }
        }
        if let Some(serving) = &mut plan.serving {
            self.place(&mut serving.source);
        }
        for warning in &mut plan.warnings {
            if let PlanWarning::ShadowedCredential { source, .. } | PlanWarning::SameSecret { source, .. } = warning {
                self.place(source);
            }
        }
        Ok(plan)
    }

    /// The place of a provider's list in `auth.order`, with the provider as the file spells it.
    #[must_use]
    pub fn order_path(&self, provider: &ProviderId) -> Path {
        Path::keys(["auth", "order", &self.order_key(provider)])
    }

    /// Where a value of the configuration is written.
    fn origin(&self, path: &Path) -> Option<String> {
        self.config.origin(path).as_ref().map(Origin::to_string)
    }

    fn place(&self, source: &mut CandidateSource) {
        source.origin = match source.kind {
            SourceKind::Store => None,
            SourceKind::Config => source.detail.parse().ok().and_then(|path| self.origin(&path)),
            SourceKind::Env => self.variable(&source.detail),
        };
    }

    /// Where a variable was set: the strongest of process, `<state>/.env` and `env` of the configuration.
    fn variable(&self, name: &str) -> Option<String> {
        if self.process.get(name).is_some() {
            return Some("process".to_owned());
        }
        if state_env(&self.process, &self.paths).is_ok_and(|env| env.get(name).is_some()) {
            return Some(self.paths.state_dir.join(".env").display().to_string());
        }
        let places = [Path::keys(["env", "vars", name]), Path::keys(["env", name])];
        places.iter().find_map(|path| self.origin(path))
    }
}
