//! What a change would do, asked before it is done.

use fanner_model::{Change, PlanAnswer, PlanRequest};
use fanner_tests::{Plane, on_both_databases, settled, spec};
use serde_json::{Value, json};

use crate::line;

on_both_databases! {
    async fn a_plan_says_what_will_be_done_and_does_nothing(plane: Plane) {
        plane.declare("fraud", &["card_swiped"]).await;
        let answer = plan(&plane, json!({"shard_count": 2, "retention_hours": 48, "events": ["card_swiped"]})).await;
        assert_eq!((answer.change, answer.problems.len()), (Change::Create, 0));
        assert_eq!(answer.steps, ["create the stream with 2 shards", "raise retention to 48 hours"]);
        assert!(answer.access.values().all(|access| access.is_active()));
        assert!(plane.member("fraud").await.streams(None).await.expect("a list").items.is_empty());
    }

    async fn a_plan_shows_the_steps_from_what_is(plane: Plane) {
        settled(&plane.member("fraud").await, "s", json!({"shard_count": 2, "retention_hours": 48})).await;
        assert_eq!(plan(&plane, json!({"shard_count": 2, "retention_hours": 48})).await.change, Change::Nothing);
        let answer = plan(&plane, json!({"shard_count": 5})).await;
        assert_eq!(answer.change, Change::Update);
        assert_eq!(answer.steps, ["lower retention to 24 hours, which drops older records", "raise shards from 2 to 4, then to 5"]);
    }

    async fn a_plan_finds_all_problems_at_once(plane: Plane) {
        plane.declare("payments", &["payout"]).await;
        let answer = plan(&plane, json!({"team": "payments", "events": ["payout", "zebra"]})).await;
        insta::allow_duplicates! { insta::assert_snapshot!(answer.problems.iter().map(line).collect::<Vec<_>>().join("\n"), @r"
        forbidden at team: a token of team `fraud` cannot act for team `payments`; leave `team` out, or use a token of that team
        unknown_event at events[1]: event `zebra` is not declared; declare it as an event type, or choose another
        "); }
        assert!(answer.steps.is_empty());
    }

    async fn subscriptions_and_event_types_are_planned_too(plane: Plane) {
        plane.declare("fraud", &["card_swiped"]).await;
        let fraud = plane.member("fraud").await;
        let ask = async |request: Value| fraud.plan(&spec::<PlanRequest>(request)).await.expect("a plan");
        let subscription = |event| json!({"subscription": {"spec": {"stream": "s", "events": [event]}}});
        let before_its_stream = ask(subscription("card_swiped")).await;
        assert_eq!((before_its_stream.change, before_its_stream.problems.len()), (Change::Create, 0));
        let unknown = ask(subscription("card_swipped")).await;
        assert_eq!(unknown.problems.iter().map(line).collect::<Vec<_>>(), ["unknown_event at events[0]: event `card_swipped` is not declared; did you mean `card_swiped`?"]);
        let declared = ask(json!({"event_type": {"name": "card_swiped", "spec": {}}})).await;
        assert_eq!((declared.change, declared.problems.len()), (Change::Nothing, 0));
        let changed = ask(json!({"event_type": {"name": "card_swiped", "spec": {"classification": "public"}}})).await;
        assert_eq!(changed.change, Change::Update);
    }
}

/// The plan of team `fraud` for stream `s`.
async fn plan(plane: &Plane, wanted: Value) -> PlanAnswer {
    let request = PlanRequest::Stream { name: fanner_tests::named("s"), spec: spec(wanted) };
    plane.member("fraud").await.plan(&request).await.expect("a plan")
}
