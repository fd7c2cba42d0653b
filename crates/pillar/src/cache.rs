//! Rendered pillar files, kept for as long as everything that went into them is the same.
//!
//! What is kept is one file, not one minion's pillar: a file that says nothing of its minion is rendered once for all of them, one that
//! names `grains['os']` once for each of its values. Before a kept result is given, all that went into it is looked at again: the text of
//! the file and of those it took in, the grains and the pillar that these texts can see, and the answers of the functions it called.
//! What asked for the clock, the dice or a command is never kept.

use crate::needs::Needs;
use crate::sls::Data;
use crate::watch::{Call, Import, Notes, Watch};
use sha2::{Digest as _, Sha256};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use target::top::Top;
use value::{Map, Value};

/// Texts that were made into results which are kept, in bytes of the texts; past this the cache begins anew. Results are several times as large.
const MOST: usize = 8 << 20;
/// Opened messages that are kept.
const MOST_OPENED: usize = 10_000;

type Digest = [u8; 32];

/// A file: the tree it is from, its environment, the SLS it is, and its path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) tree: String,
    pub(crate) env: String,
    pub(crate) sls: String,
    pub(crate) path: String,
}

/// What a file was made into.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    /// The data of an SLS; `None` if it has none.
    Sls(Option<Data>),
    /// A top file.
    Top(Top),
}

/// What files are rendered with: the same for all files of one compile.
pub(crate) struct Seen {
    pub(crate) grains: Arc<Value>,
    pub(crate) pillar: Arc<Value>,
    all_grains: OnceCell<Digest>,
    all_pillar: OnceCell<Digest>,
}

/// Rendered pillar files. One belongs to one configuration: options of rendering are not looked at.
#[derive(Default)]
pub struct Cache {
    files: Mutex<HashMap<Place, Arc<File>>>,
    weight: AtomicUsize,
    rendered: AtomicUsize,
    opened: Mutex<HashMap<Digest, String>>,
}

/// A file by its text. A file with another text is another one.
struct File {
    text: Arc<str>,
    shapes: RwLock<Vec<Arc<Shape>>>,
}

/// Results that took in the same further files, and so need the same facts.
struct Shape {
    imports: Vec<Import>,
    needs: Needs,
    results: RwLock<HashMap<Digest, Vec<Result>>>,
}

#[derive(Clone)]
struct Result {
    calls: Arc<[Call]>,
    made: Arc<Made>,
}

impl Seen {
    pub(crate) fn new(grains: Arc<Value>, pillar: Arc<Value>) -> Self {
        Self { grains, pillar, all_grains: OnceCell::new(), all_pillar: OnceCell::new() }
    }

    /// The grains that a text can see, where copying all of them into its template would be for nothing.
    pub(crate) fn grains_for(&self, text: &str) -> Arc<Value> {
        let needs = Needs::of(text);
        match self.grains.as_map() {
            Some(all) if !needs.all_grains && !needs.imports => {
                let named = needs.grains.iter().filter_map(|key| Some((key.as_str(), all.get(key)?.clone())));
                Arc::new(Value::Map(named.collect()))
            }
            _ => Arc::clone(&self.grains),
        }
    }

    /// One number for all facts that are needed, and the variables of an include.
    fn digest(&self, needs: &Needs, extra: &Map) -> Digest {
        let mut digest = Sha256::new();
        let mut put = |name: &str, value: &[u8]| {
            digest.update((name.len() as u64).to_le_bytes());
            digest.update(name);
            digest.update((value.len() as u64).to_le_bytes());
            digest.update(value);
        };
        if needs.all_grains {
            put("grains", self.all_grains.get_or_init(|| whole(&self.grains)));
        } else {
            for key in &needs.grains {
                let value = self.grains.get(key).map(value::text::repr);
                put(key, value.as_deref().unwrap_or_default().as_bytes());
            }
        }
        if needs.pillar {
            put("pillar", self.all_pillar.get_or_init(|| whole(&self.pillar)));
        }
        for (name, value) in extra {
            put(&value::text::repr(name), value::text::repr(value).as_bytes());
        }
        digest.finalize().into()
    }
}

fn whole(value: &Value) -> Digest {
    Sha256::digest(value::text::repr(value)).into()
}

impl Cache {
    /// What a file was made into, if it would be made into the same now.
    pub(crate) fn find(&self, place: &Place, text: &Arc<str>, seen: &Seen, extra: &Map, watch: &Watch) -> Option<Arc<Made>> {
        let file = self.files.lock().unwrap_or_else(PoisonError::into_inner).get(place).filter(|file| file.text == *text).cloned()?;
        let shapes = file.shapes.read().unwrap_or_else(PoisonError::into_inner).clone();
        let shape = shapes.into_iter().find(|shape| shape.imports.iter().all(|import| watch.is_same_file(import)))?;
        let digest = seen.digest(&shape.needs, extra);
        let results = shape.results.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned()?;
        results.into_iter().find(|result| result.calls.iter().all(|call| watch.is_same_answer(call))).map(|result| result.made)
    }

    /// How many files had to be rendered so far.
    #[must_use]
    pub fn rendered(&self) -> usize {
        self.rendered.load(Ordering::Relaxed)
    }

    /// Keeps what a file was made into, unless it asked for something fleeting.
    pub(crate) fn keep(&self, place: &Place, text: &Arc<str>, seen: &Seen, extra: &Map, notes: Notes, made: Arc<Made>) {
        self.rendered.fetch_add(1, Ordering::Relaxed);
        if notes.is_fleeting {
            return;
        }
        let mut needs = Needs::of(text);
        for import in &notes.imports {
            needs.join(Needs::of(import.text.as_deref().unwrap_or_default()));
        }
        let weight = text.len() + 64;
        let file = {
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            if self.weight.fetch_add(weight, Ordering::Relaxed) > MOST {
                files.clear();
                self.weight.store(weight, Ordering::Relaxed);
            }
            let fresh = || Arc::new(File { text: Arc::clone(text), shapes: RwLock::default() });
            let file = files.entry(place.clone()).or_insert_with(fresh);
            if file.text != *text {
                *file = fresh();
            }
            Arc::clone(file)
        };
        let is_same = |shape: &Arc<Shape>| {
            shape.imports.len() == notes.imports.len()
                && shape.imports.iter().zip(&notes.imports).all(|(a, b)| (&a.env, &a.path, &a.text) == (&b.env, &b.path, &b.text))
        };
        let shape = {
            let mut shapes = file.shapes.write().unwrap_or_else(PoisonError::into_inner);
            match shapes.iter().find(|shape| is_same(shape)) {
                Some(shape) => Arc::clone(shape),
                None => {
                    let shape = Arc::new(Shape { imports: notes.imports, needs, results: RwLock::default() });
                    // The newest first: older ones took in files that have changed since.
                    shapes.insert(0, Arc::clone(&shape));
                    shapes.truncate(8);
                    shape
                }
            }
        };
        let digest = seen.digest(&shape.needs, extra);
        let mut results = shape.results.write().unwrap_or_else(PoisonError::into_inner);
        let same = results.entry(digest).or_default();
        same.insert(0, Result { calls: notes.calls.into(), made });
        same.truncate(8);
    }

    /// The plain text of an encrypted message that was opened before.
    pub(crate) fn opened(&self, message: &str) -> Option<String> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(&<Digest>::from(Sha256::digest(message))).cloned()
    }

    /// Keeps it.
    pub(crate) fn keep_opened(&self, message: &str, plain: &str) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= MOST_OPENED {
            opened.clear();
        }
        opened.insert(Sha256::digest(message).into(), plain.to_owned());
    }
}
