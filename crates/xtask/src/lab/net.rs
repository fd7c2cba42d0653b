//! The network of the machines: a bridge with one address of ours, and a relay to the mirror.

use super::image;
use crate::run::{output, say};
use anyhow::{Context, Result};
use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::thread;

/// Our address on the bridge.
pub const HOST: &str = "10.77.0.1";

/// The bridge's name.
pub const BRIDGE: &str = "sylvite-lab";

/// A bridge that is taken away when it is dropped.
pub struct Bridge;

impl Bridge {
    /// Makes the bridge with the relay to the mirror, once in a process, or takes over one that an interrupted run has left behind.
    pub fn make() -> Result<Self> {
        let bridge = Self;
        if !std::path::Path::new("/sys/class/net").join(BRIDGE).exists() {
            output(Command::new("ip").args(["link", "add", BRIDGE, "type", "bridge"]))
                .context("this machine can have no network bridge")?;
            output(Command::new("ip").args(["address", "add", &format!("{HOST}/24"), "dev", BRIDGE]))?;
        }
        output(Command::new("ip").args(["link", "set", BRIDGE, "up"]))?;
        relay(HOST, 80, &format!("{}:80", image::MIRROR))?;
        Ok(bridge)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if let Err(error) = output(Command::new("ip").args(["link", "delete", BRIDGE])) {
            say(&format!("the bridge {BRIDGE} is still there: {error:#}"));
        }
    }
}

/// Passes connections on to another address for as long as this process lives.
fn relay(address: &str, port: u16, to: &str) -> Result<()> {
    let listener = TcpListener::bind((address, port)).with_context(|| format!("cannot listen on {address}:{port}"))?;
    let to = to.to_owned();
    thread::spawn(move || {
        for inner in listener.incoming().flatten() {
            let to = to.clone();
            thread::spawn(move || pass(&inner, &to));
        }
    });
    Ok(())
}

/// Copies both ways until one side ends. A connection that breaks is the business of who made it.
fn pass(inner: &TcpStream, to: &str) -> Option<()> {
    let outer = TcpStream::connect(to).ok()?;
    let (mut from_inner, mut to_outer) = (inner.try_clone().ok()?, outer.try_clone().ok()?);
    thread::spawn(move || {
        let _ = copy(&mut from_inner, &mut to_outer);
        let _ = to_outer.shutdown(Shutdown::Write);
    });
    let _ = copy(&mut &outer, &mut &*inner);
    inner.shutdown(Shutdown::Both).ok()
}
