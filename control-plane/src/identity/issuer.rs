//! Whom the control plane trusts to say who is calling: the file that names the issuers, checked as it is read.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::str::FromStr;

use fanner_model::{Role, Scope, TeamName};
use jiff::SignedDuration;
use reqwest::Url;
use serde::Deserialize;

use super::algorithm::Algorithm;
use super::aws::Aws;
use super::claim::{Claims, Wanted};
use super::login::Login;
use super::shared;

/// The longest that a token is accepted after it was issued, whatever it says itself; and that a session lasts.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// How long a session lasts if nothing else is said.
pub(super) const SESSION: SignedDuration = SignedDuration::from_mins(15);

/// Everybody who is trusted to say who is calling; by default nobody.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    #[serde(default)]
    pub(super) issuers: BTreeMap<IssuerName, Issuer>,
    pub(super) aws: Option<Aws>,
}

/// What an issuer is called here: it stands in the ids of its callers, `workload:<name>:<subject>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct IssuerName(String);

/// An OpenID Connect issuer.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "IssuerText")]
pub(crate) struct Issuer {
    /// What its tokens say in `iss`.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks_url: Url,
    /// What its tokens must say in `aud`.
    pub audience: String,
    pub algorithms: Vec<Algorithm>,
    /// How long a token is accepted after it was issued.
    pub longest: SignedDuration,
    /// How often one token may be exchanged.
    pub exchanges: u32,
    /// How long what it is exchanged for lasts.
    pub session: SignedDuration,
    pub callers: Vec<Workload>,
    /// How people log in there, if they do.
    pub login: Option<Login>,
}

/// Those of an issuer's callers whose tokens have certain claims, and who they are here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workload {
    /// Claims that a token must have, each with exactly this value.
    pub claims: BTreeMap<String, Wanted>,
    pub team: TeamName,
    #[serde(default)]
    pub role: Role,
    #[serde(default)]
    pub scope: Scope,
    /// Claims that a token must have as well for its holder to write, if the scope lets it.
    #[serde(default)]
    pub writes_when: BTreeMap<String, Wanted>,
}

impl FromStr for Trust {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        let trust: Self = toml::from_str(text).map_err(|error| TrustError::Text(error.to_string()))?;
        let mut names = BTreeMap::new();
        for (name, Issuer { issuer, .. }) in &trust.issuers {
            if let Some(other) = names.insert(issuer, name) {
                let names = [other, name].map(|name: &IssuerName| name.0.clone());
                return Err(TrustError::Twice { issuer: issuer.clone(), names });
            }
        }
        Ok(trust)
    }
}

impl Workload {
    /// Whether these are the claims of such a caller.
    pub(super) fn is(&self, claims: &Claims) -> bool {
        self.claims.iter().all(|(name, wanted)| claims.has(name, wanted))
    }

    /// How much of what its role may do a caller with these claims may do.
    pub(super) fn scope(&self, claims: &Claims) -> Scope {
        match self.writes_when.iter().all(|(name, wanted)| claims.has(name, wanted)) {
            true => self.scope,
            false => Scope::Plan,
        }
    }
}

impl IssuerName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for IssuerName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
        match (1..=32).contains(&text.len()) && text.chars().all(allowed) {
            true => Ok(Self(text)),
            false => Err(format!("issuer name `{text}` must be 1 to 32 of a-z, 0-9 and `-`")),
        }
    }
}

/// An issuer as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerText {
    issuer: String,
    jwks_url: String,
    audience: String,
    algorithms: Vec<Algorithm>,
    #[serde(default = "longest")]
    longest: SignedDuration,
    #[serde(default = "once")]
    exchanges: u32,
    #[serde(default = "session")]
    session: SignedDuration,
    #[serde(default)]
    callers: Vec<Workload>,
    login: Option<Login>,
}

fn longest() -> SignedDuration {
    LONGEST
}

fn once() -> u32 {
    1
}

fn session() -> SignedDuration {
    SESSION
}

impl TryFrom<IssuerText> for Issuer {
    type Error = String;

    fn try_from(text: IssuerText) -> Result<Self, String> {
        let IssuerText { issuer, jwks_url, audience, algorithms, longest, exchanges, session, callers, login } = text;
        if issuer.is_empty() || audience.is_empty() {
            return Err(
                "`issuer` and `audience` must not be empty; they are what a token has in `iss` and `aud`".into()
            );
        }
        if algorithms.is_empty() {
            return Err("`algorithms` is empty; name those that the issuer signs with, such as `RS256`".into());
        }
        for (name, duration) in [("longest", longest), ("session", session)] {
            if duration <= SignedDuration::ZERO || LONGEST < duration {
                return Err(format!("`{name}` is {duration:#}; choose more than nothing and at most 1h"));
            }
        }
        if !(1..=100).contains(&exchanges) {
            return Err(format!("`exchanges` is {exchanges}; one token may be exchanged 1 to 100 times"));
        }
        if callers.is_empty() && login.is_none() {
            return Err("`callers` is empty; without any the issuer is trusted for nothing".into());
        }
        let people = login.iter().flat_map(|login| &login.people);
        for workload in callers.iter().chain(people) {
            shared::check(&issuer, workload.claims.keys().map(String::as_str))?;
        }
        Ok(Self {
            jwks_url: checked_url(&jwks_url)?,
            issuer,
            audience,
            algorithms,
            longest,
            exchanges,
            session,
            callers,
            login,
        })
    }
}

/// An address whose answers can be believed: `https`, or `http` on this machine.
///
/// # Errors
/// It is another, or no address at all.
pub(super) fn checked_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|cause| format!("address `{text}` cannot be read: {cause}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address that is asked must hold neither a user's name nor a password".into());
    }
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    match is_safe && url.has_host() {
        true => Ok(url),
        false => Err(format!("address `{text}` must begin with `https://`; `http://` is for 127.0.0.1")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Why a file of issuers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read; the text names the line.
    #[error("{0}")]
    Text(String),
    /// Two names for one issuer.
    #[error("issuer `{issuer}` is there twice, as `{}` and `{}`; write all its callers below one name", names[0], names[1])]
    Twice { issuer: String, names: [String; 2] },
}
