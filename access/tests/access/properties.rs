//! What is true in every world.

use std::collections::BTreeSet;

use fanner_access::{Difference, Direction, Question, What};
use fanner_model::AccessStatus::{Active, Pending};
use fanner_model::{Approval, Approved, Grant, GrantId, Purpose, RequestId};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use crate::direct;
use crate::pair::{day, name};
use crate::world::{World, documents};

const WORLDS: u64 = 25;

#[test]
fn permits_say_at_every_moment_what_cedar_says_then() {
    for number in 0..WORLDS {
        let world = World::new(number);
        let (policies, text) = (world.policies(), direct::policies(&world));
        let mut judge = policies.judge();
        for question in world.questions() {
            let decision = judge.decide(&question);
            for at in moments().filter(|at| decision.opens_at.is_none_or(|opens| *at < opens)) {
                let open = decision.permits.iter().find(|permit| permit.is_open(at)).map(|permit| permit.mask.len());
                assert_eq!(
                    open,
                    direct::masked(&world, &text, &question, at),
                    "world {number}, {at}: {question:#?} {decision:#?}"
                );
            }
        }
    }
}

#[test]
fn what_opens_later_opens_then() {
    let mut seen = 0;
    for number in 0..WORLDS {
        let world = World::new(number);
        let policies = world.policies();
        for question in world.questions() {
            let Some(at) = policies.decide(&question).opens_at else { continue };
            let then = policies.decide(&Question { now: at, ..question });
            assert_eq!(then.status, Active, "world {number}: {question:#?}");
            seen += 1;
        }
    }
    assert!(0 < seen);
}

#[test]
fn permits_are_sorted_by_what_they_mask_and_last_longer_one_by_one() {
    for number in 0..WORLDS {
        let world = World::new(number);
        let policies = world.policies();
        for question in world.questions() {
            let decision = policies.decide(&question);
            assert_eq!(decision.permits.is_empty(), decision.status != Active);
            for pair in decision.permits.windows(2) {
                assert!(pair[0].mask.len() < pair[1].mask.len());
                assert!(pair[0].not_after.is_some_and(|end| pair[1].is_open(end)), "{:#?}", decision.permits);
            }
        }
    }
}

#[test]
fn what_is_pending_flows_with_the_approvals_it_needs_and_with_no_fewer() {
    let sets = [&[Approval::Owner][..], &[Approval::Security], &[Approval::Owner, Approval::Security]];
    let mut seen = 0;
    for number in 0..WORLDS {
        let world = World::new(number);
        let policies = world.policies();
        for question in world.questions().into_iter().filter(|question| !question.event_type.spec.retired) {
            let decision = policies.decide(&question);
            let Some(purpose) = question.purpose.filter(|_| decision.status != Active) else { continue };
            let enough = |roles: &&[Approval]| {
                let grants = [grant(&question, purpose, roles)];
                policies.decide(&Question { grants: &grants, ..question }).status == Active
            };
            let has_ended = question.ends.is_some_and(|end| end <= question.now);
            let least = sets.into_iter().find(enough).filter(|_| !has_ended).unwrap_or_default();
            assert_eq!(decision.needs, least.iter().copied().collect(), "world {number}: {question:#?}");
            assert_eq!(decision.status == Pending, !least.is_empty());
            seen += least.len();
        }
    }
    assert!(0 < seen);
}

#[test]
fn one_more_forbid_opens_nothing() {
    let forbid = r#"@id("y.forbid") forbid (principal, action == Fanner::Action::"Receive", resource) when { principal.encrypted };"#;
    for number in 0..WORLDS {
        let mut world = World::new(number);
        let before = world.policies();
        world.documents.insert(name("one-more"), forbid.to_owned());
        let impact = before.change(&world.policies(), &world.questions());
        let gained =
            impact.differences.iter().filter(|found| found.direction == Direction::Gains && found.what == What::Event);
        assert_eq!(gained.count(), 0, "world {number}");
    }
}

#[test]
fn a_change_of_policies_is_what_brute_force_finds() {
    let mut seen = 0;
    for number in 0..WORLDS {
        let world = World::new(number);
        let mut other = World::new(number);
        other.documents = documents(&mut Rng::with_seed(!number));
        let questions = world.questions();
        let texts = [&world, &other].map(direct::policies);
        let got = world.policies().change(&other.policies(), &questions).differences;
        let got: BTreeSet<_> = got.iter().filter(|found| found.what == What::Event).map(summary).collect();
        let pairs: BTreeSet<_> =
            questions.iter().map(|question| (question.stream, &question.event_type.name)).collect();
        let want: BTreeSet<_> = pairs
            .into_iter()
            .filter_map(|(stream, event)| {
                let of_pair =
                    || questions.iter().filter(|other| (other.stream, &other.event_type.name) == (stream, event));
                let before = of_pair().any(|question| direct::masked(&world, &texts[0], question, day(0)).is_some());
                let after = of_pair().any(|question| direct::masked(&other, &texts[1], question, day(0)).is_some());
                let direction = if after { Direction::Gains } else { Direction::Loses };
                (before != after).then(|| (stream.to_string(), event.to_string(), direction))
            })
            .collect();
        assert_eq!(got, want, "world {number}");
        seen += want.len();
    }
    assert!(0 < seen);
}

fn summary(found: &Difference) -> (String, String, Direction) {
    assert!(!found.because.is_empty(), "{found:?}");
    (found.stream.to_string(), found.event.to_string(), found.direction)
}

/// Each day, on which something may end, and the moment before.
fn moments() -> impl Iterator<Item = Timestamp> {
    let before = |at: Timestamp| at - SignedDuration::from_nanos(1);
    (0..10).flat_map(move |n| [day(n), before(day(n + 1))])
}

/// A grant for just this question, with these approvals.
fn grant(question: &Question<'_>, purpose: &Purpose, roles: &[Approval]) -> Grant {
    let approved = |role: &Approval| Approved { role: *role, by: name("user:olga"), at: day(0), comment: None };
    Grant {
        id: GrantId::random(),
        stream: question.stream.clone(),
        team: question.team.0.clone(),
        event: question.event_type.name.clone(),
        purpose: purpose.clone(),
        mask: question.mask.clone(),
        reduced: BTreeSet::new(),
        request: RequestId::random(),
        requested_by: name("user:gita"),
        approvals: roles.iter().map(approved).collect(),
        granted_at: day(0),
        until: day(180),
        revoked: None,
    }
}
