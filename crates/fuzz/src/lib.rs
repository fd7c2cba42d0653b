//! Fuzz targets for what reads a user's text: each test under `tests/` is one.
//!
//! `cargo test -p fuzz` tries a bounded number of inputs with the stable compiler, as every test run does;
//! `cargo bolero test -p fuzz NAME --features sanitizer` lets libFuzzer look for more. An input is bytes; [`mutated`] reads them as changes
//! of real documents, because random bytes hardly ever get past a parser's first line.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Inputs that a test run tries.
pub const INPUTS: usize = 4000;

/// Address space a target may use. A text of some kilobytes that needs more is a bomb.
const MEMORY: u64 = 4 << 30;

/// One input that takes as long has hung.
const PATIENCE: Duration = Duration::from_secs(60);

static DONE: AtomicU64 = AtomicU64::new(0);

/// Tries one input. The process ends if that takes too long, and runs out of memory if it takes too much.
pub fn guarded(work: impl FnOnce()) {
    static START: Once = Once::new();
    START.call_once(|| {
        // A sanitizer reserves far more than it uses.
        if cfg!(not(feature = "sanitizer")) {
            let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_AS, MEMORY, MEMORY);
        }
        std::thread::spawn(watch);
    });
    work();
    DONE.fetch_add(1, Ordering::Relaxed);
}

#[expect(clippy::print_stderr, reason = "the process ends right after, and nobody else can say why")]
fn watch() {
    let mut before = u64::MAX;
    loop {
        let now = DONE.load(Ordering::Relaxed);
        if now == before {
            eprintln!("one input has taken longer than {PATIENCE:?}");
            std::process::abort();
        }
        before = now;
        std::thread::sleep(PATIENCE);
    }
}

/// A document changed as bytes say: the first two choose it; then each four cut a part out, double it, put a piece in, or take a part of
/// another document.
#[must_use]
pub fn mutated(documents: &[String], pieces: &[&str], bytes: &[u8]) -> String {
    let number = |bytes: &[u8]| bytes.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    let pick = |index: usize| documents.get(index % documents.len().max(1)).map_or("", String::as_str);
    let (first, rest) = bytes.split_at(bytes.len().min(2));
    let mut text: Vec<char> = pick(number(first)).chars().collect();
    for change in rest.chunks(4).take(64) {
        let [what, high, low, length] = [0, 1, 2, 3].map(|at| change.get(at).copied().unwrap_or(0));
        let at = number(&[high, low]) % (text.len() + 1);
        let end = (at + usize::from(length % 48)).min(text.len());
        match what % 5 {
            0 => drop(text.drain(at..end)),
            1 => {
                let part: Vec<char> = text.get(at..end).unwrap_or_default().to_vec();
                drop(text.splice(at..at, part));
            }
            2 => {
                let piece = pieces.get(usize::from(length) % pieces.len().max(1)).copied().unwrap_or_default();
                drop(text.splice(at..at, piece.chars()));
            }
            3 => {
                let other: Vec<char> = pick(number(&[length, low])).chars().skip(at % 64).take(60).collect();
                drop(text.splice(at..at, other));
            }
            _ => drop(text.splice(at..at, std::iter::once(char::from(length)))),
        }
    }
    text.into_iter().collect()
}

/// Documents to begin with: the given ones, and files of the recorded cases whose names end so.
#[must_use]
pub fn documents(ending: &str, own: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = own.iter().map(|text| (*text).to_owned()).collect();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/cases"))];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.extend(std::fs::read_to_string(path).ok().filter(|text| text.len() < 4000));
            }
        }
    }
    found
}
