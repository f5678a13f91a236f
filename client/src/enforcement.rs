//! Fanners, and how far decisions are in force at them.

use fanner_model::{Enforcement, Fanner, Page};

use crate::{Client, Error};

impl Client {
    /// The fanners whose names come after `after`, at most 500.
    pub async fn fanners(&self, after: Option<&str>) -> Result<Page<Fanner>, Error> {
        self.page("fanners", after).await
    }

    /// Decisions about access that the rules have after the revision `after`, at most 500.
    pub async fn enforcements(&self, after: Option<&str>) -> Result<Page<Enforcement>, Error> {
        self.page("enforcements", after).await
    }
}
