//! A control plane as the provider sees it, over HTTP on loopback, with a Kinesis that does what a test wants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fanner_model::{
    Access, Caller, Change, Code, NewSession, Page, Phase, PlanAnswer, PlanRequest, Problem, Proof, Role, Scope,
    Secret, Seen, Stream, StreamId, StreamName, StreamSpec, StreamStatus,
};
use jiff::Timestamp;
use serde::Deserialize;

/// What becomes of streams in Kinesis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kinesis {
    #[default]
    Works,
    /// It makes no stream, and says so.
    Refuses,
    /// It makes the stream, but something that follows fails.
    FailsLater,
    /// It never comes to an end.
    Stalls,
}

/// What a test can look at and change.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) kinesis: Kinesis,
    pub(crate) streams: BTreeMap<StreamName, Stream>,
    /// Events that the team may not have, with the reason.
    pub(crate) denied: BTreeMap<String, String>,
    /// The idempotency key of the last write of each stream.
    pub(crate) keys: BTreeMap<StreamName, String>,
    /// How many answers to writes get lost from now on.
    pub(crate) lost_answers: u32,
    /// Every request, as method and path.
    pub(crate) requests: Vec<String>,
    /// What the last request presented.
    pub(crate) presented: Option<String>,
}

/// A running control plane.
#[derive(Clone, Default)]
pub(crate) struct ControlPlane(Arc<Mutex<World>>);

impl ControlPlane {
    /// Starts one; returns it with its address.
    pub(crate) async fn start() -> (Self, String) {
        let control_plane = Self::default();
        let routes = Router::new()
            .route("/v1/caller", get(caller))
            .route("/v1/sessions", post(begin_session))
            .route("/v1/plan", post(plan))
            .route("/v1/streams", get(list))
            .route("/v1/streams/{name}", get(read).put(write).delete(delete))
            .layer(from_fn_with_state(control_plane.clone(), lose))
            .layer(from_fn_with_state(control_plane.clone(), count))
            .with_state(control_plane.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (control_plane, address)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Changes what Kinesis says of a stream, behind everybody's back.
    pub(crate) fn change_seen(&self, name: &str, change: impl FnOnce(&mut Seen)) {
        let mut world = self.world();
        let stream = world.streams.get_mut(&name.parse::<StreamName>().unwrap()).unwrap();
        change(stream.status.seen.as_mut().unwrap());
    }
}

type Answer<T> = Result<Json<T>, Refusal>;

struct Refusal(Problem);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::from_u16(self.0.status).unwrap(), Json(self.0)).into_response()
    }
}

async fn count(State(control_plane): State<ControlPlane>, request: Request, next: Next) -> Response {
    let presented = request.headers().get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    control_plane.world().requests.push(format!("{} {}", request.method(), request.uri().path()));
    control_plane.world().presented = presented;
    next.run(request).await
}

/// A proxy in between, which does what is asked and loses the answer.
async fn lose(State(control_plane): State<ControlPlane>, request: Request, next: Next) -> Response {
    let is_write = request.method() == Method::PUT;
    let answer = next.run(request).await;
    let mut world = control_plane.world();
    if !is_write || world.lost_answers == 0 {
        return answer;
    }
    world.lost_answers -= 1;
    StatusCode::BAD_GATEWAY.into_response()
}

async fn caller() -> Json<Caller> {
    let id = "token:1".parse().unwrap();
    Json(Caller { id, team: "fraud".parse().unwrap(), role: Role::Member, scope: Scope::Full })
}

/// Believes everybody who presents something.
async fn begin_session(Json(proof): Json<Proof>) -> Json<NewSession> {
    let (Proof::Token(proof) | Proof::Aws(proof)) = proof;
    let secret = Secret::new(format!("fns_for_{}", proof.expose()));
    let (caller, team) = ("workload:ci:fraud".parse().unwrap(), "fraud".parse().unwrap());
    Json(NewSession { secret, caller, team, role: Role::Member, scope: Scope::Full, expires_at: Timestamp::MAX })
}

async fn list(State(control_plane): State<ControlPlane>, Query(page): Query<PageQuery>) -> Json<Page<Stream>> {
    let world = control_plane.world();
    let after = page.after.unwrap_or_default();
    let mut items: Vec<_> =
        world.streams.values().filter(|each| each.name.as_str() > after.as_str()).cloned().collect();
    let is_more = page.limit < items.len();
    items.truncate(page.limit);
    let next = is_more.then(|| items.last().unwrap().name.to_string());
    Json(Page { items, next })
}

#[derive(Deserialize)]
struct PageQuery {
    after: Option<String>,
    limit: usize,
}

async fn read(
    State(control_plane): State<ControlPlane>,
    Path(name): Path<StreamName>,
    Query(query): Query<ReadQuery>,
) -> Answer<Stream> {
    let found = control_plane.find(&name)?;
    let settles = found.is_ready() || found.status.phase == Phase::Failed;
    if !settles {
        tokio::time::sleep(Duration::from_secs(query.wait.unwrap_or_default())).await;
    }
    control_plane.find(&name).map(Json)
}

#[derive(Deserialize)]
struct ReadQuery {
    wait: Option<u64>,
}

async fn write(
    State(control_plane): State<ControlPlane>,
    Path(name): Path<StreamName>,
    headers: HeaderMap,
    Json(spec): Json<StreamSpec>,
) -> Answer<Stream> {
    let before = control_plane.find(&name).ok();
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    let mut world = control_plane.world();
    let is_guarded = headers.contains_key(header::IF_NONE_MATCH) || headers.contains_key(header::IF_MATCH);
    match before {
        Some(made) if is_guarded && world.keys.get(&name) == Some(&key) => return Ok(Json(made)),
        Some(_) if headers.contains_key(header::IF_NONE_MATCH) => {
            return Err(Refusal(Problem::new(Code::AlreadyExists, format!("stream `{name}` exists already"))));
        }
        _ if headers.contains_key(header::IF_MATCH) => {
            return Err(Refusal(Problem::new(Code::Stale, format!("stream `{name}` is not that one"))));
        }
        _ => {}
    }
    world.keys.insert(name.clone(), key);
    let stream = reconciled(world.kinesis, wanted(name.clone(), spec, before));
    world.streams.insert(name, stream.clone());
    Ok(Json(stream))
}

async fn delete(State(control_plane): State<ControlPlane>, Path(name): Path<StreamName>) -> StatusCode {
    control_plane.world().streams.remove(&name);
    StatusCode::NO_CONTENT
}

async fn plan(State(control_plane): State<ControlPlane>, Json(request): Json<PlanRequest>) -> Json<PlanAnswer> {
    let world = control_plane.world();
    let PlanRequest::Stream { spec, .. } = request else { panic!("only streams are planned here") };
    let access = spec.events.into_iter().map(|event| match world.denied.get(event.as_str()) {
        Some(reason) => (event, Access::denied(reason)),
        None => (event, Access::active("it is public")),
    });
    Json(PlanAnswer { change: Change::Create, access: access.collect(), problems: vec![], steps: vec![] })
}

impl ControlPlane {
    fn find(&self, name: &StreamName) -> Result<Stream, Refusal> {
        let missing = || Refusal(Problem::new(Code::NotFound, format!("there is no stream `{name}`")));
        self.world().streams.get(name).cloned().ok_or_else(missing)
    }
}

fn wanted(name: StreamName, spec: StreamSpec, before: Option<Stream>) -> Stream {
    let now = Timestamp::UNIX_EPOCH;
    let access = spec.events.iter().map(|event| (event.clone(), Access::active("it is public")));
    Stream {
        id: before.as_ref().map_or_else(StreamId::random, |before| before.id),
        name,
        team: spec.team.clone().unwrap_or_else(|| "fraud".parse().unwrap()),
        generation: before.as_ref().map_or(1, |before| before.generation + 1),
        created_at: now,
        updated_at: now,
        access: access.collect(),
        status: before.map(|before| before.status).unwrap_or_default(),
        spec,
    }
}

/// What becomes of the stream, all at once.
fn reconciled(kinesis: Kinesis, mut stream: Stream) -> Stream {
    let failed = |reason: &str| (Phase::Failed, Some(reason.to_owned()));
    let (phase, reason) = match kinesis {
        Kinesis::Works => (Phase::Active, None),
        Kinesis::Refuses => failed("the account may have no more shards"),
        Kinesis::FailsLater => failed("the KMS key is disabled"),
        Kinesis::Stalls => (Phase::Creating, None),
    };
    let seen = match kinesis {
        Kinesis::Works | Kinesis::FailsLater => Some(seen(&stream)),
        Kinesis::Refuses | Kinesis::Stalls => stream.status.seen.take(),
    };
    let observed_generation = if phase == Phase::Active { stream.generation } else { 0 };
    stream.status = StreamStatus { phase, reason, observed_generation, seen };
    stream
}

fn seen(stream: &Stream) -> Seen {
    Seen {
        reader_role: None,
        observed_at: Timestamp::UNIX_EPOCH,
        arn: format!("arn:aws:kinesis:eu-west-1:123456789012:stream/{}", stream.name),
        on_demand: stream.spec.shard_count.is_none(),
        open_shard_count: stream.spec.shard_count.map_or(4, |count| count.get()),
        retention_hours: stream.spec.retention_hours.get(),
        kms_key: None,
        tags: stream.spec.tags.clone().into(),
        readers: Default::default(),
    }
}
