//! Accounts that do not let themselves be described: that is a finding, and never "clean".

use fanner_model::Code;
use fanner_tests::Plane;
use fanner_tests::account::{aws, meant, stingy};

use crate::{findings, security};

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_described_is_told_and_the_report_is_not_clean() {
    let plane = Plane::on_sqlite().await;
    let running = plane.watching(aws(&stingy("DescribeStreamSummary").await), meant()).await;
    let report = security(&running).await.take_bypass_report().await.expect("it is taken");
    insta::assert_snapshot!(findings(&report), @r"
    Unknown
    unread the key `alias/ges`: the control plane lacks the permission `kms:DescribeKey`
    unread the resource policy of `arn:aws:kinesis:us-east-1:123456789012:stream/global-events`: the control plane lacks the permission `kinesis:GetResourcePolicy`
    unread the consumers of `arn:aws:kinesis:us-east-1:123456789012:stream/global-events`: the control plane lacks the permission `kinesis:ListStreamConsumers`
    unread the users, groups, roles and policies: the control plane lacks the permission `iam:GetAccountAuthorizationDetails`
    unread the event source mappings of Lambda: the control plane lacks the permission `lambda:ListEventSourceMappings`
    unread the delivery streams of Firehose: the control plane lacks the permission `firehose:ListDeliveryStreams`
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_stream_there_is_no_report_and_the_refusal_says_why() {
    let plane = Plane::on_sqlite().await;
    let running = plane.watching(aws(&stingy("nothing").await), meant()).await;
    let security = security(&running).await;
    let problem = security.take_bypass_report().await.expect_err("there is none").problem().expect("words").clone();
    assert_eq!(problem.code, Code::Unavailable);
    insta::assert_snapshot!(problem.detail, @"the stream `global-events` could not be read: the control plane lacks the permission `kinesis:DescribeStreamSummary`");
    let problem = security.bypass_report().await.expect_err("there is none").problem().expect("words").clone();
    assert_eq!(problem.code, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_said_who_may_read_there_is_no_report() {
    let plane = Plane::on_sqlite().await;
    let platform = plane.platform().await;
    let problem = platform.bypass_report().await.expect_err("there is none").problem().expect("words").clone();
    insta::assert_snapshot!(problem.detail, @"nobody said who may read the Global Event Stream; start the control plane with `--ges-readers`");
}
