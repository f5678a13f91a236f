//! Further subscriptions: what they add, when they end, and whose they are.

use std::time::Duration;

use fanner_client::{Client, Precondition};
use fanner_model::{RuleSet, Subscription, SubscriptionId, SubscriptionStatus};
use fanner_tests::{Plane, eventually, named, on_both_databases, rules_of, settled, spec};
use serde_json::{Value, json};

use crate::{line, refusal};

on_both_databases! {
    async fn a_subscription_adds_events_to_a_stream_until_it_is_ended(plane: Plane) {
        plane.declare("fraud", &["card_swiped", "payout"]).await;
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        settled(&fraud, "s", json!({"shard_count": 1, "events": ["card_swiped"]})).await;
        let id = SubscriptionId::random();
        let made = put(&fraud, id, json!({"stream": "s", "events": ["payout"], "purpose": "fraud"})).await.expect("it is accepted");
        assert_eq!((made.team.as_str(), made.generation, made.status), ("fraud", 1, SubscriptionStatus::Active));
        assert!(made.access[&named("payout")].is_active());
        eventually("both events", async || (events(&rules(&fanner).await) == ["card_swiped", "payout"]).then_some(())).await;
        fraud.delete_subscription(id).await.expect("it is ended");
        eventually("one event", async || (events(&rules(&fanner).await) == ["card_swiped"]).then_some(())).await;
        assert!(fraud.subscription(id).await.is_err_and(|error| error.is_not_found()));
    }

    async fn an_end_is_in_the_rules_and_shown_when_it_is_over(plane: Plane) {
        plane.declare("fraud", &["payout"]).await;
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let end = plane.clock.now() + Duration::from_secs(3600);
        let id = SubscriptionId::random();
        put(&fraud, id, json!({"stream": "s", "events": ["payout"], "expires_at": end})).await.expect("it is accepted");
        let route = eventually("the event", async || rules(&fanner).await.destinations.get(&named("s"))?.events.get(&named("payout")).cloned()).await;
        assert_eq!(route.permits.last().and_then(|permit| permit.not_after), Some(end));
        plane.clock.advance(Duration::from_secs(3601));
        assert_eq!(fraud.subscription(id).await.expect("it is there").status, SubscriptionStatus::Expired);
    }

    async fn what_is_wrong_is_said_at_its_field(plane: Plane) {
        plane.declare("fraud", &["payout"]).await;
        let (fraud, payments) = (plane.member("fraud").await, plane.member("payments").await);
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let mut lines = Vec::new();
        for (client, wanted) in [
            (&fraud, json!({"stream": "t", "events": ["payout"]})),
            (&payments, json!({"stream": "s", "events": ["payout"]})),
            (&fraud, json!({"stream": "s", "events": ["payuot"]})),
            (&fraud, json!({"stream": "s", "events": ["payout"], "expires_at": "2020-01-01T00:00:00Z"})),
        ] {
            lines.push(line(&refusal(put(client, SubscriptionId::random(), wanted).await)));
        }
        insta::allow_duplicates! { insta::assert_snapshot!(lines.join("\n"), @r"
        invalid_field at stream: stream `t` does not exist; declare it first
        forbidden at stream: stream `s` belongs to team `fraud`; a token of team `payments` may not touch it
        unknown_event at events[0]: event `payuot` is not declared; did you mean `payout`?
        invalid_field at expires_at: `2020-01-01T00:00:00Z` is over; choose a later end
        "); }
        assert!(fraud.subscriptions(None).await.expect("a list").items.is_empty());
    }

    async fn only_the_streams_owner_sees_and_ends_it(plane: Plane) {
        plane.declare("fraud", &["payout"]).await;
        let (fraud, payments) = (plane.member("fraud").await, plane.member("payments").await);
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let id = SubscriptionId::random();
        let made = put(&fraud, id, json!({"stream": "s", "events": ["payout"]})).await.expect("it is accepted");
        assert!(payments.subscriptions(None).await.expect("a list").items.is_empty());
        let problem = line(&refusal(payments.delete_subscription(id).await));
        assert_eq!(problem, format!("forbidden at : subscription `{id}` belongs to team `fraud`; a token of team `payments` may not touch it"));
        assert_eq!(fraud.subscriptions(None).await.expect("a list").items, [made]);
    }

    async fn it_ends_with_its_stream(plane: Plane) {
        plane.declare("fraud", &["payout"]).await;
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        put(&fraud, SubscriptionId::random(), json!({"stream": "s", "events": ["payout"]})).await.expect("it is accepted");
        fraud.delete_stream(&named("s")).await.expect("the deletion is accepted");
        assert!(fraud.settled_stream(&named("s"), Duration::from_secs(30)).await.is_err_and(|error| error.is_not_found()));
        assert!(fraud.subscriptions(None).await.expect("a list").items.is_empty());
        fraud.delete_event_type(&named("payout")).await.expect("nobody wants it any more");
    }
}

async fn put(client: &Client, id: SubscriptionId, json: Value) -> Result<Subscription, fanner_client::Error> {
    client.put_subscription(id, &spec(json), Precondition::None).await
}

async fn rules(fanner: &Client) -> RuleSet {
    rules_of(fanner, None, Duration::ZERO).await.expect("there are rules")
}

/// The events of stream `s`.
fn events(rules: &RuleSet) -> Vec<&str> {
    let events = rules.destinations.get(&named("s")).map(|destination| &destination.events);
    events.into_iter().flatten().map(|(event, _)| event.as_str()).collect()
}
