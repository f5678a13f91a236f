//! The patterns of IAM: `*` stands for any characters, `?` for one, and `${…}` for a value that is known only at a request.

use crate::truth::Truth;

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    One(String),
    /// Any thing whose ARN begins so.
    Below(String),
}

/// Whether a pattern of resources takes in what a request is about. It takes in only some of what is below an ARN: perhaps.
pub(crate) fn takes_in(pattern: &str, target: &Target) -> Truth {
    if pattern.contains("${") {
        let truth = takes_in(&opened(pattern), target);
        return truth.and(Truth::only_if(format!("the variables in `{pattern}` have such values")));
    }
    match target {
        Target::One(text) => Truth::is(matches(pattern, text)),
        // What is below an ARN has no further parts that a star in front of its last one could reach over.
        Target::Below(start) => match (parts(pattern), parts(start)) {
            (Some((pattern, resource)), Some((start, below))) => {
                let others = pattern.iter().zip(start).map(|(pattern, part)| Truth::is(matches(pattern, part)));
                Truth::all(others).and(goes_below(resource, below))
            }
            (Some(_), None) | (None, _) => goes_below(pattern, start),
        },
    }
}

/// Whether a pattern takes in what begins so.
fn goes_below(pattern: &str, start: &str) -> Truth {
    let (pattern, places) = (chars(pattern), reached(pattern, start));
    let is_open = |place: &usize| pattern[*place..].iter().all(|&c| c == '*') && *place < pattern.len();
    match places.iter().any(is_open) {
        true => Truth::Yes,
        false if places.is_empty() => Truth::No,
        false => Truth::Maybe([].into()),
    }
}

/// An ARN's last part, which names the resource, and those before it.
fn parts(arn: &str) -> Option<([&str; 5], &str)> {
    match arn.splitn(6, ':').collect::<Vec<_>>()[..] {
        [arn, partition, service, region, account, resource] => {
            Some(([arn, partition, service, region, account], resource))
        }
        _ => None,
    }
}

/// Whether a pattern matches the whole of a text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    // Most patterns are about something else, which their beginning tells.
    let literal = pattern.split(['*', '?']).next().unwrap_or_default();
    text.starts_with(literal) && reached(pattern, text).contains(&pattern.chars().count())
}

/// The places of a pattern at which one may be after reading a text. All are followed at once, so that no pattern is slow.
fn reached(pattern: &str, text: &str) -> Vec<usize> {
    let pattern = chars(pattern);
    let mut places = settled(&pattern, [0]);
    for read in text.chars() {
        let next = places.into_iter().filter_map(|place| match pattern.get(place) {
            Some('*') => Some(place),
            Some(&c) if c == '?' || c == read => Some(place + 1),
            Some(_) | None => None,
        });
        places = settled(&pattern, next);
    }
    places
}

/// The same places, and those behind the stars at them, in order.
fn settled(pattern: &[char], places: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut settled = Vec::new();
    for mut place in places {
        while settled.last().is_none_or(|&last| last < place) {
            settled.push(place);
            place += usize::from(pattern.get(place) == Some(&'*'));
        }
    }
    settled
}

/// A pattern with a star for each variable.
fn opened(pattern: &str) -> String {
    let mut opened = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        opened.push_str(before);
        opened.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    opened + rest
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_variable_may_have_any_value() {
        let one = |text: &str| Target::One(text.into());
        assert_eq!(takes_in("stream/${aws:username}-*", &one("topic/a-b")), Truth::No);
        let condition = "the variables in `stream/${aws:username}-*` have such values".to_owned();
        assert_eq!(takes_in("stream/${aws:username}-*", &one("stream/a-b")), Truth::only_if(condition));
    }

    #[test]
    fn what_is_below_an_arn_is_taken_in_wholly_partly_or_not() {
        let below = Target::Below("stream/ges/consumer/".into());
        for pattern in ["*", "stream/*", "stream/ges/consumer/*", "stream/ges/*/**"] {
            assert_eq!(takes_in(pattern, &below), Truth::Yes, "{pattern}");
        }
        for pattern in ["stream/ges/consumer/a:*", "stream/ges*:1", "*?"] {
            assert_eq!(takes_in(pattern, &below), Truth::Maybe([].into()), "{pattern}");
        }
        for pattern in ["stream/ges", "stream/other/*", "stream/ges/consume?"] {
            assert_eq!(takes_in(pattern, &below), Truth::No, "{pattern}");
        }
    }

    #[test]
    fn a_star_before_the_last_part_of_an_arn_does_not_reach_into_it() {
        let below = Target::Below("arn:aws:kinesis:eu-west-1:123456789012:stream/ges/consumer/".into());
        assert_eq!(takes_in("arn:aws:kinesis:*:*:stream/other-*", &below), Truth::No);
        assert_eq!(takes_in("arn:aws:kinesis:*:*:stream/g*", &below), Truth::Yes);
        assert_eq!(takes_in("arn:aws:kinesis:*:*:*/consumer/a:1", &below), Truth::Maybe([].into()));
        assert_eq!(takes_in("arn:aws:kinesis:*", &below), Truth::Yes);
    }

    proptest! {
        #[test]
        fn a_pattern_matches_what_a_naive_matcher_matches(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            prop_assert_eq!(matches(&pattern, &text), naive(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn what_is_below_is_told_as_longer_texts_match(pattern in "[ab*?]{0,5}", start in "[ab]{0,3}") {
            // No pattern of five characters tells texts apart that differ only after these.
            let longer: Vec<_> = texts(6).iter().map(|rest| matches(&pattern, &format!("{start}{rest}"))).collect();
            match takes_in(&pattern, &Target::Below(start)) {
                Truth::Yes => prop_assert!(longer.iter().all(|&matches| matches)),
                Truth::Maybe(_) => prop_assert!(longer.iter().any(|&matches| matches)),
                Truth::No => prop_assert!(!longer.iter().any(|&matches| matches)),
            }
        }
    }

    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) if naive(rest, text) => true,
            (['*', ..], [_, after @ ..]) => naive(pattern, after),
            ([p, rest @ ..], [t, after @ ..]) => (*p == '?' || p == t) && naive(rest, after),
            _ => false,
        }
    }

    /// All texts of `a`, `b` and a letter that no pattern has, up to a length.
    fn texts(longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last.iter().flat_map(|text| ["a", "b", "x"].map(|c| format!("{text}{c}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }
}
