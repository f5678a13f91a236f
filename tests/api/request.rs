//! Requests that no client of ours would make: each is refused with one clear problem.

use fanner_local::kinesis::FaultKind;
use fanner_model::Role;
use fanner_tests::{Answer, Plane, answer, eventually, on_both_databases, reqwest_client};
use reqwest::{Method, header};
use serde_json::json;
use tokio::task::JoinSet;

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_callers_words() {
    let plane = Plane::on_sqlite().await;
    let mut lines = Vec::new();
    for (path, body) in [
        ("/v1/streams/s", r#"{"shard_count": 0}"#),
        ("/v1/streams/s", r#"{"retention_hours": 12}"#),
        ("/v1/streams/s", r#"{"shards": 2}"#),
        ("/v1/streams/s", r#"{"readers": ["arn:aws:iam::1:user/x"]}"#),
        ("/v1/streams/s", r#"{"shard_count": 2, "#),
        ("/v1/streams/a%20b", "{}"),
        ("/v1/subscriptions/7", r#"{"stream": "s", "events": []}"#),
        ("/v1/event-types/Card", "{}"),
    ] {
        lines.push(shown(&put(&plane, path, body).await));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    422 invalid_field at shard_count: 0 shards are not possible; a provisioned stream has 1 to 10000, and one without `shard_count` is on-demand
    422 invalid_field at retention_hours: 12 hours of retention are not possible; Kinesis keeps records 24 to 8760 hours
    422 invalid_field at shards: unknown field `shards`, expected one of `team`, `description`, `shard_count`, `retention_hours`, `events`, `purpose`, `readers`, `reader_role`, `format`, `partition_by`, `kms_key_arn`, `deletion_protection`, `tags`
    422 invalid_field at readers[0]: role `arn:aws:iam::1:user/x` is not an IAM role; write it like `arn:aws:iam::123456789012:role/fraud-reader`
    400 invalid_body at : the body is not JSON: EOF while parsing a value at line 1 column 19
    400 invalid_request at : stream name `a b` contains ` `; use only a-z, A-Z, 0-9, `_`, `.` and `-`
    400 invalid_request at : subscription id `7` is not a UUID; write it like `018f6b1e-7c5a-7bd0-9d2c-0242ac120002`
    400 invalid_request at : event name `Card` contains `C`; use only a-z, 0-9, `_`, `.` and `-`
    "#);
}

#[tokio::test]
async fn queries_and_headers_that_cannot_be_read_are_refused() {
    let plane = Plane::on_sqlite().await;
    let token = plane.token("fraud", Role::Member).await;
    let mut lines = Vec::new();
    for path in ["/v1/streams?limit=0", "/v1/streams?limit=many", "/v1/streams?colour=red", "/v1/streams/s?wait=-1"] {
        lines.push(shown(&plane.ask(Method::GET, path, Some(&token), None).await));
    }
    for (name, value) in [(header::IF_MATCH, "3"), (header::IF_NONE_MATCH, "\"3\"")] {
        let request = reqwest_client().put(format!("{}/v1/streams/s", plane.endpoint())).bearer_auth(token.expose());
        lines.push(shown(&answer(request.header(name, value).json(&json!({}))).await));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    400 invalid_request at : `limit` 0 is not possible; a page has 1 to 500 items
    400 invalid_request at : the query cannot be read: limit: invalid digit found in string
    400 invalid_request at : the query cannot be read: colour: unknown field `colour`, expected one of `after`, `limit`, `fresh`
    400 invalid_request at : the query cannot be read: wait: invalid digit found in string
    400 invalid_request at : `If-Match: 3` is not an ETag of ours; send one that was answered, such as `"3"`
    400 invalid_request at : `If-None-Match: "3"` is not possible here; only `*` is
    "#);
}

#[tokio::test]
async fn what_is_not_there_or_not_possible_says_so() {
    let plane = Plane::on_sqlite().await;
    let token = plane.token("fraud", Role::Member).await;
    let mut lines = Vec::new();
    for (method, path) in [
        (Method::GET, "/v1/nothing"),
        (Method::PATCH, "/v1/streams/s"),
        (Method::POST, "/healthz"),
        (Method::GET, "/v1/streams/s"),
    ] {
        lines.push(shown(&plane.ask(method, path, Some(&token), None).await));
    }
    let text =
        reqwest_client().put(format!("{}/v1/streams/s", plane.endpoint())).bearer_auth(token.expose()).body("hello");
    lines.push(shown(&answer(text).await));
    let large = json!({"description": "x".repeat(1024 * 1024)}).to_string();
    lines.push(shown(&put(&plane, "/v1/streams/s", &large).await));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    404 not_found at : there is nothing at `/v1/nothing`; `/openapi.json` lists every address
    405 method_not_allowed at : `PATCH` is not possible at `/v1/streams/s`; `/openapi.json` lists what is
    405 method_not_allowed at : `POST` is not possible at `/healthz`; `/openapi.json` lists what is
    404 not_found at : there is no stream `s`
    415 unsupported_media_type at : the body must be JSON; send it with `Content-Type: application/json`
    413 too_large at : the body is larger than 1 MiB, which no real one is
    "#);
}

#[tokio::test]
async fn every_answer_has_an_id_and_no_two_the_same() {
    let plane = Plane::on_sqlite().await;
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/healthz", "/v1/streams", "/nothing"] {
        let answer = plane.ask(Method::GET, path, None, None).await;
        ids.insert(answer.headers["x-request-id"].to_str().expect("text").to_owned());
    }
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn the_numbers_tell_what_happened() {
    let plane = Plane::on_sqlite().await;
    fanner_tests::settled(&plane.member("fraud").await, "s", json!({"shard_count": 1})).await;
    let text = plane.ask(Method::GET, "/metrics", None, None).await.body.as_str().expect("text").to_owned();
    for line in [
        r#"fanner_requests_total{method="PUT",route="/v1/streams/{name}",status="200"} 1"#,
        r#"fanner_reconciler_steps_total{step="create",result="done"} 1"#,
        r#"fanner_aws_calls_total{operation="CreateStream",result="done"} 1"#,
        r#"fanner_streams{phase="active"} 1"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn a_caller_cannot_make_up_labels_of_metrics() {
    let plane = Plane::on_sqlite().await;
    plane.ask(Method::from_bytes(b"X1").expect("it is a method"), "/healthz", None, None).await;
    let text = plane.ask(Method::GET, "/metrics", None, None).await.body.as_str().expect("text").to_owned();
    assert!(text.contains(r#"method="other""#) && !text.contains("X1"), "{text}");
}

#[tokio::test]
async fn a_token_may_wait_for_a_few_things_at_once_but_not_for_any_number() {
    let plane = Plane::on_sqlite().await;
    let token = plane.token("fraud", Role::Member).await;
    plane.fail("CreateStream", FaultKind::Hang, 1);
    plane.ask(Method::PUT, "/v1/streams/s", Some(&token), Some(&json!({}))).await;
    let get = |path| reqwest_client().get(format!("{}{path}", plane.endpoint())).bearer_auth(token.expose());
    let mut waits: JoinSet<_> = (0..65).map(|_| answer(get("/v1/streams/s?wait=60"))).collect();
    let refused = waits.join_next().await.expect("one of them").expect("it is answered");
    assert_eq!(
        shown(&refused),
        "429 too_many_waits at : this token waits for 64 answers already, which is the most; wait for one of them"
    );
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    assert_eq!(answer(get("/v1/streams/s")).await.status, 200, "without waiting it is answered");
    waits.shutdown().await;
    eventually("a place to be free again", async || {
        (answer(get("/v1/streams/s?wait=0")).await.status == 200).then_some(())
    })
    .await;
}

on_both_databases! {
    async fn a_repeated_write_recognises_its_own_result(plane: Plane) {
        let token = plane.token("fraud", Role::Member).await;
        let write = async |key: &str| {
            let request = reqwest_client().put(format!("{}/v1/streams/s", plane.endpoint())).bearer_auth(token.expose());
            answer(request.header("Idempotency-Key", key).header(header::IF_NONE_MATCH, "*").json(&json!({}))).await
        };
        let (first, again, other) = (write("one").await, write("one").await, write("two").await);
        assert_eq!((first.status, again.status, other.status), (200, 200, 409));
        assert_eq!(first.headers[header::ETAG], "\"1\"");
        assert_eq!(first.body["id"], again.body["id"]);
    }

    async fn a_control_plane_that_serves_is_ready(plane: Plane) {
        assert_eq!(plane.ask(Method::GET, "/readyz", None, None).await.status, 200);
        assert_eq!(plane.ask(Method::GET, "/healthz", None, None).await.status, 200);
    }
}

async fn put(plane: &Plane, path: &str, body: &str) -> Answer {
    let token = plane.token("fraud", Role::Member).await;
    let request = reqwest_client().put(format!("{}{path}", plane.endpoint())).bearer_auth(token.expose());
    answer(request.header(header::CONTENT_TYPE, "application/json").body(body.to_owned())).await
}

fn shown(answer: &Answer) -> String {
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default();
    format!("{} {} at {}: {}", answer.status, text("code"), text("field"), text("detail"))
}
