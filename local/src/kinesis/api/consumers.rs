//! Registered consumers of a stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::target::stream_name;
use super::time::Seconds;
use super::{Call, page, within};
use crate::kinesis::error::Error;
use crate::kinesis::name::{self, Resource, StreamName};
use crate::kinesis::stream::{Consumer, Stream, tags};

/// How many consumers are told at once, unless asked for another number.
const PAGE: usize = 100;

/// A consumer as the API describes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct View {
    consumer_name: String,
    #[serde(rename = "ConsumerARN")]
    consumer_arn: String,
    consumer_status: &'static str,
    consumer_creation_timestamp: Seconds,
}

impl View {
    fn of(consumer: &Consumer, stream_arn: &str, call: &Call<'_>) -> View {
        View {
            consumer_name: consumer.name.clone(),
            consumer_arn: consumer.arn(stream_arn),
            consumer_status: consumer.status(call.now),
            consumer_creation_timestamp: Seconds(consumer.created_at),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Register {
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    consumer_name: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Registered {
    consumer: View,
}

pub(super) fn register(call: &mut Call<'_>, input: Register) -> Result<Registered, Error> {
    name::checked(&input.consumer_name, "consumer")?;
    let stream = call.account.stream(&stream_name(call, &input.stream_arn)?, call.now)?;
    let mut checked_tags = BTreeMap::new();
    tags::add(&mut checked_tags, input.tags)?;
    let consumer =
        stream.change(|facts| facts.register_consumer(&input.consumer_name, checked_tags, &call.conditions()))?;
    Ok(Registered { consumer: View::of(&consumer, &input.stream_arn, call) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConsumerTarget {
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    consumer_name: Option<String>,
    #[serde(rename = "ConsumerARN")]
    consumer_arn: Option<String>,
}

impl ConsumerTarget {
    /// The stream, and the consumer's name: by the consumer's ARN, or by its name and its stream's ARN.
    fn find(&self, call: &Call<'_>) -> Result<(Arc<Stream>, String), Error> {
        let (stream, name) = match (&self.consumer_arn, &self.stream_arn, &self.consumer_name) {
            (Some(arn), _, _) => match call.account.owner.resource(arn)? {
                Resource::Consumer { stream, name, .. } => (stream, name),
                Resource::Stream(_) => {
                    return Err(Error::invalid(format!("`{arn}` is the ARN of a stream, not of a consumer")));
                }
            },
            (None, Some(arn), Some(name)) => (stream_name(call, arn)?, name.clone()),
            (None, _, _) => return Err(Error::invalid("give ConsumerARN, or StreamARN and ConsumerName")),
        };
        Ok((call.account.stream(&stream, call.now)?, name))
    }
}

pub(super) fn deregister(call: &mut Call<'_>, input: ConsumerTarget) -> Result<(), Error> {
    let (stream, name) = input.find(call)?;
    stream.change(|facts| facts.deregister_consumer(&name))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    consumer_description: Description,
}

#[derive(Serialize)]
struct Description {
    #[serde(flatten)]
    view: View,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
}

pub(super) fn describe(call: &mut Call<'_>, input: ConsumerTarget) -> Result<Described, Error> {
    let (stream, name) = input.find(call)?;
    let facts = stream.facts();
    let stream_arn = call.account.owner.stream_arn(&facts.name);
    let view = View::of(facts.consumer(&name)?, &stream_arn, call);
    Ok(Described { consumer_description: Description { view, stream_arn } })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListConsumers {
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// What is left of a listing, as its token keeps it.
#[derive(Serialize, Deserialize)]
struct Rest {
    stream: StreamName,
    after: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConsumerPage {
    consumers: Vec<View>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list(call: &mut Call<'_>, input: ListConsumers) -> Result<ConsumerPage, Error> {
    let stream_name = stream_name(call, &input.stream_arn)?;
    let most = within("MaxResults", input.max_results.unwrap_or(PAGE), 1..=10_000)?;
    let rest = input.next_token.map(|token| page::open::<Rest>(&token, call.now)).transpose()?;
    let rest = rest.filter(|rest| rest.stream == stream_name);
    let stream = call.account.stream(&stream_name, call.now)?;
    let facts = stream.facts();
    let mut behind = facts.consumers.values().filter(|it| rest.as_ref().map(|rest| &rest.after) < Some(&it.name));
    let consumers: Vec<View> = behind.by_ref().take(most).map(|it| View::of(it, &input.stream_arn, call)).collect();
    let last = consumers.last().filter(|_| behind.next().is_some()).map(|view| view.consumer_name.clone());
    let next_token = last.map(|after| page::sealed(Rest { stream: stream_name, after }, call.now)).transpose()?;
    Ok(ConsumerPage { consumers, next_token })
}
