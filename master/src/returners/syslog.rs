//! Returns as messages of the system's log: over its socket, or to another host over UDP.

use super::{Options, Record, Returner, Trouble};
use async_trait::async_trait;
use model::nearest;
use tokio::net::{UdpSocket, UnixDatagram};

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// The largest message that every receiver takes (RFC 5426 speaks of 2048, most take more).
const LARGEST: usize = 8192;

/// Sends to a log.
pub struct Syslog {
    address: String,
    facility: usize,
    tag: String,
}

impl Syslog {
    /// The options are `address` (a socket's path, or `host:port` for UDP), `facility` and `tag`.
    ///
    /// # Errors
    /// When there is no such facility.
    pub fn new(options: &Options<'_>) -> Result<Self, String> {
        options.known(&["address", "facility", "tag"])?;
        let facility = options.get("facility").unwrap_or_else(|| "daemon".to_owned());
        let place = FACILITIES.iter().position(|name| *name == facility).ok_or_else(|| {
            let near = nearest(&facility, FACILITIES).map(|near| format!("; did you mean `{near}`?"));
            format!("there is no facility `{facility}`{}", near.unwrap_or_default())
        })?;
        Ok(Self {
            address: options.get("address").unwrap_or_else(|| "/dev/log".to_owned()),
            facility: place,
            tag: options.get("tag").unwrap_or_else(|| "sylvite".to_owned()),
        })
    }

    /// A message: priority, tag, JSON. One that is too large is sent without the returned value.
    fn message(&self, record: &Record) -> String {
        // 6 is "informational", 3 is "error".
        let priority = self.facility * 8 + if record.returned.success { 6 } else { 3 };
        let whole = format!("<{priority}>{}: {}", self.tag, record.to_json());
        if whole.len() <= LARGEST {
            return whole;
        }
        let mut map = record.to_map();
        map.insert("return", format!("left out, {} bytes are too many for a log", whole.len()));
        map.remove("fun_args");
        format!("<{priority}>{}: {}", self.tag, serde_json::to_string(&map).unwrap_or_default())
    }
}

#[async_trait]
impl Returner for Syslog {
    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble> {
        let away = |error: std::io::Error| Trouble::Away(format!("cannot send to `{}`: {error}", self.address));
        if self.address.starts_with('/') {
            let socket = UnixDatagram::unbound().map_err(away)?;
            socket.connect(&self.address).map_err(away)?;
            for record in records {
                socket.send(self.message(record).as_bytes()).await.map_err(away)?;
            }
            return Ok(());
        }
        let socket = UdpSocket::bind(("0.0.0.0", 0)).await.map_err(away)?;
        socket.connect(&self.address).await.map_err(away)?;
        for record in records {
            socket.send(self.message(record).as_bytes()).await.map_err(away)?;
        }
        Ok(())
    }
}
