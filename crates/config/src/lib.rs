//! Configuration of the daemons and the command line: one YAML file and its folder `<file>.d`, read into one typed struct.
//!
//! A daemon writes its keys once, in [`config!`](crate::config): name, type, default and the doc comment that becomes the reference page.
//! A key that nobody knows is refused with the nearest known one, so that a misspelt option never silently means its default. All problems
//! of all files are reported at once.

mod files;
mod keys;
mod setting;

pub use files::{Entry, Files};
pub use keys::{Key, reference};
pub use model::Problem;
pub use setting::{Seconds, Setting, Size};

/// Every problem of a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem{}:\n{}", problems.len(), if problems.len() == 1 { "" } else { "s" }, listed(problems))]
pub struct Error {
    /// What is wrong, in the order of the files.
    pub problems: Vec<Problem>,
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}

/// Declares the keys of a configuration: a struct with one field a key, its `Default`, its table of [`Key`]s and `read`.
///
/// ```
/// config::config! {
///     /// Configuration of an example.
///     pub struct Example {
///         /// Port to listen on.
///         port: u16 = 4515,
///         /// Addresses of masters.
///         master: Vec<String> = vec!["salt".to_owned()],
///     }
/// }
///
/// let files = config::Files::from_text("example", "port: 80\nmaster: m1\n");
/// let example = Example::read(files).unwrap();
/// assert_eq!((example.port, example.master), (80, vec!["m1".to_owned()]));
///
/// let error = Example::read(config::Files::from_text("example", "prot: 80\n")).unwrap_err();
/// assert!(error.to_string().contains("example, line 1: unknown key `prot`; did you mean `port`?"), "{error}");
/// ```
#[macro_export]
macro_rules! config {
    (
        $(#[doc = $about:literal])*
        $visibility:vis struct $name:ident {
            $( $(#[doc = $doc:literal])* $key:ident : $type:ty = $default:expr ),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug)]
        $visibility struct $name {
            $( $(#[doc = $doc])* pub $key: $type, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $key: $default, )* }
            }
        }

        impl $name {
            /// The keys with their types, defaults and docs, in the order of the reference page.
            #[must_use]
            pub fn keys() -> Vec<$crate::Key> {
                let default = Self::default();
                vec![$(
                    $crate::Key {
                        name: stringify!($key),
                        kind: <$type as $crate::Setting>::KIND,
                        default: <$type as $crate::Setting>::show(&default.$key),
                        doc: concat!($($doc, "\n"),*),
                    },
                )*]
            }

            /// Reads the configuration.
            ///
            /// # Errors
            /// With every unreadable file, unknown key and unfit value.
            pub fn read(files: $crate::Files) -> Result<Self, $crate::Error> {
                let mut config = Self::default();
                let (entries, mut problems) = files.into_parts();
                for entry in entries {
                    match entry.key.as_str() {
                        $( stringify!($key) => match <$type as $crate::Setting>::read(&entry.value) {
                            Ok(value) => config.$key = value,
                            Err(wanted) => problems.push(entry.unfit(&wanted)),
                        }, )*
                        _ => problems.push(entry.unknown(&[$(stringify!($key)),*])),
                    }
                }
                if problems.is_empty() { Ok(config) } else { Err($crate::Error { problems }) }
            }
        }
    };
}
