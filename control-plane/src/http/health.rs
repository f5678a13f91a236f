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

/// The process can do its work: the database answers, and the rules follow it.
#[utoipa::path(
    get, path = "/readyz", security(()),
    responses(
        (status = 200, description = "The database answers, and the rules follow it."),
        (status = 503, description = "Something is in the way; the body says what.")
    )
)]
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Refusal> {
    if app.closing.is_cancelled() {
        return Err(Problem::new(Code::Unavailable, "the control plane is stopping").into());
    }
    app.store.ping().await.map_err(crate::error::Error::from)?;
    if let Some(stale) = app.rules.stale_for(app.clock.now()) {
        let seconds = stale.as_secs();
        let detail =
            format!("the rules cannot be renewed since {seconds} s, and the last ones stay in force; the log says why");
        return Err(Problem::new(Code::Unavailable, detail).into());
    }
    Ok("ok\n")
}

/// Numbers, as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "Numbers, as Prometheus reads them.")), security(()))]
pub(super) async fn metrics(State(app): State<App>) -> Result<String, Refusal> {
    let stale = app.rules.stale_for(app.clock.now()).unwrap_or_default();
    app.metrics.rules(app.rules.now().revision.0, stale.as_secs_f64());
    for (phase, count) in app.store.streams_by_phase().await.map_err(crate::error::Error::from)? {
        app.metrics.streams(phase, count);
    }
    Ok(app.metrics.text())
}
