//! What takes records off the stream without being an identity: functions, delivery streams, channels.

use fanner_bypass::Tap;
use fanner_model::Unread;

use super::{Gaps, unread};

/// The functions of Lambda that the stream is mapped to, directly or by one of its consumers.
pub(super) async fn mappings(lambda: &aws_sdk_lambda::Client, stream: &str) -> Result<Vec<Tap>, Unread> {
    let mut pages = lambda.list_event_source_mappings().into_paginator().items().send();
    let mut taps = Vec::new();
    while let Some(mapping) = pages.next().await {
        let mapping =
            mapping.map_err(unread("the event source mappings of Lambda", "lambda:ListEventSourceMappings"))?;
        let source = mapping.event_source_arn.unwrap_or_default();
        if source == stream || source.strip_prefix(stream).is_some_and(|rest| rest.starts_with("/consumer/")) {
            taps.push(Tap {
                arn: mapping.function_arn.unwrap_or_default(),
                kind: "event source mapping of Lambda".into(),
                id: mapping.uuid.unwrap_or_default(),
            });
        }
    }
    Ok(taps)
}

/// The delivery streams of Firehose that read the stream.
pub(super) async fn deliveries(firehose: &aws_sdk_firehose::Client, stream: &str, gaps: &mut Gaps) -> Vec<Tap> {
    let mut taps = Vec::new();
    for name in gaps.filled(delivery_streams(firehose).await).unwrap_or_default() {
        let what = format!("the delivery stream `{name}`");
        let described = firehose.describe_delivery_stream().delivery_stream_name(&name).send().await;
        let described = gaps.filled(described.map_err(unread(what, "firehose:DescribeDeliveryStream")));
        let Some(delivery) = described.and_then(|described| described.delivery_stream_description) else { continue };
        let source = delivery.source.and_then(|source| source.kinesis_stream_source_description);
        if source.and_then(|source| source.kinesis_stream_arn).as_deref() == Some(stream) {
            taps.push(Tap { arn: delivery.delivery_stream_arn, kind: "delivery stream of Firehose".into(), id: name });
        }
    }
    taps
}

async fn delivery_streams(firehose: &aws_sdk_firehose::Client) -> Result<Vec<String>, Unread> {
    let mut names = Vec::<String>::new();
    loop {
        let asked = firehose.list_delivery_streams().set_exclusive_start_delivery_stream_name(names.last().cloned());
        let sent = asked.send().await;
        let page = sent.map_err(unread("the delivery streams of Firehose", "firehose:ListDeliveryStreams"))?;
        let more = page.has_more_delivery_streams && !page.delivery_stream_names.is_empty();
        names.extend(page.delivery_stream_names);
        if !more {
            return Ok(names);
        }
    }
}

/// The channels by which Kinesis itself delivers the stream.
pub(super) async fn channels(kinesis: &aws_sdk_kinesis::Client, stream: &str) -> Result<Vec<Tap>, Unread> {
    let mut pages = kinesis.list_channels().into_paginator().items().send();
    let mut taps = Vec::new();
    while let Some(channel) = pages.next().await {
        let channel = channel.map_err(unread("the channels of Kinesis", "kinesis:ListChannels"))?;
        if channel.streams.iter().any(|source| source.stream_arn == stream) {
            taps.push(Tap { arn: channel.channel_arn, kind: "channel of Kinesis".into(), id: channel.channel_name });
        }
    }
    Ok(taps)
}
