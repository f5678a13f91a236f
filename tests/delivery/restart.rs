//! A fanner that stops, and one that is killed.

use std::fs::File;
use std::process::Command;
use std::time::Duration;

use fanner_local::kinesis::FaultKind;
use fanner_tests::{Process, eventually, everything, program};

use crate::bench::{Bench, GES};
use crate::oracle::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn stopping_and_starting_again_makes_no_duplicates() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    for _ in 0..5 {
        let fanner = bench.fanner().await;
        bench.produce("card_swiped", 1_000).await;
        fanner.stop().await.unwrap();
    }
    let fanner = bench.fanner().await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn five_times_kill_9_loses_nothing() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.consumer("growth", &["card_swiped", "account_opened"]).await;
    // Most records of each request fail, so that a kill always finds some that were read and are not stored.
    bench.fault("fraud", FaultKind::Partial(0.9), 1.0, None);
    for kill in 1..=5 {
        let mut fanner = program_of(&bench);
        bench.produce("card_swiped", 800).await;
        bench.produce("account_opened", 200).await;
        eventually("the fanner to deliver some", async || {
            (kill * 250 <= everything(&bench.client, "fraud").await.len()).then_some(())
        })
        .await;
        fanner.kill();
    }
    bench.kinesis.faults().clear();
    let mut fanner = program_of(&bench);
    bench.complete("fraud", &["card_swiped"]).await;
    bench.complete("growth", &["card_swiped", "account_opened"]).await;
    assert!(fanner.terminate(), "the fanner stops well");
    assert!(bench.verdict("fraud", &["card_swiped"]).await.is_complete());
    assert!(bench.verdict("growth", &["card_swiped", "account_opened"]).await.is_complete());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_serves_one_fanner_at_a_time() {
    let bench = Bench::new(1).await;
    let fanner = bench.fanner().await;
    let second = fanner::start(bench.config()).await.map(|_| ()).unwrap_err().to_string();
    assert!(second.contains("is in use by another fanner"), "{second}");
    fanner.stop().await.unwrap();
    bench.fanner().await.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn latest_begins_with_what_arrives_after_the_first_start_even_while_the_fanner_is_down() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["old", "new"]).await;
    bench.produce("old", 10).await;
    bench.pass(Duration::from_secs(1));
    let begin = || fanner::Config { start: fanner::Start::Latest, ..bench.config() };
    let fanner = fanner::start(begin()).await.unwrap();
    let checkpoints = bench.folder.path().join("state/checkpoints");
    eventually("the beginning to be stored", async || checkpoints.exists().then_some(())).await;
    fanner.stop().await.unwrap();
    bench.produce("new", 10).await;
    let fanner = fanner::start(begin()).await.unwrap();
    assert_eq!(bench.complete("fraud", &["new"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_in_trouble_is_one_line_in_the_log_and_payloads_are_none() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.fault("fraud", FaultKind::Partial(0.5), 1.0, Some(3));
    let log = bench.folder.path().join("log");
    let mut fanner = logging_to(&bench, File::create(&log).unwrap());
    bench.produce("card_swiped", 200).await;
    bench.complete("fraud", &["card_swiped"]).await;
    assert!(fanner.terminate(), "the fanner stops well");
    let log = std::fs::read_to_string(log).unwrap();
    let troubled: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(troubled.len(), 1, "{log}");
    for part in ["stream did not take records; retrying", "stream=fraud", "records=", "reason="] {
        assert!(troubled[0].contains(part), "{log}");
    }
    assert!(!log.contains("number") && !log.contains("user-"), "{log}");
}

/// The real program, in a process of its own.
fn program_of(bench: &Bench) -> Process {
    Process::start(command(bench).args(["--log", "warn"]))
}

pub(crate) fn logging_to(bench: &Bench, log: File) -> Process {
    Process::start(command(bench).stderr(log))
}

fn command(bench: &Bench) -> Command {
    let mut command = Command::new(program("fanner"));
    command
        .args(["run", "--ges", GES, "--listen", "127.0.0.1:0", "--reads-per-second", "0"])
        .args([
            "--control-plane",
            &bench.rules.endpoint(),
            "--rules-key",
            &bench.rules.key().to_string(),
            "--state-dir",
        ])
        .arg(bench.folder.path().join("state"))
        .env("AWS_ENDPOINT_URL_KINESIS", bench.endpoint())
        .envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")])
        .env_remove("RUST_LOG");
    command
}
