//! How AWS is called: each call at its pace, once, and counted. Repeating is the reconciler's business.

use std::future::Future;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};

use super::failure::failure;
use super::pace::{Call, Gate, Pace};
use crate::clock::Clock;
use crate::reconcile::Failure;
use crate::telemetry::Metrics;

/// The real thing, or whatever answers at the SDK's endpoints.
#[derive(Debug)]
pub(crate) struct Aws {
    pub(super) kinesis: aws_sdk_kinesis::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) clock: Clock,
    gate: Gate,
    metrics: Metrics,
}

impl Aws {
    /// AWS as the SDK is configured, called at this pace.
    pub(crate) fn new(config: &SdkConfig, pace: Pace, clock: Clock, metrics: Metrics) -> Self {
        let timeouts =
            TimeoutConfig::builder().connect_timeout(Duration::from_secs(2)).operation_timeout(Duration::from_secs(5));
        let config = config.to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build()).build();
        Self {
            kinesis: aws_sdk_kinesis::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            clock,
            gate: Gate::new(pace),
            metrics,
        }
    }

    /// Makes one call, at its pace, and counts it.
    pub(super) async fn call<T, E>(
        &self,
        call: Call,
        permission: &'static str,
        sent: impl Future<Output = Result<T, SdkError<E>>>,
    ) -> Result<T, Failure>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        self.gate.pass(call).await;
        let result = sent.await.map_err(|error| failure(&error, permission));
        let operation = permission.split_once(':').map_or(permission, |(_, operation)| operation);
        self.metrics.aws_call(operation, outcome(result.as_ref().err()));
        result
    }
}

/// How a call ended, for metrics.
fn outcome(failure: Option<&Failure>) -> &'static str {
    match failure {
        None => "done",
        Some(Failure::Throttled) => "throttled",
        Some(Failure::Unreachable { .. }) => "unreachable",
        Some(
            Failure::Absent | Failure::Busy | Failure::Quota { .. } | Failure::Denied { .. } | Failure::Invalid { .. },
        ) => "refused",
    }
}
