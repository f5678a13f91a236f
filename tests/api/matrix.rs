//! Who may call what, on whose things: every route of the contract, with every kind of caller. Read the golden file as
//! security would: it is the whole of what each of them can do.

use std::time::Duration;

use fanner_client::Precondition;
use fanner_model::{
    AccessRequest, BreakGlassId, CampaignId, Comment, EventTypeSpec, GrantId, PermissionId, QuarantineId,
    RequestStatus, Role, Scope, Secret, SubscriptionId, TokenSpec,
};
use fanner_tests::{Plane, eventually, named, spec};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::routes;

/// Team `fraud` has streams and asks for events of team `payments`; team `growth` has nothing to do with either.
const CALLERS: [(&str, &str, Role); 7] = [
    ("consumer", "fraud", Role::Member),
    ("owner", "payments", Role::Member),
    ("stranger", "growth", Role::Member),
    ("fanner", "platform", Role::Fanner),
    ("platform", "platform", Role::Platform),
    ("security", "security", Role::Security),
    ("auditor", "audit", Role::Auditor),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_caller_may_do_just_what_it_is_for() {
    let plane = Plane::on_sqlite().await;
    let world = World::new(&plane).await;
    let names = CALLERS.map(|(name, ..)| format!("{name:9}")).join("");
    let mut matrix = vec![format!("{:42}{names}", "")];
    let mut routes = routes(&plane).await;
    routes.sort_by(|(one, a), (other, b)| (a, one.as_str()).cmp(&(b, other.as_str())));
    for (method, path) in routes {
        let mut cells = Vec::new();
        for (_, _, token) in &world.callers {
            let thing = world.thing(&path).await;
            let address = address(&path, &thing);
            let answer = plane.ask(method.clone(), &address, Some(token), body(&path, &thing).as_ref()).await;
            cells.push(format!("{:9}", cell(answer.status)));
        }
        matrix.push(format!("{:7}{path:35}{}", method.as_str(), cells.join("")).trim_end().to_owned());
    }
    insta::assert_snapshot!(matrix.join("\n"));
}

/// How an answer reads: done, refused, or kept from the caller's sight.
fn cell(status: u16) -> String {
    match status {
        200..300 => "yes".into(),
        403 => "-".into(),
        404 => "unseen".into(),
        other => other.to_string(),
    }
}

struct World<'p> {
    plane: &'p Plane,
    callers: Vec<(&'static str, &'static str, Secret)>,
    /// A moment that is still to come.
    until: Timestamp,
}

/// Something to call a route on: how it is called, and for what.
struct Thing {
    key: String,
    stream: String,
    event: String,
    grant: Option<GrantId>,
    /// A moment that is still to come.
    until: Timestamp,
}

impl<'p> World<'p> {
    async fn new(plane: &'p Plane) -> Self {
        let auditor = plane.token("audit", Role::Auditor).await;
        eventually("a checkpoint", async || {
            plane.clock.advance(Duration::from_secs(61));
            plane.client(&auditor).audit_checkpoint().await.ok()
        })
        .await;
        let mut callers = Vec::new();
        for (name, team, role) in CALLERS {
            callers.push((name, team, plane.token(team, role).await));
        }
        let cleared = spec(json!({"clearance": "restricted"}));
        plane.platform().await.put_team(&named("fraud"), &cleared, Precondition::None).await.expect("the platform may");
        Self { plane, callers, until: plane.clock.now() + Duration::from_secs(3_600) }
    }

    /// A new thing of the kind that the route is about, so that no call finds what another has left.
    async fn thing(&self, path: &str) -> Thing {
        let unique = uuid::Uuid::now_v7().simple().to_string();
        let (stream, event) = (format!("s-{unique}"), format!("e_{unique}"));
        let key = match path.split('/').nth(2).unwrap_or_default() {
            "decisions" => self.asked(&stream, &event, "internal").await,
            _ if !path.contains('{') => String::new(),
            "campaigns" => return self.campaign(stream, event).await,
            "teams" if path.ends_with("/access") => "fraud".to_owned(),
            "streams" => self.stream(&stream, &[]).await,
            "event-types" => self.event_type(&event, "internal").await,
            "subscriptions" => self.subscription(&stream).await.to_string(),
            // It takes the owner and security, so that both have something to approve.
            "requests" => self.request(&stream, &event, "restricted", path.ends_with("/renewal")).await.id.to_string(),
            "grants" => self.grant(&stream, &event).await.to_string(),
            "permissions" => self.permission(&event).await.to_string(),
            "quarantines" => self.quarantine().await.to_string(),
            "break-glass" => self.break_glass(self.until).await.to_string(),
            "policies" => self.policy(&unique).await,
            "teams" => self.team(&format!("t-{unique}")).await,
            "tokens" => self.token().await,
            kind => panic!("say here what a thing of `{kind}` is, so that its routes get a row"),
        };
        Thing { key, stream, event, grant: None, until: self.until }
    }

    async fn asked(&self, stream: &str, event: &str, classification: &str) -> String {
        self.event_type(event, classification).await;
        self.stream(stream, &[event]).await
    }

    async fn campaign(&self, stream: String, event: String) -> Thing {
        let (id, grant) = (CampaignId::random(), self.grant(&stream, &event).await);
        let security = self.plane.client(&self.plane.token("security", Role::Security).await);
        security.open_campaign(id, &spec(campaign(&event))).await.expect("security may");
        Thing { key: id.to_string(), stream, event, grant: Some(grant), until: self.until }
    }

    async fn stream(&self, name: &str, events: &[&str]) -> String {
        let asked = spec(json!({"shard_count": 1, "purpose": "fraud-detection", "events": events}));
        let made = self.plane.member("fraud").await.put_stream(&named(name), &asked, Precondition::Absent).await;
        made.expect("the stream is accepted").name.to_string()
    }

    async fn event_type(&self, name: &str, classification: &str) -> String {
        let declared: EventTypeSpec = spec(json!({"classification": classification, "purposes": ["fraud-detection"]}));
        let made =
            self.plane.member("payments").await.put_event_type(&named(name), &declared, Precondition::Absent).await;
        made.expect("it is declared").name.to_string()
    }

    async fn subscription(&self, stream: &str) -> SubscriptionId {
        self.stream(stream, &[]).await;
        let id = SubscriptionId::random();
        let asked = spec(json!({"stream": stream, "events": []}));
        self.plane.member("fraud").await.put_subscription(id, &asked, Precondition::Absent).await.expect("it is made");
        id
    }

    async fn request(&self, stream: &str, event: &str, classification: &str, closed: bool) -> AccessRequest {
        self.asked(stream, event, classification).await;
        let (fraud, payments) = (self.plane.member("fraud").await, self.plane.member("payments").await);
        let request = eventually("the request", async || {
            let pending = payments.requests(None, true).await.expect("a list").items;
            pending.into_iter().find(|request| request.event.as_str() == event)
        })
        .await;
        if closed {
            fraud.withdraw(request.id).await.expect("its team may");
        }
        request
    }

    async fn grant(&self, stream: &str, event: &str) -> GrantId {
        let request = self.request(stream, event, "internal", false).await;
        let approved = self.plane.member("payments").await.approve(request.id, &Comment::default()).await;
        match approved.expect("the owner may").status {
            RequestStatus::Approved { grant, .. } => grant,
            other => panic!("{other:?}"),
        }
    }

    async fn permission(&self, event: &str) -> PermissionId {
        self.event_type(event, "internal").await;
        let id = PermissionId::random();
        let asked = spec(permission(event));
        self.plane.member("payments").await.put_permission(id, &asked).await.expect("the owner may");
        id
    }

    async fn quarantine(&self) -> QuarantineId {
        let id = QuarantineId::random();
        let security = self.plane.client(&self.plane.token("security", Role::Security).await);
        security.put_quarantine(id, &spec(quarantine())).await.expect("security may");
        id
    }

    async fn break_glass(&self, until: Timestamp) -> BreakGlassId {
        let id = BreakGlassId::random();
        let security = self.plane.client(&self.plane.token("security", Role::Security).await);
        security.put_break_glass(id, &spec(break_glass(until))).await.expect("security may");
        id
    }

    async fn policy(&self, unique: &str) -> String {
        let security = self.plane.client(&self.plane.token("security", Role::Security).await);
        let name = format!("p-{unique}");
        security.put_policy(&named(&name), &spec(policy(&name)), Precondition::Absent).await.expect("security may");
        name
    }

    async fn team(&self, name: &str) -> String {
        let platform = self.plane.platform().await;
        platform.put_team(&named(name), &spec(json!({})), Precondition::Absent).await.expect("the platform may");
        name.to_owned()
    }

    async fn token(&self) -> String {
        let asked = TokenSpec { team: named("fraud"), role: Role::Member, scope: Scope::Full, expires_at: None };
        self.plane.platform().await.issue_token(&asked).await.expect("the platform may").token.id.to_string()
    }
}

/// The route's address for a thing, with the parameters that it cannot do without.
fn address(path: &str, thing: &Thing) -> String {
    let path = path.replace("{name}", &thing.key).replace("{id}", &thing.key);
    match path.as_str() {
        "/v1/rules" => format!("{path}?worker=w"),
        "/v1/audit/proof" => format!("{path}?entry=0"),
        "/v1/decisions/explain" => format!("{path}?stream={}&event={}", thing.stream, thing.event),
        _ => path,
    }
}

/// A body that the route takes.
fn body(path: &str, thing: &Thing) -> Option<Value> {
    let body = match path.split('/').nth(2).unwrap_or_default() {
        "streams" => json!({"shard_count": 1, "retention_hours": 48}),
        "subscriptions" => json!({"stream": thing.stream, "events": []}),
        "plan" => json!({"stream": {"name": "s", "spec": {}}}),
        "tokens" => json!({"team": "fraud"}),
        "sightings" => json!({"events": []}),
        "deliveries" => json!({"deliveries": []}),
        "campaigns" if path.ends_with("/answers") => {
            json!({"right": {"grant": thing.grant}, "verdict": "attest", "reason": "needed"})
        }
        "campaigns" => campaign(&thing.event),
        "sessions" => json!({"token": "fnr_wrong"}),
        "policies" if path.ends_with("/impact") => json!({}),
        "policies" => policy(&thing.key),
        "permissions" => permission(&thing.event),
        "quarantines" => quarantine(),
        "break-glass" => break_glass(thing.until),
        _ if path.ends_with("/rejection") || path.ends_with("/revocation") => json!({"reason": "no"}),
        _ => json!({}),
    };
    Some(body)
}

fn policy(id: &str) -> Value {
    let scope = r#"principal, action == Fanner::Action::"Receive", resource == Fanner::EventType::"nothing""#;
    json!({ "text": format!("@id(\"{id}\") forbid ({scope});") })
}

fn permission(event: &str) -> Value {
    json!({"team": "fraud", "events": {"event": event}, "expires_at": "2100-01-01T00:00:00Z"})
}

fn campaign(event: &str) -> Value {
    json!({"title": "a review", "scope": {"event": event}, "due_at": "2100-01-01T00:00:00Z"})
}

fn quarantine() -> Value {
    json!({"who": {"team": "nobody"}, "events": {"event": "thing"}, "reason": "an incident"})
}

fn break_glass(until: Timestamp) -> Value {
    json!({"arn": "arn:aws:iam::123456789012:role/sre", "reason": "an incident", "expires_at": until})
}
