//! Who is where: groups and projects of somebody with the level they have there. Of GitLab by its API, since its claims know no projects;
//! of other providers by a claim.

use super::provider::{Provider, Trouble};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use value::Secret;

/// What of GitLab a membership is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// A group.
    Group,
    /// A project.
    Project,
}

/// Somebody is in a group or project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Of what.
    pub of: Of,
    /// Its number, which outlives its renaming.
    pub id: Option<u64>,
    /// Its path, or the name in a claim.
    pub path: String,
    /// GitLab's level there; 0 where a claim tells none.
    pub level: u8,
}

/// Entries of one page.
const PAGE: usize = 100;
/// Pages that are asked for at most: ten thousand memberships are no person's.
const MOST: usize = 100;
/// GitLab's levels, from the least that means something here. More may be added between them one day, so they are compared, never equal.
const LEVELS: [u8; 4] = [20, 30, 40, 50];

#[derive(Deserialize)]
struct Group {
    id: u64,
    full_path: String,
}

#[derive(Deserialize)]
struct Project {
    id: u64,
    path_with_namespace: String,
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Deserialize)]
struct Permissions {
    #[serde(default)]
    project_access: Option<Access>,
    #[serde(default)]
    group_access: Option<Access>,
}

#[derive(Deserialize)]
struct Access {
    access_level: u8,
}

/// Somebody as the API tells of him by number.
#[derive(Deserialize)]
struct User {
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
struct Member {
    access_level: u8,
    #[serde(default)]
    state: String,
}

/// All pages of a list.
async fn pages<T: serde::de::DeserializeOwned>(provider: &Provider, path: &str, access: &Secret<String>) -> Result<Vec<T>, Trouble> {
    let mut all = Vec::new();
    for page in 1..=MOST {
        let join = if path.contains('?') { '&' } else { '?' };
        let url = format!("{}{path}{join}per_page={PAGE}&page={page}", provider.config.api());
        let part: Vec<T> = provider.get(&url, Some(access)).await?;
        let is_last = part.len() < PAGE;
        all.extend(part);
        if is_last {
            return Ok(all);
        }
    }
    Err(Trouble::Lies(format!("`{path}` has no end")))
}

/// Where somebody is, asked in his own name. Where he does not let the API be asked, the claims tell of groups.
///
/// # Errors
/// When the provider is away.
pub async fn memberships(provider: &Provider, access: &Secret<String>, claims: &Map<String, Value>) -> Result<Vec<Membership>, Trouble> {
    if !provider.is_gitlab() {
        return Ok(of_claim(claims, &provider.config.groups_claim));
    }
    match by_api(provider, access).await {
        Err(Trouble::Refused(_)) => Ok(of_gitlab_claims(claims)),
        asked => asked,
    }
}

async fn by_api(provider: &Provider, access: &Secret<String>) -> Result<Vec<Membership>, Trouble> {
    let mut groups: BTreeMap<u64, Membership> = BTreeMap::new();
    for level in LEVELS {
        let found: Vec<Group> = pages(provider, &format!("/groups?min_access_level={level}"), access).await?;
        let is_done = found.is_empty();
        for group in found {
            groups.insert(group.id, Membership { of: Of::Group, id: Some(group.id), path: group.full_path, level });
        }
        if is_done {
            break;
        }
    }
    let projects: Vec<Project> = pages(provider, "/projects?membership=true&min_access_level=20", access).await?;
    let of_projects = projects.into_iter().map(|project| {
        let levels = [project.permissions.project_access, project.permissions.group_access];
        let level = levels.into_iter().flatten().map(|access| access.access_level).max().unwrap_or(20);
        Membership { of: Of::Project, id: Some(project.id), path: project.path_with_namespace, level }
    });
    Ok(groups.into_values().chain(of_projects).collect())
}

fn words(claims: &Map<String, Value>, claim: &str) -> Vec<String> {
    match claims.get(claim) {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

fn of_claim(claims: &Map<String, Value>, claim: &str) -> Vec<Membership> {
    words(claims, claim).into_iter().map(|path| Membership { of: Of::Group, id: None, path, level: 0 }).collect()
}

/// Groups by GitLab's own claims. Being in a group without one of its levels is being a reporter at most.
fn of_gitlab_claims(claims: &Map<String, Value>) -> Vec<Membership> {
    let mut levels: BTreeMap<String, u8> = words(claims, "groups").into_iter().map(|path| (path, 10)).collect();
    for (name, level) in [("developer", 30), ("maintainer", 40), ("owner", 50)] {
        for path in words(claims, &format!("https://gitlab.org/claims/groups/{name}")) {
            let known = levels.entry(path).or_default();
            *known = (*known).max(level);
        }
    }
    levels.into_iter().map(|(path, level)| Membership { of: Of::Group, id: None, path, level }).collect()
}

/// What the master's own token says of somebody.
pub enum Standing {
    /// He is there.
    Active(Vec<Membership>),
    /// He is blocked, or gone.
    Gone(String),
}

/// Where somebody is of the groups and projects that matter, by the master's own token: he need not have a session.
///
/// # Errors
/// When the provider is away, or does not take the token.
pub async fn standing(provider: &Provider, access: &Secret<String>, sub: &str, asked: &[(Of, String)]) -> Result<Standing, Trouble> {
    if sub.is_empty() || !sub.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Trouble::Lies(format!("`{sub}` is no number of a person at GitLab")));
    }
    let api = provider.config.api();
    // That the token itself is taken tells apart «he is gone» and «nobody is told anything».
    let _: Value = provider.get(&format!("{api}/version"), Some(access)).await.map_err(|trouble| Trouble::Away(trouble.to_string()))?;
    match provider.get::<User>(&format!("{api}/users/{sub}"), Some(access)).await {
        Ok(user) if user.state == "active" => {}
        Ok(user) => return Ok(Standing::Gone(format!("{} is `{}` at {}", sub, user.state, provider.config.title))),
        Err(Trouble::Refused(_)) => return Ok(Standing::Gone(format!("{} is not known at {} any more", sub, provider.config.title))),
        Err(other) => return Err(other),
    }
    let mut found = Vec::new();
    for (of, word) in asked {
        let kind = match of {
            Of::Group => "groups",
            Of::Project => "projects",
        };
        let mut escaped = String::new();
        crate::http::escape(word, &mut escaped);
        let url = format!("{api}/{kind}/{escaped}/members/all/{sub}");
        match provider.get::<Member>(&url, Some(access)).await {
            Ok(member) if member.state.is_empty() || member.state == "active" => {
                found.push(Membership { of: *of, id: word.parse().ok(), path: word.clone(), level: member.access_level });
            }
            Ok(_) | Err(Trouble::Refused(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(Standing::Active(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_of_gitlab_tell_groups_with_their_highest_level() {
        let claims = serde_json::json!({
            "groups": ["acme", "acme/ops"],
            "https://gitlab.org/claims/groups/developer": ["acme"],
            "https://gitlab.org/claims/groups/owner": ["acme/ops"],
            "https://gitlab.org/claims/groups/maintainer": ["acme/ops"],
        });
        let found = of_gitlab_claims(claims.as_object().unwrap());
        let levels: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.level)).collect();
        assert_eq!(levels, [("acme", 30), ("acme/ops", 50)]);
    }

    #[test]
    fn groups_of_others_stand_in_a_claim_alone_or_in_a_list() {
        let claims = serde_json::json!({"groups": ["a", 5, "b"], "role": "c"});
        let of = |claim: &str| of_claim(claims.as_object().unwrap(), claim).into_iter().map(|one| one.path).collect::<Vec<_>>();
        assert!(of("groups") == ["a", "b"] && of("role") == ["c"] && of("none").is_empty());
    }
}
