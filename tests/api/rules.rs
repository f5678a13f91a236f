//! Following the rules: by long poll, and who has to obey before a stream counts as active.

use std::time::Duration;

use fanner_client::Precondition;
use fanner_model::{Phase, Revision, Role, StreamSpec};
use fanner_tests::{Plane, eventually, named, on_both_databases, rules_of, settled, spec};
use reqwest::Method;
use serde_json::json;

const WAIT: Duration = Duration::from_secs(30);

on_both_databases! {
    async fn a_fanner_that_waits_hears_of_new_rules(plane: Plane) {
        plane.declare("fraud", &["card_swiped"]).await;
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        let rules = rules_of(&fanner, None, Duration::ZERO).await.expect("there are rules");
        assert!(rules.destinations.is_empty());
        let wanted = spec::<StreamSpec>(json!({"shard_count": 1, "events": ["card_swiped"]}));
        let follow = async {
            let mut obeyed = rules.revision;
            loop {
                let rules = rules_of(&fanner, Some(obeyed), WAIT).await.expect("there are rules");
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
        rules_of(&fanner, None, Duration::ZERO).await.expect("there are rules");
        fraud.put_stream(&named("s"), &spec(json!({"shard_count": 1})), Precondition::None).await.expect("it is accepted");
        let revision = eventually("the stream in the rules", async || {
            let rules = rules_of(&fanner, None, Duration::ZERO).await.expect("there are rules");
            rules.destinations.contains_key(&named("s")).then_some(rules.revision)
        }).await;
        assert_eq!(fraud.stream(&named("s")).await.expect("it is there").status.phase, Phase::Creating);
        rules_of(&fanner, Some(revision), Duration::ZERO).await.expect("there are rules");
        assert!(fraud.settled_stream(&named("s"), WAIT).await.expect("it is there").is_ready());
    }

    async fn a_fanner_that_is_gone_holds_nobody_up(plane: Plane) {
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        rules_of(&fanner, Some(Revision(1)), Duration::ZERO).await.expect("there are rules");
        plane.clock.advance(Duration::from_secs(11));
        assert!(settled(&fraud, "s", json!({"shard_count": 1})).await.is_ready());
    }

    async fn a_deleted_stream_leaves_the_rules_at_once(plane: Plane) {
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let rules = async || rules_of(&fanner, None, Duration::ZERO).await.expect("there are rules");
        eventually("the stream in the rules", async || rules().await.destinations.contains_key(&named("s")).then_some(())).await;
        fraud.delete_stream(&named("s")).await.expect("the deletion is accepted");
        eventually("the stream out of the rules", async || rules().await.destinations.is_empty().then_some(())).await;
    }

    async fn a_fanner_that_is_ahead_of_the_database_gets_no_older_rules(plane: Plane) {
        let token = plane.token("platform", Role::Fanner).await;
        let ahead = plane.ask(Method::GET, "/v1/rules?worker=w&after=1000", Some(&token), None).await;
        assert_eq!((ahead.status, ahead.body["code"].as_str()), (503, Some("unavailable")));
        assert_eq!(ahead.body["detail"], "worker `w` obeys rules of revision 1000, and the newest here is 1: the database was restored from a backup, or it is another platform's; older rules are not given out");
        plane.execute("update rules set revision = 1000").await;
        let given = plane.ask(Method::GET, "/v1/rules?worker=w&after=1000", Some(&token), None).await.body;
        assert!(given["rules"].as_str().expect("text").starts_with(r#"{"revision":1000,"#), "{given}");
    }

    async fn a_row_that_cannot_be_read_leaves_the_rules_as_they_are_and_says_so(plane: Plane) {
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let rules = async || rules_of(&fanner, None, Duration::ZERO).await.expect("there are rules");
        let before = eventually("the stream in the rules", async || Some(rules().await).filter(|rules| !rules.destinations.is_empty())).await;
        plane.execute("update stream set spec = 'broken'").await;
        plane.execute("update rules set revision = revision + 1").await;
        let ready = async || plane.ask(Method::GET, "/readyz", None, None).await;
        eventually("the control plane to notice", async || (ready().await.status == 503).then_some(())).await;
        plane.clock.advance(Duration::from_secs(90));
        let detail = ready().await.body["detail"].as_str().expect("text").to_owned();
        assert!(detail.starts_with("the rules cannot be renewed since 9") && detail.ends_with("the log says why"), "{detail}");
        assert_eq!(rules().await, before);
        assert!(0.0 < stale_seconds(&plane).await);
        plane.execute("update stream set spec = '{}'").await;
        eventually("the rules to follow again", async || (before.revision < rules().await.revision).then_some(())).await;
        eventually("the control plane to be ready", async || (ready().await.status == 200).then_some(())).await;
        assert_eq!(stale_seconds(&plane).await, 0.0);
    }

    async fn stopping_answers_those_who_wait(plane: Plane) {
        let (fraud, fanner) = (plane.member("fraud").await, plane.fanner().await);
        rules_of(&fanner, None, Duration::ZERO).await.expect("there are rules");
        fraud.put_stream(&named("s"), &spec(json!({"shard_count": 1})), Precondition::None).await.expect("it is accepted");
        let revision = eventually("the stream in the rules", async || {
            let rules = rules_of(&fanner, None, Duration::ZERO).await.expect("there are rules");
            rules.destinations.contains_key(&named("s")).then_some(rules.revision)
        }).await;
        let waiting = tokio::spawn(async move { rules_of(&fanner, Some(revision), WAIT).await });
        let active = fraud.settled_stream(&named("s"), WAIT).await.expect("it is there");
        assert!(active.is_ready(), "it is active because the fanner waits: {active:?}");
        plane.stop().await;
        assert_eq!(waiting.await.expect("no panic").map(|last| last.revision).ok(), Some(revision));
    }
}

async fn stale_seconds(plane: &Plane) -> f64 {
    let text = plane.ask(Method::GET, "/metrics", None, None).await.body.as_str().expect("text").to_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("fanner_rules_stale_seconds "));
    line.expect("the number is there").parse().expect("it is a number")
}
