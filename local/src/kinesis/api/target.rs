//! Which stream a call is about: by name, by ARN, or by both if they agree.

use std::sync::Arc;

use serde::Deserialize;

use super::Call;
use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::iterator::ShardIterator;
use crate::kinesis::name::{Resource, StreamName};
use crate::kinesis::stream::Stream;

/// The two fields by which most operations name a stream.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Target {
    #[serde(rename = "StreamName")]
    pub(super) name: Option<String>,
    #[serde(rename = "StreamARN")]
    pub(super) arn: Option<String>,
}

impl Target {
    pub(super) fn name(&self, call: &Call<'_>) -> Result<StreamName, Error> {
        let by_arn = self.arn.as_deref().map(|arn| stream_name(call, arn)).transpose()?;
        let by_name = self.name.as_deref().map(str::parse).transpose()?;
        match (by_name, by_arn) {
            (Some(name), Some(by_arn)) if name != by_arn => Err(Error::invalid(format!(
                "StreamName `{name}` and StreamARN, which names `{by_arn}`, are two streams"
            ))),
            (Some(name), _) | (None, Some(name)) => Ok(name),
            (None, None) => Err(Error::invalid("the stream is missing: give StreamName or StreamARN")),
        }
    }

    pub(super) fn stream(&self, call: &Call<'_>) -> Result<Arc<Stream>, Error> {
        call.account.stream(&self.name(call)?, call.now)
    }
}

/// The name in the ARN of a stream.
pub(super) fn stream_name(call: &Call<'_>, arn: &str) -> Result<StreamName, Error> {
    match call.account.owner.resource(arn)? {
        Resource::Stream(name) => Ok(name),
        Resource::Consumer { .. } => Err(Error::invalid(format!("`{arn}` is the ARN of a consumer, not of a stream"))),
    }
}

/// The stream that a request names in one of the ways there are, without looking whether it exists.
pub(crate) fn stream_named_in(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Naming {
        #[serde(rename = "StreamName")]
        name: Option<String>,
        #[serde(rename = "StreamARN", alias = "ResourceARN", alias = "ConsumerARN")]
        arn: Option<String>,
        #[serde(rename = "ShardIterator")]
        iterator: Option<String>,
    }

    let naming: Naming = serde_json::from_slice(body).ok()?;
    let by_arn = || naming.arn.as_deref()?.split_once(":stream/")?.1.split('/').next().map(String::from);
    let by_iterator = || ShardIterator::open(naming.iterator.as_deref()?, Millis::default()).ok().map(|it| it.stream);
    naming.name.clone().or_else(by_arn).or_else(by_iterator)
}
