//! Word to the init system (`Type=notify`). Without one, nothing happens.

use sd_notify::NotifyState;

/// The daemon serves.
pub fn notify_ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The daemon reads its configuration again; [`notify_ready`] follows.
pub fn notify_reloading() {
    send(&[NotifyState::Reloading]);
}

/// The daemon ends.
pub fn notify_stopping() {
    send(&[NotifyState::Stopping]);
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the init system does not listen");
    }
}
