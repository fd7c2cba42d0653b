//! Roles that come with this program. They cannot be changed; whoever needs another makes one.

use super::roles::Compiled;
use api::nouns::Role;
use std::sync::{Arc, LazyLock};
use value::Value;

/// What everybody in a project may look at.
const LOOK: &[&str] = &[
    "project:read",
    "environment:read",
    "service:read",
    "group:read",
    "host:read",
    "relation:read",
    "tag:read",
    "field:read",
    "role:read",
    "job:read",
];

/// Name, title in both languages, permissions, functions, denied functions.
type Plain = (&'static str, &'static str, &'static [&'static [&'static str]], &'static [&'static str], &'static [&'static str]);

const ROLES: &[Plain] = &[
    ("administrator", "Administrator 系统管理员", &[&["*:*"]], &[".*", "@runner", "@wheel"], &[]),
    ("auditor", "Auditor 审计员", &[&["*:read", "audit:export", "audit:verify"]], &[], &[]),
    (
        "owner",
        "Owner of a project 项目负责人",
        &[LOOK, &["project:change", "environment:*", "service:*", "group:*", "relation:*", "host:change", "binding:*", "audit:read"]],
        &[".*"],
        &[],
    ),
    (
        "maintainer",
        "Maintainer 维护者",
        &[LOOK, &["environment:*", "service:*", "group:*", "relation:*", "host:change", "binding:read"]],
        &[".*"],
        &[],
    ),
    (
        "operator",
        "Operator: runs what is prepared 操作员",
        &[LOOK],
        &["test\\..*", "state\\..*", "service\\..*", "grains\\..*", "saltutil\\..*", "status\\..*"],
        &["cmd\\..*"],
    ),
    ("viewer", "Viewer 只读", &[LOOK], &[], &[]),
];

static COMPILED: LazyLock<Vec<Arc<Compiled>>> = LazyLock::new(|| {
    let compiled = ROLES.iter().map(|plain| Compiled::new(&role(plain)).map(Arc::new));
    let mut roles: Vec<_> = compiled.collect::<Result<_, _>>().expect("roles of this program compile: tested below");
    // Developers do as they like where nothing is protected.
    let rule: Value = [(Value::from("not A@protected:True"), Value::from(vec![".*"]))].into_iter().collect::<value::Map>().into();
    let developer = Role { name: "developer".into(), title: "Developer: not where it is protected 开发者".into(), ..role(&ROLES[5]) };
    let developer = Role { functions: vec![rule], ..developer };
    roles.push(Arc::new(Compiled::new(&developer).expect("roles of this program compile: tested below")));
    roles.sort_by(|a, b| a.role.name.cmp(&b.role.name));
    roles
});

fn role((name, title, permissions, functions, denied): &Plain) -> Role {
    let values = |words: &[&str]| words.iter().map(|word| Value::from(*word)).collect();
    Role {
        name: (*name).to_owned(),
        title: (*title).to_owned(),
        description: String::new(),
        permissions: permissions.concat().into_iter().map(str::to_owned).collect(),
        functions: values(functions),
        denied: values(denied),
    }
}

/// All of them, by name.
pub fn all() -> &'static [Arc<Compiled>] {
    &COMPILED
}

/// One by its name, which is its id too.
#[must_use]
pub fn get(name: &str) -> Option<Arc<Compiled>> {
    all().iter().find(|role| role.role.name == name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_of_this_program_compiles_and_the_auditor_changes_nothing() {
        let names: Vec<_> = all().iter().map(|role| role.role.name.as_str()).collect();
        assert_eq!(names, ["administrator", "auditor", "developer", "maintainer", "operator", "owner", "viewer"]);
        let auditor = get("auditor").unwrap();
        assert!(auditor.permits("audit", "read") && auditor.permits("host", "read") && auditor.allowed.is_empty());
        for action in ["create", "change", "delete"] {
            assert!(!auditor.permits("host", action) && !get("viewer").unwrap().permits("host", action));
        }
        assert!(!get("owner").unwrap().permits("project", "delete") && !get("viewer").unwrap().permits("audit", "read"));
    }
}
