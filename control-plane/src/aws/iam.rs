//! Reader roles in IAM, through the AWS SDK.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{Role, Tag};
use fanner_model::{Arn, ReaderRole, StreamId};
use futures_util::future::try_join;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::pace::Call;
use super::{Aws, OWNER};
use crate::reconcile::{Failure, FoundRole, READ, RoleStep, Roles, SESSIONS, Trust, ending, normal};

impl Roles for Aws {
    async fn observe_role(&self, id: StreamId) -> Result<Option<FoundRole>, Failure> {
        let name = ReaderRole::name(id);
        match self.role(&name).await {
            Err(Failure::Absent) => Ok(None),
            found => found.map(Some),
        }
    }

    async fn apply_role(&self, id: StreamId, step: &RoleStep) -> Result<(), Failure> {
        let (client, name) = (&self.iam, ReaderRole::name(id));
        match step {
            RoleStep::Create { trust, boundary } => {
                let tag = Tag::builder().key(OWNER).value(id.to_string()).build().expect("key and value are given");
                let sent = client
                    .create_role()
                    .path(ReaderRole::PATH)
                    .role_name(name)
                    .description("Reads one stream of fanner, which makes and repairs this role")
                    .assume_role_policy_document(trust.written().to_string())
                    .permissions_boundary(boundary.as_str())
                    .tags(tag)
                    .send();
                let created = self.call(Call::WriteRole, "iam:CreateRole", sent).await.map(drop);
                created.map_err(|failure| unbounded(failure, boundary))
            }
            RoleStep::Bound { boundary } => {
                let sent = client
                    .put_role_permissions_boundary()
                    .role_name(name)
                    .permissions_boundary(boundary.as_str())
                    .send();
                let bounded = self.call(Call::WriteRole, "iam:PutRolePermissionsBoundary", sent).await.map(drop);
                bounded.map_err(|failure| unbounded(failure, boundary))
            }
            RoleStep::Trust { trust } => {
                let policy = trust.written().to_string();
                let sent = client.update_assume_role_policy().role_name(name).policy_document(policy).send();
                self.call(Call::WriteRole, "iam:UpdateAssumeRolePolicy", sent).await.map(drop)
            }
            RoleStep::EndSessions { before } => self.put_policy(name, SESSIONS, &ending(*before)).await,
            RoleStep::Allow { policy } => self.put_policy(name, READ, policy).await,
            RoleStep::Detach { policy } => {
                let sent = client.detach_role_policy().role_name(name).policy_arn(policy).send();
                self.call(Call::WriteRole, "iam:DetachRolePolicy", sent).await.map(drop)
            }
            RoleStep::Drop { policy } => {
                let sent = client.delete_role_policy().role_name(name).policy_name(policy).send();
                self.call(Call::WriteRole, "iam:DeleteRolePolicy", sent).await.map(drop)
            }
            RoleStep::Delete => {
                let sent = client.delete_role().role_name(name).send();
                self.call(Call::WriteRole, "iam:DeleteRole", sent).await.map(drop)
            }
        }
    }
}

impl Aws {
    /// A role with all its policies; of one that is not ours, no more than that it is there.
    async fn role(&self, name: &str) -> Result<FoundRole, Failure> {
        let sent = self.iam.get_role().role_name(name).send();
        let role = self.call(Call::ReadRole, "iam:GetRole", sent).await?.role.ok_or(Failure::Absent)?;
        let found = found(&role);
        if found.owner.is_none() {
            return Ok(found);
        }
        let (names, attached) = try_join(self.inline(name), self.attached(name)).await?;
        let mut inline = BTreeMap::new();
        for policy in names {
            // Of what is not ours, the name is enough to take it away.
            let text = if policy == READ || policy == SESSIONS { self.policy_text(name, &policy).await? } else { None };
            inline.insert(policy, normal(&document(text.as_deref())));
        }
        Ok(FoundRole { inline, attached, ..found })
    }

    async fn inline(&self, role: &str) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        let mut marker = None;
        loop {
            let sent = self.iam.list_role_policies().role_name(role).set_marker(marker).send();
            let page = self.call(Call::ReadRole, "iam:ListRolePolicies", sent).await?;
            names.extend(page.policy_names);
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(names);
            }
        }
    }

    async fn attached(&self, role: &str) -> Result<BTreeSet<String>, Failure> {
        let mut arns = BTreeSet::new();
        let mut marker = None;
        loop {
            let sent = self.iam.list_attached_role_policies().role_name(role).set_marker(marker).send();
            let page = self.call(Call::ReadRole, "iam:ListAttachedRolePolicies", sent).await?;
            arns.extend(page.attached_policies.into_iter().flatten().filter_map(|policy| policy.policy_arn));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(arns);
            }
        }
    }

    async fn policy_text(&self, role: &str, policy: &str) -> Result<Option<String>, Failure> {
        let sent = self.iam.get_role_policy().role_name(role).policy_name(policy).send();
        let output = self.call(Call::ReadRole, "iam:GetRolePolicy", sent).await?;
        Ok(Some(output.policy_document))
    }

    async fn put_policy(&self, role: String, policy: &str, document: &Value) -> Result<(), Failure> {
        let document = document.to_string();
        let sent = self.iam.put_role_policy().role_name(role).policy_name(policy).policy_document(document).send();
        self.call(Call::WriteRole, "iam:PutRolePolicy", sent).await.map(drop)
    }
}

/// What is missing when a role is to be bounded is the boundary.
fn unbounded(failure: Failure, boundary: &Arn) -> Failure {
    match failure {
        Failure::Absent => Failure::Invalid { message: format!("there is no policy `{boundary}` that could bound it") },
        other => other,
    }
}

/// A role without its policies.
fn found(role: &Role) -> FoundRole {
    let is_at_ours = role.path == ReaderRole::PATH;
    let tags = role.tags.iter().flatten();
    let owner = tags.filter(|tag| tag.key == OWNER && is_at_ours).map(|tag| tag.value.clone()).next();
    let boundary = role.permissions_boundary.as_ref().and_then(|boundary| boundary.permissions_boundary_arn.clone());
    FoundRole {
        arn: role.arn.clone(),
        is_at_ours,
        owner,
        boundary,
        trust: Trust::read(&document(role.assume_role_policy_document.as_deref())),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    }
}

/// IAM writes documents percent-encoded. One that cannot be read is like none of ours.
fn document(text: Option<&str>) -> Value {
    let text = percent_decode_str(text.unwrap_or_default()).decode_utf8_lossy();
    serde_json::from_str(&text).unwrap_or_default()
}
