//! Moments as users write them: two ways to write one moment are no difference.

use jiff::{SignedDuration, Timestamp};

use crate::plugin::field::Field;

/// How long before something ends those concerned are told.
const NOTICE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A moment as it was written `before`, if that is the same one.
pub(super) fn written(moment: Timestamp, before: Option<&str>) -> String {
    let same = before.filter(|before| before.parse::<Timestamp>().is_ok_and(|before| before == moment));
    same.map_or_else(|| moment.to_string(), str::to_owned)
}

/// Whether what ends at this moment ends soon.
pub(super) fn is_near(end: Timestamp, now: Timestamp) -> bool {
    now < end && end.duration_since(now) <= NOTICE
}

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the provider, which is where its user is")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// A moment that may have been written, if it was and is known.
pub(super) fn read(field: &Field<String>) -> Option<Timestamp> {
    field.known()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_stays_as_it_was_written() {
        let moment = "2027-01-31T00:00:00Z".parse().unwrap();
        assert_eq!(written(moment, Some("2027-01-31T01:00:00+01:00")), "2027-01-31T01:00:00+01:00");
        assert_eq!(written(moment, Some("2027-02-01T00:00:00Z")), "2027-01-31T00:00:00Z");
        assert_eq!(written(moment, None), "2027-01-31T00:00:00Z");
    }

    #[test]
    fn what_ends_within_two_weeks_is_near_and_what_has_ended_is_not() {
        let day = |number: i64| Timestamp::from_second(number * 86_400).unwrap();
        assert_eq!([14, 15, 28, 29].map(|end| is_near(day(end), day(14))), [false, true, true, false]);
    }
}
