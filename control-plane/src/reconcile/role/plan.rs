//! What is to be done about a reader role, from what is wanted and what IAM has. Pure: same input, same plan.

use std::collections::BTreeSet;
use std::time::Duration;

use fanner_model::{Arn, ReaderRole, StreamId, reading};
use jiff::{Timestamp, Unit};
use serde_json::Value;

use super::{FoundRole, READ, RoleStep, SESSIONS, Trust};
use crate::reconcile::document::normal;

/// What is wanted of a reader role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WantedRole<'a> {
    pub role: &'a ReaderRole,
    /// The ARN of the stream that it reads.
    pub stream: &'a str,
    pub boundary: &'a Arn,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RolePlan {
    /// In this order. None of either: the role is as asked for, or gone if none is.
    Steps {
        /// What takes away: at once, whatever the stream is like.
        taking: Vec<RoleStep>,
        /// What gives: once the stream is as asked for.
        giving: Vec<RoleStep>,
    },
    /// Nothing, ever: it is somebody else's role.
    Foreign,
}

/// How long IAM may take until everybody obeys what it was told. Sessions that begin meanwhile are ended as well.
const SETTLING: Duration = Duration::from_secs(30);

/// What is to be done about the role of stream `id` at `now`. `wanted`: `None` if it shall go.
pub(crate) fn plan(
    id: StreamId,
    wanted: Option<&WantedRole<'_>>,
    found: Option<&FoundRole>,
    now: Timestamp,
) -> RolePlan {
    let (taking, giving) = match (wanted, found) {
        (Some(_), Some(found)) if !found.belongs_to(id) => return RolePlan::Foreign,
        (None, Some(found)) if found.belongs_to(id) => (removal(found), Vec::new()),
        // Somebody took our tag from it: left behind in silence, it would go on reading.
        (None, Some(found)) if found.is_at_ours => return RolePlan::Foreign,
        (None, _) => (Vec::new(), Vec::new()),
        (Some(wanted), None) => (Vec::new(), creation(wanted)),
        (Some(wanted), Some(found)) => (taking(wanted, found, now), giving(wanted, found)),
    };
    RolePlan::Steps { taking, giving }
}

impl WantedRole<'_> {
    pub(super) fn trusted(&self) -> BTreeSet<String> {
        self.role.trusted.iter().map(ToString::to_string).collect()
    }

    pub(super) fn policy(&self) -> Value {
        reading::role_policy(self.stream, self.role.application.as_ref())
    }

    fn allow(&self) -> RoleStep {
        RoleStep::Allow { policy: self.policy() }
    }
}

fn creation(wanted: &WantedRole<'_>) -> Vec<RoleStep> {
    let create = RoleStep::Create { trust: Trust::of(wanted.trusted(), None), boundary: wanted.boundary.clone() };
    vec![create, wanted.allow()]
}

/// What denies goes last, so that a removal which is cut off leaves nobody with more than before.
fn removal(found: &FoundRole) -> Vec<RoleStep> {
    let (sessions, allowing): (Vec<_>, Vec<_>) = found.inline.keys().cloned().partition(|name| name == SESSIONS);
    let dropped = allowing.iter().chain(&sessions).map(|policy| drop_of(policy));
    detached(found).chain(dropped).chain([RoleStep::Delete]).collect()
}

/// Whatever the role has that it should not. Who may become it comes first, and the boundary, which may not be there, last.
fn taking(wanted: &WantedRole<'_>, found: &FoundRole, now: Timestamp) -> Vec<RoleStep> {
    let narrowing = narrowing(wanted, found, now);
    let foreign = found.inline.keys().filter(|name| *name != READ && *name != SESSIONS);
    let dropped = foreign.map(|policy| drop_of(policy));
    let reads = found.inline.get(READ).filter(|_| !narrowing.contains(&drop_of(READ)));
    let allowed = reads.is_some_and(|policy| *policy != normal(&wanted.policy()));
    let is_bound = found.boundary.as_deref() == Some(wanted.boundary.as_str());
    let bound = (!is_bound).then(|| RoleStep::Bound { boundary: wanted.boundary.clone() });
    let rest = detached(found).chain(dropped).chain(allowed.then(|| wanted.allow())).chain(bound);
    narrowing.iter().cloned().chain(rest).collect()
}

/// Takes whoever should not be trusted out, and ends their sessions: both, or whichever of the two was cut off. IAM refuses a
/// trust policy that names somebody who is not there, so nobody new is let in here; if nobody is to stay, reading ends first.
fn narrowing(wanted: &WantedRole<'_>, found: &FoundRole, now: Timestamp) -> Vec<RoleStep> {
    if trusts_nobody_else(wanted, found) {
        let before = found.trust.since.filter(|_| !found.ends_sessions());
        return before.map(|before| RoleStep::EndSessions { before }).into_iter().collect();
    }
    let staying: BTreeSet<_> = found.trust.trusted.intersection(&wanted.trusted()).cloned().collect();
    let nobody_stays = staying.is_empty();
    let reads = nobody_stays && found.inline.contains_key(READ);
    let trusted = if nobody_stays { wanted.trusted() } else { staying };
    let since = now.saturating_add(SETTLING).ok().and_then(|since| since.round(Unit::Second).ok()).unwrap_or(now);
    // Another control plane's clock may be ahead.
    let since = found.trust.since.map_or(since, |earlier| earlier.max(since));
    let trust = Trust::of(trusted, Some(since));
    let narrowed = [RoleStep::Trust { trust }, RoleStep::EndSessions { before: since }];
    reads.then(|| drop_of(READ)).into_iter().chain(narrowed).collect()
}

/// Whatever the role lacks.
fn giving(wanted: &WantedRole<'_>, found: &FoundRole) -> Vec<RoleStep> {
    let trusted = wanted.trusted();
    let widened = trusts_nobody_else(wanted, found) && found.trust.trusted != trusted;
    let trust = widened.then(|| RoleStep::Trust { trust: Trust::of(trusted, found.trust.since) });
    let allow = (!found.inline.contains_key(READ)).then(|| wanted.allow());
    allow.into_iter().chain(trust).collect()
}

/// Whether nobody can become the role who should not. A denial of sessions without a moment is none of ours.
fn trusts_nobody_else(wanted: &WantedRole<'_>, found: &FoundRole) -> bool {
    let is_noted = found.trust.since.is_some() || found.ends_sessions();
    found.trust.is_plain && found.trust.trusted.is_subset(&wanted.trusted()) && is_noted
}

fn drop_of(policy: &str) -> RoleStep {
    RoleStep::Drop { policy: policy.to_owned() }
}

fn detached(found: &FoundRole) -> impl Iterator<Item = RoleStep> {
    found.attached.iter().map(|policy| RoleStep::Detach { policy: policy.clone() })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_is_made_then_let_read_once_the_stream_is_there() {
        assert_snapshot!(planned(Some(&["a", "b"]), None), @"
        then make a reader role for roles `arn:aws:iam::123456789012:role/a`, `arn:aws:iam::123456789012:role/b`
        then let the reader role read
        ");
    }

    #[test]
    fn a_role_as_asked_for_needs_nothing_and_so_does_none() {
        assert_eq!(planned(Some(&["a"]), Some(&made(&["a"]))), "nothing");
        assert_eq!(planned(None, None), "nothing");
    }

    #[test]
    fn each_drift_is_repaired() {
        let drifted = FoundRole {
            boundary: None,
            inline: [("more".to_owned(), json!(null)), (READ.to_owned(), json!({"Statement": []}))].into(),
            attached: ["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()].into(),
            ..made(&["a"])
        };
        assert_snapshot!(planned(Some(&["a"]), Some(&drifted)), @"
        take policy `arn:aws:iam::aws:policy/AdministratorAccess` from the reader role
        take policy `more` from the reader role
        let the reader role read
        bound the reader role by `arn:aws:iam::123456789012:policy/fanner-reader`
        ");
        let emptied = FoundRole { inline: Default::default(), ..made(&["a"]) };
        assert_eq!(planned(Some(&["a"]), Some(&emptied)), "then let the reader role read");
    }

    #[test]
    fn whoever_is_added_is_let_in_last_and_ends_no_session() {
        assert_snapshot!(planned(Some(&["a", "b"]), Some(&made(&["a"]))), @"then let only roles `arn:aws:iam::123456789012:role/a`, `arn:aws:iam::123456789012:role/b` assume the reader role");
    }

    #[test]
    fn whoever_is_taken_out_loses_the_sessions_that_it_has() {
        assert_snapshot!(planned(Some(&["a"]), Some(&made(&["a", "b"]))), @"
        let only role `arn:aws:iam::123456789012:role/a` assume the reader role
        end the reader role's older sessions
        ");
        let open = FoundRole { trust: Trust { is_plain: false, ..made(&["a"]).trust }, ..made(&["a"]) };
        assert_eq!(planned(Some(&["a"]), Some(&open)).lines().count(), 2, "nobody knows whom it let in");
    }

    #[test]
    fn where_nobody_stays_reading_ends_before_iam_is_asked_to_let_others_in() {
        assert_snapshot!(planned(Some(&["b"]), Some(&made(&["a"]))), @"
        take policy `fanner-read` from the reader role
        let only role `arn:aws:iam::123456789012:role/b` assume the reader role
        end the reader role's older sessions
        ");
    }

    #[test]
    fn who_is_let_in_for_somebody_else_comes_after_the_narrowing() {
        let [RoleStep::Trust { trust }, RoleStep::EndSessions { .. }] = &taken(&["a", "c"], &made(&["a", "b"]))[..]
        else {
            panic!("it is a narrowing")
        };
        assert_eq!(trust.trusted, wanted(&role(&["a"])).trusted());
    }

    #[test]
    fn whichever_half_of_a_narrowing_is_missing_is_done_by_the_next_look() {
        let (earlier, later) = (at(100), at(200));
        let half = narrowed(&["a"], Some(earlier), None);
        assert_eq!(taken(&["a"], &half), [RoleStep::EndSessions { before: earlier }]);
        let older = narrowed(&["a"], Some(later), Some(earlier));
        assert_eq!(taken(&["a"], &older), [RoleStep::EndSessions { before: later }]);
        assert_eq!(planned(Some(&["a"]), Some(&narrowed(&["a"], Some(later), Some(later)))), "nothing");
        let nameless = taken(&["a"], &narrowed(&["a"], None, Some(earlier)));
        assert_eq!(nameless[1], RoleStep::EndSessions { before: at(1_030) }, "the moment is lost, so it is another");
    }

    #[test]
    fn a_narrowing_never_takes_an_earlier_moment_and_a_widening_keeps_it() {
        let ahead = narrowed(&["a", "b"], Some(at(5_000)), Some(at(5_000)));
        assert_eq!(taken(&["a"], &ahead)[1], RoleStep::EndSessions { before: at(5_000) });
        let RolePlan::Steps { giving, .. } =
            plan(id(), Some(&wanted(&role(&["a", "b", "c"]))), Some(&ahead), at(1_000))
        else {
            panic!("it is ours");
        };
        let trust = Trust::of(wanted(&role(&["a", "b", "c"])).trusted(), Some(at(5_000)));
        assert_eq!(giving, [RoleStep::Trust { trust }]);
    }

    #[test]
    fn a_role_that_goes_denies_to_the_end() {
        let role = narrowed(&["a"], Some(at(1)), Some(at(1)));
        let role = FoundRole { attached: ["arn:x".to_owned()].into(), ..role };
        assert_snapshot!(planned(None, Some(&role)), @"
        take policy `arn:x` from the reader role
        take policy `fanner-read` from the reader role
        take policy `fanner-sessions` from the reader role
        delete the reader role
        ");
    }

    #[test]
    fn a_role_without_our_tag_is_never_touched() {
        let foreign = FoundRole { owner: None, ..made(&["b"]) };
        assert_eq!(planned(Some(&["a"]), Some(&foreign)), "foreign");
        assert_eq!(planned(None, Some(&foreign)), "foreign", "it was ours and would go on reading");
        let elsewhere = FoundRole { is_at_ours: false, ..foreign };
        assert_eq!(planned(None, Some(&elsewhere)), "nothing");
    }

    fn id() -> StreamId {
        "018f6b1e-7c5a-7bd0-9d2c-0242ac120002".parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn role(trusted: &[&str]) -> ReaderRole {
        let trusted: Vec<_> = trusted.iter().map(|name| format!("arn:aws:iam::123456789012:role/{name}")).collect();
        serde_json::from_value(json!({ "trusted": trusted })).unwrap()
    }

    fn wanted(role: &ReaderRole) -> WantedRole<'_> {
        static BOUNDARY: std::sync::LazyLock<Arn> =
            std::sync::LazyLock::new(|| "arn:aws:iam::123456789012:policy/fanner-reader".parse().unwrap());
        let stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/fraud";
        WantedRole { role, stream, boundary: &BOUNDARY }
    }

    /// A role of ours that trusts these.
    fn made(trusted: &[&str]) -> FoundRole {
        FoundRole::ours(id(), &wanted(&role(trusted)))
    }

    /// The same, which notes one moment and denies the sessions before another.
    fn narrowed(trusted: &[&str], since: Option<Timestamp>, denied: Option<Timestamp>) -> FoundRole {
        let mut found = made(trusted);
        found.trust.since = since;
        found.inline.extend(denied.map(|before| (SESSIONS.to_owned(), normal(&super::super::ending(before)))));
        found
    }

    fn taken(trusted: &[&str], found: &FoundRole) -> Vec<RoleStep> {
        match plan(id(), Some(&wanted(&role(trusted))), Some(found), at(1_000)) {
            RolePlan::Steps { taking, .. } => taking,
            RolePlan::Foreign => panic!("it is ours"),
        }
    }

    fn planned(trusted: Option<&[&str]>, found: Option<&FoundRole>) -> String {
        let role = trusted.map(role);
        match plan(id(), role.as_ref().map(wanted).as_ref(), found, at(1_000)) {
            RolePlan::Foreign => "foreign".into(),
            RolePlan::Steps { taking, giving } if taking.is_empty() && giving.is_empty() => "nothing".into(),
            RolePlan::Steps { taking, giving } => {
                let giving = giving.iter().map(|step| format!("then {}", step.sentence()));
                taking.iter().map(RoleStep::sentence).chain(giving).collect::<Vec<_>>().join("\n")
            }
        }
    }
}
