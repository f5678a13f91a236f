//! From a decision about access to the last fanner that obeys it, with the time that took.

use std::collections::BTreeSet;
use std::time::Duration;

use fanner_audit::Subject;
use fanner_model::{Enforcement, Fanner, Obedience, Page, Revision};
use jiff::Timestamp;
use tracing::{info, warn};

use super::{Part, page};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::store::{DecisionRecord, Enforced, StoreError};

/// How often to look whether the lease of a silent fanner has run out.
const INTERVAL: Duration = Duration::from_millis(500);

/// How many decisions are looked at together, and how many fanners there may be.
const MANY: u32 = 10_000;

/// The fanners that were live within the last day.
pub(crate) async fn fanners(app: &App, actor: &Actor, part: &Part) -> Result<Page<Fanner>, Error> {
    allow(actor, Action::ReadFanners)?;
    let yesterday = app.clock.now().saturating_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let fanners = app.store.fanners(yesterday, &part.after, part.limit).await?;
    Ok(page(fanners, part, |fanner| fanner.id.to_string()))
}

/// All of them, for a page that tells who obeys.
pub(crate) async fn every_fanner(app: &App, actor: &Actor) -> Result<Vec<Fanner>, Error> {
    Ok(fanners(app, actor, &Part { after: String::new(), limit: MANY }).await?.items)
}

/// Decisions after a revision, in their order; `open`: only those that are not in force everywhere.
pub(crate) async fn list(
    app: &App,
    actor: &Actor,
    after: Revision,
    limit: u32,
    open: bool,
) -> Result<Page<Enforcement>, Error> {
    allow(actor, Action::ReadEnforcements)?;
    let decisions = app.store.decisions(open, after, limit).await?;
    let fanners = followers(app, &decisions).await?;
    let now = app.clock.now();
    let told = decisions.into_iter().map(|decision| told(decision, &fanners, now)).collect();
    let part = Part { after: String::new(), limit };
    Ok(page(told, &part, |enforcement: &Enforcement| enforcement.revision.to_string()))
}

/// How far the last decision about a subject is; `None`: none was ever noted.
pub(super) async fn of(app: &App, subject: &Subject) -> Result<Option<Enforcement>, Error> {
    let Some(decision) = app.store.decision(&subject.to_string()).await? else { return Ok(None) };
    let fanners = followers(app, std::slice::from_ref(&decision)).await?;
    Ok(Some(told(decision, &fanners, app.clock.now())))
}

/// Notes what came into force everywhere, until the control plane stops: fanners that fall silent do not tell.
pub(crate) async fn run(app: App) {
    while app.closing.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_some() {
        if let Err(error) = settle(&app).await {
            warn!(error = &error as &dyn std::error::Error, "decisions could not be followed; the next look follows");
        }
    }
}

/// Notes which decisions are in force everywhere now.
pub(super) async fn settle(app: &App) -> Result<(), StoreError> {
    let open = app.store.decisions(true, Revision(0), MANY).await?;
    let (fanners, now) = (followers(app, &open).await?, app.clock.now());
    for decision in open {
        let Ok(enforced) = enforced(&decision, &fanners, now) else { continue };
        if app.store.enforce(decision.revision, &enforced).await? {
            let took = enforced.at.duration_since(decision.decided_at);
            let (noun, _) = decision.subject.split_once('/').unwrap_or((&decision.subject, ""));
            app.metrics.enforced(noun, took.as_secs_f64());
            info!(subject = %decision.subject, revision = %decision.revision, milliseconds = took.as_millis(), silent = enforced.silent.len(), "decision is in force");
        }
    }
    Ok(())
}

/// The fanners that matter to one of these decisions: those that were live when it was made, or later.
async fn followers(app: &App, decisions: &[DecisionRecord]) -> Result<Vec<Fanner>, StoreError> {
    let open = decisions.iter().filter(|decision| decision.enforced.is_none());
    match open.map(|decision| decision.decided_at).min() {
        Some(first) => app.store.fanners(first, "", MANY).await,
        None => Ok(Vec::new()),
    }
}

fn told(decision: DecisionRecord, fanners: &[Fanner], now: Timestamp) -> Enforcement {
    let known = decision.enforced.clone();
    let obedience = match known.map_or_else(|| enforced(&decision, fanners, now), Ok) {
        Err(waiting_for) => {
            Obedience::Waiting { waiting_for: waiting_for.into_iter().map(|fanner| fanner.id.clone()).collect() }
        }
        Ok(Enforced { at, silent }) => {
            let after_ms = u64::try_from(at.duration_since(decision.decided_at).as_millis()).unwrap_or_default();
            Obedience::Complete { at, after_ms, silent }
        }
    };
    let DecisionRecord { subject, revision, decided_at, enforced: _ } = decision;
    Enforcement { subject, revision, decided_at, obedience }
}

/// When every fanner obeyed a decision or had lost its lease. Pure.
///
/// # Errors
/// Gives the live fanners that do not obey it.
fn enforced<'f>(decision: &DecisionRecord, fanners: &'f [Fanner], now: Timestamp) -> Result<Enforced, Vec<&'f Fanner>> {
    let concerned = || fanners.iter().filter(|fanner| fanner.is_live(decision.decided_at));
    let (obeying, others): (Vec<_>, Vec<_>) = concerned().partition(|fanner| decision.revision <= fanner.revision);
    let (live, silent): (Vec<_>, Vec<_>) = others.into_iter().partition(|fanner| fanner.is_live(now));
    if !live.is_empty() {
        return Err(live);
    }
    let ends = obeying.iter().map(|fanner| fanner.since).chain(silent.iter().map(|fanner| fanner.lease_until));
    let at = ends.fold(decision.decided_at, Timestamp::max);
    Ok(Enforced { at, silent: silent.into_iter().map(|fanner| fanner.id.clone()).collect::<BTreeSet<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_in_force_with_the_last_live_fanner_that_obeys_it() {
        assert_eq!(reach(&[("a", 7, 101, 200), ("b", 6, 90, 200)]), Err(vec!["b".to_owned()]));
        assert_eq!(reach(&[("a", 7, 101, 200), ("b", 8, 103, 200)]), Ok((103, vec![])));
    }

    #[test]
    fn a_fanner_that_fell_silent_delays_it_until_its_lease_ends_and_is_named() {
        assert_eq!(reach(&[("a", 7, 101, 200), ("b", 6, 90, 111)]), Err(vec!["b".to_owned()]));
        assert_eq!(reach(&[("a", 7, 101, 200), ("b", 6, 90, 109)]), Ok((109, vec!["b".to_owned()])));
    }

    #[test]
    fn who_was_gone_before_the_decision_does_not_matter() {
        assert_eq!(reach(&[("a", 6, 90, 100)]), Ok((100, vec![])));
        assert_eq!(reach(&[]), Ok((100, vec![])));
    }

    /// At second 110, of revision 7, which was decided at second 100. Fanners: name, what it obeys, since when, lease.
    fn reach(fanners: &[(&str, u64, i64, i64)]) -> Result<(i64, Vec<String>), Vec<String>> {
        let at = |second| Timestamp::from_second(second).unwrap();
        let fanner = |&(id, revision, since, lease): &(&str, u64, i64, i64)| Fanner {
            id: id.parse().unwrap(),
            revision: Revision(revision),
            since: at(since),
            lease_until: at(lease),
        };
        let fanners: Vec<_> = fanners.iter().map(fanner).collect();
        let decision =
            DecisionRecord { subject: "grants/1".into(), revision: Revision(7), decided_at: at(100), enforced: None };
        match enforced(&decision, &fanners, at(110)) {
            Ok(Enforced { at, silent }) => Ok((at.as_second(), silent.iter().map(ToString::to_string).collect())),
            Err(live) => Err(live.iter().map(|fanner| fanner.id.to_string()).collect()),
        }
    }
}
