//! Returns by mail, one each.

use super::{Options, Record, Returner, Trouble};
use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

/// A server that says nothing for so long is away.
const LIMIT: Duration = Duration::from_secs(30);

/// Sends mail.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    subject: String,
    only_failed: bool,
}

impl Smtp {
    /// The options are `server`, `port`, `tls` (`starttls`, `tls`, `none`), `user`, `password`, `from`, `to`, `subject` and `only` (`failed`, `all`).
    ///
    /// # Errors
    /// When an address is none, or an option has no such value.
    pub fn new(options: &Options<'_>) -> Result<Self, String> {
        options.known(&["server", "port", "tls", "user", "password", "from", "to", "subject", "only"])?;
        let server = options.get("server").unwrap_or_else(|| "localhost".to_owned());
        let (builder, port) = match options.get("tls").as_deref().unwrap_or("starttls") {
            "starttls" => (AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&server).map_err(|error| error.to_string())?, 587),
            "tls" => (AsyncSmtpTransport::<Tokio1Executor>::relay(&server).map_err(|error| error.to_string())?, 465),
            "none" => (AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server), 25),
            other => return Err(format!("`tls` is `{other}`; starttls, tls and none are known")),
        };
        let mut builder = builder.port(options.number("port", port)?).timeout(Some(LIMIT));
        if let (Some(user), Some(password)) = (options.get("user"), options.get("password")) {
            builder = builder.credentials(Credentials::new(user, password));
        }
        let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|error| format!("`{text}` is no address: {error}"));
        let to: Vec<_> = options.list("to").iter().map(|text| mailbox(text)).collect::<Result<_, _>>()?;
        if to.is_empty() {
            return Err("the option `to` is missing".to_owned());
        }
        let only = options.get("only").unwrap_or_else(|| "all".to_owned());
        if !["all", "failed"].contains(&only.as_str()) {
            return Err(format!("`only` is `{only}`; all and failed are known"));
        }
        Ok(Self {
            transport: builder.build(),
            from: mailbox(&options.need("from")?)?,
            to,
            subject: options.get("subject").unwrap_or_else(|| "Sylvite".to_owned()),
            only_failed: only == "failed",
        })
    }

    fn message(&self, record: &Record) -> Result<Message, Trouble> {
        let returned = &record.returned;
        let verdict = if returned.success { "succeeded" } else { "failed" };
        // A line break in a subject would begin a header of the minion's making.
        let subject = format!("{}: {} {verdict} on {}", self.subject, returned.function, returned.minion);
        let subject: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut builder = Message::builder().from(self.from.clone()).subject(subject);
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        let body = serde_json::to_string_pretty(&record.to_map()).unwrap_or_default();
        builder.body(body).map_err(|error| Trouble::Refused(error.to_string()))
    }
}

#[async_trait]
impl Returner for Smtp {
    fn at_once(&self) -> u32 {
        1
    }

    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble> {
        for record in records.iter().filter(|record| !self.only_failed || !record.returned.success) {
            self.transport
                .send(self.message(record)?)
                .await
                .map_err(|error| if error.is_permanent() { Trouble::Refused(output::chain(&error)) } else { Trouble::away(&error) })?;
        }
        Ok(())
    }
}
