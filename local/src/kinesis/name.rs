//! Names and ARNs: text becomes one of these once, where it comes in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::Error;

/// A stream's name: 1 to 128 of `a-z A-Z 0-9 _ . -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct StreamName(String);

impl StreamName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StreamName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        checked(text, "stream").map(|()| StreamName(text.into()))
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Checks the name of a `kind` of thing: streams and consumers follow the same rule.
pub(crate) fn checked(text: &str, kind: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if let Some(found) = text.chars().find(|&c| !allowed(c)) {
        return Err(Error::validation(format!(
            "{kind} name `{text}` contains `{found}`; use only a-z, A-Z, 0-9, _, . and -"
        )));
    }
    if text.is_empty() || 128 < text.len() {
        return Err(Error::validation(format!("{kind} name `{text}` is {} long; use 1 to 128 characters", text.len())));
    }
    Ok(())
}

/// The owner of all streams of one server: where it says that it is, and whose account it says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Owner {
    pub(crate) fn stream_arn(&self, stream: &StreamName) -> String {
        format!("arn:aws:kinesis:{}:{}:stream/{stream}", self.region, self.account)
    }

    /// The stream or consumer that an ARN names. Errors: `InvalidArgument` when it is not an ARN of such a thing,
    /// `ResourceNotFound` when it belongs to someone else.
    pub(crate) fn resource(&self, arn: &str) -> Result<Resource, Error> {
        let (partition, place, path) = parts(arn).ok_or_else(|| {
            Error::invalid(format!("`{arn}` is not the ARN of a stream: arn:aws:kinesis:REGION:ACCOUNT:stream/NAME"))
        })?;
        if partition != "aws" || place != (self.region.as_str(), self.account.as_str()) {
            return Err(Error::not_found(format!(
                "`{arn}` is not here: this is region {} of account {}",
                self.region, self.account
            )));
        }
        match path.split_once("/consumer/") {
            Some((stream, consumer)) => Ok(Resource::Consumer {
                stream: stream.parse()?,
                name: consumer_name(consumer).into(),
                arn: arn.into(),
            }),
            None => Ok(Resource::Stream(path.parse()?)),
        }
    }
}

/// What an ARN of Kinesis can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Stream(StreamName),
    Consumer { stream: StreamName, name: String, arn: String },
}

impl Resource {
    pub(crate) fn stream(&self) -> &StreamName {
        match self {
            Resource::Stream(stream) | Resource::Consumer { stream, .. } => stream,
        }
    }
}

/// Partition, region with account, and what follows `stream/`.
fn parts(arn: &str) -> Option<(&str, (&str, &str), &str)> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(":kinesis:")?;
    let (region, rest) = rest.split_once(':')?;
    let (account, path) = rest.split_once(':')?;
    Some((partition, (region, account), path.strip_prefix("stream/")?))
}

/// A consumer's ARN ends with its name and the second it was created in.
fn consumer_name(text: &str) -> &str {
    text.rsplit_once(':').map_or(text, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_refused_with_the_reason() {
        let refusal = |text: &str| text.parse::<StreamName>().unwrap_err().to_string();
        assert_eq!(
            refusal("my stream"),
            "ValidationException: stream name `my stream` contains ` `; use only a-z, A-Z, 0-9, _, . and -"
        );
        assert_eq!(refusal(""), "ValidationException: stream name `` is 0 long; use 1 to 128 characters");
        assert!("x".repeat(129).parse::<StreamName>().is_err());
        assert!("Orders_1.a-b".parse::<StreamName>().is_ok());
    }

    #[test]
    fn arns_name_streams_and_consumers_of_this_account_only() {
        let owner = Owner { region: "eu-west-1".into(), account: "123456789012".into() };
        let orders: StreamName = "orders".parse().unwrap();
        let arn = owner.stream_arn(&orders);
        assert_eq!(owner.resource(&arn), Ok(Resource::Stream(orders.clone())));
        let consumer = format!("{arn}/consumer/app:1700000000");
        let expected = Resource::Consumer { stream: orders, name: "app".into(), arn: consumer.clone() };
        assert_eq!(owner.resource(&consumer), Ok(expected));

        let elsewhere = owner.resource(&arn.replace("eu", "us")).unwrap_err();
        assert_eq!(elsewhere.code(), "ResourceNotFoundException");
        assert_eq!(owner.resource("arn:aws:s3:::orders").unwrap_err().code(), "InvalidArgumentException");
    }
}
