//! A network that loses what is said: everything is made once, and what somebody else made is left alone.

use std::process::Stdio;
use std::sync::Arc;

use fanner_client::Precondition;
use fanner_model::Classification;
use fanner_tests::{Run, Workspace, World, eventually, named, spec};
use parking_lot::Mutex;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::interrupt::interrupt;

const STREAM: &str = "resource \"fanner_stream\" \"s\" {\n  name        = \"fraud-signals\"\n  shard_count = 1\n}\n";
const POLICY: &str = r#"
resource "fanner_policy" "cards" {
  name = "cards"
  text = <<-EOT
    @id("cards.none")
    forbid (principal, action == Fanner::Action::"Receive", resource == Fanner::EventType::"card_swiped");
  EOT
}
"#;
const ACCESS: &str = r#"
resource "fanner_team" "t" {
  name = "fraud"
}
resource "fanner_grant" "g" {
  team       = "fraud"
  owned_by   = "payments"
  expires_at = "2099-01-31T00:00:00Z"
}
resource "fanner_quarantine" "q" {
  team       = "growth"
  everything = true
  reason     = "INC-4711"
}
"#;
const EVENT_TYPE: &str = "resource \"fanner_event_type\" \"e\" {\n  name = \"card_swiped\"\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_made_once_though_answers_get_lost() {
    let (world, proxy, terraform) = behind_a_proxy().await;
    proxy.set(Loss::Answers(6));
    let all = "resource \"fanner_subscription\" \"more\" {\n  stream = fanner_stream.s.name\n  events = [fanner_event_type.e.id]\n}\n";
    terraform.write(&[STREAM, EVENT_TYPE, all].concat()).apply();
    terraform.plan_is_empty();
    assert_eq!(proxy.seen("PUT /v1/streams/fraud-signals"), 7);
    assert_eq!(world.platform().subscriptions(None).await.unwrap().items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_decides_about_access_is_made_once_though_answers_get_lost() {
    let (world, proxy, terraform) = behind_a_proxy().await;
    let security = terraform.and("FANNER_TOKEN", world.variable("FANNER_SECURITY_TOKEN"));
    proxy.set(Loss::Answers(6));
    security.write(&[POLICY, ACCESS].concat()).apply();
    security.plan_is_empty();
    let made = world.security();
    assert_eq!(made.permissions(None).await.unwrap().items.len(), 1);
    assert_eq!(made.quarantines(None).await.unwrap().items.len(), 1);
    assert_eq!(made.team(&named("fraud")).await.unwrap().version, 1);
    assert_eq!(made.policy(&named("cards")).await.unwrap().version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_policy_is_neither_forgotten_nor_taken_out_of_force() {
    let (world, proxy, terraform) = behind_a_proxy().await;
    let security = terraform.and("FANNER_TOKEN", world.variable("FANNER_SECURITY_TOKEN"));
    proxy.set(Loss::Answers(u32::MAX));
    let mut command = security.write(POLICY).command(&["apply", "-auto-approve", "-no-color"]);
    let apply = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("the policy", async || world.security().policy(&named("cards")).await.ok()).await;
    interrupt(&apply);
    let text = Run::from(apply.wait_with_output().unwrap()).text;
    assert!(text.contains("It is not known whether policy `cards` was made"), "{text}");

    proxy.set(Loss::Nothing);
    security.apply();
    security.plan_is_empty();
    assert_eq!(world.security().policy(&named("cards")).await.unwrap().version, 1, "it was in force all along");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_somebody_else_made_is_not_taken_over() {
    let (world, proxy, terraform) = behind_a_proxy().await;
    let theirs = somebody_else_makes_it(&world).await;
    proxy.set(Loss::Answers(6));
    let refused = terraform.write(STREAM).apply_fails();
    assert!(refused.contains("import"), "{refused}");
    assert!(terraform.attributes("fanner_stream.s").is_null());
    assert_eq!(world.platform().stream(&named("fraud-signals")).await.unwrap().id, theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_creation_was_never_answered_is_found_by_the_next_plan() {
    let (world, proxy, terraform) = behind_a_proxy().await;
    proxy.set(Loss::Answers(u32::MAX));
    let run = terraform.write(&impatient()).apply();
    assert!(run.text.contains("did not answer within 1s"), "{}", run.text);
    assert!(terraform.attributes("fanner_stream.s")["id"].is_null());

    proxy.set(Loss::Nothing);
    terraform.apply();
    terraform.plan_is_empty();
    let made = world.platform().stream(&named("fraud-signals")).await.unwrap();
    assert_eq!(terraform.attributes("fanner_stream.s")["id"], made.id.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_arrived_is_not_mistaken_for_somebody_elses() {
    let (world, proxy, terraform) = behind_a_proxy().await;
    proxy.set(Loss::Requests);
    terraform.write(&impatient()).apply();
    proxy.set(Loss::Nothing);
    let theirs = somebody_else_makes_it(&world).await;

    assert_eq!(terraform.planned_changes(), ["fanner_stream.s: create"]);
    let refused = terraform.run(&["apply", "-auto-approve", "-no-color", "-refresh=false"]).failed("apply");
    assert!(refused.contains("import"), "{refused}");
    terraform.run(&["destroy", "-auto-approve", "-no-color", "-refresh=false"]).ok("destroy");
    assert_eq!(world.platform().stream(&named("fraud-signals")).await.unwrap().id, theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_declaration_does_not_cost_somebody_elses_event_type() {
    let (world, proxy, terraform) = behind_a_proxy().await;
    proxy.set(Loss::Requests);
    let mut command = terraform.write(EVENT_TYPE).command(&["apply", "-auto-approve", "-no-color"]);
    let apply = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let put = "PUT /v1/event-types/card_swiped";
    eventually("the declaration", async || (0 < proxy.seen(put)).then_some(())).await;
    interrupt(&apply);
    let text = Run::from(apply.wait_with_output().unwrap()).failed("apply");
    assert!(text.contains("interrupted before the control plane answered"), "{text}");

    proxy.set(Loss::Nothing);
    world.declare("platform", Classification::Public, &["card_swiped"]).await;
    assert_eq!(terraform.planned_changes(), ["fanner_event_type.e: create"]);
    terraform.run(&["destroy", "-auto-approve", "-no-color", "-refresh=false"]).ok("destroy");
    assert!(world.platform().event_type(&named("card_swiped")).await.is_ok());
}

/// What a proxy loses of each thing that is written through it.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Nothing,
    /// The first answers.
    Answers(u32),
    /// Every request.
    Requests,
}

/// Stands between the provider and the control plane.
#[derive(Clone)]
struct Proxy(Arc<Mutex<(Loss, Vec<String>)>>);

impl Proxy {
    async fn start(upstream: String) -> (Self, String) {
        let proxy = Self(Arc::new(Mutex::new((Loss::Nothing, Vec::new()))));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it listens"));
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&upstream).await.expect("the control plane is there");
                tokio::spawn(accepting.clone().carry(client, server));
            }
        });
        (proxy, address)
    }

    /// What is lost from now on.
    fn set(&self, loss: Loss) {
        self.0.lock().0 = loss;
    }

    /// How often this was asked for.
    fn seen(&self, request: &str) -> usize {
        self.0.lock().1.iter().filter(|seen| *seen == request).count()
    }

    /// Carries requests there and answers back, one after the other, until something is lost or nobody asks any more.
    async fn carry(self, mut client: TcpStream, mut server: TcpStream) -> std::io::Result<()> {
        let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        let mut loses = false;
        loop {
            tokio::select! {
                size = client.read(&mut asked) => match size? {
                    0 => return Ok(()),
                    size => match self.fate(&asked[..size]) {
                        Fate::NeverArrives => return Ok(()),
                        fate => {
                            loses = fate == Fate::LosesAnswer;
                            server.write_all(&asked[..size]).await?;
                        }
                    },
                },
                size = server.read(&mut answered) => match size? {
                    0 => return Ok(()),
                    _ if loses => return Ok(()),
                    size => client.write_all(&answered[..size]).await?,
                },
            }
        }
    }

    /// What becomes of a request that begins like this.
    fn fate(&self, request: &[u8]) -> Fate {
        let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
        let line = line.trim_end_matches(" HTTP/1.1").to_owned();
        let (loss, seen) = &mut *self.0.lock();
        let before = seen.iter().filter(|request| **request == line).count();
        seen.push(line.clone());
        match loss {
            Loss::Requests if line.starts_with("PUT ") => Fate::NeverArrives,
            Loss::Answers(count) if line.starts_with("PUT ") && before < *count as usize => Fate::LosesAnswer,
            _ => Fate::Arrives,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    LosesAnswer,
    NeverArrives,
}

async fn behind_a_proxy() -> (World, Proxy, Workspace) {
    let world = World::new().await;
    let upstream = world.variable("FANNER_ENDPOINT").trim_start_matches("http://").to_owned();
    let (proxy, address) = Proxy::start(upstream).await;
    let terraform = Workspace::new(&world).and("FANNER_ENDPOINT", &address);
    (world, proxy, terraform)
}

/// A stream of the name in question; its id.
async fn somebody_else_makes_it(world: &World) -> fanner_model::StreamId {
    let theirs = spec(json!({ "shard_count": 1 }));
    let made = world.platform().put_stream(&named("fraud-signals"), &theirs, Precondition::Absent).await;
    made.expect("the name is free").id
}

fn impatient() -> String {
    STREAM.replace("\n}", "\n  timeouts    = { create = \"1s\" }\n}")
}
