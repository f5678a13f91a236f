//! Following the rules.

use std::time::Duration;

use fanner_model::{Code, Revision, SignedRules, WorkerId};
use tokio::time::{Instant, sleep_until};
use tracing::error;

use super::enforcement;
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// How often a worker that waits is noted as live.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);

/// The rules, signed, as soon as they are newer than `obeyed`, or as they are after `wait`. Asking says that `worker` obeys
/// `obeyed`, and that it is live while it waits.
pub(crate) async fn follow(
    app: &App,
    actor: &Actor,
    worker: &WorkerId,
    obeyed: Option<Revision>,
    wait: Duration,
) -> Result<SignedRules, Error> {
    allow(actor, Action::FollowRules)?;
    let _place = app.waiting.enter(actor)?;
    let deadline = Instant::now() + wait;
    let obeyed = obeyed.unwrap_or_default();
    catch_up(app, worker, obeyed).await?;
    app.store.acknowledge(worker, obeyed, app.clock.now()).await?;
    app.signals.reconcile.notify_one();
    enforcement::settle(app).await?;
    loop {
        tokio::select! {
            biased;
            () = app.rules.newer_than(obeyed) => return Ok(app.rules.signed()),
            () = app.closing.cancelled() => return Ok(app.rules.signed()),
            () = sleep_until(deadline) => return Ok(app.rules.signed()),
            () = tokio::time::sleep(SIGN_OF_LIFE) => app.store.acknowledge(worker, obeyed, app.clock.now()).await?,
        }
    }
}

/// Makes sure that the rules at hand are no older than those that `worker` obeys: it may have them from another control
/// plane. What the database itself does not have, it lost; then there is no answer, since older rules may have events in
/// them that were revoked.
async fn catch_up(app: &App, worker: &WorkerId, obeyed: Revision) -> Result<(), Error> {
    if obeyed <= app.rules.now().revision {
        return Ok(());
    }
    let newest = app.rules.renew(&app.store, &app.worlds, &app.clock).await?;
    if obeyed <= newest {
        return Ok(());
    }
    if app.rules.is_first_beyond(obeyed) {
        error!(%worker, %obeyed, %newest, "a fanner obeys newer rules than the database has; was it restored from a backup?");
    }
    let detail = format!(
        "worker `{worker}` obeys rules of revision {obeyed}, and the newest here is {newest}: the database was restored \
         from a backup, or it is another platform's; older rules are not given out"
    );
    Err(Error::refused(Code::Unavailable, detail))
}
