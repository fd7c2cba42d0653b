//! The list dialect: filter, sort and range over rows, as `ra-data-simple-rest` asks. What a filter or an order names and no row can have
//! is refused: a filter that is passed over shows too much.

use fancy_regex::Regex;
use manager::{ListQuery, Listed, Refusal};
use model::Glob;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Rows of one answer unless asked otherwise.
const USUAL: usize = 25;
/// Most rows of one answer.
const MOST: usize = 1000;

/// Fields whose members may be named: `label.team`.
const OPEN: &[(&str, &str)] = &[("label", "labels"), ("custom", "custom"), ("fact", "facts")];

/// One condition.
struct Condition {
    path: Vec<String>,
    test: Test,
}

enum Test {
    Equal(Value),
    Not(Value),
    Any(Vec<Value>),
    Like(Glob),
    Compare(Value, &'static [Ordering]),
    Regex(Box<Regex>),
}

/// Filters, sorts and cuts rows. `fields` are the names that rows may have.
///
/// # Errors
/// When the query names an unknown field, or is no query.
pub fn list(rows: Vec<Value>, query: &ListQuery, fields: &[&str]) -> Result<Listed, Refusal> {
    let filter: Map<String, Value> = part(query.filter.as_deref(), "filter", r#"{"name":"web*"}"#)?.unwrap_or_default();
    let sort: Option<(String, String)> = part(query.sort.as_deref(), "sort", r#"["name","ASC"]"#)?;
    let range: Option<(usize, usize)> = part(query.range.as_deref(), "range", "[0,24]")?;
    let mut conditions = Vec::new();
    let mut words = Vec::new();
    for (key, value) in filter {
        match (key.as_str(), &value) {
            ("q", Value::String(text)) => words.extend(text.to_lowercase().split_whitespace().map(str::to_owned)),
            _ => conditions.push(condition(&key, value, fields)?),
        }
    }
    let fits = |row: &Value| conditions.iter().all(|condition| condition.holds(row)) && words.iter().all(|word| holds_word(row, word));
    let mut rows: Vec<Value> = rows.into_iter().filter(fits).collect();
    if let Some((field, direction)) = sort {
        let path = path(&field, fields).ok_or_else(|| unknown("sort", &field, fields))?;
        let backwards = match direction.to_ascii_uppercase().as_str() {
            "ASC" => false,
            "DESC" => true,
            other => return Err(Refusal::invalid(format!("`sort`: `{other}` is no direction; `ASC` and `DESC` are"))),
        };
        // Stable, and the id decides between equals: two pages never show one row twice.
        rows.sort_by(|a, b| {
            let order = compare(at(a, &path), at(b, &path));
            let order = if backwards { order.reverse() } else { order };
            order.then_with(|| compare(a.get("id"), b.get("id")))
        });
    }
    let total = rows.len();
    let (first, last) = range.unwrap_or((0, USUAL - 1));
    if last < first {
        return Err(Refusal::invalid("`range`: its end is before its beginning"));
    }
    let items = rows.into_iter().skip(first).take((last - first + 1).min(query.most.unwrap_or(MOST))).collect();
    Ok(Listed { items, first, total })
}

fn part<T: serde::de::DeserializeOwned>(text: Option<&str>, what: &str, example: &str) -> Result<Option<T>, Refusal> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = serde_json::from_str(text);
    read.map(Some).map_err(|error| Refusal::invalid(format!("`{what}` is JSON such as `{example}`: {error}")))
}

fn unknown(what: &str, field: &str, fields: &[&str]) -> Refusal {
    let refusal = Refusal::invalid(format!("`{what}`: there is no field `{field}`"));
    match model::nearest(field, fields.iter().copied()) {
        Some(near) => refusal.with_hint(format!("did you mean `{near}`?")),
        None => refusal.with_hint(format!("there are {}", fields.join(", "))),
    }
}

/// Where a field stands in a row.
fn path(field: &str, fields: &[&str]) -> Option<Vec<String>> {
    if fields.contains(&field) {
        return Some(vec![field.to_owned()]);
    }
    let (outer, inner) = field.split_once('.')?;
    let (_, holder) = OPEN.iter().find(|(word, holder)| (outer == *word || outer == *holder) && fields.contains(holder))?;
    Some(vec![(*holder).to_owned(), inner.to_owned()])
}

fn condition(key: &str, value: Value, fields: &[&str]) -> Result<Condition, Refusal> {
    // What stands behind a field comes first: a label whose own name ends so is asked by `_regex`.
    let suffixes: &[(&str, &'static [Ordering])] = &[
        ("_gte", &[Ordering::Greater, Ordering::Equal]),
        ("_lte", &[Ordering::Less, Ordering::Equal]),
        ("_gt", &[Ordering::Greater]),
        ("_lt", &[Ordering::Less]),
    ];
    for (suffix, wanted) in suffixes {
        if let Some(path) = key.strip_suffix(suffix).and_then(|field| path(field, fields)) {
            return Ok(Condition { path, test: Test::Compare(value, wanted) });
        }
    }
    if let Some(path) = key.strip_suffix("_ne").and_then(|field| path(field, fields)) {
        return Ok(Condition { path, test: Test::Not(value) });
    }
    if let (Some(path), Some(text)) = (key.strip_suffix("_regex").and_then(|field| path(field, fields)), value.as_str()) {
        let regex = Regex::new(text).map_err(|error| Refusal::invalid(format!("`filter`: `{text}` is no regular expression: {error}")))?;
        return Ok(Condition { path, test: Test::Regex(Box::new(regex)) });
    }
    if let Some(path) = path(key, fields) {
        let test = match value {
            Value::Array(values) => Test::Any(values),
            Value::String(text) if text.contains(['*', '?']) => Test::Like(Glob::new(&text.to_lowercase())),
            value => Test::Equal(value),
        };
        return Ok(Condition { path, test });
    }
    Err(unknown("filter", key, fields))
}

fn at<'a>(row: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(row, |row, step| row.get(step)).filter(|value| !value.is_null())
}

impl Condition {
    fn holds(&self, row: &Value) -> bool {
        let found = at(row, &self.path);
        if let Test::Not(value) = &self.test {
            return !found.is_some_and(|found| any(found, &|found| same(found, value)));
        }
        let Some(found) = found else { return matches!(&self.test, Test::Equal(Value::Null)) };
        any(found, &|found| match &self.test {
            Test::Equal(value) | Test::Not(value) => same(found, value),
            Test::Any(values) => values.iter().any(|value| same(found, value)),
            Test::Like(glob) => glob.matches(&text(found).to_lowercase()),
            Test::Compare(value, wanted) => wanted.contains(&compare(Some(found), Some(value))),
            Test::Regex(regex) => regex.is_match(&text(found)).unwrap_or(false),
        })
    }
}

/// A list has what any of its members has.
fn any(found: &Value, test: &dyn Fn(&Value) -> bool) -> bool {
    match found {
        Value::Array(items) => items.iter().any(test),
        one => test(one),
    }
}

fn same(found: &Value, wanted: &Value) -> bool {
    found == wanted || text(found) == text(wanted)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What is missing comes first; numbers by size, everything else by its text.
fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => text(a).cmp(&text(b)),
        },
    }
}

/// Whether a word of the search box stands anywhere in a row. `key:value` looks into labels, facts and custom fields alone.
fn holds_word(row: &Value, word: &str) -> bool {
    if let Some((key, wanted)) = word.split_once(':')
        && let Some(found) =
            OPEN.iter().filter_map(|(_, holder)| row.get(holder)?.get(key)).chain(row.get(key)).find(|found| !found.is_null())
    {
        return any(found, &|found| text(found).to_lowercase().contains(wanted));
    }
    holds(row, word)
}

fn holds(value: &Value, word: &str) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| key.to_lowercase() == word || holds(value, word)),
        Value::Array(items) => items.iter().any(|item| holds(item, word)),
        Value::Null | Value::Bool(_) => false,
        other => text(other).to_lowercase().contains(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: &[&str] = &["id", "name", "rank", "tags", "labels"];

    fn rows() -> Vec<Value> {
        vec![
            json!({"id": "1", "name": "web", "rank": 10, "tags": ["edge", "eu"], "labels": {"team": "前端"}}),
            json!({"id": "2", "name": "db", "rank": 9, "tags": [], "labels": {"team": "data"}}),
            json!({"id": "3", "name": "Web2", "rank": null, "tags": ["edge"], "labels": {}}),
        ]
    }

    fn ask(filter: &str, sort: &str, range: &str) -> Result<(Vec<String>, usize), Refusal> {
        let some = |text: &str| Some(text.to_owned());
        let query = ListQuery { filter: some(filter), sort: some(sort), range: some(range), ..ListQuery::default() };
        let listed = list(rows(), &query, FIELDS)?;
        Ok((listed.items.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect(), listed.total))
    }

    #[test]
    fn filters_hold_together_and_lists_have_what_a_member_has() {
        for (filter, wanted) in [
            (r#"{"name":"web"}"#, &["1"][..]),
            (r#"{"name":"we*"}"#, &["1", "3"]),
            (r#"{"id":["1","2"]}"#, &["1", "2"]),
            (r#"{"tags":"edge"}"#, &["1", "3"]),
            (r#"{"tags":"edge","tags_ne":"eu"}"#, &["3"]),
            (r#"{"rank_gte":10}"#, &["1"]),
            (r#"{"rank_lt":10}"#, &["2"]),
            (r#"{"rank":null}"#, &["3"]),
            (r#"{"label.team":"前端"}"#, &["1"]),
            (r#"{"name_regex":"^[a-z]+$"}"#, &["1", "2"]),
            (r#"{"label.team_ne":"data"}"#, &["1", "3"]),
            (r#"{"q":"WEB edge"}"#, &["1", "3"]),
            (r#"{"q":"team:data"}"#, &["2"]),
        ] {
            assert_eq!(ask(filter, "", "").unwrap().0, wanted, "{filter}");
        }
    }

    #[test]
    fn rows_come_in_their_order_and_the_total_counts_all() {
        assert_eq!(ask("", r#"["rank","ASC"]"#, "").unwrap().0, ["3", "2", "1"]);
        assert_eq!(ask("", r#"["rank","DESC"]"#, "[0,1]").unwrap(), (vec!["1".to_owned(), "2".to_owned()], 3));
        assert_eq!(ask("", r#"["rank","DESC"]"#, "[2,9]").unwrap().0, ["3"]);
    }

    #[test]
    fn what_no_row_can_have_is_refused() {
        for (filter, sort, range) in [
            (r#"{"nmae":"x"}"#, "", ""),
            ("", r#"["nmae","ASC"]"#, ""),
            ("", r#"["name","UP"]"#, ""),
            ("", "", "[3,1]"),
            ("{", "", ""),
            (r#"{"name.x":"x"}"#, "", ""),
        ] {
            assert!(ask(filter, sort, range).is_err(), "{filter} {sort} {range}");
        }
        assert!(ask(r#"{"nmae":"x"}"#, "", "").unwrap_err().to_string().contains("did you mean `name`"));
    }
}
