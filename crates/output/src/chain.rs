//! An error with its causes on one line.

use std::error::Error;

/// `cannot read …: permission denied`: the message of an error, then those of its causes that say something new.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl std::fmt::Display for Layer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|layer| layer as _)
        }
    }

    #[test]
    fn a_chain_names_every_cause_once() {
        let bottom = Layer("permission denied", None);
        let middle = Layer("open: permission denied", Some(Box::new(bottom)));
        let top = Layer("cannot read `x`", Some(Box::new(middle)));
        assert_eq!(chain(&top), "cannot read `x`: open: permission denied");
    }
}
