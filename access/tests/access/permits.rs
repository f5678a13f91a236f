//! Until when, under which grant and without which fields.

use fanner_access::Permit;
use fanner_model::AccessStatus::Denied;
use fanner_model::{Approval, Classification, Events};

use crate::pair::{Pair, day, name, standing, with};

const OWNER: &[Approval] = &[Approval::Owner];

#[test]
fn what_needs_no_grant_has_no_end() {
    let permits = Pair::new(Classification::Public).decide().permits;
    assert_eq!(permits, [Permit { not_after: None, mask: [].into(), grant: None }]);
}

#[test]
fn a_permit_ends_with_its_grant_or_the_subscription() {
    let granted = Pair::new(Classification::Confidential).granted(OWNER, 180);
    assert_eq!(ends(&granted), [Some(day(180))]);
    assert_eq!(ends(&granted.clone().with(|pair| pair.ends = Some(day(20)))), [Some(day(20))]);
    assert_eq!(ends(&granted.with(|pair| pair.ends = Some(day(200)))), [Some(day(180))]);
}

#[test]
fn a_permit_ends_when_the_training_lapses_that_it_needs() {
    let trained = |pair: Pair| pair.with(|pair| _ = pair.team.1.trainings.insert(name("pii-2026"), day(90)));
    assert_eq!(ends(&trained(Pair::new(Classification::Public).with_pii())), [Some(day(90))]);
    assert_eq!(ends(&trained(Pair::new(Classification::Public))), [None]);
}

#[test]
fn a_permit_ends_with_the_standing_permission() {
    let pair = Pair::new(Classification::Internal);
    let decision = standing(Events::Everything, 30).decide(&pair.question());
    assert_eq!(decision.permits[0].not_after, Some(day(30)));
    let after = standing(Events::Everything, 30).decide(&pair.with(|pair| pair.now = day(30)).question()).permits;
    assert_eq!(after, []);
}

#[test]
fn a_moment_before_the_end_is_inside_and_the_end_is_not() {
    let granted = Pair::new(Classification::Confidential).granted(OWNER, 180);
    let last = day(180) - jiff::SignedDuration::from_nanos(1);
    assert_eq!(ends(&granted.clone().with(|pair| pair.now = last)), [Some(day(180))]);
    assert_eq!(ends(&granted.with(|pair| pair.now = day(180))), []);
}

#[test]
fn permits_come_least_masked_first_and_each_lasts_longer() {
    let pair = Pair::new(Classification::Confidential);
    let masked = |days, fields: &[&str]| {
        let mut grant = pair.grant(OWNER, days);
        grant.mask = fields.iter().map(|field| name(field)).collect();
        grant
    };
    let grants =
        vec![masked(90, &["a", "b"]), masked(30, &[]), masked(60, &["a"]), masked(20, &["b"]), masked(10, &[])];
    let used = [&grants[1], &grants[2], &grants[0]].map(|grant| (grant.id, grant.until));
    let permits = pair.with(|pair| pair.grants = grants).decide().permits;
    let got: Vec<_> = permits.iter().map(|permit| (permit.grant.unwrap(), permit.not_after.unwrap())).collect();
    assert_eq!(got, used);
}

#[test]
fn the_subscriptions_mask_and_the_grants_are_both_applied() {
    let pair = Pair::new(Classification::Confidential).granted(OWNER, 180).with(|pair| {
        pair.mask = [name("a")].into();
        pair.grants[0].mask = [name("b")].into();
    });
    assert_eq!(pair.decide().permits[0].mask, [name("a"), name("b")].into());
}

#[test]
fn what_opens_later_is_announced() {
    let text = r#"@id("acme.suspended")
        forbid (principal, action == Fanner::Action::"Receive", resource)
        when { principal.team.trainings.contains("suspended") };"#;
    let suspended = Pair::new(Classification::Public);
    let suspended = suspended.with(|pair| _ = pair.team.1.trainings.insert(name("suspended"), day(7)));
    let decision = with(text).decide(&suspended.question());
    assert_eq!((decision.status, decision.opens_at), (Denied, Some(day(7))));
}

fn ends(pair: &Pair) -> Vec<Option<jiff::Timestamp>> {
    pair.decide().permits.into_iter().map(|permit| permit.not_after).collect()
}
