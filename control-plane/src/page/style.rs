//! The one style sheet. Its address tells its content, so browsers keep it for as long as it is the same.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("../../templates/style.css");

/// Where the style sheet is.
pub(super) fn address() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| {
        let digest: String = Sha256::digest(STYLE).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("/style-{digest}.css")
    });
    &ADDRESS
}

/// Serves it, for good.
pub(super) async fn serve() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), STYLE)
}
