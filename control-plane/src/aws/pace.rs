//! How fast AWS is called: a share of what an account may call a second, so that others in it can call too.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Jitter, Quota, RateLimiter};

/// How fast AWS is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// 80 % of each call's limit for an account and region.
    Aws,
    /// As fast as it goes, for a Kinesis that has no such limits.
    Unlimited,
}

/// The calls, by the limit that they share. Source of the limits: Kinesis Data Streams developer guide, "Quotas and limits".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    CreateStream,
    DeleteStream,
    DescribeStreamSummary,
    ListStreams,
    ListTags,
    Tag,
    Untag,
    SetMode,
    SetShards,
    SetRetention,
    SetEncryption,
    ReadPolicy,
    WritePolicy,
    ReadRole,
    WriteRole,
}

impl Call {
    const ALL: [Self; 15] = [
        Self::CreateStream,
        Self::DeleteStream,
        Self::DescribeStreamSummary,
        Self::ListStreams,
        Self::ListTags,
        Self::Tag,
        Self::Untag,
        Self::SetMode,
        Self::SetShards,
        Self::SetRetention,
        Self::SetEncryption,
        Self::ReadPolicy,
        Self::WritePolicy,
        Self::ReadRole,
        Self::WriteRole,
    ];

    /// Calls a second that AWS allows.
    fn limit(self) -> u32 {
        match self {
            // IAM publishes no limits; these are well below what accounts are known to get.
            Self::DescribeStreamSummary | Self::ReadRole => 20,
            Self::SetShards | Self::WriteRole => 10,
            Self::CreateStream
            | Self::DeleteStream
            | Self::ListStreams
            | Self::ListTags
            | Self::Tag
            | Self::Untag
            | Self::SetMode
            | Self::SetRetention
            | Self::SetEncryption
            | Self::ReadPolicy
            | Self::WritePolicy => 5,
        }
    }

    fn quota(self) -> Quota {
        Quota::per_second(NonZeroU32::new(self.limit() * 4 / 5).unwrap_or(NonZeroU32::MIN))
    }
}

/// Lets calls through at a pace.
#[derive(Debug)]
pub(super) struct Gate {
    /// One for each call, in the order of [`Call::ALL`]; none if there is no limit.
    limiters: Vec<DefaultDirectRateLimiter>,
}

impl Gate {
    pub(super) fn new(pace: Pace) -> Self {
        let limiters = match pace {
            Pace::Aws => Call::ALL.map(|call| RateLimiter::direct(call.quota())).into(),
            Pace::Unlimited => Vec::new(),
        };
        Self { limiters }
    }

    /// Waits until `call` may be made.
    pub(super) async fn pass(&self, call: Call) {
        if let Some(limiter) = self.limiters.get(call as usize) {
            limiter.until_ready_with_jitter(Jitter::up_to(std::time::Duration::from_millis(50))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_has_its_own_limiter() {
        assert!(Call::ALL.iter().enumerate().all(|(index, call)| *call as usize == index));
        assert_eq!(Gate::new(Pace::Aws).limiters.len(), Call::ALL.len());
    }

    #[test]
    fn aws_is_called_at_four_fifths_of_its_limits() {
        assert_eq!(Call::CreateStream.quota().burst_size().get(), 4);
        assert_eq!(Call::DescribeStreamSummary.quota().burst_size().get(), 16);
    }
}
