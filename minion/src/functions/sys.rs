//! What there is: functions and states with their help and arguments, from the table itself.

use model::Glob;
use sdk::{Args, Failure, Map, Query, Read, Registry, Signature, Value};

sdk::module!(
    sys,
    [
        Doc,
        StateDoc,
        Argspec,
        StateArgspec,
        StateSchema,
        ListFunctions,
        ListModules,
        ListStateFunctions,
        ListStateModules,
        ListRenderers,
        RendererDoc,
        ReloadModules,
    ]
);

/// Renderers of a usual installation of Salt that are here too. `json5`, `text` and `toml` work as well, but trees that ask for the list
/// know them as additions.
const RENDERERS: [&str; 4] = ["gpg", "jinja", "json", "yaml"];

/// What each renderer does.
const RENDERER_HELP: [(&str, &str); 7] = [
    ("gpg", "Decrypts the texts of a value that are PGP messages, by the program `gpg` and the keys of `gpg_keydir`."),
    ("jinja", "Renders a template of Jinja2 with `salt`, `grains`, `pillar`, `opts` and the variables of its place to text."),
    ("json", "Reads JSON."),
    ("json5", "Reads JSON5: JSON with comments, trailing commas and names without quotes."),
    ("text", "Leaves a text as it is."),
    ("toml", "Reads TOML."),
    ("yaml", "Reads YAML 1.1; one key twice in a mapping is an error."),
];

fn registry(read: &Read) -> &Registry {
    read.agent().registry()
}

/// Functions or states as pairs of name and signature.
fn all_functions(read: &Read) -> Vec<(&str, &'static Signature)> {
    registry(read).functions().map(|(name, entry)| (name, entry.signature)).collect()
}

fn all_states(read: &Read) -> Vec<(&str, &'static Signature)> {
    registry(read).states().map(|(name, entry)| (name, entry.signature)).collect()
}

/// Those that are meant by names: `test.ping` one, `test` a module, `test.p*` a pattern; no name means all.
fn meant<'a>(all: Vec<(&'a str, &'static Signature)>, names: &[Value]) -> Vec<(&'a str, &'static Signature)> {
    let names: Vec<String> = names.iter().map(value::text::str).collect();
    let fits = |full: &str| {
        names.is_empty()
            || names.iter().any(|name| match (Glob::is_pattern(name), name.contains('.')) {
                (true, _) => Glob::new(name).matches(full),
                (false, true) => full == name,
                (false, false) => full.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')),
            })
    };
    all.into_iter().filter(|(full, _)| fits(full)).collect()
}

fn docs(found: Vec<(&str, &'static Signature)>) -> Value {
    Value::Map(found.into_iter().map(|(name, signature)| (name, help(signature))).collect())
}

/// The help of a function: its doc comment, then its arguments.
fn help(signature: &Signature) -> String {
    let mut text = signature.doc.trim().to_owned();
    if !signature.args.is_empty() {
        text.push_str("\n\nArguments:\n");
    }
    for spec in signature.args {
        let default =
            spec.default.map_or_else(|| " (needed)".to_owned(), |default| format!(" (default {})", value::text::repr(&default())));
        text.push_str(&format!("\n  {}{default}\n    {}\n", spec.name, spec.doc.trim()));
    }
    text
}

fn specs(found: Vec<(&str, &'static Signature)>, takes_more: impl Fn(&Signature) -> bool) -> Value {
    let spec = |signature: &'static Signature| {
        let names: Vec<Value> = signature.args.iter().map(|spec| Value::from(spec.name)).collect();
        let defaults: Vec<Value> = signature.args.iter().filter_map(|spec| spec.default).map(|default| default()).collect();
        let list = |items: Vec<Value>| if items.is_empty() { Value::Null } else { Value::List(items) };
        let flag = |flag: bool| if flag { Value::Bool(true) } else { Value::Null };
        let mut shown = Map::new();
        shown.insert("args", list(names));
        shown.insert("varargs", flag(signature.rest));
        shown.insert("kwargs", flag(takes_more(signature)));
        shown.insert("defaults", list(defaults));
        Value::Map(shown)
    };
    Value::Map(found.into_iter().map(|(name, signature)| (name, spec(signature))).collect())
}

fn names(found: &[(&str, &'static Signature)]) -> Value {
    Value::List(found.iter().map(|(name, _)| Value::from(*name)).collect())
}

fn modules(found: &[(&str, &'static Signature)], patterns: &[Value]) -> Value {
    let mut modules: Vec<&str> = found.iter().filter_map(|(name, _)| name.split_once('.').map(|(module, _)| module)).collect();
    modules.dedup();
    modules.sort_unstable();
    modules.dedup();
    let fits = |module: &str| patterns.is_empty() || patterns.iter().any(|pattern| Glob::new(&value::text::str(pattern)).matches(module));
    Value::List(modules.into_iter().filter(|module| fits(module)).map(Value::from).collect())
}

macro_rules! listing {
    ($(#[$doc:meta])* $name:ident |$read:ident, $names:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Names or patterns; none means all.
            #[arg(rest)]
            names: Vec<Value>,
        }

        impl Query for $name {
            type Output = Value;

            async fn call(self, $read: &Read) -> Result<Value, Failure> {
                let $names = self.names;
                Ok($body)
            }
        }
    };
}

listing! {
    /// Show the help of functions.
    ///
    /// ```salt
    /// salt '*' sys.doc cmd.run
    /// ```
    Doc |read, names| docs(meant(all_functions(read), &names))
}

listing! {
    /// Show the help of states.
    ///
    /// ```salt
    /// salt '*' sys.state_doc file.managed
    /// ```
    StateDoc |read, names| docs(meant(all_states(read), &names))
}

listing! {
    /// Show the arguments of functions.
    ///
    /// ```salt
    /// salt '*' sys.argspec pkg.install
    /// ```
    Argspec |read, names| specs(meant(all_functions(read), &names), |signature| signature.extra)
}

listing! {
    /// Show the arguments of states.
    ///
    /// ```salt
    /// salt '*' sys.state_argspec pkg.installed
    /// ```
    StateArgspec |read, names| specs(meant(all_states(read), &names), |_| true)
}

listing! {
    /// List functions.
    ///
    /// ```salt
    /// salt '*' sys.list_functions 'file.*'
    /// ```
    ListFunctions |read, wanted| names(&meant(all_functions(read), &wanted))
}

listing! {
    /// List modules with functions.
    ///
    /// ```salt
    /// salt '*' sys.list_modules
    /// ```
    ListModules |read, wanted| modules(&all_functions(read), &wanted)
}

listing! {
    /// List states.
    ///
    /// ```salt
    /// salt '*' sys.list_state_functions 'pkg.*'
    /// ```
    ListStateFunctions |read, wanted| names(&meant(all_states(read), &wanted))
}

listing! {
    /// List modules with states.
    ///
    /// ```salt
    /// salt '*' sys.list_state_modules
    /// ```
    ListStateModules |read, wanted| modules(&all_states(read), &wanted)
}

listing! {
    /// List renderers.
    ///
    /// ```salt
    /// salt '*' sys.list_renderers
    /// ```
    ListRenderers |_read, wanted| {
        let fits = |name: &str| wanted.is_empty() || wanted.iter().any(|pattern| Glob::new(&value::text::str(pattern)).matches(name));
        Value::List(RENDERERS.into_iter().filter(|name| fits(name)).map(Value::from).collect())
    }
}

listing! {
    /// Show what renderers do.
    ///
    /// ```salt
    /// salt '*' sys.renderer_doc jinja 'j*'
    /// ```
    RendererDoc |_read, wanted| {
        let fits = |name: &str| wanted.is_empty() || wanted.iter().any(|pattern| Glob::new(&value::text::str(pattern)).matches(name));
        Value::Map(RENDERER_HELP.into_iter().filter(|(name, _)| fits(name)).collect())
    }
}

listing! {
    /// Return a JSON Schema of the arguments of each state.
    ///
    /// ```salt
    /// salt '*' sys.state_schema pkg.installed
    /// ```
    StateSchema |read, names| Value::List(meant(all_states(read), &names).into_iter().map(|(name, signature)| schema(name, signature)).collect())
}

/// The schema of one state's arguments, which are all of its own names: what every state takes besides is not in it.
fn schema(name: &str, signature: &'static Signature) -> Value {
    let mut properties = Map::new();
    for spec in signature.args {
        let mut property: Map = [("title", spec.name), ("description", spec.doc.trim())].into_iter().collect();
        if let Some(default) = spec.default {
            property.insert("default", default());
        }
        properties.insert(spec.name, property);
    }
    let named = |keep: fn(&sdk::ArgSpec) -> bool| -> Vec<Value> {
        signature.args.iter().filter(|spec| keep(spec)).map(|spec| Value::from(spec.name)).collect()
    };
    let mut schema: Map =
        [("$schema", "http://json-schema.org/draft-04/schema#"), ("type", "object"), ("title", name)].into_iter().collect();
    schema.insert("description", signature.doc.lines().next().unwrap_or_default());
    schema.insert("properties", properties);
    schema.insert("x-ordering", named(|_| true));
    schema.insert("required", named(|spec| spec.default.is_none()));
    schema.insert("additionalProperties", true);
    Value::Map(schema)
}

/// Read modules again; they are part of the program, so there is nothing to read.
///
/// ```salt
/// salt '*' sys.reload_modules
/// ```
#[derive(Args)]
pub struct ReloadModules;

impl Query for ReloadModules {
    type Output = bool;

    async fn call(self, _: &Read) -> Result<bool, Failure> {
        Ok(true)
    }
}
