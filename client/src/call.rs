//! The client, and how each call is made: address, token, repetition, errors.

use std::time::Duration;

use fanner_model::{Code, Page, Problem, Secret};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::{Method, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::debug;

use crate::{Error, Guard, IdempotencyKey, Precondition};

/// A control plane, as one caller sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    endpoint: Url,
}

/// How often a call that may be repeated is made before its failure counts.
const ATTEMPTS: u32 = 5;

/// How long one answer may take, beyond what the call itself asks the control plane to wait.
const PATIENCE: Duration = Duration::from_secs(30);

impl Client {
    /// A client of the control plane at `endpoint`, such as `http://127.0.0.1:7400`, that presents `token`.
    ///
    /// # Errors
    /// The endpoint is not an HTTP address, or the token has characters that no token has.
    pub fn new(endpoint: &str, token: Option<&Secret>, user_agent: &str) -> Result<Self, Error> {
        let url = Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(endpoint) = url else {
            let right = "write it like `https://fanner.example.com` or `http://127.0.0.1:7400`";
            return Err(Error::Configuration(format!("endpoint `{endpoint}` is not an HTTP address; {right}")));
        };
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, bearer(token)?);
        }
        // Fails only if another part of the process chose a provider first, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(user_agent)
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| Error::Configuration(format!("cannot make an HTTP client: {}", causes(&error))))?;
        Ok(Self { http, endpoint })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, String)]) -> Result<T, Error> {
        self.json(self.repeated(&Call { query, ..Call::new(Method::GET, path) }).await?).await
    }

    /// The page of a collection that comes after the key `after`, as large as pages get.
    pub(crate) async fn page<T: DeserializeOwned>(&self, noun: &str, after: Option<&str>) -> Result<Page<T>, Error> {
        let after = after.map(|after| ("after", after.to_owned()));
        let query: Vec<_> = [("limit", "500".to_owned())].into_iter().chain(after).collect();
        self.get(&[noun], &query).await
    }

    /// A read that asks the control plane to wait up to `wait` for something to happen.
    pub(crate) async fn get_waiting<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        wait: Duration,
    ) -> Result<T, Error> {
        let patience = PATIENCE + wait;
        self.json(self.repeated(&Call { query, patience, ..Call::new(Method::GET, path) }).await?).await
    }

    /// A write that may be repeated, here and by the caller: all its attempts carry one key.
    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
        guard: impl Into<Guard>,
    ) -> Result<T, Error> {
        let Guard { precondition, key } = guard.into();
        let (body, key) = (Some(encoded(body)), Some(key));
        self.json(self.repeated(&Call { body, key, precondition, ..Call::new(Method::PUT, path) }).await?).await
    }

    /// What the write with this key made; `None` if it never happened, or another write came after it. It is asked by a
    /// write that cannot happen, so `body` may be any that the control plane understands.
    pub(crate) async fn made<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
        key: IdempotencyKey,
    ) -> Result<Option<T>, Error> {
        match self.put(path, body, Guard::never(key)).await {
            Ok(made) => Ok(Some(made)),
            Err(error) if error.problem().is_some_and(|problem| problem.code == Code::Stale) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &[&str], body: &impl Serialize) -> Result<T, Error> {
        let call = Call { body: Some(encoded(body)), ..Call::new(Method::POST, path) };
        self.json(self.once(&call).await?).await
    }

    /// A post without a body whose answer takes up to `wait` to make.
    pub(crate) async fn post_waiting<T: DeserializeOwned>(&self, path: &[&str], wait: Duration) -> Result<T, Error> {
        let call = Call { patience: PATIENCE + wait, ..Call::new(Method::POST, path) };
        self.json(self.once(&call).await?).await
    }

    /// A message that may be repeated and is answered without words.
    pub(crate) async fn report(&self, path: &[&str], body: &impl Serialize) -> Result<(), Error> {
        self.repeated(&Call { body: Some(encoded(body)), ..Call::new(Method::POST, path) }).await.map(drop)
    }

    pub(crate) async fn delete(&self, path: &[&str], precondition: Precondition) -> Result<(), Error> {
        let call = Call { precondition, ..Call::new(Method::DELETE, path) };
        match self.repeated(&call).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Makes the call until it is answered by something better than "not now".
    async fn repeated(&self, call: &Call<'_>) -> Result<Response, Error> {
        let mut pause = Duration::from_millis(100);
        for attempt in 1.. {
            let error = match self.once(call).await {
                Ok(response) => return Ok(response),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing { error, .. }) if attempt == ATTEMPTS => return Err(error),
                Err(Failure::Passing { error, retry_after }) => {
                    pause = retry_after.unwrap_or(pause);
                    error
                }
            };
            debug!(attempt, %error, "control plane did not answer; trying again");
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        unreachable!("the loop ends by returning")
    }

    async fn once(&self, call: &Call<'_>) -> Result<Response, Failure> {
        let url = self.url(call);
        let mut request = self.http.request(call.method.clone(), url.clone()).timeout(call.patience);
        request = match call.precondition {
            Precondition::None => request,
            Precondition::Absent => request.header(IF_NONE_MATCH, "*"),
            Precondition::Generation(generation) => request.header(IF_MATCH, format!("\"{generation}\"")),
        };
        if let Some(key) = call.key {
            request = request.header("Idempotency-Key", key.to_string());
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = request.send().await.map_err(|error| Failure::passing(self.unreachable(&error)))?;
        let request_id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        let (method, path, status) = (&call.method, url.path(), response.status().as_u16());
        debug!(%method, path, status, request_id, "control plane answered");
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refusal(response).await)
    }

    async fn refusal(&self, response: Response) -> Failure {
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let problem = match response.bytes().await {
            Ok(body) => serde_json::from_slice::<Problem>(&body).ok(),
            Err(error) => return Failure::passing(self.unreachable(&error)),
        };
        match problem {
            Some(problem) if matches!(problem.code, Code::Unavailable | Code::TooManyWaits) => {
                Failure::Passing { error: Error::Refused(Box::new(problem)), retry_after }
            }
            Some(problem) => Failure::Final(Error::Refused(Box::new(problem))),
            None if status.is_server_error() => {
                Failure::Passing { error: self.unexpected(format!("HTTP status {status}")), retry_after }
            }
            None => Failure::Final(self.unexpected(format!("HTTP status {status} without a problem document"))),
        }
    }

    async fn json<T: DeserializeOwned>(&self, response: Response) -> Result<T, Error> {
        let body = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        serde_json::from_slice(&body).map_err(|error| self.unexpected(error.to_string()))
    }

    fn url(&self, call: &Call<'_>) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(call.path);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        url
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        Error::Unreachable { endpoint: self.address(), cause: causes(error) }
    }

    fn unexpected(&self, cause: String) -> Error {
        Error::Unexpected { endpoint: self.address(), cause }
    }

    /// The endpoint without any password that it may carry.
    fn address(&self) -> String {
        self.endpoint.origin().ascii_serialization()
    }
}

/// One request, as it is made each time.
struct Call<'a> {
    method: Method,
    path: &'a [&'a str],
    query: &'a [(&'a str, String)],
    body: Option<Vec<u8>>,
    key: Option<IdempotencyKey>,
    precondition: Precondition,
    patience: Duration,
}

impl<'a> Call<'a> {
    fn new(method: Method, path: &'a [&'a str]) -> Self {
        let precondition = Precondition::None;
        Self { method, path, query: &[], body: None, key: None, precondition, patience: PATIENCE }
    }
}

/// A failure, and whether the same call may do better later.
enum Failure {
    Final(Error),
    Passing { error: Error, retry_after: Option<Duration> },
}

impl Failure {
    fn passing(error: Error) -> Self {
        Self::Passing { error, retry_after: None }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Final(error) | Failure::Passing { error, .. } => error,
        }
    }
}

fn bearer(token: &Secret) -> Result<HeaderValue, Error> {
    let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.expose().trim())) else {
        return Err(Error::Configuration("the token has characters that no token has".into()));
    };
    value.set_sensitive(true);
    Ok(value)
}

fn encoded(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("the model's types have text keys and cannot fail to serialize")
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse::<u64>().ok()?;
    Some(Duration::from_secs(seconds.min(30)))
}

/// An error with what caused it, in one line.
fn causes(error: &reqwest::Error) -> String {
    let chain = std::iter::successors(std::error::Error::source(error), |error| error.source());
    match chain.last() {
        Some(root) => root.to_string(),
        None if error.is_timeout() => "no answer in time".into(),
        None => error.to_string(),
    }
}
