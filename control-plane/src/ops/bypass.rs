//! The bypass report: who can read the Global Event Stream without the fanner.

use std::collections::BTreeMap;

use fanner_model::{BypassReport, Code, Conclusion, GesVerdict};
use jiff::Timestamp;
use tracing::{info, warn};

use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::bypass::Bypass;
use crate::error::Error;

/// The newest report, with what is acknowledged now.
pub(crate) async fn read(app: &App, actor: &Actor) -> Result<BypassReport, Error> {
    allow(actor, Action::ReadBypassReport)?;
    watched(app)?;
    let report = app.store.bypass_report().await?;
    let report = report.ok_or_else(|| {
        Error::refused(
            Code::NotFound,
            "no bypass report could be taken yet; `POST` to take one, and learn what is missing",
        )
    })?;
    acknowledged(app, report).await
}

/// Takes a report now.
pub(crate) async fn take(app: &App, actor: &Actor) -> Result<BypassReport, Error> {
    allow(actor, Action::TakeBypassReport)?;
    since(app, watched(app)?, app.clock.now()).await
}

/// A report that was taken at `oldest` or later.
pub(crate) async fn since(app: &App, bypass: &Bypass, oldest: Timestamp) -> Result<BypassReport, Error> {
    let _turn = bypass.turn().await;
    if let Some(report) = app.store.bypass_report().await?.filter(|report| oldest <= report.taken_at) {
        return acknowledged(app, report).await;
    }
    let report = bypass.look(&app.clock).await.map_err(|unread| {
        Error::refused(Code::Unavailable, format!("{} could not be read: {}", unread.what, unread.why))
    })?;
    app.store.keep_bypass_report(&report).await?;
    let report = acknowledged(app, report).await?;
    match report.conclusion {
        Conclusion::Bypassed => warn!(
            who = ?bypassing(&report),
            "somebody can read the Global Event Stream without the fanner; the bypass report says how"
        ),
        Conclusion::Unknown => {
            warn!(unread = report.unread.len(), "bypass report was taken, but not everything could be read")
        }
        Conclusion::Clean => info!("bypass report was taken; only the fanner reads the Global Event Stream"),
    }
    Ok(report)
}

fn bypassing(report: &BypassReport) -> Vec<&str> {
    let bypassing = report.readers.iter().filter(|reader| reader.verdict == GesVerdict::Bypass);
    bypassing.map(|reader| reader.who.as_str()).collect()
}

/// The report with what is acknowledged now, which is also what is counted.
async fn acknowledged(app: &App, report: BypassReport) -> Result<BypassReport, Error> {
    let report = report.acknowledged(&app.store.live_break_glass(app.clock.now()).await?);
    let mut counts: BTreeMap<_, u64> = ["bypass", "one_lock", "break_glass", "fanner"].map(|word| (word, 0)).into();
    for reader in &report.readers {
        *counts.entry(word(&reader.verdict)).or_default() += 1;
    }
    counts.into_iter().for_each(|(word, count)| app.metrics.ges_readers(word, count));
    app.metrics.bypass_report(report.taken_at, u64::try_from(report.unread.len()).unwrap_or(u64::MAX));
    Ok(report)
}

fn word(verdict: &GesVerdict) -> &'static str {
    match verdict {
        GesVerdict::Bypass => "bypass",
        GesVerdict::OneLock => "one_lock",
        GesVerdict::BreakGlass { .. } => "break_glass",
        GesVerdict::Fanner => "fanner",
    }
}

/// Whether somebody said who may read the Global Event Stream, so that the others can be looked for.
pub(crate) fn is_watched(app: &App) -> bool {
    app.bypass.is_some()
}

fn watched(app: &App) -> Result<&Bypass, Error> {
    app.bypass.as_ref().ok_or_else(|| {
        let detail = "nobody said who may read the Global Event Stream; start the control plane with `--ges-readers`";
        Error::refused(Code::NotFound, detail)
    })
}
