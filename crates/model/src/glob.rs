//! Shell patterns as Python's `fnmatch` reads them: `*`, `?`, `[seq]`, `[!seq]` over the whole text; no braces, and `*` crosses dots
//! and slashes. Targets, SLS names, includes and requisites are all written in them.

/// A compiled shell pattern.
///
/// ```
/// let pattern = model::Glob::new("web[0-9]*.example.com");
/// assert!(pattern.matches("web01.example.com"));
/// assert!(!pattern.matches("db01.example.com"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    One(char),
    Any,
    Many,
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// Compiles a pattern; every text is one. A `[` that is never closed stands for itself.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let mut parts = Vec::with_capacity(pattern.len());
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            parts.push(match c {
                '*' if parts.last() == Some(&Part::Many) => continue,
                '*' => Part::Many,
                '?' => Part::Any,
                '[' => match set(rest.as_str()) {
                    Some((part, after)) => {
                        rest = after.chars();
                        part
                    }
                    None => Part::One('['),
                },
                c => Part::One(c),
            });
        }
        Self(parts)
    }

    /// Whether a text has a character that makes it more than a plain name.
    #[must_use]
    pub fn is_pattern(text: &str) -> bool {
        text.contains(['*', '?', '['])
    }

    /// Whether the whole text fits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        // The classic walk with one remembered star: linear in practice and never exponential.
        let mut parts = self.0.as_slice();
        let mut rest = text;
        let mut star: Option<(&[Part], &str)> = None;
        loop {
            let mut chars = rest.chars();
            match (parts.split_first(), chars.next()) {
                (Some((Part::Many, after)), _) => {
                    star = Some((after, rest));
                    parts = after;
                    continue;
                }
                (Some((part, after)), Some(c)) if part.takes(c) => {
                    parts = after;
                    rest = chars.as_str();
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            match star {
                Some((after, from)) if !from.is_empty() => {
                    let mut skipped = from.chars();
                    skipped.next();
                    rest = skipped.as_str();
                    star = Some((after, rest));
                    parts = after;
                }
                _ => return false,
            }
        }
    }
}

impl Part {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::One(own) => *own == c,
            Self::Any | Self::Many => true,
            Self::Set { negated, ranges } => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated,
        }
    }
}

/// What stands after a `[`, and what follows its `]`. A `]` in first place is a member.
fn set(text: &str) -> Option<(Part, &str)> {
    let (negated, body) = match text.strip_prefix('!') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let first = body.chars().next()?.len_utf8();
    let end = first + body.get(first..)?.find(']')?;
    let members: Vec<char> = body.get(..end)?.chars().collect();
    let mut ranges = Vec::new();
    let mut left = members.as_slice();
    while let Some((&from, after)) = left.split_first() {
        match after {
            ['-', to, more @ ..] => {
                ranges.push((from, *to));
                left = more;
            }
            _ => {
                ranges.push((from, from));
                left = after;
            }
        }
    }
    Some((Part::Set { negated, ranges }, body.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_fnmatch_does() {
        let id = "web01.prod.example.com";
        for yes in ["*", "web??.*", "web[0-9][0-9].*", "[wd]eb*", "*.*.*.*", "?*", "[]w]*", "[!]]eb*", "web01*com"] {
            assert!(Glob::new(yes).matches(id), "{yes}");
        }
        for no in ["", "web01", "web?.*", "web[!0-9]*", "WEB*", "web{01,02}*", "*.*.*.*.*", "web01.prod.example.com "] {
            assert!(!Glob::new(no).matches(id), "{no}");
        }
    }

    #[test]
    fn an_unclosed_bracket_is_a_character() {
        assert!(Glob::new("a[b").matches("a[b"));
        assert!(Glob::new("[").matches("["));
    }

    proptest! {
        #[test]
        fn any_two_texts_come_to_an_answer(pattern in "[*?\\[\\]!a-c-]{0,12}", text in "[a-c\\[\\]-]{0,12}") {
            let _ = Glob::new(&pattern).matches(&text);
        }

        #[test]
        fn a_plain_text_matches_itself_only(text in "[a-c.]{0,8}", other in "[a-c.]{0,8}") {
            prop_assert_eq!(Glob::new(&text).matches(&other), text == other);
        }
    }
}
