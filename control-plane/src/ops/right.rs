//! Rights: the grants and standing permissions that are live, whichever way they were given.

use fanner_model::{Grant, Permission, Right};
use jiff::Timestamp;

use crate::app::App;
use crate::error::Error;

/// What is live at some moment.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) grants: Vec<Grant>,
    pub(super) permissions: Vec<Permission>,
}

impl Live {
    /// All of them.
    pub(super) fn rights(&self) -> impl Iterator<Item = Right> {
        self.grants.iter().map(Right::from).chain(self.permissions.iter().map(Right::from))
    }
}

/// Every right that is live at `now`; grants of streams that are gone are among them.
pub(super) async fn live(app: &App, now: Timestamp) -> Result<Live, Error> {
    let grants = app.store.live_grants(now).await?;
    let mut permissions: Vec<Permission> = app.store.links("", u32::MAX).await?;
    permissions.retain(|permission| now < permission.spec.expires_at);
    Ok(Live { grants, permissions })
}
