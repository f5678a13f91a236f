//! Knowing a caller by the secret that it presents, and making those wait who guess.

use std::net::IpAddr;

use fanner_model::{Caller, CallerId, Code, Problem, Token, TokenId};
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::secret;
use crate::access::Actor;
use crate::app::App;
use crate::error::Error;
use crate::identity::Rejection;
use crate::store::SessionRecord;

/// How exactly it is known when a token was last used.
const USE: SignedDuration = SignedDuration::from_mins(1);

/// The caller that a secret belongs to: a token's, or a session's.
///
/// # Errors
/// There is none, it was revoked, or its time is over; all three look the same from outside. Or too many attempts from
/// `source` failed.
pub(crate) async fn authenticate(app: &App, source: IpAddr, secret: &str) -> Result<Actor, Error> {
    let now = app.clock.now();
    admit(app, source, now)?;
    let hash = secret::hash(secret);
    let actor = match secret.starts_with(secret::SESSION) {
        true => by_session(app, &hash, now).await?,
        false => by_token(app, &hash, now).await?,
    };
    actor.ok_or_else(|| {
        let words = "the token is not known, has expired or was revoked; get a new one, from where this one came from";
        reject(app, source, now, Rejection::Unacceptable(words.into()))
    })
}

/// Who the caller is.
pub(crate) fn describe(actor: &Actor) -> Caller {
    let Actor { caller, team, role, scope, .. } = actor.clone();
    Caller { id: caller, team, role, scope }
}

/// Refuses to hear whoever calls from an address from which too many attempts failed.
pub(super) fn admit(app: &App, source: IpAddr, now: Timestamp) -> Result<(), Problem> {
    if app.throttle.admits(source, now) {
        return Ok(());
    }
    app.metrics.rejected("throttled");
    let detail =
        "too many callers from this address could not say who they are; wait a few seconds, then send a good token";
    Err(Problem::new(Code::TooManyRequests, detail))
}

/// Notes that a caller could not say who it is, and what it is told.
pub(super) fn reject(app: &App, source: IpAddr, now: Timestamp, rejection: Rejection) -> Error {
    if rejection.is_suspicious() {
        app.throttle.failed(source, now);
    }
    app.metrics.rejected(rejection.kind());
    warn!(%source, kind = rejection.kind(), why = %rejection, "a caller was turned away");
    Problem::from(rejection).into()
}

async fn by_session(app: &App, hash: &str, now: Timestamp) -> Result<Option<Actor>, Error> {
    let session = app.store.session_by_hash(hash).await?.filter(|session| now < session.expires_at);
    Ok(session.map(|SessionRecord { caller, team, role, scope, .. }| Actor {
        caller,
        team,
        role,
        scope,
        request: None,
    }))
}

async fn by_token(app: &App, hash: &str, now: Timestamp) -> Result<Option<Actor>, Error> {
    let token = known_token(app, hash, now).await?;
    Ok(token.map(|Token { id, spec, .. }| Actor {
        caller: holder(id),
        team: spec.team,
        role: spec.role,
        scope: spec.scope,
        request: None,
    }))
}

/// The token whose secret has this hash, if it is good now; that it was presented is noted.
pub(super) async fn known_token(app: &App, hash: &str, now: Timestamp) -> Result<Option<Token>, Error> {
    let token = app.store.token_by_hash(hash).await?;
    let Some(token) = token.filter(|token| token.spec.expires_at.is_none_or(|end| now < end)) else { return Ok(None) };
    if token.last_used_at.is_none_or(|last| USE <= now.duration_since(last)) {
        app.store.note_token_use(token.id, now).await?;
    }
    Ok(Some(token))
}

/// Who calls with a token.
pub(super) fn holder(id: TokenId) -> CallerId {
    format!("token:{id}").parse().expect("a UUID is printable")
}
