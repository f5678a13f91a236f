//! Event types: declared, changed, found and taken back.

use fanner_client::{Client, Precondition};
use fanner_model::{AccessStatus, Classification, Code, EventType, EventTypeSpec, PlanRequest};
use fanner_tests::{Plane, eventually, named, on_both_databases, rules_of, settled, spec};
use serde_json::{Value, json};

use crate::{line, refusal};

on_both_databases! {
    async fn an_event_type_belongs_to_the_team_that_declares_it(plane: Plane) {
        let payments = plane.member("payments").await;
        let declared = put(&payments, "card_swiped", json!({"description": "a card was used", "purposes": ["fraud"]})).await.expect("it is declared");
        assert_eq!((declared.team.as_str(), declared.version), ("payments", 1));
        assert_eq!(declared.spec.classification, Classification::Restricted);
        let fraud = plane.member("fraud").await;
        assert_eq!(fraud.event_type(&named("card_swiped")).await.expect("everybody may read it"), declared);
        assert_eq!(fraud.event_types(None).await.expect("a list").items, [declared]);
        assert_eq!(line(&refusal(put(&fraud, "card_swiped", json!({})).await)), "forbidden at : event type `card_swiped` belongs to team `payments`; a token of team `fraud` may not touch it");
    }

    async fn a_change_raises_the_version_and_no_change_does_not(plane: Plane) {
        let payments = plane.member("payments").await;
        let first = put(&payments, "card_swiped", json!({})).await.expect("it is declared");
        assert_eq!(put(&payments, "card_swiped", json!({})).await.expect("it is accepted"), first);
        let second = put(&payments, "card_swiped", json!({"classification": "public"})).await.expect("it is changed");
        assert_eq!((second.version, second.created_at), (2, first.created_at));
        let stale = payments.put_event_type(&named("card_swiped"), &spec(json!({})), Precondition::Generation(1)).await;
        assert_eq!(refusal(stale).code, Code::Stale);
    }

    async fn a_classification_that_is_raised_takes_the_event_from_other_teams_at_once(plane: Plane) {
        plane.declare_as("payments", Classification::Public, &["card_swiped"]).await;
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1, "events": ["card_swiped"]})).await;
        let fanner = plane.fanner().await;
        let rules = async || rules_of(&fanner, None, std::time::Duration::ZERO).await.expect("there are rules");
        eventually("the event to flow", async || rules().await.destinations.get(&named("s"))?.events.get(&named("card_swiped")).cloned()).await;
        put(&plane.member("payments").await, "card_swiped", json!({"classification": "internal"})).await.expect("it is changed");
        eventually("the event to stop", async || rules().await.destinations[&named("s")].events.is_empty().then_some(())).await;
        // This fanner only looks: once it is gone, nobody waits for it to obey.
        plane.clock.advance(std::time::Duration::from_secs(11));
        let stream = fraud.stream(&named("s")).await.expect("the stream stays");
        assert_eq!(stream.access[&named("card_swiped")].status, AccessStatus::Denied);
        let kept = settled(&fraud, "s", json!({"shard_count": 1, "events": ["card_swiped"], "retention_hours": 30})).await;
        assert!(kept.is_ready(), "what it had before may stay asked for");
    }

    async fn a_type_that_somebody_subscribes_to_is_not_taken_back(plane: Plane) {
        plane.declare("fraud", &["card_swiped"]).await;
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1, "events": ["card_swiped"]})).await;
        let problem = refusal(fraud.delete_event_type(&named("card_swiped")).await);
        assert_eq!(line(&problem), "in_use at : event type `card_swiped` is subscribed to by stream `s`; remove it from them first");
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        fraud.delete_event_type(&named("card_swiped")).await.expect("nobody wants it any more");
        assert!(fraud.event_type(&named("card_swiped")).await.is_err_and(|error| error.is_not_found()));
    }

    async fn a_name_that_was_taken_back_stays_with_its_last_owner(plane: Plane) {
        plane.declare("payroll", &["salary_paid"]).await;
        let (payroll, fraud) = (plane.member("payroll").await, plane.member("fraud").await);
        payroll.delete_event_type(&named("salary_paid")).await.expect("nobody wants it");
        let refused = "forbidden at name: event type `salary_paid` was declared by team `payroll` before, and the name stays with that team; a platform administrator can hand it over";
        assert_eq!(line(&refusal(put(&fraud, "salary_paid", json!({})).await)), refused);
        let request = PlanRequest::EventType { name: named("salary_paid"), spec: EventTypeSpec::default() };
        assert_eq!(fraud.plan(&request).await.expect("a plan").problems.iter().map(line).collect::<Vec<_>>(), [refused]);
        put(&payroll, "salary_paid", json!({})).await.expect("its last owner may declare it again");
        payroll.delete_event_type(&named("salary_paid")).await.expect("and take it back again");
        put(&plane.platform().await, "salary_paid", json!({"team": "fraud"})).await.expect("the platform may hand it over");
        assert_eq!(put(&fraud, "salary_paid", json!({"description": "ours now"})).await.expect("it is theirs").team, named("fraud"));
    }

    async fn of_two_writers_that_start_from_one_version_one_wins(plane: Plane) {
        let payments = plane.member("payments").await;
        put(&payments, "card_swiped", json!({})).await.expect("it is declared");
        let (name, public) = (named("card_swiped"), spec::<EventTypeSpec>(json!({"classification": "public"})));
        let internal = spec::<EventTypeSpec>(json!({"classification": "internal"}));
        let write = |spec| payments.put_event_type(&name, spec, Precondition::Generation(1));
        let (one, other) = tokio::join!(write(&public), write(&internal));
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|won| **won).count(), 1);
        assert_eq!(payments.event_type(&name).await.expect("it is there").version, 2);
    }
}

async fn put(client: &Client, name: &str, json: Value) -> Result<EventType, fanner_client::Error> {
    client.put_event_type(&named(name), &spec(json), Precondition::None).await
}
