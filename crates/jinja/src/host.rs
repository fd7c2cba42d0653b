//! What the engine asks of the program around it.

use crate::{Options, Val};
use std::sync::Arc;
use value::Value;

/// The text of a template.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name as shown in errors and given to the host, usually a path.
    pub name: String,
    /// The text.
    pub text: Arc<str>,
    /// Options of this template alone, instead of the engine's.
    pub options: Option<Options>,
}

impl Source {
    /// A template with the engine's options.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), options: None }
    }
}

/// Loads templates and reads data for an [`Engine`](crate::Engine).
pub trait Host {
    /// The template `name` that `from` includes, imports or extends; `None` when there is none. `./` and `../` are the host's to resolve.
    ///
    /// # Errors
    /// A sentence for the user when it could not be read.
    fn load(&self, name: &str, from: &str) -> Result<Option<Source>, String>;

    /// The value that `text` means in a format: `yaml` or `json`. `text` is never asked for.
    ///
    /// # Errors
    /// A sentence for the user, and the line in `text` (from 1; 0 when unknown).
    fn deserialize(&self, format: &str, text: &str) -> Result<Value, (String, u32)>;

    /// Variables of a template that is imported or included without context, beside the globals.
    fn module_vars(&self, name: &str) -> Vec<(String, Val)> {
        let _ = name;
        Vec::new()
    }

    /// A `{% profile as 'label' %}` block begins. The host, which has a clock, may take the time until [`Host::profile_end`].
    fn profile_start(&self, label: &str) {
        let _ = label;
    }

    /// A `{% profile as 'label' %}` block has ended.
    fn profile_end(&self, label: &str) {
        let _ = label;
    }

    /// A random number from 0 up to, not including, `below`. Only `random`, `shuffle`-like filters and `lipsum` ask.
    fn random(&self, below: u64) -> u64 {
        let _ = below;
        0
    }
}

/// A host that has no templates and reads no data.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn load(&self, _name: &str, _from: &str) -> Result<Option<Source>, String> {
        Ok(None)
    }

    fn deserialize(&self, format: &str, _text: &str) -> Result<Value, (String, u32)> {
        Err((format!("cannot read `{format}` here"), 0))
    }
}
