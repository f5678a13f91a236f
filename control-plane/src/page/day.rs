//! The last day of something, as people give it: the day is covered to its end, in UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// The end of the last day.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct LastDay(pub(super) Timestamp);

impl TryFrom<String> for LastDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let day: Option<Date> = text.trim().parse().ok();
        let next = day.and_then(|day| day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok());
        let end = next.map(|next| Self(next.timestamp()));
        end.ok_or_else(|| format!("`{text}` is no day that could be the last; write it like `2027-02-28`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_day_is_covered_to_its_end() {
        let end = |day: &str| LastDay::try_from(day.to_owned()).map(|LastDay(end)| end.to_string());
        assert_eq!(end("2027-02-28").unwrap(), "2027-03-01T00:00:00Z");
        let refused = "`tomorrow` is no day that could be the last; write it like `2027-02-28`";
        assert_eq!(end("tomorrow").unwrap_err(), refused);
        assert!(end("9999-12-31").is_err());
    }
}
