//! The arguments that every function of `gpg` has.

/// A function with its own arguments, and those that say whose keys are meant.
macro_rules! gpg_arguments {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(sdk::Args)]
        pub struct $name {
            $($own)*
            /// User whose keys they are; `salt` means those that decrypt pillar.
            #[arg(named)]
            user: Option<String>,
            /// Folder of GnuPG.
            #[arg(named)]
            gnupghome: Option<String>,
            /// File with keys, instead of the usual one.
            #[arg(named)]
            keyring: Option<String>,
        }

        impl $name {
            fn ring(&self) -> $crate::gpg::Ring {
                $crate::gpg::Ring { user: self.user.clone(), home: self.gnupghome.clone(), keyring: self.keyring.clone() }
            }
        }
    };
}

pub(super) use gpg_arguments;
