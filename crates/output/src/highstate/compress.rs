//! Several results of one id shown as one (`state_compress_ids`).

use super::row::Row;
use std::borrow::Cow;
use value::{Map, Value};

/// Merges results of the same SLS, id, function and outcome into the first of them.
pub(crate) fn compress(rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    let mut out: Vec<(Row<'_>, Vec<(String, Value)>)> = Vec::new();
    for row in rows {
        let known = out.iter_mut().find(|(first, _)| {
            first.sls == row.sls
                && first.id == row.id
                && first.module == row.module
                && first.function == row.function
                && first.result == row.result
                && first.comment == row.comment
        });
        let change = row.changed().then(|| (row.name.clone(), row.changes().clone()));
        match known {
            None => out.push((row, change.into_iter().collect())),
            Some((first, changes)) => {
                first.merged += 1;
                first.duration = Some(Value::Float(rounded(first.millis() + row.millis())));
                changes.extend(change);
            }
        }
    }
    out.into_iter().map(|(row, changes)| finish(row, changes)).collect()
}

fn finish(mut row: Row<'_>, changes: Vec<(String, Value)>) -> Row<'_> {
    if row.merged == 1 {
        return row;
    }
    let outcome = match row.result {
        Some(true) => "True",
        Some(false) => "False",
        None => "None",
    };
    row.name = format!("state_compressed_{}_{}_{outcome}", row.sls, row.id);
    row.changes = Cow::Owned(if changes.is_empty() {
        Value::map()
    } else {
        let inner: Map = changes.into_iter().collect();
        Value::Map([("compressed changes", Value::Map(inner))].into_iter().collect())
    });
    row
}

fn rounded(millis: f64) -> f64 {
    (millis * 1000.0).round() / 1000.0
}
