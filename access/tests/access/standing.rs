//! Which events a standing permission can include, whichever stream asks.

use fanner_access::{Policies, Standing};
use fanner_model::Classification::{self, Confidential, Internal, Public, Restricted};

use crate::pair::{POLICIES, Pair, name};

#[test]
fn a_standing_permission_includes_public_and_internal_events() {
    assert_eq!(includes(&POLICIES, &Pair::new(Restricted)), [Public, Internal]);
}

#[test]
fn what_forbids_does_not_count_against_it() {
    let inactive = Pair::new(Internal).with_pii().with(|pair| pair.team.1.active = false);
    assert_eq!(includes(&POLICIES, &inactive), [Public, Internal]);
}

#[test]
fn the_template_decides_what_it_includes() {
    let pair = Pair::new(Restricted).with_pii();
    assert_eq!(includes(&when("resource.owner.active"), &pair), Classification::ALL);
    let encrypted = r#"principal.encrypted && resource.classification != Fanner::Classification::"restricted""#;
    assert_eq!(includes(&when(encrypted), &pair), [Public, Internal, Confidential]);
    let masked = "context.mask.containsAll(resource.sensitiveFields) && !resource.sensitiveFields.isEmpty()";
    assert_eq!(includes(&when(masked), &pair), Classification::ALL);
    let purpose = r#"context has purpose && context.purpose == "fraud""#;
    assert_eq!(includes(&when(purpose), &pair), Classification::ALL);
    assert_eq!(includes(&when("1000 < principal.retentionHours"), &pair), []);
}

fn includes(policies: &Policies, pair: &Pair) -> Vec<Classification> {
    let Pair { team: (team, known), event_type, owner, now, .. } = pair;
    let standing = Standing { team: (team, known), event_type, owner, now: *now };
    policies.standing_includes(&standing).into_iter().collect()
}

/// The default policies with this condition in the template of standing permissions.
fn when(condition: &str) -> Policies {
    let given =
        r#"[Fanner::Classification::"public", Fanner::Classification::"internal"].contains(resource.classification)"#;
    assert!(Policies::DEFAULT.contains(given));
    let text = Policies::DEFAULT.replace(given, condition);
    Policies::parse(&[(name("default"), text)].into()).unwrap_or_else(|errors| panic!("{errors:?}"))
}
