//! What somebody changes of a role behind our back is put right without anybody asking.

use fanner_model::{Phase, ReaderRole, Role, StreamName};
use fanner_tests::{eventually, named};
use serde_json::json;

use crate::iam::Described;
use crate::setting::{Setting, arns, ask};

#[tokio::test(flavor = "multi_thread")]
async fn each_drift_of_a_role_is_repaired() {
    let setting = Setting::new().await;
    let client = setting.client("fraud", Role::Member).await;
    let stream = ask(&client, "signals", &["scorer"]).await;
    let asked = setting.iam.role(stream.id).await.expect("the role is there");
    let (iam, name) = (&setting.iam.0, ReaderRole::name(stream.id));
    let everything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});

    iam.delete_role_permissions_boundary().role_name(&name).send().await.expect("the boundary goes");
    repaired(&setting, &stream, &asked).await;

    let made = iam.create_policy().policy_name("all").policy_document(everything.to_string()).send().await;
    let arn = made.expect("the policy is made").policy.and_then(|policy| policy.arn).expect("it has an ARN");
    iam.attach_role_policy().role_name(&name).policy_arn(arn).send().await.expect("the policy is attached");
    repaired(&setting, &stream, &asked).await;

    for policy in ["more", "fanner-read"] {
        let put = iam.put_role_policy().role_name(&name).policy_name(policy).policy_document(everything.to_string());
        put.send().await.expect("the policy is put");
        repaired(&setting, &stream, &asked).await;
    }
    iam.delete_role_policy().role_name(&name).policy_name("fanner-read").send().await.expect("the policy goes");
    repaired(&setting, &stream, &asked).await;

    iam.delete_role_policy().role_name(&name).policy_name("fanner-read").send().await.expect("the policy goes");
    iam.delete_role().role_name(&name).send().await.expect("the role goes");
    repaired(&setting, &stream, &asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lets_himself_in_is_put_out_with_his_sessions() {
    let setting = Setting::new().await;
    let client = setting.client("fraud", Role::Member).await;
    let stream = ask(&client, "signals", &["scorer"]).await;
    let (iam, name) = (&setting.iam.0, ReaderRole::name(stream.id));
    let open = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
    }});
    let put = iam.update_assume_role_policy().role_name(&name).policy_document(open.to_string());
    put.send().await.expect("the trust is changed");
    let closed = eventually("the repair", async || {
        setting.iam.role(stream.id).await.filter(|role| role.inline.contains_key("fanner-sessions"))
    })
    .await;
    assert_eq!(closed.trusted(), &json!(arns(&["scorer"])));

    iam.delete_role_policy().role_name(&name).policy_name("fanner-sessions").send().await.expect("the denial goes");
    repaired(&setting, &stream, &closed).await;
    let after = client.fresh_stream(&named::<StreamName>("signals")).await.expect("it is there");
    assert_eq!(after.status.phase, Phase::Active);
}

/// Waits until the role is as it was asked for.
async fn repaired(setting: &Setting, stream: &fanner_model::Stream, asked: &Described) {
    eventually("the repair", async || setting.iam.role(stream.id).await.filter(|role| role == asked).map(drop)).await;
}
