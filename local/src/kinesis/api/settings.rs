//! Settings of a stream: retention, mode, record size, encryption, monitoring.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::streams::{MAX_RECORD_KIB, ModeDetails};
use super::target::{Target, stream_name};
use super::{Call, within};
use crate::kinesis::error::Error;
use crate::kinesis::name::StreamName;
use crate::kinesis::stream::Metric;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Retention {
    #[serde(flatten)]
    target: Target,
    retention_period_hours: i64,
}

pub(super) fn increase_retention(call: &mut Call<'_>, input: Retention) -> Result<(), Error> {
    let stream = input.target.stream(call)?;
    stream.change(|facts| facts.increase_retention(input.retention_period_hours, &call.conditions()))
}

pub(super) fn decrease_retention(call: &mut Call<'_>, input: Retention) -> Result<(), Error> {
    let stream = input.target.stream(call)?;
    stream.change(|facts| facts.decrease_retention(input.retention_period_hours, &call.conditions()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateStreamMode {
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    stream_mode_details: ModeDetails,
}

pub(super) fn update_mode(call: &mut Call<'_>, input: UpdateStreamMode) -> Result<(), Error> {
    let stream = call.account.stream(&stream_name(call, &input.stream_arn)?, call.now)?;
    stream.change(|facts| facts.set_mode(input.stream_mode_details.stream_mode, &call.conditions()))
}

#[derive(Deserialize)]
pub(super) struct UpdateMaxRecordSize {
    #[serde(flatten)]
    target: Target,
    #[serde(rename = "MaxRecordSizeInKiB")]
    kib: u32,
}

pub(super) fn update_max_record_size(call: &mut Call<'_>, input: UpdateMaxRecordSize) -> Result<(), Error> {
    let stream = input.target.stream(call)?;
    let kib = within("MaxRecordSizeInKiB", input.kib, MAX_RECORD_KIB)?;
    stream.change(|facts| facts.set_max_record_size(kib, &call.conditions()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Encryption {
    #[serde(flatten)]
    target: Target,
    encryption_type: String,
    key_id: String,
}

pub(super) fn start_encryption(call: &mut Call<'_>, input: Encryption) -> Result<(), Error> {
    let (stream, key) = (input.target.stream(call)?, input.key()?);
    stream.change(|facts| facts.set_encryption(Some(key), &call.conditions()))
}

pub(super) fn stop_encryption(call: &mut Call<'_>, input: Encryption) -> Result<(), Error> {
    let stream = input.target.stream(call)?;
    input.key()?;
    stream.change(|facts| facts.set_encryption(None, &call.conditions()))
}

impl Encryption {
    fn key(self) -> Result<String, Error> {
        if self.encryption_type != "KMS" {
            return Err(Error::validation(format!("EncryptionType `{}` must be KMS", self.encryption_type)));
        }
        within("the length of KeyId", self.key_id.len(), 1..=2048)?;
        Ok(self.key_id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Monitoring {
    #[serde(flatten)]
    target: Target,
    shard_level_metrics: Vec<MetricName>,
}

/// A metric, or all of them.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum MetricName {
    One(Metric),
    All(AllMetrics),
}

#[derive(Clone, Copy, Deserialize)]
enum AllMetrics {
    #[serde(rename = "ALL")]
    All,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MonitoringChanged {
    stream_name: StreamName,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    current_shard_level_metrics: BTreeSet<Metric>,
    desired_shard_level_metrics: BTreeSet<Metric>,
}

pub(super) fn enable_monitoring(call: &mut Call<'_>, input: Monitoring) -> Result<MonitoringChanged, Error> {
    input.change(call, |current, named| current | named)
}

pub(super) fn disable_monitoring(call: &mut Call<'_>, input: Monitoring) -> Result<MonitoringChanged, Error> {
    input.change(call, |current, named| current - named)
}

impl Monitoring {
    fn change(
        self,
        call: &Call<'_>,
        desired: impl Fn(&BTreeSet<Metric>, &BTreeSet<Metric>) -> BTreeSet<Metric>,
    ) -> Result<MonitoringChanged, Error> {
        within("the number of ShardLevelMetrics", self.shard_level_metrics.len(), 1..=Metric::ALL.len())?;
        let stream_name = self.target.name(call)?;
        let stream = call.account.stream(&stream_name, call.now)?;
        let named = self.metrics();
        let (current, desired) = stream.change(|facts| {
            let desired = desired(&facts.monitoring, &named);
            facts.set_monitoring(desired.clone(), &call.conditions()).map(|current| (current, desired))
        })?;
        Ok(MonitoringChanged {
            stream_arn: call.account.owner.stream_arn(&stream_name),
            stream_name,
            current_shard_level_metrics: current,
            desired_shard_level_metrics: desired,
        })
    }

    fn metrics(&self) -> BTreeSet<Metric> {
        let one_or_all = |name: &MetricName| match name {
            MetricName::One(metric) => vec![*metric],
            MetricName::All(AllMetrics::All) => Metric::ALL.to_vec(),
        };
        self.shard_level_metrics.iter().flat_map(one_or_all).collect()
    }
}
