//! Who reads what, and why.

use fanner_model::{EventName, Explanation, Finding, Page, Reader, StreamAccess, StreamName, TeamName};
use jiff::Timestamp;

use crate::{Client, Error};

/// What counts as long, and as soon, in days; what is left out is up to the control plane.
#[derive(Clone, Copy, Debug, Default)]
pub struct FindingLimits {
    pub unused_days: Option<u16>,
    pub expiring_days: Option<u16>,
}

impl Client {
    /// The subscriptions that ask for an event, after `after`, at most 500: now, or as it was at a moment.
    pub async fn readers(
        &self,
        event: &EventName,
        at: Option<Timestamp>,
        after: Option<&str>,
    ) -> Result<Page<Reader>, Error> {
        let at = at.map(|at| ("at", at.to_string()));
        let after = after.map(|after| ("after", after.to_owned()));
        let query: Vec<_> = [("limit", "500".to_owned())].into_iter().chain(at).chain(after).collect();
        self.get(&["event-types", event.as_str(), "readers"], &query).await
    }

    /// The streams of a team whose names come after `after`, at most 50, each with what it can read.
    pub async fn team_access(&self, team: &TeamName, after: Option<&str>) -> Result<Page<StreamAccess>, Error> {
        let after = after.map(|after| ("after", after.to_owned()));
        let query: Vec<_> = [("limit", "50".to_owned())].into_iter().chain(after).collect();
        self.get(&["teams", team.as_str(), "access"], &query).await
    }

    /// The grants and standing permissions that should be looked at, after `after`, at most 500.
    pub async fn findings(&self, limits: FindingLimits, after: Option<&str>) -> Result<Page<Finding>, Error> {
        let FindingLimits { unused_days, expiring_days } = limits;
        let days = [("unused_days", unused_days), ("expiring_days", expiring_days)];
        let days = days.into_iter().filter_map(|(name, days)| Some((name, days?.to_string())));
        let after = after.map(|after| ("after", after.to_owned()));
        let query: Vec<_> = [("limit", "500".to_owned())].into_iter().chain(days).chain(after).collect();
        self.get(&["reviews", "findings"], &query).await
    }

    /// Why a stream has an event or not: now, or as it was at a moment.
    pub async fn explain(
        &self,
        stream: &StreamName,
        event: &EventName,
        at: Option<Timestamp>,
    ) -> Result<Explanation, Error> {
        let at = at.map(|at| ("at", at.to_string()));
        let pair = [("stream", stream.to_string()), ("event", event.to_string())];
        self.get(&["decisions", "explain"], &pair.into_iter().chain(at).collect::<Vec<_>>()).await
    }
}
