//! Time that passes in Kinesis: iterators grow old, and records that nobody read are trimmed.

use std::time::Duration;

use fanner_tests::eventually;

use crate::bench::Bench;
use crate::oracle::Verdict;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_iterator_is_replaced_and_nothing_is_missed_or_repeated() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    let fanner = bench.fanner().await;
    for _ in 0..3 {
        bench.produce("card_swiped", 100).await;
        bench.complete("fraud", &["card_swiped"]).await;
        bench.pass(6 * MINUTE);
    }
    bench.produce("card_swiped", 100).await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn records_trimmed_before_they_were_read_are_reported_as_a_gap() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["read", "trimmed", "after"]).await;
    let fanner = bench.fanner().await;
    bench.produce("read", 10).await;
    bench.complete("fraud", &["read"]).await;
    fanner.stop().await.unwrap();
    bench.produce("trimmed", 10).await;
    bench.pass(2 * DAY);
    bench.produce("after", 10).await;
    let fanner = bench.fanner().await;
    eventually("the events after the gap to arrive", async || {
        (bench.verdict("fraud", &["after"]).await.lost == 0).then_some(())
    })
    .await;
    assert_eq!(metric(&fanner, "fanner_gaps_total").await, "1");
    assert_eq!(bench.verdict("fraud", &["trimmed"]).await.lost, 10);
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_global_event_stream_created_anew_is_read_from_its_start() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 10).await;
    bench.complete("fraud", &["card_swiped"]).await;
    bench.pass(MINUTE);
    bench.client.delete_stream().stream_name(crate::bench::GES).send().await.unwrap();
    bench.create(crate::bench::GES, 2).await;
    bench.produce("card_swiped", 10).await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

/// The value of a metric that has one line.
async fn metric(fanner: &fanner::Running, name: &str) -> String {
    let metrics = reqwest::get(format!("http://{}/metrics", fanner.address())).await.unwrap().text().await.unwrap();
    let line = metrics.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {metrics}"));
    line.rsplit(' ').next().unwrap().to_owned()
}
