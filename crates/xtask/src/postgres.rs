//! A PostgreSQL server for the tests: found or installed, started in a scratch folder, stopped at the end.

use crate::run::{has, output, run, say};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that tells the tests where the server is.
pub const VARIABLE: &str = "SYLVITE_TEST_DATABASE_URL";

/// A running server; dropping it stops it and removes its data.
pub struct Server {
    bin: PathBuf,
    folder: PathBuf,
    account: Option<&'static str>,
    port: u16,
}

impl Server {
    /// Finds the server's programs, installing them if they are missing and this user may, and starts a server on loopback.
    pub fn start() -> Result<Self> {
        let bin = match programs() {
            Some(bin) => bin,
            None => install()?,
        };
        let folder = std::env::temp_dir().join(format!("sylvite-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // PostgreSQL refuses to run as root.
        let account = if nix::unistd::geteuid().is_root() { Some(unprivileged()?) } else { None };
        if let Some(account) = account {
            run(Command::new("chown").arg("-R").arg(account).arg(&folder))?;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).context("no free port")?.port();
        let server = Self { bin, folder, account, port };
        let data = server.folder.join("data");
        output(server.command("initdb").arg("-D").arg(&data).args([
            "-U",
            "sylvite",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]))?;
        // Durability is not what these tests are about, and they end with their data.
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200",
            server.folder.display()
        );
        let log = server.folder.join("log");
        output(server.command("pg_ctl").arg("-D").arg(&data).arg("-o").arg(options).arg("-l").arg(&log).args(["-w", "-t", "60", "start"]))
            .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
        Ok(server)
    }

    /// URL of its maintenance database.
    pub fn url(&self) -> String {
        format!("postgres://sylvite@127.0.0.1:{}/postgres", self.port)
    }

    fn command(&self, program: &str) -> Command {
        let path = self.bin.join(program);
        let mut command = match self.account {
            Some(account) => {
                let mut command = Command::new("runuser");
                command.args(["-u", account, "--"]).arg(path);
                command
            }
            None => Command::new(path),
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        if let Err(error) = output(self.command("pg_ctl").arg("-D").arg(&data).args(["-m", "immediate", "stop"])) {
            say(&format!("the test database did not stop: {error:#}"));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Folder of the newest server's programs.
fn programs() -> Option<PathBuf> {
    let complete = |folder: &Path| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file() && folder.join("postgres").exists();
    let mut packaged: Vec<_> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    packaged.sort();
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    packaged.into_iter().rev().chain(on_path).find(|folder| complete(folder))
}

fn install() -> Result<PathBuf> {
    const WAY_OUT: &str =
        "install PostgreSQL's server (Debian: `apt-get install postgresql`, Fedora: `dnf install postgresql-server`), then run this again";
    if !nix::unistd::geteuid().is_root() || !has("apt-get") {
        bail!("no PostgreSQL server is found, and this user may not install one: {WAY_OUT}");
    }
    say("no PostgreSQL server is found; installing Debian's");
    run(Command::new("apt-get").arg("update").arg("-q"))?;
    // Debian's package starts a server of its own unless told otherwise; the tests start theirs.
    run(Command::new("apt-get")
        .args(["install", "-q", "-y", "--no-install-recommends", "postgresql"])
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    programs().with_context(|| format!("Debian's package brought no server: {WAY_OUT}"))
}

fn unprivileged() -> Result<&'static str> {
    let known = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    ["postgres", "nobody"]
        .into_iter()
        .find(|name| known.lines().any(|line| line.split(':').next() == Some(name)))
        .context("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")
}
