//! Texts as YAML: read or refused with a place, and what was read is written and read again.

use fuzz::{INPUTS, documents, guarded, mutated};
use yaml::DumpOptions;

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "\n", "  ", "- ", ": ", "? ", "[", "]", "{", "}", "&a ", "*a", "<<: ", "!!str ", "!!binary ", "|\n", ">-\n", "'", "\"", "#", "%", "---\n",
    "...\n", "~", "0x1f", "1:30", "0644", "1e+3", ".inf", "yes", "\t", "\r\n", "\u{feff}", "\u{85}", "é", "123456789012345678901",
];

#[test]
fn any_text_is_read_or_refused_with_its_place() {
    let own = ["a: &a [1, {b: *a}]\nc: {<<: {d: 1}}\n", "- |\n x\n- >\n y\n", "? [a]\n: b\n", "&x: 1\nb: 2\n&y: 3\n"];
    let documents = documents(".sls", &own);
    bolero::check!().with_iterations(INPUTS).with_max_len(200).for_each(|bytes: &[u8]| {
        let text = mutated(&documents, PIECES, bytes);
        guarded(|| match yaml::load_value(&text) {
            Ok(value) => {
                let written = yaml::dump(&value, &DumpOptions::default());
                let again = yaml::load_value(&written).map(|again| value::text::repr(&again));
                assert_eq!(again.as_ref().ok(), Some(&value::text::repr(&value)), "{text:?}\n{written}\n{again:?}");
            }
            Err(error) => assert!(error.line as usize <= lines(&text) + 1, "{text:?}: {error:?}"),
        });
    });
}

/// Line breaks as YAML 1.1 counts them: more than Rust's.
fn lines(text: &str) -> usize {
    text.chars().filter(|letter| matches!(letter, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')).count() + 1
}
