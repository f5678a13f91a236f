//! A Global Event Stream that is split and merged while events flow.

use fanner_tests::eventually;

use crate::bench::{Bench, GES};
use crate::oracle::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn splits_and_merges_under_load_lose_nothing_and_repeat_nothing() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    let fanner = bench.fanner().await;
    for shards in [4, 8, 4, 3] {
        bench.produce("card_swiped", 1_000).await;
        scale(&bench, shards).await;
        bench.produce("card_swiped", 1_000).await;
    }
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reshard_while_the_fanner_is_down_is_followed_when_it_is_back() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 500).await;
    fanner.stop().await.unwrap();
    bench.produce("card_swiped", 500).await;
    scale(&bench, 4).await;
    bench.produce("card_swiped", 500).await;
    scale(&bench, 2).await;
    bench.produce("card_swiped", 500).await;
    let fanner = bench.fanner().await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 10).await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
}

async fn scale(bench: &Bench, shards: i32) {
    eventually("the stream to take the change", async || {
        let scaling = aws_sdk_kinesis::types::ScalingType::UniformScaling;
        let update = bench.client.update_shard_count().stream_name(GES).target_shard_count(shards);
        update.scaling_type(scaling).send().await.ok()
    })
    .await;
    eventually("the change to be done", async || {
        let answer = bench.client.describe_stream_summary().stream_name(GES).send().await.unwrap();
        (answer.stream_description_summary()?.open_shard_count() == shards).then_some(())
    })
    .await;
}
