//! What security acknowledges: it counts from then on, until its end, and only security says so.

use std::time::Duration;

use fanner_model::{BreakGlassId, BreakGlassSpec, BypassReport, GesVerdict};
use fanner_tests::account::{Account, GES, meant};
use fanner_tests::{Plane, named, on_both_databases};

use crate::{findings, security};

const ONCALL: &str = "arn:aws:iam::123456789012:role/oncall";

on_both_databases! {
    async fn what_is_acknowledged_is_break_glass_until_its_end(plane: Plane) {
        let account = Account::clean().await;
        account.role("oncall", "ec2.amazonaws.com").await;
        account.allow("oncall", "read", &["kinesis:GetRecords"], GES).await;
        let running = plane.watching(account.aws(), meant()).await;
        let security = security(&running).await;
        assert_eq!(verdict(&security.take_bypass_report().await.expect("it is taken")), Some(GesVerdict::Bypass));

        let until = plane.clock.now() + Duration::from_secs(3_600);
        let (id, reason) = (BreakGlassId::random(), "INC-4711".to_owned());
        let spec = BreakGlassSpec { arn: named(ONCALL), reason: reason.clone(), expires_at: until };
        security.put_break_glass(id, &spec).await.expect("security may");
        let known = security.bypass_report().await.expect("it was taken");
        assert_eq!(verdict(&known), Some(GesVerdict::BreakGlass { id, reason, until }));
        assert!(findings(&known).starts_with("Clean\nBreakGlass (INC-4711)"), "{}", findings(&known));

        plane.clock.advance(Duration::from_secs(3_601));
        let over = security.bypass_report().await.expect("it was taken");
        assert_eq!((verdict(&over), over.taken_at), (Some(GesVerdict::Bypass), known.taken_at));
    }

    async fn a_report_is_taken_without_anybody_asking_and_says_when(plane: Plane) {
        let account = Account::clean().await;
        let before = plane.clock.now();
        let running = plane.watching(account.aws(), meant()).await;
        let security = security(&running).await;
        let report = fanner_tests::eventually("the report", async || security.bypass_report().await.ok()).await;
        assert!(before <= report.taken_at && report.taken_at <= plane.clock.now());
        assert_eq!(report.stream.as_str(), GES);
    }
}

fn verdict(report: &BypassReport) -> Option<GesVerdict> {
    report.readers.iter().find(|reader| reader.who == ONCALL).map(|reader| reader.verdict.clone())
}
