//! An issuer of OpenID Connect tokens, as a CI system is one, and where people log in: it signs what it is asked to, publishes
//! its keys, and gives a token for a code, once, to whoever proves that it was theirs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parking_lot::Mutex;
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// An issuer, until this is dropped.
pub struct Issuer {
    address: String,
    published: Arc<Published>,
    /// The key that it signs with now, and its id.
    key: Mutex<(String, EncodingKey)>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct Published {
    keys: Mutex<Vec<Jwk>>,
    is_away: AtomicBool,
    asked: AtomicU32,
    /// What was promised to those who logged in, by the code that they were given.
    codes: Mutex<HashMap<String, Promise>>,
}

/// A token that whoever shows the code and proves to be who asked for it gets.
struct Promise {
    token: String,
    challenge: String,
    redirect_uri: String,
}

/// As whom the control plane is known here.
const CLIENT: (&str, &str) = ("fanner-pages", "a secret & more");

impl Issuer {
    /// An issuer that signs with the key `k1`.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it has an address"));
        let published = Arc::<Published>::default();
        let routes =
            Router::new().route("/keys", get(keys)).route("/token", post(exchange)).with_state(published.clone());
        let server = tokio::spawn(async { axum::serve(listener, routes).await.expect("it serves") });
        let key = Mutex::new(("none".into(), fresh_key()));
        let issuer = Self { address, published, key, _server: AbortOnDropHandle::new(server) };
        issuer.rotate("k1");
        issuer
    }

    /// What a file of issuers says about it, as `ci`; `callers` come after that.
    pub fn trusted(&self, callers: &str) -> String {
        let Self { address, .. } = self;
        format!(
            "[issuers.ci]\nissuer = \"{address}\"\njwks_url = \"{address}/keys\"\naudience = \"fanner\"\n\
             algorithms = [\"ES256\"]\nlongest = \"10m\"\n{callers}"
        )
    }

    /// The same for people: with where they log in, and come back to. The secret is in the file.
    pub fn entrance(&self, back: &str, secret_file: &Path, people: &str) -> String {
        let Self { address, .. } = self;
        std::fs::write(secret_file, CLIENT.1).expect("the file can be written");
        let file = secret_file.display();
        format!(
            "{}[issuers.ci.login]\nclient_id = \"{}\"\nclient_secret_file = \"{file}\"\nauthorize_url = \"{address}/authorize\"\n\
             token_url = \"{address}/token\"\nredirect_url = \"{back}\"\n{people}",
            self.trusted(""),
            CLIENT.0
        )
    }

    /// Logs somebody with these claims in who was sent here, and says where they are sent back to.
    pub fn log_in(&self, sent_to: &Url, claims: &Value) -> Url {
        let asked: HashMap<_, _> = sent_to.query_pairs().into_owned().collect();
        assert!(sent_to.as_str().starts_with(&self.address) && asked["response_type"] == "code", "{sent_to}");
        assert_eq!((asked["client_id"].as_str(), asked["code_challenge_method"].as_str()), (CLIENT.0, "S256"));
        let mut claims = claims.clone();
        let all = claims.as_object_mut().expect("claims are an object");
        all.entry("aud").or_insert_with(|| CLIENT.0.into());
        all.entry("nonce").or_insert_with(|| asked["nonce"].as_str().into());
        let promise = Promise {
            token: self.token(&claims),
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
        };
        let code = format!("code-{}", self.published.codes.lock().len());
        let back = [("code", code.as_str()), ("state", asked["state"].as_str())];
        let back = Url::parse_with_params(&asked["redirect_uri"], back).expect("it is an address");
        self.published.codes.lock().insert(code, promise);
        back
    }

    /// A token with these claims, which need not say who issued it.
    pub fn token(&self, claims: &Value) -> String {
        let mut claims = claims.clone();
        let all = claims.as_object_mut().expect("claims are an object");
        all.entry("iss").or_insert_with(|| self.address.as_str().into());
        let key = self.key.lock();
        let header = Header { kid: Some(key.0.clone()), ..Header::new(Algorithm::ES256) };
        encode(&header, &claims, &key.1).expect("it is signed")
    }

    /// Signs with a new key from now on, and publishes it instead of all others.
    pub fn rotate(&self, id: &str) {
        let key = fresh_key();
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).expect("it has a public half");
        jwk.common.key_id = Some(id.into());
        *self.published.keys.lock() = vec![jwk];
        *self.key.lock() = (id.into(), key);
    }

    /// Whether it answers nobody.
    pub fn set_away(&self, is_away: bool) {
        self.published.is_away.store(is_away, Ordering::Relaxed);
    }

    /// How often it was asked for its keys.
    pub fn asked(&self) -> u32 {
        self.published.asked.load(Ordering::Relaxed)
    }
}

async fn keys(State(published): State<Arc<Published>>) -> Result<Json<Value>, StatusCode> {
    published.asked.fetch_add(1, Ordering::Relaxed);
    match published.is_away.load(Ordering::Relaxed) {
        true => Err(StatusCode::SERVICE_UNAVAILABLE),
        false => Ok(Json(json!({ "keys": *published.keys.lock() }))),
    }
}

/// Gives a token for a code.
async fn exchange(
    State(published): State<Arc<Published>>,
    headers: HeaderMap,
    body: String,
) -> Result<Json<Value>, StatusCode> {
    let asked: HashMap<String, String> = serde_urlencoded::from_str(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let known = format!("Basic {}", STANDARD.encode(format!("{}:a+secret+%26+more", CLIENT.0)));
    if headers.get(AUTHORIZATION).is_none_or(|sent| sent.as_bytes() != known.as_bytes()) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let promise = published.codes.lock().remove(&asked["code"]).ok_or(StatusCode::BAD_REQUEST)?;
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&asked["code_verifier"]));
    let is_theirs = proof == promise.challenge && asked["redirect_uri"] == promise.redirect_uri;
    match is_theirs && asked["grant_type"] == "authorization_code" {
        true => Ok(Json(json!({"token_type": "Bearer", "access_token": "none", "id_token": promise.token}))),
        false => Err(StatusCode::BAD_REQUEST),
    }
}

fn fresh_key() -> EncodingKey {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key can be made");
    EncodingKey::from_ec_der(&key.serialize_der())
}
