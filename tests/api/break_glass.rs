//! Acknowledging ways around the fanner: by security alone, with a reason and an end, and on record.

use std::time::Duration;

use fanner_client::Client;
use fanner_model::{BreakGlassId, BreakGlassSpec, Code, Role};
use fanner_tests::{Plane, named, on_both_databases};
use serde_json::json;

use crate::{line, refusal};

const DAY: Duration = Duration::from_secs(24 * 3_600);

on_both_databases! {
    async fn security_acknowledges_and_takes_back_and_both_are_on_record(plane: Plane) {
        let security = security(&plane).await;
        let (id, spec) = (BreakGlassId::random(), spec(&plane, DAY));
        let made = security.put_break_glass(id, &spec).await.expect("security may");
        assert_eq!((made.id, &made.spec), (id, &spec));
        assert_eq!(security.put_break_glass(id, &spec).await.expect("it is the same"), made);
        assert_eq!(security.break_glasses(None).await.expect("a list").items, [made]);
        security.end_break_glass(id).await.expect("security may");
        assert_eq!(security.break_glasses(None).await.expect("a list").items, []);
        assert_eq!(refusal(security.break_glass(id).await).code, Code::NotFound);
        assert_eq!(refusal(security.put_break_glass(id, &spec).await).code, Code::AlreadyExists);
        let entries = security.audit_entries(None).await.expect("the log").items;
        let told = entries.iter().filter_map(|entry| entry.text.as_deref()).filter(|text| text.contains("break-glass"));
        let told: Vec<_> = told.map(|text| (text.contains("\"create\""), text.contains("INC-4711"))).collect();
        assert_eq!(told, [(true, true), (false, false)]);
    }

    async fn what_was_acknowledged_is_never_changed(plane: Plane) {
        let security = security(&plane).await;
        let (id, once) = (BreakGlassId::random(), spec(&plane, DAY));
        security.put_break_glass(id, &once).await.expect("security may");
        let longer = BreakGlassSpec { expires_at: plane.clock.now() + 2 * DAY, ..once };
        let problem = refusal(security.put_break_glass(id, &longer).await);
        assert!(line(&problem).ends_with("says something else and is never changed; end it and make another"), "{problem}");
    }

    async fn nobody_but_security_acknowledges(plane: Plane) {
        let spec = spec(&plane, DAY);
        for role in [Role::Member, Role::Platform, Role::Auditor, Role::Fanner] {
            let other = plane.client(&plane.token("fraud", role).await);
            assert_eq!(refusal(other.put_break_glass(BreakGlassId::random(), &spec).await).code, Code::Forbidden);
            assert_eq!(refusal(other.end_break_glass(BreakGlassId::random()).await).code, Code::Forbidden);
        }
    }

    async fn an_acknowledgement_needs_an_end_that_is_neither_past_nor_far(plane: Plane) {
        let security = security(&plane).await;
        let over = BreakGlassSpec { expires_at: plane.clock.now() - DAY, ..spec(&plane, DAY) };
        let problem = refusal(security.put_break_glass(BreakGlassId::random(), &over).await);
        assert_eq!((problem.code, problem.field.as_deref()), (Code::InvalidField, Some("expires_at")));
        let far = spec(&plane, 91 * DAY);
        let problem = refusal(security.put_break_glass(BreakGlassId::random(), &far).await);
        assert!(problem.detail.ends_with("is more than 90 days ahead; acknowledge it for less, and again if it is still needed"));
    }

    async fn an_acknowledgement_names_a_thing_of_aws_and_why(plane: Plane) {
        let (token, end) = (plane.token("security", Role::Security).await, plane.clock.now() + DAY);
        let path = format!("/v1/break-glass/{}", BreakGlassId::random());
        for (arn, reason, field) in [("*", "why", "arn"), ("arn:aws:iam::123456789012:role/a", " ", "reason")] {
            let body = json!({"arn": arn, "reason": reason, "expires_at": end});
            let answer = plane.ask(reqwest::Method::PUT, &path, Some(&token), Some(&body)).await;
            assert_eq!((answer.status, answer.body["field"].as_str()), (422, Some(field)), "{answer:?}");
        }
    }
}

async fn security(plane: &Plane) -> Client {
    plane.client(&plane.token("security", Role::Security).await)
}

fn spec(plane: &Plane, lasts: Duration) -> BreakGlassSpec {
    let arn = named("arn:aws:iam::123456789012:role/oncall");
    BreakGlassSpec { arn, reason: "INC-4711".into(), expires_at: plane.clock.now() + lasts }
}
