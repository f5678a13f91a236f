//! Logins: what people at the web pages have instead of a token in every request. A login acts as its token does, for a
//! working day at most, and ends with it, or when nobody uses it for an hour.

use std::net::IpAddr;

use fanner_model::{Code, Secret, Token};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use tracing::info;

use super::audit::author;
use super::caller::{admit, holder, known_token, reject};
use super::secret;
use crate::access::Actor;
use crate::app::App;
use crate::error::Error;
use crate::identity::{Journey, Person, Rejection};
use crate::store::{Author, LoginRecord};

/// The longest that a login lasts.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(8);

/// How long a login lasts that nobody uses.
const IDLE: SignedDuration = SignedDuration::from_hours(1);

/// How exactly it is known when a login was last used.
const USE: SignedDuration = SignedDuration::from_mins(1);

/// Begins a login for whoever holds a token. Its secret is the answer and is nowhere else.
///
/// # Errors
/// The token is not good. Or too many attempts from `source` failed.
pub(crate) async fn begin(app: &App, source: IpAddr, request: Option<String>, token: &Secret) -> Result<Secret, Error> {
    let now = app.clock.now();
    admit(app, source, now)?;
    let token = known_token(app, &secret::hash(token.expose().trim()), now).await?;
    let Some(Token { id, spec, .. }) = token else {
        let words = "the token is not known, has expired or was revoked; paste one that begins with `fnr_`, or ask whoever issues them";
        return Err(reject(app, source, now, Rejection::Unacceptable(words.into())));
    };
    let longest = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
    let login = LoginRecord {
        caller: holder(id),
        team: spec.team,
        role: spec.role,
        scope: spec.scope,
        token: Some(id),
        used_at: now,
        expires_at: spec.expires_at.map_or(longest, |end| end.min(longest)),
    };
    store(app, source, request, &login).await
}

/// The issuers at which people log in.
pub(crate) fn entrances(app: &App) -> Vec<String> {
    app.identity.entrances().map(str::to_owned).collect()
}

/// Where somebody is sent to log in at an issuer, and the secret by which they are known when they come back.
///
/// # Errors
/// Nobody logs in there.
pub(crate) fn depart(app: &App, issuer: &str) -> Result<(Url, Secret), Error> {
    let secret = secret::fresh(secret::JOURNEY);
    let url = app
        .identity
        .departure(issuer, &Journey::of(&secret))
        .ok_or_else(|| Error::refused(Code::NotFound, format!("nobody logs in at `{issuer}`; `/login` shows where")))?;
    Ok((url, secret))
}

/// Begins a login for whoever comes back from an issuer with a code.
///
/// # Errors
/// It is not who left, or the issuer says that it is nobody who may log in. Or too many attempts from `source` failed.
pub(crate) async fn arrive(
    app: &App,
    source: IpAddr,
    request: Option<String>,
    arrival: &Arrival<'_>,
) -> Result<Secret, Error> {
    let now = app.clock.now();
    admit(app, source, now)?;
    let Arrival { issuer, secret, code, state } = arrival;
    let journey = Journey::of(secret);
    if !journey.is_back(state) {
        let words = "this login was begun by somebody else, or too long ago; begin again";
        return Err(reject(app, source, now, Rejection::Unacceptable(words.into())));
    }
    let person = app.identity.arrival(issuer, code, &journey, now).await;
    let Person { caller, team, role, scope } = person.map_err(|rejection| reject(app, source, now, rejection))?;
    let expires_at = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
    let login = LoginRecord { caller, team, role, scope, token: None, used_at: now, expires_at };
    store(app, source, request, &login).await
}

/// Somebody who comes back from an issuer.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    pub issuer: &'a str,
    /// The secret that their browser kept.
    pub secret: &'a Secret,
    pub code: &'a str,
    pub state: &'a str,
}

/// Who a login's secret belongs to.
///
/// # Errors
/// It is nobody's, or its time is over. Or too many attempts from `source` failed.
pub(crate) async fn resume(app: &App, source: IpAddr, secret: &Secret) -> Result<Actor, Error> {
    let now = app.clock.now();
    admit(app, source, now)?;
    let hash = secret::hash(secret.expose());
    let login = app.store.login_by_hash(&hash).await?.filter(|login| is_live(login, now));
    let Some(LoginRecord { caller, team, role, scope, used_at, .. }) = login else {
        return Err(reject(app, source, now, Rejection::Unacceptable("the login is over; log in again".into())));
    };
    if USE <= now.duration_since(used_at) {
        app.store.note_login_use(&hash, now).await?;
    }
    Ok(Actor { caller, team, role, scope, request: None })
}

/// Ends a login.
pub(crate) async fn end(app: &App, actor: &Actor, secret: &Secret) -> Result<(), Error> {
    if app.store.end_login(&author(app, actor), &secret::hash(secret.expose())).await? {
        info!(caller = %actor.caller, "login was ended");
    }
    Ok(())
}

async fn store(app: &App, source: IpAddr, request: Option<String>, login: &LoginRecord) -> Result<Secret, Error> {
    let secret = secret::fresh(secret::LOGIN);
    let LoginRecord { caller, team, role, scope, used_at: at, expires_at, .. } = login;
    let author = Author { caller: caller.clone(), at: *at, request };
    app.store.begin_login(&author, login, &secret::hash(secret.expose())).await?;
    info!(%caller, %team, %role, %scope, %source, %expires_at, "login began");
    Ok(secret)
}

fn is_live(login: &LoginRecord, now: Timestamp) -> bool {
    now < login.expires_at && now.duration_since(login.used_at) < IDLE
}
