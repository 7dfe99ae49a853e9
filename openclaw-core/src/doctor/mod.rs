//! What is wrong with an OpenClaw folder, as data, and the repairs that are safe.
//!
//! Looking writes nothing and asks nobody on the network. A repair is made under the lock of what it
//! changes, and only if what was found is still so; whatever would lose something, or needs a
//! decision, is told to a person instead.

mod configuration;
mod credentials;
mod finding;
mod legacy;
mod patient;
mod places;
mod repair;
mod stores;
mod surroundings;

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::config::ConfigLayer;
use crate::env::Env;
use crate::error::Error;
use crate::id::AgentId;
use crate::time::Timestamp;

pub use finding::{Finding, FindingCode, Fix, Repair, Severity};
use patient::Patient;

/// Looks at an OpenClaw folder as a whole: places, configuration, every agent's store, environment.
///
/// ```
/// use openclaw_core::{Doctor, Env, Timestamp};
///
/// # let home = tempfile::tempdir()?;
/// # let env = Env::empty().with("HOME", home.path().to_str().unwrap());
/// let doctor = Doctor::new(&env, "/".as_ref(), Vec::new());
/// let report = doctor.examine(Timestamp::from_secs(1_800_000_000))?;
/// for finding in &report.findings {
///     println!("{}: {}", finding.severity.as_str(), finding.message);
/// }
/// assert!(report.ok(), "a folder that is not there yet is not ill");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Doctor {
    process: Env,
    cwd: PathBuf,
    overrides: Vec<ConfigLayer>,
    only: Option<String>,
}

/// What a doctor found, and did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// The state folder.
    #[serde(serialize_with = "shown")]
    pub state_dir: PathBuf,
    /// The configuration file.
    #[serde(serialize_with = "shown")]
    pub config_path: PathBuf,
    /// The agents that were looked at: those of the configuration, and those that have a folder.
    pub agents: Vec<AgentId>,
    /// What was done about what was found; empty unless asked for.
    pub repairs: Vec<Repair>,
    /// What is (still) to be said.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is left to do. Notes do not count.
    #[must_use]
    pub fn ok(&self) -> bool {
        !self.findings.iter().any(Finding::counts) && self.repairs.iter().all(|repair| repair.done)
    }
}

impl Doctor {
    /// A doctor for the folder that the process's environment names. `cwd` is what relative paths are
    /// relative to; `overrides` are the strongest layers of the configuration.
    #[must_use]
    pub fn new(process: &Env, cwd: &Path, overrides: Vec<ConfigLayer>) -> Self {
        Self { process: process.clone(), cwd: cwd.to_path_buf(), overrides, only: None }
    }

    /// Looks only at the folder of this agent, beside the configuration and the environment.
    #[must_use]
    pub fn agent(self, name: &str) -> Self {
        Self { only: Some(name.to_owned()), ..self }
    }

    /// Looks, on the calling thread. Nothing is written. A torn store is read again for a moment.
    ///
    /// # Errors
    /// No folder can be named, or there is no such agent.
    pub fn examine(&self, now: Timestamp) -> Result<Report, Error> {
        let patient = Patient::admit(self, now)?;
        let findings = patient.findings();
        Ok(patient.report(findings, Vec::new()))
    }

    /// Makes every repair that is safe, and looks again. A second run finds nothing to repair. What
    /// could not be done stays a finding, and [`Repair::done`] is false; nothing is lost then.
    ///
    /// # Errors
    /// As [`examine`](Self::examine).
    pub fn fix(&self, now: Timestamp) -> Result<Report, Error> {
        let (mut tried, mut repairs): (Vec<Fix>, Vec<Repair>) = (Vec::new(), Vec::new());
        loop {
            let patient = Patient::admit(self, now)?;
            let findings = patient.findings();
            let before = tried.len();
            for finding in &findings {
                // One repair may be the answer to several findings.
                let Some(fix) = finding.fix.as_ref().filter(|fix| !tried.contains(fix)) else { continue };
                repairs.extend(repair::apply(&patient, finding.code, fix));
                tried.push(fix.clone());
            }
            // A repair may show what was hidden: behind a broken store, an old file.
            if tried.len() == before {
                return Ok(patient.report(findings, repairs));
            }
        }
    }
}

fn shown<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}
