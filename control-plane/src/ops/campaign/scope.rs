//! Which rights a campaign is about, and who answers for each. Pure.

use fanner_model::{CampaignItem, CampaignScope, EventType, Events, Right, TeamName};

use crate::ops::right::Live;
use crate::world::World;

/// The rights in a scope.
pub(super) fn items(world: &World, scope: &CampaignScope, live: Live) -> Vec<CampaignItem> {
    let inside = live.rights().filter(|right| includes(world, scope, right));
    inside.map(|right| CampaignItem { owner: owner(world, &right.events), right, answer: None }).collect()
}

fn includes(world: &World, scope: &CampaignScope, right: &Right) -> bool {
    let CampaignScope { team, owner, event, classification } = scope;
    let is_meant = |declared: &EventType| {
        owner.as_ref().is_none_or(|owner| declared.team == *owner)
            && event.as_ref().is_none_or(|event| declared.name == *event)
            && classification.is_none_or(|least| least <= declared.spec.classification)
    };
    let is_about_any = owner.is_none() && event.is_none() && classification.is_none();
    team.as_ref().is_none_or(|team| right.team == *team)
        && (is_about_any || world.included(&right.events).into_iter().any(is_meant))
}

/// The team that answers for these events, if it is one.
fn owner(world: &World, events: &Events) -> Option<TeamName> {
    match events {
        Events::Everything => None,
        Events::OwnedBy(team) => Some(team.clone()),
        Events::Event(name) => world.event_type(name).map(|declared| declared.team.clone()),
    }
}
