//! Reminders: whoever has a grant is told in time that it ends, in the log and in the audit log, once for each of some days.

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::audit::platform;
use crate::app::App;
use crate::error::Error;

/// How many days before the end of a grant there is a reminder, the last one first.
const DAYS: [u16; 4] = [1, 7, 14, 30];

/// Gives the reminders that are due. Of those that were missed, only the last is given.
pub(crate) async fn give(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let mut from = now;
    for days in DAYS {
        let to = later(now, days);
        for grant in app.store.grants_to_remind_of(days, from, to).await? {
            if app.store.note_reminder(&platform(app), &grant, days).await? {
                warn!(grant = %grant.id, team = %grant.team, stream = %grant.stream, event = %grant.event, until = %grant.until,
                    "grant ends soon; its team can ask for more time");
            }
        }
        from = to;
    }
    Ok(())
}

fn later(now: Timestamp, days: u16) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
}
