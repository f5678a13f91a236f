//! A consumer's stream that misbehaves: its events wait, nobody else's do, and nothing is lost.

use fanner_local::kinesis::FaultKind;
use fanner_tests::eventually;

use crate::bench::Bench;
use crate::oracle::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_stream_gets_everything_in_the_end() {
    let verdict = survived(FaultKind::Throttle, 0.7, Some(60)).await;
    assert_eq!(verdict, Verdict::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_failed_records_of_a_request_are_sent_again() {
    let verdict = survived(FaultKind::Partial(0.3), 1.0, Some(40)).await;
    assert_eq!(verdict, Verdict::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_fails_before_the_write_is_sent_again() {
    let verdict = survived(FaultKind::ErrorBefore, 0.5, Some(40)).await;
    assert_eq!(verdict, Verdict::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_duplicates_and_loses_nothing() {
    for kind in [FaultKind::ErrorAfter, FaultKind::DropAfter] {
        let verdict = survived(kind, 0.5, Some(10)).await;
        assert!(verdict.is_complete() && 0 < verdict.duplicates, "{verdict:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hung_stream_gets_everything_once_it_answers() {
    let verdict = survived(FaultKind::Hang, 1.0, Some(6)).await;
    assert!(verdict.is_complete(), "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_stream_is_detached_and_the_others_do_not_notice() {
    let bench = Bench::new(2).await;
    let streams: Vec<_> = (0..10).map(|number| format!("stream-{number}")).collect();
    for stream in &streams {
        bench.consumer(stream, &["card_swiped"]).await;
    }
    bench.fault(&streams[0], FaultKind::AccessDenied, 1.0, None);
    let fanner = bench.fanner().await;
    // Far more than a queue holds: were the others to wait for the denied one, they would never be complete.
    for _ in 0..10 {
        bench.produce("card_swiped", 2_500).await;
    }
    for stream in &streams[1..] {
        assert_eq!(bench.complete(stream, &["card_swiped"]).await, Verdict::default());
    }
    assert_eq!(bench.verdict(&streams[0], &["card_swiped"]).await.lost, 25_000);
    bench.kinesis.faults().clear();
    assert_eq!(bench.complete(&streams[0], &["card_swiped"]).await, Verdict::default());
    bench.produce("card_swiped", 1_000).await;
    for stream in &streams {
        assert_eq!(bench.complete(stream, &["card_swiped"]).await, Verdict::default());
    }
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_stream_gets_everything_once_it_is_there_again() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.consumer("growth", &["card_swiped", "account_opened"]).await;
    let fanner = bench.fanner().await;
    bench.produce("account_opened", 10).await;
    bench.complete("growth", &["account_opened"]).await;
    bench.client.delete_stream().stream_name("fraud").send().await.unwrap();
    bench.produce("card_swiped", 1_000).await;
    bench.complete("growth", &["card_swiped", "account_opened"]).await;
    eventually("`fraud` to be gone", async || {
        bench.client.describe_stream_summary().stream_name("fraud").send().await.err()
    })
    .await;
    bench.create("fraud", 1).await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stream_catches_up_after_a_restart() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.consumer("growth", &["card_swiped"]).await;
    bench.fault("fraud", FaultKind::AccessDenied, 1.0, None);
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 3_000).await;
    bench.complete("growth", &["card_swiped"]).await;
    fanner.stop().await.unwrap();
    bench.kinesis.faults().clear();
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 1_000).await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    assert_eq!(bench.complete("growth", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

/// What two streams hold in the end, of which one suffers a fault while events are produced.
async fn survived(kind: FaultKind, probability: f64, count: Option<u64>) -> Verdict {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.consumer("growth", &["card_swiped"]).await;
    let fanner = bench.fanner().await;
    bench.fault("fraud", kind, probability, count);
    for _ in 0..20 {
        bench.produce("card_swiped", 250).await;
    }
    assert_eq!(bench.complete("growth", &["card_swiped"]).await, Verdict::default());
    bench.complete("fraud", &["card_swiped"]).await;
    assert!(0 < bench.kinesis.faults().report().hits, "the fault must have struck");
    fanner.stop().await.unwrap();
    assert_eq!(bench.verdict("growth", &["card_swiped"]).await, Verdict::default());
    bench.verdict("fraud", &["card_swiped"]).await
}
