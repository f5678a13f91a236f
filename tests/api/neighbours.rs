//! Several control planes on one PostgreSQL.

use std::time::Duration;

use fanner_client::{Client, Precondition};
use fanner_model::{Revision, Role, Scope, TokenSpec};
use fanner_tests::{Plane, named, rules_of, spec};
use serde_json::json;

const WAIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn two_control_planes_on_one_database_work_side_by_side() {
    let plane = Plane::on_postgres().await;
    let neighbour = plane.neighbour().await;
    let clients = [plane.member("fraud").await, member(&plane, &neighbour).await];
    plane.declare("fraud", &["card_swiped"]).await;
    for index in 0..20 {
        let wanted = spec(json!({"shard_count": 1 + index % 3, "retention_hours": 48, "events": ["card_swiped"]}));
        let name = named(&format!("s-{index}"));
        clients[index % 2].put_stream(&name, &wanted, Precondition::Absent).await.expect("it is accepted");
    }
    for index in 0..20 {
        let other = &clients[(index + 1) % 2];
        let stream = other.settled_stream(&named(&format!("s-{index}")), WAIT).await.expect("it is there");
        assert!(stream.is_ready(), "{stream:?}");
    }
    for client in &clients {
        let listed = client.streams(None).await.expect("a list").items;
        assert_eq!(listed.iter().filter(|stream| stream.is_ready()).count(), 20);
    }
    neighbour.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fanner_hears_at_one_control_plane_what_was_asked_of_another() {
    let plane = Plane::on_postgres().await;
    let neighbour = plane.neighbour().await;
    plane.declare("fraud", &["card_swiped"]).await;
    let spec_of = TokenSpec { team: named("platform"), role: Role::Fanner, scope: Scope::Full, expires_at: None };
    let token = neighbour.issue_token(&spec_of).await.expect("a token is issued").secret;
    let fanner = Client::new(&format!("http://{}", neighbour.address()), Some(&token), "fanner-tests")
        .expect("the endpoint is one");
    let fraud = plane.member("fraud").await;
    let wanted = spec(json!({"shard_count": 1, "events": ["card_swiped"]}));
    fraud.put_stream(&named("s"), &wanted, Precondition::Absent).await.expect("it is accepted");
    let mut obeyed = None;
    loop {
        let rules = rules_of(&fanner, obeyed, WAIT).await.expect("there are rules");
        if rules.destinations.contains_key(&named("s")) {
            rules_of(&fanner, Some(rules.revision), Duration::ZERO).await.expect("it is acknowledged");
            break;
        }
        obeyed = Some(rules.revision);
    }
    assert!(fraud.settled_stream(&named("s"), WAIT).await.expect("it is there").is_ready());
    neighbour.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fanner_that_comes_from_another_control_plane_is_not_taken_back() {
    let plane = Plane::on_postgres().await;
    let neighbour = plane.neighbour().await;
    let token = plane.token("platform", Role::Fanner).await;
    let here = plane.client(&token);
    let there =
        Client::new(&format!("http://{}", neighbour.address()), Some(&token), "fanner-tests").expect("an address");
    for revision in 2..20 {
        plane.execute("update rules set revision = revision + 1").await;
        let newer = rules_of(&here, Some(Revision(revision - 1)), WAIT).await.expect("there are rules").revision;
        let same = rules_of(&there, Some(newer), Duration::ZERO).await.expect("there are rules").revision;
        assert_eq!((newer, same), (Revision(revision), Revision(revision)));
    }
    neighbour.stop().await;
}

async fn member(plane: &Plane, running: &fanner_control_plane::Running) -> Client {
    let token = plane.token("fraud", Role::Member).await;
    Client::new(&format!("http://{}", running.address()), Some(&token), "fanner-tests").expect("the endpoint is one")
}
