//! What can never be delivered: kept with its reason while there is room, and left in the Global Event Stream while there is
//! none. Everybody else is served all the same.

use std::collections::BTreeSet;
use std::fs::{self, File};

use fanner::{Budget, Config, Kept, Tuning};
use fanner_tests::eventually;

use crate::bench::{Bench, GES};
use crate::oracle::Verdict;
use crate::restart::logging_to;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_an_event_is_kept_aside_with_its_bytes_and_its_reason() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 5).await;
    bench.produce_rubbish(b"\xff\xff rubbish").await;
    bench.produce("card_swiped", 5).await;
    bench.complete("fraud", &["card_swiped"]).await;
    fanner.stop().await.unwrap();
    let kept = kept(&bench);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].reason, "the record is not a `fanner.v1.Envelope`");
    assert_eq!(kept[0].data, "//8gcnViYmlzaA==");
    assert_eq!(bench.verdict("fraud", &["card_swiped"]).await, Verdict::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_too_large_for_one_stream_is_kept_aside_for_it_and_all_others_arrive() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped", "photo_taken"]).await;
    bench.allow_large_records(GES).await;
    bench.produce("card_swiped", 10).await;
    bench.produce_large("photo_taken", 1 << 20).await;
    bench.produce("card_swiped", 10).await;
    let fanner = bench.fanner().await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    let refused = eventually("it to be kept aside", async || kept(&bench).pop()).await;
    assert_eq!((refused.stream.unwrap().as_str(), refused.key.split('/').next()), ("fraud", Some("photo_taken")));
    fanner.stop().await.unwrap();
    let fanner = bench.fanner().await;
    bench.produce("card_swiped", 1).await;
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    fanner.stop().await.unwrap();
    assert_eq!(kept(&bench).len(), 1, "it counts as done");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_no_room_waits_and_everybody_else_is_served() {
    let bench = Bench::new(2).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    let fanner = fanner::start(with_room_for(&bench, 0)).await.unwrap();
    for number in 0..20 {
        bench.produce("card_swiped", 50).await;
        bench.produce_rubbish(&[0xff, number]).await;
    }
    assert_eq!(bench.complete("fraud", &["card_swiped"]).await, Verdict::default());
    let ready = reqwest::get(format!("http://{}/readyz", fanner.address())).await.unwrap();
    assert_eq!(ready.status(), 200);
    assert!(ready.text().await.unwrap().starts_with("ok, but records cannot be kept aside: "));
    assert_eq!(gauge(&fanner, "fanner_aside_full").await, Some(1.0));
    fanner.stop().await.unwrap();
    assert_eq!(kept(&bench), []);

    let fanner = bench.fanner().await;
    eventually("all to be kept aside", async || (kept(&bench).len() == 20).then_some(())).await;
    fanner.stop().await.unwrap();
    assert_eq!(kept(&bench).iter().map(|kept| &kept.data).collect::<BTreeSet<_>>().len(), 20);
    assert_eq!(bench.verdict("fraud", &["card_swiped"]).await, Verdict::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_what_was_dealt_with_makes_room_for_what_waits() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    let fanner = fanner::start(with_room_for(&bench, 1_000)).await.unwrap();
    for number in 0..5 {
        bench.produce_rubbish(&[0xff, number]).await;
    }
    eventually("the folder to be full", async || {
        (gauge(&fanner, "fanner_aside_full").await == Some(1.0)).then_some(())
    })
    .await;
    let first = kept(&bench);
    assert!((1..5).contains(&first.len()), "{first:?}");
    for file in fs::read_dir(folder(&bench)).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    eventually("the rest to be kept", async || (kept(&bench).len() == 5 - first.len()).then_some(())).await;
    fanner.stop().await.unwrap();
    assert_eq!(first.iter().chain(&kept(&bench)).map(|kept| &kept.data).collect::<BTreeSet<_>>().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_refuses_a_record_waits_alone_while_there_is_no_room_for_it() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped", "photo_taken"]).await;
    bench.consumer("growth", &["card_swiped"]).await;
    bench.allow_large_records(GES).await;
    let fanner = fanner::start(with_room_for(&bench, 0)).await.unwrap();
    bench.produce_large("photo_taken", 1 << 20).await;
    bench.produce("card_swiped", 1_000).await;
    assert_eq!(bench.complete("growth", &["card_swiped"]).await, Verdict::default());
    eventually("`fraud` to break", async || {
        (gauge(&fanner, "fanner_stream_broken{stream=\"fraud\"}").await == Some(1.0)).then_some(())
    })
    .await;
    fanner.stop().await.unwrap();
    let fanner = bench.fanner().await;
    eventually("it to be kept aside", async || (kept(&bench).len() == 1).then_some(())).await;
    assert!(bench.complete("fraud", &["card_swiped"]).await.is_complete());
    fanner.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_full_of_rubbish_is_one_error_in_the_log() {
    let bench = Bench::new(1).await;
    bench.consumer("fraud", &["card_swiped"]).await;
    for number in 0..250u16 {
        bench.produce_rubbish(&[&[0xff], number.to_be_bytes().as_slice()].concat()).await;
    }
    let log = bench.folder.path().join("log");
    let mut fanner = logging_to(&bench, File::create(&log).unwrap());
    bench.produce("card_swiped", 5).await;
    bench.complete("fraud", &["card_swiped"]).await;
    assert!(fanner.terminate(), "the fanner stops well");
    let log = fs::read_to_string(log).unwrap();
    let loud: Vec<_> = log.lines().filter(|line| line.contains("ERROR") || line.contains("WARN")).collect();
    assert_eq!(loud.len(), 1, "{log}");
    assert!(loud[0].contains("ERROR") && loud[0].contains("nearly no record is an event any more"), "{log}");
    assert_eq!(kept(&bench).len(), 250);
}

/// A fanner that may keep so many bytes aside.
fn with_room_for(bench: &Bench, max_bytes: u64) -> Config {
    let usual = bench.config();
    let aside = Budget { max_bytes, reserve_bytes: 0 };
    Config { tuning: Tuning { aside, ..usual.tuning }, ..usual }
}

pub(crate) fn kept(bench: &Bench) -> Vec<Kept> {
    fanner::kept_in(&folder(bench)).unwrap().collect::<std::io::Result<_>>().unwrap()
}

fn folder(bench: &Bench) -> std::path::PathBuf {
    fanner::aside_dir(&bench.folder.path().join("state"))
}

async fn gauge(fanner: &fanner::Running, name: &str) -> Option<f64> {
    let metrics = reqwest::get(format!("http://{}/metrics", fanner.address())).await.unwrap().text().await.unwrap();
    let line = metrics.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}
