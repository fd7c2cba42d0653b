//! The minion's configuration: Salt's key names wherever the meaning is the same.

use config::{Seconds, Setting};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use value::{Map, Secret, Value};

config::config! {
    /// Configuration of a minion: `/etc/sylvite/minion` and `/etc/sylvite/minion.d/*.conf`.
    pub struct MinionConfig {
        /// Id of this minion. Empty: the full name of the host, written to `<conf_dir>/minion_id` at the first start.
        id: String = String::new(),
        /// Addresses of masters: `host`, `host:port` or `[v6]:port`. They are tried in turn.
        master: Vec<String> = vec!["salt".to_owned()],
        /// Port of a master that is given without one.
        master_port: u16 = net::DEFAULT_PORT,
        /// Try masters in a random order, anew after every loss.
        random_master: bool = false,
        /// Fingerprint that the master's key must have. Empty: trust the key seen first.
        master_finger: String = String::new(),
        /// Token with which the master accepts this minion's key without an operator.
        join_token: Option<Secret<String>> = None,
        /// Grains sent with the first contact, for masters that accept by them.
        autosign_grains: Vec<String> = Vec::new(),
        /// Size in bits of a new key.
        keysize: u32 = 3072,
        /// First waiting time between attempts to connect.
        recon_default: Seconds = Seconds::new(1),
        /// Longest waiting time between attempts to connect.
        recon_max: Seconds = Seconds::new(60),
        /// Known from old configurations: the master itself says when to ask again.
        acceptance_wait_time: Seconds = Seconds::new(10),
        /// How long the master may take to answer a question.
        request_timeout: Seconds = Seconds::new(60),

        /// Folder that other folders lie under when they do not already.
        root_dir: PathBuf = PathBuf::from("/"),
        /// Where the keys are.
        pki_dir: PathBuf = PathBuf::from("/etc/sylvite/pki/minion"),
        /// Cache of files; may be emptied at any time.
        cachedir: PathBuf = PathBuf::from("/var/cache/sylvite/minion"),
        /// Jobs and returns that are on their way; must not be emptied. Unset: `/var/lib/sylvite/minion`, or `spool` in a `cachedir` that was moved.
        spool_dir: Option<PathBuf> = None,
        /// Folder of the socket that `salt-call` uses.
        sock_dir: PathBuf = PathBuf::from("/run/sylvite-minion"),
        /// User the agent is meant to run as. It does not change its user by itself; another one is warned of.
        user: String = "root".to_owned(),

        /// What this minion puts into certificates that it signs as an authority, by the name of the policy; pillar counts more.
        x509_signing_policies: Map = Map::new(),
        /// Seconds that a connection of `http.query` may take.
        http_connect_timeout: u64 = 20,
        /// Seconds that all of an `http.query` may take.
        http_request_timeout: u64 = 3600,
        /// More than so many bytes of an answer are not read.
        http_max_body: u64 = 100 << 30,
        /// File with the authorities that `http.query` believes. Empty: those of this host.
        ca_bundle: String = String::new(),
        /// Check certificates of web services.
        verify_ssl: bool = true,
        /// Host of a proxy for `http.query`. Empty: that of the environment, if any.
        proxy_host: String = String::new(),
        /// Its port.
        proxy_port: u16 = 0,
        /// Name to log in with at the proxy.
        proxy_username: String = String::new(),
        /// Password to log in with at the proxy.
        proxy_password: Option<Secret<String>> = None,
        /// Hosts that are asked without a proxy.
        no_proxy: Vec<String> = Vec::new(),

        /// What is logged: `error`, `warning`, `info`, `debug`, `trace`, `quiet`, or a filter such as `info,net=debug`.
        log_level: String = "info".to_owned(),
        /// File to log to. Empty: standard error, which an init system collects.
        log_file: String = String::new(),
        /// One JSON object a line.
        log_json: bool = false,

        /// `remote`: files and pillar come from the master. `local`: from `file_roots` and `pillar_roots` here.
        file_client: String = "remote".to_owned(),
        /// Folders of states by environment, for `file_client: local`.
        file_roots: BTreeMap<String, Vec<PathBuf>> = BTreeMap::from([("base".to_owned(), vec![PathBuf::from("/srv/salt")])]),
        /// Folders of pillar by environment, for `file_client: local`.
        pillar_roots: BTreeMap<String, Vec<PathBuf>> = BTreeMap::from([("base".to_owned(), vec![PathBuf::from("/srv/pillar")])]),
        /// Whether links are followed wherever they lead.
        fileserver_followsymlinks: bool = true,
        /// Files matching one of these shell patterns do not exist.
        file_ignore_glob: Vec<String> = Vec::new(),
        /// Files matching one of these regular expressions do not exist.
        file_ignore_regex: Vec<String> = Vec::new(),

        /// Environment of states this minion is set to.
        saltenv: Option<String> = None,
        /// Environment of pillar this minion is set to.
        pillarenv: Option<String> = None,
        /// Use the environment of states for pillar where none is set.
        pillarenv_from_saltenv: bool = false,
        /// Name of the top file.
        state_top: String = "top.sls".to_owned(),
        /// The only environment whose top file is read.
        state_top_saltenv: Option<String> = None,
        /// Environment whose top file stands in for those that have none (`same`).
        default_top: String = "base".to_owned(),
        /// Order of environments.
        env_order: Vec<String> = Vec::new(),
        /// How top files of several environments become one: `merge`, `same` or `merge_all`.
        top_file_merging_strategy: String = "merge".to_owned(),
        /// Order of states follows their place in the files.
        state_auto_order: bool = true,
        /// Only predict what states would change.
        test: bool = false,
        /// Stop a run at its first failed state.
        failhard: bool = false,
        /// Requisites that are ignored: `require`, `require_in`.
        disabled_requisites: Vec<String> = Vec::new(),
        /// Merge package states into one transaction: `true`, or a list of modules.
        state_aggregate: Value = Value::Bool(false),
        /// Fire an event after each state.
        state_events: bool = false,
        /// Most states that run at the same time.
        state_max_parallel: Option<u32> = None,
        /// What a state run does while another one runs: `false` refuse, `true` wait, a number: wait unless so many wait already.
        state_queue: Value = Value::Bool(false),
        /// Conditions that states of a module or function need: `{'*'|module|function: compound}`.
        global_state_conditions: Map = Map::new(),
        /// Warn of misspelt state arguments, as of others that a state does not know, instead of refusing the run.
        lenient: bool = false,

        /// The chain of renderers of an SLS that names none.
        renderer: String = "jinja|yaml".to_owned(),
        /// Undefined variables print as nothing.
        allow_undefined: bool = false,
        /// Options of the template engine for files.
        jinja_env: Map = Map::new(),
        /// Options of the template engine for SLS.
        jinja_sls_env: Map = Map::new(),
        /// Renderers that are refused.
        renderer_blacklist: Vec<String> = Vec::new(),
        /// The only renderers that are allowed.
        renderer_whitelist: Vec<String> = Vec::new(),

        /// Folder of the keys that open encrypted values (renderer `gpg`).
        gpg_keydir: Option<PathBuf> = None,
        /// An encrypted value that cannot be opened is an error; else it stays as it is.
        gpg_decrypt_must_succeed: bool = true,
        /// Values of pillar that stand there encrypted: a list of paths, each alone or as `path: renderer`.
        decrypt_pillar: Value = Value::Null,
        /// What stands between the keys of a path of `decrypt_pillar`.
        decrypt_pillar_delimiter: String = ":".to_owned(),
        /// Renderer of a path of `decrypt_pillar` that names none.
        decrypt_pillar_default: String = "gpg".to_owned(),
        /// Renderers that `decrypt_pillar` may name.
        decrypt_pillar_renderers: Vec<String> = vec!["gpg".to_owned()],

        /// How the data of several pillar files becomes one.
        pillar_source_merging_strategy: String = "smart".to_owned(),
        /// Append to lists instead of replacing them.
        pillar_merge_lists: bool = false,
        /// Included pillar files win over the file that includes them.
        pillar_includes_override_sls: bool = false,
        /// `pillar.get` fails where there is nothing.
        pillar_raise_on_missing: bool = false,
        /// Hide the details of pillar errors, which may hold secrets.
        pillar_safe_render_error: bool = true,
        /// External sources of pillar, for `file_client: local`.
        ext_pillar: Vec<Value> = Vec::new(),
        /// External sources come before the files.
        ext_pillar_first: bool = false,
        /// Print stars instead of pillar values.
        pillar_mask_output: bool = true,
        /// Print pillar values as they are.
        unmask: bool = false,

        /// Grains of this host by hand.
        grains: Map = Map::new(),
        /// Grains that are left away, as shell patterns.
        grains_blacklist: Vec<String> = Vec::new(),
        /// Merge mappings of several sources of grains instead of replacing them.
        grains_deep_merge: bool = false,
        /// Look again at the host every so many minutes and send what has changed. 0: only when asked.
        grains_refresh_every: u64 = 10,
        /// How long an executable in `_grains` may take.
        grains_timeout: Seconds = Seconds::new(10),
        /// Ask the resolver for all names of this host.
        enable_fqdns_grains: bool = false,
        /// List graphics cards.
        enable_gpu_grains: bool = true,

        /// Named groups of minions, for targets.
        nodegroups: Map = Map::new(),
        /// Most jobs that run at the same time; further ones wait. 0 or less: no limit.
        process_count_max: i64 = 0,
        /// Every function but a few is refused.
        minion_blackout: bool = false,
        /// Functions that are allowed all the same, as regular expressions.
        minion_blackout_whitelist: Vec<String> = Vec::new(),
        /// Grains that the event of this minion's start carries (`salt/minion/<id>/start`).
        start_event_grains: Vec<String> = Vec::new(),
        /// Fire the start under Salt's old tag `minion_start` too.
        enable_legacy_startup_events: bool = true,
        /// States to run at start: `highstate`, `sls` or `top`.
        startup_states: String = String::new(),
        /// SLS to run at start (`startup_states: sls`).
        sls_list: Vec<String> = Vec::new(),
        /// Functions that this minion runs by itself, by name: `function` and when (`seconds`, `when`, `cron`, `once`, …).
        schedule: Map = Map::new(),
        /// What this minion watches and tells the master of, by name: `inotify`, `load`, `service`, …, each with its options.
        beacons: Map = Map::new(),
        /// Functions whose answers other minions may see (`mine.get`).
        mine_functions: Value = Value::Null,
        /// How often those functions are called, in minutes; 0: only when asked.
        mine_interval: u64 = 60,
        /// Modules whose functions do not exist here.
        disable_modules: Vec<String> = Vec::new(),
        /// Keep the old version of a changed file: `minion`.
        backup_mode: String = String::new(),
        /// Algorithm of file hashes.
        hash_type: String = "sha256".to_owned(),

        /// Outputter of `salt-call`.
        output: String = String::new(),
        /// How states are shown: `full`, `terse`, `mixed`, `changes`, `filter`.
        state_output: String = "full".to_owned(),
        /// Show states that changed nothing.
        state_verbose: bool = true,
        /// Show percentages below a run of states.
        state_output_pct: bool = false,
        /// Show when each state started and how long it took.
        state_output_profile: bool = true,
        /// Show terse states as a table.
        state_tabular: Value = Value::Bool(false),
    }
}

impl MinionConfig {
    /// What the configuration asks for and this agent does not do.
    #[must_use]
    pub fn unmet(&self) -> Vec<String> {
        let mut unmet = Vec::new();
        if let Ok(Some(user)) = nix::unistd::User::from_uid(nix::unistd::geteuid())
            && user.name != self.user
        {
            unmet.push(format!("`user` is `{}`, but the agent runs as `{}`; the init system decides that", self.user, user.name));
        }
        unmet
    }

    /// How many jobs may run at the same time.
    #[must_use]
    pub fn places(&self) -> usize {
        match usize::try_from(self.process_count_max) {
            Ok(most) if most > 0 => most,
            _ => tokio::sync::Semaphore::MAX_PERMITS,
        }
    }

    /// Where jobs and returns on their way are kept.
    #[must_use]
    pub fn spool_folder(&self) -> PathBuf {
        let usual = Self::default().cachedir;
        match &self.spool_dir {
            Some(folder) => folder.clone(),
            None if self.cachedir == usual => PathBuf::from("/var/lib/sylvite/minion"),
            None => self.cachedir.join("spool"),
        }
    }
}

/// Where the configuration is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Folder of the configuration.
    pub folder: PathBuf,
}

impl Default for Place {
    fn default() -> Self {
        Self { folder: PathBuf::from("/etc/sylvite") }
    }
}

impl Place {
    /// The main file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join("minion")
    }
}

/// A configuration as read, with everything that only the files say.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The typed keys.
    pub config: MinionConfig,
    /// Where it came from.
    pub place: Place,
    /// Every key of the files as it stands there, those of a site's own too.
    pub raw: Map,
}

/// What happens to a key that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It is refused: a misspelt option must not silently mean its default.
    Refuse,
    /// It is kept for `config.get`; one that looks misspelt is warned of.
    Keep,
}

impl Loaded {
    /// Reads the files of a folder with some keys set over them.
    ///
    /// # Errors
    /// With everything that is wrong in the files.
    pub fn read(place: Place, set: &[(String, Value)], unknown: Unknown) -> Result<Self, config::Error> {
        let mut files = config::Files::open(&place.file());
        for (key, value) in set {
            files.set(key, value.clone());
        }
        Self::of(place, files, unknown)
    }

    fn of(place: Place, files: config::Files, unknown: Unknown) -> Result<Self, config::Error> {
        let raw = files.to_map();
        let files = match unknown {
            Unknown::Refuse => files,
            Unknown::Keep => without_unknown(files)?,
        };
        let mut config = MinionConfig::read(files)?;
        let root = config.root_dir.clone();
        for folder in [&mut config.pki_dir, &mut config.cachedir, &mut config.sock_dir].into_iter().chain(&mut config.spool_dir) {
            *folder = below(&root, folder);
        }
        if config.id.is_empty() {
            config.id = written_id(&place.folder).unwrap_or_default();
        }
        Ok(Self { config, place, raw })
    }

    /// The configuration as templates and `config.get` see it: the main keys with their defaults, and over them what the files say.
    #[must_use]
    pub fn opts(&self) -> Map {
        let config = &self.config;
        let text = |path: &Path| Value::from(path.to_string_lossy());
        let folders = |roots: &BTreeMap<String, Vec<PathBuf>>| -> Value {
            Value::Map(
                roots.iter().map(|(env, paths)| (env.as_str(), Value::List(paths.iter().map(|path| text(path)).collect()))).collect(),
            )
        };
        let option = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
        let words = |words: &[String]| Value::List(words.iter().map(Value::from).collect());
        let mut opts = Map::new();
        opts.insert("renderer", config.renderer.as_str());
        opts.insert("state_top", format!("salt://{}", config.state_top));
        opts.insert("top_file_merging_strategy", config.top_file_merging_strategy.as_str());
        opts.insert("env_order", words(&config.env_order));
        opts.insert("default_top", config.default_top.as_str());
        opts.insert("failhard", config.failhard);
        opts.insert("state_auto_order", config.state_auto_order);
        opts.insert("hash_type", config.hash_type.as_str());
        opts.insert("nodegroups", config.nodegroups.clone());
        opts.insert("pillar_source_merging_strategy", config.pillar_source_merging_strategy.as_str());
        opts.insert("pillar_merge_lists", config.pillar_merge_lists);
        opts.insert("state_output", config.state_output.as_str());
        opts.insert("state_verbose", config.state_verbose);
        opts.insert("log_level", config.log_level.as_str());
        opts.insert("test", config.test);
        for (key, value) in &self.raw {
            opts.insert(key.clone(), value.clone());
        }
        opts.insert("id", config.id.as_str());
        let masters = match config.master.as_slice() {
            [one] => Value::from(one),
            many => words(many),
        };
        opts.insert("master", masters);
        opts.insert("master_port", config.master_port);
        opts.insert("file_client", config.file_client.as_str());
        opts.insert("file_roots", folders(&config.file_roots));
        opts.insert("pillar_roots", folders(&config.pillar_roots));
        opts.insert("saltenv", option(&config.saltenv));
        opts.insert("environment", option(&config.saltenv));
        opts.insert("pillarenv", option(&config.pillarenv));
        opts.insert("root_dir", text(&config.root_dir));
        opts.insert("pki_dir", text(&config.pki_dir));
        opts.insert("cachedir", text(&config.cachedir));
        opts.insert("sock_dir", text(&config.sock_dir));
        opts.insert("conf_file", text(&self.place.file()));
        opts.insert("config_dir", text(&self.place.folder));
        opts.insert("__role", "minion");
        opts.insert("__cli", "salt-minion");
        opts
    }

    /// Gives a minion without an id the full name of the host, and writes it down, so that a new name of the host does not make another
    /// minion of it.
    pub fn settle_id(&mut self) {
        if !self.config.id.is_empty() {
            return;
        }
        self.config.id = crate::gather::full_name();
        let path = self.place.folder.join("minion_id");
        if let Err(error) = std::fs::write(&path, format!("{}\n", self.config.id)) {
            tracing::warn!(%error, path = %path.display(), "the id of this minion cannot be written down");
        }
    }

    /// Takes the master's word on how its trees are read.
    pub fn lay_over(&mut self, master: &Map) {
        fn take<T: Setting>(master: &Map, key: &str, into: &mut T) {
            let Some(value) = master.get(key) else { return };
            match T::read(value) {
                Ok(value) => *into = value,
                Err(wanted) => tracing::warn!(key, wanted, "the master's word on a key does not fit and is not taken"),
            }
        }
        let config = &mut self.config;
        take(master, "top_file_merging_strategy", &mut config.top_file_merging_strategy);
        take(master, "env_order", &mut config.env_order);
        take(master, "default_top", &mut config.default_top);
        take(master, "renderer", &mut config.renderer);
        take(master, "renderer_blacklist", &mut config.renderer_blacklist);
        take(master, "renderer_whitelist", &mut config.renderer_whitelist);
        take(master, "jinja_env", &mut config.jinja_env);
        take(master, "jinja_sls_env", &mut config.jinja_sls_env);
        take(master, "allow_undefined", &mut config.allow_undefined);
        take(master, "nodegroups", &mut config.nodegroups);
        take(master, "state_events", &mut config.state_events);
    }

    /// Whether files and pillar come from folders of this host.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.config.file_client == "local"
    }
}

/// The files without keys that nobody knows.
fn without_unknown(files: config::Files) -> Result<config::Files, config::Error> {
    let known: Vec<&'static str> = MinionConfig::keys().iter().map(|key| key.name).collect();
    let (entries, problems) = files.into_parts();
    if !problems.is_empty() {
        return Err(config::Error { problems });
    }
    let mut kept = config::Files::default();
    for entry in entries {
        if known.contains(&entry.key.as_str()) {
            kept.set(&entry.key, entry.value);
        } else if model::nearest(&entry.key, known.iter().copied()).is_some() {
            tracing::warn!(problem = %entry.unknown(&known), "configuration key is not used");
        }
    }
    Ok(kept)
}

/// A folder under `root`, unless it is there already.
fn below(root: &Path, folder: &Path) -> PathBuf {
    if folder.starts_with(root) {
        return folder.to_owned();
    }
    root.join(folder.strip_prefix("/").unwrap_or(folder))
}

fn written_id(folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("minion_id")).ok()?;
    let id = text.trim();
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, unknown: Unknown) -> Result<Loaded, config::Error> {
        Loaded::of(Place { folder: PathBuf::from("/nowhere") }, config::Files::from_text("minion", text), unknown)
    }

    #[test]
    fn folders_lie_under_the_root_once() {
        let loaded = read("root_dir: /run/x\ncachedir: /run/x/cache\npki_dir: /etc/pki\n", Unknown::Refuse).unwrap();
        assert_eq!(loaded.config.cachedir, PathBuf::from("/run/x/cache"));
        assert_eq!(loaded.config.pki_dir, PathBuf::from("/run/x/etc/pki"));
    }

    #[test]
    fn a_sites_own_key_is_kept_for_templates_or_refused() {
        assert!(read("myopt: {sub: 1}\n", Unknown::Refuse).is_err());
        let loaded = read("myopt: {sub: 1}\nid: web01\n", Unknown::Keep).unwrap();
        assert!(loaded.opts().contains_key("myopt"));
        assert_eq!(loaded.opts().get("id"), Some(&Value::from("web01")));
    }

    #[test]
    fn one_master_is_a_text_and_several_are_a_list() {
        let masters = |text: &str| serde_json::to_string(read(text, Unknown::Refuse).unwrap().opts().get("master").unwrap()).unwrap();
        assert_eq!(masters("master: m1"), "\"m1\"");
        assert_eq!(masters("master: [m1, m2]"), "[\"m1\",\"m2\"]");
    }
}
