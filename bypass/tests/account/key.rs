//! The second lock: the key that the stream is encrypted with.

use fanner_bypass::KeyGrant;
use serde_json::json;

use crate::account::{GES, KEY, allow, attach, document, encrypted, findings};

#[test]
fn who_may_read_and_not_decrypt_has_one_lock() {
    let mut account = encrypted();
    allow(&mut account, "billing", &["kinesis:GetRecords"], GES);
    allow(&mut account, "analyst", &["kms:Decrypt"], "*");
    insta::assert_snapshot!(findings(&account), @r"
    one_lock arn:aws:iam::123456789012:role/billing
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: reads the records
    one_lock arn:aws:iam::123456789012:user/analyst
      open key: kms:Decrypt on arn:aws:kms:eu-west-1:123456789012:key/k1 by inline policy `p2`, statement `1`: decrypts the records
    ");
}

#[test]
fn a_grant_opens_the_second_lock() {
    let mut account = encrypted();
    allow(&mut account, "billing", &["kinesis:GetRecords"], GES);
    let grant = |id: &str, stream: &str| KeyGrant {
        id: id.into(),
        grantee: "arn:aws:iam::123456789012:role/billing".into(),
        operations: ["Decrypt".into(), "DescribeKey".into()].into(),
        encryption_context: [("aws:kinesis:arn".into(), stream.into())].into(),
    };
    account.stream.key.as_mut().unwrap().grants = vec![grant("g1", GES), grant("g2", "arn:of:another:stream")];
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: reads the records
      open key: kms:Decrypt on arn:aws:kms:eu-west-1:123456789012:key/k1 by grants of `arn:aws:kms:eu-west-1:123456789012:key/k1`, statement `g1`: decrypts the records
    ");
}

#[test]
fn whoever_may_write_the_keys_policy_or_grant_it_can_open_the_second_lock() {
    let mut account = encrypted();
    allow(&mut account, "billing", &["kinesis:GetRecords", "kms:PutKeyPolicy"], "*");
    allow(&mut account, "analyst", &["kms:CreateGrant"], KEY);
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: reads the records
      can_open key: kms:PutKeyPolicy on arn:aws:kms:eu-west-1:123456789012:key/k1 by inline policy `p2`, statement `1`: writes the key's policy, and so lets anybody decrypt
    one_lock arn:aws:iam::123456789012:user/analyst
      can_open key: kms:CreateGrant on arn:aws:kms:eu-west-1:123456789012:key/k1 by inline policy `p2`, statement `1`: hands the key on to anybody, itself included
    ");
}

#[test]
fn a_decryption_for_another_stream_or_service_opens_nothing() {
    let mut account = encrypted();
    for condition in [
        json!({"StringEquals": {"kms:EncryptionContext:aws:kinesis:arn": "arn:aws:kinesis:eu-west-1:123456789012:stream/x"}}),
        json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
    ] {
        attach(
            &mut account,
            "billing",
            json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY, "Condition": condition}),
        );
    }
    assert_eq!(findings(&account), "");
}

#[test]
fn a_key_that_leaves_nothing_to_the_account_is_opened_by_no_policy_of_it() {
    let mut account = encrypted();
    let fanner = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/fanner"}, "Action": "kms:Decrypt", "Resource": "*"});
    account.stream.key.as_mut().unwrap().policy = document(fanner);
    allow(&mut account, "billing", &["*"], "*");
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:role/billing
      open stream: kinesis:GetRecords on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: reads the records
      open stream: kinesis:SubscribeToShard on arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/* by inline policy `p2`, statement `1`: has the records sent to it
      can_open stream: iam:AttachRolePolicy on arn:aws:iam::123456789012:role/billing by inline policy `p2`, statement `1`: writes its own permissions
      can_open stream: iam:PutRolePolicy on arn:aws:iam::123456789012:role/billing by inline policy `p2`, statement `1`: writes its own permissions
      can_open stream: kinesis:CreateChannel on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: has the records delivered to a place of its own
      can_open stream: kinesis:PutResourcePolicy on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: writes the stream's policy, and so lets anybody read
      can_open stream: kinesis:PutResourcePolicy on arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/* by inline policy `p2`, statement `1`: writes the consumer's policy, and so lets anybody subscribe
      can_open stream: kinesis:RegisterStreamConsumer on arn:aws:kinesis:eu-west-1:123456789012:stream/ges by inline policy `p2`, statement `1`: registers a consumer, which whoever may subscribe to it reads
      can_open both: iam:AttachRolePolicy on arn:aws:iam::123456789012:role/fanner by inline policy `p2`, statement `1`: changes what the fanner may do
      can_open both: iam:PassRole on arn:aws:iam::123456789012:role/fanner by inline policy `p2`, statement `1`: lets a service that it commands act as the fanner
      can_open both: iam:PutRolePolicy on arn:aws:iam::123456789012:role/fanner by inline policy `p2`, statement `1`: changes what the fanner may do
      can_open both: iam:UpdateAssumeRolePolicy on arn:aws:iam::123456789012:role/fanner by inline policy `p2`, statement `1`: says who may become the fanner
    ");
}
