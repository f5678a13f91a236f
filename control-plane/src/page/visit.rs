//! Somebody at the pages: who it is, when, and what makes a form of ours theirs.

use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanner_model::{Code, Secret};
use jiff::Timestamp;
use ring::hmac;

use super::again::{Form, Refused};
use super::cookie::Jar;
use super::login;
use super::moment::Moment;
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::http::{Refusal, Source, answered_for};
use crate::ops;

/// A request of somebody who is logged in.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) actor: Actor,
    pub(super) now: Timestamp,
    /// What each form carries, so that nobody else can have it sent: the login's secret vouches for it.
    pub(super) seal: String,
    /// What the visitor sent just now, if it was refused.
    pub(super) refused: Option<Refused>,
    key: hmac::Key,
    path: String,
}

/// A place that the navigation leads to.
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
    pub(super) is_here: bool,
}

/// What a seal is on.
const SEALED: &[u8] = b"form of fanner";

/// What the navigation leads to, and what somebody must be able to do there.
const PLACES: &[(&str, &str, Action)] = &[
    ("Overview", "/", Action::ReadRequests),
    ("Requests", "/requests", Action::ReadRequests),
    ("Grants", "/grants", Action::ReadGrants),
    ("Streams", "/streams", Action::ReadStreams),
    ("Event types", "/event-types", Action::ReadEventTypes),
    ("Teams", "/teams", Action::ReadTeams),
    ("Policies", "/policies", Action::ReadPolicies),
    ("Standing permissions", "/permissions", Action::ReadPermissions),
    ("Quarantines", "/quarantines", Action::ReadQuarantines),
    ("Findings", "/findings", Action::ReadFindings),
    ("Campaigns", "/campaigns", Action::ReadCampaigns),
    ("Explain", "/explanation", Action::ExplainDecisions),
    ("Try a policy", "/impact", Action::PlanPolicies),
    ("Enforcement", "/enforcements", Action::ReadEnforcements),
    ("Audit", "/audit", Action::ReadAudit),
    ("Bypass report", "/bypass-report", Action::ReadBypassReport),
];

impl Visit {
    fn new(actor: Actor, secret: &Secret, now: Timestamp, uri: &Uri) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let seal = URL_SAFE_NO_PAD.encode(hmac::sign(&key, SEALED));
        Self { actor, now, seal, refused: None, key, path: uri.path().to_owned() }
    }

    /// The places that are open to this visitor.
    pub(super) fn places(&self) -> Vec<Place> {
        let open = PLACES.iter().filter(|(_, _, action)| self.may(*action));
        let is_here = |address| match address {
            "/" => self.path == "/",
            address => self.path.starts_with(address),
        };
        open.map(|&(name, address, _)| Place { name, address, is_here: is_here(address) }).collect()
    }

    /// Whether the visitor has this action at all.
    pub(super) fn may(&self, action: Action) -> bool {
        allow(&self.actor, action).is_ok()
    }

    /// A form of the page, by its name: the last part of the address that it is sent to.
    pub(super) fn form(&self, name: &str) -> Form<'_> {
        Form::new(name, self.refused.as_ref())
    }

    /// A moment, as it looks now.
    pub(super) fn moment(&self, at: &Timestamp) -> Moment {
        Moment::new(*at, self.now)
    }

    /// Whether a form with this seal is one that was made for this login. Every wrong seal takes the same time.
    pub(super) fn has_sealed(&self, seal: &str) -> bool {
        URL_SAFE_NO_PAD.decode(seal).is_ok_and(|seal| hmac::verify(&self.key, SEALED, &seal).is_ok())
    }
}

/// Lets a request through whose cookie is that of a login; all others are shown where to log in.
pub(super) async fn admit(
    State(app): State<App>,
    Source(source): Source,
    mut request: Request,
    next: Next,
) -> Response {
    let jar = Jar::of(&request);
    let Some(secret) = jar.secret(request.headers()) else { return login::first(&request, None) };
    let actor = match ops::login::resume(&app, source, &secret).await {
        Ok(actor) => actor,
        Err(Error::Refused(problem)) if problem.code == Code::Unauthenticated => {
            return login::first(&request, Some(jar));
        }
        Err(error) => return Refusal::from(error).into_response(),
    };
    let visit = Visit::new(actor.clone(), &secret, app.clock.now(), request.uri());
    request.extensions_mut().insert(visit.clone());
    let mut response = answered_for(&app, actor, request, next).await;
    response.extensions_mut().insert(visit);
    response
}
