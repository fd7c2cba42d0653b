//! Words that are shown must not hold what was given in confidence.

/// A text with user and password taken out of every address in it: `https://bob:pw@host/x` is shown as `https://<redacted>@host/x`.
#[must_use]
pub fn scrubbed(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let end = after.find(|letter: char| letter.is_whitespace() || "/'\"`,;".contains(letter)).unwrap_or(after.len());
        let (place, more) = after.split_at(end);
        match place.rsplit_once('@') {
            // A name alone is no secret: `ssh://git@host`.
            Some((account, server)) if account.contains(':') => {
                shown.push_str("<redacted>@");
                shown.push_str(server);
            }
            Some(_) | None => shown.push_str(place),
        }
        rest = more;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_leave_addresses_and_nothing_else_does() {
        let said = "`pip install --index-url https://bob:s3@cret@pypi.example.org/simple x` failed: http://a/b ssh://git@host/x";
        let expected = "`pip install --index-url https://<redacted>@pypi.example.org/simple x` failed: http://a/b ssh://git@host/x";
        assert_eq!(scrubbed(said), expected);
        assert_eq!(scrubbed("nothing here"), "nothing here");
    }
}
