//! Users and roles, with every policy that they have: from IAM's description of the account as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail,
};
use fanner_bypass::{Attached, Document, Identity};
use fanner_model::Arn;
use percent_encoding::percent_decode_str;

use super::{Gaps, unread};

/// The users and roles of an account, and its groups.
#[derive(Default)]
pub(super) struct Identities {
    pub(super) known: Vec<Identity>,
    pub(super) groups: Vec<Identity>,
}

/// All identities of the account. None are known if IAM does not answer to the end, as a policy may come after those who
/// have it.
pub(super) async fn all(iam: &Client, gaps: &mut Gaps) -> Identities {
    let mut pages = iam.get_account_authorization_details().into_paginator().send();
    let mut details = Details::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(unread("the users, groups, roles and policies", "iam:GetAccountAuthorizationDetails"));
        let Some(page) = gaps.filled(page) else { return Identities::default() };
        details.users.extend(page.user_detail_list.into_iter().flatten());
        details.groups.extend(page.group_detail_list.into_iter().flatten());
        details.roles.extend(page.role_detail_list.into_iter().flatten());
        details.policies.extend(page.policies.into_iter().flatten());
    }
    identities(details, gaps)
}

/// What IAM tells, page by page.
#[derive(Default)]
struct Details {
    users: Vec<UserDetail>,
    groups: Vec<GroupDetail>,
    roles: Vec<RoleDetail>,
    policies: Vec<ManagedPolicyDetail>,
}

fn identities(Details { users, groups, roles, policies }: Details, gaps: &mut Gaps) -> Identities {
    let mut shelf = Shelf { managed: managed(policies, gaps), gaps };
    let groups: BTreeMap<_, _> = groups.into_iter().filter_map(|group| shelf.group(group)).collect();
    let mut known: Vec<_> = users.into_iter().filter_map(|user| shelf.user(user, &groups)).collect();
    known.extend(roles.into_iter().filter_map(|role| shelf.role(role)));
    Identities { known, groups: groups.into_values().collect() }
}

/// The managed policies that somebody has, by their ARN, in the version that is in force.
fn managed(policies: Vec<ManagedPolicyDetail>, gaps: &mut Gaps) -> BTreeMap<String, Arc<Document>> {
    let used = |count: Option<i32>| count.is_none_or(|count| 0 < count);
    let used = policies
        .into_iter()
        .filter(|policy| used(policy.attachment_count) || used(policy.permissions_boundary_usage_count));
    let read = used.filter_map(|policy| {
        let arn = policy.arn?;
        let version = policy.policy_version_list.into_iter().flatten().find(|version| version.is_default_version)?;
        let document = document(gaps, || format!("managed policy `{arn}`"), version.document.as_deref())?;
        Some((arn, Arc::new(document)))
    });
    read.collect()
}

/// The managed policies, from which everybody is given theirs.
struct Shelf<'a> {
    managed: BTreeMap<String, Arc<Document>>,
    gaps: &'a mut Gaps,
}

impl Shelf<'_> {
    /// A group by its name.
    fn group(&mut self, group: GroupDetail) -> Option<(String, Identity)> {
        let (name, arn) = (group.group_name?, self.arn(group.arn?)?);
        let of = format!(" of group `{name}`");
        let policies = self.policies(&of, group.group_policy_list, group.attached_managed_policies);
        let unique_id = group.group_id.unwrap_or_default();
        Some((name, Identity { arn, unique_id, policies, boundary: None, groups: Vec::new(), trust: None }))
    }

    fn user(&mut self, user: UserDetail, groups: &BTreeMap<String, Identity>) -> Option<Identity> {
        let arn = self.arn(user.arn?)?;
        let mut policies = self.policies("", user.user_policy_list, user.attached_managed_policies);
        let groups: Vec<_> = user.group_list.iter().flatten().filter_map(|name| groups.get(name)).collect();
        policies.extend(groups.iter().flat_map(|group| &group.policies).cloned());
        Some(Identity {
            unique_id: user.user_id.unwrap_or_default(),
            boundary: self.boundary(&arn, user.permissions_boundary),
            groups: groups.iter().map(|group| group.arn.clone()).collect(),
            trust: None,
            policies,
            arn,
        })
    }

    fn role(&mut self, role: RoleDetail) -> Option<Identity> {
        let arn = self.arn(role.arn?)?;
        let what = || format!("trust policy of `{arn}`");
        Some(Identity {
            unique_id: role.role_id.unwrap_or_default(),
            policies: self.policies("", role.role_policy_list, role.attached_managed_policies),
            boundary: self.boundary(&arn, role.permissions_boundary),
            groups: Vec::new(),
            // One that cannot be read is noted; the role is one all the same.
            trust: Some(document(self.gaps, what, role.assume_role_policy_document.as_deref()).unwrap_or_default()),
            arn,
        })
    }

    /// Inline and managed policies together. `of` says by what somebody has them.
    fn policies(
        &mut self,
        of: &str,
        inline: Option<Vec<PolicyDetail>>,
        attached: Option<Vec<AttachedPolicy>>,
    ) -> Vec<Attached> {
        let inline = inline.into_iter().flatten().filter_map(|policy| {
            let name = format!("inline policy `{}`{of}", policy.policy_name.unwrap_or_default());
            let document = document(self.gaps, || name.clone(), policy.policy_document.as_deref())?;
            Some(Attached { name, managed: None, document: Arc::new(document) })
        });
        let mut policies: Vec<_> = inline.collect();
        for arn in attached.into_iter().flatten().filter_map(|policy| policy.policy_arn) {
            let name = format!("managed policy `{arn}`{of}");
            let document = self.managed.get(&arn).cloned();
            let found = document.ok_or_else(|| missing(name.clone()));
            if let Some(document) = self.gaps.filled(found) {
                policies.push(Attached { name, managed: arn.parse().ok(), document });
            }
        }
        policies
    }

    fn boundary(&mut self, of: &Arn, boundary: Option<AttachedPermissionsBoundary>) -> Option<Arc<Document>> {
        let arn = boundary?.permissions_boundary_arn?;
        let found = self.managed.get(&arn).cloned();
        self.gaps.filled(found.ok_or_else(|| missing(format!("boundary `{arn}` of `{of}`"))))
    }

    fn arn(&mut self, arn: String) -> Option<Arn> {
        self.gaps.filled(super::stream::parsed(&arn))
    }
}

fn missing(what: String) -> fanner_model::Unread {
    fanner_model::Unread { what, why: "IAM gives no text of it".into() }
}

/// IAM writes documents percent-encoded.
fn document(gaps: &mut Gaps, what: impl FnOnce() -> String, text: Option<&str>) -> Option<Document> {
    let text = percent_decode_str(text.unwrap_or_default()).decode_utf8_lossy();
    gaps.document(what, &text)
}
