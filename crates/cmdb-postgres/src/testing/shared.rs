//! One server for all test processes of a user.
//!
//! Test runners give each test a process of its own, so no test can own the server. Every process that uses it holds a shared lock on a
//! file until its end, however it ends. A shell that waits for that lock alone stops the server some seconds after the last one.

use super::{Error, Server};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Waits until nobody uses the server, then a little longer (the next test of the run may be about to begin), then ends it.
const WARDEN: &str = r#"
folder=$1; shift
while :; do
    flock --exclusive "$folder/users" true
    sleep 10
    exec 9>"$folder/starting"
    flock --exclusive 9
    if flock --exclusive --nonblock "$folder/users" true; then
        "$@"
        rm -rf "$folder/server"
        exit
    fi
    exec 9>&-
done
"#;

/// Held until the process ends.
static USE: Mutex<Option<(File, String)>> = Mutex::new(None);

/// The address of the shared server, which is started if it does not run.
pub(super) fn url() -> Result<String, Error> {
    let mut held = USE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, url)) = &*held {
        return Ok(url.clone());
    }
    let folder = folder()?;
    let starting = open(&folder.join("starting"))?;
    starting.lock().map_err(file("lock", &folder))?;
    let users = open(&folder.join("users"))?;
    users.lock_shared().map_err(file("lock", &folder))?;
    // The last thing a starter writes: what stands here without it has been left by one that was killed.
    let (place, ready) = (folder.join("server"), folder.join("server/ready"));
    let url = match fs::read_to_string(&ready) {
        Ok(url) if is_answering(&place) => url,
        _ => start(&folder, &place, &ready)?,
    };
    *held = Some((users, url.clone()));
    Ok(url)
}

fn start(folder: &Path, place: &Path, ready: &Path) -> Result<String, Error> {
    if place.exists() {
        fs::remove_dir_all(place).map_err(file("remove", place))?;
    }
    let server = Server::make(place)?;
    server.resume()?;
    let stop = server.stop_command();
    let mut warden = Command::new("sh");
    warden.arg("-c").arg(WARDEN).arg("warden").arg(folder);
    // As root the programs of the server refuse to run; the shell becomes the server's user only for them.
    if let Some(user) = server.user_option() {
        warden.args(["setpriv", "--clear-groups"]).args(user);
    }
    warden.arg(stop.get_program()).args(stop.get_args());
    // In a group of its own: what ends the tests must not end it before its work is done.
    warden.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    warden.spawn().map_err(|error| Error::Program { action: "watch over the test server", output: error.to_string() })?;
    let url = server.url();
    fs::write(ready, &url).map_err(file("write", ready))?;
    Ok(url)
}

/// Whether somebody listens on the socket. A file alone may be the rest of a server that was killed.
fn is_answering(place: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(place.join(".s.PGSQL.5432")).is_ok()
}

/// The folder of this user, and nobody else's.
fn folder() -> Result<PathBuf, Error> {
    let uid = fs::metadata("/proc/self").map_err(file("look at", Path::new("/proc/self")))?.uid();
    let folder = std::env::temp_dir().join(format!("sylvite-test-postgres-{uid}"));
    // Others may pass through, for the server's user; they may not look around.
    let made = fs::DirBuilder::new().mode(0o711).create(&folder);
    let found = fs::symlink_metadata(&folder).map_err(file("look at", &folder))?;
    match made {
        _ if found.uid() == uid && found.is_dir() => Ok(folder),
        Err(source) => Err(Error::File { action: "use (it belongs to somebody else)", path: folder.display().to_string(), source }),
        Ok(()) => Ok(folder),
    }
}

fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(file("open", path))
}

fn file<'a>(action: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> Error + 'a {
    move |source| Error::File { action, path: path.display().to_string(), source }
}
