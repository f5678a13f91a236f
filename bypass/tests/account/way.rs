//! Ways around the fanner, planted one by one: each is found, with what allows it.

use fanner_bypass::{Attached, Consumer, Identity, Tap};
use serde_json::json;

use crate::account::{FANNER, GES, allow, attach, clean, document, findings, group, of, parsed, user};

#[test]
fn a_role_with_a_policy_of_its_own() {
    let mut account = clean();
    allow(&mut account, "billing", &["kinesis:Get*"], GES);
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: reads the records
    ");
}

#[test]
fn a_user_by_all_but_some_actions_on_all_but_some_things() {
    let mut account = clean();
    attach(
        &mut account,
        "analyst",
        json!({"Sid": "PowerUser", "Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "NotResource": "arn:aws:s3:::*"}),
    );
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:user/analyst
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `PowerUser`: reads the records
      open stream: kinesis:SubscribeToShard on arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/* by inline policy `p2`, statement `PowerUser`: has the records sent to it
      can_open stream: kinesis:CreateChannel on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `PowerUser`: has the records delivered to a place of its own
      can_open stream: kinesis:PutResourcePolicy on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `PowerUser`: writes the stream's policy, and so lets anybody read
      can_open stream: kinesis:PutResourcePolicy on arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/* by inline policy `p2`, statement `PowerUser`: writes the consumer's policy, and so lets anybody subscribe
      can_open stream: kinesis:RegisterStreamConsumer on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `PowerUser`: registers a consumer, which whoever may subscribe to it reads
    ");
}

#[test]
fn a_user_by_a_managed_policy_of_a_group() {
    let mut account = clean();
    let document =
        document(json!({"Sid": "Streams", "Effect": "Allow", "Action": "kinesis:GetRecords", "Resource": "*"}));
    let name = "managed policy `arn:aws:iam::123456789012:policy/streams` of group `data`".to_owned();
    of(&mut account, "analyst").policies.push(Attached { name, managed: None, document: document.into() });
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:user/analyst
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by managed policy `arn:aws:iam::123456789012:policy/streams` of group `data`, statement `Streams`: reads the records
    ");
}

#[test]
fn somebody_abroad_by_the_streams_policy() {
    let mut account = clean();
    account.stream.policy = Some(document(json!([
        {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "kinesis:GetRecords", "Resource": GES},
        {"Sid": "Delivery", "Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "kinesis:*", "Resource": GES,
         "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}},
    ])));
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::210987654321:root
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by resource policy of `arn:aws:kinesis:eu-west-1:123456789012:stream/ges`, statement `Partner`: reads the records
    bypass firehose.amazonaws.com
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by resource policy of `arn:aws:kinesis:eu-west-1:123456789012:stream/ges`, statement `Delivery`, only if `aws:SourceAccount` StringEquals `123456789012`: reads the records
      can_open stream: kinesis:CreateChannel on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by resource policy of `arn:aws:kinesis:eu-west-1:123456789012:stream/ges`, statement `Delivery`, only if `aws:SourceAccount` StringEquals `123456789012`: has the records delivered to a place of its own
      can_open stream: kinesis:PutResourcePolicy on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by resource policy of `arn:aws:kinesis:eu-west-1:123456789012:stream/ges`, statement `Delivery`, only if `aws:SourceAccount` StringEquals `123456789012`: writes the stream's policy, and so lets anybody read
      can_open stream: kinesis:RegisterStreamConsumer on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by resource policy of `arn:aws:kinesis:eu-west-1:123456789012:stream/ges`, statement `Delivery`, only if `aws:SourceAccount` StringEquals `123456789012`: registers a consumer, which whoever may subscribe to it reads
    ");
}

#[test]
fn everybody_by_the_streams_policy_is_told_once() {
    let mut account = clean();
    account.stream.policy =
        Some(document(json!({"Effect": "Allow", "Principal": "*", "Action": "kinesis:GetRecords", "Resource": GES})));
    insta::assert_snapshot!(findings(&account), @r"
    bypass *
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by resource policy of `arn:aws:kinesis:eu-west-1:123456789012:stream/ges`, statement `1`: reads the records
    ");
}

#[test]
fn whoever_may_subscribe_to_a_consumer_that_is_there_or_to_come() {
    let mut account = clean();
    let arn = format!("{GES}/consumer/etl:1700000000");
    let policy = json!({"Sid": "Etl", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/billing"}, "Action": "kinesis:SubscribeToShard", "Resource": arn});
    account.stream.consumers = vec![Consumer { arn: parsed(&arn), policy: Some(document(policy)) }];
    allow(&mut account, "analyst", &["kinesis:SubscribeToShard"], &format!("{GES}/consumer/tmp-*"));
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      open stream: kinesis:SubscribeToShard on arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/etl:1700000000 by resource policy of `arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/etl:1700000000`, statement `Etl`: has the records sent to it
    bypass arn:aws:iam::123456789012:user/analyst
      open stream: kinesis:SubscribeToShard on arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/* by inline policy `p2`, statement `1`: has the records sent to it
    bypass arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/etl:1700000000
      open both: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by registered consumer, statement `arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/etl:1700000000`: is connected to the stream
    ");
}

#[test]
fn whoever_may_write_the_streams_policy_or_register_a_consumer() {
    let mut account = clean();
    allow(&mut account, "billing", &["kinesis:PutResourcePolicy", "kinesis:RegisterStreamConsumer"], "*");
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      can_open stream: kinesis:PutResourcePolicy on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: writes the stream's policy, and so lets anybody read
      can_open stream: kinesis:PutResourcePolicy on arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/* by inline policy `p2`, statement `1`: writes the consumer's policy, and so lets anybody subscribe
      can_open stream: kinesis:RegisterStreamConsumer on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: registers a consumer, which whoever may subscribe to it reads
    ");
}

#[test]
fn whoever_may_pass_or_change_the_fanners_role() {
    let mut account = clean();
    attach(
        &mut account,
        "billing",
        json!({"Sid": "Deploy", "Effect": "Allow", "Action": ["iam:PassRole", "iam:UpdateAssumeRolePolicy"], "Resource": "arn:aws:iam::*:role/f*",
               "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}),
    );
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      can_open both: iam:PassRole on arn:aws:iam::123456789012:role/fanner by inline policy `p2`, statement `Deploy`, only if `iam:PassedToService` StringEquals `lambda.amazonaws.com`: lets a service that it commands act as the fanner
      can_open both: iam:UpdateAssumeRolePolicy on arn:aws:iam::123456789012:role/fanner by inline policy `p2`, statement `Deploy`, only if `iam:PassedToService` StringEquals `lambda.amazonaws.com`: says who may become the fanner
    ");
}

#[test]
fn whoever_may_become_the_fanner() {
    let mut account = clean();
    of(&mut account, "fanner").trust = Some(document(json!([
        {"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"},
        {"Sid": "Vendor", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:role/vendor"}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"sts:ExternalId": "x"}}},
    ])));
    allow(&mut account, "analyst", &["sts:AssumeRole"], FANNER);
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:user/analyst
      open both: sts:AssumeRole on arn:aws:iam::123456789012:role/fanner by inline policy `p2`, statement `1`: becomes the fanner
    bypass arn:aws:iam::210987654321:role/vendor
      open both: sts:AssumeRole on arn:aws:iam::123456789012:role/fanner by trust policy of `arn:aws:iam::123456789012:role/fanner`, statement `Vendor`, only if `sts:ExternalId` StringEquals `x`: becomes the fanner
    ");
}

#[test]
fn whoever_may_write_its_own_permissions() {
    let mut account = clean();
    account.identities.push(user("intern"));
    allow(&mut account, "billing", &["iam:AttachRolePolicy"], "arn:aws:iam::123456789012:role/b*");
    let group = "arn:aws:iam::123456789012:group/data";
    of(&mut account, "analyst").groups.push(parsed(group));
    allow(&mut account, "analyst", &["iam:PutGroupPolicy"], group);
    attach(&mut account, "intern", json!({"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": "*"}));
    of(&mut account, "intern").policies[0].managed = Some(parsed("arn:aws:iam::123456789012:policy/interns"));
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      can_open both: iam:AttachRolePolicy on arn:aws:iam::123456789012:role/billing by inline policy `p2`, statement `1`: writes its own permissions
    bypass arn:aws:iam::123456789012:user/analyst
      can_open both: iam:PutGroupPolicy on arn:aws:iam::123456789012:group/data by inline policy `p2`, statement `1`: writes its own permissions
    bypass arn:aws:iam::123456789012:user/intern
      can_open both: iam:CreatePolicyVersion on arn:aws:iam::123456789012:policy/interns by inline policy `p1`, statement `1`: writes its own permissions
    ");
}

#[test]
fn whoever_may_put_users_into_a_group_that_reads() {
    let mut account = clean();
    let document = document(json!({"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}));
    let reads = Attached { name: "inline policy `all`".into(), managed: None, document: document.into() };
    account.groups = vec![Identity { policies: vec![reads], ..group("data") }, group("interns")];
    allow(&mut account, "billing", &["iam:AddUserToGroup"], "*");
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      can_open stream: iam:AddUserToGroup on arn:aws:iam::123456789012:group/data by inline policy `p2`, statement `1`: puts users into a group that has a way
    ");
}

#[test]
fn functions_and_delivery_streams_that_are_connected() {
    let mut account = clean();
    let tap = |arn: &str, kind: &str, id: &str| Tap { arn: arn.into(), kind: kind.into(), id: id.into() };
    account.taps = vec![
        tap("arn:aws:lambda:eu-west-1:123456789012:function:peek", "Lambda event source mapping", "uuid-1"),
        tap("arn:aws:firehose:eu-west-1:123456789012:deliverystream/dump", "Firehose delivery stream", "dump"),
    ];
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:firehose:eu-west-1:123456789012:deliverystream/dump
      open both: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by Firehose delivery stream, statement `dump`: is connected to the stream
    bypass arn:aws:lambda:eu-west-1:123456789012:function:peek
      open both: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by Lambda event source mapping, statement `uuid-1`: is connected to the stream
    ");
}

#[test]
fn a_condition_that_no_description_answers_is_told() {
    let mut account = clean();
    attach(
        &mut account,
        "billing",
        json!({"Sid": "Office", "Effect": "Allow", "Action": "kinesis:GetRecords", "Resource": GES,
               "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}),
    );
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `Office`, only if `aws:SourceIp` IpAddress `10.0.0.0/8`: reads the records
    ");
}
