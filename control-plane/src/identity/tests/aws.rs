//! Callers that AWS knows, and every way in which a URL does not show one.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use reqwest::Url;

use super::{NOW, at, trust};
use crate::identity::Rejection;
use crate::identity::aws::Identity;
use crate::identity::presigned::Presigned;

#[test]
fn a_presigned_url_asks_who_signed_it_and_nothing_else() {
    let presigned = read(&url(&[])).unwrap();
    assert_eq!((presigned.until, presigned.id.len()), (at(NOW + 60), 64));
    let words = |changes: &[(&str, &str)]| match read(&url(changes)) {
        Err(Rejection::Unreadable(why)) => why,
        other => panic!("{other:?}"),
    };
    let refused = [
        words(&[("Action", "AssumeRole")]),
        words(&[("RoleArn", "arn:aws:iam::123456789012:role/admin")]),
        words(&[("X-Amz-SignedHeaders", "host")]),
        words(&[("X-Amz-Expires", "901")]),
        words(&[("X-Amz-Expires", "-1")]),
        words(&[("X-Amz-Date", "20260101T000000Z")]),
        words(&[("X-Amz-Date", "20310101T000000Z")]),
        words(&[("X-Amz-Date", "yesterday")]),
        words(&[("X-Amz-Signature", &"A".repeat(64))]),
    ];
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn a_presigned_url_leads_to_aws_and_nowhere_else() {
    let good = url(&[]);
    let words = |from: &str, to: &str| match read(&good.replacen(from, to, 1)) {
        Err(Rejection::Unreadable(why)) => why,
        other => panic!("{other:?}"),
    };
    let refused = [
        words("https://sts.eu-west-1.amazonaws.com", "https://sts.eu-west-1.amazonaws.com.evil.example"),
        words("https://sts.eu-west-1.amazonaws.com", "https://169.254.169.254"),
        words("https://", "https://user@"),
        words("https://", "http://"),
        words(".com/", ".com:8443/"),
        words("/?", "/latest/meta-data?"),
        words("Action=", "Action=GetCallerIdentity&Action="),
        words(&good, "no url"),
    ];
    insta::assert_snapshot!(refused.join("\n"));
    let longest = read(&"x".repeat(5000)).unwrap_err();
    assert_eq!(longest.to_string(), "the text is 6668 bytes long; none is longer than 4096");
}

#[test]
fn a_session_of_a_role_is_that_role_and_another_of_its_name_is_not() {
    let aws = trust().aws.unwrap();
    let judge = |arn: &str, user_id: &str| {
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let identity = Identity { account, arn: arn.into(), user_id: user_id.into() };
        aws.judge(&identity, "id".into(), at(NOW)).map(|proven| format!("{} of {}", proven.caller, proven.team))
    };
    let words = |arn, user_id| match judge(arn, user_id) {
        Ok(who) => who,
        Err(rejection) => rejection.to_string(),
    };
    let told = [
        words("arn:aws:sts::123456789012:assumed-role/fraud-ci/run-7", "AROAEXAMPLE:run-7"),
        words("arn:aws:sts::123456789012:assumed-role/fraud-ci/run-7", "AROAOTHER:run-7"),
        words("arn:aws:sts::123456789012:assumed-role/other/run-7", "AROAEXAMPLE:run-7"),
        words("arn:aws:sts::210987654321:assumed-role/fraud-ci/run-7", "AROAEXAMPLE:run-7"),
        words("arn:aws:sts::123456789012:federated-user/fraud-ci", "AROAEXAMPLE"),
        words("arn:aws:iam::123456789012:root", "123456789012"),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

proptest! {
    #[test]
    fn no_text_is_taken_for_a_url_that_may_be_asked(text in ".{0,200}") {
        prop_assert!(read(&text).is_err());
        prop_assert!(Presigned::read(&text, &trust().aws.unwrap(), at(NOW)).is_err());
    }
}

/// A good URL, with some parameters changed or added.
fn url(changes: &[(&str, &str)]) -> String {
    let signature = "0".repeat(64);
    let mut parameters = BTreeMap::from([
        ("Action", "GetCallerIdentity"),
        ("Version", "2011-06-15"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", "AKIAEXAMPLE/20260921/eu-west-1/sts/aws4_request"),
        ("X-Amz-Date", "20260921T141320Z"),
        ("X-Amz-Expires", "60"),
        ("X-Amz-SignedHeaders", "host;x-fanner-server-id"),
        ("X-Amz-Signature", &signature),
    ]);
    parameters.extend(changes.iter().copied());
    Url::parse_with_params("https://sts.eu-west-1.amazonaws.com/", parameters).unwrap().into()
}

fn read(url: &str) -> Result<Presigned, Rejection> {
    Presigned::read(&STANDARD.encode(url), &trust().aws.unwrap(), at(NOW))
}
