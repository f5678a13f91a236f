//! Metrics and health over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::telemetry::Telemetry;
use crate::worker::Readiness;

/// What is served, by one fanner about itself.
pub(crate) fn routes(telemetry: Telemetry, readiness: Readiness) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .with_state(Arc::new((telemetry, readiness)))
}

async fn metrics(State(about): State<Arc<(Telemetry, Readiness)>>) -> String {
    about.0.render()
}

/// Ready means: there are rules, and every shard is being read. What a person must see to is told all the same.
async fn readyz(State(about): State<Arc<(Telemetry, Readiness)>>) -> (StatusCode, String) {
    match (about.1.get(), about.1.concern()) {
        (Ok(()), None) => (StatusCode::OK, "ok\n".into()),
        (Ok(()), Some(concern)) => (StatusCode::OK, format!("ok, but records cannot be kept aside: {concern}\n")),
        (Err(reason), _) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}
