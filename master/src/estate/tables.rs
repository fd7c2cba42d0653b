//! Hosts as tables, out and in: what was exported changes nothing when it is imported again.

use super::hosts::{sees, step, wanted, within_quota};
use super::nouns::sight;
use super::view::state_word;
use crate::core::{Core, refusal};
use api::nouns::{FieldType, Kind, Noun};
use api::{HostPatch, HostTable, HostsImported, RowFault};
use cmdb::Host;
use manager::{Caller, How, Refusal};
use model::{MinionId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use value::Value;

/// The columns that every table has.
const FIXED: &[&str] = &["id", "state", "until", "reason", "project", "environment", "services", "tags", "notes"];
/// Facts that an export shows; an import passes them over.
const FACTS: &[&str] = &["osfinger", "ipv4", "serialnumber"];
/// A mark by which Excel knows UTF-8.
const MARK: char = '\u{feff}';
/// What a program for tables takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that no program for tables runs.
fn tame(text: &str) -> String {
    if text.starts_with(FORMULA) || text.starts_with('\'') { format!("'{text}") } else { text.to_owned() }
}

/// What the cell said before.
fn plain(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA) || rest.starts_with('\'')).unwrap_or(text)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::List(items) => items.iter().map(value::text::str).collect::<Vec<_>>().join(";"),
        Value::Map(_) | Value::Bool(_) => serde_json::to_string(value).unwrap_or_default(),
        other => value::text::str(other),
    }
}

/// All hosts that the caller may see.
///
/// # Errors
/// When the store is away.
pub async fn export(core: &Core, caller: &Caller) -> Result<HostTable, Refusal> {
    let sight = sight(core, caller).await?;
    let hosts: Vec<Arc<Host>> = core.estate.hosts().into_iter().filter(|host| sees(core, &sight, &host.id)).collect();
    let labels: BTreeSet<&str> = hosts.iter().flat_map(|host| host.about.labels.keys()).map(String::as_str).collect();
    let custom: BTreeSet<String> = hosts.iter().flat_map(|host| host.about.custom.keys()).map(value::text::str).collect();
    let broken = |error: csv::Error| Refusal::internal(format!("the table cannot be written: {error}"));
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(MARK.to_string().into_bytes());
    let heading = FIXED.iter().map(ToString::to_string).chain(labels.iter().map(|label| format!("label.{label}")));
    let heading =
        heading.chain(custom.iter().map(|field| format!("custom.{field}"))).chain(FACTS.iter().map(|fact| format!("fact.{fact}")));
    table.write_record(heading).map_err(broken)?;
    let now = Timestamp::now();
    for host in &hosts {
        let about = &host.about;
        let name = |kind: Kind, id: &Option<cmdb::ObjectId>| id.as_ref().map(|id| core.estate.name_of(kind, &id.0)).unwrap_or_default();
        let fixed = [
            host.id.to_string(),
            state_word(host, now).to_owned(),
            host.until.filter(|until| *until > now).map(|until| until.to_string()).unwrap_or_default(),
            about.reason.clone(),
            name(Kind::Project, &host.project),
            name(Kind::Environment, &host.environment),
            // By id: names of services are one in their project only.
            about.services.iter().map(|id| id.0.as_str()).collect::<Vec<_>>().join(";"),
            about.tags.iter().map(String::as_str).collect::<Vec<_>>().join(";"),
            about.notes.clone(),
        ];
        let labels = labels.iter().map(|label| about.labels.get(*label).cloned().unwrap_or_default());
        let custom = custom.iter().map(|field| about.custom.get(field).map(text_of).unwrap_or_default());
        let facts = FACTS.iter().map(|fact| host.facts.get(fact).map(text_of).unwrap_or_default());
        let cells = fixed.into_iter().chain(labels).chain(custom).chain(facts).map(|cell| tame(&cell));
        table.write_record(cells).map_err(broken)?;
    }
    let bytes = table.into_inner().map_err(|error| Refusal::internal(error.to_string()))?;
    String::from_utf8(bytes).map(|table| HostTable { table }).map_err(|error| Refusal::internal(error.to_string()))
}

/// Changes hosts by a table. Where a row is at fault nothing is changed, and all faults are told.
///
/// # Errors
/// When the table is none, a column is not known, something may not be done, or the store is away.
pub async fn import(core: &Core, caller: &Caller, table: &HostTable, how: &How) -> Result<HostsImported, Refusal> {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(table.table.trim_start_matches(MARK).as_bytes());
    let none = |error: csv::Error| Refusal::invalid(format!("this is no table: {error}"));
    let heading: Vec<String> = reader.headers().map_err(none)?.iter().map(|cell| plain(cell).to_owned()).collect();
    let is_known =
        |column: &&String| FIXED.contains(&column.as_str()) || ["label.", "custom.", "fact."].iter().any(|start| column.starts_with(start));
    if let Some(bad) = heading.iter().find(|column| !is_known(column)) {
        return Err(Refusal::invalid(format!("there is no column `{bad}`"))
            .with_hint(format!("there are {}, label.NAME, custom.NAME", FIXED.join(", "))));
    }
    if !heading.iter().any(|column| column == "id") {
        return Err(Refusal::invalid("the column `id` is missing"));
    }
    let _turn = core.estate.turn().await;
    let sight = sight(core, caller).await?;
    let (now, fields) = (Timestamp::now(), fields(core));
    let mut imported = HostsImported::default();
    let (mut hosts, mut entries, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for record in reader.records() {
        imported.rows += 1;
        let mut fault = |id: &str, fault: String| imported.faults.push(RowFault { row: imported.rows + 1, id: id.to_owned(), fault });
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                fault("", error.to_string());
                continue;
            }
        };
        let cells: Vec<(&str, &str)> = heading.iter().map(String::as_str).zip(record.iter().map(plain)).collect();
        let id = cells.iter().find(|(column, _)| *column == "id").map_or("", |(_, id)| *id);
        let known = MinionId::new(id).ok().and_then(|id| core.estate.host(&id)).filter(|host| sees(core, &sight, &host.id));
        let Some(host) = known else {
            fault(id, "there is no such host".to_owned());
            continue;
        };
        if !seen.insert(host.id.clone()) {
            fault(id, "it stands in the table twice".to_owned());
            continue;
        }
        let patch = match patch(&fields, &cells, &host, now) {
            Ok(patch) => patch,
            Err(why) => {
                fault(id, why);
                continue;
            }
        };
        let stepped = match wanted(core, &sight, &patch) {
            Ok(wanted) => step(core, caller, &host, &patch, &wanted, now).await,
            Err(refused) => Err(refused),
        };
        match stepped {
            Ok(None) => {}
            Ok(Some((next, entry))) => {
                imported.changed.push(next.id.clone());
                hosts.push(next);
                entries.push(entry);
            }
            Err(refused) if refused.code == api::ErrorCode::Unavailable => return Err(refused),
            Err(refused) => fault(id, refused.to_string()),
        }
    }
    within_quota(core, &hosts)?;
    if imported.faults.is_empty() && !how.dry_run && !hosts.is_empty() {
        core.estate.put_hosts(hosts, &entries).await.map_err(|error| refusal(&error))?;
    }
    Ok(imported)
}

/// What the cells of a row change of a host.
fn patch(fields: &Fields, cells: &[(&str, &str)], host: &Host, now: Timestamp) -> Result<HostPatch, String> {
    let mut patch = HostPatch::default();
    let words =
        |cell: &str| -> BTreeSet<String> { cell.split(';').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect() };
    for (column, cell) in cells {
        match *column {
            "state" => {
                let state = match *cell {
                    "active" => api::HostState::Active,
                    "maintenance" => api::HostState::Maintenance,
                    "retired" => api::HostState::Retired,
                    other => return Err(format!("`state`: `{other}` is none; active, maintenance and retired are")),
                };
                // A state that it has is no change: what is said of it stays.
                patch.state = (*cell != state_word(host, now)).then_some(state);
            }
            "until" if cell.is_empty() => {}
            "until" => patch.until = Some(cell.parse().map_err(|why| format!("`until`: {why}"))?),
            "reason" => patch.reason = Some((*cell).to_owned()),
            "project" => patch.project = Some((*cell).to_owned()),
            "environment" => patch.environment = Some((*cell).to_owned()),
            "services" => patch.services = Some(words(cell)),
            "tags" => {
                let tags = words(cell);
                patch.remove_tags = host.about.tags.difference(&tags).cloned().collect();
                patch.add_tags = tags;
            }
            "notes" => patch.notes = Some((*cell).to_owned()),
            column => match column.split_once('.') {
                Some(("label", label)) => drop(patch.labels.insert(label.to_owned(), (!cell.is_empty()).then(|| (*cell).to_owned()))),
                Some(("custom", field)) if !cell.is_empty() || host.about.custom.contains_key(field) => {
                    patch.custom.insert(field, value_of(fields.get(field), cell));
                }
                _ => {}
            },
        }
    }
    Ok(patch)
}

/// What custom fields hold, by name.
type Fields = BTreeMap<String, FieldType>;

fn fields(core: &Core) -> Fields {
    let all = core.estate.all(Kind::Field).into_iter().filter_map(|item| match &item.noun {
        Noun::Field(field) => Some((field.name.clone(), field.holds)),
        _ => None,
    });
    all.collect()
}

/// A cell as the custom field holds it. What it cannot be is left to the check of the field, which says so.
fn value_of(holds: Option<&FieldType>, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    match holds {
        Some(FieldType::List) => cell.split(';').map(str::trim).collect(),
        Some(FieldType::Int | FieldType::Bool | FieldType::Json) => serde_json::from_str(cell).unwrap_or_else(|_| Value::from(cell)),
        _ => Value::from(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_outside_and_what_it_was_inside() {
        for text in ["=cmd()", "-1", "@x", "'quoted", "主机", "", "'=x", "it's"] {
            assert_eq!(plain(&tame(text)), text);
            assert!(!tame(text).starts_with(FORMULA), "{text}");
        }
    }
}
