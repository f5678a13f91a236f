//! The control plane through its API, one file a noun: each story on SQLite and on PostgreSQL, in front of a real
//! Kinesis API.

mod access;
mod audit;
mod break_glass;
mod campaign;
mod enforcement;
mod event_type;
mod faults;
mod finding;
mod grant;
mod identity;
mod impact;
mod matrix;
mod neighbours;
mod permission;
mod plan;
mod problem;
mod request;
mod review;
mod rules;
mod sighting;
mod stream;
mod subscription;
mod tidy;
mod token;

use fanner_client::Error;
use fanner_model::Problem;
use fanner_tests::Plane;
use reqwest::Method;

/// The problem that a call was refused with.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Problem {
    result.expect_err("it is refused").problem().expect("with a problem").clone()
}

/// A problem in one line: code, field and words.
fn line(problem: &Problem) -> String {
    format!("{} at {}: {}", problem.code, problem.field.as_deref().unwrap_or_default(), problem.detail)
}

/// Every method and address of the contract that the control plane serves.
async fn routes(plane: &Plane) -> Vec<(Method, String)> {
    let contract = plane.ask(Method::GET, "/openapi.json", None, None).await.body;
    let paths = contract["paths"].as_object().expect("a contract has paths");
    let methods = |path| paths[path].as_object().expect("a path has methods").keys();
    let routes = paths.keys().flat_map(|path| methods(path).map(move |method| (method.to_uppercase(), path.clone())));
    routes.map(|(method, path)| (method.parse().expect("a method"), path)).collect()
}
