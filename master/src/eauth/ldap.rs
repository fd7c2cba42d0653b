//! Logins by a directory: a bind as the user, then the groups that the directory says he is in. Configured by `auth.ldap.*`, as in Salt.

use super::{Credentials, Proved, Trouble};
use crate::config::MasterConfig;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Scope, SearchEntry, dn_escape, ldap_escape};
use std::time::Duration;
use value::{Value, text};

/// The directory has so long to take a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Keys of the configuration below `auth.ldap.`.
struct Options<'a>(&'a MasterConfig);

impl Options<'_> {
    fn get(&self, key: &str) -> Option<String> {
        self.0.auth_ldap.get(key).filter(|value| !value.is_null()).map(text::str).filter(|text| !text.is_empty())
    }

    fn is(&self, key: &str, usual: bool) -> bool {
        self.0.auth_ldap.get(key).map_or(usual, Value::is_truthy)
    }

    /// The address, out of `uri`, or of `server`, `port` and `tls`.
    fn url(&self) -> String {
        self.get("uri").unwrap_or_else(|| {
            let server = self.get("server").unwrap_or_else(|| "localhost".to_owned());
            let (scheme, usual) = if self.is("tls", false) { ("ldaps", "636") } else { ("ldap", "389") };
            format!("{scheme}://{server}:{}", self.get("port").unwrap_or_else(|| usual.to_owned()))
        })
    }
}

/// Checks against the directory.
pub async fn prove(config: &MasterConfig, asked: &Credentials) -> Proved {
    // Directories take a bind without a password as one of nobody, and say yes.
    if asked.password.reveal().is_empty() {
        return Ok(None);
    }
    let options = Options(config);
    let dn = match options.get("binddn").filter(|dn| dn.contains("{{ username }}")) {
        Some(template) => template.replace("{{ username }}", &dn_escape(asked.user.as_str())),
        None => match search_user(&options, &asked.user).await? {
            Some(dn) => dn,
            None => return Ok(None),
        },
    };
    let mut ldap = connect(&options).await?;
    let bound = ldap.simple_bind(&dn, asked.password.reveal()).await.map_err(|error| trouble(&error))?;
    // 49: invalid credentials.
    if bound.rc == 49 {
        return Ok(None);
    }
    bound.success().map_err(|error| trouble(&error))?;
    let groups = groups(&mut ldap, &options, &asked.user, &dn).await?;
    let _ = ldap.unbind().await;
    Ok(Some(groups))
}

fn trouble(error: &dyn std::error::Error) -> Trouble {
    Trouble::new(format!("the directory: {error}"))
}

async fn connect(options: &Options<'_>) -> Result<Ldap, Trouble> {
    let settings = LdapConnSettings::new().set_conn_timeout(CONNECT).set_starttls(options.is("starttls", false));
    let (connection, ldap) = LdapConnAsync::with_settings(settings, &options.url()).await.map_err(|error| trouble(&error))?;
    ldap3::drive!(connection);
    Ok(ldap)
}

/// The name of the user in the directory, found by the account that may search.
async fn search_user(options: &Options<'_>, user: &str) -> Result<Option<String>, Trouble> {
    let base = options.get("basedn").ok_or_else(|| Trouble::new("`auth.ldap.basedn` is not configured"))?;
    let filter = options.get("filter").unwrap_or_else(|| "uid={{ username }}".to_owned());
    let filter = filter.replace("{{ username }}", &ldap_escape(user));
    let filter = if filter.starts_with('(') { filter } else { format!("({filter})") };
    let mut ldap = connect(options).await?;
    if let (Some(dn), Some(password)) = (options.get("binddn"), options.get("bindpw")) {
        let bound = ldap.simple_bind(&dn, &password).await.map_err(|error| trouble(&error))?;
        bound.success().map_err(|error| trouble(&error))?;
    }
    let found = ldap.search(&base, Scope::Subtree, &filter, vec!["1.1"]).await.map_err(|error| trouble(&error))?;
    let (found, _) = found.success().map_err(|error| trouble(&error))?;
    let _ = ldap.unbind().await;
    let mut found = found.into_iter();
    // Two of one name are nobody.
    Ok(found.next().filter(|_| found.next().is_none()).map(|entry| SearchEntry::construct(entry).dn))
}

/// The groups that the user is in: entries of `groupclass` that name him as a member.
async fn groups(ldap: &mut Ldap, options: &Options<'_>, user: &str, dn: &str) -> Result<Vec<String>, Trouble> {
    let Some(base) = options.get("group_basedn").or_else(|| options.get("basedn")) else { return Ok(Vec::new()) };
    let class = options.get("groupclass").unwrap_or_else(|| "posixGroup".to_owned());
    let attribute = options.get("groupattribute").unwrap_or_else(|| "memberUid".to_owned());
    let name = options.get("group_name_attribute").unwrap_or_else(|| "cn".to_owned());
    let filter =
        format!("(&(objectClass={})(|({attribute}={})({attribute}={})))", ldap_escape(class.as_str()), ldap_escape(user), ldap_escape(dn));
    let found = ldap.search(&base, Scope::Subtree, &filter, vec![name.as_str()]).await.map_err(|error| trouble(&error))?;
    let (found, _) = found.success().map_err(|error| trouble(&error))?;
    Ok(found.into_iter().flat_map(|entry| SearchEntry::construct(entry).attrs.remove(&name).unwrap_or_default()).collect())
}
