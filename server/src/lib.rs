//! How each of our programs answers HTTP, 1.1 and 2 alike: it accepts connections up to a limit, serves each in a task of
//! its own, closes those that bring no whole request in time, and stops in order. What is answered is the caller's
//! [`tower`] service.

mod activity;
mod body;
mod connection;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use hyper::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::warn;

pub use body::{BodyError, RequestBody};

/// How long to wait when no connection can be accepted, for want of file descriptors most likely.
const BREATH: Duration = Duration::from_millis(100);

/// What callers may take of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections there may be. Who comes then waits, in the system's queue, until somebody leaves.
    pub connections: usize,
    /// How long a connection may stay without a request under way: idle, with a head that does not end, or with an answer
    /// that is not taken.
    pub idle: Duration,
    /// How long the body of a request may take, from the first time that it is waited for.
    pub body: Duration,
    /// How long requests that are under way may take once the server stops.
    pub grace: Duration,
}

/// Who is at the other end of the connection: an extension of every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Serves until `stopping`, then finishes what is under way. Dropping it ends every connection at once.
pub async fn serve<S, B>(listener: TcpListener, service: S, limits: Limits, stopping: CancellationToken)
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            Some(_) = connections.join_next() => {}
            socket = accept(&listener), if connections.len() < limits.connections => {
                connections.spawn(connection::serve(socket, service.clone(), limits, stopping.clone()));
                if connections.len() == limits.connections {
                    warn!(connections = limits.connections, "no more connections are accepted until one ends");
                }
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => return socket,
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
