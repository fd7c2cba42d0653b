//! Answers as JSON or YAML, and the cookie of a session.

use super::fault::Fault;
use super::room::Room;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use value::Value;

/// How long a cookie is kept.
const COOKIE_SECONDS: i64 = 36_000;

/// Form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Yaml,
}

impl Format {
    /// The form that a request accepts: of those it names the one that it wants most, of equals the first.
    pub fn asked(headers: &HeaderMap) -> Result<Self, Fault> {
        let Some(accept) = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()) else { return Ok(Self::Json) };
        let mut wanted: Option<(f32, Self)> = None;
        for part in accept.split(',') {
            let mut words = part.split(';').map(str::trim);
            let format = match words.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "" | "*/*" | "application/*" | "application/json" => Self::Json,
                "application/x-yaml" => Self::Yaml,
                _ => continue,
            };
            let quality = words.find_map(|word| word.strip_prefix("q=")).map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
            if quality > wanted.map_or(0.0, |(most, _)| most) {
                wanted = Some((quality, format));
            }
        }
        wanted.map(|(_, format)| format).ok_or_else(|| {
            Fault::new(
                StatusCode::NOT_ACCEPTABLE,
                format!(
                    "Your client sent this Accept header: {accept}. This resource only emits these media types: application/json, application/x-yaml."
                ),
            )
        })
    }

    /// A value in this form.
    pub fn answer(self, status: StatusCode, value: &Value) -> Response {
        let (kind, text) = match self {
            Self::Json => match serde_json::to_string(value) {
                Ok(text) => ("application/json", text),
                Err(error) => return Fault::unexpected(format!("the answer cannot be written as JSON: {error}")).into_response(),
            },
            Self::Yaml => ("application/x-yaml", yaml::dump(value, &yaml::DumpOptions::default())),
        };
        (status, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response()
    }

    /// `{"return": …}`.
    pub fn returned(self, value: impl Into<Value>) -> Response {
        self.answer(StatusCode::OK, &object([("return", value.into())]))
    }
}

/// A mapping with these entries.
pub(crate) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().collect())
}

/// The same answer with the session's cookie. It is not given to scripts nor along with requests that another site has begun, so that no
/// other page can act by it.
pub(crate) fn with_session(mut response: Response, token: &str, room: &Room) -> Response {
    cookie(&mut response, token, COOKIE_SECONDS, room);
    response
}

/// The same answer, taking the session's cookie back.
pub(crate) fn without_session(mut response: Response, token: &str, room: &Room) -> Response {
    cookie(&mut response, token, 0, room);
    response
}

fn cookie(response: &mut Response, token: &str, seconds: i64, room: &Room) {
    let expires = match seconds {
        0 => "Thu, 01 Jan 1970 00:00:00 GMT".to_owned(),
        seconds => http_date(model::Timestamp::now().micros() / 1_000_000 + seconds),
    };
    let secure = if room.is_secure() { "; Secure" } else { "" };
    let path = if room.config.root_prefix.is_empty() { "/" } else { &room.config.root_prefix };
    let line = format!("session_id={token}; expires={expires}; HttpOnly; Max-Age={seconds}; Path={path}; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&line) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
}

/// A moment as HTTP writes it: `Tue, 24 Nov 2026 12:00:00 GMT`.
pub(crate) fn http_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [year, month, day, hour, minute, second, _] = model::Timestamp(seconds * 1_000_000).civil();
    let name = |names: &'static [&'static str], at: i64| usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default();
    let (week, month) = (name(&DAYS, seconds.div_euclid(86_400).rem_euclid(7)), name(&MONTHS, month - 1));
    format!("{week}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(accept: &str) -> Result<Format, Fault> {
        Format::asked(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]))
    }

    #[test]
    fn the_form_is_the_one_that_is_wanted_most() {
        assert_eq!(asked("*/*").unwrap(), Format::Json);
        assert_eq!(asked("application/x-yaml").unwrap(), Format::Yaml);
        assert_eq!(asked("text/csv, application/x-yaml;q=0.8, application/json").unwrap(), Format::Json);
        assert_eq!(asked("application/x-yaml, application/json, */*;q=0.1").unwrap(), Format::Yaml);
        assert_eq!(asked("text/html, application/json;q=0, application/x-yaml;q=0.5").unwrap(), Format::Yaml);
        assert_eq!(asked("text/html").unwrap_err().status, StatusCode::NOT_ACCEPTABLE);
        assert_eq!(asked("text/csv").unwrap_err().status, StatusCode::NOT_ACCEPTABLE);
    }

    #[test]
    fn a_date_is_written_as_http_does() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
