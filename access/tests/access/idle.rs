//! Policies that never decide anything.

use fanner_model::Classification;

use crate::pair::{Pair, with};

#[test]
fn what_one_pair_can_be_made_to_meet_is_not_idle() {
    let pair = Pair::new(Classification::Internal).with_pii();
    let idle = with("").never_matching(&[pair.question()]);
    assert_eq!(idle, ["receive.own".to_owned()].into(), "only an event of the team's own would meet it");
    let own = pair.clone().owned();
    assert_eq!(with("").never_matching(&[pair.question(), own.question()]), [].into());
}

#[test]
fn a_policy_about_nothing_there_is_or_behind_another_is_idle() {
    let text = r#"
        @id("acme.gone") forbid (principal == Fanner::Stream::"gone", action == Fanner::Action::"Receive", resource);
        @id("acme.hidden") permit (principal, action == Fanner::Action::"Receive", resource) when { !principal.team.active };"#;
    let (pair, own) = (Pair::new(Classification::Internal).with_pii(), Pair::new(Classification::Internal).owned());
    let idle = with(text).never_matching(&[pair.question(), own.question()]);
    assert_eq!(idle, ["acme.gone".to_owned(), "acme.hidden".to_owned()].into());
}
