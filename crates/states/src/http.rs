//! Web services that must answer as they should.

use fancy_regex::Regex;
use modules::http::{Asked, Patience, Sent};
use modules::http_arguments;
use sdk::{Applied, Check, Cx, Failure, Map, Outlook, Read, State, Value, text};

sdk::states!(http, [Query, WaitForSuccessfulQuery]);

macro_rules! expectation {
    ($(#[$doc:meta])* pub struct $name:ident { $($own:tt)* }) => {
        http_arguments! {
            $(#[$doc])*
            pub struct $name {
                /// The address.
                name: String,
                /// What the text has in it.
                r#match: Option<Value>,
                /// How `match` is read: `string` or `pcre`.
                #[arg(default = "string")]
                match_type: String,
                /// The status, or a list of them.
                status: Option<Value>,
                /// How `status` is read: `string`, `pcre` or `list`.
                #[arg(default = "string")]
                status_type: String,
                $($own)*
                /// Seconds between two attempts.
                #[arg(default = 1.0)]
                request_interval: f64,
                /// Known for compatibility: the text is always given back.
                #[arg(default = true, ignored)]
                text: bool,
            }
        }

        impl $name {
            fn expectation(&self) -> Expectation<'_> {
                Expectation { text: self.r#match.as_ref(), text_type: &self.match_type, status: self.status.as_ref(), status_type: &self.status_type }
            }

            /// Asks once.
            async fn ask(&self, read: &Read) -> Result<Sent, Failure> {
                Asked { status: true, text: true, ..self.asked() }.send(&self.name, read).await
            }
        }
    };
}

expectation! {
    /// Ensure a web service answers as it should.
    ///
    /// ```salt
    /// http://127.0.0.1:8080/health:
    ///   http.query:
    ///     - status: 200
    ///     - match: alive
    /// ```
    pub struct Query {
        /// Seconds for which it is asked again until there is no error.
        wait_for: Option<u64>,
    }
}

expectation! {
    /// Ensure a web service answers as it should, within some time.
    ///
    /// ```salt
    /// http://127.0.0.1:8080/health:
    ///   http.wait_for_successful_query:
    ///     - status: 200
    ///     - wait_for: 60
    ///     - request_interval: 2
    /// ```
    pub struct WaitForSuccessfulQuery {
        /// Seconds after which it is given up.
        #[arg(default = 300)]
        wait_for: u64,
    }
}

/// What an answer has to be.
struct Expectation<'a> {
    text: Option<&'a Value>,
    text_type: &'a str,
    status: Option<&'a Value>,
    status_type: &'a str,
}

impl Expectation<'_> {
    /// Whether an answer is as it should be, and what is said of it.
    fn judge(&self, sent: &Sent) -> Result<(bool, String), Failure> {
        let mut said = Vec::new();
        let mut good = None;
        if let Some(wanted) = self.text {
            let (wanted, have) = (text::str(wanted), sent.text("text"));
            let (found, what) = match self.text_type {
                "pcre" => (search(&wanted, &have)?, "pattern"),
                _ => (have.contains(&wanted), "text"),
            };
            said.push(format!("Match {what} \"{wanted}\" was {}found.", if found { "" } else { "not " }));
            good = Some(found);
        }
        if let Some(wanted) = self.status {
            let have = sent.text("status");
            let one = text::str(wanted);
            let found = match (self.status_type, wanted) {
                ("list", Value::List(all)) => {
                    let hits: Vec<String> = all.iter().map(text::str).filter(|status| *status == have).collect();
                    said.extend(hits.iter().map(|status| format!("Status {status} was found.")));
                    if hits.is_empty() {
                        said.push(format!("Statuses {one} were not found."));
                    }
                    !hits.is_empty()
                }
                (kind, _) => {
                    let (found, what) = match kind {
                        "pcre" => (search(&one, &have)?, format!("Status pattern \"{one}\"")),
                        _ => (have == one, format!("Status {one}")),
                    };
                    said.push(format!("{what} was {}found.", if found { "" } else { "not " }));
                    found
                }
            };
            good = Some(good.unwrap_or(true) && found);
        }
        Ok((good == Some(true), said.join(" ")))
    }

    fn applied(&self, sent: &Sent) -> Result<Applied, Failure> {
        let (result, comment) = self.judge(sent)?;
        let extra = std::iter::once(("data", Value::Map(sent.answer.clone()))).collect();
        Ok(Applied { result, extra, ..Applied::ok(comment, Map::new()) })
    }

    /// What can be said without asking. An address for tests is asked where this is one.
    fn outlook(&self, sent: &Sent, test_url: Option<&str>) -> Result<Check<()>, Failure> {
        if self.text.is_none() && self.status.is_none() {
            return Ok(Check::fails(" Either match text (match) or a status code (status) is required."));
        }
        let (_, comment) = self.judge(sent)?;
        let other = test_url.map(|url| format!(", TEST URL WAS: {}", sdk::scrubbed(url))).unwrap_or_default();
        Ok(Check::Change(Outlook::new(format!("{comment} (TEST MODE{other})"), Map::new()), ()))
    }
}

fn search(pattern: &str, text: &str) -> Result<bool, Failure> {
    let bad = |error: fancy_regex::Error| Failure::bad_arguments(format!("`{pattern}` is no regular expression: {error}"));
    Regex::new(pattern).map_err(bad)?.is_match(text).map_err(bad)
}

/// A request may change what it asks, so a look sends none: but to the address that was given for tests.
async fn rehearse(asked: Asked, test_url: Option<&str>, read: &Read) -> Result<Sent, Failure> {
    match test_url.filter(|_| read.opt("test").is_some_and(Value::is_truthy)) {
        Some(url) => Asked { status: true, text: true, test: None, ..asked }.send(url, read).await,
        None => Ok(Sent::default()),
    }
}

impl State for Query {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let sent = rehearse(self.asked(), self.test_url.as_deref(), read).await?;
        self.expectation().outlook(&sent, self.test_url.as_deref())
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let patience = Patience::new(self.wait_for.unwrap_or(0), self.request_interval);
        loop {
            let sent = self.ask(cx.read()).await;
            let good = sent.as_ref().is_ok_and(|sent| !sent.answer.contains_key("error"));
            if good || !patience.again(cx.read()).await {
                let sent = sent?;
                let applied = self.expectation().applied(&sent)?;
                sent.write_out(cx)?;
                return Ok(applied);
            }
        }
    }
}

impl State for WaitForSuccessfulQuery {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let sent = rehearse(self.asked(), self.test_url.as_deref(), read).await?;
        self.expectation().outlook(&sent, self.test_url.as_deref())
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let patience = Patience::new(self.wait_for, self.request_interval);
        loop {
            let tried = match self.ask(cx.read()).await {
                Ok(sent) => self.expectation().applied(&sent).map(|applied| (sent, applied)),
                Err(failure) => Err(failure),
            };
            let good = tried.as_ref().is_ok_and(|(_, applied)| applied.result);
            if good || !patience.again(cx.read()).await {
                let (sent, applied) = tried?;
                sent.write_out(cx)?;
                return Ok(applied);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: Option<&str>, status: Option<&str>, kind: &str) -> (bool, String) {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let (text, status) = (text.map(value), status.map(value));
        let expectation = Expectation { text: text.as_ref(), text_type: "string", status: status.as_ref(), status_type: kind };
        let answer: Map = [("text", Value::from("all is well")), ("status", Value::from(200))].into_iter().collect();
        expectation.judge(&Sent { answer, files: Vec::new() }).unwrap()
    }

    #[test]
    fn both_text_and_status_must_be_as_expected() {
        assert_eq!(judge(Some("\"well\""), Some("200"), "string"), (true, "Match text \"well\" was found. Status 200 was found.".into()));
        assert_eq!(
            judge(Some("\"ill\""), Some("200"), "string"),
            (false, "Match text \"ill\" was not found. Status 200 was found.".into())
        );
        assert_eq!(judge(None, Some("[201, 404]"), "list"), (false, "Statuses [201, 404] were not found.".into()));
        assert_eq!(judge(None, Some("[201, 200]"), "list"), (true, "Status 200 was found.".into()));
        assert_eq!(judge(None, Some("\"^2\""), "pcre"), (true, "Status pattern \"^2\" was found.".into()));
    }
}
