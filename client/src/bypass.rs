//! Who reads around the fanner, and what security acknowledged of it.

use std::time::Duration;

use fanner_model::{BreakGlass, BreakGlassId, BreakGlassSpec, BypassReport, Page};

use crate::{Client, Error, Precondition};

/// How long looking at a large account may take.
const LOOK: Duration = Duration::from_secs(600);

impl Client {
    /// The newest report on who can read the Global Event Stream without the fanner.
    pub async fn bypass_report(&self) -> Result<BypassReport, Error> {
        self.get(&["bypass-report"], &[]).await
    }

    /// A report that is taken now.
    pub async fn take_bypass_report(&self) -> Result<BypassReport, Error> {
        self.post_waiting(&["bypass-report"], LOOK).await
    }

    /// Acknowledges a way around the fanner.
    pub async fn put_break_glass(&self, id: BreakGlassId, spec: &BreakGlassSpec) -> Result<BreakGlass, Error> {
        self.put(&["break-glass", &id.to_string()], spec, Precondition::None).await
    }

    /// One acknowledgement.
    pub async fn break_glass(&self, id: BreakGlassId) -> Result<BreakGlass, Error> {
        self.get(&["break-glass", &id.to_string()], &[]).await
    }

    /// The acknowledgements whose ids come after `after`, at most 500.
    pub async fn break_glasses(&self, after: Option<&str>) -> Result<Page<BreakGlass>, Error> {
        self.page("break-glass", after).await
    }

    /// Takes an acknowledgement back.
    pub async fn end_break_glass(&self, id: BreakGlassId) -> Result<(), Error> {
        self.delete(&["break-glass", &id.to_string()], Precondition::None).await
    }
}
