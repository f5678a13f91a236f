//! What holds without a request, and what holds against everything: links of the two templates that policies have for them.

use std::collections::BTreeMap;

use fanner_model::{Events, Permission, Quarantine, Receivers, TeamName};
use jiff::Timestamp;

use crate::Question;

/// The standing permissions and quarantines there are. A permission that has ended permits nothing.
#[derive(Clone, Debug, Default)]
pub struct Links {
    standing: BTreeMap<TeamName, Vec<Permission>>,
    quarantines: Vec<Quarantine>,
}

impl Links {
    /// Links these.
    pub fn new(permissions: impl IntoIterator<Item = Permission>, quarantines: Vec<Quarantine>) -> Self {
        let mut standing = BTreeMap::<_, Vec<_>>::new();
        for permission in permissions {
            standing.entry(permission.spec.team.clone()).or_default().push(permission);
        }
        Self { standing, quarantines }
    }

    /// The standing permissions that are about this stream's team and this event, ended or not.
    pub(crate) fn standing(&self, question: &Question<'_>) -> impl Iterator<Item = &Permission> {
        let of_team = self.standing.get(question.team.0).into_iter().flatten();
        of_team.filter(|permission| include(&permission.spec.events, question))
    }

    /// The standing permissions among them that permit something at `at`.
    pub(crate) fn standing_at(&self, question: &Question<'_>, at: Timestamp) -> impl Iterator<Item = &Permission> {
        self.standing(question).filter(move |permission| at < permission.spec.expires_at)
    }

    /// The quarantines that this stream and this event are in.
    pub(crate) fn quarantines(&self, question: &Question<'_>) -> impl Iterator<Item = &Quarantine> {
        let concern = |quarantine: &&Quarantine| concern(&quarantine.spec.who, question);
        self.quarantines.iter().filter(concern).filter(|quarantine| include(&quarantine.spec.events, question))
    }
}

/// Whether the stream in question is one of the receivers.
fn concern(receivers: &Receivers, question: &Question<'_>) -> bool {
    match receivers {
        Receivers::Everybody => true,
        Receivers::Team(team) => team == question.team.0,
        Receivers::Stream(stream) => stream == question.stream,
    }
}

/// Whether the event type in question is one of the events.
fn include(events: &Events, question: &Question<'_>) -> bool {
    match events {
        Events::Everything => true,
        Events::OwnedBy(team) => *team == question.event_type.team,
        Events::Event(name) => *name == question.event_type.name,
    }
}
