//! What the default policies permit and refuse.

use fanner_model::AccessStatus::{Active, Denied, Pending};
use fanner_model::{Approval, Classification, Events, Receivers};

use crate::pair::{Pair, day, name, quarantine, standing, with};

const OWNER: &[Approval] = &[Approval::Owner];
const SECURITY: &[Approval] = &[Approval::Security];
const BOTH: &[Approval] = &[Approval::Owner, Approval::Security];

#[test]
fn only_public_events_flow_to_another_team_by_themselves() {
    let statuses = Classification::ALL.map(|classification| Pair::new(classification).decide().status);
    assert_eq!(statuses, [Active, Pending, Pending, Pending]);
}

#[test]
fn a_team_may_have_its_own_events_whatever_it_lacks() {
    for classification in Classification::ALL {
        let own = Pair::new(classification).with_pii().owned();
        let own = own.with(|pair| pair.team.1.clearance = Classification::Public);
        assert_eq!(own.decide().status, Active, "{classification}");
    }
}

#[test]
fn a_team_that_is_not_active_gets_nothing_at_all() {
    let inactive = |pair: Pair| pair.with(|pair| pair.team.1.active = false).decide().status;
    assert_eq!(inactive(Pair::new(Classification::Public)), Denied);
    assert_eq!(inactive(Pair::new(Classification::Public).owned()), Denied);
    assert_eq!(inactive(Pair::new(Classification::Confidential).granted(BOTH, 180)), Denied);
}

#[test]
fn a_grant_does_not_lift_anybody_over_the_clearance() {
    let granted = Pair::new(Classification::Confidential).granted(BOTH, 180);
    assert_eq!(granted.decide().status, Active);
    assert_eq!(granted.with(|pair| pair.team.1.clearance = Classification::Internal).decide().status, Denied);
}

#[test]
fn a_grant_is_for_its_purpose_only() {
    let granted = Pair::new(Classification::Confidential).granted(OWNER, 180);
    let for_purpose =
        |purpose: Option<&str>| granted.clone().with(|pair| pair.purpose = purpose.map(name)).decide().status;
    assert_eq!(
        [Some("fraud"), Some("analytics"), Some("growth"), None].map(for_purpose),
        [Active, Pending, Denied, Denied]
    );
}

#[test]
fn a_grant_for_a_purpose_that_the_event_no_longer_has_permits_nothing() {
    let granted = Pair::new(Classification::Confidential).granted(OWNER, 180);
    let narrowed = granted.clone().with(|pair| pair.event_type.spec.purposes = [name("analytics")].into());
    assert_eq!(narrowed.decide().status, Denied);
    let for_anything = granted.with(|pair| pair.event_type.spec.purposes.clear());
    assert_eq!(for_anything.decide().status, Active);
}

#[test]
fn a_grant_of_another_stream_team_or_event_permits_nothing() {
    let granted = Pair::new(Classification::Confidential).granted(OWNER, 180);
    let of_other = |change: fn(&mut Pair)| granted.clone().with(change).decide().status;
    assert_eq!(of_other(|pair| pair.grants[0].stream = name("other")), Pending);
    assert_eq!(of_other(|pair| pair.grants[0].team = name("other")), Pending);
    assert_eq!(of_other(|pair| pair.grants[0].event = name("other")), Pending);
}

#[test]
fn restricted_events_need_the_owner_and_security() {
    let restricted = || Pair::new(Classification::Restricted);
    assert_eq!(restricted().decide().needs, BOTH.iter().copied().collect());
    let statuses = [OWNER, SECURITY, BOTH].map(|approvals| restricted().granted(approvals, 180).decide().status);
    assert_eq!(statuses, [Pending, Pending, Active]);
}

#[test]
fn an_event_that_became_restricted_stops_until_security_approves() {
    let raised = Pair::new(Classification::Restricted).granted(OWNER, 180).decide();
    assert_eq!((raised.status, raised.needs), (Pending, BOTH.iter().copied().collect()));
    assert!(raised.permits.is_empty());
}

#[test]
fn personal_data_needs_the_training_or_the_mask() {
    let granted = Pair::new(Classification::Confidential).with_pii().granted(OWNER, 180);
    assert_eq!(granted.decide().status, Denied);
    let trained = granted.clone().with(|pair| _ = pair.team.1.trainings.insert(name("pii-2026"), day(90)));
    assert_eq!(trained.decide().status, Active);
    let masked = granted.clone().with(|pair| pair.mask = [name("member.email")].into());
    assert_eq!(masked.decide().status, Active);
    let granted_masked = granted.clone().with(|pair| pair.grants[0].mask = [name("member.email")].into());
    assert_eq!(granted_masked.decide().status, Active);
    let too_little = granted.with(|pair| pair.mask = [name("member.name")].into());
    assert_eq!(too_little.decide().status, Denied);
}

#[test]
fn personal_data_without_declared_fields_cannot_be_masked_away() {
    let undeclared = Pair::new(Classification::Public).with_pii().with(|pair| {
        pair.event_type.spec.sensitive_fields.clear();
        pair.mask = [name("member.email")].into();
    });
    assert_eq!(undeclared.decide().status, Denied);
}

#[test]
fn a_training_that_lapsed_does_not_count() {
    let lapsed = Pair::new(Classification::Public).with_pii();
    let lapsed = lapsed.with(|pair| _ = pair.team.1.trainings.insert(name("pii-2026"), pair.now));
    assert_eq!(lapsed.decide().status, Denied);
}

#[test]
fn a_standing_permission_is_for_events_up_to_internal() {
    let statuses = Classification::ALL
        .map(|classification| standing(Events::Everything, 30).decide(&Pair::new(classification).question()).status);
    assert_eq!(statuses, [Active, Active, Pending, Pending]);
}

#[test]
fn a_standing_permission_is_about_its_events_and_its_team_only() {
    let pair = Pair::new(Classification::Internal);
    let status = |events, pair: &Pair| standing(events, 30).decide(&pair.question()).status;
    assert_eq!(status(Events::Event(name("card_swiped")), &pair), Active);
    assert_eq!(status(Events::Event(name("other")), &pair), Pending);
    assert_eq!(status(Events::OwnedBy(name("payments")), &pair), Active);
    assert_eq!(status(Events::OwnedBy(name("other")), &pair), Pending);
    assert_eq!(status(Events::Everything, &pair.with(|pair| pair.team.0 = name("other"))), Pending);
}

#[test]
fn a_quarantine_holds_back_even_the_owners_own_events() {
    let own = Pair::new(Classification::Internal).owned();
    let status = |who, events| quarantine(who, events).decide(&own.question()).status;
    assert_eq!(status(Receivers::Everybody, Events::Everything), Denied);
    assert_eq!(status(Receivers::Team(name("growth")), Events::Event(name("card_swiped"))), Denied);
    assert_eq!(status(Receivers::Stream(name("funnel")), Events::OwnedBy(name("growth"))), Denied);
    assert_eq!(status(Receivers::Stream(name("other")), Events::Everything), Active);
    assert_eq!(status(Receivers::Team(name("other")), Events::Everything), Active);
    assert_eq!(status(Receivers::Everybody, Events::OwnedBy(name("other"))), Active);
}

#[test]
fn a_retired_event_goes_on_for_who_has_it() {
    let retired = Pair::new(Classification::Confidential).with(|pair| pair.event_type.spec.retired = true);
    assert_eq!(retired.clone().granted(OWNER, 180).decide().status, Active);
    assert_eq!(retired.decide().status, Denied);
}

#[test]
fn an_error_while_evaluating_a_forbid_is_a_refusal() {
    let text = r#"@id("acme.overflow")
        forbid (principal, action == Fanner::Action::"Receive", resource)
        when { principal.retentionHours * 9223372036854775807 < 0 };"#;
    let decision = with(text).decide(&Pair::new(Classification::Public).owned().question());
    assert_eq!((decision.status, decision.permits), (Denied, Vec::new()));
}

#[test]
fn a_policy_can_single_out_a_stream_a_team_or_an_event() {
    let forbid = |scope: &str| {
        let text = format!("@id(\"acme.one\") forbid ({scope});");
        with(&text).decide(&Pair::new(Classification::Public).question()).status
    };
    let receive = r#"action == Fanner::Action::"Receive""#;
    assert_eq!(forbid(&format!(r#"principal == Fanner::Stream::"funnel", {receive}, resource"#)), Denied);
    assert_eq!(forbid(&format!(r#"principal == Fanner::Stream::"other", {receive}, resource"#)), Active);
    assert_eq!(forbid(&format!(r#"principal in Fanner::Team::"growth", {receive}, resource"#)), Denied);
    assert_eq!(forbid(&format!(r#"principal in Fanner::Team::"payments", {receive}, resource"#)), Active);
    assert_eq!(forbid(&format!(r#"principal, {receive}, resource in Fanner::Team::"payments""#)), Denied);
    assert_eq!(forbid(&format!(r#"principal, {receive}, resource == Fanner::EventType::"card_swiped""#)), Denied);
    assert_eq!(forbid(&format!(r#"principal, {receive}, resource == Fanner::EventType::"other""#)), Active);
}

#[test]
fn a_policy_can_name_things_in_its_condition() {
    let forbid = |condition: &str| {
        let text = format!(
            "@id(\"acme.one\") forbid (principal, action == Fanner::Action::\"Receive\", resource) when {{ {condition} }};"
        );
        with(&text).decide(&Pair::new(Classification::Public).question()).status
    };
    assert_eq!(forbid(r#"[Fanner::Team::"other", Fanner::Team::"growth"].contains(principal.team)"#), Denied);
    assert_eq!(forbid(r#"principal.team in [Fanner::Team::"other", Fanner::Team::"payments"]"#), Active);
    assert_eq!(forbid(r#"resource.owner == Fanner::Team::"payments""#), Denied);
    assert_eq!(forbid(r#"resource.owner != principal.team"#), Denied);
    assert_eq!(forbid(r#"principal is Fanner::Stream in Fanner::Team::"growth""#), Denied);
    assert_eq!(
        forbid(r#"(if resource.retired then Fanner::Team::"a" else Fanner::Team::"growth") == principal.team"#),
        Denied
    );
}
