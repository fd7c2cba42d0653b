//! Requests that the minion makes of web services.

mod ask;
mod decode;
mod xml;

pub use ask::{Asked, Sent};

use crate::http_arguments;
use sdk::{Action, Cx, Failure, Map, Read, text};
use std::time::Duration;
use tokio::time::Instant;

sdk::module!(http, [Query, WaitForSuccessfulQuery]);

http_arguments! {
    /// Ask a web service, and read its answer.
    ///
    /// ```salt
    /// salt '*' http.query https://example.org/api/items method=POST data='{"name": "x"}' status=True decode=True
    /// ```
    pub struct Query {
        /// The address.
        url: String,
        /// Give back the status.
        #[arg(default = false, named)]
        status: bool,
        /// Give back the text.
        #[arg(default = false, named)]
        text: bool,
    }
}

http_arguments! {
    /// Ask a web service until it answers without an error.
    ///
    /// ```salt
    /// salt '*' http.wait_for_successful_query http://127.0.0.1:8080/health wait_for=60 request_interval=1
    /// ```
    pub struct WaitForSuccessfulQuery {
        /// The address.
        url: String,
        /// Seconds after which it is given up.
        #[arg(default = 300)]
        wait_for: u64,
        /// Seconds between two attempts.
        #[arg(default = 1.0, named)]
        request_interval: f64,
        /// Give back the status.
        #[arg(default = false, named)]
        status: bool,
        /// Give back the text.
        #[arg(default = false, named)]
        text: bool,
    }
}

impl Action for Query {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let asked = Asked { status: self.status, text: self.text, ..self.asked() };
        asked.send(&self.url, cx.read()).await?.write_out(cx)
    }
}

impl Action for WaitForSuccessfulQuery {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let asked = Asked { status: self.status, text: self.text, ..self.asked() };
        let patience = Patience::new(self.wait_for, self.request_interval);
        loop {
            let sent = asked.send(&self.url, cx.read()).await;
            let good = sent.as_ref().is_ok_and(|sent| !sent.answer.contains_key("error"));
            if good || !patience.again(cx.read()).await {
                return sent?.write_out(cx);
            }
        }
    }
}

/// For how long something is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    begun: Instant,
    limit: Duration,
    interval: Duration,
}

impl Patience {
    /// So many seconds from now, with a pause between two attempts.
    #[must_use]
    pub fn new(limit: u64, interval: f64) -> Self {
        // Salt tries again at once where no interval is given; a server that is starting does not get better by that.
        let interval = Duration::try_from_secs_f64(interval.max(0.1)).unwrap_or(Duration::from_secs(1));
        Self { begun: Instant::now(), limit: Duration::from_secs(limit), interval }
    }

    /// Whether there is another attempt; comes back when it is time for it.
    pub async fn again(&self, read: &Read) -> bool {
        if self.begun.elapsed() >= self.limit {
            return false;
        }
        tokio::select! {
            () = tokio::time::sleep(self.interval) => true,
            () = read.facts().cancel.cancelled() => false,
        }
    }
}

impl Sent {
    /// Writes down what was to be written down, and gives the answer.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_out(self, cx: &Cx) -> Result<Map, Failure> {
        for (path, text) in &self.files {
            cx.host().write(path, text.as_bytes(), &sdk::host::Write::default()).map_err(crate::failure)?;
        }
        Ok(self.answer)
    }

    /// A member of the answer as text; empty where there is none.
    #[must_use]
    pub fn text(&self, member: &str) -> String {
        self.answer.get(member).map(text::str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
