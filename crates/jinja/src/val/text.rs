//! Text of a template, which may be marked as safe markup.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Shared text. Markup is text that needs no more escaping: what `escape`, `safe`, `tojson`, `xmlattr` and `urlize` give.
#[derive(Clone)]
pub struct Text {
    text: Arc<str>,
    markup: bool,
}

impl Text {
    /// Text that is safe markup.
    #[must_use]
    pub fn markup(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), markup: true }
    }

    /// Whether this is safe markup.
    #[must_use]
    pub fn is_markup(&self) -> bool {
        self.markup
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.text
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

impl<T: Into<Arc<str>>> From<T> for Text {
    fn from(text: T) -> Self {
        Self { text: text.into(), markup: false }
    }
}
