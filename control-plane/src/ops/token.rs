//! Tokens: issuing, listing, revoking.

use fanner_model::{Code, NewToken, Page, Problem, Role, Token, TokenId, TokenSpec};
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use super::audit::{author, operator};
use super::{Part, page, secret};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::clock::Clock;
use crate::error::Error;
use crate::store::{Author, Store};

/// How long a token lasts if nothing else is asked for, and at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Issues a token.
pub(crate) async fn create(app: &App, actor: &Actor, spec: &TokenSpec) -> Result<NewToken, Error> {
    allow(actor, Action::IssueTokens)?;
    may_hand_out(actor.role, spec.role)?;
    issue(&app.store, &author(app, actor), spec).await
}

/// Issues a token without asking who wants it: for whoever holds the database itself.
pub(crate) async fn bootstrap(store: &Store, clock: &Clock, spec: &TokenSpec) -> Result<NewToken, Error> {
    issue(store, &operator(clock.now()), spec).await
}

async fn issue(store: &Store, author: &Author, spec: &TokenSpec) -> Result<NewToken, Error> {
    let now = author.at;
    let expires_at = ending(spec, now)?;
    let secret = secret::fresh(secret::TOKEN);
    let spec = TokenSpec { expires_at: Some(expires_at), ..spec.clone() };
    let token = Token { id: TokenId::random(), created_at: now, last_used_at: None, spec };
    store.insert_token(author, &token, expires_at, &secret::hash(secret.expose())).await?;
    info!(token = %token.id, by = %author.caller, team = %token.spec.team, role = %token.spec.role, %expires_at, "token was issued");
    Ok(NewToken { token, secret })
}

/// The tokens that are not revoked.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<Token>, Error> {
    allow(actor, Action::ReadTokens)?;
    let tokens = app.store.tokens(&part.after, part.limit).await?;
    Ok(page(tokens, part, |token| token.id.to_string()))
}

/// One token that is not revoked.
pub(crate) async fn read(app: &App, actor: &Actor, id: TokenId) -> Result<Token, Error> {
    allow(actor, Action::ReadTokens)?;
    app.store.token(id).await?.ok_or_else(|| not_found(id))
}

/// Revokes a token: the next request that presents it is refused.
pub(crate) async fn revoke(app: &App, actor: &Actor, id: TokenId) -> Result<(), Error> {
    allow(actor, Action::RevokeTokens)?;
    if !app.store.revoke_token(&author(app, actor), id).await? {
        return Err(not_found(id));
    }
    info!(token = %id, by = %actor.caller, "token was revoked");
    Ok(())
}

fn not_found(id: TokenId) -> Error {
    Error::refused(Code::NotFound, format!("there is no token `{id}`"))
}

/// Whether a caller of one role may hand out another: nobody who runs the platform can make itself the one who decides what
/// may be read, nor the other way round. The first tokens of both are issued on the database itself.
fn may_hand_out(own: Role, wanted: Role) -> Result<(), Problem> {
    let possible: &[Role] = match own {
        Role::Platform => &[Role::Member, Role::Fanner, Role::Platform, Role::Auditor],
        Role::Security => &[Role::Security, Role::Auditor],
        Role::Member | Role::Fanner | Role::Auditor => &[],
    };
    if possible.contains(&wanted) {
        return Ok(());
    }
    let detail = format!("a caller of role `{own}` does not issue tokens of role `{wanted}`");
    Err(Problem::new(Code::Forbidden, detail).at("role"))
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

#[cfg(test)]
mod tests {
    use fanner_model::Scope;

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
    fn nobody_hands_out_a_role_that_its_own_must_answer_to() {
        let refused = may_hand_out(Role::Platform, Role::Security).unwrap_err();
        assert_eq!(refused.detail, "a caller of role `platform` does not issue tokens of role `security`");
        assert!(may_hand_out(Role::Security, Role::Platform).is_err());
        assert!(may_hand_out(Role::Security, Role::Security).is_ok());
        assert!(may_hand_out(Role::Platform, Role::Fanner).is_ok());
    }

    fn spec(expires_at: Option<Timestamp>) -> TokenSpec {
        TokenSpec { team: "fraud".parse().unwrap(), role: Role::Member, scope: Scope::Full, expires_at }
    }
}
