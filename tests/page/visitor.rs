//! Somebody with a browser that shows what it is sent, follows no redirect, and lies if it is told to.

use fanner_client::Precondition;
use fanner_model::{AccessRequest, EventTypeSpec, Role, Secret, TeamSpec};
use fanner_tests::{Plane, eventually, named, reqwest_client, settled, spec};
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, redirect};
use serde_json::json;

/// A browser, with the one cookie that it may have.
pub(crate) struct Visitor {
    http: Client,
    endpoint: String,
    cookie: Option<String>,
}

/// What a browser was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Visitor {
    /// Nobody in particular.
    pub(crate) fn stranger(plane: &Plane) -> Self {
        Self::at(&plane.endpoint())
    }

    /// Nobody in particular, at this address.
    pub(crate) fn at(endpoint: &str) -> Self {
        reqwest_client();
        let http = Client::builder().redirect(redirect::Policy::none()).build().expect("a client can be made");
        Self { http, endpoint: endpoint.to_owned(), cookie: None }
    }

    /// Keeps the cookie that was sent instead of the one that it has.
    pub(crate) fn keep(&mut self, sent: &Sent) {
        self.cookie = sent.cookie();
    }

    /// Somebody of a team who has logged in.
    pub(crate) async fn of(plane: &Plane, team: &str, role: Role) -> Self {
        Self::with(plane, &plane.token(team, role).await).await
    }

    /// The holder of a token who has logged in.
    pub(crate) async fn with(plane: &Plane, token: &Secret) -> Self {
        let mut visitor = Self::stranger(plane);
        let sent = visitor.log_in(token.expose()).await;
        assert_eq!(sent.status, 303, "{sent:?}");
        visitor.cookie = sent.cookie();
        visitor
    }

    /// Fills in the login.
    pub(crate) async fn log_in(&self, token: &str) -> Sent {
        self.send(self.post("/login").filled(&[("token", token)])).await
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) -> Sent {
        self.send(self.request(Method::GET, path)).await
    }

    /// Fills in a form of a page, and sends it.
    pub(crate) async fn fill(&self, page: &str, form: &str, fields: &[(&str, &str)]) -> Sent {
        let seal = self.open(page).await.seal();
        let mut fields = fields.to_vec();
        fields.push(("seal", &seal));
        self.send(self.post(form).filled(&fields)).await
    }

    /// A form that is on its way, from a page of ours.
    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path).header(ORIGIN, &self.endpoint)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request =
            self.http.request(method, format!("{}{path}", self.endpoint)).header(ACCEPT, "text/html,*/*;q=0.8");
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Sent {
        let answer = request.send().await.expect("the control plane answers");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Sent { status, headers, html: answer.text().await.expect("a page is text") }
    }
}

/// Sends what a form does.
pub(crate) trait Filled {
    fn filled(self, fields: &[(&str, &str)]) -> Self;
}

impl Filled for RequestBuilder {
    fn filled(self, fields: &[(&str, &str)]) -> Self {
        let body = serde_urlencoded::to_string(fields).expect("names and values are texts");
        self.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    }
}

impl Sent {
    /// The cookie that it sets, as a browser sends it back.
    pub(crate) fn cookie(&self) -> Option<String> {
        let cookie = self.headers.get(SET_COOKIE)?.to_str().expect("a cookie is text");
        Some(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default()
    }

    /// The seal of its forms.
    pub(crate) fn seal(&self) -> String {
        let (_, rest) = self.html.split_once(r#"name="seal" value=""#).unwrap_or_else(|| panic!("no form in {self:?}"));
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

/// A stream `s` of team `fraud` that asks for `card_swiped` of team `payments`, and the request that follows.
pub(crate) async fn asked(plane: &Plane) -> AccessRequest {
    let declared: EventTypeSpec = spec(json!({"classification": "internal", "purposes": ["fraud-detection"]}));
    let payments = plane.member("payments").await;
    payments.put_event_type(&named("card_swiped"), &declared, Precondition::None).await.expect("it is declared");
    let cleared: TeamSpec = spec(json!({"clearance": "restricted"}));
    plane.platform().await.put_team(&named("fraud"), &cleared, Precondition::None).await.expect("the platform may");
    let fraud = plane.member("fraud").await;
    settled(&fraud, "s", json!({"shard_count": 1, "purpose": "fraud-detection", "events": ["card_swiped"]})).await;
    eventually("the request", async || fraud.requests(None, true).await.expect("a list").items.pop()).await
}
