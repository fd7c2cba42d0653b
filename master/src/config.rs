//! Configuration of the master: every key with its default, and how it becomes the small structs of the parts.

use config::{Files, Seconds, Size};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use value::{Map, Secret, Value};

config::config! {
    /// Configuration of the master, `/etc/sylvite/master` and `/etc/sylvite/master.d/*.conf`.
    pub struct MasterConfig {
        /// Address that minions connect to; `0.0.0.0` and `::` are all addresses of this host.
        interface: String = "0.0.0.0".to_owned(),
        /// Port that minions connect to. 0 takes any free one.
        port: u16 = 4515,
        /// Id of the master in its own jobs and events. Empty means the host's name with `_master`.
        id: String = String::new(),
        /// Folder of the master's own key.
        pki_dir: PathBuf = "/etc/sylvite/pki/master".into(),
        /// Folder of what the master keeps between starts; the SQLite CMDB lies here.
        cachedir: PathBuf = "/var/lib/sylvite/master".into(),
        /// Folder of the socket that the command line connects to (`master.sock`).
        sock_dir: PathBuf = "/run/sylvite".into(),
        /// The CMDB: `postgres://user:password@host/database`, `sqlite:///path/to/file`, or empty for SQLite in `cachedir`.
        database_url: String = String::new(),
        /// Size of a new RSA key in bits, from 2048 to 4096.
        keysize: usize = 3072,

        /// Folders of states and files by environment.
        file_roots: BTreeMap<String, Vec<PathBuf>> = BTreeMap::from([("base".to_owned(), vec!["/srv/salt".into()])]),
        /// Folders of pillar by environment.
        pillar_roots: BTreeMap<String, Vec<PathBuf>> = BTreeMap::from([("base".to_owned(), vec!["/srv/pillar".into()])]),
        /// Where files come from, first wins: `roots`, `gitfs`, `minionfs`.
        fileserver_backend: Vec<String> = vec!["roots".to_owned(), "gitfs".to_owned()],
        /// Remotes of git whose branches and tags are environments: an address each, or an address with its own options.
        gitfs_remotes: Vec<Value> = Vec::new(),
        /// Branch or tag that is the environment `base`.
        gitfs_base: String = "master".to_owned(),
        /// Folder of a repository that alone is seen.
        gitfs_root: String = String::new(),
        /// Folder below which a repository is seen.
        gitfs_mountpoint: String = String::new(),
        /// References that become environments: `branch`, `tag`, and `sha`, with which a commit is one by its whole id.
        gitfs_ref_types: Vec<String> = vec!["branch".to_owned(), "tag".to_owned(), "sha".to_owned()],
        /// Shell patterns of environments that are taken; all where there is none.
        gitfs_saltenv_whitelist: Vec<String> = Vec::new(),
        /// Shell patterns of environments that are left out.
        gitfs_saltenv_blacklist: Vec<String> = Vec::new(),
        /// Only environments that a remote names, and `base`.
        gitfs_disable_saltenv_mapping: bool = false,
        /// Name for remotes over HTTP.
        gitfs_user: String = String::new(),
        /// Password or token for remotes over HTTP.
        gitfs_password: Option<value::Secret<String>> = None,
        /// Private key for remotes over SSH.
        gitfs_privkey: Option<PathBuf> = None,
        /// What opens that key, where it is closed by a passphrase.
        gitfs_passphrase: Option<value::Secret<String>> = None,
        /// File of the keys of SSH servers that are believed; those of the master's user without.
        gitfs_known_hosts: Option<PathBuf> = None,
        /// Check the certificates of remotes.
        gitfs_ssl_verify: bool = true,
        /// Web proxy for remotes over HTTP.
        gitfs_proxy: String = String::new(),
        /// How often remotes are asked.
        gitfs_update_interval: Seconds = Seconds::new(60),
        /// How long a remote may take before it is given up until the next time.
        gitfs_timeout: Seconds = Seconds::new(120),
        /// Take files that minions send (`cp.push`).
        file_recv: bool = false,
        /// Largest such file, in megabytes.
        file_recv_max_size: u64 = 100,
        /// Environment in which such files are seen with `minionfs`.
        minionfs_env: String = "base".to_owned(),
        /// Regular expressions of paths that the file service does not give out.
        file_ignore_regex: Vec<String> = Vec::new(),
        /// Shell patterns of paths that the file service does not give out.
        file_ignore_glob: Vec<String> = Vec::new(),
        /// Follow links in the file roots, as long as they stay inside.
        fileserver_followsymlinks: bool = true,

        /// Accept every new key. Anybody who reaches the port becomes a minion: only for a network of one's own.
        auto_accept: bool = false,
        /// File of ids whose new keys are accepted: one id, shell pattern or regular expression a line.
        autosign_file: Option<PathBuf> = Some("/etc/sylvite/autosign.conf".into()),
        /// File of ids whose new keys are rejected.
        autoreject_file: Option<PathBuf> = Some("/etc/sylvite/autoreject.conf".into()),
        /// Most keys that may wait for a decision; further strangers are told to come back later.
        max_pending_keys: usize = 10_000,
        /// Most accepted keys; 0 is no limit.
        max_minions: usize = 0,

        /// How long jobs and their returns are kept.
        keep_jobs_seconds: Seconds = Seconds::new(86_400),
        /// How long events are kept.
        keep_events: Seconds = Seconds::new(7 * 86_400),
        /// How long changes of grains are kept.
        keep_grain_history: Seconds = Seconds::new(365 * 86_400),
        /// Where returns go besides the CMDB: a name with its `type` (`elasticsearch`, `file`, `postgres`, `redis`, `smtp`, `syslog`, `webhook`)
        /// and options. `salt --return NAME` sends a job's returns there; see the page on returners.
        returners: Map = Map::new(),
        /// Returners that get the returns of every job: a name or a list.
        ext_job_cache: Value = Value::Null,
        /// How long the command line waits for returns unless told otherwise. It bounds the waiting, never the job.
        timeout: Seconds = Seconds::new(5),
        /// How long a job waits for a minion that lost its connection before it took the job.
        reconnect_patience: Seconds = Seconds::new(60),
        /// After how long without a word of its minion a job that was delivered counts as lost.
        job_silence: Seconds = Seconds::new(86_400),

        /// Most connections of minions.
        max_connections: usize = 100_000,
        /// Memory for large messages that are on their way, of all minions together.
        large_messages: Size = Size(256 << 20),

        /// What other users of this host may do: a user (a name, a pattern, or a group as `group%`) with a list of function patterns, of
        /// mappings of a target to function patterns, and of `@runner`, `@wheel`, `@module`. Patterns fit whole names.
        publisher_acl: Map = Map::new(),
        /// Users (`users`) and functions (`modules`) that are refused on this host, root's own requests included.
        publisher_acl_blacklist: Map = Map::new(),
        /// Logins: a backend (`sylvite` for accounts of this master, `file`, `pam`, `sharedsecret`, `ldap`, `rest`) with its users and what they may do, as in `publisher_acl`;
        /// keys that begin with `^` are options of the backend.
        external_auth: Map = Map::new(),
        /// Providers of OpenID Connect where people log in with a browser: a name with `kind` (`gitlab` or `oidc`), `issuer`, `client_id`,
        /// `client_secret` and more; see the page on people.
        oidc: Map = Map::new(),
        /// Who may log in by a password of an account of this master: `all`, or `emergency` for accounts with a second factor alone.
        password_logins: String = "all".to_owned(),
        /// What is denied whatever else allows it: users with rules as in `publisher_acl`. `*` is everybody.
        access_deny: Map = Map::new(),
        /// The rules of `*` hold for those who have rules of their own too.
        permissive_acl: bool = false,
        /// How long a login lasts.
        token_expire: Seconds = Seconds::new(43_200),
        /// Who may ask for a login that lasts longer than that: all (`true`), nobody, or users by backend, such as `{pam: [anna]}`.
        token_expire_user_override: Value = Value::Bool(false),
        /// Secret of the backend `sharedsecret`.
        sharedsecret: Option<Secret<String>> = None,
        /// Directory of the backend `ldap`: `uri` (or `server`, `port`, `tls`), `starttls`, `basedn`, `binddn`, `bindpw`, `filter`, `group_basedn`,
        /// `groupclass`, `groupattribute`, `group_name_attribute`. Salt's form with one key each, `auth.ldap.uri`, is taken too.
        auth_ldap: Map = Map::new(),
        /// What minions may run on others with `publish.publish`: patterns of ids with function patterns.
        peer: Map = Map::new(),
        /// What runners minions may call with `publish.runner`: patterns of ids with function patterns.
        peer_run: Map = Map::new(),

        /// The API over TCP, in Salt's keys: `port` (without it there is none), `host`, `ssl_crt`, `ssl_key`, `ssl_chain` (a pair of the master's own is
        /// made where none is named), `disable_ssl`, `app`, `app_path`, `static`, `static_path`, `root_prefix`, `webhook_url`,
        /// `webhook_disable_auth`, `stats_disable_auth`, `enable_sessions`, `max_request_body_size`, `api_acl`, `authorized_ips`.
        rest_cherrypy: Map = Map::new(),
        /// The same keys over those, and some of our own: `slowest_request` (30 seconds for head and body), `lowstate_limit` (100 chunks),
        /// `max_connections` (4096), `session_idle` (36000 seconds), `token_in_query` (off).
        api: Map = Map::new(),
        /// Clients of the API that are open: `local`, `local_async`, `local_batch`, `local_subset`, `runner`, `runner_async`, `ssh`, `wheel`, `wheel_async`.
        netapi_enable_clients: Vec<String> = Vec::new(),
        /// The API's client `ssh` runs commands of the shell too; whoever asks needs the right to `cmd.run`.
        netapi_allow_raw_shell: bool = false,
        /// Roster of hosts without an agent, for `sylvite ssh` and the API's client `ssh`; `roster` in the folder of the configuration without.
        roster_file: Option<PathBuf> = None,
        /// How that roster is written: `flat`, `ansible` or `sshconfig`.
        roster: String = "flat".to_owned(),
        /// How long the API waits for a runner.
        rest_timeout: Seconds = Seconds::new(300),
        /// Options of SaltGUI, passed on to it: each is written as a key of its own, `saltgui_templates` and so on.
        saltgui: Map = Map::new(),

        /// Named groups of minions: a compound expression or a list of words each.
        nodegroups: Map = Map::new(),

        /// How top files of several environments become one: `merge`, `same` or `merge_all`.
        top_file_merging_strategy: String = "merge".to_owned(),
        /// Order of the environments.
        env_order: Vec<String> = Vec::new(),
        /// Environment whose top file stands in for one that has none, with the strategy `same`.
        default_top: String = "base".to_owned(),
        /// How pillar of several files becomes one: `smart`, `recurse`, `aggregate`, `overwrite` or `none`.
        pillar_source_merging_strategy: String = "smart".to_owned(),
        /// Append lists of pillar instead of replacing them.
        pillar_merge_lists: bool = false,
        /// Included pillar files win over the file that includes them.
        pillar_includes_override_sls: bool = false,
        /// Give every minion the master's configuration as `pillar['master']`, without its secrets.
        pillar_opts: bool = false,
        /// Tell minions no details of errors in pillar, since they may hold secrets.
        pillar_safe_render_error: bool = true,
        /// External sources of pillar, in order: `cmd_yaml`, `cmd_json`, `file_tree`, `git`, `http_json`, `http_yaml`, `nodegroups`, `stack`; see
        /// the page on pillar.
        ext_pillar: Vec<Map> = Vec::new(),
        /// External sources come before the pillar files, which then see them.
        ext_pillar_first: bool = false,
        /// Branch or tag of a remote of `git` pillar that is the environment `base`.
        git_pillar_base: String = "master".to_owned(),
        /// Branch or tag of a remote of `git` pillar that names none.
        git_pillar_branch: String = "master".to_owned(),
        /// Environment of remotes of `git` pillar, instead of the name of their branch.
        git_pillar_env: String = String::new(),
        /// Branch or tag that stands in for environments that a remote does not have, where it follows them (`__env__`).
        git_pillar_fallback: String = String::new(),
        /// Folder of a repository of pillar that alone is seen.
        git_pillar_root: String = String::new(),
        /// Remotes of one entry and environment see each other's files.
        git_pillar_includes: bool = true,
        /// Name for remotes of pillar over HTTP.
        git_pillar_user: String = String::new(),
        /// Password or token for remotes of pillar over HTTP.
        git_pillar_password: Option<value::Secret<String>> = None,
        /// Private key for remotes of pillar over SSH.
        git_pillar_privkey: Option<PathBuf> = None,
        /// What opens that key, where it is closed by a passphrase.
        git_pillar_passphrase: Option<value::Secret<String>> = None,
        /// File of the keys of SSH servers that are believed; those of the master's user without.
        git_pillar_known_hosts: Option<PathBuf> = None,
        /// Check the certificates of remotes of pillar.
        git_pillar_ssl_verify: bool = true,
        /// How often remotes of pillar are asked.
        git_pillar_update_interval: Seconds = Seconds::new(60),
        /// Folder of the GPG keys that open encrypted pillar.
        gpg_keydir: Option<PathBuf> = Some("/etc/sylvite/gpgkeys".into()),
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

        /// Who may ask for what in the mine: `{minion pattern: [function pattern, …]}`, both regular expressions over the whole text. Empty: all.
        mine_get: Map = Map::new(),

        /// Runners that the master calls by itself, by name: `function` and when (`seconds`, `when`, `cron`, `once`, …).
        schedule: Map = Map::new(),
        /// What events lead to: a list of mappings from a pattern over tags to files of reactions (paths or `salt://…`).
        reactor: Vec<Map> = Vec::new(),
        /// Most reactions at the same time.
        reactor_worker_threads: usize = 10,
        /// How often a reaction that fails is tried before it is given up.
        reactor_attempts: u32 = 5,
        /// Fire an event after each state of a minion: `salt/job/<jid>/prog/<id>/<number>`.
        state_events: bool = false,
        /// Fire `salt/presence/present` and `salt/presence/change`.
        presence_events: bool = false,
        /// Fire `salt/stats/<master>`: what was asked of this master and how long it took.
        master_stats: bool = false,
        /// How often that is fired.
        master_stats_event_iter: Seconds = Seconds::new(60),
        /// Fire `minion/refresh/<id>` when a minion's grains and pillar are made anew.
        minion_data_cache_events: bool = true,
        /// How often presence is looked at.
        loop_interval: Seconds = Seconds::new(60),

        /// Chain of renderers for files that do not name one.
        renderer: String = "jinja|yaml".to_owned(),
        /// Renderers that are refused.
        renderer_blacklist: Vec<String> = Vec::new(),
        /// If not empty, the only renderers that are allowed.
        renderer_whitelist: Vec<String> = Vec::new(),
        /// Undefined variables of templates print as nothing instead of failing.
        allow_undefined: bool = false,
        /// Options of the template engine for file templates.
        jinja_env: Map = Map::new(),
        /// Options of the template engine for SLS.
        jinja_sls_env: Map = Map::new(),

        /// How state runs are shown: `full`, `terse`, `mixed`, `changes`, `filter`, each also with `_id`.
        state_output: String = "full".to_owned(),
        /// Show states that succeeded without changes.
        state_verbose: bool = true,

        /// Show the share of states that succeeded.
        state_output_pct: bool = false,
        /// Show when each state began and how long it took.
        state_output_profile: bool = true,
        /// Show states of `terse` output in columns.
        state_tabular: Value = Value::Bool(false),
        /// Show one line for states of the same id.
        state_compress_ids: bool = false,
        /// Outputter of the command line, instead of each function's own.
        output: Option<String> = None,
        /// Colours on a terminal.
        color: bool = true,
        /// Show a summary after each job of `salt`.
        cli_summary: bool = false,

        /// What to log: `error`, `warning`, `info`, `debug`, `trace`, `quiet`, or a filter such as `info,net=debug`.
        log_level: String = "info".to_owned(),
        /// File to log to instead of standard error.
        log_file: Option<PathBuf> = None,
        /// Form of a line: `text` or `json`.
        log_format: String = "text".to_owned(),
    }
}

/// A configuration that was read.
pub struct Loaded {
    /// Typed.
    pub config: MasterConfig,
    /// As it stands in the files, for `config.get` and templates.
    pub map: Map,
    /// Folder of the files.
    pub folder: PathBuf,
}

/// Reads the configuration in a folder, with keys of the command line over it.
///
/// # Errors
/// With every problem of every file.
pub fn load(folder: &std::path::Path, overrides: &[(String, Value)]) -> Result<Loaded, config::Error> {
    let mut files = Files::open(&folder.join("master"));
    for (key, value) in overrides {
        files.set(key, value.clone());
    }
    files.gather("auth.ldap.", "auth_ldap");
    files.gather("saltgui_", "saltgui");
    let map = files.to_map();
    MasterConfig::read(files).map(|config| Loaded { config, map, folder: folder.to_owned() })
}

impl MasterConfig {
    /// Id of the master in its own jobs and events.
    #[must_use]
    pub fn master_id(&self) -> String {
        if !self.id.is_empty() {
            return self.id.clone();
        }
        let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        format!("{}_master", name.unwrap_or_else(|| "localhost".to_owned()))
    }

    /// Where the CMDB is.
    #[must_use]
    pub fn store_url(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite://{}", self.cachedir.join("cmdb.db").display())
        } else {
            self.database_url.clone()
        }
    }

    /// Options of rendering.
    #[must_use]
    pub fn render_options(&self) -> render::Options {
        render::Options {
            default: self.renderer.clone(),
            allow_undefined: self.allow_undefined,
            jinja_sls_env: self.jinja_sls_env.clone(),
            jinja_env: self.jinja_env.clone(),
            blacklist: self.renderer_blacklist.clone(),
            whitelist: self.renderer_whitelist.clone(),
            machine: Arc::new(pillar::LocalMachine { gpg_keys: self.gpg_keydir.clone(), keep_closed: !self.gpg_decrypt_must_succeed }),
            ..render::Options::default()
        }
    }

    /// Options of the file service.
    #[must_use]
    pub fn roots_options(&self) -> files::RootsOptions {
        files::RootsOptions {
            ignore_regex: self.file_ignore_regex.clone(),
            ignore_glob: self.file_ignore_glob.clone(),
            follow_links: self.fileserver_followsymlinks,
        }
    }
}
