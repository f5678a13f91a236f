//! What consumers read, word for word.

use fanner_model::{Approval, Classification, Events, Receivers, Revoked};
use insta::assert_snapshot;

use crate::pair::{Pair, day, name, quarantine, standing, with};

const OWNER: &[Approval] = &[Approval::Owner];

#[test]
fn what_is_permitted_says_why_and_until_when() {
    let granted = confidential().granted(OWNER, 180);
    assert_snapshot!(confidential().owned().reason(), @"`card_swiped` belongs to team `growth`");
    assert_snapshot!(Pair::new(Classification::Public).reason(), @"`card_swiped` is public");
    assert_snapshot!(granted.reason(), @"a grant for purpose `fraud` permits `card_swiped`, until 2026-06-30T00:00:00Z");
    assert_snapshot!(standing(Events::Everything, 30).decide(&internal().question()).reason, @"a standing permission of team `growth` includes `card_swiped`, until 2026-01-31T00:00:00Z");
}

#[test]
fn a_masked_permission_names_the_fields_left_out() {
    let masked = confidential().with_pii().with(|pair| pair.mask = [name("member.email")].into());
    assert_snapshot!(masked.granted(OWNER, 180).reason(), @"a grant for purpose `fraud` permits `card_swiped`, without `member.email`, until 2026-06-30T00:00:00Z");
}

#[test]
fn what_needs_an_approval_says_whose() {
    assert_snapshot!(confidential().reason(), @"`card_swiped` needs an approved grant for purpose `fraud`; owner: team `payments`");
    assert_snapshot!(Pair::new(Classification::Restricted).reason(), @"`card_swiped` needs an approved grant for purpose `fraud`; owner: team `payments`; security has to approve it, too");
}

#[test]
fn a_grant_that_ended_or_was_revoked_is_told_apart() {
    let ended = confidential().granted(OWNER, 10).with(|pair| pair.now = day(11));
    assert_snapshot!(ended.reason(), @"`card_swiped` needs an approved grant for purpose `fraud`, since the last one ended at 2026-01-11T00:00:00Z; owner: team `payments`");
    let revoked = Revoked {
        by: name("user:sam"),
        at: day(3),
        reason: "the project is over".to_owned(),
        enforcement: None,
        exposure: None,
    };
    assert_snapshot!(ended.with(|pair| pair.grants[0].revoked = Some(revoked)).reason(), @"`card_swiped` needs an approved grant for purpose `fraud`, since the last one was revoked at 2026-01-04T00:00:00Z: the project is over; owner: team `payments`");
}

#[test]
fn without_a_purpose_it_asks_what_for() {
    let silent = confidential().with(|pair| pair.purpose = None);
    assert_snapshot!(silent.reason(), @"say what `card_swiped` is used for: add `purpose`, one of `analytics`, `fraud`; it needs an approved grant; owner: team `payments`");
    assert_snapshot!(silent.with(|pair| pair.event_type.spec.purposes.clear()).reason(), @"say what `card_swiped` is used for: add `purpose`; it needs an approved grant; owner: team `payments`");
}

#[test]
fn another_purpose_is_told_which_ones_there_are() {
    assert_snapshot!(confidential().with(|pair| pair.purpose = Some(name("growth"))).reason(), @"`card_swiped` may not be used for purpose `growth`; set another `purpose`, one of `analytics`, `fraud`; it needs an approved grant; owner: team `payments`");
}

#[test]
fn a_missing_training_comes_with_both_ways_out() {
    assert_snapshot!(confidential().with_pii().reason(), @"`card_swiped` needs an approved grant for purpose `fraud`; owner: team `payments`; team `growth` lacks training `pii-2026`: complete it, or mask `member.email`");
    let public = Pair::new(Classification::Public).with_pii();
    assert_snapshot!(public.reason(), @"team `growth` lacks training `pii-2026`: complete it, or mask `member.email`");
    let nothing_to_mask = confidential().with_pii().with(|pair| pair.event_type.spec.sensitive_fields.clear());
    assert_snapshot!(nothing_to_mask.reason(), @"`card_swiped` needs an approved grant for purpose `fraud`; owner: team `payments`; team `growth` lacks training `pii-2026`: complete it");
}

#[test]
fn everything_that_stands_against_it_is_told_at_once() {
    let hopeless = confidential().with_pii().with(|pair| {
        pair.team.1.active = false;
        pair.team.1.clearance = Classification::Public;
    });
    assert_snapshot!(hopeless.reason(), @"`card_swiped` needs an approved grant for purpose `fraud`; owner: team `payments`; `card_swiped` is `confidential` and team `growth` is cleared for `public`: ask security to raise the clearance; team `growth` is not active; team `growth` lacks training `pii-2026`: complete it, or mask `member.email`");
}

#[test]
fn a_quarantine_says_why() {
    let quarantined = quarantine(Receivers::Everybody, Events::OwnedBy(name("payments")));
    assert_snapshot!(quarantined.decide(&confidential().granted(OWNER, 180).question()).reason, @"`card_swiped` is in quarantine: INC-4711 leaks cards");
}

#[test]
fn a_retired_event_is_for_nobody_new() {
    assert_snapshot!(confidential().with(|pair| pair.event_type.spec.retired = true).reason(), @"`card_swiped` is retired: who has it keeps it, and nobody new gets it");
}

#[test]
fn a_subscription_that_ended_says_when() {
    assert_snapshot!(confidential().owned().with(|pair| pair.ends = Some(day(0))).reason(), @"the subscription ended at 2026-01-01T00:00:00Z");
}

#[test]
fn an_error_in_a_policy_is_told_as_such() {
    let overflow = r#"@id("acme.overflow")
        forbid (principal, action == Fanner::Action::"Receive", resource)
        when { principal.retentionHours * 9223372036854775807 < 0 };"#;
    assert_snapshot!(with(overflow).decide(&confidential().owned().question()).reason, @"the policies cannot be evaluated, and so nothing is allowed: error while evaluating policy `acme.overflow`: integer overflow while attempting to multiply the values `24` and `9223372036854775807`");
}

#[test]
fn a_policy_without_words_is_named() {
    let silent = r#"@id("acme.no-funnels")
        forbid (principal == Fanner::Stream::"funnel", action == Fanner::Action::"Receive", resource);"#;
    assert_snapshot!(with(silent).decide(&confidential().owned().question()).reason, @"policy `acme.no-funnels` forbids it");
}

fn confidential() -> Pair {
    Pair::new(Classification::Confidential)
}

fn internal() -> Pair {
    Pair::new(Classification::Internal)
}
