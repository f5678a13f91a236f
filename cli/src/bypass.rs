//! Who can read the Global Event Stream without the fanner, and which of them security acknowledges.

use clap::Subcommand;
use fanner_client::Client;
use fanner_model::{
    Allowance, Arn, BreakGlass, BreakGlassId, BreakGlassSpec, BypassReport, Conclusion, Edge, GesReader, GesVerdict,
    Unread,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::failure::Failure;
use crate::moment::{self, shown};
use crate::output::{Output, Shown, joined, json};
use crate::paging::all;

#[derive(Debug, Subcommand)]
pub(crate) enum BypassCommand {
    /// Tells who can read the Global Event Stream, and by which statement of which policy
    Report {
        /// Look at the account now, which takes minutes if it is large
        #[arg(long)]
        now: bool,
    },
    /// Tells whether nobody but the fanner, and who is acknowledged, can read it; exits with 1 if somebody can or nobody knows
    Check {
        /// Look at the account now, which takes minutes if it is large
        #[arg(long)]
        now: bool,
    },
    /// Lists the ways around the fanner that are acknowledged as break-glass
    Acknowledged,
    /// Acknowledges that somebody has a way around the fanner
    Acknowledge {
        /// Who: a role, a user, a function, a delivery stream or a consumer
        arn: Arn,
        /// Why, in words that an auditor will read
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Until when, at most 90 days, such as `2027-01-31`
        #[arg(long, value_name = "TIME", value_parser = moment::parsed)]
        until: Timestamp,
    },
    /// Takes an acknowledgement back
    Retract { id: BreakGlassId },
}

pub(crate) async fn run(command: BypassCommand, client: &Client, output: Output) -> Result<String, Failure> {
    match command {
        BypassCommand::Report { now } => Ok(told(&taken(client, now).await?, output)),
        BypassCommand::Check { now } => checked(&taken(client, now).await?),
        BypassCommand::Acknowledged => Ok(output.list(&all(async |after| client.break_glasses(after).await).await?)),
        BypassCommand::Acknowledge { arn, reason, until } => {
            let spec = BreakGlassSpec { arn, reason, expires_at: until };
            Ok(output.one(&client.put_break_glass(BreakGlassId::random(), &spec).await?))
        }
        BypassCommand::Retract { id } => {
            client.end_break_glass(id).await?;
            Ok(format!("break-glass {id} is taken back\n"))
        }
    }
}

async fn taken(client: &Client, now: bool) -> Result<BypassReport, Failure> {
    Ok(if now { client.take_bypass_report().await? } else { client.bypass_report().await? })
}

fn told(report: &BypassReport, output: Output) -> String {
    match output {
        Output::Json => json(report),
        Output::Table => {
            let ways: Vec<_> = report.readers.iter().flat_map(Way::all).collect();
            let ways = if ways.is_empty() { String::new() } else { format!("\n{}", output.list(&ways)) };
            let unread =
                if report.unread.is_empty() { String::new() } else { format!("\n{}", output.list(&report.unread)) };
            format!("{}\n{ways}{unread}", summary(report))
        }
    }
}

fn checked(report: &BypassReport) -> Result<String, Failure> {
    match report.conclusion {
        Conclusion::Clean => Ok(format!("{}\n", summary(report))),
        Conclusion::Bypassed | Conclusion::Unknown => Err(Failure::No(summary(report))),
    }
}

fn summary(report: &BypassReport) -> String {
    let BypassReport { stream, taken_at, conclusion, readers, unread } = report;
    let bypassing = readers.iter().filter(|reader| reader.verdict == GesVerdict::Bypass).count();
    let conclusion = match conclusion {
        Conclusion::Bypassed => format!("{bypassing} can read it without the fanner"),
        Conclusion::Unknown => {
            format!("nobody was found who reads it without the fanner, but {} could not be read", unread.len())
        }
        Conclusion::Clean => "nobody can read it but the fanner and who is acknowledged".to_owned(),
    };
    format!("{stream} at {}: {conclusion}", shown(*taken_at))
}

/// A line of the report.
#[derive(Serialize)]
struct Way {
    who: String,
    verdict: GesVerdict,
    edge: Edge,
}

impl Way {
    fn all(GesReader { who, verdict, edges }: &GesReader) -> impl Iterator<Item = Self> {
        edges.iter().map(|edge| Self { who: who.clone(), verdict: verdict.clone(), edge: edge.clone() })
    }
}

impl Shown for Way {
    const HEAD: &[&str] = &["verdict", "who", "may", "on", "by", "and so"];

    fn row(&self) -> Vec<String> {
        let Self { who, verdict, edge } = self;
        vec![
            said(verdict),
            who.clone(),
            edge.action.clone(),
            edge.resource.clone(),
            joined(edge.by.iter().map(allowance)),
            edge.effect.clone(),
        ]
    }
}

fn said(verdict: &GesVerdict) -> String {
    match verdict {
        GesVerdict::Bypass => "BYPASS".to_owned(),
        GesVerdict::OneLock => "one lock".to_owned(),
        GesVerdict::BreakGlass { id: _, reason, until } => format!("break-glass until {}: {reason}", shown(*until)),
        GesVerdict::Fanner => "fanner".to_owned(),
    }
}

fn allowance(Allowance { policy, statement, only_if }: &Allowance) -> String {
    let only_if: Vec<_> = only_if.iter().map(|condition| format!(", only if {condition}")).collect();
    format!("{policy}, statement `{statement}`{}", only_if.concat())
}

impl Shown for Unread {
    const HEAD: &[&str] = &["not read", "why"];

    fn row(&self) -> Vec<String> {
        vec![self.what.clone(), self.why.clone()]
    }
}

impl Shown for BreakGlass {
    const HEAD: &[&str] = &["id", "who", "until", "by", "reason"];

    fn row(&self) -> Vec<String> {
        let BreakGlassSpec { arn, reason, expires_at } = &self.spec;
        vec![self.id.to_string(), arn.to_string(), shown(*expires_at), self.created_by.to_string(), reason.clone()]
    }
}

#[cfg(test)]
mod tests {
    use fanner_model::{Lock, Reach};

    use super::*;

    #[test]
    fn a_report_says_who_by_which_statement_and_what_was_not_read() {
        let words = told(&report(), Output::Table).split_whitespace().collect::<Vec<_>>().join(" ");
        let (stream, role) = (STREAM, "arn:aws:iam::123456789012:role/debug");
        let condition = "only if `aws:SourceIp` IpAddress `10.0.0.0/8`";
        assert_eq!(
            words,
            format!(
                "{stream} at 1970-01-01T00:00:00Z: 1 can read it without the fanner verdict who may on by and so \
                 BYPASS {role} kinesis:GetRecords {stream} inline policy `debug`, statement `1`, {condition} reads the records \
                 not read why the consumers access denied"
            )
        );
    }

    #[test]
    fn only_a_clean_report_passes_the_check() {
        assert!(checked(&report()).is_err());
        let unknown = BypassReport { readers: Vec::new(), conclusion: Conclusion::Unknown, ..report() };
        let words = "nobody was found who reads it without the fanner, but 1 could not be read";
        assert_eq!(checked(&unknown).unwrap_err().to_string(), format!("{STREAM} at 1970-01-01T00:00:00Z: {words}"));
        let clean = BypassReport { unread: Vec::new(), conclusion: Conclusion::Clean, ..unknown };
        assert!(checked(&clean).is_ok());
    }

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/ges";

    fn report() -> BypassReport {
        let by = Allowance {
            policy: "inline policy `debug`".into(),
            statement: "1".into(),
            only_if: ["`aws:SourceIp` IpAddress `10.0.0.0/8`".to_owned()].into(),
        };
        let edge = Edge {
            lock: Lock::Stream,
            reach: Reach::Open,
            action: "kinesis:GetRecords".into(),
            resource: STREAM.into(),
            effect: "reads the records".into(),
            by: [by].into(),
        };
        let who = "arn:aws:iam::123456789012:role/debug".to_owned();
        BypassReport {
            stream: edge.resource.parse().unwrap(),
            taken_at: Timestamp::UNIX_EPOCH,
            conclusion: Conclusion::Bypassed,
            readers: vec![GesReader { who, verdict: GesVerdict::Bypass, edges: [edge].into() }],
            unread: vec![Unread { what: "the consumers".into(), why: "access denied".into() }],
        }
    }
}
