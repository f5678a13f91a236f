//! The server's life: it listens, serves each connection in a task of its own, sweeps away what has expired,
//! and stops.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fanner_server::Limits;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::account::{Account, OpenError};
use super::faults::Faults;
use super::http;
use super::options::Options;

/// What callers may take.
const LIMITS: Limits = Limits {
    connections: 1024,
    idle: Duration::from_secs(60),
    body: Duration::from_secs(60),
    grace: Duration::from_secs(2),
};

/// How often expired records and deleted streams are removed.
const SWEEP: Duration = Duration::from_secs(1);

/// A running server. Dropping it stops it at once; [`stop`](Self::stop) lets requests finish.
#[derive(Debug)]
pub struct Kinesis {
    address: SocketAddr,
    faults: Arc<Faults>,
    stopping: CancellationToken,
    serving: JoinHandle<()>,
}

/// The server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("address {address} cannot be listened on")]
    Listen {
        /// Which one.
        address: SocketAddr,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The data folder cannot be used.
    #[error(transparent)]
    Data(#[from] OpenError),
}

impl Kinesis {
    /// Finds the streams in the data folder again and serves them at `listen`; port 0 chooses a free one.
    pub async fn start(options: Options, listen: SocketAddr) -> Result<Kinesis, StartError> {
        let failed = |cause| StartError::Listen { address: listen, cause };
        let account = Arc::new(Account::open(options)?);
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (faults, stopping) = (Arc::new(Faults::default()), CancellationToken::new());
        let serving = tokio::spawn(serve(listener, account, Arc::clone(&faults), stopping.clone()));
        Ok(Kinesis { address, faults, stopping, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What goes wrong on purpose.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Takes no more requests and returns when those under way are answered, after two seconds at the latest.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if let Err(cause) = (&mut self.serving).await {
            tracing::error!(%cause, "the local Kinesis did not stop cleanly");
        }
    }
}

impl Drop for Kinesis {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, account: Arc<Account>, faults: Arc<Faults>, stopping: CancellationToken) {
    let sweeping = AbortOnDropHandle::new(tokio::spawn(sweep_regularly(Arc::clone(&account), stopping.clone())));
    let service = tower::service_fn({
        let (account, faults) = (Arc::clone(&account), Arc::clone(&faults));
        move |request| http::answer(Arc::clone(&account), Arc::clone(&faults), request)
    });
    fanner_server::serve(listener, service, LIMITS, stopping).await;
    _ = sweeping.await;
}

/// Deleting files takes a while, so it is kept away from the threads that answer requests.
async fn sweep_regularly(account: Arc<Account>, stopping: CancellationToken) {
    let mut sweeps = tokio::time::interval(SWEEP);
    while stopping.run_until_cancelled(sweeps.tick()).await.is_some() {
        let account = Arc::clone(&account);
        let swept = tokio::task::spawn_blocking(move || account.sweep(account.clock().now())).await;
        swept.unwrap_or_else(|cause| tracing::error!(%cause, "a sweep broke off"));
    }
}
