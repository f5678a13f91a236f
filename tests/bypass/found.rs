//! Ways around the fanner in an account: none in a clean one, each that is planted in another.

use fanner_tests::Plane;
use fanner_tests::account::{Account, GES, meant};
use serde_json::json;

use crate::{findings, security};

#[tokio::test(flavor = "multi_thread")]
async fn each_of_eleven_planted_ways_is_found_with_what_allows_it_and_nothing_before() {
    let account = Account::clean().await;
    let plane = Plane::on_sqlite().await;
    let running = plane.watching(account.aws(), meant()).await;
    let security = security(&running).await;
    let before = security.take_bypass_report().await.expect("it is taken");
    assert_eq!(findings(&before), "Clean");

    plant_readers(&account).await;
    plant_escalations(&account).await;
    account.register("etl").await;
    account.map("peek", "fraud").await;
    account.deliver("dump", "fraud").await;

    let after = security.take_bypass_report().await.expect("it is taken");
    let mut stable = insta::Settings::clone_current();
    stable.add_filter(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>");
    let _stable = stable.bind_to_scope();
    insta::assert_snapshot!(findings(&after));
}

/// Who reads: by a policy of its own, of its group, for all but a few things, or of the stream.
async fn plant_readers(account: &Account) {
    for role in ["debug", "power"] {
        account.role(role, "ec2.amazonaws.com").await;
    }
    account.allow("debug", "peek", &["kinesis:Get*"], GES).await;
    let power =
        json!({"Sid": "Power", "Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "NotResource": "arn:aws:s3:::*"});
    account.attach("power", "power-user", power).await;
    account.user("sam").await;
    account.allow_user("sam", "streams", &["kinesis:GetRecords"], "arn:aws:kinesis:*:*:stream/global-*").await;
    account.allow_group("data", "all-streams", &["kinesis:GetRecords"], "*").await;
    let partner = json!({"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
                         "Action": "kinesis:GetRecords", "Resource": GES});
    account.let_in(partner).await;
}

/// Who can make a way: by the stream's policy, by passing or changing the fanner's role, or by becoming the fanner.
async fn plant_escalations(account: &Account) {
    for role in ["admin-of-streams", "deploy"] {
        account.role(role, "codebuild.amazonaws.com").await;
    }
    account.allow("admin-of-streams", "policies", &["kinesis:PutResourcePolicy"], "*").await;
    account.allow("deploy", "roles", &["iam:PassRole", "iam:UpdateAssumeRolePolicy"], "arn:aws:iam::*:role/*").await;
    let trust = json!([
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Sid": "Vendor", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::345678901234:role/vendor"}, "Action": "sts:AssumeRole"},
    ]);
    account.trust("fanner", trust).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_a_second_lock_until_somebody_opens_it() {
    let account = Account::clean().await;
    let plane = Plane::on_sqlite().await;
    let running = plane.watching(account.aws(), meant()).await;
    let security = security(&running).await;
    let key = account.encrypt().await;
    for role in ["reader", "key-admin"] {
        account.role(role, "ec2.amazonaws.com").await;
        account.allow(role, "streams", &["kinesis:GetRecords"], "*").await;
    }
    let shut = security.take_bypass_report().await.expect("it is taken");
    account.grant(&key, "reader").await;
    account.allow("key-admin", "keys", &["kms:PutKeyPolicy"], "*").await;
    let open = security.take_bypass_report().await.expect("it is taken");
    let mut stable = insta::Settings::clone_current();
    stable.add_filter(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>");
    stable.add_filter(r"statement [0-9a-f]{8}\b", "statement <grant>");
    let _stable = stable.bind_to_scope();
    insta::assert_snapshot!(format!("{}\n--\n{}", findings(&shut), findings(&open)));
}
