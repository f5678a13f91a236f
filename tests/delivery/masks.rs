//! What a mask takes away from one stream, and from no other.

use fanner_tests::{eventually, everything};
use serde_json::Value;

use crate::aside::kept;
use crate::bench::Bench;
use crate::oracle::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_stream_gets_its_events_without_the_field_and_the_one_beside_it_with_it() {
    let bench = Bench::new(2).await;
    bench.consumer("growth", &["card_swiped"]).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    bench.rules.mask("growth", "number");
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 300).await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    assert_eq!(bench.complete("growth", &["card_swiped"]).await, Verdict { altered: 300, ..Verdict::default() });
    fanner.stop().await.unwrap();
    for record in everything(&bench.client, "growth").await {
        let payload: Value = serde_json::from_slice(record.data().as_ref()).unwrap();
        assert_eq!((&payload["number"], payload["blank"].is_string()), (&Value::Null, true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_masked_is_withheld_from_that_stream_and_kept_aside_once() {
    let bench = Bench::new(1).await;
    bench.consumer("growth", &["card_swiped", "photo_taken"]).await;
    bench.consumer("fraud", &["card_swiped", "photo_taken"]).await;
    bench.rules.mask("growth", "number");
    let fanner = bench.fanner().await;
    bench.produce_large("photo_taken", 100).await;
    bench.produce("card_swiped", 10).await;
    bench.complete("growth", &["card_swiped"]).await;
    eventually("`fraud` to have all", async || (everything(&bench.client, "fraud").await.len() == 11).then_some(()))
        .await;
    fanner.stop().await.unwrap();
    bench.fanner().await.stop().await.unwrap();
    assert_eq!(everything(&bench.client, "growth").await.len(), 10);
    let kept = kept(&bench);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0].stream.as_ref().map(|stream| stream.as_str()), Some("growth"));
    assert_eq!(kept[0].reason, "the stream's mask cannot be applied to a payload that is not sound JSON");
}
