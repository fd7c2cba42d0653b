//! Rows of the catalogue.

use super::from_json;
use crate::{Object, ObjectId, Result};
use model::Timestamp;
use std::collections::BTreeMap;

/// Id, kind, project or '', name, version, body, made, made by, changed, changed by.
pub type ObjectRow = (String, String, String, String, i64, String, i64, String, i64, String);

/// Objects with what they name.
pub fn objects(rows: Vec<ObjectRow>, uses: Vec<(String, String)>) -> Result<Vec<Object>> {
    let mut of: BTreeMap<String, Vec<ObjectId>> = BTreeMap::new();
    for (object, used) in uses {
        of.entry(object).or_default().push(ObjectId(used));
    }
    let object = |(id, kind, project, name, version, body, made, made_by, changed, changed_by): ObjectRow| {
        Ok(Object {
            uses: of.remove(&id).unwrap_or_default(),
            body: from_json(|| format!("the {kind} `{name}`"), &body)?,
            id: ObjectId(id),
            kind,
            project: object_id(project),
            name,
            version: u64::try_from(version).unwrap_or_default(),
            made: Timestamp(made),
            made_by,
            changed: Timestamp(changed),
            changed_by,
        })
    };
    rows.into_iter().map(object).collect()
}

/// An id that may be missing, as stored: unique constraints take two NULLs for different.
#[must_use]
pub fn object_id(text: String) -> Option<ObjectId> {
    (!text.is_empty()).then_some(ObjectId(text))
}

/// The other way round.
#[must_use]
pub fn object_id_text(id: Option<&ObjectId>) -> &str {
    id.map_or("", |id| id.0.as_str())
}
