//! Logins by a web service: it is sent the name and the password as a form, and says yes with status 200.

use super::{Credentials, Proved, Trouble, option};
use crate::http::{Http, form};
use value::Map;

/// Asks the service that the option `^url` names.
pub async fn prove(options: &Map, asked: &Credentials) -> Proved {
    let url = option(options, "url").ok_or_else(|| Trouble::new("`external_auth:rest` needs the option `^url`"))?;
    let body = form(&[("username", &asked.user), ("password", asked.password.reveal())]);
    let asking = Http::new().and_then(|http| http.request(&url)).map_err(|error| Trouble::new(output::chain(&error)))?;
    let answer = asking.form(body).send().await;
    let answer = answer.map_err(|error| Trouble::new(output::chain(&error)))?;
    match answer.status {
        200 => Ok(Some(Vec::new())),
        400..=499 => Ok(None),
        status => Err(Trouble::new(format!("`{url}` answered with status {status} and {} bytes", answer.body.len()))),
    }
}
