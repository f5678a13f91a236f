//! What changes for whom when other policies take over.

use std::collections::{BTreeSet, HashMap};

use fanner_model::{EventName, FieldPath, StreamName, TeamName};

use crate::Policies;
use crate::judge::Judge;
use crate::permit::Outlook;
use crate::question::Question;

/// Everything that changes, pair by pair, at the moment that was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// In the order of the pairs' first questions; what is gained comes before what is lost.
    pub differences: Vec<Difference>,
}

/// What a stream gains or loses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub stream: StreamName,
    pub team: TeamName,
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
    /// What streams would receive by `new` that they do not by these policies, and the other way round. A stream receives of an
    /// event what the best of its subscriptions, each a question, lets it have.
    pub fn change<'w>(&'w self, new: &'w Policies, questions: &[Question<'w>]) -> Impact {
        let (mut before, mut after) = (self.judge(), new.judge());
        let differences = pairs(questions).into_iter().flat_map(|pair| {
            let old = Now::of(&mut before, &pair);
            let new = Now::of(&mut after, &pair);
            differences(pair[0], &old, &new)
        });
        Impact { differences: differences.collect() }
    }
}

/// The questions about each pair of a stream and an event, in the order of the first ones.
fn pairs<'q, 'w>(questions: &'q [Question<'w>]) -> Vec<Vec<&'q Question<'w>>> {
    let mut places = HashMap::new();
    let mut pairs = Vec::<Vec<_>>::new();
    for question in questions {
        let place = *places.entry((question.stream, &question.event_type.name)).or_insert(pairs.len());
        match pairs.get_mut(place) {
            Some(pair) => pair.push(question),
            None => pairs.push(vec![question]),
        }
    }
    pairs
}

/// What holds of a pair now.
struct Now {
    /// The fields that are masked; `None`: nothing is received.
    masked: Option<BTreeSet<FieldPath>>,
    /// The policies that decided.
    policies: BTreeSet<String>,
}

impl Now {
    /// What the best of the subscriptions has; if none has anything, what stands against any of them.
    fn of<'w>(judge: &mut Judge<'w>, pair: &[&Question<'w>]) -> Self {
        let each: Vec<_> = pair.iter().map(|question| Self::of_one(judge, question)).collect();
        let best =
            each.iter().filter_map(|now| Some((now.masked.as_ref()?.len(), now))).min_by_key(|(masked, _)| *masked);
        match best {
            Some((_, Self { masked, policies })) => Self { masked: masked.clone(), policies: policies.clone() },
            None => Self { masked: None, policies: each.into_iter().flat_map(|now| now.policies).collect() },
        }
    }

    fn of_one<'w>(judge: &mut Judge<'w>, question: &Question<'w>) -> Self {
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
        team: question.team.0.clone(),
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
