//! A stream's life, in good days and bad ones.

use serde_json::json;
use terraform_provider_fanner::plugin::proto::tfplugin6::Diagnostic;
use terraform_provider_fanner::plugin::proto::tfplugin6::attribute_path::step::Selector;
use terraform_provider_fanner::plugin::value::Value;

use crate::control_plane::Kinesis;
use crate::terraform::Terraform;

fn six_lines() -> serde_json::Value {
    json!({ "name": "fraud", "shard_count": 2, "retention_hours": 48, "events": ["card_swiped", "account_opened"] })
}

#[tokio::test]
async fn six_lines_make_a_stream_and_then_nothing_is_left_to_do() {
    let terraform = Terraform::start().await;
    let config = terraform.config(six_lines());
    let state = terraform.applied(&Value::Null, &config).await;
    assert_eq!(state.attribute("status"), &"active".into());
    assert_eq!(state.attribute("arn"), &"arn:aws:kinesis:eu-west-1:123456789012:stream/fraud".into());

    terraform.control_plane.world().requests.clear();
    assert_eq!(terraform.read(&state).await, state);
    assert_eq!(terraform.plan(&state, &config).await.state, state);
    assert_eq!(terraform.control_plane.world().requests, ["GET /v1/streams"]);
}

#[tokio::test]
async fn capacity_changes_in_place_and_back() {
    let terraform = Terraform::start().await;
    let mut state = terraform.applied(&Value::Null, &terraform.config(six_lines())).await;
    let id = state.attribute("id").clone();
    for (shards, hours) in [(json!(5), 24), (json!(null), 24), (json!(1), 8760)] {
        let config = terraform.config(json!({ "name": "fraud", "shard_count": shards, "retention_hours": hours }));
        assert!(!terraform.plan(&state, &config).await.replaces);
        state = terraform.applied(&state, &config).await;
        assert_eq!(state.attribute("shard_count"), config.attribute("shard_count"));
    }
    assert_eq!(state.attribute("id"), &id);
}

#[tokio::test]
async fn another_name_is_another_stream() {
    let terraform = Terraform::start().await;
    let state = terraform.applied(&Value::Null, &terraform.config(six_lines())).await;
    assert!(terraform.plan(&state, &terraform.config(json!({ "name": "other" }))).await.replaces);
}

#[tokio::test]
async fn a_stream_that_kinesis_refuses_leaves_an_error_and_nothing_else() {
    let terraform = Terraform::start().await;
    terraform.control_plane.world().kinesis = Kinesis::Refuses;
    let plan = terraform.plan(&Value::Null, &terraform.config(six_lines())).await;
    let (state, diagnostics) = terraform.apply(&Value::Null, &plan.state).await;

    assert_eq!(state, Value::Null);
    assert_eq!(said(&diagnostics), ["Error: The stream could not be created: The account may have no more shards."]);
    assert!(terraform.control_plane.world().streams.is_empty());
}

#[tokio::test]
async fn a_stream_that_exists_is_kept_when_a_later_step_fails_and_the_next_apply_goes_on() {
    let terraform = Terraform::start().await;
    terraform.control_plane.world().kinesis = Kinesis::FailsLater;
    let config = terraform.config(six_lines());
    let plan = terraform.plan(&Value::Null, &config).await;
    let (state, diagnostics) = terraform.apply(&Value::Null, &plan.state).await;
    assert_eq!(state.attribute("status"), &"failed".into());
    assert_eq!(said(&diagnostics), ["Warning: The stream is not ready: The KMS key is disabled."]);

    terraform.control_plane.world().kinesis = Kinesis::Works;
    assert_eq!(terraform.plan(&state, &config).await.state.attribute("status"), &Value::Unknown);
    let state = terraform.applied(&state, &config).await;
    assert_eq!(state.attribute("status"), &"active".into());
}

#[tokio::test]
async fn an_interrupted_apply_says_so_and_the_next_one_goes_on() {
    let terraform = Terraform::start().await;
    terraform.control_plane.world().kinesis = Kinesis::Stalls;
    let config = terraform.config(six_lines());
    let plan = terraform.plan(&Value::Null, &config).await;
    let interrupt = async {
        while !terraform.control_plane.world().requests.iter().any(|request| request == "GET /v1/streams/fraud") {
            tokio::task::yield_now().await;
        }
        terraform.interrupt().await;
    };
    let ((state, diagnostics), ()) = tokio::join!(terraform.apply(&Value::Null, &plan.state), interrupt);
    assert_eq!(state.attribute("status"), &"creating".into());
    assert_eq!(
        said(&diagnostics),
        [
            "Warning: The stream is not ready yet: Stream `fraud` is still on its way: the apply was interrupted. The next apply goes on from here."
        ]
    );

    terraform.control_plane.world().kinesis = Kinesis::Works;
    let state = terraform.applied(&state, &config).await;
    assert_eq!(state.attribute("status"), &"active".into());
}

#[tokio::test]
async fn waiting_ends_when_the_user_says() {
    let terraform = Terraform::start().await;
    terraform.control_plane.world().kinesis = Kinesis::Stalls;
    let config = terraform.config(json!({ "name": "fraud", "timeouts": { "create": "1s" } }));
    let plan = terraform.plan(&Value::Null, &config).await;
    let (state, diagnostics) = terraform.apply(&Value::Null, &plan.state).await;
    assert_eq!(state.attribute("status"), &"creating".into());
    assert!(said(&diagnostics)[0].contains("it took longer than the 1s"), "{diagnostics:?}");
}

#[tokio::test]
async fn events_that_the_team_may_not_have_are_refused_by_the_plan() {
    let terraform = Terraform::start().await;
    terraform
        .control_plane
        .world()
        .denied
        .insert("card_swiped".into(), "team cards owns it, and it is internal".into());
    let plan = terraform.plan(&Value::Null, &terraform.config(six_lines())).await;
    let expected =
        "Error at events: The team may not have these events: `card_swiped`: team cards owns it, and it is internal.";
    assert_eq!(said(&plan.diagnostics), [expected]);
}

#[tokio::test]
async fn an_event_that_is_not_known_yet_is_not_asked_about() {
    let terraform = Terraform::start().await;
    let Value::Map(mut config) = terraform.config(json!({ "name": "fraud" })) else { unreachable!() };
    let unknowns = [Value::Unknown, Value::Unknown].into_iter().collect();
    config.insert("events".into(), Value::Set(unknowns));
    assert_eq!(terraform.plan(&Value::Null, &Value::Map(config)).await.diagnostics, []);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_with_a_way_out() {
    let terraform = Terraform::start().await;
    let config = terraform.config(six_lines());
    terraform.applied(&Value::Null, &config).await;
    let plan = terraform.plan(&Value::Null, &config).await;
    let (state, diagnostics) = terraform.apply(&Value::Null, &plan.state).await;
    assert_eq!(state, Value::Null);
    let expected = "Error at name: It exists already: Stream `fraud` exists already. If it is to be managed here, import it by its name, `fraud`.";
    assert_eq!(said(&diagnostics), [expected]);
}

#[tokio::test]
async fn a_protected_stream_is_neither_destroyed_nor_replaced() {
    let terraform = Terraform::start().await;
    let state = terraform
        .applied(&Value::Null, &terraform.config(json!({ "name": "fraud", "deletion_protection": true })))
        .await;
    for config in [Value::Null, terraform.config(json!({ "name": "other", "deletion_protection": true }))] {
        let refused = said(&terraform.plan(&state, &config).await.diagnostics);
        assert!(refused[0].starts_with("Error at deletion_protection: The stream is protected"), "{refused:?}");
    }
    let (_, diagnostics) = terraform.apply(&state, &Value::Null).await;
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(terraform.control_plane.world().streams.len(), 1);
}

#[tokio::test]
async fn destroying_ends_when_the_stream_is_gone() {
    let terraform = Terraform::start().await;
    let state = terraform.applied(&Value::Null, &terraform.config(six_lines())).await;
    assert_eq!(terraform.applied(&state, &Value::Null).await, Value::Null);
    assert!(terraform.control_plane.world().streams.is_empty());
    assert_eq!(terraform.applied(&state, &Value::Null).await, Value::Null, "nobody minds that it is gone already");
}

#[tokio::test]
async fn what_somebody_changed_in_kinesis_is_drift() {
    let terraform = Terraform::start().await;
    let config = terraform.config(json!({ "name": "fraud", "shard_count": 2, "tags": { "team": "fraud" } }));
    let state = terraform.applied(&Value::Null, &config).await;
    terraform.control_plane.change_seen("fraud", |seen| {
        seen.tags.insert("team".into(), "ads".into());
        seen.retention_hours = 72;
        seen.on_demand = true;
        seen.open_shard_count = 9;
    });
    let found = terraform.read(&state).await;
    let text = |pairs: [(&str, &str); 2]| Value::Map(pairs.map(|(key, value)| (key.into(), value.into())).into());
    assert_eq!(found.attribute("tags_all"), &text([("org", "acme"), ("team", "ads")]));
    assert_eq!(found.attribute("retention_hours"), &72.into());
    assert_eq!(found.attribute("shard_count"), &Value::Null);
    assert_eq!(terraform.plan(&found, &config).await.state.attribute("tags_all"), state.attribute("tags_all"));
}

#[tokio::test]
async fn shards_that_an_autoscaler_added_are_not_drift() {
    let terraform = Terraform::start().await;
    let config = terraform.config(six_lines());
    let state = terraform.applied(&Value::Null, &config).await;
    terraform.control_plane.change_seen("fraud", |seen| seen.open_shard_count = 8);
    let found = terraform.read(&state).await;
    assert_eq!(found.attribute("shard_count"), &2.into());
    assert_eq!(terraform.plan(&found, &config).await.state, found);
}

#[tokio::test]
async fn an_imported_stream_needs_no_change() {
    let terraform = Terraform::start().await;
    let config = terraform.config(json!({ "name": "fraud", "events": ["card_swiped"], "tags": { "team": "fraud" } }));
    let state = terraform.applied(&Value::Null, &config).await;
    let imported = terraform.read(&terraform.import("fraud").await).await;
    assert_eq!(imported, state);
}

#[tokio::test]
async fn a_thousand_streams_are_refreshed_with_three_requests() {
    let terraform = Terraform::start().await;
    let state = terraform.applied(&Value::Null, &terraform.config(six_lines())).await;
    {
        let mut world = terraform.control_plane.world();
        let stream = world.streams.values().next().unwrap().clone();
        for number in 0..1000 {
            let name = format!("stream-{number}").parse::<fanner_model::StreamName>().unwrap();
            world.streams.insert(name.clone(), fanner_model::Stream { name, ..stream.clone() });
        }
        world.requests.clear();
    }
    let reads = (0..1000).map(|number| {
        let Value::Map(mut state) = state.clone() else { unreachable!() };
        state.insert("name".into(), format!("stream-{number}").as_str().into());
        let terraform = &terraform;
        async move { terraform.read(&Value::Map(state)).await }
    });
    let found = futures_util::future::join_all(reads).await;
    assert!(found.iter().all(|state| !state.is_null()));
    assert_eq!(terraform.control_plane.world().requests, ["GET /v1/streams"; 3]);
}

/// Diagnostics as a user would read them aloud.
pub(crate) fn said(diagnostics: &[Diagnostic]) -> Vec<String> {
    let severity = |number: i32| if number == 1 { "Error" } else { "Warning" };
    let at = |diagnostic: &Diagnostic| {
        let step = diagnostic.attribute.as_ref()?.steps.first()?.selector.clone()?;
        let Selector::AttributeName(name) = step else { return None };
        Some(format!(" at {name}"))
    };
    let say = |each: &Diagnostic| {
        let place = at(each).unwrap_or_default();
        format!("{}{place}: {}: {}", severity(each.severity), each.summary, each.detail)
    };
    diagnostics.iter().map(say).collect()
}
