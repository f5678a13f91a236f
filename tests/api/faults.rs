//! When Kinesis fails: what passes by itself is waited for, what needs somebody is said in words, and a control plane that
//! dies at any step leaves nothing behind.

use std::time::Duration;

use fanner_client::Precondition;
use fanner_local::kinesis::FaultKind;
use fanner_model::Phase;
use fanner_tests::{Plane, eventually, named, on_both_databases, settled, spec};
use serde_json::json;

const WAIT: Duration = Duration::from_secs(30);

on_both_databases! {
    async fn too_many_calls_and_lost_answers_are_waited_for(plane: Plane) {
        let fraud = plane.member("fraud").await;
        for kind in [FaultKind::Throttle, FaultKind::ErrorBefore, FaultKind::ErrorAfter, FaultKind::DropAfter] {
            for operation in ["CreateStream", "DescribeStreamSummary", "ListTagsForStream", "IncreaseStreamRetentionPeriod"] {
                plane.fail(operation, kind, 1);
                let name = format!("{operation}-{kind:?}");
                let stream = settled(&fraud, &name, json!({"shard_count": 1, "retention_hours": 48})).await;
                assert!(stream.is_ready(), "{name}: {stream:?}");
                assert_eq!(stream.status.seen.expect("it was seen").retention_hours, 48);
            }
        }
    }

    async fn a_missing_permission_is_named_and_the_stream_follows_once_it_is_granted(plane: Plane) {
        let fraud = plane.member("fraud").await;
        plane.fail("CreateStream", FaultKind::AccessDenied, 1);
        let failed = settled(&fraud, "s", json!({"shard_count": 1})).await;
        assert_eq!((failed.status.phase, failed.status.seen), (Phase::Failed, None));
        assert_eq!(failed.status.reason.as_deref(), Some("the control plane may not create the stream with 1 shard: its AWS role lacks the permission `kinesis:CreateStream`; the platform team can grant it"));
        assert!(settled(&fraud, "s", json!({"shard_count": 1})).await.is_ready());
    }

    async fn a_failed_stream_is_tried_again_without_being_asked_for(plane: Plane) {
        let fraud = plane.member("fraud").await;
        plane.fail("CreateStream", FaultKind::AccessDenied, 1);
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        plane.clock.advance(Duration::from_secs(61));
        eventually("the stream", async || fraud.stream(&named("s")).await.expect("it is there").is_ready().then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_that_dies_between_any_two_steps_is_carried_on_by_the_next() {
    let mut plane = Plane::on_sqlite().await;
    let wanted = json!({"shard_count": 2, "retention_hours": 48, "kms_key_arn": "alias/k", "readers": ["arn:aws:iam::123456789012:role/r"], "tags": {"a": "1"}});
    let changed = json!({"shard_count": 5, "retention_hours": 24, "tags": {"b": "1"}});
    let operations = [
        "CreateStream",
        "PutResourcePolicy",
        "StartStreamEncryption",
        "IncreaseStreamRetentionPeriod",
        "DescribeStreamSummary",
        "UpdateShardCount",
        "AddTagsToStream",
        "RemoveTagsFromStream",
        "StopStreamEncryption",
        "DeleteResourcePolicy",
    ];
    for (index, operation) in operations.into_iter().enumerate() {
        let name = format!("s-{index}");
        let fraud = plane.member("fraud").await;
        if index < 5 {
            plane.fail(operation, FaultKind::Hang, 1);
            fraud.put_stream(&named(&name), &spec(wanted.clone()), Precondition::None).await.expect("it is accepted");
        } else {
            assert!(settled(&fraud, &name, wanted.clone()).await.is_ready());
            plane.fail(operation, FaultKind::Hang, 1);
            fraud.put_stream(&named(&name), &spec(changed.clone()), Precondition::None).await.expect("it is accepted");
        }
        eventually("the control plane to hang", async || (plane.faults().report().hits == 1).then_some(())).await;
        plane = plane.crashed().await;
        let fraud = plane.member("fraud").await;
        let stream = fraud.settled_stream(&named(&name), WAIT).await.expect("it is there");
        assert!(stream.is_ready(), "{operation}: {stream:?}");
    }
}
