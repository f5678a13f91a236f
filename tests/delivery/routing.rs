//! Who gets what, and from when until when.

use std::time::Duration;

use fanner_model::{Format, PartitionBy};
use fanner_tests::{eventually, everything};

use crate::bench::Bench;
use crate::oracle::Verdict;

const EVENTS: [&str; 4] = ["card_swiped", "account_opened", "login_failed", "nobody_wants_it"];

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_gets_exactly_its_events_to_the_byte() {
    let bench = Bench::new(3).await;
    bench.consumer("fraud", &["card_swiped", "login_failed"]).await;
    bench.consumer("growth", &["account_opened", "login_failed"]).await;
    bench.consumer("idle", &[]).await;
    let fanner = bench.fanner().await;
    for event in EVENTS {
        bench.produce(event, 1_200).await;
    }
    bench.complete("fraud", &["card_swiped", "login_failed"]).await;
    bench.complete("growth", &["account_opened", "login_failed"]).await;
    fanner.stop().await.unwrap();
    assert_eq!(bench.verdict("fraud", &["card_swiped", "login_failed"]).await, Verdict::default());
    assert_eq!(bench.verdict("growth", &["account_opened", "login_failed"]).await, Verdict::default());
    assert_eq!(bench.verdict("idle", &[]).await, Verdict::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_before_there_are_rules() {
    let bench = Bench::new(1).await;
    bench.create("fraud", 1).await;
    bench.produce("card_swiped", 10).await;
    let mut config = bench.config();
    config.control_plane = "http://127.0.0.1:9".into();
    let fanner = fanner::start(config).await.unwrap();
    let address = fanner.address();
    let ready = reqwest::get(format!("http://{address}/readyz")).await.unwrap();
    assert_eq!(ready.status(), 503);
    fanner.stop().await.unwrap();
    let metrics = bench.folder.path().join("state/checkpoints");
    assert!(!metrics.exists(), "no checkpoint means that no shard was begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_event_is_not_delivered_any_more() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped", "login_failed"]).await;
    let fanner = bench.fanner().await;
    bench.produce("login_failed", 100).await;
    bench.complete("fraud", &["login_failed"]).await;
    bench.rules.give("fraud", &["card_swiped"]);
    bench.rules.obeyed().await;
    bench.produce("login_failed", 100).await;
    bench.produce("card_swiped", 100).await;
    bench.complete("fraud", &["card_swiped"]).await;
    fanner.stop().await.unwrap();
    let verdict = bench.verdict("fraud", &["card_swiped", "login_failed"]).await;
    assert_eq!(verdict, Verdict { lost: 100, ..Verdict::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_stream_is_dropped_when_the_stream_leaves_the_rules() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.consumer("growth", &["card_swiped"]).await;
    bench.fault("fraud", fanner_local::kinesis::FaultKind::Throttle, 1.0, None);
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 100).await;
    bench.complete("growth", &["card_swiped"]).await;
    bench.rules.remove("fraud");
    bench.rules.obeyed().await;
    bench.kinesis.faults().clear();
    bench.produce("card_swiped", 100).await;
    bench.complete("growth", &["card_swiped"]).await;
    fanner.stop().await.unwrap();
    assert_eq!(everything(&bench.client, "fraud").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_ends_at_its_hour_though_the_control_plane_is_away() {
    let mut bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.consumer("growth", &["card_swiped", "late"]).await;
    bench.rules.end_at("fraud", bench.now() + Duration::from_secs(3600));
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 50).await;
    bench.complete("fraud", &["card_swiped"]).await;
    bench.rules.vanish().await;
    bench.pass(Duration::from_secs(3600));
    bench.produce("late", 1).await;
    bench.produce("card_swiped", 50).await;
    bench.complete("growth", &["card_swiped", "late"]).await;
    fanner.stop().await.unwrap();
    assert_eq!(everything(&bench.client, "fraud").await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_rules_are_obeyed_while_the_control_plane_is_away_and_refused_when_cut_off() {
    let mut bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.fanner().await.stop().await.unwrap();
    bench.rules.vanish().await;
    bench.produce("card_swiped", 20).await;
    let fanner = fanner::start(bench.config()).await.unwrap();
    bench.complete("fraud", &["card_swiped"]).await;
    fanner.stop().await.unwrap();

    let stored = bench.folder.path().join("state/rules");
    let rules = std::fs::read(&stored).unwrap();
    std::fs::write(&stored, &rules[..rules.len() / 2]).unwrap();
    bench.produce("card_swiped", 20).await;
    let fanner = fanner::start(bench.config()).await.unwrap();
    let ready = reqwest::get(format!("http://{}/readyz", fanner.address())).await.unwrap();
    assert_eq!(ready.text().await.unwrap(), "no rules yet\n");
    fanner.stop().await.unwrap();
    assert_eq!(everything(&bench.client, "fraud").await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_users_events_go_to_one_shard_if_the_stream_asks_for_it() {
    let bench = Bench::new(2).await;
    bench.create("fraud", 4).await;
    bench.rules.give("fraud", &["card_swiped"]);
    bench.rules.shape("fraud", Format::Envelope, Some(PartitionBy::UserId));
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 400).await;
    let mut shards_of_user = std::collections::BTreeMap::<String, std::collections::BTreeSet<String>>::new();
    eventually("all envelopes to arrive", async || {
        let records = crate::bench::by_shard(&bench.client, "fraud").await;
        (records.len() == 400).then(|| {
            for (shard, record) in records {
                let opened = fanner_event::open(record.data.into_inner().into()).unwrap();
                assert_eq!(opened.partition_key(), record.partition_key.unwrap());
                shards_of_user.entry(opened.envelope.user_id).or_default().insert(shard);
            }
        })
    })
    .await;
    fanner.stop().await.unwrap();
    assert_eq!(shards_of_user.len(), 10);
    assert!(shards_of_user.values().all(|shards| shards.len() == 1), "{shards_of_user:?}");
}
