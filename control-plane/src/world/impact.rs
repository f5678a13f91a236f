//! What changes for whom if other policies take over.

use fanner_access::{self as access, Impact, Policies, Question, What};
use fanner_model::{Difference, Direction, Effect, PolicyImpact};

use super::Moment;

impl Moment {
    /// What streams would gain and lose if `policies` were in force, with the same standing permissions and quarantines.
    pub(crate) fn impact(&self, policies: &Policies) -> PolicyImpact {
        let asking = self.asking(|_| true);
        let questions: Vec<Question<'_>> = asking
            .iter()
            .flat_map(|asking| {
                asking.events.iter().filter_map(|event| self.world.event_type(event)).map(move |it| (asking, it))
            })
            .map(|(asking, declared)| self.world.question(asking, declared, self.at))
            .collect();
        let new = policies.linked_like(&self.world.policies);
        let impact = self.world.policies.change(&new, &questions);
        // Of a platform where nobody asks for anything, every policy would be told.
        let never_matching = if questions.is_empty() { Default::default() } else { new.never_matching(&questions) };
        PolicyImpact {
            direction: direction(&impact),
            differences: impact.differences.into_iter().map(told).collect(),
            never_matching,
        }
    }
}

fn direction(impact: &Impact) -> Direction {
    let directions = impact.directions();
    match (directions.contains(&access::Direction::Gains), directions.contains(&access::Direction::Loses)) {
        (false, false) => Direction::Nothing,
        (true, false) => Direction::Widening,
        (false, true) => Direction::Tightening,
        (true, true) => Direction::Both,
    }
}

fn told(difference: access::Difference) -> Difference {
    let access::Difference { stream, team, event, direction, what, because } = difference;
    let effect = match direction {
        access::Direction::Gains => Effect::Gains,
        access::Direction::Loses => Effect::Loses,
    };
    let fields = match what {
        What::Event => Default::default(),
        What::Fields(fields) => fields,
    };
    Difference { effect, team, stream, event, fields, because }
}
