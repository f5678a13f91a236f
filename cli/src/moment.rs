//! Moments, as people write and read them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Now, by the clock of this machine.
#[expect(clippy::disallowed_methods, reason = "a command runs once, and its clock is the machine's")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A moment to the second, in UTC.
pub(crate) fn shown(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// Reads a moment, or a day as its first moment in UTC.
pub(crate) fn parsed(text: &str) -> Result<Timestamp, String> {
    let of_day = |day: Date| day.to_zoned(TimeZone::UTC).map(|first| first.timestamp());
    // A date is tried first and whole: jiff reads the date of a longer text, too.
    let day = text.len() == "2027-01-31".len();
    let read = if day { text.parse().and_then(of_day) } else { text.parse() };
    read.map_err(|_| format!("`{text}` is not a time; write it like `2027-01-31` or `2027-01-31T12:00:00Z`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_first_moment() {
        assert_eq!(parsed("2027-01-31").map(shown).as_deref(), Ok("2027-01-31T00:00:00Z"));
        assert_eq!(parsed("2027-01-31T12:00:00+01:00").map(shown).as_deref(), Ok("2027-01-31T11:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_refused_in_the_callers_words() {
        for text in ["soon", "2027-02-30", "2027-01-31T12:00:00"] {
            let right = "write it like `2027-01-31` or `2027-01-31T12:00:00Z`";
            assert_eq!(parsed(text).unwrap_err(), format!("`{text}` is not a time; {right}"));
        }
    }
}
