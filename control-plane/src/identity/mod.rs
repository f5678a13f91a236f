//! Who is calling, as others say: a proof made by an issuer or by AWS becomes a caller with a team and a role. Whom we
//! trust for that is written in one file ([`Trust`]); nobody is by default.
//!
//! Reading and judging a proof is pure (`jwt`, `presigned`, `aws`); `keys` and `sts` ask those who made it.

mod algorithm;
mod aws;
mod claim;
mod fetch;
mod issuer;
mod jwks;
mod jwt;
mod keys;
mod login;
mod presigned;
mod proven;
mod proxies;
mod rejection;
mod shared;
mod sts;
mod throttle;

#[cfg(test)]
mod tests;

pub use issuer::{Trust, TrustError};
pub(crate) use login::Journey;
pub(crate) use proven::{Person, Proven, Single};
pub use proxies::Proxies;
pub(crate) use rejection::Rejection;
pub(crate) use throttle::Throttle;

use std::sync::Arc;

use fanner_model::Proof;
use jiff::Timestamp;

use self::aws::Aws;
use self::issuer::{Issuer, IssuerName};
use self::jwt::Unproven;
use self::keys::Keys;
use self::login::Login;
use self::presigned::Presigned;

/// Those whom we trust, and how they are asked. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    issuers: Arc<[Trusted]>,
    aws: Option<Arc<Aws>>,
    http: reqwest::Client,
}

#[derive(Debug)]
struct Trusted {
    name: IssuerName,
    issuer: Issuer,
    keys: Keys,
}

impl Identity {
    pub(crate) fn new(trust: Trust) -> Self {
        let http = fetch::client();
        let trusted = |(name, issuer): (IssuerName, Issuer)| {
            let keys = Keys::new(issuer.jwks_url.clone(), http.clone());
            Trusted { name, issuer, keys }
        };
        let issuers = trust.issuers.into_iter().map(trusted).collect();
        Self { issuers, aws: trust.aws.map(Arc::new), http }
    }

    /// Who made the proof, if it is good at `now`.
    ///
    /// # Errors
    /// It is not, or whether it is cannot be told.
    pub(crate) async fn prove(&self, proof: &Proof, now: Timestamp) -> Result<Proven, Rejection> {
        match proof {
            Proof::Token(token) => self.prove_token(token.expose().trim(), now).await,
            Proof::Aws(url) => self.prove_aws(url.expose().trim(), now).await,
        }
    }

    /// The names of the issuers at which people log in.
    pub(crate) fn entrances(&self) -> impl Iterator<Item = &str> {
        let open = self.issuers.iter().filter(|trusted| trusted.issuer.login.is_some());
        open.map(|trusted| trusted.name.as_str())
    }

    /// Where somebody is sent to log in at the issuer of this name; `None`: nobody logs in there.
    pub(crate) fn departure(&self, name: &str, journey: &Journey) -> Option<reqwest::Url> {
        self.entrance(name).map(|(_, login)| login.departure(journey))
    }

    /// Who came back with this code from the issuer of this name.
    ///
    /// # Errors
    /// The issuer does not say, or says it of somebody whom nobody named.
    pub(crate) async fn arrival(
        &self,
        name: &str,
        code: &str,
        journey: &Journey,
        now: Timestamp,
    ) -> Result<Person, Rejection> {
        let nobody = || Rejection::Unproven(format!("nobody logs in at `{}`", name.escape_debug()));
        let (Trusted { name, issuer, keys }, login) = self.entrance(name).ok_or_else(nobody)?;
        let token = login.exchange(&self.http, code, journey).await?;
        let unproven = Unproven::read(token.expose())?;
        if unproven.issuer() != Some(&issuer.issuer) {
            return Err(Rejection::Unproven("the token says that another issuer made it".into()));
        }
        let key = keys.key(unproven.key_id(), now).await?;
        unproven.prove(issuer, &key)?.judge_person((name, issuer), login, &journey.nonce(), now)
    }

    fn entrance(&self, name: &str) -> Option<(&Trusted, &Login)> {
        let trusted = self.issuers.iter().find(|trusted| trusted.name.as_str() == name)?;
        Some((trusted, trusted.issuer.login.as_ref()?))
    }

    async fn prove_token(&self, token: &str, now: Timestamp) -> Result<Proven, Rejection> {
        let unproven = Unproven::read(token)?;
        let made_by = |trusted: &&Trusted| unproven.issuer() == Some(&trusted.issuer.issuer);
        let Some(Trusted { name, issuer, keys }) = self.issuers.iter().find(made_by) else {
            let issuer = unproven.issuer().unwrap_or_default().escape_debug();
            return Err(Rejection::Unproven(format!("its issuer `{issuer}` is not trusted")));
        };
        let key = keys.key(unproven.key_id(), now).await?;
        unproven.prove(issuer, &key)?.judge(name, issuer, now)
    }

    async fn prove_aws(&self, text: &str, now: Timestamp) -> Result<Proven, Rejection> {
        let Some(aws) = &self.aws else {
            return Err(Rejection::Unproven("AWS is not trusted".into()));
        };
        let presigned = Presigned::read(text, aws, now)?;
        let identity = sts::ask(&self.http, aws, &presigned).await?;
        aws.judge(&identity, presigned.id, presigned.until)
    }
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
