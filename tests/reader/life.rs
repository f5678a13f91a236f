//! The life of a reader role: made, widened, narrowed, taken away, gone with its stream.

use fanner_model::{Conclusion, Phase, ReaderRole, Role, StreamName, reading};
use fanner_tests::{eventually, named};
use jiff::Timestamp;
use serde_json::json;

use crate::setting::{BOUNDARY, Setting, arns, ask, gone, put};

#[tokio::test(flavor = "multi_thread")]
async fn a_role_lives_and_dies_with_the_wish_for_it_on_sqlite() {
    a_role_lives_and_dies_with_the_wish_for_it(Setting::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_lives_and_dies_with_the_wish_for_it_on_postgresql() {
    a_role_lives_and_dies_with_the_wish_for_it(Setting::on_postgres().await).await;
}

async fn a_role_lives_and_dies_with_the_wish_for_it(setting: Setting) {
    let client = setting.client("fraud", Role::Member).await;
    let role = json!({"trusted": arns(&["scorer"]), "application": "fraud.scores"});
    let stream = put(&client, "signals", json!({"shard_count": 1, "reader_role": role})).await;
    assert_eq!((stream.status.phase, &stream.status.reason), (Phase::Active, &None));
    let kinesis = &stream.status.seen.as_ref().expect("it is in Kinesis").arn;
    let made = setting.iam.role(stream.id).await.expect("the role is there");
    assert_eq!(Some(made.arn.as_str()), stream.reader_role_arn());
    assert_eq!(Some(&made.arn), ReaderRole::arn(stream.id, kinesis).as_ref(), "Terraform plans it");
    assert_eq!(made.boundary.as_deref(), Some(BOUNDARY));
    assert_eq!(made.tags, [("fanner:stream-id".to_owned(), stream.id.to_string())].into());
    assert_eq!((made.trusted(), made.since()), (&json!(arns(&["scorer"])), None));
    let application = named("fraud.scores");
    let policy = reading::role_policy(kinesis, Some(&application));
    assert_eq!(made.inline, [("fanner-read".to_owned(), policy)].into());

    let stream = put(&client, "signals", json!({"shard_count": 1})).await;
    assert_eq!((stream.reader_role_arn(), setting.iam.role(stream.id).await), (None, None));
    ask(&client, "signals", &["scorer"]).await;
    assert!(setting.iam.role(stream.id).await.is_some());
    client.delete_stream(&named("signals")).await.expect("it may be deleted");
    gone(&client, "signals").await;
    assert_eq!(setting.iam.role(stream.id).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_taken_out_loses_the_sessions_that_began_before() {
    let setting = Setting::new().await;
    let client = setting.client("fraud", Role::Member).await;
    let stream = ask(&client, "signals", &["a", "b"]).await;
    ask(&client, "signals", &["a", "b", "c"]).await;
    let widened = setting.iam.role(stream.id).await.expect("the role is there");
    assert_eq!((widened.trusted(), widened.since()), (&json!(arns(&["a", "b", "c"])), None));
    assert!(!widened.inline.contains_key("fanner-sessions"), "nobody was taken out");

    ask(&client, "signals", &["a", "c"]).await;
    let narrowed = setting.iam.role(stream.id).await.expect("the role is there");
    let since: i64 = narrowed.since().expect("the moment is noted").parse().expect("it is a number");
    let since = Timestamp::from_second(since).expect("it is a time").to_string();
    assert_eq!(narrowed.trusted(), &json!(arns(&["a", "c"])));
    let deny = &narrowed.inline["fanner-sessions"]["Statement"][0];
    assert_eq!((&deny["Effect"], &deny["Action"], &deny["Resource"]), (&json!("Deny"), &json!("*"), &json!("*")));
    assert_eq!(deny["Condition"], json!({"DateLessThan": {"aws:TokenIssueTime": since}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_the_name_that_is_not_ours_stays_as_it_is() {
    let setting = Setting::new().await;
    let client = setting.client("fraud", Role::Member).await;
    let stream = ask(&client, "signals", &["scorer"]).await;
    let name = ReaderRole::name(stream.id);
    let untagged = setting.iam.0.untag_role().role_name(&name).tag_keys("fanner:stream-id").send().await;
    untagged.expect("the tag is taken away");
    let told = ask(&client, "signals", &["somebody"]).await;
    assert_eq!(told.status.phase, Phase::Failed);
    let reason = told.status.reason.expect("it is told");
    assert!(reason.starts_with(&format!("IAM has a role `{name}` that fanner did not make")), "{reason}");
    let left = setting.iam.role(stream.id).await.expect("it is left alone");
    assert_eq!((left.trusted(), left.inline.len()), (&json!(arns(&["scorer"])), 1));
    client.delete_stream(&named("signals")).await.expect("it may be deleted");
    eventually("the stream to wait for the end of a role that reads it", async || {
        let status = client.fresh_stream(&named("signals")).await.expect("it is there").status;
        (status.phase == Phase::Deleting && status.reason.is_some_and(|reason| reason.contains(&name))).then_some(())
    })
    .await;
    setting.iam.0.delete_role_policy().role_name(&name).policy_name("fanner-read").send().await.expect("it goes");
    setting.iam.0.delete_role().role_name(&name).send().await.expect("it goes");
    client.fresh_stream(&named("signals")).await.ok();
    gone(&client, "signals").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_roles_are_no_way_around_the_fanner() {
    let setting = Setting::new().await;
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole",
    }});
    let fanner = setting.iam.0.create_role().role_name("fanner").assume_role_policy_document(trust.to_string());
    fanner.send().await.expect("the fanner has a role");
    let security = setting.client("security", Role::Security).await;
    let before = security.take_bypass_report().await.expect("it is taken");
    let client = setting.client("fraud", Role::Member).await;
    ask(&client, "signals", &["scorer"]).await;
    let after = security.take_bypass_report().await.expect("it is taken");
    assert_eq!(before.conclusion, Conclusion::Clean, "{before:?}");
    assert_eq!((after.conclusion, after.readers, after.unread), (before.conclusion, before.readers, before.unread));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_outlives_a_stream_that_somebody_deleted_until_another_begins() {
    let setting = Setting::new().await;
    let client = setting.client("fraud", Role::Member).await;
    let lost = ask(&client, "signals", &["before"]).await;
    setting.kinesis().delete_stream().stream_name("signals").send().await.expect("somebody deletes it");
    let name: StreamName = named("signals");
    eventually("the stream to be missed", async || {
        let phase = client.fresh_stream(&name).await.expect("it is known").status.phase;
        (phase == Phase::Missing).then_some(())
    })
    .await;
    assert!(setting.iam.role(lost.id).await.is_some());
    let anew = ask(&client, "signals", &["after"]).await;
    assert_ne!(anew.id, lost.id);
    assert_eq!(setting.iam.role(lost.id).await, None);
    assert_eq!(setting.iam.role(anew.id).await.expect("it has its own").trusted(), &json!(arns(&["after"])));
}
