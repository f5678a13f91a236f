//! One connection's life.

use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt};
use tracing::debug;

use crate::activity::Activity;
use crate::{Limits, Peer, RequestBody};

/// How long a connection without a request stays once it is to end: the time to say so to its caller.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves one caller until it leaves, brings no request for too long, or the server stops.
pub(crate) async fn serve<S, B>(socket: TcpStream, service: S, limits: Limits, stopping: CancellationToken)
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // A small answer is not to wait for the acknowledgement of the one before it.
    _ = socket.set_nodelay(true);
    let peer = socket.peer_addr().ok().map(Peer);
    let activity = Arc::new(Activity::default());
    let service = tower::service_fn({
        let activity = Arc::clone(&activity);
        move |request: Request<Incoming>| {
            let under_way = activity.begin();
            let mut request = request.map(|body| RequestBody::new(body, limits.body));
            if let Some(peer) = peer {
                request.extensions_mut().insert(peer);
            }
            let answered = service.clone().oneshot(request);
            async move {
                let _under_way = under_way;
                answered.await
            }
        }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), TowerToHyperService::new(service)));
    let mut ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = activity.rested(limits.idle) => None,
        () = stopping.cancelled() => None,
    };
    if ended.is_none() {
        connection.as_mut().graceful_shutdown();
        ended = tokio::select! {
            ended = connection => Some(ended),
            () = activity.rested(FAREWELL) => None,
            () = tokio::time::sleep(limits.grace) => None,
        };
    }
    // Callers go away as they please.
    if let Some(Err(error)) = ended {
        debug!(error, "a connection ended early");
    }
}
