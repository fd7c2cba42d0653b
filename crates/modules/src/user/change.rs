//! The functions that change one thing of a user.

use super::{gecos_parts, gecos_text, known, modify_in};
use sdk::host::User;
use sdk::{Action, Args, Cx, Failure, Words};

/// A function that sets one field of a user.
macro_rules! change_function {
    ($(#[$doc:meta])* $name:ident { $field:ident }, |$change:ident, $value:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Login name.
            name: String,
            /// The new value.
            $field: String,
            /// Folder of the system that is meant, in place of this machine's own.
            root: Option<String>,
        }

        impl Action for $name {
            type Output = bool;
            async fn call(self, cx: &Cx) -> Result<bool, Failure> {
                let $change = Change { cx, user: known(&self.name, self.root.as_deref(), cx)?, root: self.root };
                let $value = self.$field;
                $body;
                Ok(true)
            }
        }
    };
}

change_function! {
    /// Set the id of a user.
    Chuid { uid }, |change, value| change.modify(&["-u", &value]).await?
}
change_function! {
    /// Set the primary group of a user.
    Chgid { gid }, |change, value| change.modify(&["-g", &value]).await?
}
change_function! {
    /// Set the login shell of a user.
    Chshell { shell }, |change, value| change.modify(&["-s", &value]).await?
}
change_function! {
    /// Set the full name of a user.
    Chfullname { fullname }, |change, value| change.gecos(0, value).await?
}
change_function! {
    /// Set the room number of a user.
    Chroomnumber { roomnumber }, |change, value| change.gecos(1, value).await?
}
change_function! {
    /// Set the telephone at work of a user.
    Chworkphone { workphone }, |change, value| change.gecos(2, value).await?
}
change_function! {
    /// Set the telephone at home of a user.
    Chhomephone { homephone }, |change, value| change.gecos(3, value).await?
}
change_function! {
    /// Set the rest of the comment field of a user.
    Chother { other }, |change, value| change.gecos(4, value).await?
}
change_function! {
    /// Rename a user.
    Rename { new_name }, |change, value| change.modify(&["-l", &value]).await?
}

/// A user that is there, to be changed.
struct Change<'a> {
    cx: &'a Cx,
    user: User,
    root: Option<String>,
}

impl Change<'_> {
    async fn modify(&self, flags: &[&str]) -> Result<(), Failure> {
        modify_in(self.cx, self.root.as_deref(), &self.user.name, flags).await
    }

    async fn gecos(&self, part: usize, value: String) -> Result<(), Failure> {
        let mut parts = gecos_parts(&self.user.gecos);
        if let Some(place) = parts.get_mut(part) {
            *place = value;
        }
        self.modify(&["-c", &gecos_text(&parts)]).await
    }
}

/// Set the home directory of a user.
///
/// ```salt
/// salt '*' user.chhome bob /home/users/bob persist=True
/// ```
#[derive(Args)]
pub struct Chhome {
    /// Login name.
    name: String,
    /// New home directory.
    home: String,
    /// Move what is in the old one.
    #[arg(default = false)]
    persist: bool,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Action for Chhome {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let user = known(&self.name, self.root.as_deref(), cx)?;
        let flags: &[&str] = if self.persist { &["-d", &self.home, "-m"] } else { &["-d", &self.home] };
        modify_in(cx, self.root.as_deref(), &user.name, flags).await?;
        Ok(true)
    }
}

/// Set the supplementary groups of a user.
///
/// ```salt
/// salt '*' user.chgroups bob wheel,dev append=True
/// ```
#[derive(Args)]
pub struct Chgroups {
    /// Login name.
    name: String,
    /// Groups.
    groups: Words,
    /// Keep the groups it is in.
    #[arg(default = false)]
    append: bool,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Action for Chgroups {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let user = known(&self.name, self.root.as_deref(), cx)?;
        let groups = self.groups.0.join(",");
        let flags: &[&str] = if self.append { &["-a", "-G", &groups] } else { &["-G", &groups] };
        modify_in(cx, self.root.as_deref(), &user.name, flags).await?;
        Ok(true)
    }
}
