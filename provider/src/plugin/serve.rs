//! Accepts connections and serves gRPC on each, until the end is announced.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{UnixListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::service::Routes;

/// Terraform kills a plugin that is still there two seconds after it was told to end.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);

/// How much a peer may send before it hears from us; gRPC's 64 KiB would make large schemas and states wait.
const WINDOW_BYTES: u32 = 4 << 20;

/// Who may connect.
#[derive(Clone)]
pub enum Access {
    /// The peer that this configuration authenticates.
    Tls(Arc<ServerConfig>),
    /// Whoever can open the socket: for debugging, where Terraform uses no TLS.
    Plain,
}

/// Serves `routes` until `end`, then finishes the answers under way.
pub async fn serve(listener: UnixListener, access: Access, routes: Routes, end: CancellationToken) -> io::Result<()> {
    let connections = TaskTracker::new();
    let routes = routes.prepare();
    while let Some(accepted) = end.run_until_cancelled(listener.accept()).await {
        let (stream, _) = accepted?;
        connections.spawn(connection(stream, access.clone(), routes.clone(), end.clone()));
    }
    connections.close();
    _ = tokio::time::timeout(LONGEST_GOODBYE, connections.wait()).await;
    Ok(())
}

async fn connection(stream: UnixStream, access: Access, routes: Routes, end: CancellationToken) {
    let served = match access {
        Access::Plain => http2(stream, routes, &end).await,
        Access::Tls(config) => match TlsAcceptor::from(config).accept(stream).await {
            Ok(stream) => http2(stream, routes, &end).await,
            Err(error) => return tracing::warn!(%error, "a connection was refused"),
        },
    };
    // A peer that was told of the end hangs up as it likes.
    if let (Err(error), false) = (served, end.is_cancelled()) {
        tracing::debug!(%error, "a connection broke");
    }
}

async fn http2<T>(stream: T, routes: Routes, end: &CancellationToken) -> hyper::Result<()>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = &mut connection => return ended,
        () = end.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}
