//! Tokens: issuing, revoking, and knowing a caller by one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanner_model::{Caller, Code, NewToken, Page, Problem, Secret, Token, TokenId, TokenSpec};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tracing::info;

use super::audit::{author, operator};
use super::{Part, page};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::clock::Clock;
use crate::error::Error;
use crate::store::{Author, Store};

/// How long a token lasts if nothing else is asked for, and at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How every secret starts, so that a leaked one is recognised for what it is.
const PREFIX: &str = "fnr_";

/// The caller that a secret belongs to.
///
/// # Errors
/// There is none, it was revoked, or its time is over; all three look the same from outside.
pub(crate) async fn authenticate(app: &App, secret: &str) -> Result<Actor, Error> {
    let unknown = "the token is not known, has expired or was revoked; ask the platform team for a new one";
    let Some(token) = app.store.token_by_hash(&hash(secret)).await? else {
        return Err(Error::refused(Code::Unauthenticated, unknown));
    };
    if token.spec.expires_at.is_some_and(|end| end <= app.clock.now()) {
        return Err(Error::refused(Code::Unauthenticated, unknown));
    }
    let caller = format!("token:{}", token.id).parse().expect("a UUID is printable");
    Ok(Actor { caller, team: token.spec.team, role: token.spec.role, request: None })
}

/// Who the caller is.
pub(crate) fn caller(actor: &Actor) -> Caller {
    Caller { team: actor.team.clone(), role: actor.role }
}

/// Issues a token.
pub(crate) async fn create(app: &App, actor: &Actor, spec: &TokenSpec) -> Result<NewToken, Error> {
    allow(actor, Action::ManageTokens)?;
    issue(&app.store, &author(app, actor), spec).await
}

/// Issues a token without asking who wants it: for whoever holds the database itself.
pub(crate) async fn bootstrap(store: &Store, clock: &Clock, spec: &TokenSpec) -> Result<NewToken, Error> {
    issue(store, &operator(clock.now()), spec).await
}

async fn issue(store: &Store, author: &Author, spec: &TokenSpec) -> Result<NewToken, Error> {
    let now = author.at;
    let expires_at = ending(spec, now)?;
    let secret = secret();
    let spec = TokenSpec { expires_at: Some(expires_at), ..spec.clone() };
    let token = Token { id: TokenId::random(), created_at: now, spec };
    store.insert_token(author, &token, expires_at, &hash(secret.expose())).await?;
    info!(token = %token.id, by = %author.caller, team = %token.spec.team, role = %token.spec.role, %expires_at, "token was issued");
    Ok(NewToken { token, secret })
}

/// The tokens that are not revoked.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<Token>, Error> {
    allow(actor, Action::ManageTokens)?;
    let tokens = app.store.tokens(&part.after, part.limit).await?;
    Ok(page(tokens, part, |token| token.id.to_string()))
}

/// One token that is not revoked.
pub(crate) async fn read(app: &App, actor: &Actor, id: TokenId) -> Result<Token, Error> {
    allow(actor, Action::ManageTokens)?;
    app.store.token(id).await?.ok_or_else(|| not_found(id))
}

/// Revokes a token: the next request that presents it is refused.
pub(crate) async fn revoke(app: &App, actor: &Actor, id: TokenId) -> Result<(), Error> {
    allow(actor, Action::ManageTokens)?;
    if !app.store.revoke_token(&author(app, actor), id).await? {
        return Err(not_found(id));
    }
    info!(token = %id, by = %actor.caller, "token was revoked");
    Ok(())
}

fn not_found(id: TokenId) -> Error {
    Error::refused(Code::NotFound, format!("there is no token `{id}`"))
}

fn ending(spec: &TokenSpec, now: Timestamp) -> Result<Timestamp, Problem> {
    let latest = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
    let refuse = |why: String| Err(Problem::new(Code::InvalidField, why).at("expires_at"));
    match spec.expires_at {
        None => Ok(latest),
        Some(end) if end <= now => refuse(format!("`{end}` is over; choose a later end")),
        Some(end) if latest < end => refuse(format!("`{end}` is more than 90 days away; choose at most `{latest}`")),
        Some(end) => Ok(end),
    }
}

/// A new secret of 256 random bits.
fn secret() -> Secret {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is stored of a secret. It has 256 random bits, so one round without salt is enough; and since it is looked up by
/// this hash, the time that takes tells nothing about the secret.
fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lasts_ninety_days_at_most_and_if_nothing_is_said() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let latest = now + LONGEST;
        assert_eq!(ending(&spec(None), now), Ok(latest));
        assert_eq!(ending(&spec(Some(latest)), now), Ok(latest));
        let too_late = ending(&spec(Some(latest + SignedDuration::from_secs(1))), now).unwrap_err();
        assert_eq!(
            too_late.detail,
            "`2024-02-12T22:13:21Z` is more than 90 days away; choose at most `2024-02-12T22:13:20Z`"
        );
        assert_eq!(
            ending(&spec(Some(now)), now).unwrap_err().detail,
            "`2023-11-14T22:13:20Z` is over; choose a later end"
        );
    }

    #[test]
    fn secrets_are_long_recognisable_and_never_the_same() {
        let (one, other) = (secret(), secret());
        assert!(one.expose().starts_with("fnr_") && one.expose().len() == 47);
        assert_ne!(one.expose(), other.expose());
        assert_eq!(hash("fnr_x").len(), 64);
    }

    fn spec(expires_at: Option<Timestamp>) -> TokenSpec {
        TokenSpec { team: "fraud".parse().unwrap(), role: Default::default(), expires_at }
    }
}
