//! What people do from a shell: publish events, and see what arrives.

use std::path::Path;
use std::process::{Command, Output};

use fanner_model::Role;
use fanner_tests::{Plane, eventually, everything, program};
use serde_json::Value;

use crate::bench::{Bench, GES};

#[tokio::test(flavor = "multi_thread")]
async fn published_lines_are_stored_and_reported_one_by_one() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    let (input, results) = (bench.folder.path().join("events.ndjson"), bench.folder.path().join("results.ndjson"));
    let lines: String = (0..1_500)
        .map(|number| {
            format!("{{\"event\":\"card_swiped\",\"id\":\"e{number}\",\"payload\":{{ \"n\" : {number} }}}}\n")
        })
        .collect();
    std::fs::write(&input, lines).unwrap();
    let published = fanner(&bench, &["publish", path(&input), "--results", path(&results)]);
    assert!(published.status.success(), "{published:?}");
    assert!(String::from_utf8(published.stderr).unwrap().contains("event names are not checked"));
    let results = std::fs::read_to_string(results).unwrap();
    let results: Vec<Value> = results.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(results.len(), 1_500);
    assert!(results.iter().all(|result| result["sequence_number"].is_string() && result["line"].is_u64()));

    let fanner_at_work = bench.fanner().await;
    eventually("all to arrive", async || (everything(&bench.client, "fraud").await.len() == 1_500).then_some(())).await;
    fanner_at_work.stop().await.unwrap();
    let shown = fanner(&bench, &["tail", "fraud", "--count", "1500", "--output", "json", "--reads-per-second", "0"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(shown.lines().count(), 1_500);
    assert!(shown.lines().any(|line| line.contains(r#""id":"e7""#) && line.contains(r#""payload":{ "n" : 7 }"#)));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_line_stops_everything_before_anything_is_sent() {
    let bench = Bench::new(1).await;
    let input = bench.folder.path().join("events.ndjson");
    std::fs::write(&input, "{\"event\":\"card_swiped\",\"payload\":1}\n{\"event\":\"Card\",\"payload\":1}\n").unwrap();
    let refused = fanner(&bench, &["publish", path(&input)]);
    assert!(!refused.status.success());
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("nothing was sent: 1 of 2 cannot be"), "{error}");
    assert!(error.contains("line 2: event name `Card` contains `C`; use only a-z"), "{error}");
    assert_eq!(everything(&bench.client, GES).await.len(), 0);
    assert!(fanner(&bench, &["publish", path(&input), "--skip-bad"]).status.success());
    assert_eq!(everything(&bench.client, GES).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_declared_is_not_published_unless_that_is_said() {
    let (bench, plane) = (Bench::new(1).await, Plane::on_sqlite().await);
    plane.declare("fraud", &["card_swiped"]).await;
    let input = bench.folder.path().join("events.ndjson");
    let line = |event: &str| format!("{{\"event\":\"{event}\",\"payload\":1}}\n");
    std::fs::write(&input, [line("card_swiped"), line("card_swipped"), line("salary_paid")].concat()).unwrap();
    let (endpoint, token) = (plane.endpoint(), plane.token("fraud", Role::Member).await);
    let publish = |more: &[&str]| {
        let mut command = command(&bench, &[&["publish", path(&input)], more].concat());
        command.env("FANNER_ENDPOINT", &endpoint).env("FANNER_TOKEN", token.expose());
        command.output().unwrap()
    };
    let refused = publish(&[]);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(error.contains("nothing was sent: 2 of 3 cannot be"), "{error}");
    assert!(error.contains("line 2: event `card_swipped` is not declared; did you mean `card_swiped`?"), "{error}");
    assert!(error.contains("line 3: event `salary_paid` is not declared; declare it as an event type"), "{error}");
    assert_eq!(everything(&bench.client, GES).await.len(), 0);
    assert!(publish(&["--skip-bad"]).status.success());
    assert_eq!(everything(&bench.client, GES).await.len(), 1);
    assert!(publish(&["--undeclared"]).status.success());
    assert_eq!(everything(&bench.client, GES).await.len(), 4);
    plane.stop().await;
    let unasked = String::from_utf8(publish(&[]).stderr).unwrap();
    assert!(unasked.contains("does not say which event types are declared"), "{unasked}");
    assert_eq!(everything(&bench.client, GES).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_files_become_payloads_and_binary_ones_are_shown_as_base64() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["photo_taken"]).await;
    let file = bench.folder.path().join("photo.bin");
    std::fs::write(&file, b"\x00\x1b[31m\xff").unwrap();
    let published = fanner(&bench, &["publish", "--event", "photo_taken", "--encoding", "protobuf", path(&file)]);
    assert!(published.status.success(), "{published:?}");
    let fanner_at_work = bench.fanner().await;
    eventually("it to arrive", async || (everything(&bench.client, "fraud").await.len() == 1).then_some(())).await;
    fanner_at_work.stop().await.unwrap();
    let text = String::from_utf8(fanner(&bench, &["tail", "fraud", "--count", "1"]).stdout).unwrap();
    assert!(text.contains("photo_taken/") && text.trim_end().ends_with("ABtbMzFt/w=="), "{text}");
    let raw = fanner(&bench, &["tail", "fraud", "--count", "1", "--output", "raw"]).stdout;
    assert_eq!(raw, b"\x00\x1b[31m\xff");
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_to_a_stream_that_is_not_there_says_so_and_fails() {
    let bench = Bench::new(1).await;
    bench.client.delete_stream().stream_name(GES).send().await.unwrap();
    let input = bench.folder.path().join("events.ndjson");
    std::fs::write(&input, "{\"event\":\"card_swiped\",\"payload\":1}\n").unwrap();
    let failed = fanner(&bench, &["publish", path(&input)]);
    let error = String::from_utf8(failed.stderr).unwrap();
    assert!(!failed.status.success());
    assert!(
        error.contains("1 of 1 events were not stored; the first: ") && error.contains("ResourceNotFound"),
        "{error}"
    );
}

/// Runs the program `fanner` as a person would, on this world.
fn fanner(bench: &Bench, arguments: &[&str]) -> Output {
    command(bench, arguments).output().unwrap()
}

fn command(bench: &Bench, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("fanner"));
    command
        .args(arguments)
        .env("AWS_ENDPOINT_URL_KINESIS", bench.endpoint())
        .envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")])
        .env("FANNER_GES", GES)
        .env_remove("FANNER_ENDPOINT")
        .env_remove("FANNER_TOKEN");
    command
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
