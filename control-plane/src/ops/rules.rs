//! Following the rules.

use std::sync::Arc;
use std::time::Duration;

use fanner_model::{Revision, RuleSet, WorkerId};
use tokio::time::{Instant, sleep_until};

use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// How often a worker that waits is noted as live.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);

/// The rules as soon as they are newer than `obeyed`, or as they are after `wait`. Asking says that `worker` obeys
/// `obeyed`, and that it is live while it waits.
pub(crate) async fn follow(
    app: &App,
    actor: &Actor,
    worker: &WorkerId,
    obeyed: Option<Revision>,
    wait: Duration,
) -> Result<Arc<RuleSet>, Error> {
    allow(actor, Action::FollowRules)?;
    let _place = app.waiting.enter(actor)?;
    let deadline = Instant::now() + wait;
    let obeyed = obeyed.unwrap_or_default();
    app.store.acknowledge(worker, obeyed, app.clock.now()).await?;
    app.signals.reconcile.notify_one();
    loop {
        tokio::select! {
            biased;
            rules = app.rules.newer_than(obeyed) => return Ok(rules),
            () = app.closing.cancelled() => return Ok(app.rules.now()),
            () = sleep_until(deadline) => return Ok(app.rules.now()),
            () = tokio::time::sleep(SIGN_OF_LIFE) => app.store.acknowledge(worker, obeyed, app.clock.now()).await?,
        }
    }
}
