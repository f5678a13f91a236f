//! Who is calling: a token that somebody issued, or one that the CI system signs for whoever runs in it, which the control
//! plane exchanges for a session.

use std::time::Duration;

use fanner_client::Client;
use fanner_model::{Proof, Secret};
use serde::Deserialize;

use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::program::Variable;
use crate::problem;

/// Where CI systems leave a token for whoever runs in them; HCP Terraform, the last two.
const LEFT: [&str; 3] = ["FANNER_OIDC_TOKEN", "TFC_WORKLOAD_IDENTITY_TOKEN_FANNER", "TFC_WORKLOAD_IDENTITY_TOKEN"];

/// How long GitHub may take to sign a token.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the provider says who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Not at all.
    Nobody,
    /// By a token of the control plane.
    Token(Secret),
    /// By a token of an OpenID Connect issuer, which came from there.
    Signed { token: Secret, from: &'static str },
    /// By a token that GitHub Actions signs when it is asked to.
    GitHub { url: String, token: Secret },
}

impl Identity {
    /// What there is: what the provider block or `FANNER_TOKEN` says, or else what the CI system left.
    pub fn find(configured: Option<Secret>, variable: Variable) -> Self {
        if let Some(token) = configured {
            return if is_signed(&token) {
                Self::Signed { token, from: "the token that is set" }
            } else {
                Self::Token(token)
            };
        }
        let left = LEFT.into_iter().find_map(|from| Some(Self::Signed { token: Secret::new(variable(from)?), from }));
        let github = || {
            let (url, token) = (variable("ACTIONS_ID_TOKEN_REQUEST_URL")?, variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?);
            Some(Self::GitHub { url, token: Secret::new(token) })
        };
        left.or_else(github).unwrap_or(Self::Nobody)
    }

    /// A client of the control plane at `endpoint` that says so. GitHub signs for `audience`.
    ///
    /// # Errors
    /// The endpoint is none, GitHub signs nothing, or the control plane does not believe what was signed.
    pub async fn client(self, endpoint: &str, audience: &str, user_agent: &str) -> Result<Client, Diagnostic> {
        let client = |secret: Option<&Secret>| {
            Client::new(endpoint, secret, user_agent)
                .map_err(|error| problem::diagnostic(&error, &["endpoint", "token"]))
        };
        let (token, from) = match self {
            Self::Nobody => return client(None),
            Self::Token(token) => return client(Some(&token)),
            Self::Signed { token, from } => (token, from),
            Self::GitHub { url, token } => (signed_by_github(&url, &token, audience).await?, "GitHub Actions"),
        };
        let session = client(None)?.begin_session(&Proof::Token(token)).await;
        let session = session.map_err(|error| problem::exchanging(&error, from))?;
        tracing::info!(caller = %session.caller, scope = %session.scope, until = %session.expires_at, "a session began");
        client(Some(&session.secret))
    }
}

/// Whether this is a token of an issuer: three parts, the first of which is a JSON object.
fn is_signed(token: &Secret) -> bool {
    token.expose().starts_with("eyJ") && token.expose().split('.').count() == 3
}

async fn signed_by_github(url: &str, token: &Secret, audience: &str) -> Result<Secret, Diagnostic> {
    #[derive(Deserialize)]
    struct Answer {
        value: Secret,
    }
    let fail = |error: reqwest::Error| {
        let detail = format!("GitHub Actions did not sign a token: {}", error.without_url());
        Diagnostic::error("No token", detail)
    };
    // Fails only if another part of the process chose a provider first, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let github = reqwest::Client::builder().timeout(PATIENCE).build().map_err(fail)?;
    let request = github.get(url).query(&[("audience", audience)]).bearer_auth(token.expose());
    let answer = request.send().await.and_then(reqwest::Response::error_for_status).map_err(fail)?;
    answer.json().await.map(|Answer { value }| value).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HCP: Variable = |name| name.starts_with("TFC_WORKLOAD_IDENTITY_TOKEN").then(|| format!("the {name}"));
    const GITHUB: Variable = |name| name.starts_with("ACTIONS_ID_TOKEN_REQUEST_").then(|| format!("the {name}"));

    #[test]
    fn what_is_configured_goes_before_what_a_ci_system_left() {
        assert_eq!(Identity::find(Some(Secret::new("fnr_x")), HCP), Identity::Token(Secret::new("fnr_x")));
        let from = "TFC_WORKLOAD_IDENTITY_TOKEN_FANNER";
        let token = Secret::new("the TFC_WORKLOAD_IDENTITY_TOKEN_FANNER");
        assert_eq!(Identity::find(None, HCP), Identity::Signed { token, from });
        let url = "the ACTIONS_ID_TOKEN_REQUEST_URL".into();
        let token = Secret::new("the ACTIONS_ID_TOKEN_REQUEST_TOKEN");
        assert_eq!(Identity::find(None, GITHUB), Identity::GitHub { url, token });
        assert_eq!(Identity::find(None, |_| None), Identity::Nobody);
    }

    #[test]
    fn a_token_of_an_issuer_is_told_from_one_of_the_control_plane() {
        let signed =
            |token: &str| matches!(Identity::find(Some(Secret::new(token)), |_| None), Identity::Signed { .. });
        assert!(signed("eyJhbGciOiJSUzI1NiJ9.e30.c2ln"));
        assert!(!signed("fnr_x") && !signed("eyJ.x") && !signed("a.b.c"));
    }
}
