//! The arguments that every function of `git` has, and those of functions that speak with another machine.

/// A function with its own arguments, and who runs `git` for it.
macro_rules! git_arguments {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(sdk::Args)]
        pub struct $name {
            $($own)*
            /// User to run as.
            #[arg(named)]
            user: Option<String>,
            /// Known for compatibility.
            #[arg(named, ignored)]
            password: Option<String>,
            /// Known for compatibility: the exit status is only told where it matters.
            #[arg(default = false, named, ignored)]
            ignore_retcode: bool,
            /// Known for compatibility; output is read as UTF-8.
            #[arg(named, ignored)]
            output_encoding: Option<String>,
        }
    };
}

/// The same with the ways to be known to another machine.
macro_rules! git_remote_arguments {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        git_arguments! {
            $(#[$doc])*
            $name {
                $($own)*
                /// Private keys of ssh, by path.
                #[arg(default, named)]
                identity: sdk::Words,
                /// User of HTTPS.
                #[arg(named)]
                https_user: Option<String>,
                /// Password of HTTPS.
                #[arg(named)]
                https_pass: Option<sdk::Secret<String>>,
            }
        }

        impl $name {
            /// The repository in a folder, or that of no folder.
            fn repo(&self, cwd: Option<&String>) -> $crate::git::Repo {
                $crate::git::Repo {
                    cwd: cwd.cloned(),
                    user: self.user.clone(),
                    identity: self.identity.0.clone(),
                    https_user: self.https_user.clone(),
                    https_pass: self.https_pass.clone(),
                }
            }
        }
    };
}

pub(super) use {git_arguments, git_remote_arguments};
