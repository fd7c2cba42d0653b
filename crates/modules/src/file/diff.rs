//! Unified diffs with the hunks that Python's `difflib` makes.
//!
//! Operators compare the changes of a run with ones they saw before, and other algorithms put the same change into other hunks. So this is
//! the same method: the longest common run of lines first, then what is left and right of it; very frequent lines of long files are no anchors.

use std::collections::HashMap;

/// Lines around a change.
const CONTEXT: usize = 3;

/// Lines of a text with their ends.
#[must_use]
pub fn lines_with_ends(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The diff of two texts, each line with its own end, as `file.managed` shows it. Empty when they are equal.
#[must_use]
pub fn unified(old: &str, new: &str) -> String {
    unified_lines(&lines_with_ends(old), &lines_with_ends(new)).concat()
}

/// The diff of two texts in lines joined by line ends, as `file.append` shows it: its header lines end twice.
#[must_use]
pub fn unified_joined(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    unified_lines(&old, &new).join("\n")
}

/// The lines of a diff: two of header, then hunks.
#[must_use]
pub fn unified_lines(old: &[&str], new: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for group in hunks(old, new) {
        if out.is_empty() {
            out.extend(["--- \n".to_owned(), "+++ \n".to_owned()]);
        }
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let from = range(first.old.start, last.old.end);
        let to = range(first.new.start, last.new.end);
        out.push(format!("@@ -{from} +{to} @@\n"));
        for step in &group {
            let side = |sign: char, lines: &[&str]| lines.iter().map(|line| format!("{sign}{line}")).collect::<Vec<_>>();
            if step.equal {
                out.extend(side(' ', old.get(step.old.clone()).unwrap_or_default()));
            } else {
                out.extend(side('-', old.get(step.old.clone()).unwrap_or_default()));
                out.extend(side('+', new.get(step.new.clone()).unwrap_or_default()));
            }
        }
    }
    out
}

fn range(start: usize, end: usize) -> String {
    match end - start {
        1 => format!("{}", start + 1),
        // An empty range names the line before it.
        0 => format!("{start},0"),
        length => format!("{},{length}", start + 1),
    }
}

/// A stretch of both sides: equal, or replaced one by the other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    equal: bool,
    old: std::ops::Range<usize>,
    new: std::ops::Range<usize>,
}

/// Stretches in groups, each with at most [`CONTEXT`] equal lines around its changes.
fn hunks(old: &[&str], new: &[&str]) -> Vec<Vec<Step>> {
    let mut steps = steps(old, new);
    if steps.iter().all(|step| step.equal) {
        return Vec::new();
    }
    if let Some(first) = steps.first_mut().filter(|step| step.equal) {
        first.old.start = first.old.start.max(first.old.end.saturating_sub(CONTEXT));
        first.new.start = first.new.start.max(first.new.end.saturating_sub(CONTEXT));
    }
    if let Some(last) = steps.last_mut().filter(|step| step.equal) {
        last.old.end = last.old.end.min(last.old.start + CONTEXT);
        last.new.end = last.new.end.min(last.new.start + CONTEXT);
    }
    let mut groups = Vec::new();
    let mut group: Vec<Step> = Vec::new();
    for step in steps {
        if step.equal && step.old.len() > 2 * CONTEXT {
            let (old, new) = (step.old.clone(), step.new.clone());
            group.push(Step { equal: true, old: old.start..old.start + CONTEXT, new: new.start..new.start + CONTEXT });
            groups.push(std::mem::take(&mut group));
            group.push(Step { equal: true, old: old.end - CONTEXT..old.end, new: new.end - CONTEXT..new.end });
        } else {
            group.push(step);
        }
    }
    if group.iter().any(|step| !step.equal) {
        groups.push(group);
    }
    groups
}

/// Both sides from start to end as equal and replaced stretches.
fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut o, mut n) = (0, 0);
    for (at_old, at_new, length) in matches(old, new) {
        if o < at_old || n < at_new {
            steps.push(Step { equal: false, old: o..at_old, new: n..at_new });
        }
        if length > 0 {
            steps.push(Step { equal: true, old: at_old..at_old + length, new: at_new..at_new + length });
        }
        (o, n) = (at_old + length, at_new + length);
    }
    steps
}

/// Common runs in order, adjacent ones joined, and an empty one at the end.
fn matches(old: &[&str], new: &[&str]) -> Vec<(usize, usize, usize)> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, line) in new.iter().enumerate() {
        places.entry(line).or_default().push(index);
    }
    if new.len() >= 200 {
        let most = new.len() / 100 + 1;
        places.retain(|_, places| places.len() <= most);
    }
    let mut found = Vec::new();
    let mut open = vec![(0, old.len(), 0, new.len())];
    while let Some((old_from, old_to, new_from, new_to)) = open.pop() {
        let (o, n, length) = longest(old, new, &places, old_from..old_to, new_from..new_to);
        if length > 0 {
            found.push((o, n, length));
            open.push((old_from, o, new_from, n));
            open.push((o + length, old_to, n + length, new_to));
        }
    }
    found.sort_unstable();
    let mut joined: Vec<(usize, usize, usize)> = Vec::new();
    for (o, n, length) in found {
        match joined.last_mut() {
            Some((lo, ln, ll)) if *lo + *ll == o && *ln + *ll == n => *ll += length,
            _ => joined.push((o, n, length)),
        }
    }
    joined.push((old.len(), new.len(), 0));
    joined
}

/// The longest common run within both ranges; of equally long ones the first.
fn longest(
    old: &[&str],
    new: &[&str],
    places: &HashMap<&str, Vec<usize>>,
    old_range: std::ops::Range<usize>,
    new_range: std::ops::Range<usize>,
) -> (usize, usize, usize) {
    let (mut best_old, mut best_new, mut best) = (old_range.start, new_range.start, 0);
    // Length of the run that ends at each place of the new side, for the line of the old side before.
    let mut runs: HashMap<usize, usize> = HashMap::new();
    for o in old_range.clone() {
        let mut next = HashMap::new();
        let line = old.get(o).copied().unwrap_or_default();
        for &n in places.get(line).map(Vec::as_slice).unwrap_or_default() {
            if n < new_range.start {
                continue;
            }
            if n >= new_range.end {
                break;
            }
            let length = n.checked_sub(1).and_then(|before| runs.get(&before)).copied().unwrap_or(0) + 1;
            next.insert(n, length);
            if length > best {
                (best_old, best_new, best) = (o + 1 - length, n + 1 - length, length);
            }
        }
        runs = next;
    }
    // Frequent lines could not begin a run, but they may widen one.
    while best_old > old_range.start && best_new > new_range.start && old.get(best_old - 1) == new.get(best_new - 1) {
        (best_old, best_new, best) = (best_old - 1, best_new - 1, best + 1);
    }
    while best_old + best < old_range.end && best_new + best < new_range.end && old.get(best_old + best) == new.get(best_new + best) {
        best += 1;
    }
    (best_old, best_new, best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_those_of_difflib() {
        let old = "alpha\nbeta\ngamma\n";
        assert_eq!(unified(old, "alpha\nBETA\ngamma\ndelta\n"), "--- \n+++ \n@@ -1,3 +1,4 @@\n alpha\n-beta\n+BETA\n gamma\n+delta\n");
        assert_eq!(unified(old, ""), "--- \n+++ \n@@ -1,3 +0,0 @@\n-alpha\n-beta\n-gamma\n");
        assert_eq!(unified("a\nc", "a\\nb"), "--- \n+++ \n@@ -1,2 +1 @@\n-a\n-c+a\\nb");
        assert_eq!(unified(old, old), "");
    }

    #[test]
    fn distant_changes_are_hunks_of_their_own() {
        let old: String = (0..20).map(|n| format!("l{n}\n")).collect();
        let new = old.replace("l3\n", "changed3\n").replace("l15\n", "changed15\n");
        let expected = "--- \n+++ \n@@ -1,7 +1,7 @@\n l0\n l1\n l2\n-l3\n+changed3\n l4\n l5\n l6\n@@ -13,7 +13,7 @@\n l12\n l13\n l14\n-l15\n+changed15\n l16\n l17\n l18\n";
        assert_eq!(unified(&old, &new), expected);
    }

    #[test]
    fn appended_lines_are_shown_with_doubled_header_ends() {
        assert_eq!(unified_joined("a", "a\nx\n"), "--- \n\n+++ \n\n@@ -1 +1,2 @@\n\n a\n+x");
        assert_eq!(unified_joined("", "x\n"), "--- \n\n+++ \n\n@@ -0,0 +1 @@\n\n+x");
    }
}
