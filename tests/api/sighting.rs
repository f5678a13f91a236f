//! Sightings: events that come though nobody declared them, and who may declare them then.

use std::collections::BTreeSet;
use std::time::Duration;

use fanner_client::{Client, Precondition};
use fanner_model::{EventName, EventTypeSpec, PlanRequest};
use fanner_tests::{Plane, named, on_both_databases, spec};
use serde_json::json;

use crate::{line, refusal};

const REFUSED: &str = "forbidden at name: events named `salary_paid` are on the Global Event Stream already; a platform administrator must declare it for its owner";

on_both_databases! {
    async fn a_name_that_events_bear_is_declared_by_the_platform_alone(plane: Plane) {
        report(&plane, &["salary_paid"]).await;
        let (fraud, platform) = (plane.member("fraud").await, plane.platform().await);
        assert_eq!(line(&refusal(declare(&fraud, json!({})).await)), REFUSED);
        let request = PlanRequest::EventType { name: named("salary_paid"), spec: EventTypeSpec::default() };
        assert_eq!(fraud.plan(&request).await.expect("a plan").problems.iter().map(line).collect::<Vec<_>>(), [REFUSED]);
        declare(&platform, json!({"team": "payroll"})).await.expect("the platform may");
        assert!(platform.sightings(None).await.expect("a list").items.is_empty());
        declare(&plane.member("payroll").await, json!({"description": "paid"})).await.expect("its owner may change it");
    }

    async fn what_is_declared_is_no_sighting(plane: Plane) {
        plane.declare("fraud", &["card_swiped"]).await;
        report(&plane, &["card_swiped", "salary_paid"]).await;
        assert_eq!(seen(&plane).await, ["salary_paid"]);
        declare_as(&plane.member("fraud").await, "card_swiped", json!({"description": "still ours"})).await.expect("it is ours");
    }

    async fn a_sighting_keeps_its_beginning_and_is_forgotten_thirty_days_after_its_end(plane: Plane) {
        let platform = plane.platform().await;
        report(&plane, &["salary_paid"]).await;
        let first = platform.sightings(None).await.expect("a list").items.remove(0);
        plane.clock.advance(days(29));
        report(&plane, &["salary_paid"]).await;
        let again = platform.sightings(None).await.expect("a list").items.remove(0);
        assert_eq!((first.first_seen_at, first.last_seen_at < again.last_seen_at), (again.first_seen_at, true));
        plane.clock.advance(days(29));
        assert_eq!(seen(&plane).await, ["salary_paid"]);
        plane.clock.advance(days(2));
        assert!(seen(&plane).await.is_empty());
        declare(&plane.member("payroll").await, json!({})).await.expect("nobody sends it any more");
    }

    async fn of_more_than_ten_thousand_names_the_oldest_go(plane: Plane) {
        report(&plane, &["salary_paid"]).await;
        plane.clock.advance(Duration::from_secs(1));
        for thousand in 0..10 {
            let names = (0..1000).map(|index| named(&format!("made_up_{thousand}_{index}"))).collect();
            plane.fanner().await.report_sightings(names).await.expect("it is noted");
        }
        let (mut count, mut after) = (0, None);
        loop {
            let page = plane.platform().await.sightings(after.as_deref()).await.expect("a list");
            assert!(page.items.iter().all(|sighting| sighting.name.as_str() != "salary_paid"));
            count += page.items.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(count, 10_000);
    }
}

#[tokio::test]
async fn a_report_names_a_thousand_events_at_most() {
    let names = (0..1001).map(|index| named(&format!("e{index}"))).collect();
    let problem = refusal(Plane::on_sqlite().await.fanner().await.report_sightings(names).await);
    assert_eq!(line(&problem), "invalid_field at events: 1001 events are too many; name at most 1000");
}

async fn report(plane: &Plane, names: &[&str]) {
    let names: BTreeSet<EventName> = names.iter().map(|name| named(name)).collect();
    plane.fanner().await.report_sightings(names).await.expect("it is noted");
}

async fn seen(plane: &Plane) -> Vec<String> {
    let page = plane.platform().await.sightings(None).await.expect("a list");
    page.items.into_iter().map(|sighting| sighting.name.to_string()).collect()
}

async fn declare(client: &Client, wanted: serde_json::Value) -> Result<(), fanner_client::Error> {
    declare_as(client, "salary_paid", wanted).await
}

async fn declare_as(client: &Client, name: &str, wanted: serde_json::Value) -> Result<(), fanner_client::Error> {
    client.put_event_type(&named(name), &spec(wanted), Precondition::None).await.map(drop)
}

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}
