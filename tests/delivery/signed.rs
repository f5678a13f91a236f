//! Rules that somebody altered, signed with another key or sent again are obeyed nowhere: not from the wire, not from disk.

use std::fs;
use std::path::PathBuf;

use fanner_client::Client;
use fanner_model::{Revision, RuleSet, SignedRules};
use fanner_note::digest;
use fanner_tests::{eventually, everything};
use serde_json::Value;

use crate::bench::Bench;
use crate::oracle::Verdict;
use crate::rules::signed;

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_were_altered_on_disk_are_refused_though_their_checksum_is_right() {
    let mut bench = kept().await;
    bench.rules.vanish().await;
    let stored = stored(&bench);
    let text = fs::read_to_string(&stored).unwrap();
    let (_, content) = text.split_once('\n').unwrap();
    fs::write(&stored, sealed(&content.replace("login_failed", "card_swiped"))).unwrap();
    nothing_is_delivered(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_on_disk_that_another_key_signed_are_refused() {
    let mut bench = kept().await;
    bench.rules.vanish().await;
    let stored = stored(&bench);
    let text = fs::read_to_string(&stored).unwrap();
    let mut content: Value = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
    let rules: RuleSet = serde_json::from_str(content["signed"]["rules"].as_str().unwrap()).unwrap();
    content["signed"] = serde_json::to_value(signed(&rules, 2, bench.now())).unwrap();
    fs::write(&stored, sealed(&content.to_string())).unwrap();
    nothing_is_delivered(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_on_the_wire_that_another_key_signed_change_nothing() {
    let bench = kept().await;
    let now = bench.now();
    let fanner = bench.fanner().await;
    bench.rules.tamper(move |answer| SignedRules { key: answer.key, ..signed(&read(&answer.rules), 2, now) });
    bench.rules.give("fraud", &["card_swiped", "login_failed"]);
    bench.produce("card_swiped", 50).await;
    bench.produce("login_failed", 50).await;
    assert_eq!(bench.complete("fraud", &["login_failed"]).await, Verdict::default());
    assert_eq!(everything(&bench.client, "fraud").await.len(), 50, "what the forged rules give is not delivered");
    bench.rules.tamper(|answer| answer);
    bench.rules.obeyed().await;
    bench.produce("card_swiped", 50).await;
    eventually("what the genuine rules give", async || {
        (everything(&bench.client, "fraud").await.len() == 100).then_some(())
    })
    .await;
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_played_again_does_not_bring_back_what_was_revoked() {
    let bench = kept().await;
    bench.rules.give("fraud", &["card_swiped", "login_failed"]);
    let client = Client::new(&bench.rules.endpoint(), None, "test").unwrap();
    let earlier = client.rules(&"w".parse().unwrap(), None, std::time::Duration::ZERO).await.unwrap();
    let fanner = bench.fanner().await;
    bench.rules.give("fraud", &["login_failed"]);
    bench.rules.obeyed().await;
    bench.rules.tamper(move |_| earlier.clone());
    bench.rules.confirm();
    bench.produce("card_swiped", 50).await;
    bench.produce("login_failed", 50).await;
    assert_eq!(bench.complete("fraud", &["login_failed"]).await, Verdict::default());
    fanner.stop().await.unwrap();
    nothing_more_is_delivered(&bench, 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_the_first_one_that_is_seen_is_believed_and_no_other_from_then_on() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["login_failed"]).await;
    let config = || fanner::Config { rules_keys: Vec::new(), ..bench.config() };
    let fanner = fanner::start(config()).await.unwrap();
    bench.rules.obeyed().await;
    fanner.stop().await.unwrap();
    let (now, revision) = (bench.now(), Revision(100));
    bench.rules.tamper(move |answer| signed(&RuleSet { revision, ..read(&answer.rules) }, 2, now));
    let fanner = fanner::start(config()).await.unwrap();
    bench.produce("login_failed", 50).await;
    bench.complete("fraud", &["login_failed"]).await;
    let metrics = reqwest::get(format!("http://{}/metrics", fanner.address())).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("fanner_rules_revision 1\n"), "{metrics}");
    fanner.stop().await.unwrap();
}

/// A world in which `fraud` may have `login_failed`, and a fanner that has gone again has kept the rules that say so.
async fn kept() -> Bench {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["login_failed"]).await;
    bench.fanner().await.stop().await.unwrap();
    bench
}

/// Starts a fanner that has nothing but what is on its disk.
async fn nothing_is_delivered(bench: &Bench) {
    bench.produce("card_swiped", 20).await;
    bench.produce("login_failed", 20).await;
    let fanner = fanner::start(bench.config()).await.unwrap();
    let ready = reqwest::get(format!("http://{}/readyz", fanner.address())).await.unwrap();
    assert_eq!(ready.text().await.unwrap(), "no rules yet\n");
    fanner.stop().await.unwrap();
    assert_eq!(everything(&bench.client, "fraud").await.len(), 0);
}

/// Starts another fanner on the same state, which gets the same answers.
async fn nothing_more_is_delivered(bench: &Bench, delivered: usize) {
    let fanner = fanner::start(bench.config()).await.unwrap();
    bench.produce("card_swiped", 20).await;
    bench.produce("login_failed", 20).await;
    bench.complete("fraud", &["login_failed"]).await;
    fanner.stop().await.unwrap();
    assert_eq!(everything(&bench.client, "fraud").await.len(), delivered + 20);
}

fn stored(bench: &Bench) -> PathBuf {
    bench.folder.path().join("state/rules")
}

/// The file that a fanner would have written.
fn sealed(content: &str) -> String {
    let digest = digest(content);
    let checksum: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("fanner sha256 {checksum}\n{content}")
}

fn read(rules: &str) -> RuleSet {
    serde_json::from_str(rules).unwrap()
}
