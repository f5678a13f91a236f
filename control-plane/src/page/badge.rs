//! The state of a thing in a word or two, with a colour for those who see it.

use askama::Template;
use askama::filters::HtmlSafe;
use fanner_model::{
    AccessStatus, BreakGlass, Conclusion, Fanner, GesVerdict, Grant, Obedience, Phase, RequestStatus,
    SubscriptionStatus,
};
use jiff::Timestamp;

/// A word, and how much it should worry its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(source = r#"<span class="badge {{ mood }}">{{ word }}</span>"#, ext = "html")]
pub(super) struct Badge {
    mood: &'static str,
    word: &'static str,
}

/// Its template escapes what is in it.
impl HtmlSafe for Badge {}

const fn good(word: &'static str) -> Badge {
    Badge { mood: "good", word }
}

const fn open(word: &'static str) -> Badge {
    Badge { mood: "open", word }
}

const fn bad(word: &'static str) -> Badge {
    Badge { mood: "bad", word }
}

const fn over(word: &'static str) -> Badge {
    Badge { mood: "over", word }
}

/// What has a state.
pub(super) trait Stated {
    fn badge(&self) -> Badge;
}

impl Stated for AccessStatus {
    fn badge(&self) -> Badge {
        match self {
            Self::Active => good("active"),
            Self::Pending => open("pending"),
            Self::Denied => bad("denied"),
        }
    }
}

impl Stated for RequestStatus {
    fn badge(&self) -> Badge {
        match self {
            Self::Pending => open("pending"),
            Self::Approved { .. } => good("approved"),
            Self::Rejected { .. } => bad("rejected"),
            Self::Withdrawn { .. } => over("withdrawn"),
        }
    }
}

impl Stated for Phase {
    fn badge(&self) -> Badge {
        match self {
            Self::Creating => open("creating"),
            Self::Active => good("active"),
            Self::Updating => open("updating"),
            Self::Missing => bad("missing"),
            Self::Failed => bad("failed"),
            Self::Deleting => over("deleting"),
        }
    }
}

impl Stated for SubscriptionStatus {
    fn badge(&self) -> Badge {
        match self {
            Self::Active => good("active"),
            Self::Expired => over("expired"),
        }
    }
}

impl Stated for Conclusion {
    fn badge(&self) -> Badge {
        match self {
            Self::Bypassed => bad("bypassed"),
            Self::Unknown => open("unknown"),
            Self::Clean => good("clean"),
        }
    }
}

impl Stated for GesVerdict {
    fn badge(&self) -> Badge {
        match self {
            Self::Bypass => bad("bypass"),
            Self::OneLock => open("one lock"),
            Self::BreakGlass { .. } => over("break-glass"),
            Self::Fanner => good("fanner"),
        }
    }
}

impl Stated for Obedience {
    fn badge(&self) -> Badge {
        match self {
            Self::Waiting { .. } => open("on its way"),
            Self::Complete { .. } => good("in force"),
        }
    }
}

/// The state of a fanner at `now`.
pub(super) fn of_fanner(fanner: &Fanner, now: &Timestamp) -> Badge {
    if fanner.is_live(*now) { good("live") } else { bad("silent") }
}

/// The state of an acknowledgement at `now`.
pub(super) fn of_break_glass(known: &BreakGlass, now: &Timestamp) -> Badge {
    if known.is_live(*now) { good("counts") } else { over("over") }
}

/// The state of a grant at `now`.
pub(super) fn of_grant(grant: &Grant, now: &Timestamp) -> Badge {
    match &grant.revoked {
        Some(_) => bad("revoked"),
        None if grant.is_live(*now) => good("live"),
        None => over("ended"),
    }
}
