//! Comparing versions the way each packaging system does.

use std::cmp::Ordering;

/// Order of two Debian versions: epoch, then upstream part, then revision; `~` sorts before everything, even the end.
#[must_use]
pub fn debian(a: &str, b: &str) -> Ordering {
    let parts = |version: &str| -> (u64, String, String) {
        let (epoch, rest) = match version.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|c| c.is_ascii_digit()) => (epoch.parse().unwrap_or(0), rest),
            _ => (0, version),
        };
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        (epoch, upstream.to_owned(), revision.to_owned())
    };
    let (a, b) = (parts(a), parts(b));
    a.0.cmp(&b.0).then_with(|| debian_part(&a.1, &b.1)).then_with(|| debian_part(&a.2, &b.2))
}

fn debian_part(a: &str, b: &str) -> Ordering {
    // The tilde before the end of the text, letters before everything else.
    let weight = |c: Option<&u8>| match c {
        Some(b'~') => -1_i32,
        None => 0,
        Some(c) if c.is_ascii_alphabetic() => i32::from(*c),
        Some(c) => i32::from(*c) + 256,
    };
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        loop {
            let (x, y) = (a.first().filter(|c| !c.is_ascii_digit()), b.first().filter(|c| !c.is_ascii_digit()));
            if x.is_none() && y.is_none() {
                break;
            }
            match weight(x).cmp(&weight(y)) {
                Ordering::Equal => {
                    a = a.get(1..).unwrap_or_default();
                    b = b.get(1..).unwrap_or_default();
                }
                other => return other,
            }
        }
        if a.is_empty() && b.is_empty() {
            return Ordering::Equal;
        }
        let (x, rest_a) = digits(a);
        let (y, rest_b) = digits(b);
        match number(x, y) {
            Ordering::Equal => (a, b) = (rest_a, rest_b),
            other => return other,
        }
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|c| c.is_ascii_digit()).count())
}

/// Order of two runs of digits, as long as they like.
fn number(a: &[u8], b: &[u8]) -> Ordering {
    let trim = |text: &[u8]| text.iter().skip_while(|c| **c == b'0').copied().collect::<Vec<u8>>();
    let (a, b) = (trim(a), trim(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(&b))
}

/// Order of two RPM versions: epoch, version, release; runs of digits and of letters are compared one after the other.
#[must_use]
pub fn rpm(a: &str, b: &str) -> Ordering {
    let parts = |version: &str| -> (u64, String, String) {
        let (epoch, rest) = version.split_once(':').map_or((0, version), |(epoch, rest)| (epoch.parse().unwrap_or(0), rest));
        let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
        (epoch, version.to_owned(), release.to_owned())
    };
    let (a, b) = (parts(a), parts(b));
    let release = || if a.2.is_empty() || b.2.is_empty() { Ordering::Equal } else { rpm_part(&a.2, &b.2) };
    a.0.cmp(&b.0).then_with(|| rpm_part(&a.1, &b.1)).then_with(release)
}

fn rpm_part(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let separator = |c: &u8| !c.is_ascii_alphanumeric() && *c != b'~' && *c != b'^';
        let skip = |text: &[u8]| text.iter().take_while(|c| separator(c)).count();
        a = a.get(skip(a)..).unwrap_or_default();
        b = b.get(skip(b)..).unwrap_or_default();
        for (mark, wins) in [(b'~', Ordering::Less), (b'^', Ordering::Greater)] {
            let (x, y) = (a.first() == Some(&mark), b.first() == Some(&mark));
            match (x, y) {
                (true, true) => {
                    a = a.get(1..).unwrap_or_default();
                    b = b.get(1..).unwrap_or_default();
                }
                // A caret sorts after the end of the text but before anything else that goes on.
                (true, false) => return if mark == b'^' && !b.is_empty() { Ordering::Less } else { wins },
                (false, true) => return if mark == b'^' && !a.is_empty() { Ordering::Greater } else { wins.reverse() },
                (false, false) => {}
            }
        }
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let ((x, rest_a), (y, rest_b)) = (digits(a), digits(b));
                match number(x, y) {
                    Ordering::Equal => (a, b) = (rest_a, rest_b),
                    other => return other,
                }
            }
            (Some(x), Some(y)) if x.is_ascii_alphabetic() && y.is_ascii_alphabetic() => {
                let letters = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_alphabetic()).count();
                let ((x, rest_a), (y, rest_b)) = (a.split_at(letters(a)), b.split_at(letters(b)));
                match x.cmp(y) {
                    Ordering::Equal => (a, b) = (rest_a, rest_b),
                    other => return other,
                }
            }
            // A number is newer than a word.
            (Some(x), Some(_)) => return if x.is_ascii_digit() { Ordering::Greater } else { Ordering::Less },
        }
    }
}

/// Whether a version fits a wish: `1.2`, `1.*`, `>=1.0`, `>1.0,<2.0`.
pub fn fits(version: &str, wish: &str, compare: impl Fn(&str, &str) -> Ordering) -> bool {
    wish.split(',').map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        let (operator, wanted) = split_operator(part);
        if wanted == "*" || wanted == "latest" {
            return true;
        }
        let order = compare(version, wanted);
        match operator {
            "=" | "==" | "" if wanted.contains('*') => crate::lookup::glob(wanted, version),
            // A version without its epoch is the same version to people.
            "=" | "==" | "" => order.is_eq() || version.split_once(':').is_some_and(|(_, rest)| rest == wanted),
            ">=" => order.is_ge(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            "<" => order.is_lt(),
            "!=" => order.is_ne(),
            _ => false,
        }
    })
}

/// Takes the comparison off a wish: `>=1.0` is `>=` and `1.0`.
#[must_use]
pub fn split_operator(wish: &str) -> (&str, &str) {
    let end = wish.find(|c: char| !"<>=!".contains(c)).unwrap_or(wish.len());
    let (operator, version) = wish.split_at(end);
    (operator, version.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_versions_are_ordered_as_dpkg_orders_them() {
        for (a, b) in [
            ("1.0~rc1", "1.0"),
            ("1.0", "1.0a"),
            ("1.9", "1.10"),
            ("1.0-1", "1.0-1+b1"),
            ("2.0", "1:0.1"),
            ("1.0", "1.0+dfsg"),
            ("5.2.15-2", "5.2.15-2+b8"),
        ] {
            assert_eq!(debian(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(debian(b, a), Ordering::Greater, "{b} {a}");
        }
        assert_eq!(debian("1.00", "1.0"), Ordering::Equal);
        assert_eq!(debian("0:1.0", "1.0"), Ordering::Equal);
    }

    #[test]
    fn rpm_versions_are_ordered_as_rpm_orders_them() {
        for (a, b) in [
            ("1.0~rc1", "1.0"),
            ("1.0", "1.0^git1"),
            ("1.0^git1", "1.0.1"),
            ("1.a", "1.1"),
            ("1.9", "1.10"),
            ("1.0-1", "1.0-2"),
            ("9", "1:1"),
        ] {
            assert_eq!(rpm(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(rpm(b, a), Ordering::Greater, "{b} {a}");
        }
        assert_eq!(rpm("1.0-1.el9", "1.0"), Ordering::Equal);
    }

    #[test]
    fn a_wish_is_a_version_a_pattern_or_a_range() {
        for (version, wish, expected) in [
            ("1.2-3", "1.2-3", true),
            ("1:1.2-3", "1.2-3", true),
            ("1.2-3", "1.2*", true),
            ("1.2", ">=1.0", true),
            ("2.1", ">1.0,<2.0", false),
        ] {
            assert_eq!(fits(version, wish, debian), expected, "{version} {wish}");
        }
    }
}
