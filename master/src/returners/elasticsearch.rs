//! Returns as documents of Elasticsearch or OpenSearch, by the bulk interface. A document's id is made of job and minion, so one that is
//! sent twice is one.

use super::webhook::judge;
use super::{Options, Record, Returner, Trouble};
use crate::http::Http;
use async_trait::async_trait;
use value::{Map, Value};

/// Indexes returns.
pub struct Elasticsearch {
    http: Http,
    url: String,
    index: String,
    authorization: Option<String>,
}

impl Elasticsearch {
    /// The options are `url` (a name and password may stand in it), `index` and `api_key`.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(options: &Options<'_>) -> Result<Self, String> {
        options.known(&["url", "index", "api_key"])?;
        let http = Http::new().map_err(|error| output::chain(&error))?;
        let url = format!("{}/_bulk", options.need("url")?.trim_end_matches('/'));
        http.request(&url).map_err(|error| error.to_string())?;
        let index = options.get("index").unwrap_or_else(|| "sylvite-returns".to_owned());
        Ok(Self { http, url, index, authorization: options.get("api_key").map(|key| format!("ApiKey {key}")) })
    }

    /// Two lines a document. The returned value stands as text: of one field, functions return every type there is.
    fn lines(&self, records: &[Record]) -> String {
        let mut lines = String::new();
        for record in records {
            let mut place = Map::new();
            place.insert("_index", self.index.as_str());
            place.insert("_id", format!("{}-{}", record.returned.job, record.returned.minion));
            let mut document = record.to_map();
            for key in ["return", "fun_args", "metadata"] {
                if let Some(value) = document.remove(key) {
                    document.insert(key, serde_json::to_string(&value).unwrap_or_default());
                }
            }
            document.insert("@timestamp", record.returned.finished.to_string());
            let json = |map: Map| serde_json::to_string(&map).unwrap_or_default();
            lines.push_str(&json(Map::from_iter([("index", place)])));
            lines.push('\n');
            lines.push_str(&json(document));
            lines.push('\n');
        }
        lines
    }
}

#[async_trait]
impl Returner for Elasticsearch {
    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble> {
        let mut asking = self.http.request(&self.url).map_err(|error| Trouble::away(&error))?;
        if let Some(authorization) = &self.authorization {
            asking = asking.header("authorization", authorization).map_err(|error| Trouble::away(&error))?;
        }
        let answer = asking.body("application/x-ndjson", self.lines(records)).send().await.map_err(|error| Trouble::away(&error))?;
        judge(answer.status, "_bulk")?;
        let told: Value = serde_json::from_slice(&answer.body).map_err(|error| Trouble::Away(format!("the answer is no JSON: {error}")))?;
        if !told.get("errors").is_some_and(Value::is_truthy) {
            return Ok(());
        }
        // Of several only some may have failed; sent again one by one, those that went well stay one.
        let statuses = told.get("items").and_then(Value::as_list).unwrap_or_default().iter().filter_map(|item| {
            let one = item.as_map()?.values().next()?;
            one.get("status")?.as_int()
        });
        let worst = statuses.filter(|status| *status >= 300).max().unwrap_or(500);
        match worst {
            400..=499 if worst != 429 => Err(Trouble::Refused(format!("a document was refused with status {worst}"))),
            _ => Err(Trouble::Away(format!("documents failed with status {worst}"))),
        }
    }
}
