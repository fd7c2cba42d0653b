//! Listings page by cursor.

use crate::{Error, Result};
use model::{Fingerprint, JobId};
use serde::{Deserialize, Serialize};

/// Where a page ended: opaque text, given back to get the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

impl Cursor {
    fn foreign(&self) -> Error {
        Error::conflict(format!("`{}` is no cursor of this listing; begin again without one", self.0))
    }
}

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

    /// How many rows to ask the database for: the one too many tells that there are more.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit.clamp(1, Self::MAX)) + 1
    }

    /// The cursor as a row's number.
    pub fn number(&self) -> Result<Option<i64>> {
        self.after.as_ref().map(|cursor| cursor.0.parse().map_err(|_| cursor.foreign())).transpose()
    }

    /// The cursor as a job's id.
    pub fn job(&self) -> Result<Option<JobId>> {
        self.after.as_ref().map(|cursor| cursor.0.parse().map_err(|_| cursor.foreign())).transpose()
    }

    /// The cursor as columns of the row where the page before ended; `None` on the first page.
    pub fn place<T: serde::de::DeserializeOwned>(&self) -> Result<Option<T>> {
        self.after.as_ref().map(|cursor| serde_json::from_str(&cursor.0).map_err(|_| cursor.foreign())).transpose()
    }

    /// A cursor that [`Page::place`] reads.
    pub fn cursor_at<T: Serialize>(columns: &T) -> String {
        serde_json::to_string(columns).unwrap_or_default()
    }

    /// The cursor as an id and a fingerprint; before all of them on the first page.
    pub fn key(&self) -> Result<(String, Vec<u8>)> {
        let Some(cursor) = &self.after else { return Ok((String::new(), Vec::new())) };
        let (id, fingerprint) = cursor.0.split_once(' ').ok_or_else(|| cursor.foreign())?;
        let fingerprint: Fingerprint = fingerprint.parse().map_err(|_| cursor.foreign())?;
        Ok((id.to_owned(), fingerprint.0.to_vec()))
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

    /// The same page of something else.
    #[must_use]
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(change).collect(), next: self.next }
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
