//! `http_json` and `http_yaml`: the answer of a web service is pillar data.

use crate::http::{Http, escape};
use pillar::{Ask, External};
use std::sync::OnceLock;
use tokio::runtime::Handle;
use value::{Map, Value, text, traverse};

/// A web service.
pub(super) struct Web {
    name: &'static str,
    read: fn(&str) -> Result<Value, String>,
    url: String,
    with_grains: bool,
    headers: Vec<(String, String)>,
    login: Option<(String, String)>,
    namespace: Option<String>,
    client: OnceLock<Http>,
}

impl Web {
    /// One that answers with JSON.
    pub(super) fn json(args: &Value) -> Result<Self, String> {
        Self::new("http_json", |text| value::json::read(text).map_err(|error| format!("no JSON: {error}")), args)
    }

    /// One that answers with YAML.
    pub(super) fn yaml(args: &Value) -> Result<Self, String> {
        Self::new("http_yaml", |text| yaml::load_value(text).map_err(|error| format!("no YAML: {error}, line {}", error.line)), args)
    }

    fn new(name: &'static str, read: fn(&str) -> Result<Value, String>, args: &Value) -> Result<Self, String> {
        let text_of = |key: &str| args.get(key).filter(|value| !value.is_null()).map(text::str);
        let url = args.as_str().map(str::to_owned).or_else(|| text_of("url")).ok_or("it needs `url`")?;
        for (key, _) in args.as_map().into_iter().flatten() {
            let key = text::str(key);
            if !["url", "with_grains", "header_dict", "username", "password", "namespace"].contains(&key.as_str()) {
                return Err(format!("there is no option `{key}`"));
            }
        }
        let headers = args.get("header_dict").and_then(Value::as_map);
        Ok(Self {
            name,
            read,
            url,
            with_grains: args.get("with_grains").is_some_and(Value::is_truthy),
            headers: headers.into_iter().flatten().map(|(key, value)| (text::str(key), text::str(value))).collect(),
            login: text_of("username").map(|user| (user, text_of("password").unwrap_or_default())),
            namespace: text_of("namespace"),
            client: OnceLock::new(),
        })
    }

    /// The address for a minion: `%s` is its id, `<path>` a grain where `with_grains` is set.
    fn address(&self, ask: &Ask<'_>) -> Result<String, String> {
        let mut id = String::new();
        escape(ask.minion(), &mut id);
        let url = self.url.replace("%s", &id);
        if !self.with_grains {
            return Ok(url);
        }
        let mut out = String::new();
        let mut rest = url.as_str();
        while let Some((before, inside)) = rest.split_once('<') {
            let (path, after) = inside.split_once('>').ok_or_else(|| format!("`{url}` has a `<` without a `>`"))?;
            let grain = traverse(&ask.inputs.grains, path, ":").ok_or_else(|| format!("this minion has no grain `{path}`"))?;
            out.push_str(before);
            escape(&text::str(grain), &mut out);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    async fn asked(&self, url: &str) -> Result<String, String> {
        let client = match self.client.get() {
            Some(client) => client,
            None => {
                let made = Http::new().map_err(|error| output::chain(&error))?;
                self.client.get_or_init(|| made)
            }
        };
        let mut asking = client.request(url).map_err(|error| output::chain(&error))?.get();
        for (name, value) in &self.headers {
            asking = asking.header(name, value).map_err(|error| output::chain(&error))?;
        }
        if let Some((user, password)) = &self.login {
            asking = asking.login(user, password);
        }
        let answer = asking.send().await.map_err(|error| output::chain(&error))?;
        if !(200..300).contains(&answer.status) {
            return Err(format!("it answered with status {}", answer.status));
        }
        String::from_utf8(answer.body.to_vec()).map_err(|_| "its answer is no UTF-8 text".to_owned())
    }
}

impl External for Web {
    fn name(&self) -> &str {
        self.name
    }

    fn pillar(&self, ask: &Ask<'_>) -> Result<Map, String> {
        let url = self.address(ask)?;
        // Pillar is compiled on a thread that may wait.
        let runtime = Handle::try_current().map_err(|_| "there is nobody to ask it")?;
        let answer = runtime.block_on(self.asked(&url)).and_then(|answer| (self.read)(&answer)).map_err(|why| format!("`{url}`: {why}"))?;
        let data = match answer {
            Value::Map(map) => map,
            Value::Null => Map::new(),
            other => return Err(format!("`{url}` answered with a {}, not a mapping", other.type_name())),
        };
        Ok(match &self.namespace {
            Some(name) => Map::from_iter([(name.as_str(), data)]),
            None => data,
        })
    }
}
