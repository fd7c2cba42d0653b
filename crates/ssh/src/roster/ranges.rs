//! Names with ranges, as inventories have them: `web[01:20].example`, `db-[a:c]`.

/// No range gives more names.
const MOST: usize = 65_536;

/// All names that a pattern stands for.
pub(super) fn expand(pattern: &str) -> Result<Vec<String>, String> {
    let Some((before, rest)) = pattern.split_once('[') else { return Ok(vec![pattern.to_owned()]) };
    let bad = || format!("`{pattern}` has a range that is not understood; ranges are like `[01:20]` and `[a:f]`");
    let (range, after) = rest.split_once(']').ok_or_else(bad)?;
    let mut parts = range.split(':');
    let (Some(first), Some(last)) = (parts.next(), parts.next()) else { return Err(bad()) };
    let step: usize = parts.next().map_or(Ok(1), str::parse).map_err(|_| bad())?;
    let middles = middles(first, last, step.max(1)).ok_or_else(bad)?;
    let afters = expand(after)?;
    if middles.len().saturating_mul(afters.len()) > MOST {
        return Err(format!("`{pattern}` stands for more than {MOST} hosts"));
    }
    Ok(middles.iter().flat_map(|middle| afters.iter().map(move |after| format!("{before}{middle}{after}"))).collect())
}

fn middles(first: &str, last: &str, step: usize) -> Option<Vec<String>> {
    if let (Ok(from), Ok(to)) = (first.parse::<u32>(), last.parse::<u32>()) {
        // A leading zero says how wide the numbers are.
        let width = if first.starts_with('0') { first.len() } else { 0 };
        return (to.checked_sub(from)? < MOST as u32)
            .then(|| (from..=to).step_by(step).map(|number| format!("{number:0width$}")).collect());
    }
    let letter = |text: &str| -> Option<char> {
        let mut letters = text.chars();
        letters.next().filter(|letter| letter.is_ascii_alphabetic() && letters.next().is_none())
    };
    Some((letter(first)?..=letter(last)?).step_by(step).map(String::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_numbers_and_letters_are_written_out() {
        assert_eq!(expand("web[08:10].x").unwrap(), ["web08.x", "web09.x", "web10.x"]);
        assert_eq!(expand("db-[a:c]").unwrap(), ["db-a", "db-b", "db-c"]);
        assert_eq!(expand("r[1:3:2]n[1:2]").unwrap(), ["r1n1", "r1n2", "r3n1", "r3n2"]);
        assert_eq!(expand("plain").unwrap(), ["plain"]);
        for bad in ["a[1]", "a[1:", "a[x1:3]", "a[1:9999999]"] {
            assert!(expand(bad).is_err(), "{bad}");
        }
    }
}
