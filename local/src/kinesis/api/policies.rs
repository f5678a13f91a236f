//! Resource policies of streams and consumers. They are kept and given back, and not enforced: callers of
//! this server are not authenticated.

use serde::{Deserialize, Serialize};

use super::Call;
use crate::kinesis::error::Error;
use crate::kinesis::name::Resource;
use crate::kinesis::stream::Facts;

/// What is told of a resource without a policy.
const NO_POLICY: &str = "{}";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutResourcePolicy {
    #[serde(rename = "ResourceARN")]
    arn: String,
    policy: String,
}

pub(super) fn put(call: &mut Call<'_>, input: PutResourcePolicy) -> Result<(), Error> {
    if serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&input.policy).is_err() {
        return Err(Error::invalid("Policy must be a JSON object"));
    }
    let resource = call.account.owner.resource(&input.arn)?;
    let stream = call.account.stream(resource.stream(), call.now)?;
    stream.change(|facts| {
        facts.ensure_active(call.now)?;
        *policy_of(facts, &resource)? = Some(input.policy);
        Ok(())
    })
}

#[derive(Deserialize)]
pub(super) struct PolicyTarget {
    #[serde(rename = "ResourceARN")]
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Policy {
    policy: String,
}

pub(super) fn get(call: &mut Call<'_>, input: PolicyTarget) -> Result<Policy, Error> {
    let resource = call.account.owner.resource(&input.arn)?;
    let stream = call.account.stream(resource.stream(), call.now)?;
    let facts = stream.facts();
    let policy = match &resource {
        Resource::Stream(_) => facts.policy.clone(),
        Resource::Consumer { name, .. } => facts.consumer(name)?.policy.clone(),
    };
    Ok(Policy { policy: policy.unwrap_or_else(|| NO_POLICY.into()) })
}

pub(super) fn delete(call: &mut Call<'_>, input: PolicyTarget) -> Result<(), Error> {
    let resource = call.account.owner.resource(&input.arn)?;
    let stream = call.account.stream(resource.stream(), call.now)?;
    stream.change(|facts| {
        facts.ensure_active(call.now)?;
        let removed = policy_of(facts, &resource)?.take();
        removed
            .map(drop)
            .ok_or_else(|| Error::not_found(format!("No resource policy found for resource ARN {}", input.arn)))
    })
}

fn policy_of<'a>(facts: &'a mut Facts, resource: &Resource) -> Result<&'a mut Option<String>, Error> {
    match resource {
        Resource::Stream(_) => Ok(&mut facts.policy),
        Resource::Consumer { name, .. } => facts.consumer_mut(name).map(|consumer| &mut consumer.policy),
    }
}
