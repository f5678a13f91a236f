//! The bypass report, in front of moto's IAM, Kinesis, KMS, Lambda and Firehose: what is planted in the account is found.

mod acknowledged;
mod found;
mod unread;

use fanner_client::Client;
use fanner_control_plane::Running;
use fanner_model::{BypassReport, GesVerdict, Role, Scope, TokenSpec};
use fanner_tests::named;

/// The API of a control plane, as a member of security.
async fn security(running: &Running) -> Client {
    let spec = TokenSpec { team: named("security"), role: Role::Security, scope: Scope::Full, expires_at: None };
    let token = running.issue_token(&spec).await.expect("a token is issued").secret;
    Client::new(&format!("http://{}", running.address()), Some(&token), "fanner-tests").expect("the endpoint is one")
}

/// Everybody but the fanner, each with what is said and with its ways: one a line, without what differs from run to run.
fn findings(report: &BypassReport) -> String {
    let mut lines = vec![format!("{:?}", report.conclusion)];
    for reader in report.readers.iter().filter(|reader| reader.verdict != GesVerdict::Fanner) {
        let verdict = match &reader.verdict {
            GesVerdict::BreakGlass { reason, .. } => format!("BreakGlass ({reason})"),
            verdict => format!("{verdict:?}"),
        };
        lines.push(format!("{verdict} {}", short(&reader.who)));
        for edge in &reader.edges {
            let by: Vec<_> = edge.by.iter().map(|by| format!("{}, statement {}", by.policy, by.statement)).collect();
            lines.push(format!("  {} on {} by {}", edge.action, short(&edge.resource), short(&by.join(" and "))));
        }
    }
    lines.extend(report.unread.iter().map(|unread| format!("unread {}: {}", unread.what, unread.why)));
    lines.join("\n")
}

/// ARNs without region and account.
fn short(text: &str) -> String {
    text.replace(":us-east-1:123456789012:", ":").replace("::123456789012:", ":").replace("arn:aws:", "")
}
