//! Running `git`: with fixed words, an end, and nothing of this machine's configuration.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why git did not do its part.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It cannot be started.
    #[error("cannot run `git`; is it installed?")]
    Start(#[source] std::io::Error),
    /// It said no.
    #[error("`git {what}` failed: {said}")]
    Failed {
        /// Which part of it.
        what: String,
        /// What it said.
        said: String,
    },
    /// It did not end.
    #[error("`git {what}` did not end within {} s and was ended", limit.as_secs())]
    Late {
        /// Which part of it.
        what: String,
        /// How long it had.
        limit: Duration,
    },
    /// A folder of ours cannot be used.
    #[error("cannot use `{}`", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A name that must not reach git.
    #[error("`{0}` is no name that git is asked for")]
    Name(String),
}

/// How a remote knows us. Never part of a command line, where every user of this machine could read it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Name for HTTP.
    pub user: Option<String>,
    /// Password or token for HTTP.
    pub password: Option<String>,
    /// Private key for SSH.
    pub key: Option<PathBuf>,
    /// The server's certificate is not checked.
    pub is_insecure: bool,
    /// What opens the private key.
    pub passphrase: Option<String>,
    /// File of the keys of hosts that are believed, instead of the user's own.
    pub known_hosts: Option<PathBuf>,
    /// The password may go over a connection that is not encrypted.
    pub may_be_read: bool,
    /// Web proxy.
    pub proxy: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({:?})", self.user)
    }
}

impl Credentials {
    /// As variables of the environment.
    fn variables(&self) -> Vec<(String, String)> {
        let mut settings = vec![
            ("core.hooksPath".to_owned(), "/dev/null".to_owned()),
            ("core.fsmonitor".to_owned(), "false".to_owned()),
            ("credential.helper".to_owned(), String::new()),
            ("protocol.ext.allow".to_owned(), "never".to_owned()),
            ("gc.auto".to_owned(), "0".to_owned()),
            ("fetch.recurseSubmodules".to_owned(), "false".to_owned()),
            ("http.lowSpeedLimit".to_owned(), "1".to_owned()),
            ("http.lowSpeedTime".to_owned(), "60".to_owned()),
        ];
        if self.user.is_some() || self.password.is_some() {
            let plain = format!("{}:{}", self.user.as_deref().unwrap_or_default(), self.password.as_deref().unwrap_or_default());
            settings.push(("http.extraHeader".to_owned(), format!("Authorization: Basic {}", base64(plain.as_bytes()))));
        }
        if self.is_insecure {
            settings.push(("http.sslVerify".to_owned(), "false".to_owned()));
        }
        if let Some(proxy) = &self.proxy {
            settings.push(("http.proxy".to_owned(), proxy.clone()));
        }
        let mut variables = vec![("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string())];
        for (place, (key, value)) in settings.into_iter().enumerate() {
            variables.push((format!("GIT_CONFIG_KEY_{place}"), key));
            variables.push((format!("GIT_CONFIG_VALUE_{place}"), value));
        }
        // Questions would wait for nobody; with a passphrase there is one, which the program below answers. It would answer a server that asks
        // for a password just as well, so no server may ask.
        let questions = if self.passphrase.is_some() {
            "BatchMode=no -o StrictHostKeyChecking=yes -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no"
        } else {
            "BatchMode=yes"
        };
        let mut ssh = format!("ssh -o {questions} -o ConnectTimeout=20");
        let quoted = |path: &Path| path.to_string_lossy().replace('\'', r"'\''");
        if let Some(key) = &self.key {
            ssh.push_str(&format!(" -o IdentitiesOnly=yes -i '{}'", quoted(key)));
        }
        if let Some(hosts) = &self.known_hosts {
            // Within the option ssh itself splits at blanks, unless the name stands in quotes.
            ssh.push_str(&format!(" -o 'UserKnownHostsFile=\"{}\"'", quoted(hosts)));
        }
        variables.push(("GIT_SSH_COMMAND".to_owned(), ssh));
        if let Some(passphrase) = &self.passphrase {
            variables.push((PASSPHRASE.to_owned(), passphrase.clone()));
            variables.push(("SSH_ASKPASS_REQUIRE".to_owned(), "force".to_owned()));
        }
        variables
    }
}

/// Variable that carries the passphrase of a key to the program that ssh asks for it.
const PASSPHRASE: &str = "SYLVITE_PASSPHRASE";

/// Writes the program that tells ssh the passphrase. The passphrase itself is not in it.
fn answerer(repository: &Path) -> Result<PathBuf, GitError> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = repository.with_extension("askpass");
    let fail = |source| GitError::Folder { path: path.clone(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let text = format!("#!/bin/sh\nprintf '%s\\n' \"${PASSPHRASE}\"\n");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o700).open(&path).map_err(fail)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(fail)?;
    Ok(path)
}

/// Text in base64: the one place of this room that needs it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| char::from(LETTERS.get((bits & 63) as usize).copied().unwrap_or(b'='));
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            let tail = |place: usize, shift: u32| if chunk.len() > place { letter(bits >> shift) } else { '=' };
            [letter(bits >> 18), letter(bits >> 12), tail(1, 6), tail(2, 0)]
        })
        .collect()
}

/// Runs git in a repository and gives what it printed.
pub fn git<S: AsRef<OsStr>>(
    repository: &Path,
    words: &[S],
    credentials: &Credentials,
    extra: &[(&str, &Path)],
    limit: Duration,
) -> Result<Vec<u8>, GitError> {
    let what = words.first().map_or(String::new(), |word| word.as_ref().to_string_lossy().into_owned());
    let mut command = Command::new("git");
    command.env_clear().arg("--git-dir").arg(repository).args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that helpers of git end with it.
    command.process_group(0);
    for name in ["PATH", "HOME", "SSH_AUTH_SOCK", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_TERMINAL_PROMPT", "0");
    command.env("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh").env("GIT_ASKPASS", "/bin/false").env("LC_ALL", "C");
    command.envs(credentials.variables());
    if credentials.passphrase.is_some() {
        command.env("SSH_ASKPASS", answerer(repository)?);
    }
    command.envs(extra.iter().copied());
    let mut child = command.spawn().map_err(GitError::Start)?;
    let reading = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.read_to_end(&mut bytes);
            }
            bytes
        })
    };
    let out = reading(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let said = reading(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().map_err(GitError::Start)? {
            Some(status) => break status,
            None if begin.elapsed() >= limit => {
                let group = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap_or(0));
                let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
                let _ = child.wait();
                return Err(GitError::Late { what, limit });
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let (out, said) = (out.join().unwrap_or_default(), said.join().unwrap_or_default());
    if status.success() {
        return Ok(out);
    }
    Err(GitError::Failed { what, said: String::from_utf8_lossy(&said).trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_the_standard() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("user:pass~", "dXNlcjpwYXNzfg==")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_passphrase_is_told_by_a_program_that_does_not_hold_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = answerer(&folder.path().join("repository")).unwrap();
        let said = Command::new(&path).env(PASSPHRASE, "ge $heim").output().unwrap();
        assert_eq!(String::from_utf8(said.stdout).unwrap(), "ge $heim\n");
        assert!(!std::fs::read_to_string(path).unwrap().contains("heim"));
    }

    #[test]
    fn secrets_stand_neither_in_words_nor_in_logs() {
        let credentials = Credentials { user: Some("u".into()), password: Some("geheim".into()), ..Credentials::default() };
        assert!(!format!("{credentials:?}").contains("geheim"));
        assert!(credentials.variables().iter().any(|(_, value)| value.starts_with("Authorization: Basic ")));
    }
}
