//! The control plane: people and programs ask for streams, subscriptions and event types over HTTP; it checks, stores,
//! makes Kinesis match, and tells the fanners the rules. This file is the only one that sees all parts.

mod access;
mod app;
mod aws;
mod bypass;
mod clock;
mod config;
mod error;
mod http;
mod identity;
mod notary;
mod ops;
mod page;
mod reconcile;
mod review;
mod rules;
mod signal;
mod signing;
mod store;
mod telemetry;
mod waiting;
mod world;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fanner_audit::ORIGIN;
use fanner_model::{NewToken, TokenSpec};
use fanner_note::{RULES, Verifier};
use fanner_server::Limits;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub use aws::Pace;
pub use clock::Clock;
pub use config::Config;
pub use error::Error;
pub use http::contract;
pub use identity::{Proxies, Trust, TrustError};
pub use signing::KeyFileError;
pub use store::{OpenError, StoreError};

use crate::app::App;
use crate::aws::{AccountReader, Aws};
use crate::bypass::Bypass;
use crate::identity::{Identity, Throttle};
use crate::notary::Notary;
use crate::reconcile::Reconciler;
use crate::rules::Watch;
use crate::signal::Signals;
use crate::signing::SigningKey;
use crate::store::Store;
use crate::telemetry::Metrics;
use crate::waiting::Waiting;
use crate::world::{WorldError, Worlds};

/// How long requests and turns that are under way may take once the process stops.
const GRACE: Duration = Duration::from_secs(10);

/// What callers may take of the API. A wait takes at most a minute, during which its request is under way.
const LIMITS: Limits = Limits {
    connections: 512,
    idle: Duration::from_secs(30),
    body: Duration::from_secs(30),
    grace: Duration::from_secs(8),
};

/// How many questions about the past are read at once.
const PASTS: usize = 2;

/// A control plane that serves. Dropping it stops it at once; [`Running::stop`] lets it finish what is under way.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    app: App,
    tasks: JoinSet<()>,
}

/// Opens the database, brings its tables up to date, and serves.
///
/// # Errors
/// The signing key or the database cannot be opened, or the address is taken.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let Config { listen, database_url, aws, pace, signing_key_file, checkpoint_dir, .. } = config;
    let Config { ges, ges_readers, bypass_interval, reader_role_boundary, resync, clock, trust, proxies, .. } = config;
    let key = SigningKey::open(&signing_key_file)?;
    let store = Store::open(&database_url).await?;
    let worlds = Worlds::default();
    let app = App {
        rules: Watch::open(&store, &worlds, &clock, key.signer(RULES)).await?,
        worlds,
        store,
        clock,
        signals: Signals::default(),
        metrics: Metrics::default(),
        waiting: Waiting::default(),
        past: Arc::new(Semaphore::new(PASTS)),
        notary: Notary::new(key.signer(ORIGIN), checkpoint_dir),
        identity: Identity::new(trust),
        throttle: Throttle::default(),
        proxies: Arc::new(proxies),
        bypass: (!ges_readers.is_empty())
            .then(|| Bypass::new(AccountReader::new(&aws), ges.clone(), ges_readers, bypass_interval)),
        reserved: Arc::new(BTreeSet::from([ges])),
        reader_role_boundary: reader_role_boundary.map(Arc::new),
        closing: CancellationToken::new(),
    };
    let listener = TcpListener::bind(listen).await.map_err(|cause| StartError::Listen { listen, cause })?;
    let address = listener.local_addr().map_err(|cause| StartError::Listen { listen, cause })?;
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, app.clone()));
    tasks.spawn(watch(app.clone()));
    tasks.spawn(review::run(app.clone()));
    tasks.spawn(ops::enforcement::run(app.clone()));
    tasks.spawn(notarise(app.clone()));
    if let Some(bypass) = app.bypass.clone() {
        tasks.spawn(bypass::run(app.clone(), bypass));
    }
    tasks.spawn(reconciler(&app, &aws, pace, resync).run(app.closing.clone()));
    info!(%address, "control plane listens");
    Ok(Running { address, app, tasks })
}

/// Issues a token on the database itself, for whoever holds it and has no token yet.
///
/// # Errors
/// The database cannot be opened, or the end that is asked for is not possible.
pub async fn issue_token(database_url: &str, spec: &TokenSpec) -> Result<NewToken, IssueError> {
    let store = Store::open(database_url).await?;
    let token = ops::token::bootstrap(&store, &Clock::default(), spec).await;
    store.close().await;
    Ok(token?)
}

/// What verifies what is signed with the key in a file, which is made if there is none: the rules, and the audit log.
///
/// # Errors
/// The key can be neither read nor made.
pub fn public_keys(signing_key_file: &Path) -> Result<[Verifier; 2], KeyFileError> {
    let key = SigningKey::open(signing_key_file)?;
    Ok([RULES, ORIGIN].map(|name| key.signer(name).verifier().clone()))
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What verifies the rules that it gives out.
    pub fn rules_key(&self) -> &Verifier {
        self.app.rules.verifier()
    }

    /// Issues a token without asking who wants it.
    ///
    /// # Errors
    /// The end that is asked for is not possible, or the database failed.
    pub async fn issue_token(&self, spec: &TokenSpec) -> Result<NewToken, Error> {
        ops::token::bootstrap(&self.app.store, &self.app.clock, spec).await
    }

    /// Runs until something ends it, which is a defect.
    pub async fn failed(&mut self) {
        if let Some(Err(cause)) = self.tasks.join_next().await {
            error!(%cause, "part of the control plane ended");
        }
    }

    /// Stops: those who wait are answered at once, what is under way is finished.
    pub async fn stop(mut self) {
        self.app.closing.cancel();
        let finished = tokio::time::timeout(GRACE, async { while self.tasks.join_next().await.is_some() {} }).await;
        if finished.is_err() {
            warn!("control plane stopped though something was under way");
            self.tasks.abort_all();
        }
        self.app.notary.attend(&self.app.store, &self.app.clock).await;
        self.app.store.close().await;
        info!("control plane stopped");
    }
}

async fn serve(listener: TcpListener, app: App) {
    let closing = app.closing.clone();
    let pages = page::routes(&app);
    fanner_server::serve(listener, http::router(app, pages), LIMITS, closing).await;
}

async fn watch(app: App) {
    app.rules.run(&app.store, &app.worlds, &app.clock, &app.signals, &app.closing).await;
}

async fn notarise(app: App) {
    app.notary.run(&app.store, &app.clock, &app.closing).await;
}

fn reconciler(app: &App, aws: &aws_config::SdkConfig, pace: Pace, resync: Duration) -> Arc<Reconciler<Aws>> {
    let App { store, clock, signals, metrics, reader_role_boundary, .. } = app.clone();
    let boundary = reader_role_boundary.as_deref().cloned();
    let cloud = Aws::new(aws, pace, clock.clone(), metrics.clone());
    Arc::new(Reconciler { cloud, store, clock, signals, metrics, resync, boundary, listed_at: Mutex::default() })
}

/// Why a control plane did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("what access depends on cannot be read")]
    World(#[from] WorldError),
    #[error("cannot listen on `{listen}`")]
    Listen { listen: SocketAddr, cause: std::io::Error },
}

/// Why a token was not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Issue(#[from] Error),
}
