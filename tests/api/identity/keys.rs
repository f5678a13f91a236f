//! The keys of an issuer, which may be away and may change its keys.

use std::time::Duration;

use fanner_tests::Plane;
use serde_json::json;

use super::{Story, shown};

#[tokio::test]
async fn an_issuer_that_is_away_stops_nobody_whose_key_is_known() {
    let plane = Plane::on_sqlite().await;
    let story = Story::new(&plane).await;
    story.session(&story.token(json!({}))).await;
    story.issuer.set_away(true);
    plane.clock.advance(Duration::from_hours(23));
    story.session(&story.token(json!({}))).await;
    story.issuer.rotate("k2");
    let unknown = story.exchange(&story.token(json!({}))).await;
    assert_eq!(
        shown(&unknown),
        "503 unavailable: the token's issuer cannot be asked for its keys right now; try again"
    );
    story.issuer.set_away(false);
    assert_eq!(story.exchange(&story.token(json!({}))).await.status, 503, "it was asked a moment ago");
    plane.clock.advance(Duration::from_secs(61));
    story.session(&story.token(json!({}))).await;
}

#[tokio::test]
async fn keys_that_an_issuer_no_longer_publishes_open_nothing() {
    let plane = Plane::on_sqlite().await;
    let story = Story::new(&plane).await;
    let old = [story.token(json!({})), story.token(json!({})), story.token(json!({}))];
    story.session(&old[0]).await;
    story.issuer.rotate("k2");
    assert_eq!(story.exchange(&story.token(json!({}))).await.status, 401, "it was asked a moment ago");
    story.session(&old[1]).await;
    plane.clock.advance(Duration::from_secs(61));
    story.session(&story.token(json!({}))).await;
    assert_eq!(story.exchange(&old[2]).await.status, 401);
    for _ in 0..10 {
        story.exchange(&old[2]).await;
    }
    assert_eq!(story.issuer.asked(), 2, "keys that nobody has are asked for once a minute");
}
