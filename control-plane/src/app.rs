//! What every operation can reach. It holds things and does nothing itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use fanner_model::{Arn, StreamName};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::bypass::Bypass;
use crate::clock::Clock;
use crate::identity::{Identity, Proxies, Throttle};
use crate::notary::Notary;
use crate::rules::Watch;
use crate::signal::Signals;
use crate::store::Store;
use crate::telemetry::Metrics;
use crate::waiting::Waiting;
use crate::world::{World, WorldError, Worlds};

/// The only state that requests share. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub store: Store,
    pub clock: Clock,
    pub signals: Signals,
    pub worlds: Worlds,
    pub rules: Watch,
    pub metrics: Metrics,
    pub waiting: Waiting,
    /// Turns of reading the past: each reads a whole world.
    pub past: Arc<Semaphore>,
    pub notary: Notary,
    pub identity: Identity,
    pub throttle: Throttle,
    /// Looks who reads around the fanner; `None` if nobody said who may.
    pub bypass: Option<Bypass>,
    /// Who may say for whom it calls.
    pub proxies: Arc<Proxies>,
    /// Names that no consumer's stream may have: the Global Event Stream's first of all.
    pub reserved: Arc<BTreeSet<StreamName>>,
    /// The permissions boundary of every reader role; `None`: streams can have none.
    pub reader_role_boundary: Option<Arc<Arn>>,
    /// Cancelled when the process stops: whoever waits answers at once.
    pub closing: CancellationToken,
}

impl App {
    /// What access depends on, as it is now.
    pub(crate) async fn world(&self) -> Result<Arc<World>, WorldError> {
        self.worlds.newest(&self.store).await
    }
}
