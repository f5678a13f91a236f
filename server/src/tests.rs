use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_connection_whose_request_never_ends_is_closed() {
    let server = Server::start().await;
    for unfinished in ["", "GET / HTTP/1.1\r\nx: ", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut caller = server.connect(unfinished.as_bytes()).await;
        caller.read_to_end(&mut Vec::new()).await.unwrap();
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let server = Server::start().await;
    let mut caller = server.connect(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n1").await;
    let answer = everything(&mut caller).await;
    assert!(answer.ends_with("the body did not arrive within 0.2 seconds"), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_that_waits_for_its_answer_is_not() {
    let server = Server::start().await;
    let mut waiting = server.connect(b"GET /wait HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let mut idle = server.connect(REQUEST).await;
    assert!(everything(&mut idle).await.ends_with("hello"));
    server.answer.notify_one();
    assert!(everything(&mut waiting).await.ends_with("hello"));
}

#[tokio::test]
async fn silent_callers_beyond_the_limit_do_not_keep_others_out_for_good() {
    let server = Server::start().await;
    let mut silent = Vec::new();
    for _ in 0..3 * LIMITS.connections {
        silent.push(server.connect(b"GET").await);
    }
    let mut caller = server.connect(REQUEST).await;
    assert!(everything(&mut caller).await.ends_with("hello"));
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_waits_for_nobody_else() {
    let patient = Limits { idle: Duration::from_secs(3600), grace: Duration::from_secs(3600), ..LIMITS };
    let server = Server::start_with(patient).await;
    let _silent = server.connect(b"GET / HTTP/1.1\r\nx: ").await;
    let mut waiting = server.connect(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    server.arrived.notified().await;
    server.stopping.cancel();
    server.answer.notify_one();
    assert!(everything(&mut waiting).await.ends_with("hello"));
    server.serving.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn stopping_cuts_off_what_outlasts_the_grace() {
    let server = Server::start().await;
    let mut waiting = server.connect(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    server.arrived.notified().await;
    server.stopping.cancel();
    server.serving.await.unwrap();
    assert_eq!(everything(&mut waiting).await, "");
}

#[tokio::test]
async fn http_2_is_spoken() {
    let server = Server::start().await;
    let mut caller = server.connect(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let mut frame = [0; 9];
    caller.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4, "the first frame is SETTINGS");
}

const LIMITS: Limits = Limits {
    connections: 2,
    idle: Duration::from_millis(200),
    body: Duration::from_millis(200),
    grace: Duration::from_millis(200),
};

/// A server that says hello; at `/wait`, once `answer` allows it.
struct Server {
    address: SocketAddr,
    stopping: CancellationToken,
    serving: JoinHandle<()>,
    arrived: Arc<Notify>,
    answer: Arc<Notify>,
}

impl Server {
    async fn start() -> Self {
        Self::start_with(LIMITS).await
    }

    async fn start_with(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stopping) = (listener.local_addr().unwrap(), CancellationToken::new());
        let (arrived, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let service = tower::service_fn({
            let (arrived, answer) = (Arc::clone(&arrived), Arc::clone(&answer));
            move |request| hello(request, Arc::clone(&arrived), Arc::clone(&answer))
        });
        let serving = tokio::spawn(serve(listener, service, limits, stopping.clone()));
        Self { address, stopping, serving, arrived, answer }
    }

    async fn connect(&self, first: &[u8]) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(first).await.unwrap();
        socket
    }
}

async fn hello(
    request: Request<RequestBody>,
    arrived: Arc<Notify>,
    answer: Arc<Notify>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/wait" {
        arrived.notify_one();
        answer.notified().await;
    }
    let words = match request.into_body().collect().await {
        Ok(_) => "hello".to_owned(),
        Err(error) => error.to_string(),
    };
    Ok(Response::new(words.into()))
}

/// What a caller reads until its connection is closed.
async fn everything(caller: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is cut off may be reset.
    _ = caller.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}
