//! The stream, its resource policy, and the consumers that are registered with it.

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::StreamDescriptionSummary;
use fanner_bypass::{Consumer, Document, Key, Stream};
use fanner_model::{Arn, NameError, StreamName, Unread};

use super::{Gaps, unread};

/// The stream as Kinesis describes it.
pub(super) async fn summary(kinesis: &Client, name: &StreamName) -> Result<StreamDescriptionSummary, Unread> {
    let what = || format!("the stream `{name}`");
    let described = kinesis.describe_stream_summary().stream_name(name.as_str()).send().await;
    let summary = described.map_err(unread(what(), "kinesis:DescribeStreamSummary"))?.stream_description_summary;
    summary.ok_or_else(|| Unread { what: what(), why: "Kinesis describes no stream".into() })
}

/// The stream with its policies and those of its consumers.
pub(super) async fn described(
    kinesis: &Client,
    summary: &StreamDescriptionSummary,
    key: Option<Key>,
    gaps: &mut Gaps,
) -> Result<Stream, Unread> {
    let arn = parsed(&summary.stream_arn)?;
    let policy = policy(kinesis, &arn, gaps).await;
    let mut consumers = Vec::new();
    for arn in gaps.filled(registered(kinesis, &arn).await).unwrap_or_default() {
        if let Some(arn) = gaps.filled(parsed(&arn)) {
            consumers.push(Consumer { policy: self::policy(kinesis, &arn, gaps).await, arn });
        }
    }
    Ok(Stream { arn, policy, consumers, key })
}

/// The resource policy of a stream or a consumer.
async fn policy(kinesis: &Client, arn: &Arn, gaps: &mut Gaps) -> Option<Document> {
    let what = || format!("the resource policy of `{arn}`");
    let sent = kinesis.get_resource_policy().resource_arn(arn.as_str()).send().await;
    let text = match sent.map(|output| output.policy) {
        // Nothing is no policy, and so is an empty one.
        Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => None,
        Ok(text) if matches!(text.trim(), "" | "{}") => None,
        sent => gaps.filled(sent.map_err(unread(what(), "kinesis:GetResourcePolicy"))),
    };
    gaps.document(what, &text?)
}

/// The ARNs of the consumers.
async fn registered(kinesis: &Client, arn: &Arn) -> Result<Vec<String>, Unread> {
    let mut pages = kinesis.list_stream_consumers().stream_arn(arn.as_str()).into_paginator().send();
    let mut consumers = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(unread(format!("the consumers of `{arn}`"), "kinesis:ListStreamConsumers"))?;
        consumers.extend(page.consumers.into_iter().flatten().map(|consumer| consumer.consumer_arn));
    }
    Ok(consumers)
}

pub(super) fn parsed(arn: &str) -> Result<Arn, Unread> {
    arn.parse().map_err(|cause: NameError| Unread { what: format!("what `{arn}` is"), why: cause.to_string() })
}
