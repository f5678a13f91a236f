//! Faults, set in the process and over HTTP: each does to a call what its name says.

use std::time::{Duration, Instant};

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use fanner_local::kinesis::{Fault, FaultKind, FaultPlan, Options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::Server;

#[tokio::test]
async fn a_fault_before_the_write_stores_nothing() {
    let server = Server::with_orders(Options::default()).await;
    for (kind, code) in [
        (FaultKind::Throttle, "ProvisionedThroughputExceededException"),
        (FaultKind::AccessDenied, "AccessDeniedException"),
        (FaultKind::ErrorBefore, "InternalFailureException"),
    ] {
        set(&server, kind);
        assert_eq!(server.put("never").await, Err(code.into()));
    }
    assert_eq!(server.read().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_lost_answer_stores_the_record() {
    let server = Server::with_orders(Options::default()).await;
    set(&server, FaultKind::ErrorAfter);
    assert_eq!(server.put("error").await, Err("InternalFailureException".into()));
    set(&server, FaultKind::DropAfter);
    assert_eq!(server.put("drop").await, Err("dispatch failure".into()));
    assert_eq!(server.read().await, ["error", "drop"]);
}

#[tokio::test]
async fn a_partial_failure_stores_the_others() {
    let server = Server::with_orders(Options::default()).await;
    set(&server, FaultKind::Partial(0.5));
    let entry = |nth: usize| PutRecordsRequestEntry::builder().partition_key("k").data(Blob::new(nth.to_string()));
    let entries = (0..100).map(|nth| entry(nth).build().expect("key and data are set")).collect();
    let answer = server.client.put_records().stream_name("orders").set_records(Some(entries)).send().await.unwrap();
    let stored = |nth: &usize| answer.records[*nth].sequence_number.is_some();
    let expected: Vec<String> = (0..100).filter(stored).map(|nth| nth.to_string()).collect();
    assert!((20..80).contains(&expected.len()));
    assert_eq!(answer.failed_record_count, Some(100 - expected.len() as i32));
    assert_eq!(server.read().await, expected);
}

#[tokio::test]
async fn an_answer_can_be_late_or_never_come() {
    let server = Server::with_orders(Options::default()).await;
    set(&server, FaultKind::Latency(120));
    let asked_at = Instant::now();
    server.put("late").await.unwrap();
    assert!(asked_at.elapsed() >= Duration::from_millis(120));
    set(&server, FaultKind::Hang);
    let answer = tokio::time::timeout(Duration::from_millis(200), server.put("never")).await;
    assert!(answer.is_err(), "{answer:?}");
    server.kinesis.stop().await;
}

#[tokio::test]
async fn faults_are_set_reported_and_cleared_over_http() {
    let server = Server::with_orders(Options::default()).await;
    let plan =
        r#"{"seed": 7, "faults": [{"operation": "PutRecord", "stream": "orders", "kind": "throttle", "count": 1}]}"#;
    http(&server, "PUT", plan).await;
    assert_eq!(server.put("refused").await, Err("ProvisionedThroughputExceededException".into()));
    assert_eq!(server.put("spent").await, Ok(()));
    let report: serde_json::Value = serde_json::from_str(&http(&server, "GET", "").await).unwrap();
    assert_eq!((&report["hits"], &report["plan"]["faults"][0]["count"]), (&1.into(), &0.into()));
    http(&server, "DELETE", "").await;
    assert_eq!(server.kinesis.faults().report().plan, FaultPlan::default());
    let refusal = http(&server, "PUT", r#"{"faults": [{"kind": "explode"}]}"#).await;
    assert!(refusal.contains("unknown variant `explode`"), "{refusal}");
}

/// The body of the answer to a request about the faults.
async fn http(server: &Server, method: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(server.kinesis.address()).await.expect("the server listens");
    let length = body.len();
    let request = format!(
        "{method} /_local/faults HTTP/1.1\r\nhost: local\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("the server answers");
    answer.split_once("\r\n\r\n").expect("an answer has a body").1.into()
}

/// One fault, for the next call that puts records into `orders`.
fn set(server: &Server, kind: FaultKind) {
    let fault = Fault { stream: Some("orders".into()), count: Some(1), ..Fault::always(kind) };
    server.kinesis.faults().set(FaultPlan { seed: 1, faults: vec![fault] });
}
