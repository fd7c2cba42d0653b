//! `user.present`.

use modules::shadow::{aging, hashed_as, set_aging, set_password};
use modules::user::{GECOS, NewUser, add, gecos_parts, gecos_text, info, modify};
use sdk::host::{Accounts, User};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value, Words, text};
use value::Secret;

/// What stands for a password in changes.
const REDACTED: &str = "XXX-REDACTED-XXX";

/// Ensure a user is there with its properties.
///
/// ```salt
/// fred:
///   user.present:
///     - fullname: Fred Jones
///     - shell: /bin/zsh
///     - home: /home/fred
///     - groups: [wheel, storage]
/// ```
#[derive(Args)]
pub struct Present {
    /// Login name.
    name: String,
    /// User id.
    uid: Option<u32>,
    /// Primary group, by name or id.
    gid: Option<String>,
    /// Make a group of the same name.
    usergroup: Option<bool>,
    /// Supplementary groups.
    groups: Option<Words>,
    /// Supplementary groups if they are there.
    optional_groups: Option<Words>,
    /// Take it out of other groups.
    #[arg(default = true)]
    remove_groups: bool,
    /// Home directory.
    home: Option<String>,
    /// Make the home directory.
    #[arg(default = true)]
    createhome: bool,
    /// Move what is in the old home to the new one.
    #[arg(default = false)]
    persist_home: bool,
    /// Hash of the password.
    password: Option<Secret<String>>,
    /// `password` is the password itself and not its hash.
    #[arg(default = false)]
    hash_password: bool,
    /// Set the password also where the user has another one.
    #[arg(default = true)]
    enforce_password: bool,
    /// Let it log in without a password.
    #[arg(default = false)]
    empty_password: bool,
    /// Login shell.
    shell: Option<String>,
    /// Refuse an id that somebody has.
    #[arg(default = true)]
    unique: bool,
    /// A user of the system.
    #[arg(default = false)]
    system: bool,
    /// Full name.
    fullname: Option<String>,
    /// Room number.
    roomnumber: Option<String>,
    /// Telephone at work.
    workphone: Option<String>,
    /// Telephone at home.
    homephone: Option<String>,
    /// More of the comment field.
    other: Option<String>,
    /// Known for compatibility: there are no login classes here.
    #[arg(ignored)]
    loginclass: Option<String>,
    /// Day of the last change of the password, in days since 1970.
    date: Option<i64>,
    /// Days that have to pass between changes of the password.
    mindays: Option<i64>,
    /// Days after which the password has to be changed.
    maxdays: Option<i64>,
    /// Days after that when the account is closed.
    inactdays: Option<i64>,
    /// Days before that on which a warning is given.
    warndays: Option<i64>,
    /// Day on which the account ends, in days since 1970.
    expire: Option<i64>,
    /// Leave it out of the log of last logins.
    #[arg(default = false)]
    nologinit: bool,
    /// Change the id of a user that is there.
    #[arg(default = false)]
    allow_uid_change: bool,
    /// Change the primary group of a user that is there.
    #[arg(default = false)]
    allow_gid_change: bool,
    /// Lock or unlock the password.
    password_lock: Option<bool>,
    /// Add it by `luseradd` of libuser; what is looked at are local files in any case.
    #[arg(default = false)]
    local: bool,
    /// Older way to say that the primary group has the user's name.
    #[arg(named)]
    gid_from_name: Option<bool>,
}

/// What is to be done.
pub enum Step {
    /// Add the user.
    Add,
    /// Change what differs.
    Change(Map),
    /// Only a real run says so.
    Refuse(String),
}

impl Present {
    fn aging_wishes(&self) -> [(&'static str, &'static str, Option<i64>); 6] {
        [
            ("date", "-d", self.date),
            ("mindays", "-m", self.mindays),
            ("maxdays", "-M", self.maxdays),
            ("inactdays", "-I", self.inactdays),
            ("warndays", "-W", self.warndays),
            ("expire", "-E", self.expire),
        ]
    }

    /// The hash that is wanted.
    async fn hash(&self, read: &Read) -> Result<Option<Secret<String>>, Failure> {
        match &self.password {
            Some(password) if self.hash_password && !self.empty_password => {
                let now = aging(&self.name, read).map(|shadow| shadow.password).unwrap_or_default();
                hashed_as(password, &now, read).await.map(|hash| Some(Secret::new(hash)))
            }
            other => Ok(other.clone()),
        }
    }

    fn gecos_wishes(&self) -> [&Option<String>; 5] {
        [&self.fullname, &self.roomnumber, &self.workphone, &self.homephone, &self.other]
    }

    /// Supplementary groups that are wanted and there, without the primary one.
    fn wanted_groups(&self, accounts: &Accounts, primary: Option<&str>) -> Vec<String> {
        let named = self.groups.iter().chain(&self.optional_groups).flat_map(|words| &words.0);
        let mut wanted: Vec<String> = named.filter(|name| accounts.group(name).is_some()).cloned().collect();
        wanted.retain(|name| Some(name.as_str()) != primary);
        wanted.sort();
        wanted.dedup();
        wanted
    }

    /// Groups that are wanted and not there.
    fn missing_groups(&self, accounts: &Accounts) -> Vec<String> {
        self.groups.iter().flat_map(|words| &words.0).filter(|name| accounts.group(name).is_none()).cloned().collect()
    }

    /// What differs from what is wanted; problems as the texts of a refusal.
    fn differences(&self, have: &User, accounts: &Accounts, hash: Option<&Secret<String>>, read: &Read) -> Result<Map, Vec<String>> {
        let mut changes = Map::new();
        let mut problems = Vec::new();
        let refused = |what: &str, old: &str, new: &str| {
            format!(
                "Changing {what} ({old} -> {new}) not permitted, set allow_{what}_change to True to force this change. Note that this will not change file ownership."
            )
        };
        if let Some(uid) = self.uid.filter(|uid| *uid != have.uid) {
            changes.insert("uid", uid);
            if !self.allow_uid_change {
                problems.push(refused("uid", &have.uid.to_string(), &uid.to_string()));
            }
        }
        let has_own = self.usergroup == Some(true) && accounts.group(&self.name).is_some();
        let gid_name = if self.gid_from_name == Some(true) || has_own { Some(self.name.clone()) } else { self.gid.clone() };
        if let Some(gid) = &gid_name
            && accounts.gid(gid) != Some(have.gid)
        {
            changes.insert("gid", accounts.gid(gid).map_or_else(|| Value::from(gid.as_str()), Value::from));
            if !self.allow_gid_change {
                problems.push(refused("gid", &have.gid.to_string(), gid));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        if self.groups.is_some() || self.optional_groups.is_some() {
            let primary = accounts.group_of(have.gid).map(|group| group.name.as_str());
            let mut now = accounts.groups_of(have);
            now.retain(|name| Some(name.as_str()) != primary);
            now.sort();
            let wanted = self.wanted_groups(accounts, primary);
            let differs = if self.remove_groups { now != wanted } else { !wanted.iter().all(|name| now.contains(name)) };
            if differs {
                changes.insert("groups", wanted);
            }
        }
        if let Some(home) = self.home.as_ref().filter(|home| **home != have.home) {
            changes.insert("home", home.as_str());
        }
        let home = self.home.as_ref().unwrap_or(&have.home);
        if self.createhome && !read.host().is_dir(home) {
            changes.insert("homeDoesNotExist", home.as_str());
        }
        if let Some(shell) = self.shell.as_ref().filter(|shell| **shell != have.shell) {
            changes.insert("shell", shell.as_str());
        }
        let shadow = aging(&self.name, read);
        if let Some(shadow) = &shadow {
            let open = shadow.password.trim_start_matches('!');
            let is_set = !matches!(open, "" | "*" | "!");
            match hash {
                Some(_) if self.empty_password => {}
                Some(wanted) if open != wanted.reveal() && (self.enforce_password || !is_set) => {
                    changes.insert("passwd", REDACTED);
                }
                Some(_) | None => {}
            }
            if self.empty_password && !shadow.password.is_empty() {
                changes.insert("empty_password", true);
            }
            if let Some(lock) = self.password_lock.filter(|lock| shadow.password.starts_with('!') != *lock) {
                changes.insert("password_lock", lock);
            }
            let now = [shadow.last_change, shadow.min, shadow.max, shadow.inactive, shadow.warn, shadow.expire];
            for ((key, _, wanted), have) in self.aging_wishes().into_iter().zip(now) {
                if let Some(wanted) = wanted.filter(|wanted| *wanted != have) {
                    changes.insert(key, wanted);
                }
            }
        }
        for ((key, wanted), have) in GECOS.into_iter().zip(self.gecos_wishes()).zip(gecos_parts(&have.gecos)) {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| **wanted != have) {
                changes.insert(key, wanted.as_str());
            }
        }
        Ok(changes)
    }

    fn shown_info(&self, cx: &Read) -> Map {
        let accounts = cx.host().accounts();
        accounts.user(&self.name).map(|user| info(user, &accounts)).unwrap_or_default()
    }
}

impl State for Present {
    type Change = Step;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let name = &self.name;
        // A comma parts the fields of the comment: what is behind one would be another field.
        if let Some(text) = [&self.fullname, &self.roomnumber, &self.workphone].into_iter().flatten().find(|text| text.contains(',')) {
            return Ok(Check::fails(format!("Unsupported char ',' in {text}")));
        }
        let accounts = read.host().accounts();
        let missing = self.missing_groups(&accounts);
        let refusal = (!missing.is_empty()).then(|| format!("The following group(s) are not present: {}", missing.join(",")));
        let Some(have) = accounts.user(name) else {
            let pending = if missing.is_empty() { String::new() } else { format!(" (pending groups: {})", missing.join(",")) };
            let outlook = Outlook::new(format!("User {name} set to be added{pending}"), Map::new());
            return Ok(Check::Change(outlook, refusal.map_or(Step::Add, Step::Refuse)));
        };
        let changes = match self.differences(have, &accounts, self.hash(read).await?.as_ref(), read) {
            Ok(changes) => changes,
            Err(problems) => {
                let list = problems.iter().map(|problem| format!("- {problem}")).collect::<Vec<_>>().join("\n");
                return Ok(Check::fails(format!("Encountered error checking for needed changes. Additional info follows:\n\n{list}")));
            }
        };
        if changes.is_empty() && missing.is_empty() {
            return Ok(Check::desired(format!("User {name} is present and up to date")));
        }
        let mut comment = "The following user attributes are set to be changed:\n".to_owned();
        for (key, value) in &changes {
            comment.push_str(&format!("{}: {}\n", text::str(key), text::str(value)));
        }
        if !missing.is_empty() {
            comment.push_str(&format!("groups (pending creation): {}\n", missing.join(",")));
        }
        Ok(Check::change(comment, Map::new(), refusal.map_or(Step::Change(changes), Step::Refuse)))
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        match step {
            Step::Refuse(comment) => Ok(Applied::failed(comment)),
            Step::Add => self.add(cx).await,
            Step::Change(changes) => self.change(&changes, cx).await,
        }
    }
}

/// What the change of an argument is called: by the field of the shadow file, as `shadow.info` has it.
fn shadow_word(argument: &'static str) -> &'static str {
    let words = [("date", "lstchg"), ("mindays", "min"), ("maxdays", "max"), ("inactdays", "inact"), ("warndays", "warn")];
    words.iter().find(|(name, _)| *name == argument).map_or(argument, |(_, word)| word)
}

impl Present {
    async fn add(&self, cx: &Cx) -> Result<Applied, Failure> {
        let accounts = cx.host().accounts();
        let user = NewUser {
            name: self.name.clone(),
            uid: self.uid,
            gid: if self.gid_from_name == Some(true) { Some(self.name.clone()) } else { self.gid.clone() },
            groups: self.wanted_groups(&accounts, self.gid.as_deref()),
            home: self.home.clone(),
            shell: self.shell.clone(),
            unique: self.unique,
            system: self.system,
            gecos: self.gecos_wishes().map(|part| part.clone().unwrap_or_default()),
            create_home: self.createhome,
            user_group: self.usergroup,
            no_log_init: self.nologinit,
            root: None,
            local: self.local,
        };
        if let Err(failure) = add(cx, &user).await {
            return Ok(Applied::failed(format!("Failed to create new user {}: {}", self.name, failure.message)));
        }
        let mut changes = self.shown_info(cx);
        if !self.createhome {
            // The account names a folder that nobody has made.
            changes.insert("home", "");
        }
        if let Some(password) = self.hash(cx).await?.filter(|_| !self.empty_password) {
            set_password(cx, &self.name, password.reveal(), None).await?;
            changes.insert("password", REDACTED);
        }
        if self.empty_password {
            cx.run(["passwd", "-d", &self.name]).await?;
            changes.insert("password", "");
        }
        for (key, flag, wanted) in self.aging_wishes() {
            if let Some(wanted) = wanted {
                set_aging(cx, &self.name, flag, &wanted.to_string(), None).await?;
                changes.insert(key, wanted);
            }
        }
        if self.password_lock == Some(true) {
            cx.run(["passwd", "-l", &self.name]).await?;
        }
        Ok(Applied::ok(format!("New user {} created", self.name), changes))
    }

    async fn change(&self, wanted: &Map, cx: &Cx) -> Result<Applied, Failure> {
        let name = self.name.as_str();
        let before = self.shown_info(cx);
        let word = |key: &str| wanted.get(key).map(text::str);
        let mut extra = Map::new();
        for (key, flag) in [("uid", "-u"), ("gid", "-g"), ("shell", "-s")] {
            if let Some(value) = word(key) {
                modify(cx, name, &[flag, &value]).await?;
            }
        }
        if let Some(Value::List(groups)) = wanted.get("groups") {
            let groups = groups.iter().map(text::str).collect::<Vec<_>>().join(",");
            let flags: &[&str] = if self.remove_groups { &["-G", &groups] } else { &["-a", "-G", &groups] };
            modify(cx, name, flags).await?;
        }
        if let Some(home) = word("home") {
            let flags: &[&str] = if self.persist_home { &["-d", &home, "-m"] } else { &["-d", &home] };
            modify(cx, name, flags).await?;
        }
        if let Some(home) = word("homeDoesNotExist")
            && !cx.host().is_dir(&home)
        {
            cx.host().make_dirs(&home, Some(0o755)).map_err(modules::failure)?;
            let accounts = cx.host().accounts();
            let group = accounts.user(name).map(|user| user.gid.to_string());
            let owner = modules::file::Perms { user: Some(name.to_owned()), group, mode: None };
            owner.enforce(cx.host(), &home, true)?;
        }
        if GECOS.iter().any(|key| wanted.contains_key(key)) {
            let accounts = cx.host().accounts();
            let mut parts = gecos_parts(accounts.user(name).map(|user| user.gecos.as_str()).unwrap_or_default());
            for (part, wish) in parts.iter_mut().zip(self.gecos_wishes()) {
                if let Some(wish) = wish {
                    part.clone_from(wish);
                }
            }
            modify(cx, name, &["-c", &gecos_text(&parts)]).await?;
        }
        if let Some(password) = self.hash(cx).await?.filter(|_| wanted.contains_key("passwd")) {
            set_password(cx, name, password.reveal(), None).await?;
            extra.insert("passwd", REDACTED);
        }
        if wanted.contains_key("empty_password") {
            cx.run(["passwd", "-d", name]).await?;
            extra.insert("empty_password", true);
        }
        if let Some(lock) = wanted.get("password_lock").and_then(Value::as_bool) {
            cx.run(["passwd", if lock { "-l" } else { "-u" }, name]).await?;
            extra.insert("password_lock", lock);
        }
        for (key, flag, _) in self.aging_wishes() {
            if let Some(value) = word(key) {
                set_aging(cx, name, flag, &value, None).await?;
                extra.insert(shadow_word(key), wanted.get(key).cloned().unwrap_or_default());
            }
        }
        let after = self.shown_info(cx);
        let mut changes: Map = after.into_iter().filter(|(key, value)| before.get_value(key) != Some(value)).collect();
        changes.extend(extra);
        let accounts = cx.host().accounts();
        let hash = self.hash(cx).await?;
        let left = accounts.user(name).and_then(|have| self.differences(have, &accounts, hash.as_ref(), cx).ok()).unwrap_or_default();
        if left.is_empty() {
            return Ok(if changes.is_empty() {
                Applied::ok(format!("User {name} is present and up to date"), changes)
            } else {
                Applied::ok(format!("Updated user {name}"), changes)
            });
        }
        let keys = left.keys().map(text::str).collect::<Vec<_>>().join(", ");
        Ok(Applied::failed(format!("These values could not be changed: {keys}")).with_changes(changes))
    }
}
