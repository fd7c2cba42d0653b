//! Returns as requests to a web service, one each.

use super::{Options, Record, Returner, Trouble};
use crate::http::Http;
use async_trait::async_trait;
use value::{Value, text};

/// Posts to an address.
pub struct Webhook {
    http: Http,
    url: String,
    headers: Vec<(String, String)>,
}

impl Webhook {
    /// The options are `url` and `headers`.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(options: &Options<'_>) -> Result<Self, String> {
        options.known(&["url", "headers"])?;
        let http = Http::new().map_err(|error| output::chain(&error))?;
        let url = options.need("url")?;
        http.request(&url).map_err(|error| error.to_string())?;
        let headers = match options.0.get("headers") {
            Some(Value::Map(map)) => map.iter().map(|(name, value)| (text::str(name), text::str(value))).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(_) => return Err("`headers` is a mapping of names to values".to_owned()),
        };
        Ok(Self { http, url, headers })
    }
}

/// What a status means for the one who sent.
pub(super) fn judge(status: u16, url: &str) -> Result<(), Trouble> {
    match status {
        200..=299 => Ok(()),
        // Not now, too many, not logged in (which the operator will mend): the same request may go well later.
        401 | 403 | 404 | 408 | 425 | 429 | 500..=599 => Err(Trouble::Away(format!("`{url}` answered with status {status}"))),
        _ => Err(Trouble::Refused(format!("`{url}` answered with status {status}"))),
    }
}

#[async_trait]
impl Returner for Webhook {
    fn at_once(&self) -> u32 {
        1
    }

    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble> {
        for record in records {
            let mut asking = self.http.request(&self.url).map_err(|error| Trouble::away(&error))?;
            for (name, value) in &self.headers {
                asking = asking.header(name, value).map_err(|error| Trouble::away(&error))?;
            }
            let answer = asking.body("application/json", record.to_json()).send().await.map_err(|error| Trouble::away(&error))?;
            judge(answer.status, &self.url)?;
        }
        Ok(())
    }
}
