//! Streams in Kinesis, through the AWS SDK.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kinesis::types::{
    EncryptionType, ScalingType, StreamDescriptionSummary, StreamMode, StreamModeDetails, StreamStatus,
};
use fanner_model::{Seen, StreamName};

use super::pace::Call;
use super::{Aws, OWNER, policy};
use crate::reconcile::{Activity, Cloud, Failure, Found, Step};

impl Aws {
    async fn summary(&self, name: &StreamName) -> Result<Option<StreamDescriptionSummary>, Failure> {
        let sent = self.kinesis.describe_stream_summary().stream_name(name.as_str()).send();
        match self.call(Call::DescribeStreamSummary, "kinesis:DescribeStreamSummary", sent).await {
            Ok(output) => Ok(output.stream_description_summary),
            Err(Failure::Absent) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn tags(&self, name: &StreamName) -> Result<BTreeMap<String, String>, Failure> {
        let mut tags = BTreeMap::new();
        loop {
            let after = tags.keys().next_back().cloned();
            let sent = self
                .kinesis
                .list_tags_for_stream()
                .stream_name(name.as_str())
                .set_exclusive_start_tag_key(after)
                .send();
            let page = self.call(Call::ListTags, "kinesis:ListTagsForStream", sent).await?;
            let more = page.has_more_tags && !page.tags.is_empty();
            tags.extend(page.tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())));
            if !more {
                return Ok(tags);
            }
        }
    }

    async fn policy(&self, arn: &str) -> Result<Option<String>, Failure> {
        let sent = self.kinesis.get_resource_policy().resource_arn(arn).send();
        match self.call(Call::ReadPolicy, "kinesis:GetResourcePolicy", sent).await {
            Ok(output) => Ok(Some(output.policy)),
            Err(Failure::Absent) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn set_mode(&self, arn: &str, mode: StreamMode) -> Result<(), Failure> {
        let sent = self.kinesis.update_stream_mode().stream_arn(arn).stream_mode_details(details(mode)).send();
        self.call(Call::SetMode, "kinesis:UpdateStreamMode", sent).await.map(drop)
    }
}

impl Cloud for Aws {
    async fn observe(&self, name: &StreamName) -> Result<Option<Found>, Failure> {
        let Some(summary) = self.summary(name).await? else { return Ok(None) };
        let arn = summary.stream_arn.clone();
        let (tags, policy) = match futures_util::future::try_join(self.tags(name), self.policy(&arn)).await {
            Err(Failure::Absent) => return Ok(None),
            looked => looked?,
        };
        Ok(Some(found(&summary, tags, policy.as_deref(), self.clock.now())))
    }

    async fn apply(&self, name: &StreamName, found: Option<&Found>, step: &Step) -> Result<(), Failure> {
        let (client, name) = (&self.kinesis, name.as_str());
        let arn = found.map_or("", |found| &found.seen.arn);
        match step {
            Step::Create { id, shards, tags } => {
                let tags = tags.clone().into_iter().chain([(OWNER.to_owned(), id.to_string())]).collect();
                let mode = if shards.is_some() { StreamMode::Provisioned } else { StreamMode::OnDemand };
                let sent = client
                    .create_stream()
                    .stream_name(name)
                    .stream_mode_details(details(mode))
                    .set_shard_count(shards.map(|shards| shards.get()))
                    .set_tags(Some(tags))
                    .send();
                self.call(Call::CreateStream, "kinesis:CreateStream", sent).await.map(drop)
            }
            Step::SetOnDemand => self.set_mode(arn, StreamMode::OnDemand).await,
            Step::SetProvisioned => self.set_mode(arn, StreamMode::Provisioned).await,
            Step::SetShards { next, .. } => {
                let sent = client
                    .update_shard_count()
                    .stream_name(name)
                    .target_shard_count(*next)
                    .scaling_type(ScalingType::UniformScaling)
                    .send();
                self.call(Call::SetShards, "kinesis:UpdateShardCount", sent).await.map(drop)
            }
            Step::RaiseRetention { to } => {
                let sent =
                    client.increase_stream_retention_period().stream_name(name).retention_period_hours(to.get()).send();
                self.call(Call::SetRetention, "kinesis:IncreaseStreamRetentionPeriod", sent).await.map(drop)
            }
            Step::LowerRetention { to } => {
                let sent =
                    client.decrease_stream_retention_period().stream_name(name).retention_period_hours(to.get()).send();
                self.call(Call::SetRetention, "kinesis:DecreaseStreamRetentionPeriod", sent).await.map(drop)
            }
            Step::Encrypt { key } => {
                let sent = client
                    .start_stream_encryption()
                    .stream_name(name)
                    .encryption_type(EncryptionType::Kms)
                    .key_id(key.as_str())
                    .send();
                self.call(Call::SetEncryption, "kinesis:StartStreamEncryption", sent).await.map(drop)
            }
            Step::Decrypt { key } => {
                let sent = client
                    .stop_stream_encryption()
                    .stream_name(name)
                    .encryption_type(EncryptionType::Kms)
                    .key_id(key)
                    .send();
                self.call(Call::SetEncryption, "kinesis:StopStreamEncryption", sent).await.map(drop)
            }
            Step::Tag { tags } => {
                // Kinesis takes ten tags a call; a further turn sets the rest.
                let tags = tags.iter().take(10).map(|(key, value)| (key.clone(), value.clone())).collect();
                let sent = client.add_tags_to_stream().stream_name(name).set_tags(Some(tags)).send();
                self.call(Call::Tag, "kinesis:AddTagsToStream", sent).await.map(drop)
            }
            Step::Untag { keys } => {
                let keys = keys.iter().take(10).cloned().collect();
                let sent = client.remove_tags_from_stream().stream_name(name).set_tag_keys(Some(keys)).send();
                self.call(Call::Untag, "kinesis:RemoveTagsFromStream", sent).await.map(drop)
            }
            Step::LetRead { readers } => {
                let readers = readers.iter().map(ToString::to_string).collect();
                let sent = client.put_resource_policy().resource_arn(arn).policy(policy::written(arn, &readers)).send();
                self.call(Call::WritePolicy, "kinesis:PutResourcePolicy", sent).await.map(drop)
            }
            Step::LetNobodyRead => {
                let sent = client.delete_resource_policy().resource_arn(arn).send();
                self.call(Call::WritePolicy, "kinesis:DeleteResourcePolicy", sent).await.map(drop)
            }
            Step::Delete => {
                let sent = client.delete_stream().stream_name(name).enforce_consumer_deletion(true).send();
                self.call(Call::DeleteStream, "kinesis:DeleteStream", sent).await.map(drop)
            }
        }
    }

    async fn names(&self) -> Result<BTreeSet<StreamName>, Failure> {
        let mut names = BTreeSet::new();
        let mut next = None;
        loop {
            let sent = self.kinesis.list_streams().limit(10_000).set_next_token(next).send();
            let page = self.call(Call::ListStreams, "kinesis:ListStreams", sent).await?;
            names.extend(page.stream_names.iter().filter_map(|name| name.parse().ok()));
            next = page.next_token;
            if !page.has_more_streams || next.is_none() {
                return Ok(names);
            }
        }
    }
}

fn details(mode: StreamMode) -> StreamModeDetails {
    StreamModeDetails::builder().stream_mode(mode).build().expect("the mode is given")
}

fn found(
    summary: &StreamDescriptionSummary,
    tags: BTreeMap<String, String>,
    policy: Option<&str>,
    observed_at: jiff::Timestamp,
) -> Found {
    let arn = summary.stream_arn.clone();
    let (readers, policy_is_plain) = policy::read(&arn, policy);
    let mode = summary.stream_mode_details.as_ref().map(|details| &details.stream_mode);
    let is_users = |key: &str| !key.starts_with("aws:") && !key.starts_with("fanner:");
    Found {
        activity: activity(&summary.stream_status),
        owner: tags.get(OWNER).cloned(),
        policy_is_plain,
        seen: Seen {
            observed_at,
            arn,
            on_demand: mode == Some(&StreamMode::OnDemand),
            open_shard_count: summary.open_shard_count,
            retention_hours: summary.retention_period_hours,
            kms_key: summary.key_id.clone().filter(|_| summary.encryption_type == Some(EncryptionType::Kms)),
            tags: tags.into_iter().filter(|(key, _)| is_users(key)).collect(),
            readers,
            reader_role: None,
        },
    }
}

fn activity(status: &StreamStatus) -> Activity {
    match status {
        StreamStatus::Creating => Activity::Creating,
        StreamStatus::Active => Activity::Idle,
        StreamStatus::Deleting => Activity::Deleting,
        _ => Activity::Updating,
    }
}
