//! Acting by a login: `-a BACKEND` asks for name and password, `-T` keeps the token for the next time.

use crate::options::SaltOptions;
use crate::{Console, Error};
use client::Client;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// A client and whether its login ends with the program.
pub(crate) struct Acting {
    pub client: Client,
    is_single: bool,
}

/// Which login is asked for.
#[derive(Clone, Copy, Default)]
pub(crate) struct By<'a> {
    pub backend: Option<&'a str>,
    pub user: Option<&'a str>,
    pub password: Option<&'a str>,
    /// The token is kept for the next time, or was kept the last time.
    pub keep: bool,
}

impl Acting {
    /// Acts as whoever runs the program, or by the login that is asked for.
    pub async fn open(client: Client, backend: Option<&str>, options: &SaltOptions, console: &mut Console) -> Result<Self, Error> {
        let by = By { backend, user: options.username(), password: options.password(), keep: options.keeps_token() };
        Self::by(client, by, console).await
    }

    /// The same without the options that Salt's commands share.
    pub async fn by(client: Client, by: By<'_>, console: &mut Console) -> Result<Self, Error> {
        let By { backend, user, password, keep } = by;
        let file = token_file(console);
        let Some(backend) = backend else {
            if !keep {
                return Ok(Self { client, is_single: false });
            }
            let token = file.as_ref().and_then(|path| fs::read_to_string(path).ok());
            let token = token.ok_or_else(|| Error::Usage("no token is kept; add `-a BACKEND` to log in".to_owned()))?;
            return Ok(Self { client: client.with_token(Some(token.trim().to_owned())), is_single: false });
        };
        let user = match user {
            Some(user) => user.to_owned(),
            None => console.ask("username: ")?,
        };
        let password = match password {
            Some(password) => password.to_owned(),
            None => console.ask_secretly("password: ")?,
        };
        let login = client.login(&user, &password, backend).await?;
        if let Some(path) = file.filter(|_| keep) {
            let kept = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
            kept.and_then(|mut file| file.write_all(login.token.as_bytes()))
                .map_err(|source| Error::Read { path: path.display().to_string(), source })?;
        }
        Ok(Self { client: client.with_token(Some(login.token)), is_single: !keep })
    }

    /// Ends a login that was for this program alone.
    pub async fn close(self) {
        if self.is_single {
            // It ends by itself later.
            let _ = self.client.logout().await;
        }
    }
}

fn token_file(console: &Console) -> Option<PathBuf> {
    console.environment.get("HOME").map(|home| PathBuf::from(home).join(".sylvite_token"))
}
