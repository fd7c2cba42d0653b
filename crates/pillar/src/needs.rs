//! What a template can see of its minion, read off its text.
//!
//! A name reaches a template only through its text, so a text that never says `grains` cannot depend on them. Where it does, the keys are
//! known as long as each of them stands there as a literal; in every other case all grains count as used. The answer may name too much, and
//! never too little: two minions for whom everything in it is equal get the same from this text.

use std::collections::BTreeSet;

/// The facts that a text can see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Grains that are named.
    pub(crate) grains: BTreeSet<String>,
    /// Grains are used in a way that does not name them.
    pub(crate) all_grains: bool,
    /// The pillar is used.
    pub(crate) pillar: bool,
    /// Another file may be part of it.
    pub(crate) imports: bool,
}

impl Needs {
    /// Of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut needs = Self::default();
        for (word, after) in words(text) {
            match word {
                "grains" => match key(after) {
                    Some(key) => drop(needs.grains.insert(key)),
                    None => needs.all_grains = true,
                },
                "pillar" => needs.pillar = true,
                "import" | "include" | "extends" => needs.imports = true,
                _ => {}
            }
        }
        needs
    }

    /// What this text and another one need.
    pub(crate) fn join(&mut self, other: Self) {
        self.grains.extend(other.grains);
        self.all_grains |= other.all_grains;
        self.pillar |= other.pillar;
        self.imports |= other.imports;
    }
}

/// Identifiers, each with the text behind it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let begin = rest.find(is_part)?;
        let from = rest.get(begin..)?;
        let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        rest = after;
        Some((word, after))
    })
}

/// The key in `['key']`, `.key` or `.get('key'`. A method such as `.items()` needs all of them.
fn key(after: &str) -> Option<String> {
    let after = after.trim_start();
    if let Some(inner) = after.strip_prefix('[') {
        return literal(inner, ']');
    }
    let name = after.strip_prefix('.')?;
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    let (name, behind) = name.split_at(end);
    match (name, behind.trim_start().strip_prefix('(')) {
        ("", _) => None,
        ("get", Some(arguments)) => literal(arguments, ')').or_else(|| literal(arguments, ',')),
        (_, Some(_)) => None,
        (name, None) => Some(name.to_owned()),
    }
}

/// A quoted text without escapes, with a character behind it.
fn literal(text: &str, closing: char) -> Option<String> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (inside, behind) = text.get(1..)?.split_once(quote)?;
    (!inside.contains(['\\', '\n']) && behind.trim_start().starts_with(closing)).then(|| inside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> String {
        let needs = Needs::of(text);
        let mut words: Vec<String> = needs.grains.into_iter().collect();
        words.extend(
            [(needs.all_grains, "*"), (needs.pillar, "pillar"), (needs.imports, "imports")]
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, word)| (*word).to_owned()),
        );
        words.join(" ")
    }

    #[test]
    fn keys_that_stand_there_are_known() {
        for (text, needed) in [
            ("a: 1", ""),
            ("{{ grains['os'] }}{{ grains.id }}{{ grains[\"x y\"] }}", "id os x y"),
            ("{{ grains.get('a') }}{{ grains.get ( 'b' , 1) }}{{ grains ['c'] }}", "a b c"),
            ("{{ my_grains['os'] }} grainsx", ""),
            ("{{ pillar.get('x') }}", "pillar"),
            ("{% import 'x.jinja' as x %}", "imports"),
        ] {
            assert_eq!(named(text), needed, "{text}");
        }
    }

    #[test]
    fn whatever_does_not_name_its_key_needs_all_grains() {
        for text in [
            "{{ grains }}",
            "{{ grains[key] }}",
            "{{ grains['a' ~ b] }}",
            "{{ grains['a\\x62'] }}",
            "{{ grains.items() }}",
            "{{ grains.get(key) }}",
            "{{ grains.get('a' ~ 'b') }}",
            "{% set g = grains %}{{ g.os }}",
            "{{ grains | traverse('a:b') }}",
            "{{ grains.\n  os }}",
        ] {
            assert_eq!(named(text), "*", "{text}");
        }
    }
}
