//! All that a module author sees: `Args`, `Query`, `Action`, `State`, `Read`, `Cx`, registry tables.
//!
//! One type is one function or one state: its fields are the arguments, its doc comment is the help. `#[derive(Args)]` makes the decoder
//! and the static table; `Query`, `Action` or `State` is the work; `module!` and `states!` list the types of a file, `registry!` the files.
//! There is no link-time collection: the order is stable and the lists can be searched.

mod agent;
mod args;
mod context;
mod function;
mod registry;
mod scrub;
mod state;
pub mod testing;
mod types;

pub use agent::{Agent, Fetched, Listing, Render};
pub use args::{ArgError, ArgSpec, Args, CallArgs, Signature, Slots, sort_arguments};
pub use context::{Chunk, Cx, Facts, Looks, Read, RunMemory};
pub use function::{Action, FunctionEntry, Kind, Query, Returned, probe};
pub use registry::{Problem, Registry};
pub use scrub::scrubbed;
pub use sdk_macros::Args;
pub use state::{Applied, Check, Checked, Merge, Outlook, State, StateEntry, StateObject, state_entry};
pub use types::{FromValue, Mode, Names, Span, Words, is_true};

pub use futures_util::future::BoxFuture;
pub use host;
pub use model::{Failure, FailureKind};
pub use value::{Map, Secret, Value, text};

/// Lists the functions of a file: `module!(test, [Ping, Echo]);` makes `pub fn functions()`. `Ping as "pong"` lists one under a second name too.
#[macro_export]
macro_rules! module {
    ($name:tt, [$($function:ty $(as $second:literal)?),* $(,)?]) => {
        /// The functions of this module.
        #[must_use]
        pub fn functions() -> ::std::vec::Vec<$crate::FunctionEntry> {
            #[allow(unused_imports)]
            use $crate::probe::{ViaAction as _, ViaQuery as _};
            ::std::vec![$(
                (&$crate::probe::Probe::<$function>::new()).entry(stringify!($name)),
                $($crate::FunctionEntry {
                    signature: {
                        const SECOND: &$crate::Signature = &$crate::Signature { name: $second, ..<$function as $crate::Args>::SIGNATURE };
                        SECOND
                    },
                    ..(&$crate::probe::Probe::<$function>::new()).entry(stringify!($name))
                },)?
            )*]
        }
    };
}

/// Lists the states of a file: `states!(test, [Nop, FailWithoutChanges]);` makes `pub fn states()`. `Nop as "noop"` lists one under a second name too.
#[macro_export]
macro_rules! states {
    ($name:tt, [$($state:ty $(as $second:literal)?),* $(,)?]) => {
        /// The states of this module.
        #[must_use]
        pub fn states() -> ::std::vec::Vec<$crate::StateEntry> {
            ::std::vec![$(
                $crate::state_entry::<$state>(stringify!($name)),
                $($crate::StateEntry {
                    signature: {
                        const SECOND: &$crate::Signature = &$crate::Signature { name: $second, ..<$state as $crate::Args>::SIGNATURE };
                        SECOND
                    },
                    ..$crate::state_entry::<$state>(stringify!($name))
                },)?
            )*]
        }
    };
}

/// Lists the files of a package: `registry!(functions: [test, cmd]);` or `registry!(states: [file, cmd]);` makes `pub fn registry()`.
#[macro_export]
macro_rules! registry {
    (functions: [$($($module:ident)::+),* $(,)?]) => {
        /// Every function of this package.
        #[must_use]
        pub fn registry() -> $crate::Registry {
            #[allow(unused_mut, reason = "an empty list adds nothing")]
            let mut registry = $crate::Registry::new();
            $(registry.add_functions($($module)::+::functions());)*
            registry
        }
    };
    (functions: [$($($look:ident)::+),* $(,)?], states: [$($($module:ident)::+),* $(,)?]) => {
        /// Every state of this package, and the functions that look as they do.
        #[must_use]
        pub fn registry() -> $crate::Registry {
            let mut registry = $crate::Registry::new();
            $(registry.add_functions($($look)::+::functions());)*
            $(registry.add_states($($module)::+::states());)*
            registry
        }
    };
    (states: [$($($module:ident)::+),* $(,)?]) => {
        /// Every state of this package.
        #[must_use]
        pub fn registry() -> $crate::Registry {
            #[allow(unused_mut, reason = "an empty list adds nothing")]
            let mut registry = $crate::Registry::new();
            $(registry.add_states($($module)::+::states());)*
            registry
        }
    };
}
