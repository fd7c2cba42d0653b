//! `sylvite login` and `sylvite logout`: a login at a master elsewhere, kept for the next commands.

use crate::remote::{self, Stored};
use crate::settings::Settings;
use crate::{Console, Error};
use api::{DeviceState, OpenLogin};
use clap::Args;
use client::{Client, Remote};
use std::time::{Duration, Instant};

/// Log in at a master over the network; the commands after this one go there.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sylvite login https://master.example.com:8000
  sylvite login https://master.example.com:8000 --device
  sylvite login https://10.0.0.5:8000 --user anna --fingerprint 3f:1a:…
The fingerprint of a master's own certificate stands in its log, and on the master in
  openssl x509 -in /etc/sylvite/pki/master/api.crt -noout -fingerprint -sha256
`--socket` and `-c` go to the master on this machine all the same; `sylvite logout` forgets the login.")]
pub(crate) struct Login {
    /// Where the master's API is.
    url: String,
    /// Name to log in with; it is asked for otherwise.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// How to log in: a backend of `external_auth`.
    #[arg(long, value_name = "BACKEND", default_value = "sylvite")]
    eauth: String,
    /// Take this certificate only: its SHA-256.
    #[arg(long, value_name = "SHA256")]
    fingerprint: Option<String>,
    /// Read the password from standard input.
    #[arg(long)]
    stdin: bool,
    /// Log in with a browser, here or on another device: for logins at GitLab and the like.
    #[arg(long, conflicts_with_all = ["user", "stdin"])]
    device: bool,
    /// The code of the moment, for an account with a second factor.
    #[arg(long, value_name = "CODE")]
    otp: Option<String>,
}

/// Forget the login at a master elsewhere, and end it there.
#[derive(Args, Debug)]
pub(crate) struct Logout {}

impl Login {
    /// Runs it.
    pub async fn run(self, console: &mut Console) -> Result<u8, Error> {
        let mut place = Remote::new(&self.url).map_err(Error::Client)?;
        place.fingerprint = self.fingerprint.map(|word| word.to_lowercase());
        // Who is there is settled before a password is typed.
        match Client::remote(place.clone()).openapi().await {
            Ok(_) => {}
            Err(client::Error::Untrusted { fingerprint, .. }) if place.fingerprint.is_none() => {
                console.complain(&format!("nobody whom this system knows vouches for {}; its certificate has the fingerprint", self.url));
                console.complain(&format!("  {fingerprint}"));
                let answer = if self.stdin { String::new() } else { console.ask("is it the master's own? [y/N] ")? };
                if !answer.to_lowercase().starts_with('y') {
                    console.complain("nothing was sent; compare it with the master's log, and give it by --fingerprint");
                    return Ok(1);
                }
                place.fingerprint = Some(fingerprint);
            }
            Err(error) => return Err(error.into()),
        }
        let client = Client::remote(place.clone());
        if self.device {
            let login = by_browser(&client, &self.url, console).await?;
            return keep(console, self.url, place.fingerprint, login.user.clone(), login);
        }
        let user = match self.user {
            Some(user) => user,
            None => console.ask("username: ")?,
        };
        let password = if self.stdin {
            let text = console.read_all()?;
            text.strip_suffix('\n').unwrap_or(&text).to_owned()
        } else {
            console.ask_secretly("password: ")?
        };
        let login = client.login_with(&user, &password, &self.eauth, self.otp.as_deref()).await?;
        keep(console, self.url, place.fingerprint, user, login)
    }
}

fn keep(console: &mut Console, url: String, fingerprint: Option<String>, user: String, login: OpenLogin) -> Result<u8, Error> {
    let stored = Stored { url, fingerprint, token: login.token, user, expires: login.expire };
    remote::keep(console, &stored)?;
    console.line(&format!("logged in at {} as {} until {} UTC", stored.url, stored.user, crate::columns::moment(stored.expires)))?;
    Ok(0)
}

/// Shows a code and waits until somebody gives the login with a browser.
async fn by_browser(client: &Client, url: &str, console: &mut Console) -> Result<OpenLogin, Error> {
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default();
    let begun = client.begin_device(&format!("sylvite on {host}")).await?;
    console.complain(&format!("open {}{} in a browser and compare the code", url.trim_end_matches('/'), begun.page));
    console.complain(&format!("  {}", begun.user_code));
    let end = Instant::now() + Duration::from_secs(begun.expires_in);
    while Instant::now() < end {
        match client.poll_device(&begun.device_code).await? {
            DeviceState::Given { login } => return Ok(login),
            DeviceState::Denied => return Err(Error::Usage("the login was refused in the browser".to_owned())),
            DeviceState::Pending => tokio::time::sleep(Duration::from_secs(begun.interval.max(1))).await,
        }
    }
    Err(Error::Usage("nobody gave the login in time; begin anew".to_owned()))
}

impl Logout {
    /// Runs it.
    pub async fn run(self, console: &mut Console, _: &Settings) -> Result<u8, Error> {
        let Some(stored) = remote::kept(console) else {
            console.complain("nobody is logged in anywhere");
            return Ok(1);
        };
        remote::forget(console)?;
        // The file is gone whatever the master says; without its word the login ends by itself later.
        let ended = stored.client()?.logout().await;
        console.line(&format!("logged out of {}", stored.url))?;
        if let Err(error) = ended {
            console.complain(&format!(
                "the master was not told: {error}; the login ends there at {} UTC",
                crate::columns::moment(stored.expires)
            ));
        }
        Ok(0)
    }
}
