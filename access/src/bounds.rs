//! How deep a policy may go. Cedar follows conditions by recursion, so a deep enough one would end the process instead of failing.

/// The most brackets that may be open at once.
const DEEPEST: usize = 32;

/// The most operators, `.` and `if` that one policy may have: each can be one level more.
const MOST: usize = 500;

/// The most `if` of one policy. They nest without brackets, and each is as deep as several brackets.
const MOST_IFS: usize = 32;

/// Checks a document before Cedar reads it.
///
/// # Errors
/// The byte at which it goes too far, and how far it may go.
pub(crate) fn check(text: &str) -> Result<(), (usize, String)> {
    let (mut open, mut operators, mut ifs) = (0_usize, 0, 0);
    for (offset, token) in tokens(text) {
        match token {
            Token::Open => open += 1,
            Token::Close => open = open.saturating_sub(1),
            Token::Operator => operators += 1,
            Token::If => ifs += 1,
            Token::End => (operators, ifs) = (0, 0),
        }
        let problem = match () {
            () if DEEPEST < open => format!("brackets are too deep here; use at most {DEEPEST} levels"),
            () if MOST < operators => {
                format!("the policy has too many operators; use at most {MOST}, or several policies")
            }
            () if MOST_IFS < ifs => {
                format!("the policy has too many `if`; use at most {MOST_IFS}, or several policies")
            }
            () => continue,
        };
        return Err((offset, problem));
    }
    Ok(())
}

/// What can lead deeper, and what ends a policy.
enum Token {
    Open,
    Close,
    Operator,
    If,
    End,
}

/// The tokens that matter here, outside of texts and comments.
fn tokens(text: &str) -> impl Iterator<Item = (usize, Token)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let here = at;
            at += skipped(&bytes[here..]);
            let token = match bytes[here] {
                b'(' | b'[' | b'{' => Token::Open,
                b')' | b']' | b'}' => Token::Close,
                b';' => Token::End,
                b'&' | b'|' | b'+' | b'-' | b'*' | b'.' | b'!' => Token::Operator,
                b'i' if is_if(bytes, here) => Token::If,
                _ => continue,
            };
            return Some((here, token));
        }
        None
    })
}

/// How many bytes the text, comment or single byte at the start has.
fn skipped(rest: &[u8]) -> usize {
    match rest {
        [b'"', inside @ ..] => {
            let mut escaped = false;
            let end = inside.iter().position(|byte| {
                let ends = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        }
        [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
        _ => 1,
    }
}

/// Whether the word `if` starts here.
fn is_if(bytes: &[u8], at: usize) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    bytes[at..].starts_with(b"if") && !is_word(before) && !is_word(bytes.get(at + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_operators_and_ifs_are_bounded() {
        let nested = |levels| format!("{}{}", "(".repeat(levels), ")".repeat(levels));
        assert_eq!(check(&nested(32)), Ok(()));
        assert_eq!(check(&nested(33)).unwrap_err().0, 32);
        assert!(check(&"a.".repeat(501)).is_err());
        assert!(check(&"if a then ".repeat(33)).is_err());
        assert_eq!(check(&"a.b; if a then b else c; ".repeat(1_000)), Ok(()));
    }

    #[test]
    fn texts_comments_and_longer_words_do_not_count() {
        assert_eq!(check(&"\"((((\\\"((((\" // ((((((((\n".repeat(100)), Ok(()));
        assert_eq!(check(&"iffy gif _if ".repeat(100)), Ok(()));
    }
}
