//! "Did you mean".

/// The candidate nearest to a misspelt word, if one is near enough to be meant.
///
/// ```
/// assert_eq!(model::nearest("service.strat", ["service.stop", "service.start"]), Some("service.start"));
/// assert_eq!(model::nearest("xyz", ["service.stop"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = match word.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        6..=12 => 3,
        _ => 4,
    };
    within(most, word, candidates)
}

/// The candidate that a word is a slip of the pen for: nearer than what [`nearest`] may suggest, so near that hardly anything else is meant.
///
/// ```
/// assert_eq!(model::slip("sosurce", ["source", "mode"]), Some("source"));
/// assert_eq!(model::slip("force", ["source", "mode"]), None);
/// ```
#[must_use]
pub fn slip<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    within(if word.chars().count() < 6 { 1 } else { 2 }, word, candidates)
}

fn within<'a>(most: usize, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
