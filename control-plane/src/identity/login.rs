//! How people log in at an issuer: where they are sent, what is asked for in exchange for what they come back with, and what
//! the issuer must then say of them. OpenID Connect's authorization code flow, with PKCE.

use std::collections::BTreeSet;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanner_model::Secret;
use reqwest::Url;
use ring::hmac;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::fetch::fetch;
use super::issuer::{Workload, checked_url};
use super::rejection::Rejection;

/// The largest answer of an issuer that is read.
const LARGEST_BYTES: usize = 64 * 1024;

/// How people log in at an issuer.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "LoginText")]
pub(crate) struct Login {
    /// As whom the issuer knows us; what its tokens for us have in `aud`.
    pub client_id: String,
    /// The file of the secret that the issuer knows us by, if it asks for one. It is read whenever it is needed.
    pub client_secret_file: Option<PathBuf>,
    /// Where people are sent.
    authorize_url: Url,
    /// Where we ask for the token of who came back.
    token_url: Url,
    /// Where the issuer sends them back to.
    redirect_url: Url,
    scopes: BTreeSet<String>,
    /// Who may log in, and who they are here.
    pub people: Vec<Workload>,
}

/// Somebody's way to an issuer and back, told from all others by a secret that their browser keeps. What the issuer sees of it
/// does not give it away.
#[derive(Clone, Debug)]
pub(crate) struct Journey(hmac::Key);

impl Journey {
    /// The journey with this secret.
    pub(crate) fn of(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()))
    }

    /// Whether who comes back with this state is who left.
    pub(crate) fn is_back(&self, state: &str) -> bool {
        URL_SAFE_NO_PAD.decode(state).is_ok_and(|state| hmac::verify(&self.0, b"state", &state).is_ok())
    }

    /// What the issuer's token must repeat.
    pub(super) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// What proves to the issuer that whoever left is who asks for the token.
    fn verifier(&self) -> String {
        self.derived("verifier")
    }

    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier()))
    }

    fn derived(&self, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, what.as_bytes()))
    }
}

impl Login {
    /// Where somebody is sent who is on this journey.
    pub(super) fn departure(&self, journey: &Journey) -> Url {
        let mut url = self.authorize_url.clone();
        let scopes = self.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", self.redirect_url.as_str())
            .append_pair("scope", &scopes)
            .append_pair("state", &journey.derived("state"))
            .append_pair("nonce", &journey.nonce())
            .append_pair("code_challenge", &journey.challenge())
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// The token of whoever came back with this code.
    ///
    /// # Errors
    /// The issuer does not give one.
    pub(super) async fn exchange(
        &self,
        http: &reqwest::Client,
        code: &str,
        journey: &Journey,
    ) -> Result<Secret, Rejection> {
        let verifier = journey.verifier();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_url.as_str()),
            ("client_id", self.client_id.as_str()),
            ("code_verifier", verifier.as_str()),
        ];
        let form = serde_urlencoded::to_string(fields).expect("names and values are texts");
        let kind = "application/x-www-form-urlencoded";
        let mut request = http.post(self.token_url.clone()).header(reqwest::header::CONTENT_TYPE, kind).body(form);
        if let Some(secret) = self.client_secret().await? {
            request = request.basic_auth(encoded(&self.client_id), Some(encoded(secret.expose())));
        }
        let answer = fetch(request, LARGEST_BYTES).await;
        let answer =
            answer.map_err(|cause| Rejection::Unproven(format!("its issuer gave no token for the code: {cause}")))?;
        let Granted { id_token } = serde_json::from_slice(&answer)
            .map_err(|_| Rejection::Unproven("the issuer's answer to the code has no `id_token`".into()))?;
        Ok(id_token)
    }

    async fn client_secret(&self) -> Result<Option<Secret>, Rejection> {
        let Some(file) = &self.client_secret_file else { return Ok(None) };
        match tokio::fs::read_to_string(file).await {
            Ok(text) => Ok(Some(Secret::new(text.trim()))),
            Err(cause) => {
                tracing::error!(file = %file.display(), %cause, "the secret for an issuer cannot be read");
                Err(Rejection::Undecided("this control plane cannot ask the issuer right now; its log says why".into()))
            }
        }
    }
}

/// A text as it stands in a form: OAuth wants both halves of basic authentication so.
fn encoded(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).expect("it is a text");
    pair.trim_start_matches('=').to_owned()
}

/// What an issuer answers to a code, as far as it matters.
#[derive(Deserialize)]
struct Granted {
    id_token: Secret,
}

/// How people log in, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginText {
    client_id: String,
    client_secret_file: Option<PathBuf>,
    authorize_url: String,
    token_url: String,
    redirect_url: String,
    #[serde(default)]
    scopes: BTreeSet<String>,
    people: Vec<Workload>,
}

impl TryFrom<LoginText> for Login {
    type Error = String;

    fn try_from(text: LoginText) -> Result<Self, String> {
        let LoginText { client_id, client_secret_file, authorize_url, token_url, redirect_url, mut scopes, people } =
            text;
        if client_id.is_empty() {
            return Err("`client_id` is empty; it is what the issuer gave for this control plane".into());
        }
        if people.is_empty() {
            return Err("`people` is empty; without any nobody can log in".into());
        }
        scopes.insert("openid".to_owned());
        Ok(Self {
            client_id,
            client_secret_file,
            authorize_url: checked_url(&authorize_url)?,
            token_url: checked_url(&token_url)?,
            redirect_url: checked_url(&redirect_url)?,
            scopes,
            people,
        })
    }
}
