//! A PostgreSQL server of our own: made, started and stopped with the system's programs. It never waits for the disk: what is committed
//! survives the end of its processes, not the end of the machine.

use super::Error;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server in a folder. It listens on a unix socket in that folder, and nowhere else.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    /// The user it runs as, when we are root: PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
    /// Whether it ends with this value.
    owned: bool,
}

impl Server {
    /// Makes and starts a server of the caller's own in a folder that is not there yet. It stops when this is dropped; the folder is the caller's.
    ///
    /// # Errors
    /// When no server is installed, or it cannot be made or started.
    pub fn start(folder: &Path) -> Result<Self, Error> {
        let mut server = Self::make(folder)?;
        server.owned = true;
        server.resume()?;
        Ok(server)
    }

    /// Makes a server's files, without starting it.
    pub(super) fn make(folder: &Path) -> Result<Self, Error> {
        let programs = programs()?;
        let file = |action| move |source| Error::File { action, path: folder.display().to_string(), source };
        fs::create_dir(folder).map_err(file("make the folder"))?;
        let is_root = fs::metadata(folder).map_err(file("look at"))?.uid() == 0;
        let user = if is_root { Some(unprivileged_user()) } else { None };
        if let Some((uid, gid)) = user {
            chown(folder, Some(uid), Some(gid)).map_err(file("give away the folder"))?;
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(file("set the rights of"))?;
        let server = Self { folder: folder.to_owned(), programs, user, owned: false };
        let data = server.data();
        let arguments = ["--no-sync", "--auth=trust", "--username=sylvite", "--encoding=UTF8", "--locale=C", "--pgdata"];
        server.run("make the test server's files", "initdb", |command| command.args(arguments).arg(&data))?;
        Ok(server)
    }

    /// Starts it, also after [`Server::stop`].
    ///
    /// # Errors
    /// When it does not come up.
    pub fn resume(&self) -> Result<(), Error> {
        let settings = format!(
            "-F -c listen_addresses='' -c unix_socket_directories='{}' -c full_page_writes=off \
             -c max_connections=300 -c autovacuum=off -c max_wal_size=256MB",
            self.folder.display()
        );
        let (data, log) = (self.data(), self.folder.join("log"));
        let started = self.run("start the test server", "pg_ctl", |command| {
            command.args(["start", "--wait", "--timeout=60", "--options"]).arg(settings).arg("--log").arg(&log).arg("--pgdata").arg(&data)
        });
        started.map_err(|error| match error {
            Error::Program { action, output } => Error::Program { action, output: output + &fs::read_to_string(&log).unwrap_or_default() },
            other => other,
        })
    }

    /// Stops it as a crash would.
    ///
    /// # Errors
    /// When it was not running.
    pub fn stop(&self) -> Result<(), Error> {
        let data = self.data();
        self.run("stop the test server", "pg_ctl", |command| command.args(["stop", "--mode=immediate", "--pgdata"]).arg(&data))
    }

    /// Its address, with the database that is always there.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://sylvite@localhost/postgres?host={}", self.folder.display())
    }

    /// The command line that stops it, for a shell.
    pub(super) fn stop_command(&self) -> Command {
        let mut command = self.command("pg_ctl");
        command.args(["stop", "--mode=immediate", "--pgdata"]).arg(self.data());
        command
    }

    /// Options of `setpriv` that make it the server's user, when we are root.
    pub(super) fn user_option(&self) -> Option<[String; 2]> {
        self.user.map(|(uid, gid)| [format!("--reuid={uid}"), format!("--regid={gid}")])
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn run(&self, action: &'static str, program: &str, arguments: impl FnOnce(&mut Command) -> &mut Command) -> Result<(), Error> {
        let mut command = self.command(program);
        // Into a file, not a pipe: the server inherits it from `pg_ctl` and would keep a pipe open.
        let path = self.folder.join(format!("{program}.output"));
        let file = |source| Error::File { action: "write", path: path.display().to_string(), source };
        let output = fs::File::create(&path).map_err(file)?;
        command.stdout(output.try_clone().map_err(file)?).stderr(output);
        let status = arguments(&mut command).status().map_err(|error| Error::Program { action, output: error.to_string() })?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Program { action, output: fs::read_to_string(&path).unwrap_or_default() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.owned {
            // It may have been stopped already.
            let _ = self.stop();
        }
    }
}

/// The folder of the newest server's programs.
pub(super) fn programs() -> Result<PathBuf, Error> {
    let mut looked = Vec::new();
    let mut found = Vec::new();
    // Debian; Red Hat; Alpine.
    for (parent, prefix, below) in [("/usr/lib/postgresql", "", "bin"), ("/usr", "pgsql-", "bin"), ("/usr/libexec", "postgresql", "")] {
        looked.push(format!("{parent}/{prefix}*/{below}"));
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let version = name.strip_prefix(prefix).and_then(|rest| rest.parse::<f64>().ok());
            let folder = entry.path().join(below);
            if let (Some(version), true) = (version, folder.join("initdb").exists()) {
                found.push((version, folder));
            }
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, folder)) = found.pop() {
        return Ok(folder);
    }
    looked.push("PATH".to_owned());
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .ok_or_else(|| Error::NoServer { looked: looked.join(", ") })
}

/// The number and group of `postgres`, or of `nobody`.
fn unprivileged_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |name: &str| {
        let fields: Vec<&str> =
            users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&name))?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).unwrap_or((65_534, 65_534))
}
