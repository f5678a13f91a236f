//! Reading the log.

use clap::Args;
use fanner_audit::{Entry, Outcome};
use fanner_client::Client;
use fanner_model::AuditRecord;

use crate::failure::Failure;
use crate::moment::shown;
use crate::output::{Output, Shown};

/// Which entries are listed.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Only entries after this number
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// How many entries at most
    #[arg(long, value_name = "NUMBER", default_value_t = 500)]
    limit: usize,
}

impl Log {
    pub(crate) async fn run(self, client: &Client, output: Output) -> Result<String, Failure> {
        let (mut entries, mut after) = (Vec::new(), self.after);
        while entries.len() < self.limit {
            let page = client.audit_entries(after).await?;
            after = page.items.last().map(|record| record.seq);
            entries.extend(page.items.iter().filter_map(entry));
            if page.next.is_none() {
                break;
            }
        }
        entries.truncate(self.limit);
        Ok(output.list(&entries))
    }
}

/// The entry at a place, if it can be read; whether all can be is for `audit verify` to say.
fn entry(record: &AuditRecord) -> Option<Entry> {
    Entry::parse(record.text.as_deref()?).ok()
}

impl Shown for Entry {
    const HEAD: &[&str] = &["entry", "at", "who", "did", "to", "outcome", "reason"];

    fn row(&self) -> Vec<String> {
        vec![
            self.seq.to_string(),
            shown(self.at),
            self.actor.to_string(),
            self.action.to_string(),
            self.subject.to_string(),
            match self.outcome {
                Outcome::Allowed => "allowed",
                Outcome::Refused => "refused",
            }
            .to_owned(),
            self.reason.clone().unwrap_or_default(),
        ]
    }
}
