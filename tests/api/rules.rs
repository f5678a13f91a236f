//! Following the rules: by long poll, and who has to obey before a stream counts as active.

use std::time::Duration;

use fanner_client::Precondition;
use fanner_model::{Phase, Revision, StreamSpec};
use fanner_tests::{Plane, eventually, named, on_both_databases, settled, spec};
use serde_json::json;

const WAIT: Duration = Duration::from_secs(30);

on_both_databases! {
    async fn a_fanner_that_waits_hears_of_new_rules(plane: Plane) {
        plane.declare("fraud", &["card_swiped"]).await;
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        let rules = fanner.rules(&named("w"), None, Duration::ZERO).await.expect("there are rules");
        assert!(rules.destinations.is_empty());
        let wanted = spec::<StreamSpec>(json!({"shard_count": 1, "events": ["card_swiped"]}));
        let follow = async {
            let mut obeyed = rules.revision;
            loop {
                let rules = fanner.rules(&named("w"), Some(obeyed), WAIT).await.expect("there are rules");
                assert!(obeyed < rules.revision, "it was answered before there was anything new");
                if let Some(destination) = rules.destinations.get(&named("s")) {
                    break (rules.revision, destination.clone());
                }
                obeyed = rules.revision;
            }
        };
        let name = named("s");
        let (written, (_, destination)) = tokio::join!(fraud.put_stream(&name, &wanted, Precondition::None), follow);
        assert_eq!(destination.id, written.expect("it is accepted").id);
        assert_eq!(destination.events.keys().map(ToString::to_string).collect::<Vec<_>>(), ["card_swiped"]);
    }

    async fn a_stream_is_active_only_once_every_live_fanner_obeys_its_rules(plane: Plane) {
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        fanner.rules(&named("w"), None, Duration::ZERO).await.expect("there are rules");
        fraud.put_stream(&named("s"), &spec(json!({"shard_count": 1})), Precondition::None).await.expect("it is accepted");
        let revision = eventually("the stream in the rules", async || {
            let rules = fanner.rules(&named("w"), None, Duration::ZERO).await.expect("there are rules");
            rules.destinations.contains_key(&named("s")).then_some(rules.revision)
        }).await;
        assert_eq!(fraud.stream(&named("s")).await.expect("it is there").status.phase, Phase::Creating);
        fanner.rules(&named("w"), Some(revision), Duration::ZERO).await.expect("there are rules");
        assert!(fraud.settled_stream(&named("s"), WAIT).await.expect("it is there").is_ready());
    }

    async fn a_fanner_that_is_gone_holds_nobody_up(plane: Plane) {
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        fanner.rules(&named("w"), Some(Revision(1)), Duration::ZERO).await.expect("there are rules");
        plane.clock.advance(Duration::from_secs(11));
        assert!(settled(&fraud, "s", json!({"shard_count": 1})).await.is_ready());
    }

    async fn a_deleted_stream_leaves_the_rules_at_once(plane: Plane) {
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let rules = async || fanner.rules(&named("w"), None, Duration::ZERO).await.expect("there are rules");
        eventually("the stream in the rules", async || rules().await.destinations.contains_key(&named("s")).then_some(())).await;
        fraud.delete_stream(&named("s")).await.expect("the deletion is accepted");
        eventually("the stream out of the rules", async || rules().await.destinations.is_empty().then_some(())).await;
    }

    async fn stopping_answers_those_who_wait(plane: Plane) {
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        fanner.rules(&named("w"), None, Duration::ZERO).await.expect("there are rules");
        fraud.put_stream(&named("s"), &spec(json!({"shard_count": 1})), Precondition::None).await.expect("it is accepted");
        let revision = eventually("the stream in the rules", async || {
            let rules = fanner.rules(&named("w"), None, Duration::ZERO).await.expect("there are rules");
            rules.destinations.contains_key(&named("s")).then_some(rules.revision)
        }).await;
        let waiting = tokio::spawn(async move { fanner.rules(&named("w"), Some(revision), WAIT).await });
        let active = fraud.settled_stream(&named("s"), WAIT).await.expect("it is there");
        assert!(active.is_ready(), "it is active because the fanner waits: {active:?}");
        plane.stop().await;
        assert_eq!(waiting.await.expect("no panic").map(|last| last.revision).ok(), Some(revision));
    }
}
