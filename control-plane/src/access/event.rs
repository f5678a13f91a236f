//! Which team may have which event.

use fanner_model::{Access, Classification, EventType, TeamName};

/// Whether `team` may have events of this type: its own, and public ones.
pub(crate) fn decide(team: &TeamName, event_type: &EventType) -> Access {
    let EventType { name, team: owner, spec, .. } = event_type;
    if team == owner {
        return Access::active(format!("`{name}` belongs to team `{team}`"));
    }
    match spec.classification {
        Classification::Public => Access::active(format!("`{name}` is public")),
        careful @ (Classification::Internal | Classification::Confidential | Classification::Restricted) => {
            Access::denied(format!(
                "`{name}` belongs to team `{owner}` and is {careful}; team `{team}` may have only its own and public events"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use fanner_model::{AccessStatus, EventTypeSpec};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_team_may_have_its_own_events_whatever_their_classification() {
        for classification in Classification::ALL {
            assert_eq!(
                decide(&team("payments"), &card_swiped(classification)),
                Access::active("`card_swiped` belongs to team `payments`")
            );
        }
    }

    #[test]
    fn another_team_may_have_public_events_only() {
        let fraud = team("fraud");
        let allowed = Classification::ALL.map(|classification| decide(&fraud, &card_swiped(classification)).status);
        assert_eq!(allowed, [AccessStatus::Active, AccessStatus::Denied, AccessStatus::Denied, AccessStatus::Denied]);
    }

    #[test]
    fn a_refusal_names_the_owner_and_what_would_be_allowed() {
        assert_eq!(
            decide(&team("fraud"), &card_swiped(Classification::Restricted)).reason,
            "`card_swiped` belongs to team `payments` and is restricted; team `fraud` may have only its own and public events"
        );
    }

    fn team(name: &str) -> TeamName {
        name.parse().unwrap()
    }

    fn card_swiped(classification: Classification) -> EventType {
        EventType {
            name: "card_swiped".parse().unwrap(),
            team: team("payments"),
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            spec: EventTypeSpec { classification, ..EventTypeSpec::default() },
        }
    }
}
