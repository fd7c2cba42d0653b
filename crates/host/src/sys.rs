//! The one place with `unsafe`: what has to happen in a child between fork and exec, signals of any number, and memory that goes
//! back to the system.

use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Pid, Uid, setgid, setgroups, setuid};
use tokio::process::Command;

/// As whom a child runs.
pub(crate) struct Identity {
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// All groups.
    pub groups: Vec<u32>,
}

/// Sets umask and identity in the child, in this order: groups can only be set while the process is still privileged.
pub(crate) fn in_child(command: &mut Command, mask: Option<u32>, identity: Option<Identity>) {
    if mask.is_none() && identity.is_none() {
        return;
    }
    let identity = identity.map(|identity| {
        let groups: Vec<Gid> = identity.groups.into_iter().map(Gid::from_raw).collect();
        (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid), groups)
    });
    #[expect(unsafe_code, reason = "`pre_exec` has no safe form, and the standard library cannot set supplementary groups or a umask")]
    // SAFETY: the closure makes only system calls that are safe between fork and exec (umask, setgroups, setgid, setuid); what it needs
    // was allocated before the fork, and it allocates nothing.
    unsafe {
        command.pre_exec(move || {
            if let Some(mask) = mask {
                umask(Mode::from_bits_truncate(mask));
            }
            if let Some((uid, gid, groups)) = &identity {
                setgroups(groups)?;
                setgid(*gid)?;
                setuid(*uid)?;
            }
            Ok(())
        });
    }
}

/// Has every thread take its memory from one heap. The C library would make one for each, and what one has given back is lost to the others.
/// For a program that does one thing and ends; it has to be said before there are threads.
pub fn share_one_heap() {
    #[cfg(target_env = "gnu")]
    {
        #[expect(unsafe_code, reason = "the standard library has no word for it")]
        // SAFETY: `mallopt` only sets a number that the allocator looks at when a thread comes to it for the first time.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, 1);
        }
    }
}

/// Sends any signal to a process group. The safe way knows no real-time signals.
pub(crate) fn signal_group(group: Pid, number: i32) -> std::io::Result<()> {
    #[expect(unsafe_code, reason = "the safe form takes the classic signals alone")]
    // SAFETY: `killpg` takes two numbers and touches no memory of ours; a number that is no signal is an error.
    let sent = unsafe { libc::killpg(group.as_raw(), number) };
    if sent == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// Gives memory that was freed back to the system. The C library keeps it for the next one who asks, in an arena for each thread, so that
/// after a large job an idle agent would hold ten times what it uses.
pub fn give_back_memory() {
    #[cfg(target_env = "gnu")]
    {
        #[expect(unsafe_code, reason = "the standard library has no word for it")]
        // SAFETY: `malloc_trim` may be called at any time from any thread; it takes the locks of the allocator itself.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}
