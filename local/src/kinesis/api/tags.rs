//! Tags: the older operations name a stream, the newer ones an ARN of a stream or a consumer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::target::Target;
use super::{Call, within};
use crate::kinesis::error::Error;
use crate::kinesis::name::Resource;
use crate::kinesis::stream::{Facts, tags};

type Tags = BTreeMap<String, String>;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

fn listed(tags: &Tags) -> impl Iterator<Item = Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddTagsToStream {
    #[serde(flatten)]
    target: Target,
    tags: Tags,
}

pub(super) fn add_to_stream(call: &mut Call<'_>, input: AddTagsToStream) -> Result<(), Error> {
    change(call, &Resource::Stream(input.target.name(call)?), |tags| tags::add(tags, input.tags))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveTagsFromStream {
    #[serde(flatten)]
    target: Target,
    tag_keys: Vec<String>,
}

pub(super) fn remove_from_stream(call: &mut Call<'_>, input: RemoveTagsFromStream) -> Result<(), Error> {
    remove(call, &Resource::Stream(input.target.name(call)?), &input.tag_keys)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTagsForStream {
    #[serde(flatten)]
    target: Target,
    exclusive_start_tag_key: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagPage {
    tags: Vec<Tag>,
    has_more_tags: bool,
}

pub(super) fn list_for_stream(call: &mut Call<'_>, input: ListTagsForStream) -> Result<TagPage, Error> {
    let stream = input.target.stream(call)?;
    let most = within("Limit", input.limit.unwrap_or(50), 1..=50)?;
    let facts = stream.facts();
    let mut behind = listed(&facts.tags).filter(|tag| input.exclusive_start_tag_key.as_ref() < Some(&tag.key));
    let tags = behind.by_ref().take(most).collect();
    Ok(TagPage { tags, has_more_tags: behind.next().is_some() })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagResource {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tags: Tags,
}

pub(super) fn tag(call: &mut Call<'_>, input: TagResource) -> Result<(), Error> {
    change(call, &call.account.owner.resource(&input.arn)?, |tags| tags::add(tags, input.tags))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagResource {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag(call: &mut Call<'_>, input: UntagResource) -> Result<(), Error> {
    remove(call, &call.account.owner.resource(&input.arn)?, &input.tag_keys)
}

#[derive(Deserialize)]
pub(super) struct ListTagsForResource {
    #[serde(rename = "ResourceARN")]
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagList {
    tags: Vec<Tag>,
}

pub(super) fn list(call: &mut Call<'_>, input: ListTagsForResource) -> Result<TagList, Error> {
    let resource = call.account.owner.resource(&input.arn)?;
    let stream = call.account.stream(resource.stream(), call.now)?;
    let facts = stream.facts();
    let tags = match &resource {
        Resource::Stream(_) => &facts.tags,
        Resource::Consumer { name, .. } => &facts.consumer(name)?.tags,
    };
    Ok(TagList { tags: listed(tags).collect() })
}

fn remove(call: &Call<'_>, resource: &Resource, keys: &[String]) -> Result<(), Error> {
    within("the number of TagKeys", keys.len(), 1..=50)?;
    change(call, resource, |tags| {
        tags.retain(|key, _| !keys.contains(key));
        Ok(())
    })
}

fn change(
    call: &Call<'_>,
    resource: &Resource,
    change: impl FnOnce(&mut Tags) -> Result<(), Error>,
) -> Result<(), Error> {
    let stream = call.account.stream(resource.stream(), call.now)?;
    stream.change(|facts| {
        facts.ensure_active(call.now)?;
        change(tags_of(facts, resource)?)
    })
}

fn tags_of<'a>(facts: &'a mut Facts, resource: &Resource) -> Result<&'a mut Tags, Error> {
    match resource {
        Resource::Stream(_) => Ok(&mut facts.tags),
        Resource::Consumer { name, .. } => facts.consumer_mut(name).map(|consumer| &mut consumer.tags),
    }
}
