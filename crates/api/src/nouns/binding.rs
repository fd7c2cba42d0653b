//! Bindings: who has which role, where and for how long.

use super::{Faults, Kind, Member, check_text};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What somebody is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// An account of this system, by its name.
    User,
    /// A group of accounts.
    Group,
    /// A login of another backend, `name@backend`.
    Login,
    /// A group of another backend, `name@backend`.
    LoginGroup,
    /// A user of the master's host.
    HostUser,
    /// A group of the master's host.
    HostGroup,
}

/// Who.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// What they are known by.
    pub kind: SubjectKind,
    /// The name.
    pub name: String,
}

/// What a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// Everything.
    System,
    /// A project and what belongs to it.
    Project,
    /// An environment and the hosts in it.
    Environment,
    /// The hosts of a group, as they are at the time.
    Group,
}

/// Where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// What it is.
    pub kind: ScopeKind,
    /// Which one; nothing for the whole system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Scope {
    /// Tells what is wrong with it.
    pub(super) fn faults(&self, faults: &mut Faults) {
        let fault = match (self.kind, &self.id) {
            (ScopeKind::System, Some(_)) => "the whole system has no id",
            (ScopeKind::Project | ScopeKind::Environment | ScopeKind::Group, None) => "say which one, by its id or name",
            _ => return,
        };
        faults.insert("scope".to_owned(), fault.to_owned());
    }
}

/// That somebody has a role somewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Who.
    pub subject: Subject,
    /// The role.
    #[schema(example = "operator")]
    pub role: String,
    /// Where.
    pub scope: Scope,
    /// From when on; at once if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts: Option<Timestamp>,
    /// Until when; for good if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<Timestamp>,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// The provider that gives it and alone may take it away; missing where people made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            SubjectKind::User => "user",
            SubjectKind::Group => "group",
            SubjectKind::Login => "login",
            SubjectKind::LoginGroup => "login_group",
            SubjectKind::HostUser => "host_user",
            SubjectKind::HostGroup => "host_group",
        };
        write!(f, "{kind}:{}", self.name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ScopeKind::System => "system",
            ScopeKind::Project => "project",
            ScopeKind::Environment => "environment",
            ScopeKind::Group => "group",
        };
        match &self.id {
            Some(id) => write!(f, "{kind}:{id}"),
            None => f.write_str(kind),
        }
    }
}

impl Member for Binding {
    /// Nobody has one role in one place twice.
    fn name(&self) -> String {
        format!("{} {} {}", self.subject, self.role, self.scope)
    }

    fn project(&self) -> Option<&str> {
        if self.scope.kind == ScopeKind::Project { self.scope.id.as_deref() } else { None }
    }

    fn references(&mut self) -> Vec<(Kind, &mut String)> {
        let kind = match self.scope.kind {
            ScopeKind::System => None,
            ScopeKind::Project => Some(Kind::Project),
            ScopeKind::Environment => Some(Kind::Environment),
            ScopeKind::Group => Some(Kind::Group),
        };
        let scope = kind.zip(self.scope.id.as_mut());
        std::iter::once((Kind::Role, &mut self.role)).chain(scope).collect()
    }

    fn faults(&self, faults: &mut Faults) {
        check_text(faults, "reason", &self.reason, 1000);
        let wants_backend = matches!(self.subject.kind, SubjectKind::Login | SubjectKind::LoginGroup);
        if self.subject.name.is_empty() || self.subject.name.chars().count() > 256 {
            faults.insert("subject".to_owned(), "a name is wanted, 256 characters at most".to_owned());
        } else if wants_backend && !self.subject.name.contains('@') {
            faults.insert("subject".to_owned(), "a login of another backend is `name@backend`".to_owned());
        }
        self.scope.faults(faults);
        if let (Some(starts), Some(ends)) = (self.starts, self.ends)
            && ends <= starts
        {
            faults.insert("ends".to_owned(), "it ends before it starts".to_owned());
        }
    }
}
