//! How Kinesis is reached, and what its errors mean to us.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::{Credentials, Region};
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};

/// Where Kinesis is.
#[derive(Clone, Debug, Default)]
pub enum Kinesis {
    /// Where the AWS SDK's own configuration says: `AWS_REGION`, `AWS_ENDPOINT_URL_KINESIS`, profiles, roles.
    #[default]
    Environment,
    /// A Kinesis on this machine, which takes any credentials.
    Local { endpoint: String, region: String },
}

impl Kinesis {
    /// A client whose calls take at most `patience` and are made once: whoever calls knows best whether to repeat.
    pub async fn client(&self, patience: Duration) -> Client {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(patience.min(Duration::from_secs(5)))
            .operation_timeout(patience)
            .build();
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let loader = match self {
            Self::Environment => loader,
            Self::Local { endpoint, region } => loader
                .endpoint_url(endpoint)
                .region(Region::new(region.clone()))
                .credentials_provider(Credentials::new("local", "local", None, None, "local")),
        };
        Client::new(&loader.load().await)
    }
}

/// Why a call failed, as far as it matters for what to do next. The text says what happened, for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// Too fast: the same call works later.
    #[error("{0}")]
    Throttled(String),
    /// No answer, or an answer that blames the server: whether the call had an effect is unknown.
    #[error("{0}")]
    Passing(String),
    /// The stream is not there or not ours to use: nothing works until somebody changes that.
    #[error("{0}")]
    Away(String),
    /// The call itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// The shard iterator is too old.
    #[error("{0}")]
    Expired(String),
}

impl Fault {
    /// What went wrong with a call.
    pub(crate) fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let Some(refusal) = error.as_service_error() else {
            return Self::Passing(causes(error));
        };
        let code = refusal.code().unwrap_or("an error without a code");
        let text = match refusal.message() {
            Some(message) => format!("{code}: {message}"),
            None => code.to_owned(),
        };
        let is_servers_fault = error.raw_response().is_some_and(|response| response.status().is_server_error());
        match code {
            _ if is_throttle(code) => Self::Throttled(text),
            "ExpiredIteratorException" => Self::Expired(text),
            "InvalidArgumentException" | "ValidationException" | "SerializationException" => Self::Invalid(text),
            _ if is_servers_fault => Self::Passing(text),
            _ => Self::Away(text),
        }
    }
}

/// An error with what caused it, in one line.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Whether an error code, of a call or of one record in it, means "slower".
pub(crate) fn is_throttle(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "LimitExceededException"
            | "ThrottlingException"
            | "KMSThrottlingException"
    )
}
