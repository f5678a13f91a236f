//! An issuer of OpenID Connect tokens, as a CI system is one: it signs what it is asked to, and publishes its keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parking_lot::Mutex;
use serde_json::{Value, json};
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
}

impl Issuer {
    /// An issuer that signs with the key `k1`.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it has an address"));
        let published = Arc::<Published>::default();
        let routes = Router::new().route("/keys", get(keys)).with_state(published.clone());
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

fn fresh_key() -> EncodingKey {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key can be made");
    EncodingKey::from_ec_der(&key.serialize_der())
}
