//! Asking somebody outside, who may be slow, endless or gone: one way, with limits.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, redirect};

/// How long an answer may take, from the first byte of the question to the last of the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client that goes where it is sent and nowhere else.
pub(super) fn client() -> Client {
    // Fails only if another part of the process chose a provider first, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().redirect(redirect::Policy::none()).timeout(PATIENCE).connect_timeout(PATIENCE / 2);
    builder
        .user_agent(concat!("fanner-control-plane/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("a client without files of its own can be made")
}

/// The body of a good answer.
///
/// # Errors
/// There is no answer, it is not a good one, or it has more than `largest` bytes.
pub(super) async fn fetch(request: RequestBuilder, largest: usize) -> Result<Vec<u8>, FetchError> {
    let mut response = request.send().await.map_err(|cause| FetchError::Away(cause.without_url()))?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|cause| FetchError::Away(cause.without_url()))? {
        if largest < body.len() + chunk.len() {
            return Err(FetchError::Large(largest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why there is no answer to work with. The address that was asked is not repeated: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no answer: {}", root(.0))]
    Away(reqwest::Error),
    #[error("the answer has the status {0}")]
    Status(StatusCode),
    #[error("the answer is longer than {0} bytes")]
    Large(usize),
}

fn root(error: &reqwest::Error) -> String {
    let chain = std::iter::successors(std::error::Error::source(error), |error| error.source());
    chain.last().map_or_else(|| error.to_string(), ToString::to_string)
}
