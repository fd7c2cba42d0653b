//! `sylvite schema`: a JSON Schema of SLS files, made from the same tables that run them, so that editors complete and check as one types.

use crate::functions;
use sdk::{ArgSpec, Registry, Signature};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

/// Print the JSON Schema (draft 2020-12) of SLS files, for editors.
#[derive(Debug, clap::Args)]
pub struct Schema {
    /// Without line breaks.
    #[arg(long)]
    compact: bool,
}

impl Schema {
    /// Prints it.
    #[must_use]
    pub fn main(&self) -> ExitCode {
        let schema = schema(&functions::registry());
        let text = if self.compact { serde_json::to_string(&schema) } else { serde_json::to_string_pretty(&schema) };
        let printed = text.map_err(std::io::Error::other).and_then(|text| writeln!(std::io::stdout().lock(), "{text}"));
        if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The schema of an SLS file whose states are those of a registry.
#[must_use]
pub fn schema(registry: &Registry) -> Value {
    let mut definitions = Map::new();
    let mut modules: BTreeMap<&str, Vec<&Signature>> = BTreeMap::new();
    let mut blocks = Map::new();
    let mut short = Vec::new();
    for (name, entry) in registry.states() {
        modules.entry(entry.module).or_default().push(entry.signature);
        definitions.insert(name.to_owned(), function(name, entry.signature));
        blocks.insert(name.to_owned(), json!({"$ref": format!("#/$defs/{name}")}));
        short.push(name);
    }
    for (module, signatures) in &modules {
        definitions.insert((*module).to_owned(), split(module, signatures));
        blocks.insert((*module).to_owned(), json!({"$ref": format!("#/$defs/{module}")}));
    }
    definitions.insert("engine words".to_owned(), json!({"properties": words()}));
    for (name, definition) in shared() {
        definitions.insert(name.to_owned(), definition);
    }
    definitions.insert(
        "declaration".to_owned(),
        json!({
            "description": "What is to be so: states by module and function.",
            "anyOf": [
                {"type": "string", "enum": short},
                {"type": "object", "properties": blocks, "patternProperties": {"^__": true}, "additionalProperties": false},
            ],
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "SLS file",
        "description": format!("States of Sylvite {}.", env!("CARGO_PKG_VERSION")),
        "type": ["object", "null"],
        "properties": {
            "include": {"description": "SLS to read before this one.", "$ref": "#/$defs/includes"},
            "exclude": {"description": "SLS and ids to leave out.", "$ref": "#/$defs/excludes"},
            "extend": {
                "description": "Arguments to add to states of other SLS.",
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/declaration"},
            },
        },
        "additionalProperties": {"$ref": "#/$defs/declaration"},
        "$defs": definitions,
    })
}

/// `pkg.installed:` with its arguments below.
fn function(name: &str, signature: &Signature) -> Value {
    json!({
        "title": name,
        "description": help(signature.doc),
        "type": "array",
        "items": {"anyOf": [argument(&[signature])]},
    })
}

/// `pkg:` with the function among the arguments.
fn split(module: &str, signatures: &[&Signature]) -> Value {
    let names: Vec<&str> = signatures.iter().map(|signature| signature.name).collect();
    json!({
        "title": module,
        "type": "array",
        "items": {"anyOf": [{"type": "string", "enum": names}, argument(signatures)]},
        "contains": {"type": "string", "enum": names},
    })
}

/// One entry of a list of arguments: a mapping with one key (a short-hand writes several).
fn argument(signatures: &[&Signature]) -> Value {
    let mut properties = words();
    for signature in signatures {
        for spec in signature.args {
            for name in std::iter::once(&spec.name).chain(spec.aliases) {
                // Where functions of a module differ about an argument, the first one describes it and any kind is right.
                let described = match properties.get(*name) {
                    Some(known) if signatures.len() > 1 && !is_word(name) => json!({"description": known.get("description")}),
                    _ => described(spec),
                };
                properties.insert((*name).to_owned(), described);
            }
        }
    }
    let takes_more = signatures.iter().any(|signature| signature.extra);
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "patternProperties": {"^__": true},
        "additionalProperties": takes_more,
    })
}

fn is_word(name: &str) -> bool {
    sls::ENGINE_WORDS.contains(&name)
}

fn described(spec: &ArgSpec) -> Value {
    let mut schema = Map::new();
    schema.insert("description".to_owned(), help(spec.doc).into());
    if let Some(kinds) = kinds(spec.expected) {
        schema.insert("anyOf".to_owned(), json!([kinds, {"type": "string", "pattern": "__slot__:"}, {"type": "null"}]));
    }
    if let Some(default) = spec.default.map(|default| default()).filter(|default| !default.is_null())
        && let Ok(default) = serde_json::to_value(&default)
    {
        schema.insert("default".to_owned(), default);
    }
    Value::Object(schema)
}

/// What may be written where something is expected. Decoding is as lenient as Salt, so texts stand for numbers and one value for a list;
/// kinds with a grammar of their own are left to it.
fn kinds(expected: &str) -> Option<Value> {
    Some(match expected {
        "text" => json!({"type": ["string", "number", "boolean"]}),
        "yes or no" => {
            json!({"anyOf": [{"type": ["boolean", "number"]}, {"type": "string", "pattern": "^(?i:true|false|yes|no|on|off|none|0|1|)$"}]})
        }
        "a whole number" => json!({"anyOf": [{"type": ["integer", "boolean"]}, {"type": "string", "pattern": "^\\s*[-+]?[0-9]+\\s*$"}]}),
        "a number" => json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^\\s*[-+]?[0-9.]"}]}),
        "a mapping" => json!({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}, {"enum": [false, ""]}]}),
        "words, as a list or with commas between them" => json!({"type": ["array", "string", "number", "boolean"]}),
        "a span of time such as 30s" => json!({"type": ["string", "number"]}),
        "a mode such as 0644" => json!({"type": ["string", "integer"]}),
        _ => return None,
    })
}

/// The words of every state.
fn words() -> Map<String, Value> {
    let of = |word: &str, name: &str, description: &str| {
        (word.to_owned(), json!({"description": description, "$ref": format!("#/$defs/{name}")}))
    };
    let mut words: Map<String, Value> = sls::ENGINE_WORDS
        .into_iter()
        .filter(|word| !word.starts_with("__"))
        .map(|word| (word.to_owned(), json!({"description": "A word of every state."})))
        .collect();
    let references = [
        ("require", "Runs after these, if they succeeded."),
        ("watch", "As `require`, and reacts when they changed something."),
        ("onchanges", "Runs if these changed something."),
        ("onfail", "Runs if these failed."),
        ("prereq", "Runs before these, if they would change something."),
        ("listen", "Reacts at the end of the run when these changed something."),
        ("use", "Takes over arguments of these."),
    ];
    for (word, help) in references {
        words.extend([of(word, "references", help)]);
        words.extend([of(&format!("{word}_in"), "references", &format!("The same from the other side. `{word}`: {help}"))]);
    }
    for kind in sls::Kind::ALL.into_iter().filter(|kind| kind.name().contains('_')) {
        words.extend([of(kind.name(), "references", "As without the ending, for any or all of them.")]);
    }
    words.extend([
        of("onlyif", "conditions", "Runs only if this command or function succeeds."),
        of("unless", "conditions", "Does not run if this command or function succeeds."),
        of("creates", "texts", "Does not run if this file is there."),
        of("check_cmd", "conditions", "Decides by a command whether the state succeeded."),
        of("retry", "retry", "Tries again after a failure."),
        of("names", "names", "Several things at once, each with its name."),
        of("order", "order", "Place in the run: a number, `first` or `last`."),
        of("failhard", "flag", "Ends the run if this state fails."),
        of("parallel", "flag", "Runs beside the states that follow."),
        of("reload_modules", "flag", "Known for compatibility."),
        of("reload_grains", "flag", "Looks at the host again afterwards."),
        of("reload_pillar", "flag", "Reads the pillar anew afterwards."),
        of("no_log", "flag", "Hides what the state says."),
        of("aggregate", "flag", "Joins states of one kind into one transaction."),
    ]);
    words
}

fn shared() -> [(&'static str, Value); 9] {
    let name = json!({"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "maxProperties": 1}]});
    [
        ("includes", json!({"type": ["array", "string"], "items": name})),
        ("excludes", json!({"type": ["array", "string"], "items": name})),
        (
            "references",
            json!({
                "description": "States, as `module: id`, as an id, or as `sls: name`.",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1}]}}],
            }),
        ),
        ("conditions", json!({"type": ["array", "string", "boolean", "object"]})),
        ("texts", json!({"type": ["array", "string"]})),
        (
            "retry",
            json!({
                "anyOf": [
                    {"type": "boolean"},
                    {"type": "integer"},
                    {
                        "type": "object",
                        "properties": {
                            "attempts": {"type": "integer"},
                            "interval": {"type": "number"},
                            "splay": {"type": "number"},
                            "until": {"type": "boolean"},
                        },
                    },
                    {"type": "array", "items": {"type": "object"}},
                ],
            }),
        ),
        ("names", json!({"type": ["array", "object", "string"]})),
        ("order", json!({"anyOf": [{"type": "number"}, {"enum": ["first", "last"]}, {"type": "string", "pattern": "^-?[0-9]+$"}]})),
        ("flag", json!({"type": ["boolean", "string", "integer", "array", "null"]})),
    ]
}

/// A doc comment as one line of help and what follows.
fn help(doc: &str) -> String {
    doc.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_in_the_schema_with_its_arguments_and_the_words_of_every_state() {
        let registry = functions::registry();
        let schema = schema(&registry);
        for (name, entry) in registry.states() {
            let properties = &schema["$defs"][name]["items"]["anyOf"][0]["properties"];
            for spec in entry.signature.args {
                assert!(properties[spec.name]["description"].is_string(), "{name} {}", spec.name);
            }
            assert!(properties["require"].is_object() && properties["onlyif"].is_object(), "{name}");
            assert!(schema["$defs"]["declaration"]["anyOf"][1]["properties"][name].is_object());
        }
    }

    #[test]
    fn every_reference_in_the_schema_leads_somewhere() {
        fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(map) => {
                    found.extend(map.get("$ref").and_then(Value::as_str));
                    map.values().for_each(|inner| references(inner, found));
                }
                Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let schema = schema(&functions::registry());
        let mut found = Vec::new();
        references(&schema, &mut found);
        assert!(found.len() > 100);
        for reference in found {
            assert!(schema.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }
}
