//! What is no way around the fanner.

use fanner_bypass::Account;
use fanner_model::{Conclusion, Unread};
use serde_json::json;

use crate::account::{FANNER, GES, allow, attach, clean, document, encrypted, findings, of, parsed, reported, role};

#[test]
fn an_account_in_which_only_the_fanner_reads_is_clean() {
    for account in [clean(), encrypted()] {
        assert_eq!(findings(&account), "");
        let report = reported(&account);
        assert_eq!(report.conclusion, Conclusion::Clean);
        assert_eq!(report.readers.iter().map(|reader| reader.who.as_str()).collect::<Vec<_>>(), [FANNER]);
    }
}

#[test]
fn an_account_that_could_not_be_read_is_never_clean() {
    let unread = Unread { what: "the identities".into(), why: "access denied".into() };
    let account = Account { unread: vec![unread], ..clean() };
    assert_eq!(reported(&account).conclusion, Conclusion::Unknown);
    let nobody = Account { identities: vec![role("billing")], ..clean() };
    insta::assert_snapshot!(findings(&nobody), @"unread who may become `arn:aws:iam::123456789012:role/fanner`: it is meant to read the stream, and the account describes no such identity; correct its name");
}

#[test]
fn permissions_for_other_streams_and_roles_are_nobodys_business() {
    let mut account = encrypted();
    for stream in ["ges-copy", "GES", "g", "ges/consumer"] {
        allow(
            &mut account,
            "billing",
            &["kinesis:*"],
            &format!("arn:aws:kinesis:eu-west-1:123456789012:stream/{stream}"),
        );
    }
    allow(&mut account, "billing", &["iam:PassRole", "sts:AssumeRole"], "arn:aws:iam::123456789012:role/fanner-tests");
    allow(&mut account, "billing", &["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary"], GES);
    assert_eq!(findings(&account), "");
}

#[test]
fn what_a_boundary_does_not_allow_nobody_has() {
    let mut account = clean();
    let boundary = document(json!({"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"}));
    of(&mut account, "billing").boundary = Some(boundary.into());
    allow(&mut account, "billing", &["kinesis:*"], "*");
    assert_eq!(findings(&account), "");
    allow(&mut account, "billing", &["iam:PutRolePolicy"], "arn:aws:iam::123456789012:role/billing");
    assert_eq!(findings(&account), "", "it may write its own permissions, but never beyond its boundary");
}

#[test]
fn a_condition_that_cannot_be_met_opens_nothing() {
    let mut account = clean();
    attach(
        &mut account,
        "billing",
        json!({"Effect": "Allow", "Action": "kinesis:GetRecords", "Resource": GES,
               "Condition": {"ArnEquals": {"aws:PrincipalArn": FANNER}}}),
    );
    assert_eq!(findings(&account), "");
}

#[test]
fn a_workload_that_is_named_exactly_is_the_fanner() {
    let mut account = clean();
    let trust = |condition| {
        document(json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
            "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.eks.example"}}))
    };
    of(&mut account, "fanner").trust =
        Some(trust(json!({"StringEquals": {"oidc.eks.example:sub": "system:serviceaccount:fanner:fanner"}})));
    assert_eq!(findings(&account), "");
    of(&mut account, "fanner").trust =
        Some(trust(json!({"StringEquals": {"oidc.eks.example:aud": "sts.amazonaws.com"}})));
    insta::assert_snapshot!(findings(&account), @r"
    bypass arn:aws:iam::123456789012:oidc-provider/oidc.eks.example
      open both: sts:AssumeRoleWithWebIdentity on arn:aws:iam::123456789012:role/fanner by trust policy of `arn:aws:iam::123456789012:role/fanner`, statement `1`, only if `oidc.eks.example:aud` StringEquals `sts.amazonaws.com`: becomes the fanner
    ");
}

#[test]
fn a_foreign_fanner_is_the_fanner() {
    let mut account = clean();
    let foreign = "arn:aws:iam::210987654321:role/fanner";
    account.stream.policy = Some(document(
        json!({"Effect": "Allow", "Principal": {"AWS": foreign}, "Action": "kinesis:GetRecords", "Resource": GES}),
    ));
    let report =
        fanner_bypass::report(&account, &[parsed(FANNER), parsed(foreign)].into(), jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(report.conclusion, Conclusion::Clean);
    assert_eq!(reported(&account).conclusion, Conclusion::Bypassed);
}
