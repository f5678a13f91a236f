//! Who gets no reader role: everybody, where it is not switched on; and whoever asks for what is another team's.

use axum::Router;
use axum::http::StatusCode;
use fanner_client::Precondition;
use fanner_model::{Code, Phase, PlanRequest, Problem, Role, StreamName, StreamSpec};
use fanner_tests::{Plane, named, on_both_databases, spec};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::setting::{Setting, arns, ask};

on_both_databases! {
    async fn where_it_is_not_switched_on_nobody_gets_a_role(plane: Plane) {
        let client = plane.member("fraud").await;
        let (name, spec) = asked(json!({"trusted": arns(&["scorer"])}));
        let request = PlanRequest::Stream { name: name.clone(), spec: spec.clone() };
        let [planned] = &client.plan(&request).await.expect("it is answered").problems[..] else { panic!("one problem") };
        let expected = "this platform makes no reader roles; leave `reader_role` out and name `readers`, or ask the platform team \
                        to start the control plane with `--reader-role-boundary`";
        assert_eq!(planned.detail, expected);
        assert_eq!((planned.code, planned.field.as_deref()), (Code::InvalidField, Some("reader_role")));
        assert_eq!(&refusal(&client, &name, &spec).await, planned);
        assert_eq!(client.stream(&name).await.expect_err("there is none").problem().map(|it| it.code), Some(Code::NotFound));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_of_another_team_is_refused() {
    let setting = Setting::new().await;
    let client = setting.client("fraud", Role::Member).await;
    for application in ["fraud-ds.scores", "scores"] {
        let (name, spec) = asked(json!({"trusted": arns(&["scorer"]), "application": application}));
        let refused = refusal(&client, &name, &spec).await;
        assert_eq!((refused.code, refused.field.as_deref()), (Code::InvalidField, Some("reader_role.application")));
        assert!(refused.detail.ends_with("call it `fraud.` and a name"), "{}", refused.detail);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_that_lacks_the_right_says_so_and_the_stream_is_fed() {
    let setting = Setting::with_aws_at(stingy().await).await;
    let client = setting.client("fraud", Role::Member).await;
    let stream = ask(&client, "signals", &["scorer"]).await;
    assert_eq!(stream.status.phase, Phase::Failed);
    insta::assert_snapshot!(stream.status.reason.expect("it is told"), @"the control plane may not look at the reader role: its AWS role lacks the permission `iam:GetRole`; the platform team can grant it");
    let fanner = setting.client("platform", Role::Fanner).await;
    let rules = fanner_tests::rules_of(&fanner, None, std::time::Duration::ZERO).await.expect("there are rules");
    assert_eq!(rules.destinations.len(), 1, "it is in the rules all the same");
}

fn asked(role: Value) -> (StreamName, StreamSpec) {
    (named("signals"), spec(json!({"shard_count": 1, "reader_role": role})))
}

async fn refusal(client: &fanner_client::Client, name: &StreamName, spec: &StreamSpec) -> Problem {
    let refused = client.put_stream(name, spec, Precondition::None).await.expect_err("it is refused");
    refused.problem().expect("words").clone()
}

/// An AWS that denies everything, in the words of IAM; its address.
async fn stingy() -> String {
    const DENIED: &str = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let router = Router::new().fallback(async || (StatusCode::FORBIDDEN, DENIED));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
