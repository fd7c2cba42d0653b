//! Kinds of requisites, and the words that belong to the engine and never reach a state.

/// How one state waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Runs when the other failed.
    Onfail,
    /// Runs when any of the others failed.
    OnfailAny,
    /// Runs when all the others failed.
    OnfailAll,
    /// Runs when the other succeeded.
    Require,
    /// Runs when any of the others succeeded.
    RequireAny,
    /// Runs when the other changed something.
    Onchanges,
    /// Runs when any of the others changed something.
    OnchangesAny,
    /// As `require`, and reacts when the other changed something.
    Watch,
    /// As `require_any`, and reacts when any of the others changed something.
    WatchAny,
    /// Runs before the other, if the other would change something.
    Prereq,
    /// Reacts at the end of the run when the other changed something.
    Listen,
}

impl Kind {
    /// Every kind, from the weakest to the strongest: where several lead to one state, the strongest decides the order.
    pub const ALL: [Self; 11] = [
        Self::Onfail,
        Self::OnfailAny,
        Self::OnfailAll,
        Self::Require,
        Self::RequireAny,
        Self::Onchanges,
        Self::OnchangesAny,
        Self::Watch,
        Self::WatchAny,
        Self::Prereq,
        Self::Listen,
    ];

    /// The word in an SLS.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Onfail => "onfail",
            Self::OnfailAny => "onfail_any",
            Self::OnfailAll => "onfail_all",
            Self::Require => "require",
            Self::RequireAny => "require_any",
            Self::Onchanges => "onchanges",
            Self::OnchangesAny => "onchanges_any",
            Self::Watch => "watch",
            Self::WatchAny => "watch_any",
            Self::Prereq => "prereq",
            Self::Listen => "listen",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }
}

/// Words of every state that the engine handles; no state function sees them, and none of them is ever an unknown argument.
pub const ENGINE_WORDS: [&str; 51] = [
    "name",
    "names",
    "state",
    "fun",
    "order",
    "name_order",
    "require",
    "require_any",
    "require_in",
    "watch",
    "watch_any",
    "watch_in",
    "onchanges",
    "onchanges_any",
    "onchanges_in",
    "onfail",
    "onfail_any",
    "onfail_all",
    "onfail_in",
    "onfail_stop",
    "prereq",
    "prereq_in",
    "listen",
    "listen_in",
    "use",
    "use_in",
    "unless",
    "onlyif",
    "creates",
    "check_cmd",
    "cmd_opts_exclude",
    "retry",
    "failhard",
    "parallel",
    "aggregate",
    "fire_event",
    "reload_modules",
    "reload_grains",
    "reload_pillar",
    "runas",
    "runas_password",
    "umask",
    "timeout",
    "kill_after",
    "no_log",
    "saltenv",
    "provider",
    "__id__",
    "__sls__",
    "__env__",
    "__sls_included_from__",
];

/// Reverse forms: the word here, and the word it becomes at the state it points to.
pub(crate) const REVERSED: [(&str, &str); 7] = [
    ("require_in", "require"),
    ("watch_in", "watch"),
    ("onchanges_in", "onchanges"),
    ("onfail_in", "onfail"),
    ("prereq_in", "prereq"),
    ("use_in", "use"),
    ("listen_in", "listen"),
];

/// The forward word of a reverse form. `listen_in` is turned round at the end of the run only, as its target need not exist.
pub(crate) fn turned(word: &str) -> Option<&'static str> {
    REVERSED.into_iter().find(|(reverse, _)| *reverse == word && word != "listen_in").map(|(_, forward)| forward)
}

/// Whether the argument of this word is a list of references to states.
pub(crate) fn is_reference(word: &str) -> bool {
    Kind::from_name(word).is_some() || word == "use" || REVERSED.iter().any(|(reverse, _)| *reverse == word)
}

/// Whether a statement of this word grows when it is extended, where any other argument is replaced.
pub(crate) fn grows(word: &str) -> bool {
    is_reference(word)
}
