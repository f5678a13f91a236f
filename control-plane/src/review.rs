//! Keeps the requests for access in step with what is asked for: whatever changes, a policy, a classification, the end of a
//! grant, those who need an approval ask for it, and those who ask no more have no request open. Finishes campaigns, and
//! reminds of grants that end soon.

use std::time::Duration;

use tracing::warn;

use crate::app::App;
use crate::error::Error;
use crate::ops::{access_request, campaign, reminder};
use crate::world::askings;

/// How often to look though nothing was changed: time ends grants as well.
const INTERVAL: Duration = Duration::from_secs(30);

/// Looks at every change of the rules, until the control plane stops.
pub(crate) async fn run(app: App) {
    let mut rules = app.rules.subscribe();
    while !app.closing.is_cancelled() {
        if let Err(error) = look(&app).await {
            warn!(
                error = &error as &dyn std::error::Error,
                "requests for access could not be reviewed; the next look follows"
            );
        }
        tokio::select! {
            () = app.closing.cancelled() => {}
            _ = rules.changed() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

async fn look(app: &App) -> Result<(), Error> {
    let interests = app.store.interests().await?;
    let askings: Vec<_> = askings(&interests).collect();
    access_request::file(app, &askings).await?;
    access_request::close_unasked(app, &askings).await?;
    campaign::finish(app).await?;
    reminder::give(app).await
}
