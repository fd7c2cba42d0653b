//! Installing and removing.

use super::Place;
use crate::cmd::{Done, split_words};
use sdk::{Cx, Failure, Read, Value, Words, text};

/// Declares a type with the arguments that `pip.install` and the state `pip.installed` share, and how they become [`Options`].
#[macro_export]
macro_rules! pip_arguments {
    ($(#[$doc:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(sdk::Args)]
        pub struct $name {
            $($own)*
            /// File of requirements: `salt://…` or a path; of a list each.
            requirements: Option<sdk::Words>,
            /// A virtual environment, a Python or a `pip`; that of the system unless given.
            #[arg(alias = "pip_bin")]
            bin_env: Option<String>,
            /// Known for compatibility with old versions of `pip`.
            #[arg(default = false, ignored)]
            use_wheel: bool,
            /// Known for compatibility with old versions of `pip`.
            #[arg(default = false, ignored)]
            no_use_wheel: bool,
            /// File that `pip` logs to.
            log: Option<String>,
            /// Proxy.
            proxy: Option<String>,
            /// Seconds that a connection may take.
            timeout: Option<u32>,
            /// Address or folder of a checkout that is installed so that it can be worked on.
            editable: Option<sdk::Words>,
            /// Addresses or folders that have packages.
            find_links: Option<sdk::Words>,
            /// Address of the index.
            index_url: Option<String>,
            /// Address of one more index.
            extra_index_url: Option<String>,
            /// Do not ask an index at all.
            #[arg(default = false)]
            no_index: bool,
            /// Folder that builds are made in.
            build: Option<String>,
            /// Folder that packages are installed to.
            target: Option<String>,
            /// Folder of the cache.
            #[arg(alias = "download_cache")]
            cache_dir: Option<String>,
            /// Folder that checkouts are made in.
            source: Option<String>,
            /// Upgrade what is installed.
            #[arg(default = false)]
            upgrade: bool,
            /// Install again what is installed.
            #[arg(default = false)]
            force_reinstall: bool,
            /// Do not look at what is installed.
            #[arg(default = false)]
            ignore_installed: bool,
            /// What to do with a checkout that is there: `s`, `i`, `w` or `b`.
            exists_action: Option<String>,
            /// Do not install what packages depend on.
            #[arg(default = false)]
            no_deps: bool,
            /// Known for compatibility with old versions of `pip`.
            #[arg(default = false, ignored)]
            no_install: bool,
            /// Known for compatibility with old versions of `pip`.
            #[arg(default = false, ignored)]
            no_download: bool,
            /// Options for `setup.py install`.
            install_options: Option<sdk::Words>,
            /// Options for `setup.py`.
            global_options: Option<sdk::Words>,
            /// User to run as.
            user: Option<String>,
            /// Working directory.
            cwd: Option<String>,
            /// Take unfinished versions too.
            #[arg(default = false)]
            pre_releases: bool,
            /// File of certificates.
            cert: Option<String>,
            /// Known for compatibility with old versions of `pip`.
            #[arg(default = false, ignored)]
            allow_all_external: bool,
            /// Known for compatibility with old versions of `pip`.
            #[arg(ignored)]
            allow_external: Option<sdk::Value>,
            /// Known for compatibility with old versions of `pip`.
            #[arg(ignored)]
            allow_unverified: Option<sdk::Value>,
            /// Known for compatibility with old versions of `pip`.
            #[arg(default = false, ignored)]
            process_dependency_links: bool,
            /// Known for compatibility with old versions of `pip`.
            #[arg(ignored)]
            mirrors: Option<sdk::Value>,
            /// Known for compatibility with old versions of `pip`.
            #[arg(ignored)]
            download: Option<String>,
            /// Variables.
            #[arg(default)]
            env_vars: sdk::Map,
            /// Known for compatibility; there is always live output.
            #[arg(default = false, ignored)]
            use_vt: bool,
            /// Servers that are trusted without a certificate.
            trusted_host: Option<sdk::Words>,
            /// Do not use the cache.
            #[arg(default = false)]
            no_cache_dir: bool,
            /// Packages that are built and not taken ready-made; `:all:` means all.
            no_binary: Option<sdk::Words>,
            /// More options, each a word or a name with a value.
            extra_args: Option<sdk::Value>,
            /// Do not ask whether there is a newer `pip`.
            #[arg(default = true)]
            disable_version_check: bool,
        }

        impl $name {
            /// Which `pip` is meant.
            fn place(&self) -> $crate::pip::Place {
                $crate::pip::Place {
                    bin_env: self.bin_env.clone(),
                    user: self.user.clone(),
                    cwd: self.cwd.clone(),
                    env: self.env_vars.clone(),
                }
            }

            /// Options of `pip install`.
            fn options(&self) -> $crate::pip::Options {
                let words = |words: &Option<sdk::Words>| words.clone().unwrap_or_default().0;
                $crate::pip::Options {
                    requirements: words(&self.requirements),
                    editable: words(&self.editable),
                    with_value: [
                        ("--log", self.log.clone()),
                        ("--proxy", self.proxy.clone()),
                        ("--timeout", self.timeout.map(|seconds| seconds.to_string())),
                        ("--index-url", self.index_url.clone()),
                        ("--extra-index-url", self.extra_index_url.clone()),
                        ("--build", self.build.clone()),
                        ("--target", self.target.clone()),
                        ("--cache-dir", self.cache_dir.clone()),
                        ("--source", self.source.clone()),
                        ("--exists-action", self.exists_action.clone()),
                        ("--cert", self.cert.clone()),
                    ]
                    .into_iter()
                    .filter_map(|(flag, value)| value.map(|value| (flag, value)))
                    .collect(),
                    repeated: [
                        ("--find-links", words(&self.find_links)),
                        ("--global-option", words(&self.global_options)),
                        ("--install-option", words(&self.install_options)),
                        ("--trusted-host", words(&self.trusted_host)),
                    ]
                    .into_iter()
                    .flat_map(|(flag, values)| values.into_iter().map(move |value| (flag, value)))
                    .collect(),
                    no_binary: words(&self.no_binary),
                    flags: [
                        ("--no-index", self.no_index),
                        ("--disable-pip-version-check", self.disable_version_check),
                        ("--upgrade", self.upgrade),
                        ("--force-reinstall", self.force_reinstall),
                        ("--ignore-installed", self.ignore_installed),
                        ("--no-deps", self.no_deps),
                        ("--no-cache-dir", self.no_cache_dir),
                        ("--pre", self.pre_releases),
                    ]
                    .into_iter()
                    .filter_map(|(flag, is_set)| is_set.then_some(flag))
                    .collect(),
                    extra: self.extra_args.clone(),
                }
            }
        }
    };
}

/// Options of `pip install`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Files of requirements.
    pub requirements: Vec<String>,
    /// Checkouts to be worked on.
    pub editable: Vec<String>,
    /// Options with a value.
    pub with_value: Vec<(&'static str, String)>,
    /// Options that may stand several times.
    pub repeated: Vec<(&'static str, String)>,
    /// Packages that are built.
    pub no_binary: Vec<String>,
    /// Options without a value.
    pub flags: Vec<&'static str>,
    /// More options.
    pub extra: Option<Value>,
}

impl Options {
    /// What does not fit together.
    fn refusal(&self) -> Option<String> {
        let has = |name: &str| self.with_value.iter().any(|(flag, _)| *flag == name);
        if self.flags.contains(&"--no-index") && (has("--index-url") || has("--extra-index-url")) {
            return Some("'no_index' and ('index_url' or 'extra_index_url') are mutually exclusive.".to_owned());
        }
        for (flag, value) in &self.with_value {
            if flag.ends_with("index-url") && !value.contains("://") {
                return Some(format!("'{value}' is not a valid URL"));
            }
            if *flag == "--exists-action" && !matches!(value.to_lowercase().as_str(), "s" | "i" | "w" | "b") {
                return Some("The exists_action pip option only supports the values s, i, w, and b".to_owned());
            }
        }
        None
    }

    fn words(&self) -> Vec<String> {
        let mut words = vec!["install".to_owned()];
        words.extend(self.flags.iter().map(|flag| (*flag).to_owned()));
        for (flag, value) in self.with_value.iter().chain(&self.repeated) {
            words.extend([(*flag).to_owned(), value.clone()]);
        }
        if !self.no_binary.is_empty() {
            words.extend(["--no-binary".to_owned(), self.no_binary.join(",")]);
        }
        for extra in self.extra.as_ref().map(|extra| extra.as_list().unwrap_or(std::slice::from_ref(extra))).into_iter().flatten() {
            match extra.as_map() {
                Some(map) => words.extend(map.iter().flat_map(|(flag, value)| [text::str(flag), text::str(value)])),
                None => words.extend(split_words(&text::str(extra))),
            }
        }
        words
    }
}

/// A file of requirements on this machine.
async fn requirements(uri: &str, read: &Read) -> Result<String, Failure> {
    if uri.starts_with('/') || !uri.contains("://") {
        return Ok(uri.to_owned());
    }
    let (bare, env) = uri.split_once("?saltenv=").unwrap_or((uri, read.env()));
    let fetched = read.agent().fetch(bare, env).await?;
    fetched.map(|fetched| fetched.path).ok_or_else(|| Failure::failed(format!("pip requirements file '{uri}' not found")))
}

/// Runs `pip install`.
pub async fn install(packages: &[String], options: &Options, place: &Place, cx: &Cx) -> Result<Done, Failure> {
    if let Some(refusal) = options.refusal() {
        return Err(Failure::bad_arguments(refusal));
    }
    let mut words = options.words();
    for file in &options.requirements {
        words.extend(["--requirement".to_owned(), requirements(file, cx.read()).await?]);
    }
    for checkout in &options.editable {
        words.push(format!("--editable={checkout}"));
    }
    words.extend(packages.iter().cloned());
    place.run(words, cx.read(), cx.output()).await
}

/// Runs `pip uninstall`.
pub async fn uninstall(packages: &Words, files: &Words, options: &Options, place: &Place, cx: &Cx) -> Result<Done, Failure> {
    let mut words = ["uninstall", "-y"].map(str::to_owned).to_vec();
    for file in &files.0 {
        words.extend(["--requirement".to_owned(), requirements(file, cx.read()).await?]);
    }
    for (flag, value) in &options.with_value {
        words.extend([(*flag).to_owned(), value.clone()]);
    }
    words.extend(packages.0.iter().cloned());
    place.run(words, cx.read(), cx.output()).await
}
