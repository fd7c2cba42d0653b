//! Who may do what: one function, [`judge`], for every way in. Local users, logins from outside, minions that publish and the master's own
//! parts all come through here; what no rule allows is refused, and a rule of `access_deny` stands above every other.

pub mod builtin;
mod peers;
pub mod roles;
mod rules;
pub mod scopes;

use crate::config::MasterConfig;
use crate::core::Core;
use crate::targets::matching;
use api::ErrorCode;
use manager::{Caller, Origin, Rank, Refusal};
use model::{Call, MinionId, Timestamp};
use peers::Peers;
use roles::{Grant, Place};
pub use rules::{BadRule, Side};
use rules::{Entry, Function, Rule, Who, Whole, entries};
use std::collections::{BTreeMap, BTreeSet};
use target::Expression;
use tracing::warn;
use value::{Map, Value, text};

/// Functions that everybody may ask who may ask anything: whether a job still runs.
const HARMLESS: [&str; 1] = ["saltutil.find_job"];

/// What somebody wants.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// Run functions on minions.
    Job {
        /// The functions.
        calls: &'a [Call],
        /// The minions.
        minions: &'a [MinionId],
    },
    /// Call a function of the master.
    Master {
        /// Runner or wheel.
        side: Side,
        /// Its name.
        function: &'a str,
        /// Its arguments.
        args: &'a [Value],
        /// Its named arguments.
        kwargs: &'a Map,
    },
    /// See or end a job that somebody has made.
    JobOf {
        /// Who has made it.
        user: &'a str,
        /// `read` or `change`.
        action: &'a str,
    },
    /// Look at something of the estate or change it.
    Thing {
        /// What kind of thing: `project`, `host`, `audit`.
        thing: &'a str,
        /// What to do with it: `read`, `create`, `change`, `delete`.
        action: &'a str,
        /// Where it is.
        place: &'a Place,
        /// What it is called.
        name: &'a str,
    },
}

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may be done.
    pub allowed: bool,
    /// The rule that decided, or what is missing.
    pub reason: String,
}

impl Verdict {
    fn yes(reason: impl Into<String>) -> Self {
        Self { allowed: true, reason: reason.into() }
    }

    fn no(reason: impl Into<String>) -> Self {
        Self { allowed: false, reason: reason.into() }
    }
}

/// The rules of a configuration.
#[derive(Debug, Default)]
pub struct Policy {
    users: Vec<Entry>,
    logins: BTreeMap<String, Vec<Entry>>,
    denied: Vec<Entry>,
    black_users: Vec<Who>,
    black_functions: Vec<Whole>,
    permissive: bool,
    peers: Peers,
}

impl Policy {
    /// Reads the rules.
    ///
    /// # Errors
    /// With the first rule that means nothing.
    pub fn new(config: &MasterConfig) -> Result<Self, BadRule> {
        let listed = |key: &str| match config.publisher_acl_blacklist.get(key) {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![text::str(one)],
        };
        let mut logins = BTreeMap::new();
        for (backend, users) in &config.external_auth {
            let backend = text::str(backend);
            let place = format!("external_auth:{backend}");
            let Value::Map(users) = users else {
                return Err(BadRule::Shape { place, wanted: "a mapping of users to rules is wanted" });
            };
            logins.insert(backend, entries(users, &place)?);
        }
        let place = "publisher_acl_blacklist:users";
        Ok(Self {
            users: entries(&config.publisher_acl, "publisher_acl")?,
            logins,
            denied: entries(&config.access_deny, "access_deny")?,
            black_users: listed("users")
                .iter()
                .map(|user| Ok(Who::User(user.clone(), Whole::new(user, place).ok())))
                .collect::<Result<_, BadRule>>()?,
            black_functions: listed("modules")
                .iter()
                .map(|pattern| Whole::new(pattern, "publisher_acl_blacklist:modules"))
                .collect::<Result<_, _>>()?,
            permissive: config.permissive_acl,
            peers: Peers::new(config)?,
        })
    }

    /// Whether the manager lets a caller in at all; what he may then do is judged for each request.
    #[must_use]
    pub fn admits(&self, caller: &Caller) -> bool {
        match &caller.rank {
            Rank::Administrator | Rank::Login { .. } => true,
            Rank::User { .. } => !self.of(caller).is_empty(),
            Rank::Minion => false,
        }
    }

    /// Whether some rule of the configuration is for a caller.
    #[must_use]
    pub fn has_rules(&self, caller: &Caller) -> bool {
        !self.of(caller).is_empty()
    }

    /// The rules that are a caller's: his own and his groups', or those of all others when he has none.
    fn of(&self, caller: &Caller) -> Vec<&Entry> {
        let (entries, user, groups) = match &caller.rank {
            Rank::Administrator | Rank::Minion => return Vec::new(),
            Rank::User { groups } => (&self.users, caller.name.as_str(), groups),
            Rank::Login { user, backend, groups, .. } => match self.logins.get(backend) {
                Some(entries) => (entries, user.as_str(), groups),
                None => return Vec::new(),
            },
        };
        mine(entries, user, groups, self.permissive)
    }

    /// What a caller may do, as it stands in the configuration.
    #[must_use]
    pub fn shown(&self, caller: &Caller) -> Vec<Value> {
        let mut shown = Vec::new();
        for rule in self.of(caller).iter().flat_map(|entry| &entry.shown) {
            if !shown.contains(rule) {
                shown.push(rule.clone());
            }
        }
        shown.sort_by_key(|rule| (rule.as_str().is_none(), text::str(rule)));
        shown
    }

    fn denied_to(&self, caller: &Caller) -> Vec<&Entry> {
        let (user, groups): (&str, &[String]) = match &caller.rank {
            Rank::Administrator | Rank::Minion => (&caller.name, &[]),
            Rank::User { groups } => (&caller.name, groups),
            Rank::Login { user, groups, .. } => (user, groups),
        };
        mine(&self.denied, user, groups, true)
    }
}

/// The entries of a user and of his groups; those of all others too when he has none, or always when `with_others`.
fn mine<'a>(entries: &'a [Entry], user: &str, groups: &[String], with_others: bool) -> Vec<&'a Entry> {
    let own = |entry: &&Entry| match &entry.who {
        Who::User(..) => entry.who.names(user),
        Who::Group(group) => groups.contains(group),
        Who::Others => false,
    };
    let mut mine: Vec<_> = entries.iter().filter(own).collect();
    if mine.is_empty() || with_others {
        mine.extend(entries.iter().filter(|entry| matches!(entry.who, Who::Others)));
    }
    mine
}

/// Decides, and says why.
///
/// # Errors
/// When the store is away and a rule's target needs it.
pub async fn judge(core: &Core, caller: &Caller, ask: Ask<'_>) -> Result<Verdict, Refusal> {
    if caller.origin == Origin::Master {
        return Ok(Verdict::yes("the master itself asks"));
    }
    let settings = core.settings();
    let policy = &settings.policy;
    if let Some(verdict) = blacklisted(policy, caller, ask) {
        return Ok(verdict);
    }
    if let Rank::Login { scopes: Some(scopes), .. } = &caller.rank
        && !scopes::hold(scopes, ask)
    {
        return Ok(Verdict::no("the token that was shown is not for this"));
    }
    for entry in policy.denied_to(caller) {
        if touches(core, &entry.rules, None, ask).await? {
            return Ok(Verdict::no(format!("`{}` denies it", entry.place)));
        }
    }
    let grants = match &caller.rank {
        Rank::Administrator | Rank::Minion => Vec::new(),
        Rank::User { .. } | Rank::Login { .. } => roles::grants(core, caller, Timestamp::now()).await?,
    };
    for grant in &grants {
        if touches(core, &grant.role.denied, Some(grant), ask).await? {
            return Ok(Verdict::no(format!("{} denies it", grant.place)));
        }
    }
    match &caller.rank {
        Rank::Administrator => Ok(Verdict::yes(format!("{caller} administers this master"))),
        Rank::Minion => Ok(policy.peers.judge(&caller.name, ask)),
        Rank::User { .. } | Rank::Login { .. } => covered(core, caller, &policy.of(caller), &grants, ask).await,
    }
}

/// As [`judge`], with a refusal in words and in the audit log when it may not be done.
///
/// # Errors
/// When it may not be done, or the store is away.
pub async fn require(core: &Core, caller: &Caller, ask: Ask<'_>) -> Result<(), Refusal> {
    let verdict = judge(core, caller, ask).await?;
    if verdict.allowed {
        return Ok(());
    }
    let (kind, object) = match ask {
        Ask::Job { calls, .. } => ("job", calls.iter().map(|call| call.function.as_str()).collect::<Vec<_>>().join(",")),
        Ask::Master { side, function, .. } => (side.name(), function.to_owned()),
        Ask::JobOf { user, .. } => ("job of", user.to_owned()),
        Ask::Thing { thing, name, .. } => (thing, name.to_owned()),
    };
    let mut detail = Map::from_iter([("reason", verdict.reason.clone())]);
    if let Ask::Thing { action, .. } = ask {
        detail.insert("action", action);
    }
    warn!(user = %caller, kind, object, reason = verdict.reason, "refused by policy");
    core.audit(caller, "policy.refuse", (kind, &object), "refused", Value::Map(detail)).await?;
    Err(Refusal::new(ErrorCode::Forbidden, format!("{caller} may not do this: {}", verdict.reason))
        .with_hint("an administrator can ask `sylvite explain` and change `publisher_acl` or `external_auth`"))
}

fn blacklisted(policy: &Policy, caller: &Caller, ask: Ask<'_>) -> Option<Verdict> {
    if !matches!(caller.origin, Origin::Local { .. }) {
        return None;
    }
    if policy.black_users.iter().any(|who| who.names(&caller.name)) {
        return Some(Verdict::no(format!("`publisher_acl_blacklist:users` names {caller}")));
    }
    let Ask::Job { calls, .. } = ask else { return None };
    let black = calls.iter().find(|call| policy.black_functions.iter().any(|pattern| pattern.fits(call.function.as_str())))?;
    Some(Verdict::no(format!("`publisher_acl_blacklist:modules` names `{}`", black.function)))
}

/// Whether a rule speaks of any part of what is asked: enough to deny it.
async fn touches(core: &Core, rules: &[Rule], grant: Option<&Grant>, ask: Ask<'_>) -> Result<bool, Refusal> {
    // A role denies within its scope alone; what the master does lies in no scope but the whole.
    let within: Vec<MinionId> = match (ask, grant) {
        (Ask::Job { minions, .. }, Some(grant)) => grant.within(core, minions),
        (Ask::Job { minions, .. }, None) => minions.to_vec(),
        _ => Vec::new(),
    };
    if grant.is_some_and(|grant| !grant.is_everywhere() && within.is_empty()) {
        return Ok(false);
    }
    for rule in rules {
        let touched = match (rule, ask) {
            (Rule::Everywhere(function), Ask::Job { calls, .. }) => calls.iter().any(|call| function.fits_call(call)),
            (Rule::On(target, functions), Ask::Job { calls, .. }) => {
                let is_called = calls.iter().any(|call| functions.iter().any(|function| function.fits_call(call)));
                is_called && !inside(core, target, &within).await?.is_empty()
            }
            (rule, Ask::Master { side, function, args, kwargs }) => rule.fits_master(side, function, args, kwargs),
            _ => false,
        };
        if touched {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether rules allow all that is asked: every call on every minion.
async fn covered(core: &Core, caller: &Caller, entries: &[&Entry], grants: &[Grant], ask: Ask<'_>) -> Result<Verdict, Refusal> {
    let places = || {
        let rules = entries.iter().map(|entry| format!("`{}`", entry.place));
        let places: Vec<_> = rules.chain(grants.iter().map(|grant| grant.place.clone())).collect();
        if places.is_empty() { format!("no rule is for {caller}, and no role") } else { format!("{} do not allow it", places.join(", ")) }
    };
    match ask {
        Ask::JobOf { user, .. } if user == caller.name => Ok(Verdict::yes("the job is their own")),
        Ask::JobOf { action, .. } => {
            let allows = |grant: &&Grant| grant.is_everywhere() && grant.role.permits("job", action);
            Ok(match grants.iter().find(allows) {
                Some(grant) => Verdict::yes(format!("{} allows it", grant.place)),
                None => Verdict::no("the job is somebody else's"),
            })
        }
        Ask::Thing { thing, action, place, .. } => {
            let allows = |grant: &&Grant| grant.role.permits(thing, action) && grant.reaches(place);
            Ok(match grants.iter().find(allows) {
                Some(grant) => Verdict::yes(format!("{} allows {thing}:{action}", grant.place)),
                None => Verdict::no(format!("{thing}:{action}: {}", places())),
            })
        }
        Ask::Master { side, function, args, kwargs } => {
            let allows = |entry: &&&Entry| entry.rules.iter().any(|rule| rule.fits_master(side, function, args, kwargs));
            let grants_it = |grant: &&Grant| {
                let permitted = roles::permission_of(function).is_some_and(|(thing, action)| grant.role.permits(thing, action));
                let called = grant.role.allowed.iter().any(|rule| rule.fits_master(side, function, args, kwargs));
                grant.is_everywhere() && (permitted || called)
            };
            Ok(match (entries.iter().find(allows), grants.iter().find(grants_it)) {
                (Some(entry), _) => Verdict::yes(format!("`{}` allows the {} `{function}`", entry.place, side.name())),
                (None, Some(grant)) => Verdict::yes(format!("{} allows the {} `{function}`", grant.place, side.name())),
                (None, None) => Verdict::no(format!("the {} `{function}`: {}", side.name(), places())),
            })
        }
        Ask::Job { calls, minions } => {
            let mut by = BTreeSet::new();
            let is_nobody = entries.is_empty() && grants.is_empty();
            for call in calls.iter().filter(|call| !HARMLESS.contains(&call.function.as_str()) || is_nobody) {
                let mut left: BTreeSet<&MinionId> = minions.iter().collect();
                let mut found = false;
                for (place, rules, within) in sources(core, entries, grants, minions) {
                    for rule in rules {
                        let allowed = |functions: &[Function]| functions.iter().any(|function| function.fits_call(call));
                        match rule {
                            Rule::Everywhere(function) if function.fits_call(call) => left.retain(|minion| !within.contains(*minion)),
                            Rule::On(target, functions) if allowed(functions) => {
                                let some: Vec<MinionId> = within.iter().cloned().collect();
                                for minion in inside(core, target, &some).await? {
                                    left.remove(&minion);
                                }
                            }
                            _ => continue,
                        }
                        found = true;
                        by.insert(place.clone());
                    }
                }
                if !found {
                    return Ok(Verdict::no(format!("`{}`: {}", call.function, places())));
                }
                if let Some(first) = left.first() {
                    let others = if left.len() > 1 { format!(" and {} others", left.len() - 1) } else { String::new() };
                    return Ok(Verdict::no(format!("`{}` is not allowed on {first}{others}", call.function)));
                }
            }
            let places: Vec<_> = by.into_iter().collect();
            Ok(Verdict::yes(if places.is_empty() {
                "everybody with a rule may ask this".to_owned()
            } else {
                format!("{} allow it", places.join(", "))
            }))
        }
    }
}

/// Where rules stand, the rules, and the minions that they speak of: those of the configuration of all, those of a role of its scope.
fn sources<'a>(
    core: &Core,
    entries: &'a [&'a Entry],
    grants: &'a [Grant],
    minions: &[MinionId],
) -> Vec<(String, &'a [Rule], BTreeSet<MinionId>)> {
    let all: BTreeSet<MinionId> = minions.iter().cloned().collect();
    let configured = entries.iter().map(|entry| (format!("`{}`", entry.place), entry.rules.as_slice(), all.clone()));
    let granted = grants.iter().filter(|grant| !grant.role.allowed.is_empty());
    let granted =
        granted.map(|grant| (grant.place.clone(), grant.role.allowed.as_slice(), grant.within(core, minions).into_iter().collect()));
    configured.chain(granted).collect()
}

/// Those of some minions that the target of a rule means. A minion tells its own grains, so a rule should name ids, nodegroups or pillar;
/// pillar has to be equal here, not alike.
async fn inside(core: &Core, target: &model::Target, minions: &[MinionId]) -> Result<Vec<MinionId>, Refusal> {
    let expression: Expression = match target::parse(target, &crate::estate::groups::nodegroups(core)) {
        Ok(expression) => expression.with_exact_pillar(),
        Err(error) => {
            warn!(target = target.expression, %error, "the target of a rule means nobody");
            return Ok(Vec::new());
        }
    };
    matching(core, &expression, minions.to_vec()).await
}
