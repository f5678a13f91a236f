//! What changes for whom when other policies take over.

use std::collections::BTreeSet;

use fanner_model::{EventName, FieldPath, StreamName};

use crate::Policies;
use crate::judge::Judge;
use crate::permit::Outlook;
use crate::question::Question;

/// Everything that changes, pair by pair, at the moment that was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// In the order of the questions; what is gained comes before what is lost.
    pub differences: Vec<Difference>,
}

/// What a stream gains or loses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub stream: StreamName,
    pub event: EventName,
    pub direction: Direction,
    pub what: What,
    /// The policies that make the difference, by `@id`: those that permit now or forbade before, or the other way round.
    pub because: BTreeSet<String>,
}

/// Whether access becomes wider or tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    Gains,
    Loses,
}

/// What is gained or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The event.
    Event,
    /// Fields of an event that is received before and after.
    Fields(BTreeSet<FieldPath>),
}

impl Impact {
    /// In which directions access changes: none, one or both.
    pub fn directions(&self) -> BTreeSet<Direction> {
        self.differences.iter().map(|difference| difference.direction).collect()
    }
}

impl Policies {
    /// What `questions` would be answered by `new` that these policies answer otherwise.
    pub fn change<'w>(&'w self, new: &'w Policies, questions: &[Question<'w>]) -> Impact {
        let (mut before, mut after) = (self.judge(), new.judge());
        let differences = questions.iter().flat_map(|question| {
            let old = Now::of(&mut before, question);
            let new = Now::of(&mut after, question);
            differences(question, &old, &new)
        });
        Impact { differences: differences.collect() }
    }
}

/// What holds of a pair now.
struct Now {
    /// The fields that are masked; `None`: nothing is received.
    masked: Option<BTreeSet<FieldPath>>,
    /// The policies that decided.
    policies: BTreeSet<String>,
}

impl Now {
    fn of<'w>(judge: &mut Judge<'w>, question: &Question<'w>) -> Self {
        if question.has_ended() {
            return Self { masked: None, policies: BTreeSet::new() };
        }
        let outlook = Outlook::new(judge, question);
        let policies = judge.with_links(question, outlook.policies());
        Self { masked: outlook.permits.into_iter().next().map(|best| best.mask), policies }
    }
}

fn differences(question: &Question<'_>, old: &Now, new: &Now) -> Vec<Difference> {
    let difference = |direction, what, because| Difference {
        stream: question.stream.clone(),
        event: question.event_type.name.clone(),
        direction,
        what,
        because,
    };
    match (&old.masked, &new.masked) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![difference(Direction::Gains, What::Event, because(old, new))],
        (Some(_), None) => vec![difference(Direction::Loses, What::Event, because(new, old))],
        (Some(before), Some(after)) => {
            let gained = (Direction::Gains, before - after);
            let lost = (Direction::Loses, after - before);
            let because: BTreeSet<_> = old.policies.symmetric_difference(&new.policies).cloned().collect();
            let fields = [gained, lost].into_iter().filter(|(_, fields)| !fields.is_empty());
            fields.map(|(direction, fields)| difference(direction, What::Fields(fields), because.clone())).collect()
        }
    }
}

/// What makes the difference between a refusal and a permission: the policies that forbid, or where none does, those that permit.
fn because(refused: &Now, permitted: &Now) -> BTreeSet<String> {
    if refused.policies.is_empty() { permitted.policies.clone() } else { refused.policies.clone() }
}
