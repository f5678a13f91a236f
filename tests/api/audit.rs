//! The audit log: what is recorded, what is proved, and that no alteration goes unnoticed.

use std::time::Duration;

use fanner_audit::{Checkpoint, Entry, Outcome, Verifier, proof, verify};
use fanner_client::{Client, Precondition};
use fanner_model::{AuditCheckpoint, AuditRecord, Code, Role, SubscriptionSpec};
use fanner_tests::{Plane, eventually, named, on_both_databases, settled, spec};
use reqwest::Method;
use serde_json::json;

use crate::refusal;

const ID: &str = "018f6b1e-7c5a-7bd0-9d2c-0242ac120002";

on_both_databases! {
    async fn every_write_is_an_entry_with_what_became_of_it(plane: Plane) {
        let fraud = plane.member("fraud").await;
        let before = entries(&plane).await.len();
        plane.declare("fraud", &["card_swiped"]).await;
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let id = named(ID);
        let wanted = spec::<SubscriptionSpec>(json!({"stream": "s", "events": ["card_swiped"]}));
        fraud.put_subscription(id, &wanted, Precondition::None).await.expect("it is accepted");
        fraud.delete_subscription(id).await.expect("it is ended");
        fraud.delete_event_type(&named("card_swiped")).await.expect("nobody wants it");
        fraud.delete_stream(&named("s")).await.expect("it is accepted");
        // The reviewer and the owner got their tokens first.
        let told: Vec<_> = entries(&plane).await.iter().skip(before + 2).map(told).collect();
        assert_eq!(told[..2], ["put event-types/card_swiped: allowed", "put streams/s: allowed"]);
        assert_eq!(told[2..4], [format!("put subscriptions/{ID}: allowed"), format!("delete subscriptions/{ID}: allowed, gone")]);
        assert_eq!(told[4..], ["delete event-types/card_swiped: allowed, gone", "delete streams/s: allowed, gone"]);
    }

    async fn a_refusal_is_an_entry_that_names_the_caller_and_the_answer(plane: Plane) {
        let token = plane.token("fraud", Role::Member).await;
        plane.declare("payments", &["card_swiped"]).await;
        let body = json!({"description": "mine now"});
        let answer = plane.ask(Method::PUT, "/v1/event-types/card_swiped", Some(&token), Some(&body)).await;
        assert_eq!(answer.status, 403);
        let entry = entries(&plane).await.pop().expect("there is an entry");
        assert_eq!(told(&entry), "put event-types/card_swiped: refused");
        assert_eq!(entry.reason.as_deref(), answer.body["detail"].as_str());
        assert_eq!(entry.request.as_deref(), answer.headers["x-request-id"].to_str().ok());
        assert!(entry.actor.as_str().starts_with("token:"), "{entry:?}");
    }

    async fn what_did_not_happen_is_no_entry(plane: Plane) {
        let fraud = plane.member("fraud").await;
        plane.declare("fraud", &["card_swiped"]).await;
        fraud.put_stream(&named("s"), &spec(json!({"events": ["card_swiped"]})), Precondition::None).await.expect("it is accepted");
        let before = entries(&plane).await.len();
        assert_eq!(refusal(fraud.delete_event_type(&named("card_swiped")).await).code, Code::InUse);
        let stale = fraud.put_stream(&named("s"), &spec(json!({"events": []})), Precondition::Generation(7)).await;
        assert_eq!(refusal(stale).code, Code::Stale);
        fraud.put_stream(&named("s"), &spec(json!({"events": ["card_swiped"]})), Precondition::None).await.expect("it is as asked");
        // The reviewer got a token.
        assert_eq!(entries(&plane).await.len(), before + 1);
    }

    async fn control_planes_side_by_side_append_to_one_log(plane: Plane) {
        let neighbour = plane.neighbour().await;
        let secret = plane.token("fraud", Role::Member).await;
        let there = Client::new(&format!("http://{}", neighbour.address()), Some(&secret), "fanner-tests").expect("it is an endpoint");
        let declare = async |client: &Client, names: &str| {
            for n in 0..20 {
                let name = named(&format!("{names}_{n}"));
                client.put_event_type(&name, &spec(json!({})), Precondition::None).await.expect("it is declared");
            }
        };
        let here = plane.client(&secret);
        tokio::join!(declare(&here, "one"), declare(&here, "two"), declare(&there, "three"), declare(&there, "four"));
        let reviewer = reviewer(&plane).await;
        let newest = signed(&plane, &reviewer).await;
        let records = records(&reviewer).await;
        let notes = notes(&reviewer).await;
        let keys = [key(&notes[0])];
        let notes: Vec<_> = notes.into_iter().map(|checkpoint| checkpoint.note).collect();
        let report = verify(&records, &notes, &keys, None).expect("nobody altered it");
        assert_eq!((report.entries, report.signed), (82, Some(newest)));
    }

    async fn a_stream_that_goes_takes_its_subscriptions_along(plane: Plane) {
        let fraud = plane.member("fraud").await;
        plane.declare("fraud", &["card_swiped"]).await;
        settled(&fraud, "s", json!({"shard_count": 1})).await;
        let id = named(ID);
        let wanted = spec::<SubscriptionSpec>(json!({"stream": "s", "events": ["card_swiped"]}));
        fraud.put_subscription(id, &wanted, Precondition::None).await.expect("it is accepted");
        fraud.delete_stream(&named("s")).await.expect("it is accepted");
        eventually("the stream to be gone", async || fraud.stream(&named("s")).await.is_err().then_some(())).await;
        let entry = entries(&plane).await.pop().expect("there is an entry");
        assert_eq!(told(&entry), format!("delete subscriptions/{ID}: allowed, gone"));
        assert_eq!(entry.reason.as_deref(), Some("its stream is gone"));
    }

    async fn only_those_who_review_may_read_it(plane: Plane) {
        for role in [Role::Member, Role::Fanner] {
            let client = plane.client(&plane.token("fraud", role).await);
            assert_eq!(refusal(client.audit_entries(None).await).status, 403);
            assert_eq!(refusal(client.audit_checkpoints(None).await).status, 403);
            assert_eq!(refusal(client.audit_checkpoint().await).status, 403);
            assert_eq!(refusal(client.prove_entry(0, 1).await).status, 403);
        }
    }

    async fn what_a_reviewer_kept_is_proved_later(plane: Plane) {
        let reviewer = reviewer(&plane).await;
        let kept = signed(&plane, &reviewer).await;
        plane.declare("fraud", &["a", "b", "c"]).await;
        let newest = signed(&plane, &reviewer).await;
        assert!(kept.size < newest.size);
        let growth = reviewer.prove_growth(kept.size, newest.size).await.expect("it is proved");
        assert!(proof::is_consistent((kept.size, kept.root), (newest.size, newest.root), &growth.hashes));
        for record in records(&reviewer).await.iter().take(usize::try_from(newest.size).expect("it is small")) {
            let proved = reviewer.prove_entry(record.seq, newest.size).await.expect("it is proved");
            let leaf = Entry::leaf(record.text.as_deref().expect("the entry is there"));
            assert_eq!(proof::root_with(leaf, record.seq, newest.size, &proved.hashes), Some(newest.root));
        }
        let impossible = refusal(reviewer.prove_growth(newest.size, kept.size).await);
        assert!(impossible.detail.contains("cannot begin with one of"), "{}", impossible.detail);
    }

    async fn a_byte_that_was_changed_is_found(plane: Plane) {
        let found = altered(&plane, &["update audit_entry set entry = substr(entry, 1, 30) || substr(entry, 30, 1) || substr(entry, 32) where seq = 3"]).await;
        assert_eq!(found, "entry 3 was changed");
    }

    async fn an_entry_that_was_removed_is_found(plane: Plane) {
        let found = altered(&plane, &["delete from audit_entry where seq = 3"]).await;
        assert_eq!(found, "entry 3 was removed");
    }

    async fn two_entries_that_were_swapped_are_found(plane: Plane) {
        let found = altered(&plane, &[
            "update audit_entry set seq = -3 where seq = 3",
            "update audit_entry set seq = 3 where seq = 4",
            "update audit_entry set seq = 4 where seq = -3",
        ]).await;
        assert_eq!(found, "entries 3 and 4 were swapped");
    }

    async fn an_entry_that_was_slipped_in_is_found(plane: Plane) {
        let found = altered(&plane, &[
            "insert into audit_entry (seq, entry, at, noun, key, changes) select 1000, entry, at, noun, key, changes from audit_entry where seq = 3",
        ]).await;
        assert_eq!(found, "entry 1000 was added; nobody appended it");
    }

    async fn a_tail_that_was_cut_is_found(plane: Plane) {
        let found = altered(&plane, &["delete from audit_entry where seq >= 5", "delete from audit_node where level = 0 and position >= 5"]).await;
        assert_eq!(found, "the end was cut off: the log has 5 entries and had 7");
    }

    async fn a_control_plane_that_stops_signs_what_it_did(plane: Plane) {
        let reviewer = reviewer(&plane).await;
        let neighbour = plane.neighbour().await;
        plane.declare("fraud", &["a"]).await;
        neighbour.stop().await;
        let newest = reviewer.audit_checkpoint().await.expect("it was signed");
        assert_eq!(newest.size, records(&reviewer).await.len() as u64);
    }

    async fn a_checkpoint_is_a_file_as_well(plane: Plane) {
        let reviewer = reviewer(&plane).await;
        let Checkpoint { size, .. } = signed(&plane, &reviewer).await;
        let file = std::fs::read_to_string(plane.folder().join(format!("{size:012}.checkpoint"))).expect("it is there");
        assert_eq!(file, reviewer.audit_checkpoint().await.expect("it was signed").note);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_reaches_the_log() {
    let plane = Plane::on_sqlite().await;
    let platform = plane.token("platform", Role::Platform).await;
    let body = json!({"team": "fraud"});
    let issued = plane.ask(Method::POST, "/v1/tokens", Some(&platform), Some(&body)).await.body;
    let secret = issued["secret"].as_str().expect("a secret");
    for (path, body) in [("/v1/tokens", json!({"team": secret})), ("/v1/streams/global-events", json!({}))] {
        plane.ask(Method::PUT, path, Some(&fanner_model::Secret::new(secret)), Some(&body)).await;
    }
    let log = format!("{:?}", records(&reviewer(&plane).await).await);
    assert!(log.contains(issued["token"]["id"].as_str().expect("an id")), "{log}");
    assert!(!log.contains("fnr_") && !log.contains("hash\":"), "{log}");
}

/// A log of seven entries that is signed, then altered: what is found.
async fn altered(plane: &Plane, alteration: &[&'static str]) -> String {
    let reviewer = reviewer(plane).await;
    plane.declare("fraud", &["a", "b", "c", "d", "e"]).await;
    signed(plane, &reviewer).await;
    let notes = notes(&reviewer).await;
    let keys = [key(&notes[0])];
    let notes: Vec<_> = notes.into_iter().map(|checkpoint| checkpoint.note).collect();
    verify(&records(&reviewer).await, &notes, &keys, None).expect("nobody altered it yet");
    for statement in alteration {
        plane.execute(statement).await;
    }
    let found = verify(&records(&reviewer).await, &notes, &keys, None).expect_err("it was altered");
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

async fn reviewer(plane: &Plane) -> Client {
    plane.client(&plane.token("security", Role::Auditor).await)
}

/// The newest checkpoint once everything is signed.
async fn signed(plane: &Plane, reviewer: &Client) -> Checkpoint {
    let size = records(reviewer).await.len() as u64;
    plane.clock.advance(Duration::from_secs(61));
    let newest = eventually("a checkpoint", async || {
        reviewer.audit_checkpoint().await.ok().filter(|newest| size <= newest.size)
    });
    let newest = newest.await;
    Checkpoint::open(&newest.note, &key(&newest)).expect("it is signed")
}

fn key(checkpoint: &AuditCheckpoint) -> Verifier {
    checkpoint.key.parse().expect("it is a key")
}

async fn notes(reviewer: &Client) -> Vec<AuditCheckpoint> {
    reviewer.audit_checkpoints(None).await.expect("a list").items
}

async fn records(reviewer: &Client) -> Vec<AuditRecord> {
    reviewer.audit_entries(None).await.expect("a list").items
}

async fn entries(plane: &Plane) -> Vec<Entry> {
    let records = records(&reviewer(plane).await).await;
    // The last one is the reviewer's token.
    let entries = records.iter().rev().skip(1).rev().filter_map(|record| record.text.as_deref());
    entries.map(|text| Entry::parse(text).expect("it is an entry")).collect()
}

fn told(entry: &Entry) -> String {
    let Entry { action, subject, outcome, after, .. } = entry;
    match (outcome, after) {
        (Outcome::Refused, _) => format!("{action} {subject}: refused"),
        (Outcome::Allowed, Some(_)) => format!("{action} {subject}: allowed"),
        (Outcome::Allowed, None) => format!("{action} {subject}: allowed, gone"),
    }
}
