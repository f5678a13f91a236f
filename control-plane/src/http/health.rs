//! For those who watch the process.

use axum::extract::State;
use fanner_model::{Code, Problem};

use super::problem::Refusal;
use crate::app::App;

/// The process runs.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "The process runs.")), security(()))]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The process can do its work: the database answers.
#[utoipa::path(
    get, path = "/readyz", security(()),
    responses((status = 200, description = "The database answers."), (status = 503, description = "It does not."))
)]
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Refusal> {
    if app.closing.is_cancelled() {
        return Err(Problem::new(Code::Unavailable, "the control plane is stopping").into());
    }
    app.store.ping().await.map_err(crate::error::Error::from)?;
    Ok("ok\n")
}

/// Numbers, as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "Numbers, as Prometheus reads them.")), security(()))]
pub(super) async fn metrics(State(app): State<App>) -> Result<String, Refusal> {
    app.metrics.revision(app.rules.now().revision.0);
    for (phase, count) in app.store.streams_by_phase().await.map_err(crate::error::Error::from)? {
        app.metrics.streams(phase, count);
    }
    Ok(app.metrics.text())
}
