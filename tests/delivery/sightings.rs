//! What the fanner sees and nobody declared: the control plane hears of it, and gives the name to nobody who just asks.

use fanner_client::Precondition;
use fanner_model::{EventTypeSpec, Role};
use fanner_tests::{Plane, eventually, named};

use crate::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_seen_cannot_be_claimed_any_more() {
    let (bench, plane) = (Bench::new(1).await, Plane::on_sqlite().await);
    let mut config = bench.config();
    (config.control_plane, config.rules_keys) = (plane.endpoint(), vec![plane.rules_key()]);
    config.token = Some(plane.token("platform", Role::Fanner).await);
    let fanner = fanner::start(config).await.unwrap();
    bench.produce("salary_paid", 10).await;
    let platform = plane.platform().await;
    let seen = eventually("a sighting", async || platform.sightings(None).await.unwrap().items.pop()).await;
    assert_eq!(seen.name.as_str(), "salary_paid");
    let claimed = plane.member("fraud").await;
    let claimed = claimed.put_event_type(&named("salary_paid"), &EventTypeSpec::default(), Precondition::None).await;
    assert!(claimed.unwrap_err().to_string().contains("are on the Global Event Stream already"));
    fanner.stop().await.unwrap();
    plane.stop().await;
}
