//! A token (JWT) of an issuer, from text to claims that can be believed, to who is calling. Pure: the keys and the time are
//! passed in.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{crypto, decode_header};
use sha2::{Digest, Sha256};

use super::algorithm::Algorithm;
use super::claim::Claims;
use super::hex;
use super::issuer::{Issuer, IssuerName, Workload};
use super::jwks::Key;
use super::login::Login;
use super::proven::{Person, Proven, Single, caller_id};
use super::rejection::Rejection;

/// The longest token that is looked at.
const LONGEST_BYTES: usize = 8 * 1024;

/// How far the issuer's clock may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// A token that says something, which need not be true.
#[derive(Debug)]
pub(super) struct Unproven<'a> {
    text: &'a str,
    algorithm: Algorithm,
    key_id: String,
    claims: Claims,
}

impl<'a> Unproven<'a> {
    /// Reads a token.
    ///
    /// # Errors
    /// It is no token, or of a kind that nobody here could prove.
    pub(super) fn read(text: &'a str) -> Result<Self, Rejection> {
        if LONGEST_BYTES < text.len() {
            let why = format!("the token is {} bytes long; none is longer than {LONGEST_BYTES}", text.len());
            return Err(Rejection::Unreadable(why));
        }
        if text.split('.').count() != 3 {
            let why = "the token is not a JWT, which has three parts with a `.` between them";
            return Err(Rejection::Unreadable(why.into()));
        }
        let unproven = |what: &str| Rejection::Unproven(format!("its header {what}"));
        let header = decode_header(text).map_err(|cause| unproven(&format!("cannot be read: {cause}")))?;
        if header.crit.is_some() {
            return Err(unproven("has `crit`, which nothing here understands"));
        }
        let algorithm = Algorithm::try_from(header.alg).map_err(|why| unproven(&format!("is not possible: {why}")))?;
        let key_id = header.kid.ok_or_else(|| unproven("has no `kid`"))?;
        let claims = insecure_decode_claims(text)
            .map_err(|cause| Rejection::Unproven(format!("its claims cannot be read: {cause}")))?;
        Ok(Self { text, algorithm, key_id, claims })
    }

    /// Who it says made it.
    pub(super) fn issuer(&self) -> Option<&str> {
        self.claims.text("iss")
    }

    /// Which key it says it is signed with.
    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What it says, which the issuer said if this is its key.
    ///
    /// # Errors
    /// It is not signed with this key, or not in a way that the issuer signs.
    pub(super) fn prove(self, issuer: &Issuer, key: &Key) -> Result<Proof<'a>, Rejection> {
        let Self { text, algorithm, key_id, claims } = self;
        if !issuer.algorithms.contains(&algorithm) || !key.fits(algorithm) {
            return Err(Rejection::Unproven(format!("its issuer or its key is not for {:?}", algorithm.inner())));
        }
        let (signed, signature) = text.rsplit_once('.').expect("it has three parts");
        match crypto::verify(signature, signed.as_bytes(), key.decoding(), algorithm.inner()) {
            Ok(true) => Ok(Proof { signed, claims }),
            Ok(false) | Err(_) => {
                Err(Rejection::Unproven(format!("its signature is not that of key `{}`", key_id.escape_debug())))
            }
        }
    }
}

/// What an issuer said.
#[derive(Debug)]
pub(super) struct Proof<'a> {
    signed: &'a str,
    claims: Claims,
}

impl Proof<'_> {
    /// Who is calling, if the token is good at `now`.
    ///
    /// # Errors
    /// It is meant for others, too early or too late, or of a caller whom nobody named.
    pub(super) fn judge(&self, name: &IssuerName, issuer: &Issuer, now: Timestamp) -> Result<Proven, Rejection> {
        if !self.claims.is_for(&issuer.audience) {
            return Err(refuse(format!(
                "the token is not for this fanner; ask for one with the audience `{}`",
                issuer.audience
            )));
        }
        let until = self.until(issuer, now)?;
        let subject = self.claims.text("sub").ok_or_else(|| refuse("the token has no `sub`"))?;
        let caller = caller_id(&["workload", name.as_str()], subject)?;
        let workload = self.one_of(&issuer.callers)?;
        let Workload { team, role, .. } = workload;
        let single = Single { id: self.id(&issuer.issuer), times: issuer.exchanges, until };
        let (scope, session) = (workload.scope(&self.claims), issuer.session);
        Ok(Proven { caller, team: team.clone(), role: *role, scope, single, session })
    }

    /// Who logged in, if the token is good at `now` and is about the journey with this nonce.
    ///
    /// # Errors
    /// It is meant for others, about another journey, too early or too late, or of somebody whom nobody named.
    pub(super) fn judge_person(
        &self,
        (name, issuer): (&IssuerName, &Issuer),
        login: &Login,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Person, Rejection> {
        let is_for_us = self.claims.is_for(&login.client_id);
        let is_asked_by_us = self.claims.text("azp").is_none_or(|party| party == login.client_id);
        if !is_for_us || !is_asked_by_us {
            return Err(refuse("the issuer's token is not for this control plane; its `client_id` is another"));
        }
        if self.claims.text("nonce") != Some(nonce) {
            return Err(refuse("the issuer's token belongs to another login; log in again"));
        }
        self.until(issuer, now)?;
        let subject = self.claims.text("sub").ok_or_else(|| refuse("the token has no `sub`"))?;
        let caller = caller_id(&["user", name.as_str()], subject)?;
        let found = self.one_of(&login.people)?;
        Ok(Person { caller, team: found.team.clone(), role: found.role, scope: found.scope(&self.claims) })
    }

    /// When the token is no longer good.
    fn until(&self, issuer: &Issuer, now: Timestamp) -> Result<Timestamp, Rejection> {
        let (issued, ends) = (self.time("iat")?, self.time("exp")?);
        let begins = if self.claims.names("nbf") { self.time("nbf")? } else { issued };
        let until = ends.min(issued.saturating_add(issuer.longest).unwrap_or(Timestamp::MAX));
        if until <= now {
            let longest = issuer.longest;
            return Err(refuse(format!(
                "the token was good until `{until}`; get a new one, and use it within {longest:#}"
            )));
        }
        let soon = now.saturating_add(SKEW).unwrap_or(Timestamp::MAX);
        if soon < issued.max(begins) {
            let begins = issued.max(begins);
            return Err(refuse(format!("the token is not good before `{begins}`; one of the clocks is wrong")));
        }
        Ok(until)
    }

    fn time(&self, claim: &str) -> Result<Timestamp, Rejection> {
        let time = self.claims.seconds(claim).and_then(|seconds| Timestamp::from_second(seconds).ok());
        time.ok_or_else(|| refuse(format!("the token's `{claim}` is missing or is no time in whole seconds")))
    }

    /// The one rule that this caller is named by.
    fn one_of<'a>(&self, callers: &'a [Workload]) -> Result<&'a Workload, Rejection> {
        let mut named = callers.iter().filter(|workload| workload.is(&self.claims));
        match (named.next(), named.next()) {
            (Some(workload), None) => Ok(workload),
            (None, _) => {
                Err(refuse("the token is good, but nobody told this control plane which team its holder belongs to"))
            }
            (Some(_), Some(_)) => Err(refuse(
                "the token is good, but its holder fits several of the callers that this control plane was told of; one must fit",
            )),
        }
    }

    /// What makes this token one and the same whenever it is seen: its `jti`, or else everything that was signed.
    fn id(&self, issuer: &str) -> String {
        let (kind, text) = match self.claims.text("jti") {
            Some(id) => ("jti", id),
            None => ("signed", self.signed),
        };
        let digest = Sha256::new().chain_update(issuer).chain_update([0]).chain_update(kind).chain_update([0]);
        hex(&digest.chain_update(text).finalize())
    }
}

fn refuse(why: impl Into<String>) -> Rejection {
    Rejection::Unacceptable(why.into())
}
