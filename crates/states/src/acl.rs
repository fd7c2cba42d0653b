//! Access control lists of files.

use modules::acl::{Acl, Who, act, bits, letters, list};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, Words};

sdk::states!(acl, [Present, Absent, ListPresent, ListAbsent]);

const DESIRED: &str = "Permissions are in the desired state";

/// What all four states are about: who has what, on which files.
struct Wanted<'a> {
    path: &'a str,
    acl_type: &'a str,
    names: Vec<&'a str>,
    recurse: bool,
}

impl Wanted<'_> {
    fn shown(&self) -> String {
        self.names.join(", ")
    }

    fn who(&self) -> Option<Vec<Who>> {
        self.names.iter().map(|name| Who::parse(self.acl_type, name)).collect()
    }

    /// The lists of all files that are meant, or why it cannot be done.
    async fn look(&self, read: &Read) -> Result<Result<(Vec<Who>, Vec<Acl>), Check<()>>, Failure> {
        if !read.host().exists(self.path) {
            return Ok(Err(Check::fails(format!("{} does not exist", self.path))));
        }
        let Some(who) = self.who() else { return Ok(Err(Check::fails("ACL Type does not exist"))) };
        let lists = list(read, &[self.path.to_owned()], self.recurse).await?;
        // Files have no entries for new ones.
        let is_meant = |acl: &Acl| !self.acl_type.starts_with('d') || read.host().is_dir(&acl.file);
        Ok(Ok((who, lists.into_iter().filter(is_meant).collect())))
    }

    fn entry(&self, permissions: &str) -> Map {
        let mut map = Map::new();
        map.insert("acl_name", self.shown());
        map.insert("acl_type", self.acl_type);
        map.insert("perms", permissions);
        map
    }

    /// The change to the permissions a file or folder itself has, and what test mode says of it.
    fn outlook(&self, who: &[Who], lists: &[Acl], perms: &str, names: &str) -> (String, Map) {
        let old = lists.first().and_then(|acl| who.iter().find_map(|who| acl.of(who))).filter(|old| Some(*old) != bits(perms));
        let mut changes: Map = [("new", self.entry(perms))].into_iter().collect();
        match old {
            Some(old) => {
                changes.insert("old", self.entry(&letters(old)));
                (format!("Updated permissions will be applied for {names}: {} -> {perms}", letters(old)), changes)
            }
            None => (format!("New permissions will be applied for {names}: {perms}"), changes),
        }
    }

    async fn set(&self, perms: &str, force: bool, cx: &Cx) -> Result<(), Failure> {
        let files = [self.path.to_owned()];
        if force {
            act(cx, &["--remove-all".to_owned()], &files, self.recurse).await?;
        }
        let letters = letters(bits(perms).unwrap_or_default());
        let specs: Vec<String> = self.who().unwrap_or_default().iter().map(|who| who.spec(Some(&letters))).collect();
        act(cx, &["--modify".to_owned(), specs.join(",")], &files, self.recurse).await
    }

    async fn check_present(&self, perms: &str, names: &str, read: &Read) -> Result<Check<Map>, Failure> {
        let (who, lists) = match self.look(read).await? {
            Ok(found) => found,
            Err(Check::Fails(applied)) => return Ok(Check::Fails(applied)),
            Err(_) => return Ok(Check::desired(DESIRED)),
        };
        let Some(wanted) = bits(perms) else {
            return Ok(Check::fails(format!("`{perms}` are no permissions such as rwx or 7")));
        };
        if lists.iter().all(|acl| who.iter().all(|who| acl.of(who) == Some(wanted))) {
            return Ok(Check::desired(DESIRED));
        }
        let (comment, changes) = self.outlook(&who, &lists, perms, names);
        Ok(Check::change(comment, changes.clone(), changes))
    }

    async fn check_absent(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (who, lists) = match self.look(read).await? {
            Ok(found) => found,
            Err(check) => return Ok(check),
        };
        let has = lists.iter().any(|acl| who.iter().any(|who| acl.has(who)));
        Ok(if has { Check::change("Removing permissions", self.removed(), ()) } else { Check::desired(DESIRED) })
    }

    fn removed(&self) -> Map {
        let mut entry = self.entry("");
        entry.remove("perms");
        [("removed", entry)].into_iter().collect()
    }

    async fn remove(&self, cx: &Cx) -> Result<Applied, Failure> {
        let specs: Vec<String> = self.who().unwrap_or_default().iter().map(|who| who.spec(None)).collect();
        Ok(match act(cx, &["--remove".to_owned(), specs.join(",")], &[self.path.to_owned()], self.recurse).await {
            Ok(()) => Applied::ok("Removing permissions", self.removed()),
            Err(failure) => Applied::failed(format!("Error removing permissions for {}: {}", self.shown(), failure.message)),
        })
    }
}

/// `['bob', 'ann']`, as Salt writes a list.
fn python_list(names: &[String]) -> String {
    sdk::text::str(&Value::from(names.to_vec()))
}

macro_rules! present {
    ($(#[$doc:meta])* $name:ident, $field:ident : $type:ty = $fallback:literal, $field_doc:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// File or folder.
            name: String,
            /// `user`, `group`, `mask` or `other`, with `default:` before it where new files are meant.
            acl_type: String,
            #[doc = $field_doc]
            #[arg(default = $fallback)]
            $field: $type,
            /// Permissions: `rwx`, or a number.
            #[arg(default = "")]
            perms: String,
            /// All that is in the folder too.
            #[arg(default = false)]
            recurse: bool,
            /// Remove every other entry when one is set.
            #[arg(default = false)]
            force: bool,
        }
    };
}

macro_rules! absent {
    ($(#[$doc:meta])* $name:ident, $field:ident : $type:ty = $fallback:literal, $field_doc:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// File or folder.
            name: String,
            /// `user` or `group`, with `default:` before it where new files are meant.
            acl_type: String,
            #[doc = $field_doc]
            #[arg(default = $fallback)]
            $field: $type,
            /// Known for compatibility: the whole entry goes.
            #[arg(default = "", ignored)]
            perms: String,
            /// All that is in the folder too.
            #[arg(default = false)]
            recurse: bool,
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                self.wanted().check_absent(read).await
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                self.wanted().remove(cx).await
            }
        }
    };
}

macro_rules! wanted {
    ($name:ident, |$self:ident| $names:expr) => {
        impl $name {
            fn wanted(&$self) -> Wanted<'_> {
                Wanted { path: &$self.name, acl_type: &$self.acl_type, names: $names, recurse: $self.recurse }
            }
        }
    };
}

present! {
    /// Ensure somebody has permissions on a file.
    ///
    /// ```salt
    /// /srv/share:
    ///   acl.present:
    ///     - acl_type: user
    ///     - acl_name: bob
    ///     - perms: rwx
    /// ```
    Present, acl_name: String = "", "Name."
}
present! {
    /// Ensure several have permissions on a file.
    ///
    /// ```salt
    /// /srv/share:
    ///   acl.list_present:
    ///     - acl_type: user
    ///     - acl_names: [bob, ann]
    ///     - perms: rwx
    /// ```
    ListPresent, acl_names: Words = "", "Names."
}
absent! {
    /// Ensure somebody has no entry on a file.
    ///
    /// ```salt
    /// /srv/share:
    ///   acl.absent:
    ///     - acl_type: user
    ///     - acl_name: bob
    /// ```
    Absent, acl_name: String = "", "Name."
}
absent! {
    /// Ensure several have no entry on a file.
    ///
    /// ```salt
    /// /srv/share:
    ///   acl.list_absent:
    ///     - acl_type: user
    ///     - acl_names: [bob, ann]
    /// ```
    ListAbsent, acl_names: Words = "", "Names."
}
wanted!(Present, |self| vec![self.acl_name.as_str()]);
wanted!(Absent, |self| vec![self.acl_name.as_str()]);
wanted!(ListPresent, |self| self.acl_names.0.iter().map(String::as_str).collect());
wanted!(ListAbsent, |self| self.acl_names.0.iter().map(String::as_str).collect());

impl State for Present {
    type Change = Map;

    async fn check(&self, read: &Read) -> Result<Check<Map>, Failure> {
        self.wanted().check_present(&self.perms, &self.acl_name, read).await
    }

    async fn apply(&self, changes: Map, cx: &Cx) -> Result<Applied, Failure> {
        let wanted = self.wanted();
        if let Err(failure) = wanted.set(&self.perms, self.force, cx).await {
            return Ok(Applied::failed(format!("Error updating permissions for {}: {}", self.acl_name, failure.message)));
        }
        let word = if changes.contains_key("old") { "Updated" } else { "Applied new" };
        Ok(Applied::ok(format!("{word} permissions for {}", self.acl_name), changes))
    }
}

impl State for ListPresent {
    type Change = Map;

    async fn check(&self, read: &Read) -> Result<Check<Map>, Failure> {
        self.wanted().check_present(&self.perms, &python_list(&self.acl_names.0), read).await
    }

    async fn apply(&self, changes: Map, cx: &Cx) -> Result<Applied, Failure> {
        let wanted = self.wanted();
        Ok(match wanted.set(&self.perms, self.force, cx).await {
            Ok(()) => Applied::ok(format!("Applied new permissions for {}", wanted.shown()), changes),
            Err(failure) => Applied::failed(format!("Error updating permissions for {}: {}", wanted.shown(), failure.message)),
        })
    }
}
