//! Who and what Cedar was told of already. Describing it costs as much as deciding about it, and most of it is in many scenes.

use std::collections::HashMap;
use std::hash::Hash;

use cedar_policy::Entity;

use crate::scene::{EventFacts, StreamFacts, TeamFacts};
use crate::schema::TEAM;

/// What was described, by its facts. A stream and an event type go with the name of the team that has them.
#[derive(Default)]
pub(crate) struct Cast<'w> {
    teams: HashMap<TeamFacts<'w>, Entity>,
    streams: HashMap<(StreamFacts<'w>, &'w str), Entity>,
    event_types: HashMap<(EventFacts<'w>, &'w str), Entity>,
}

impl<'w> Cast<'w> {
    pub(crate) fn team(&mut self, facts: &TeamFacts<'w>) -> Entity {
        described(&mut self.teams, facts.clone(), TeamFacts::entity)
    }

    pub(crate) fn stream(&mut self, facts: StreamFacts<'w>, team: &'w str) -> Entity {
        described(&mut self.streams, (facts, team), |(facts, team)| facts.entity(TEAM.called(*team)))
    }

    pub(crate) fn event_type(&mut self, facts: EventFacts<'w>, owner: &'w str) -> Entity {
        described(&mut self.event_types, (facts, owner), |(facts, owner)| facts.entity(TEAM.called(*owner)))
    }
}

fn described<K: Eq + Hash>(known: &mut HashMap<K, Entity>, facts: K, describe: impl FnOnce(&K) -> Entity) -> Entity {
    known.entry(facts).or_insert_with_key(describe).clone()
}
