//! What the provider costs: a plan of one resource beside Terraform's own `terraform_data`, in turns, and a plan of a
//! thousand streams in which nothing changes.

#![expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use fanner_tests::{Workspace, World};

const ROUNDS: usize = 15;
const STREAMS: usize = 1_000;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let world = World::new().await;
        one_resource(&world);
        many_streams(&world).await;
    });
}

/// Both plans in turns, so that whatever else the machine does hits both.
fn one_resource(world: &World) {
    let (ours, floor) = (Workspace::new(world), Workspace::new(world));
    ours.write("resource \"fanner_stream\" \"one\" {\n  name = \"one\"\n}\n").apply();
    fs::write(floor.path().join("main.tf"), "resource \"terraform_data\" \"one\" {\n  input = \"one\"\n}\n")
        .expect("the folder can be written");
    floor.apply();
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| (plan(&floor).wall, plan(&ours).wall)).collect();
    rounds.sort_by(|a, b| (a.1.as_secs_f64() / a.0.as_secs_f64()).total_cmp(&(b.1.as_secs_f64() / b.0.as_secs_f64())));
    let ratio = |(floor, ours): (Duration, Duration)| ours.as_secs_f64() / floor.as_secs_f64();
    let (floor, ours) = (median(rounds.iter().map(|round| round.0)), median(rounds.iter().map(|round| round.1)));
    println!("plan of one resource, {ROUNDS} rounds in turns");
    println!("  terraform_data {floor:>8.1?}   fanner_stream {ours:>8.1?}");
    println!(
        "  ratio {:.2} (least {:.2}, most {:.2})",
        ratio(rounds[ROUNDS / 2]),
        ratio(rounds[0]),
        ratio(rounds[ROUNDS - 1])
    );
}

async fn many_streams(world: &World) {
    let terraform = Workspace::new(world);
    terraform.write(&format!(
        "resource \"fanner_stream\" \"many\" {{\n  count       = {STREAMS}\n  name        = \"many-${{count.index}}\"\n  shard_count = 1\n}}\n"
    ));
    terraform.run(&["apply", "-auto-approve", "-no-color", "-parallelism=50"]).ok("apply");
    let before = requests(world).await;
    let cost = plan(&terraform);
    let after = requests(world).await;
    println!("plan of {STREAMS} streams in which nothing changes");
    println!(
        "  wall {:.1?}, provider: {:.2?} of CPU, {:.1} MiB at its peak",
        cost.wall,
        cost.cpu,
        cost.peak_bytes as f64 / 1_048_576.0
    );
    for (route, count) in &after {
        let made = count - before.get(route).copied().unwrap_or_default();
        if 0 < made {
            println!("  {made} requests: {route}");
        }
    }
}

/// What a plan took, and what its provider processes took of it.
struct Cost {
    wall: Duration,
    cpu: Duration,
    peak_bytes: u64,
}

fn plan(terraform: &Workspace) -> Cost {
    let mut command = terraform.command(&["plan", "-detailed-exitcode", "-input=false", "-no-color"]);
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("terraform can be started");
    let mut providers: BTreeMap<u32, (Duration, u64)> = BTreeMap::new();
    let status = loop {
        if let Some(status) = child.try_wait().expect("terraform can be waited for") {
            break status;
        }
        for process in children(child.id()).into_iter().filter(|process| is_provider(*process)) {
            providers.extend(usage(process).map(|usage| (process, usage)));
        }
        std::thread::yield_now();
    };
    assert!(status.success(), "the plan is not empty");
    let cpu = providers.values().map(|(cpu, _)| *cpu).sum();
    let peak_bytes = providers.values().map(|(_, peak)| *peak).max().unwrap_or_default();
    Cost { wall: started.elapsed(), cpu, peak_bytes }
}

/// The processes that a process has started.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Whether a process that Terraform has started runs the provider by now; until then its memory is still Terraform's.
fn is_provider(process: u32) -> bool {
    let program = fs::read_link(format!("/proc/{process}/exe")).unwrap_or_default();
    program.ends_with("terraform-provider-fanner")
}

/// CPU time and peak memory of a process so far; `None` once it is gone.
fn usage(process: u32) -> Option<(Duration, u64)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11..13)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak: u64 = peak.split_whitespace().next()?.parse().ok()?;
    Some((Duration::from_millis(ticks * 10), peak * 1024))
}

/// How many requests the control plane has answered, by method and route.
async fn requests(world: &World) -> BTreeMap<String, u64> {
    let text =
        reqwest::get(format!("{}/metrics", world.variable("FANNER_ENDPOINT"))).await.expect("metrics are served");
    let text = text.text().await.expect("metrics are text");
    let lines = text.lines().filter_map(|line| line.strip_prefix("fanner_requests_total")?.rsplit_once(' '));
    lines.filter_map(|(labels, count)| Some((labels.to_owned(), count.parse().ok()?))).collect()
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}
