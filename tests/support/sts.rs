//! The part of AWS's Security Token Service that says who signed a request, and one who signs. It checks signatures as
//! AWS does, from the request that really arrived.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_kinesis::config::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// The host that it answers for.
pub const STS_HOST: &str = "sts.eu-west-1.amazonaws.com";

/// The header that names the fanner for which a URL is signed.
const SERVER_ID: &str = "x-fanner-server-id";

/// The service, until this is dropped.
pub struct Sts {
    pub endpoint: String,
    known: Known,
    _server: AbortOnDropHandle<()>,
}

/// The secret and the ARN that belong to an access key.
type Known = Arc<Mutex<HashMap<String, (String, String)>>>;

impl Sts {
    /// A service that knows nobody yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let endpoint = format!("http://{}", listener.local_addr().expect("it has an address"));
        let known = Known::default();
        let routes = Router::new().route("/", get(caller_identity)).with_state(known.clone());
        let server = tokio::spawn(async { axum::serve(listener, routes).await.expect("it serves") });
        Self { endpoint, known, _server: AbortOnDropHandle::new(server) }
    }

    /// Credentials of a session of this ARN.
    pub fn credentials(&self, arn: &str) -> Credentials {
        let mut known = self.known.lock();
        let (key, secret) = (format!("ASIA{:016}", known.len()), format!("secret of {arn}"));
        known.insert(key.clone(), (secret.clone(), arn.into()));
        Credentials::new(key, secret, None, None, "tests")
    }
}

/// A URL by which the holder of the credentials shows the fanner `server_id` who it is.
pub fn presigned(credentials: &Credentials, server_id: &str, at: SystemTime) -> String {
    let question = format!("https://{STS_HOST}/?Action=GetCallerIdentity&Version=2011-06-15");
    let (parameters, _) = signed(credentials, &question, [STS_HOST, server_id], at, Duration::from_secs(60));
    Url::parse_with_params(&question, parameters).expect("it is a URL").into()
}

async fn caller_identity(
    State(known): State<Known>,
    Query(asked): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = of("X-Amz-Credential").split('/').next().unwrap_or_default().to_owned();
    let (secret, arn) = known.lock().get(&key).cloned().ok_or(StatusCode::FORBIDDEN)?;
    let made = DateTime::strptime("%Y%m%dT%H%M%SZ", of("X-Amz-Date")).map_err(|_| StatusCode::BAD_REQUEST)?;
    let made = TimeZone::UTC.to_timestamp(made).map_err(|_| StatusCode::BAD_REQUEST)?;
    let question = format!("https://{STS_HOST}/?Action={}&Version={}", of("Action"), of("Version"));
    let credentials = Credentials::new(key, secret, None, None, "tests");
    let lasts = Duration::from_secs(of("X-Amz-Expires").parse().map_err(|_| StatusCode::BAD_REQUEST)?);
    let (_, signature) = signed(&credentials, &question, [header("host"), header(SERVER_ID)], made.into(), lasts);
    if signature != of("X-Amz-Signature") {
        return Err(StatusCode::FORBIDDEN);
    }
    let account = arn.split(':').nth(4).unwrap_or_default();
    let session = arn.rsplit('/').next().unwrap_or_default();
    let identity = json!({"Account": account, "Arn": arn, "UserId": format!("AROAEXAMPLE:{session}")});
    Ok(Json(json!({"GetCallerIdentityResponse": {"GetCallerIdentityResult": identity}})))
}

/// The parameters that signing adds to a URL, and the signature among them.
fn signed(
    credentials: &Credentials,
    url: &str,
    [host, server_id]: [&str; 2],
    at: SystemTime,
    lasts: Duration,
) -> (Vec<(&'static str, String)>, String) {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(lasts);
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder().identity(&identity).region("eu-west-1").name("sts").time(at);
    let parameters = parameters.settings(settings).build().expect("all is there that signing needs").into();
    let headers = [("host", host), (SERVER_ID, server_id)].into_iter();
    let request = SignableRequest::new("GET", url, headers, SignableBody::Bytes(&[])).expect("it is a request");
    let (instructions, signature) = sign(request, &parameters).expect("it is signed").into_parts();
    let (_, parameters) = instructions.into_parts();
    (parameters.into_iter().map(|(name, value)| (name, value.into_owned())).collect(), signature)
}
