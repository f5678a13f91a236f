//! Which event types are declared: nobody receives an event of another, and a mistyped name would never be noticed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context;
use fanner_client::Client;
use fanner_model::{EventName, Secret};
use tracing::warn;

use crate::config::read_token;

/// The control plane that knows what is declared.
#[derive(Clone, Debug, clap::Args)]
pub struct ControlPlaneArgs {
    /// The control plane's address; without it, names are not checked
    #[arg(long, env = "FANNER_ENDPOINT", value_name = "URL")]
    pub control_plane: Option<String>,
    /// A file with a token for it [env, for the token itself: FANNER_TOKEN]
    #[arg(long, env = "FANNER_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Publishes events that nobody declared, too
    #[arg(long)]
    pub undeclared: bool,
}

/// The names that may be published.
#[derive(Debug)]
pub(super) enum Declared {
    /// Nobody was asked.
    Anything,
    These {
        names: BTreeSet<EventName>,
        /// What was said about others before; finding out what was meant takes time.
        refusals: RefCell<BTreeMap<EventName, String>>,
    },
}

impl Declared {
    /// Asks the control plane that `args` name, if they name one and names are to be checked.
    pub(super) async fn ask(args: &ControlPlaneArgs, token: Option<Secret>) -> anyhow::Result<Self> {
        if args.undeclared {
            return Ok(Self::Anything);
        }
        let Some(address) = &args.control_plane else {
            warn!("event names are not checked: no control plane is configured (`FANNER_ENDPOINT`)");
            return Ok(Self::Anything);
        };
        let token = read_token(args.token_file.as_deref(), token)?;
        let client = Client::new(address, token.as_ref(), concat!("fanner-publish/", env!("CARGO_PKG_VERSION")))?;
        let names = names(&client).await;
        let names = names.with_context(|| {
            format!("nothing was sent: `{address}` does not say which event types are declared (`--undeclared` does not ask)")
        })?;
        Ok(Self::These { names, refusals: RefCell::default() })
    }

    /// Why `event` may not be published, if it may not.
    pub(super) fn refusal(&self, event: &EventName) -> Option<String> {
        let Self::These { names, refusals } = self else { return None };
        if names.contains(event) {
            return None;
        }
        let mut refusals = refusals.borrow_mut();
        Some(refusals.entry(event.clone()).or_insert_with(|| refusal(event, names)).clone())
    }
}

fn refusal(event: &EventName, names: &BTreeSet<EventName>) -> String {
    match event.meant(names) {
        Some(name) => format!("event `{event}` is not declared; did you mean `{name}`?"),
        None => format!("event `{event}` is not declared; declare it as an event type, or say `--undeclared`"),
    }
}

async fn names(client: &Client) -> Result<BTreeSet<EventName>, fanner_client::Error> {
    let mut names = BTreeSet::new();
    let mut after: Option<String> = None;
    loop {
        let page = client.event_types(after.as_deref()).await?;
        names.extend(page.items.into_iter().map(|event_type| event_type.name));
        after = page.next;
        if after.is_none() {
            return Ok(names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_declared_is_refused_with_what_may_be_meant() {
        let names = ["card_swiped", "account_opened"].map(name).into();
        let declared = Declared::These { names, refusals: RefCell::default() };
        assert_eq!(declared.refusal(&name("card_swiped")), None);
        assert_eq!(
            declared.refusal(&name("card_swipped")).unwrap(),
            "event `card_swipped` is not declared; did you mean `card_swiped`?"
        );
        assert_eq!(
            declared.refusal(&name("salary_paid")).unwrap(),
            "event `salary_paid` is not declared; declare it as an event type, or say `--undeclared`"
        );
        assert_eq!(Declared::Anything.refusal(&name("salary_paid")), None);
    }

    fn name(text: &str) -> EventName {
        text.parse().unwrap()
    }
}
