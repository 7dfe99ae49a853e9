//! A small world: profiles, models, a clock, a store and somebody who hears every event.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use openclaw_core::{
    AgentId, AuthProfiles, Clock as _, Credential, Effect, Error, Event, Failover, FailoverBuilder, Failure,
    FailureReason, Health, HealthEvent, HealthStore, ManualClock, MemoryStore, ModelRef, ModelSelection, NoJitter,
    Observer, Profile, ProfileId, ProviderId, Session, Step, StoreError, StoredProfile, Timestamp, UsageStats,
};

pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000); // 2027-01-15T08:00:00Z

pub(crate) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// `START` and some seconds.
pub(crate) fn at(after: u64) -> Timestamp {
    START.after(secs(after))
}

pub(crate) fn id(name: &str) -> ProfileId {
    ProfileId::new(&format!("anthropic:{name}")).unwrap()
}

pub(crate) fn model(name: &str) -> ModelRef {
    ModelRef::parse(name).unwrap()
}

pub(crate) fn fails(reason: FailureReason) -> Result<(), Failure> {
    Err(Failure::new(reason, "broken"))
}

/// API keys under these names, in this explicit order.
pub(crate) fn keys(names: &[&str]) -> AuthProfiles {
    let mut profiles = AuthProfiles::default();
    for name in names {
        let key = Credential::api_key(&format!("sk-ant-api03-{name}").into()).unwrap();
        let profile = Profile::new(ProviderId::anthropic(), key);
        profiles.profiles.insert(id(name), StoredProfile::Valid(profile));
    }
    profiles.order.insert(ProviderId::anthropic(), names.iter().map(|name| id(name)).collect());
    profiles
}

/// A store whose health can be made to fail, and that counts.
#[derive(Debug)]
pub(crate) struct Flaky {
    pub(crate) inner: Arc<MemoryStore>,
    pub(crate) unwritable: AtomicBool,
    pub(crate) unreadable: AtomicBool,
    /// Commits take one turn of the executor before anything happens.
    pub(crate) slow: AtomicBool,
    /// Commits are done, but their answer does not come as long as this is so.
    pub(crate) answers_late: AtomicBool,
    pub(crate) commits: AtomicUsize,
}

impl Flaky {
    pub(crate) fn new(inner: Arc<MemoryStore>) -> Self {
        Self {
            inner,
            unwritable: false.into(),
            unreadable: false.into(),
            slow: false.into(),
            answers_late: false.into(),
            commits: AtomicUsize::new(0),
        }
    }

    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    fn refuse(flag: &AtomicBool) -> Result<(), StoreError> {
        if flag.load(Ordering::SeqCst) {
            return Err(StoreError::ReadOnly { place: "the disk".into(), reason: "it is full".into() });
        }
        Ok(())
    }
}

#[async_trait]
impl HealthStore for Flaky {
    async fn load(&self, agent: &AgentId) -> Result<Health, StoreError> {
        Self::refuse(&self.unreadable)?;
        HealthStore::load(&*self.inner, agent).await
    }

    async fn commit(&self, agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError> {
        if self.slow.load(Ordering::SeqCst) {
            turn().await;
        }
        Self::refuse(&self.unwritable)?;
        self.commits.fetch_add(1, Ordering::SeqCst);
        let answer = HealthStore::commit(&*self.inner, agent, event).await;
        while self.answers_late.load(Ordering::SeqCst) {
            turn().await;
        }
        answer
    }
}

/// Lets others go first, once.
pub(crate) async fn turn() {
    let mut first = true;
    std::future::poll_fn(|cx| {
        if std::mem::take(&mut first) {
            cx.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(())
    })
    .await;
}

#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn event(&self, event: &Event) {
        let line = match event {
            Event::Attempted { profile, model, retry } => format!("try {profile} {} #{retry}", model.model()),
            Event::Failed { profile, model, reason } => format!("fail {profile} {} {reason}", model.model()),
            Event::Skipped { profile, model, reason } => format!("skip {profile} {} {}", model.model(), reason.code()),
            Event::WindowOpened { profile, scope, until, reason, .. } => {
                format!("window {profile} {scope:?} {reason} +{}", until.since(START).as_secs())
            }
            Event::Recovered { profile, model } => format!("recovered {profile} {}", model.model()),
            Event::PassedOver { model, why } => format!("pass {model}: {why}"),
            Event::FellBack { from, to } => format!("fall {} {}", from.model(), to.model()),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

impl Heard {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) flaky: Arc<Flaky>,
    pub(crate) heard: Arc<Heard>,
    pub(crate) failover: Failover,
}

impl World {
    /// These profiles; the models are `opus` and these fallbacks.
    pub(crate) fn new(profiles: &[&str], fallbacks: &[&str]) -> Self {
        Self::with(keys(profiles), fallbacks, |builder| builder)
    }

    pub(crate) fn with(
        profiles: AuthProfiles,
        fallbacks: &[&str],
        change: impl FnOnce(FailoverBuilder) -> FailoverBuilder,
    ) -> Self {
        let clock = ManualClock::at(START);
        let store = Arc::new(MemoryStore::with(AgentId::main(), profiles));
        let flaky = Arc::new(Flaky::new(Arc::clone(&store)));
        let heard = Arc::new(Heard::default());
        let models =
            ModelSelection::new(model("opus")).with_fallbacks(fallbacks.iter().map(|name| model(name)).collect());
        let builder = Failover::builder(models)
            .credential_store(Arc::clone(&store) as Arc<_>)
            .health_store(Arc::clone(&flaky) as Arc<_>)
            .place("memory")
            .clock(clock.clone())
            .jitter(NoJitter)
            .observer(Arc::clone(&heard) as Arc<_>);
        Self { clock, store, flaky, heard, failover: change(builder).build() }
    }

    /// What is stored, without what waits in the process.
    pub(crate) async fn stored(&self, name: &str) -> UsageStats {
        HealthStore::load(&*self.store, &AgentId::main()).await.unwrap().of(&id(name)).clone()
    }

    /// Lets the first attempt of a request fail, and the request end there.
    pub(crate) async fn fail_once(&self, name: &str, reason: FailureReason) {
        let (tried, _) = drive(self.failover.session(), |profile, _| {
            assert_eq!(profile, name);
            fails(reason)
        })
        .await;
        assert!(!tried.is_empty());
        self.heard.take();
    }

    /// A request that everybody answers: who did, or the error.
    pub(crate) async fn served(&self) -> String {
        who(self.failover.session()).await
    }
}

/// Who answers this session if everybody would, or the error.
pub(crate) async fn who(session: Session) -> String {
    match drive(session, |_, _| Ok(())).await {
        (tried, Ok(())) => tried.last().cloned().unwrap_or_default(),
        (_, Err(error)) => error.to_string(),
    }
}

/// Sends a request: `answer` says for a profile's name and a model how the attempt ends. Returns the
/// attempts, `a@opus`, and the end.
pub(crate) async fn drive(
    mut session: Session,
    mut answer: impl FnMut(&str, &str) -> Result<(), Failure>,
) -> (Vec<String>, Result<(), Error>) {
    let mut tried = Vec::new();
    loop {
        let attempt = match session.next().await {
            Ok(Some(attempt)) => attempt,
            Ok(None) => return (tried, Ok(())),
            Err(error) => return (tried, Err(error)),
        };
        let profile = attempt.profile().as_str().split_once(':').unwrap().1.to_owned();
        let model = attempt.model().model().to_owned();
        tried.push(format!("{profile}@{model}"));
        match attempt.report(answer(&profile, &model)).await {
            Ok(Step::Done(()) | Step::Next) => {}
            Err(error) => return (tried, Err(error)),
        }
    }
}

/// The seconds since the start of the world.
pub(crate) fn elapsed(world: &World) -> f64 {
    world.clock.now().since(START).as_secs_f64()
}

/// Polls a future once and drops it.
pub(crate) fn abandon<T>(future: impl Future<Output = T>) {
    let mut future = std::pin::pin!(future);
    let waker = std::task::Waker::noop();
    assert!(future.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
}
