//! Who is calling, as the CI system says that the provider runs in.

use axum::extract::Query;
use axum::http::{HeaderMap, header};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::host::program;
use crate::terraform::Terraform;

#[tokio::test]
async fn what_a_ci_system_signed_is_exchanged_for_a_session() {
    let terraform = Terraform::start_with(program().env("FANNER_OIDC_TOKEN", "signed"), json!({})).await;
    assert_eq!(terraform.control_plane.world().requests, ["POST /v1/sessions", "GET /v1/caller"]);
    assert_eq!(presented(&terraform), "Bearer fns_for_signed");
}

#[tokio::test]
async fn a_token_that_is_set_is_presented_itself() {
    let terraform = Terraform::start_with(program().env("FANNER_OIDC_TOKEN", "signed"), json!({"token": "t"})).await;
    assert_eq!(presented(&terraform), "Bearer t");
}

#[tokio::test]
async fn github_signs_for_the_control_plane_that_is_meant() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sign?api-version=2.0", listener.local_addr().unwrap());
    let routes = Router::new().route("/sign", get(sign));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut program = program();
    program.env("ACTIONS_ID_TOKEN_REQUEST_URL", url).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner");
    let terraform = Terraform::start_with(program.env("FANNER_AUDIENCE", "fanner"), json!({})).await;
    assert_eq!(presented(&terraform), "Bearer fns_for_2.0.fanner.Bearer_runner");
}

/// GitHub's part: what it signs says what it was asked.
async fn sign(Query(asked): Query<Value>, headers: HeaderMap) -> Json<Value> {
    let of = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let runner = headers[header::AUTHORIZATION].to_str().unwrap().replace(' ', "_");
    Json(json!({"value": format!("{}.{}.{runner}", of("api-version"), of("audience"))}))
}

fn presented(terraform: &Terraform) -> String {
    terraform.control_plane.world().presented.clone().unwrap()
}
