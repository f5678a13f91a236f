//! Who may approve a request.

use fanner_access::{Approver, Approving};
use fanner_model::{
    AccessRequest, Approval, Approved, CallerId, Classification, GrantId, RequestId, RequestStatus, Role, TeamName,
};
use insta::assert_snapshot;

use crate::pair::{POLICIES, Pair, day, name};

#[test]
fn a_member_of_the_owner_approves_as_owner_and_only_so() {
    assert_eq!(asked().approve(Approval::Owner, &olga()), "yes");
    assert_snapshot!(asked().approve(Approval::Security, &olga()), @"`user:olga` is not of security");
}

#[test]
fn security_approves_as_security_and_only_so() {
    assert_eq!(asked().approve(Approval::Security, &sam()), "yes");
    assert_snapshot!(asked().approve(Approval::Owner, &sam()), @"no policy lets `user:sam` approve `card_swiped` as owner");
}

#[test]
fn a_member_of_another_team_approves_nothing() {
    let other = person("user:otto", "other", Role::Member);
    assert_snapshot!(asked().approve(Approval::Owner, &other), @"no policy lets `user:otto` approve `card_swiped` as owner");
    assert_snapshot!(asked().approve(Approval::Security, &other), @"`user:otto` is not of security");
}

#[test]
fn no_other_role_approves_for_the_owner() {
    for role in [Role::Fanner, Role::Platform, Role::Auditor] {
        assert_ne!(asked().approve(Approval::Owner, &person("user:pia", "payments", role)), "yes", "{role}");
        assert_ne!(asked().approve(Approval::Security, &person("user:pia", "payments", role)), "yes", "{role}");
    }
}

#[test]
fn nobody_approves_what_they_or_their_team_asked_for() {
    let own = person("user:gita", "payments", Role::Member);
    assert_snapshot!(asked().approve(Approval::Owner, &own), @"nobody approves what they or their team asked for: somebody else must decide");
    let colleague = person("user:greg", "growth", Role::Security);
    assert_snapshot!(asked().approve(Approval::Security, &colleague), @"nobody approves what they or their team asked for: somebody else must decide");
}

#[test]
fn nobody_gives_both_approvals() {
    let mut approved = asked();
    let by = name("user:sam");
    approved.request.approvals = vec![Approved { role: Approval::Owner, by, at: day(0), comment: None }];
    assert_snapshot!(approved.approve(Approval::Security, &sam()), @"`user:sam` has approved this request before: the other approval must come from somebody else");
    assert_eq!(approved.approve(Approval::Security, &person("user:sue", "security", Role::Security)), "yes");
}

#[test]
fn nobody_approves_for_longer_than_a_year() {
    let lasting = |days| Asked { days, ..asked() }.approve(Approval::Owner, &olga());
    assert_eq!(lasting(366), "yes");
    assert_snapshot!(lasting(367), @"367 days are too long; a grant lasts at most 366");
}

#[test]
fn of_a_retired_event_only_what_exists_is_extended() {
    let mut retired = asked();
    retired.pair.event_type.spec.retired = true;
    assert_snapshot!(retired.approve(Approval::Owner, &olga()), @"`card_swiped` is retired: who has it keeps it, and nobody new gets it");
    retired.request.extends = Some(GrantId::random());
    assert_eq!(retired.approve(Approval::Owner, &olga()), "yes");
}

/// A request of `user:gita` of team `growth` for an event of team `payments`, and how long it is to last.
struct Asked {
    pair: Pair,
    request: AccessRequest,
    days: i64,
}

struct Person {
    id: CallerId,
    team: TeamName,
    role: Role,
}

fn asked() -> Asked {
    let pair = Pair::new(Classification::Restricted);
    let request = AccessRequest {
        id: RequestId::random(),
        stream: pair.stream.clone(),
        team: pair.team.0.clone(),
        event: pair.event_type.name.clone(),
        purpose: name("fraud"),
        mask: [].into(),
        until: None,
        extends: None,
        requested_by: name("user:gita"),
        requested_at: day(0),
        needs: [Approval::Owner, Approval::Security].into(),
        approvals: Vec::new(),
        status: RequestStatus::Pending,
    };
    Asked { pair, request, days: 180 }
}

fn olga() -> Person {
    person("user:olga", "payments", Role::Member)
}

fn sam() -> Person {
    person("user:sam", "security", Role::Security)
}

fn person(id: &str, team: &str, role: Role) -> Person {
    Person { id: name(id), team: name(team), role }
}

impl Asked {
    /// `yes`, or why not.
    fn approve(&self, role: Approval, person: &Person) -> String {
        let question = Approving {
            role,
            request: &self.request,
            event_type: &self.pair.event_type,
            owner: &self.pair.owner,
            team: &self.pair.team.1,
            approver: Approver { id: &person.id, team: Some(&person.team), role: person.role },
            until: day(self.days),
            now: self.pair.now,
        };
        match POLICIES.may_approve(&question) {
            Ok(()) => "yes".to_owned(),
            Err(reason) => reason,
        }
    }
}
