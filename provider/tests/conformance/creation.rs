//! A creation whose answer gets lost: what it made is recognised, and what somebody else made is left alone.

use serde_json::json;
use terraform_provider_fanner::plugin::value::Value;

use crate::stream::said;
use crate::terraform::Terraform;

/// More than the client repeats by itself.
const MANY: u32 = 6;

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_until_it_comes() {
    let terraform = Terraform::start().await;
    terraform.control_plane.world().lost_answers = MANY;
    let state = terraform.applied(&Value::Null, &fraud(&terraform)).await;
    assert_eq!(state.attribute("status"), &"active".into());
}

#[tokio::test]
async fn somebody_elses_stream_is_not_taken_over_when_answers_get_lost() {
    let terraform = Terraform::start().await;
    let theirs = terraform.applied(&Value::Null, &fraud(&terraform)).await;
    terraform.control_plane.world().lost_answers = MANY;
    let plan = terraform.plan(&Value::Null, &fraud(&terraform)).await;
    let (state, diagnostics) = terraform.apply(&Value::Null, &plan.state).await;
    assert_eq!(state, Value::Null);
    assert!(said(&diagnostics)[0].starts_with("Error at name: It exists already"), "{diagnostics:?}");
    assert_eq!(terraform.read(&theirs).await, theirs);
}

#[tokio::test]
async fn a_creation_that_was_never_answered_is_found_out_about_by_the_next_plan() {
    let terraform = Terraform::start().await;
    let unclear = never_answered(&terraform).await;
    assert_eq!(unclear.attribute("status"), &"creating".into());

    let found = terraform.read(&unclear).await;
    assert_eq!(found.attribute("status"), &"active".into());
    assert_eq!(terraform.plan(&found, &impatient(&terraform)).await.state, found);
}

#[tokio::test]
async fn a_creation_that_was_never_answered_goes_on_without_a_refresh() {
    let terraform = Terraform::start().await;
    let unclear = never_answered(&terraform).await;
    let changed = terraform.config(json!({ "name": "fraud", "shard_count": 3 }));
    let state = terraform.applied(&unclear, &changed).await;
    assert_eq!(terraform.read(&state).await, state);
    assert_eq!(state.attribute("open_shard_count"), &3.into());
}

#[tokio::test]
async fn a_request_that_never_arrived_leaves_somebody_elses_stream_alone() {
    let terraform = Terraform::start().await;
    let unclear = never_answered(&terraform).await;
    terraform.control_plane.world().keys.insert("fraud".parse().unwrap(), "another".into());

    assert_eq!(terraform.read(&unclear).await, Value::Null, "it is planned anew");
    let plan = terraform.plan(&unclear, &fraud(&terraform)).await;
    let (state, diagnostics) = terraform.apply(&unclear, &plan.state).await;
    assert_eq!(state, Value::Null, "nothing but the error");
    assert!(said(&diagnostics)[0].starts_with("Error at name: It exists already"), "{diagnostics:?}");
    assert_eq!(terraform.apply(&unclear, &Value::Null).await, (Value::Null, vec![]));
    assert_eq!(terraform.control_plane.world().streams.len(), 1, "it is not ours to destroy");
}

#[tokio::test]
async fn an_interrupt_ends_the_repeats_at_once() {
    let terraform = Terraform::start().await;
    terraform.control_plane.world().lost_answers = u32::MAX;
    let plan = terraform.plan(&Value::Null, &fraud(&terraform)).await;
    let interrupt = async {
        while !terraform.control_plane.world().requests.iter().any(|request| request == "PUT /v1/streams/fraud") {
            tokio::task::yield_now().await;
        }
        terraform.interrupt().await;
    };
    let ((state, diagnostics), ()) = tokio::join!(terraform.apply(&Value::Null, &plan.state), interrupt);
    assert_eq!(state.attribute("status"), &"creating".into());
    let expected = "Warning: The stream is not ready yet: It is not known whether stream `fraud` was made: the apply was interrupted before the control plane answered. The next apply finds out.";
    assert_eq!(said(&diagnostics), [expected]);
}

/// The state after a creation that did what it should, and was not answered in time.
async fn never_answered(terraform: &Terraform) -> Value {
    terraform.control_plane.world().lost_answers = u32::MAX;
    let plan = terraform.plan(&Value::Null, &impatient(terraform)).await;
    let (state, diagnostics) = terraform.apply(&Value::Null, &plan.state).await;
    assert!(said(&diagnostics)[0].contains("did not answer within 1s"), "{diagnostics:?}");
    terraform.control_plane.world().lost_answers = 0;
    state
}

fn impatient(terraform: &Terraform) -> Value {
    terraform.config(json!({ "name": "fraud", "timeouts": { "create": "1s" } }))
}

fn fraud(terraform: &Terraform) -> Value {
    terraform.config(json!({ "name": "fraud" }))
}
