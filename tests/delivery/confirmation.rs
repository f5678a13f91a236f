//! How long a fanner goes on without hearing that its rules are still the newest: as long as what it delivers allows.

use std::time::Duration;

use fanner_model::Classification::{Public, Restricted};
use fanner_tests::{eventually, everything};

use crate::bench::Bench;
use crate::oracle::Verdict;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_care_waits_for_the_next_confirmation_and_nothing_is_lost() {
    let bench = careful_and_careless().await;
    let fanner = bench.fanner().await;
    bench.pass(4 * HOUR);
    bench.produce("card_swiped", 50).await;
    bench.complete("fraud", &["card_swiped"]).await;
    bench.pass(HOUR);
    bench.produce("card_swiped", 50).await;
    bench.complete("growth", &["card_swiped"]).await;
    assert_eq!(everything(&bench.client, "fraud").await.len(), 50);
    bench.rules.confirm();
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_without_the_control_plane_gives_no_more_time() {
    let mut bench = careful_and_careless().await;
    bench.fanner().await.stop().await.unwrap();
    bench.rules.vanish().await;
    bench.pass(3 * HOUR);
    deliver(&bench, 50).await;
    bench.complete("fraud", &["card_swiped"]).await;
    bench.pass(2 * HOUR);
    deliver(&bench, 50).await;
    assert_eq!(everything(&bench.client, "fraud").await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_the_control_plane_that_is_ahead_gives_no_more_time() {
    let bench = careful_and_careless().await;
    let ahead = bench.now() + 10 * HOUR;
    bench.rules.tamper(move |answer| crate::rules::signed(&serde_json::from_str(&answer.rules).unwrap(), 1, ahead));
    let fanner = bench.fanner().await;
    bench.pass(5 * HOUR);
    bench.produce("card_swiped", 50).await;
    bench.complete("growth", &["card_swiped"]).await;
    fanner.stop().await.unwrap();
    assert_eq!(everything(&bench.client, "fraud").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_ago_the_rules_were_confirmed_is_a_number_to_watch() {
    let mut bench = careful_and_careless().await;
    let fanner = bench.fanner().await;
    bench.pass(5 * HOUR);
    bench.rules.vanish().await;
    let address = fanner.address();
    eventually("the number to follow", async || {
        let metrics = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
        metrics.contains("fanner_rules_unconfirmed_seconds 18000\n").then_some(())
    })
    .await;
    fanner.stop().await.unwrap();
}

/// A world in which `fraud` gets restricted events, and `growth` the same as public ones.
async fn careful_and_careless() -> Bench {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.consumer("growth", &["card_swiped"]).await;
    bench.rules.classify("fraud", Restricted);
    bench.rules.classify("growth", Public);
    bench
}

/// Lets a fanner of its own deliver so many events to `growth`, and to `fraud` what it may.
async fn deliver(bench: &Bench, events: usize) {
    bench.produce("card_swiped", events).await;
    let fanner = fanner::start(bench.config()).await.unwrap();
    bench.complete("growth", &["card_swiped"]).await;
    fanner.stop().await.unwrap();
}
