//! The account that the control plane is in, as AWS describes it: what `fanner_bypass` makes its report from. Reading only, and what
//! cannot be read is noted instead of failing the whole.

mod identity;
mod key;
mod stream;
mod tap;

use aws_config::SdkConfig;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use fanner_bypass::{Account, Document};
use fanner_model::{StreamName, Unread};

use self::identity::Identities;
use super::failure::{cause, failure};

/// The services that describe an account.
#[derive(Clone, Debug)]
pub(crate) struct AccountReader {
    kinesis: aws_sdk_kinesis::Client,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    lambda: aws_sdk_lambda::Client,
    firehose: aws_sdk_firehose::Client,
}

impl AccountReader {
    /// The account as the SDK is configured.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self {
            kinesis: aws_sdk_kinesis::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            firehose: aws_sdk_firehose::Client::new(config),
        }
    }

    /// Everything that matters to who reads a stream.
    ///
    /// # Errors
    /// The stream itself cannot be described, so that there is nothing to tell.
    pub(crate) async fn describe(&self, name: &StreamName) -> Result<Account, Unread> {
        let summary = stream::summary(&self.kinesis, name).await?;
        let mut gaps = Gaps::default();
        let key = gaps.filled(key::of(&self.kms, &summary).await);
        let stream = stream::described(&self.kinesis, &summary, key.flatten(), &mut gaps).await?;
        let Identities { known: identities, groups } = identity::all(&self.iam, &mut gaps).await;
        let mut taps = gaps.filled(tap::mappings(&self.lambda, stream.arn.as_str()).await).unwrap_or_default();
        taps.extend(tap::deliveries(&self.firehose, stream.arn.as_str(), &mut gaps).await);
        if summary.channel_count.is_some_and(|count| 0 < count) {
            taps.extend(gaps.filled(tap::channels(&self.kinesis, stream.arn.as_str()).await).unwrap_or_default());
        }
        Ok(Account { stream, identities, groups, taps, unread: gaps.0 })
    }
}

/// What could not be read so far.
#[derive(Default)]
struct Gaps(Vec<Unread>);

impl Gaps {
    /// What was read; otherwise it is noted that it was not.
    fn filled<T>(&mut self, read: Result<T, Unread>) -> Option<T> {
        read.map_err(|unread| self.0.push(unread)).ok()
    }

    /// A policy's text as a document.
    fn document(&mut self, what: impl FnOnce() -> String, text: &str) -> Option<Document> {
        self.filled(Document::parse(text).map_err(|cause| Unread { what: what(), why: cause.to_string() }))
    }
}

/// Says what a failed call leaves unread. `permission` is the one that the call needs.
fn unread<E>(what: impl Into<String>, permission: &str) -> impl FnOnce(SdkError<E>) -> Unread
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let what = what.into();
    move |error| {
        let why = match &error {
            SdkError::ServiceError(_) => failure(&error, permission).to_string(),
            _ => format!("AWS gave no answer that can be read: {}", cause(&error)),
        };
        Unread { what, why }
    }
}
