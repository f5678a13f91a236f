//! A moment as people read it: the time, and how far away it is.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::{SignedDuration, Timestamp};

/// A moment, seen from another.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = r#"<time datetime="{{ at }}">{{ shown() }}</time> <span class="far">({{ distance }})</span>"#,
    ext = "html"
)]
pub(super) struct Moment {
    at: Timestamp,
    distance: Distance,
}

/// Its template escapes what is in it.
impl HtmlSafe for Moment {}

impl Moment {
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Self {
        Self { at, distance: Distance(at.duration_since(now)) }
    }

    fn shown(&self) -> String {
        self.at.strftime("%F %H:%M UTC").to_string()
    }
}

/// How far away a moment is: behind us if it is negative.
#[derive(Clone, Copy, Debug)]
struct Distance(SignedDuration);

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let far = self.0.abs();
        let (count, unit) = match far.as_secs() {
            0..60 => return f.write_str(if self.0.is_negative() { "a moment ago" } else { "in a moment" }),
            60..3_600 => (far.as_mins(), "minute"),
            3_600..172_800 => (far.as_hours(), "hour"),
            _ => (far.as_hours() / 24, "day"),
        };
        let plural = if count == 1 { "" } else { "s" };
        match self.0.is_negative() {
            true => write!(f, "{count} {unit}{plural} ago"),
            false => write!(f, "in {count} {unit}{plural}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_says_when_it_is_and_how_far_away() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let html = Moment::new(now + SignedDuration::from_hours(72), now).render().unwrap();
        assert_eq!(
            html,
            r#"<time datetime="2023-11-17T22:13:20Z">2023-11-17 22:13 UTC</time> <span class="far">(in 3 days)</span>"#
        );
    }

    #[test]
    fn distances_are_told_in_the_largest_unit_that_says_enough() {
        let told = |seconds| Distance(SignedDuration::from_secs(seconds)).to_string();
        assert_eq!(told(-1), "a moment ago");
        assert_eq!(told(59), "in a moment");
        assert_eq!(told(-60), "1 minute ago");
        assert_eq!(told(47 * 3600), "in 47 hours");
        assert_eq!(told(-180 * 86_400), "180 days ago");
    }
}
