//! Callers that AWS knows: which accounts are trusted, and which role or user belongs to which team.

use std::collections::BTreeSet;

use fanner_model::{Role, Scope, TeamName};
use jiff::Timestamp;
use reqwest::Url;
use serde::Deserialize;

use super::issuer::{SESSION, checked_url};
use super::proven::{Proven, Single, caller_id};
use super::rejection::Rejection;

/// How callers that AWS knows are recognised.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "AwsText")]
pub(crate) struct Aws {
    /// What callers sign in the header `x-fanner-server-id`, so that what one fanner was shown is no use to another.
    pub server_id: String,
    /// The hosts of AWS's Security Token Service that may be asked.
    pub hosts: BTreeSet<String>,
    /// Where they are really, if not where their names say.
    pub endpoint: Option<Url>,
    /// The accounts whose callers are known.
    pub accounts: BTreeSet<String>,
    pub callers: Vec<AwsCaller>,
}

/// A role or a user, and who it is here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AwsCaller {
    /// `arn:aws:iam::123456789012:role/name`, a role without its path, or a user.
    pub arn: Principal,
    /// What AWS calls this very role or user, `AROA…` or `AIDA…`: another of the same name is somebody else.
    pub unique_id: Option<String>,
    pub team: TeamName,
    #[serde(default)]
    pub role: Role,
    #[serde(default)]
    pub scope: Scope,
}

/// A role or a user of an account. A session of a role is that role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Principal {
    arn: String,
    account: String,
}

/// Who AWS says is calling.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Identity {
    pub account: String,
    pub arn: String,
    pub user_id: String,
}

impl Aws {
    /// Who is calling, if it is somebody whom we know.
    ///
    /// # Errors
    /// Nobody named this role or user.
    pub(super) fn judge(&self, identity: &Identity, id: String, until: Timestamp) -> Result<Proven, Rejection> {
        let Identity { account, arn, user_id } = identity;
        let refuse = |why: String| Err(Rejection::Unacceptable(why));
        let principal = match Principal::called(arn) {
            Ok(principal) if principal.account == *account && self.accounts.contains(account) => principal,
            Ok(_) => return refuse(format!("`{arn}` is of an account that this control plane does not know")),
            Err(why) => return refuse(why),
        };
        // Of a role's session it is `AROA…:name`.
        let unique_id = user_id.split(':').next().unwrap_or_default();
        let is_caller = |caller: &&AwsCaller| {
            caller.arn == principal && caller.unique_id.as_ref().is_none_or(|wanted| wanted == unique_id)
        };
        let Some(caller) = self.callers.iter().find(is_caller) else {
            return refuse(format!("nobody told this control plane which team `{}` belongs to", principal.arn));
        };
        let single = Single { id, times: 1, until };
        let AwsCaller { team, role, scope, .. } = caller;
        Ok(Proven {
            caller: caller_id(&["aws"], &principal.arn)?,
            team: team.clone(),
            role: *role,
            scope: *scope,
            single,
            session: SESSION,
        })
    }
}

impl Principal {
    /// The role or user that an ARN is of, as AWS answers it.
    fn called(arn: &str) -> Result<Self, String> {
        let unknown = || Err(format!("`{arn}` is neither a role nor a user"));
        let ["arn", partition, service, "", account, resource] = arn.splitn(6, ':').collect::<Vec<_>>()[..] else {
            return unknown();
        };
        let resource = match (service, resource.split('/').collect::<Vec<_>>()[..].as_ref()) {
            ("sts", ["assumed-role", role, _session]) => format!("role/{role}"),
            ("iam", ["role", _] | ["user", .., _]) => resource.to_owned(),
            _ => return unknown(),
        };
        Ok(Self { arn: format!("arn:{partition}:iam::{account}:{resource}"), account: account.to_owned() })
    }
}

impl TryFrom<String> for Principal {
    type Error = String;

    fn try_from(arn: String) -> Result<Self, String> {
        match Self::called(&arn) {
            Ok(principal) if principal.arn == arn => Ok(principal),
            _ => Err(format!(
                "`{arn}` must be like `arn:aws:iam::123456789012:role/name`, a role without its path, or a user"
            )),
        }
    }
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AwsText {
    server_id: String,
    hosts: BTreeSet<String>,
    endpoint: Option<String>,
    accounts: BTreeSet<String>,
    callers: Vec<AwsCaller>,
}

impl TryFrom<AwsText> for Aws {
    type Error = String;

    fn try_from(AwsText { server_id, hosts, endpoint, accounts, callers }: AwsText) -> Result<Self, String> {
        if server_id.is_empty() || !server_id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!(
                "`server_id` is `{server_id}`; choose a name of this fanner without spaces, such as its host name"
            ));
        }
        if let Some(host) = hosts.iter().find(|host| !is_sts(host)) {
            return Err(format!(
                "host `{host}` is not one of AWS's Security Token Service; write it like `sts.eu-west-1.amazonaws.com`"
            ));
        }
        if hosts.is_empty() || callers.is_empty() {
            return Err("`hosts` and `callers` must not be empty; without them nobody is known".into());
        }
        if let Some(caller) = callers.iter().find(|caller| !accounts.contains(&caller.arn.account)) {
            return Err(format!("`{}` is of an account that `accounts` does not name", caller.arn.arn));
        }
        let endpoint = endpoint.map(|endpoint| checked_url(&endpoint)).transpose()?;
        Ok(Self { server_id, hosts, endpoint, accounts, callers })
    }
}

/// Whether a host is `sts.amazonaws.com` or that of a region, with or without FIPS.
fn is_sts(host: &str) -> bool {
    let name = host.strip_suffix(".amazonaws.com").or(host.strip_suffix(".amazonaws.com.cn")).unwrap_or_default();
    let (service, region) = name.split_once('.').unwrap_or((name, "global"));
    matches!(service, "sts" | "sts-fips")
        && !region.is_empty()
        && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
