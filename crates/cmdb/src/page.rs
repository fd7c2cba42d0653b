//! Listings page by cursor.

use serde::{Deserialize, Serialize};

/// Where a page ended: opaque text, given back to get the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Where the page before ended; `None` for the first.
    #[serde(default)]
    pub after: Option<Cursor>,
    /// At most this many rows; never more than [`Page::MAX`].
    pub limit: u32,
}

impl Page {
    /// The most rows a page has.
    pub const MAX: u32 = 10_000;

    /// The first page of up to `limit` rows.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The page after one that ended at `cursor`.
    #[must_use]
    pub const fn after(cursor: Cursor, limit: u32) -> Self {
        Self { after: Some(cursor), limit }
    }

    /// How many rows this page has at most.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.limit.clamp(1, Self::MAX) as usize
    }
}

/// The first hundred.
impl Default for Page {
    fn default() -> Self {
        Self::first(100)
    }
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paged<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where to go on; `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Paged<T> {
    /// A page from up to `page.rows() + 1` rows: the one too many tells that there are more.
    #[must_use]
    pub fn of(mut items: Vec<T>, page: &Page, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > page.rows();
        items.truncate(page.rows());
        let next = if more { items.last().map(|item| Cursor(cursor(item))) } else { None };
        Self { items, next }
    }
}

/// Order of a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
}
