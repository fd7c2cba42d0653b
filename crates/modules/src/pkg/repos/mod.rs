//! Repositories that packages come from: `.list` and `.sources` files of apt, `.repo` files of dnf and zypper.

pub mod apt;
mod functions;
pub mod keys;
pub mod section;
pub mod source;

pub use functions::{AddRepoKey, DelRepo, DelRepoKey, GetRepo, GetRepoKeys, ListRepos, ModRepo};

use sdk::{Cx, Failure, Map, Read, Value, Words, is_true, text};

/// What is wished for, in the words of `pkgrepo.managed` and `pkg.mod_repo`.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Whole line of an apt source, or the name of a section.
    pub name: String,
    /// File it belongs in.
    pub file: Option<String>,
    /// The file shall hold nothing else.
    pub clean_file: bool,
    /// Switched off.
    pub disabled: bool,
    /// Suite instead of the line's.
    pub dist: Option<String>,
    /// Components instead of the line's.
    pub comps: Vec<String>,
    /// Architectures instead of the line's.
    pub architectures: Vec<String>,
    /// File of the key that signs it.
    pub signed_by: Option<String>,
    /// Comments behind the line.
    pub comments: Vec<String>,
    /// Where the key is fetched.
    pub key_url: Option<String>,
    /// The key itself.
    pub key_text: Option<String>,
    /// Id of the key.
    pub keyid: Option<String>,
    /// Server that has the key.
    pub keyserver: Option<String>,
    /// Archive on Launchpad.
    pub ppa: Option<String>,
    /// Project on Copr.
    pub copr: Option<String>,
    /// Name for people.
    pub humanname: Option<String>,
    /// Folder of `.repo` files.
    pub basedir: Option<String>,
    /// All other options of a section.
    pub extra: Map,
    /// Grain `os`.
    pub os: String,
    /// Grain `oscodename`.
    pub codename: String,
    /// Grain `os_family`.
    pub family: String,
}

impl Wish {
    /// Reads the arguments of a state or function.
    #[must_use]
    pub fn read(name: &str, mut args: Map, read: &Read) -> Self {
        let family = read.grain_text("os_family").to_owned();
        let mut word = |key: &str| args.remove(key).filter(|value| !value.is_null()).map(|value| text::str(&value));
        let mut wish = Self {
            name: name.trim().to_owned(),
            file: word("file"),
            dist: word("dist"),
            signed_by: word("signedby"),
            key_url: word("key_url"),
            key_text: word("key_text"),
            keyserver: word("keyserver"),
            ppa: word("ppa"),
            copr: word("copr"),
            humanname: word("humanname"),
            basedir: word("basedir"),
            os: read.grain_text("os").to_owned(),
            codename: read.grain_text("oscodename").to_owned(),
            family,
            ..Self::default()
        };
        let mut words =
            |key: &str| args.remove(key).and_then(|value| <Words as sdk::FromValue>::from_value(value).ok()).unwrap_or_default().0;
        wish.comps = words("comps");
        wish.architectures = words("architectures");
        wish.keyid = Some(words("keyid").join(",")).filter(|ids| !ids.is_empty());
        wish.comments = match args.remove("comments") {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(other) => vec![text::str(&other)],
        };
        wish.clean_file = args.remove("clean_file").is_some_and(|value| is_true(&value));
        let enabled = args.remove("enabled").filter(|value| !value.is_null());
        let disabled = args.remove("disabled").filter(|value| !value.is_null());
        wish.disabled = disabled.map_or_else(|| enabled.is_some_and(|value| !is_true(&value)), |value| is_true(&value));
        for other in
            ["refresh", "refresh_db", "consolidate", "aptkey", "allow_insecure_key", "ppa_auth", "keyid_ppa", "repo", "uri", "type"]
        {
            args.remove(other);
        }
        wish.extra = args;
        wish
    }
}

/// A repository that is to be put there, or what is wrong with it.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one stands for a moment while a state runs")]
pub enum Plan {
    /// A source of apt.
    Apt {
        /// The source.
        source: source::Source,
        /// What stands for it now.
        old: Option<apt::Placed>,
        /// Its key is to be fetched.
        needs_key: bool,
    },
    /// A section of a `.repo` file.
    Section {
        /// The section.
        section: section::Section,
        /// The file and section that stand for it now.
        old: Option<(String, section::Section)>,
    },
}

/// Why repositories cannot be managed here.
#[must_use]
pub fn not_here(read: &Read) -> Failure {
    let provider = super::find(read).map_or("none", |provider| provider.name());
    Failure::unavailable("Repo management not implemented on this platform")
        .with_hint(format!("repositories are known of apt, dnf, yum and zypper; this machine's package provider is {provider}"))
}

/// Looks what stands for the wished repository now.
pub fn plan(wish: &Wish, read: &Read) -> Result<Plan, Failure> {
    match super::find(read)?.name() {
        "apt" => {
            let source = apt::wished(wish)?;
            let old = apt::current(wish, &source, read.host());
            let needs_key = keys::is_missing(wish, &source, read);
            Ok(Plan::Apt { source, old, needs_key })
        }
        "dnf" | "zypper" => {
            let section = section::wished(wish)?;
            let named = Wish { name: section.name.clone(), ..wish.clone() };
            Ok(Plan::Section { section, old: section::current(&named, read.host()) })
        }
        _ => Err(not_here(read)),
    }
}

impl Plan {
    /// Whether all is as it is wished.
    #[must_use]
    pub fn is_met(&self, wish: &Wish, read: &Read) -> bool {
        match self {
            Self::Apt { source, old, needs_key } => {
                let same = old.as_ref().is_some_and(|old| {
                    old.source.says_the_same(source) && (wish.comments.is_empty() || old.source.comment == source.comment)
                });
                same && !needs_key && !apt::needs_cleaning(wish, source, read.host())
            }
            Self::Section { section, old } => old.as_ref().is_some_and(|(_, have)| section::differences(section, have).is_empty()),
        }
    }

    /// What changes: the whole repository if it is new, else each member that differs.
    #[must_use]
    pub fn changes(&self, wish: &Wish) -> Map {
        let whole = || [("repo", wish.name.as_str())].into_iter().collect();
        match self {
            Self::Apt { old: None, .. } | Self::Section { old: None, .. } => whole(),
            Self::Section { section, old: Some((_, have)) } => section::differences(section, have),
            Self::Apt { source, old: Some(old), needs_key } => {
                let (before, after) = (old.source.shown(""), source.shown(""));
                let mut changes = Map::new();
                for key in ["architectures", "comps", "disabled", "dist", "line", "signedby", "type", "uri"] {
                    let (old, new) = (before.get(key).cloned().unwrap_or_default(), after.get(key).cloned().unwrap_or_default());
                    if old != new {
                        changes.insert(key, [("new", new), ("old", old)].into_iter().collect::<Map>());
                    }
                }
                if changes.is_empty() && *needs_key {
                    let path = keys::place(wish, source).unwrap_or_default();
                    changes.insert("key", [("new", Value::from(path)), ("old", Value::Null)].into_iter().collect::<Map>());
                }
                if changes.is_empty() { whole() } else { changes }
            }
        }
    }

    /// Puts it there: the key first, so that nothing refers to a key that is not there.
    pub async fn put(&self, wish: &Wish, cx: &Cx) -> Result<(), Failure> {
        match self {
            Self::Apt { source, old, needs_key } => {
                if *needs_key {
                    keys::put(cx, wish, source).await?;
                }
                apt::put(cx, wish, source, old.as_ref())
            }
            Self::Section { section, old } => section::put(cx, wish, section, old.as_ref().map(|(file, _)| file.as_str())),
        }
    }
}
