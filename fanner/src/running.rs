//! Starting one fanner and stopping it: the only place that sees all of its parts.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use fanner_client::Client;
use fanner_server::Limits;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info};

use crate::aside::Aside;
use crate::backoff::Backoff;
use crate::checkpoint::Store;
use crate::clock::Clock;
use crate::config::Config;
use crate::deliveries::Deliveries;
use crate::feed::Memory;
use crate::lane::{self, Lanes, UnderWay};
use crate::rules::{self, Follower, Rules};
use crate::sightings::Sightings;
use crate::telemetry::Telemetry;
use crate::trust::Trust;
use crate::worker::{Readiness, Worker};
use crate::{http, pipeline};

/// What those who watch the fanner may take: a few programs that ask a short question now and then.
const LIMITS: Limits = Limits {
    connections: 64,
    idle: Duration::from_secs(30),
    body: Duration::from_secs(5),
    grace: Duration::from_secs(2),
};

/// A fanner at work. Dropping it without [`Running::stop`] is what a crash does: nothing is lost, and what was under way is
/// delivered again.
pub struct Running {
    address: SocketAddr,
    /// Ends reading; what was read is still delivered.
    stop: CancellationToken,
    /// Ends everything else.
    end: CancellationToken,
    worker: tokio::task::JoinHandle<()>,
    tasks: TaskTracker,
    lanes: Lanes,
    store: Store,
    clock: Clock,
}

/// Starts a fanner. It works on whether or not the control plane and Kinesis are there.
///
/// # Errors
/// The state folder or the address cannot be used, or the control plane's address is not one.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let Config { ges, control_plane, token, rules_keys, state_dir, aside_dir, .. } = config;
    let Config { listen, worker, start, kinesis, clock, tuning, .. } = config;
    let store = Store::open(&state_dir, &ges)?;
    let control_plane = Client::new(&control_plane, token.as_ref(), concat!("fanner/", env!("CARGO_PKG_VERSION")))?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on `{listen}`"))?;
    let address = listener.local_addr()?;

    let telemetry = Telemetry::new();
    let (stop, end, tasks) = (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
    let under_way = UnderWay::default();
    let following = rules::Context {
        client: control_plane.clone(),
        worker,
        trust: Trust::new(rules_keys, &state_dir)?,
        under_way: under_way.clone(),
        clock: clock.clone(),
        revision: telemetry.rules_revision(),
        unconfirmed_seconds: telemetry.rules_unconfirmed_seconds(),
    };
    let (follower, rules) = Follower::new(following, &state_dir);
    let client = kinesis.client(tuning.request_timeout).await;
    let aside = Aside::new(&aside_dir, tuning.aside, clock.clone(), telemetry.aside());
    let readiness = Readiness::new(aside.clone());
    let sightings = Sightings::new(telemetry.sightings_reported());
    let deliveries = Deliveries::default();
    let lanes = Lanes::new(lane::Context {
        client: client.clone(),
        deliveries: deliveries.clone(),
        rules: rules.clone(),
        aside: aside.clone(),
        telemetry: telemetry.clone(),
        clock: clock.clone(),
        bounds: tuning.lane.clone(),
        under_way,
    });
    let context = pipeline::Context {
        lanes: lanes.clone(),
        rules: rules.clone(),
        store: store.clone(),
        aside: aside.clone(),
        sightings: sightings.clone(),
        telemetry: telemetry.clone(),
        clock: clock.clone(),
        patience: tuning.lane.patience,
        drain: tuning.drain,
    };
    let worker = Worker {
        ges: ges.clone(),
        client,
        start,
        reads_per_second: tuning.reads_per_second,
        discover_every: tuning.discover_every,
        memory: Memory::new(tuning.memory_bytes),
        context,
        readiness: readiness.clone(),
    };

    let save = save_regularly(store.clone(), clock.clone(), telemetry.clone(), tuning.checkpoint_every, end.clone());
    tasks.spawn(until(end.clone(), follower.follow()));
    tasks.spawn(until(end.clone(), sightings.report(control_plane.clone())));
    tasks.spawn(until(end.clone(), deliveries.report(control_plane)));
    tasks.spawn(until(end.clone(), close_lanes(lanes.clone(), rules)));
    tasks.spawn(save);
    tasks.spawn(until(end.clone(), aside.clone().watch()));
    tasks.spawn(fanner_server::serve(listener, http::routes(telemetry, readiness), LIMITS, end.clone()));
    let worker = tokio::spawn({
        let stop = stop.clone();
        let lanes = lanes.clone();
        async move {
            worker.run(stop).await;
            lanes.close().await;
        }
    });
    info!(%ges, %address, "fanner started");
    Ok(Running { address, stop, end, worker, tasks, lanes, store, clock })
}

impl Running {
    /// Where metrics and health are served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops reading, delivers what was read, and puts the checkpoints on disk.
    ///
    /// # Errors
    /// The disk does not take the checkpoints: what was delivered since the last ones will be delivered again.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        let ended = (&mut self.worker).await;
        self.end.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let (store, now) = (self.store.clone(), self.clock.now());
        tokio::task::spawn_blocking(move || store.save(now)).await?.context("the checkpoints could not be stored")?;
        ended.context("the fanner crashed")?;
        info!("fanner stopped");
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        self.end.cancel();
        self.worker.abort();
        self.lanes.retain(|_| false);
    }
}

/// Closes the lanes of streams that leave the rules.
async fn close_lanes(lanes: Lanes, mut rules: Rules) {
    while rules.changed().await.is_ok() {
        let router = rules.borrow_and_update().clone().unwrap_or_default();
        lanes.retain(|stream| router.outlet(stream).is_some());
    }
}

/// Puts the checkpoints on disk whenever something moved, and says how old they are. Ends between two saves, never within
/// one: two at once would write the same file.
async fn save_regularly(store: Store, clock: Clock, telemetry: Telemetry, every: Duration, end: CancellationToken) {
    let age = telemetry.checkpoint_age_seconds();
    let mut backoff = Backoff::new(every, Duration::from_secs(5));
    let mut pause = every;
    while end.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        let (saving, now) = (store.clone(), clock.now());
        let saved = tokio::task::spawn_blocking(move || saving.save(now)).await;
        pause = match saved.unwrap_or_else(|panic| Err(std::io::Error::other(panic))) {
            Ok(()) => {
                backoff.worked();
                every
            }
            Err(error) => {
                let pause = every + backoff.failed();
                if backoff.is_worth_a_line() {
                    error!(attempt = backoff.attempt(), %error, "checkpoints could not be stored; retrying");
                }
                pause
            }
        };
        if let Some(saved_at) = store.saved_at() {
            age.set(clock.now().duration_since(saved_at).as_secs_f64());
        }
    }
}

async fn until(end: CancellationToken, work: impl Future<Output = ()>) {
    let _ = end.run_until_cancelled(work).await;
}
