//! The `gpg` stage: every PGP message inside of the data becomes its plain text.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use value::Value;

const BEGIN: &str = "-----BEGIN PGP MESSAGE-----";
const END: &str = "-----END PGP MESSAGE-----";

/// Opens encrypted messages.
pub trait Decrypt: Send + Sync {
    /// The plain text of one ASCII-armoured PGP message.
    ///
    /// # Errors
    /// Why it could not be opened; the message itself is not repeated.
    fn decrypt(&self, message: &str) -> Result<String, String>;
}

/// Opens messages with the system's `gpg` and the keys of a folder (`gpg_keydir`).
#[derive(Clone, Debug)]
pub struct SystemGpg {
    /// The folder of the keys.
    pub home: PathBuf,
}

impl Decrypt for SystemGpg {
    fn decrypt(&self, message: &str) -> Result<String, String> {
        let mut child = Command::new("gpg")
            .args(["--homedir".as_ref(), self.home.as_os_str()])
            .args(["--batch", "--no-tty", "--status-fd", "2", "-d"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run gpg: {error}"))?;
        let mut input = child.stdin.take();
        // A message may be larger than a pipe holds, and gpg may answer before it has read all.
        let text = message.to_owned();
        let feeder = std::thread::spawn(move || input.as_mut().map_or(Ok(()), |input| input.write_all(text.as_bytes())));
        let output = child.wait_with_output().map_err(|error| format!("cannot read the answer of gpg: {error}"))?;
        let _ = feeder.join();
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            let reason: Vec<&str> = words.lines().filter(|line| line.starts_with("gpg: ")).collect();
            return Err(format!("gpg: {}", reason.join("; ").replace("gpg: ", "")));
        }
        String::from_utf8(output.stdout).map_err(|_| "the plain text is no UTF-8".to_owned())
    }
}

/// Opens all messages inside of a value.
pub(crate) fn open(value: &mut Value, gpg: &dyn Decrypt) -> Result<(), String> {
    match value {
        Value::Str(text) if text.contains(BEGIN) => *text = open_text(text, gpg)?,
        Value::List(items) => items.iter_mut().try_for_each(|item| open(item, gpg))?,
        Value::Map(map) => map.values_mut().try_for_each(|item| open(item, gpg))?,
        _ => {}
    }
    Ok(())
}

/// Opens all messages inside of nodes.
pub(crate) fn open_node(node: &mut yaml::Node, gpg: &dyn Decrypt) -> Result<(), (String, u32)> {
    let line = node.line;
    match &mut node.kind {
        yaml::Kind::Scalar(value) => open(value, gpg).map_err(|error| (error, line)),
        yaml::Kind::List(items) => items.iter_mut().try_for_each(|item| open_node(item, gpg)),
        yaml::Kind::Map(entries) => entries.iter_mut().try_for_each(|(_, value)| open_node(value, gpg)),
    }
}

/// Opens all messages inside of a text.
pub(crate) fn open_text(text: &str, gpg: &dyn Decrypt) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.find(BEGIN).map(|at| rest.split_at(at)) {
        let end = from.find(END).ok_or("a PGP message has no end")? + END.len();
        let (message, after) = from.split_at(end);
        out.push_str(before);
        out.push_str(&gpg.decrypt(message)?);
        // The line break that closes a message in a block of its own belongs to the message.
        rest = if before.is_empty() && after.trim().is_empty() { "" } else { after };
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Reverse;

    impl Decrypt for Reverse {
        fn decrypt(&self, message: &str) -> Result<String, String> {
            let body = message.trim_start_matches(BEGIN).trim_end_matches(END).trim();
            if body == "bad" { Err("no key".to_owned()) } else { Ok(body.chars().rev().collect()) }
        }
    }

    fn message(body: &str) -> String {
        format!("{BEGIN}\n{body}\n{END}")
    }

    #[test]
    fn every_message_inside_of_the_data_is_opened() {
        let mut value: Value = [
            ("a", Value::Str(message("cba") + "\n")),
            ("b", Value::List(vec![Value::Str(format!("x {} y {}", message("1"), message("32")))])),
        ]
        .into_iter()
        .collect::<value::Map>()
        .into();
        open(&mut value, &Reverse).unwrap();
        assert_eq!(value::text::repr(&value), "{'a': 'abc', 'b': ['x 1 y 23']}");
    }

    #[test]
    fn a_message_that_cannot_be_opened_is_an_error() {
        assert_eq!(open_text(&message("bad"), &Reverse), Err("no key".to_owned()));
        assert!(open_text(BEGIN, &Reverse).is_err());
    }
}
