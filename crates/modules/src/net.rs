//! Addresses of other machines.

/// An address without the password it may have: it is not for comments and lists.
#[must_use]
pub fn without_password(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let (place, path) = rest.split_once('/').map_or((rest, None), |(place, path)| (place, Some(path)));
    match place.rsplit_once('@') {
        Some((_, server)) if scheme.starts_with("http") || scheme == "ftp" => {
            format!("{scheme}://<redacted>@{server}{}", path.map(|path| format!("/{path}")).unwrap_or_default())
        }
        Some(_) | None => uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(without_password("https://bob:secret@example.org/x"), "https://<redacted>@example.org/x");
        assert_eq!(without_password("https://example.org/a@b"), "https://example.org/a@b");
        assert_eq!(without_password("ssh://git@example.org/x"), "ssh://git@example.org/x");
    }
}
