//! Streams: asked for, made real, changed, lost and deleted.

use std::time::Duration;

use aws_sdk_kinesis::types::{StreamDescriptionSummary, StreamMode};
use fanner_client::{Client, Precondition};
use fanner_model::{Code, Phase, Stream, StreamSpec};
use fanner_tests::{Plane, named, on_both_databases, settled, spec};
use serde_json::{Value, json};

use crate::{line, refusal};

const WAIT: Duration = Duration::from_secs(30);

on_both_databases! {
    async fn six_lines_become_a_kinesis_stream(plane: Plane) {
        plane.declare("fraud", &["card_swiped", "account_opened"]).await;
        let fraud = plane.member("fraud").await;
        let wanted = json!({"shard_count": 2, "retention_hours": 48, "events": ["card_swiped", "account_opened"], "tags": {"cost": "7"}});
        let stream = settled(&fraud, "fraud-signals", wanted).await;
        assert_eq!((stream.status.phase, stream.status.reason.as_deref()), (Phase::Active, None));
        assert!(stream.is_ready() && stream.access.values().all(|access| access.is_active()));
        let made = describe(&plane, "fraud-signals").await.expect("Kinesis has it");
        assert_eq!((made.open_shard_count, made.retention_period_hours), (2, 48));
        assert_eq!(tags(&plane, "fraud-signals").await, [("cost".to_owned(), "7".to_owned()), ("fanner:stream-id".to_owned(), stream.id.to_string())]);
    }

    async fn capacity_changes_in_place_by_any_factor_and_both_ways(plane: Plane) {
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 2})).await;
        for shards in [5, 1, 4] {
            let stream = settled(&fraud, "s", json!({"shard_count": shards})).await;
            assert!(stream.is_ready(), "{stream:?}");
            assert_eq!(describe(&plane, "s").await.map(|made| made.open_shard_count), Some(shards));
        }
        assert!(settled(&fraud, "s", json!({})).await.is_ready());
        assert_eq!(mode(&plane, "s").await, StreamMode::OnDemand);
        assert!(settled(&fraud, "s", json!({"shard_count": 2})).await.is_ready());
        assert_eq!(mode(&plane, "s").await, StreamMode::Provisioned);
        assert_eq!(describe(&plane, "s").await.map(|made| made.open_shard_count), Some(2));
    }

    async fn retention_tags_readers_and_encryption_change_in_place(plane: Plane) {
        let fraud = plane.member("fraud").await;
        let reader = "arn:aws:iam::123456789012:role/reader";
        let full = json!({"shard_count": 1, "retention_hours": 48, "readers": [reader], "kms_key_arn": "alias/aws/kinesis", "tags": {"a": "1", "b": "2"}});
        let stream = settled(&fraud, "s", full).await;
        let seen = stream.status.seen.clone().expect("it was seen");
        assert!(stream.is_ready(), "{stream:?}");
        assert_eq!((seen.retention_hours, seen.kms_key.as_deref()), (48, Some("alias/aws/kinesis")));
        assert_eq!(seen.readers.into_iter().collect::<Vec<_>>(), [reader]);
        let bare = settled(&fraud, "s", json!({"shard_count": 1, "tags": {"b": "3"}})).await;
        let seen = bare.status.seen.clone().expect("it was seen");
        assert!(bare.is_ready(), "{bare:?}");
        assert_eq!((seen.retention_hours, seen.kms_key, seen.readers.len()), (24, None, 0));
        assert_eq!(seen.tags, [("b".to_owned(), "3".to_owned())].into());
    }

    async fn asking_again_for_the_same_changes_nothing(plane: Plane) {
        let fraud = plane.member("fraud").await;
        let first = settled(&fraud, "s", json!({"shard_count": 1})).await;
        let again = put(&fraud, "s", json!({"shard_count": 1})).await.expect("it is accepted");
        assert_eq!(again, first);
    }

    async fn a_stream_deleted_behind_our_back_is_missing_until_it_is_asked_for_again(plane: Plane) {
        let fraud = plane.member("fraud").await;
        let first = settled(&fraud, "s", json!({"shard_count": 1})).await;
        plane.kinesis().delete_stream().stream_name("s").send().await.expect("it is deleted");
        let missing = fraud.fresh_stream(&named("s")).await.expect("the record is there");
        assert_eq!((missing.status.phase, missing.status.seen), (Phase::Missing, None));
        assert_eq!(fraud.streams(None).await.expect("a list").items[0].status.phase, Phase::Missing);
        let wanted = spec::<StreamSpec>(json!({"shard_count": 1}));
        fraud.put_stream(&named("s"), &wanted, Precondition::Absent).await.expect("it counts as absent");
        let anew = fraud.settled_stream(&named("s"), WAIT).await.expect("it is there");
        assert!(anew.is_ready() && anew.id != first.id, "{anew:?}");
    }

    async fn drift_is_told_and_the_next_apply_repairs_it(plane: Plane) {
        let fraud = plane.member("fraud").await;
        let first = settled(&fraud, "s", json!({"shard_count": 1, "tags": {"a": "1"}})).await;
        let kinesis = plane.kinesis();
        kinesis.add_tags_to_stream().stream_name("s").tags("a", "2").send().await.expect("tags change");
        kinesis.increase_stream_retention_period().stream_name("s").retention_period_hours(30).send().await.expect("retention changes");
        let drifted = fraud.fresh_stream(&named("s")).await.expect("the stream is there");
        assert_eq!(drifted.status.phase, Phase::Active);
        assert_eq!(
            drifted.status.reason.as_deref(),
            Some("retention is 30 hours in Kinesis though 24 were asked for; the next apply changes it back; \
                  tags differ in Kinesis from what was asked for; the next apply changes it back")
        );
        let repaired = settled(&fraud, "s", json!({"shard_count": 1, "tags": {"a": "1"}})).await;
        assert_eq!(repaired.generation, first.generation + 1);
        let seen = repaired.status.seen.expect("it was seen");
        assert_eq!((seen.retention_hours, seen.tags), (24, [("a".to_owned(), "1".to_owned())].into()));
    }

    async fn a_policy_that_somebody_widened_is_repaired_at_once(plane: Plane) {
        let fraud = plane.member("fraud").await;
        let stream = settled(&fraud, "s", json!({"shard_count": 1})).await;
        let arn = stream.status.seen.expect("it was seen").arn;
        let wide = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::999999999999:root"}},"Action":["kinesis:GetRecords"],"Resource":"{arn}"}}]}}"#);
        plane.kinesis().put_resource_policy().resource_arn(&arn).policy(wide).send().await.expect("the policy changes");
        fanner_tests::eventually("the policy to go", async || {
            fraud.fresh_stream(&named("s")).await.expect("the stream is there");
            let policy = plane.kinesis().get_resource_policy().resource_arn(&arn).send().await;
            policy.map_or(true, |policy| policy.policy.is_empty() || policy.policy == "{}").then_some(())
        }).await;
    }

    async fn a_shard_count_that_somebody_changed_is_told_and_left_alone(plane: Plane) {
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let kinesis = plane.kinesis();
        kinesis.update_shard_count().stream_name("s").target_shard_count(2).scaling_type("UNIFORM_SCALING".into()).send().await.expect("it splits");
        let told = fraud.fresh_stream(&named("s")).await.expect("the stream is there");
        assert_eq!(told.status.reason.as_deref(), Some("the stream has 2 shards in Kinesis though 1 were asked for; change `shard_count` to change them"));
        settled(&fraud, "s", json!({"shard_count": 1, "retention_hours": 30})).await;
        assert_eq!(describe(&plane, "s").await.map(|made| made.open_shard_count), Some(2));
    }

    async fn a_foreign_stream_of_that_name_is_never_touched(plane: Plane) {
        plane.kinesis().create_stream().stream_name("s").shard_count(3).send().await.expect("somebody creates it");
        let fraud = plane.member("fraud").await;
        let failed = settled(&fraud, "s", json!({"shard_count": 1})).await;
        assert_eq!((failed.status.phase, failed.status.seen), (Phase::Failed, None));
        assert_eq!(failed.status.reason.as_deref(), Some("Kinesis has a stream `s` that fanner did not create; choose another name, or delete that stream"));
        delete(&fraud, "s").await;
        assert_eq!(describe(&plane, "s").await.map(|made| made.open_shard_count), Some(3));
    }

    async fn deleting_leaves_nothing(plane: Plane) {
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        delete(&fraud, "s").await;
        assert!(describe(&plane, "s").await.is_none());
        assert!(fraud.streams(None).await.expect("a list").items.is_empty());
        assert!(settled(&fraud, "s", json!({"shard_count": 1})).await.is_ready());
    }

    async fn a_protected_stream_is_not_deleted(plane: Plane) {
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1, "deletion_protection": true})).await;
        let problem = refusal(fraud.delete_stream(&named("s")).await);
        assert_eq!((problem.code, problem.detail.as_str()), (Code::Protected, "deletion protection of stream `s` is on; turn `deletion_protection` off first"));
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        delete(&fraud, "s").await;
    }

    async fn writes_that_expect_something_else_are_refused(plane: Plane) {
        let fraud = plane.member("fraud").await;
        let stream = settled(&fraud, "s", json!({"shard_count": 1})).await;
        let wanted = spec::<StreamSpec>(json!({"shard_count": 1, "description": "x"}));
        let absent = refusal(fraud.put_stream(&named("s"), &wanted, Precondition::Absent).await);
        assert_eq!((absent.code, absent.detail.as_str()), (Code::AlreadyExists, "stream `s` exists already; import it, or choose another name"));
        let stale = refusal(fraud.put_stream(&named("s"), &wanted, Precondition::Generation(stream.generation + 1)).await);
        assert_eq!((stale.code, stale.detail.as_str()), (Code::Stale, "stream `s` is at generation 1, not 2; read it again, then decide"));
        let right = fraud.put_stream(&named("s"), &wanted, Precondition::Generation(stream.generation)).await;
        assert_eq!(right.map(|stream| stream.generation).ok(), Some(2));
    }

    async fn what_is_wrong_is_said_at_its_field(plane: Plane) {
        plane.declare("fraud", &["card_swiped"]).await;
        plane.declare("payments", &["payout"]).await;
        let fraud = plane.member("fraud").await;
        let mut problems = Vec::new();
        for (name, wanted) in [
            ("s", json!({"events": ["card_swipped"]})),
            ("s", json!({"events": ["card_swiped", "payout"]})),
            ("s", json!({"team": "payments"})),
            ("global-events", json!({})),
        ] {
            problems.push(line(&refusal(put(&fraud, name, wanted).await)));
        }
        insta::allow_duplicates! { insta::assert_snapshot!(problems.join("\n"), @r"
        unknown_event at events[0]: event `card_swipped` is not declared; did you mean `card_swiped`?
        access_denied at events[1]: say what `payout` is used for: add `purpose`; it needs an approved grant; owner: team `payments`; security has to approve it, too; `payout` is `restricted` and team `fraud` is cleared for `internal`: ask security to raise the clearance
        forbidden at team: a token of team `fraud` cannot act for team `payments`; leave `team` out, or use a token of that team
        forbidden at name: stream name `global-events` is reserved for the platform; choose another name
        "); }
        assert!(fraud.streams(None).await.expect("a list").items.is_empty());
    }

    async fn another_teams_stream_is_neither_seen_nor_changed(plane: Plane) {
        let (fraud, payments) = (plane.member("fraud").await, plane.member("payments").await);
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let words = "stream `s` belongs to team `fraud`; a token of team `payments` may not touch it";
        for problem in [
            refusal(payments.stream(&named("s")).await),
            refusal(put(&payments, "s", json!({})).await),
            refusal(payments.delete_stream(&named("s")).await),
        ] {
            assert_eq!((problem.code, problem.detail.as_str()), (Code::Forbidden, words));
        }
        assert!(payments.streams(None).await.expect("a list").items.is_empty());
        assert_eq!(plane.platform().await.streams(None).await.expect("a list").items.len(), 1);
    }

    async fn lists_are_paged_by_name(plane: Plane) {
        let fraud = plane.member("fraud").await;
        for name in ["b", "a", "C", "d"] {
            put(&fraud, name, json!({"shard_count": 1})).await.expect("it is accepted");
        }
        let token = plane.token("fraud", fanner_model::Role::Member).await;
        let mut names = Vec::new();
        let mut path = "/v1/streams?limit=3".to_owned();
        loop {
            let page = plane.ask(reqwest::Method::GET, &path, Some(&token), None).await.body;
            let items = page["items"].as_array().expect("a page has items");
            names.extend(items.iter().map(|stream| stream["name"].as_str().unwrap_or_default().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/streams?limit=3&after={next}");
        }
        assert_eq!(names, ["C", "a", "b", "d"]);
    }
}

async fn put(client: &Client, name: &str, json: Value) -> Result<Stream, fanner_client::Error> {
    client.put_stream(&named(name), &spec(json), Precondition::None).await
}

/// Deletes a stream and waits until it is gone.
async fn delete(client: &Client, name: &str) {
    client.delete_stream(&named(name)).await.expect("the deletion is accepted");
    let gone = client.settled_stream(&named(name), WAIT).await;
    assert!(gone.as_ref().is_err_and(fanner_client::Error::is_not_found), "{gone:?}");
}

async fn describe(plane: &Plane, name: &str) -> Option<StreamDescriptionSummary> {
    plane.kinesis().describe_stream_summary().stream_name(name).send().await.ok()?.stream_description_summary
}

async fn mode(plane: &Plane, name: &str) -> StreamMode {
    let made = describe(plane, name).await.expect("Kinesis has it");
    made.stream_mode_details.expect("it has a mode").stream_mode
}

async fn tags(plane: &Plane, name: &str) -> Vec<(String, String)> {
    let tags = plane.kinesis().list_tags_for_stream().stream_name(name).send().await.expect("tags are listed").tags;
    let mut tags: Vec<_> = tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect();
    tags.sort();
    tags
}
