//! Sightings: events on the Global Event Stream that nobody declared.

use std::collections::BTreeSet;

use fanner_model::{EventName, Page, Sighting, SightingReport};

use crate::{Client, Error};

impl Client {
    /// Says that `events`, at most 1,000, were seen on the Global Event Stream and are not in the rules. Those that are
    /// declared all the same are passed over, so that saying it again does no harm.
    pub async fn report_sightings(&self, events: BTreeSet<EventName>) -> Result<(), Error> {
        self.report(&["sightings"], &SightingReport { events }).await
    }

    /// The sightings whose names come after `after`, at most 500.
    pub async fn sightings(&self, after: Option<&str>) -> Result<Page<Sighting>, Error> {
        self.page("sightings", after).await
    }
}
