//! IAM, as an administrator of the account sees it.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_iam::Client;
use aws_sdk_iam::config::Credentials;
use fanner_model::{ReaderRole, StreamId};
use serde_json::Value;

pub(crate) struct Iam(pub(crate) Client);

/// A role with all that it has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Described {
    pub(crate) arn: String,
    pub(crate) boundary: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) trust: Value,
    pub(crate) inline: BTreeMap<String, Value>,
    pub(crate) attached: BTreeSet<String>,
}

impl Iam {
    pub(crate) fn at(endpoint: &str) -> Self {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("moto", "moto", None, None, "tests"));
        Self(Client::from_conf(config.build()))
    }

    /// The reader role of a stream, if there is one.
    pub(crate) async fn role(&self, id: StreamId) -> Option<Described> {
        let name = ReaderRole::name(id);
        let role = match self.0.get_role().role_name(&name).send().await {
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_entity_exception()) => {
                return None;
            }
            found => found.expect("IAM answers").role.expect("a role is described"),
        };
        let names = self.0.list_role_policies().role_name(&name).send().await.expect("IAM answers").policy_names;
        let mut inline = BTreeMap::new();
        for policy in names {
            // It may have been taken away meanwhile, as it should.
            let Ok(got) = self.0.get_role_policy().role_name(&name).policy_name(&policy).send().await else { continue };
            inline.insert(policy, json(&got.policy_document));
        }
        let attached = self.0.list_attached_role_policies().role_name(&name).send().await.expect("IAM answers");
        let attached = attached.attached_policies.into_iter().flatten().filter_map(|policy| policy.policy_arn);
        Some(Described {
            arn: role.arn,
            boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
            tags: role.tags.into_iter().flatten().map(|tag| (tag.key, tag.value)).collect(),
            trust: json(&role.assume_role_policy_document.expect("every role trusts somebody")),
            inline,
            attached: attached.collect(),
        })
    }
}

impl Described {
    /// The moment that the trust policy notes, in seconds since 1970.
    pub(crate) fn since(&self) -> Option<&str> {
        self.trust["Statement"][0]["Sid"].as_str()?.strip_prefix("FannerTrustsSince")
    }

    /// Whom the trust policy names.
    pub(crate) fn trusted(&self) -> &Value {
        &self.trust["Statement"][0]["Principal"]["AWS"]
    }
}

/// IAM writes documents percent-encoded.
fn json(text: &str) -> Value {
    let decoded = serde_urlencoded::from_str::<Vec<(String, String)>>(&format!("d={text}")).expect("it is encoded");
    serde_json::from_str(&decoded[0].1).expect("a policy is JSON")
}
