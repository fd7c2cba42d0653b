//! Rows of the mine and of documents.

use super::{from_json, minion_id};
use crate::{Document, MineEntry, Mined, Result};
use model::Timestamp;

/// Minion, function, answer, who may see it.
pub type MineRow = (String, String, String, Option<String>);

/// An answer in the mine.
pub fn mined((minion, function, value, allow): MineRow) -> Result<Mined> {
    let what = || format!("the answer of `{function}` of `{minion}` in the mine");
    let value = from_json(what, &value)?;
    let allow = allow.map(|allow| from_json(what, &allow)).transpose()?;
    Ok(Mined { minion: minion_id(&minion)?, entry: MineEntry { function, value, allow } })
}

/// Name, content, when.
pub type DocumentRow = (String, String, i64);

/// A document.
pub fn document((name, value, at): DocumentRow) -> Result<Document> {
    let value = from_json(|| format!("the document `{name}`"), &value)?;
    Ok(Document { name, value, at: Timestamp(at) })
}
