//! The server's life: it listens, serves each connection in a task of its own, sweeps away what has expired,
//! and stops.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::account::{Account, OpenError};
use super::faults::Faults;
use super::http;
use super::options::Options;

/// How long requests that are under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait when no connection can be accepted, for want of file descriptors most likely.
const BREATH: Duration = Duration::from_millis(100);

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
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    let connection = connect(socket, Arc::clone(&account), Arc::clone(&faults), stopping.clone());
                    connections.spawn(connection);
                }
                Err(cause) => {
                    tracing::warn!(%cause, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            },
            Some(_) = connections.join_next() => (),
        }
    }
    drop(listener);
    _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    // Waiting for the very last task frees the data folder for the next server.
    connections.shutdown().await;
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

async fn connect(socket: TcpStream, account: Arc<Account>, faults: Arc<Faults>, stopping: CancellationToken) {
    // A small answer is not to wait for the acknowledgement of the one before it.
    _ = socket.set_nodelay(true);
    let service = service_fn(|request| http::answer(&account, &faults, request));
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // Callers go away as they please, and a fault breaks connections on purpose.
    if let Err(cause) = ended {
        tracing::debug!(%cause, "a connection ended early");
    }
}
