//! The functions of `nftables`.

use super::{act, build, chain, family_word, find_rule, flush, has_table, new_chain, save};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(
    nftables,
    [
        Version,
        BuildRule,
        GetRules,
        GetRulesJson,
        GetSavedRules,
        ListTables,
        CheckTable,
        CheckChain,
        Check,
        NewTable,
        DeleteTable,
        NewChain,
        DeleteChain,
        Append,
        Insert,
        Delete,
        Flush,
        Save,
        GetPolicy,
        SetPolicy,
        GetRuleHandle
    ]
);

/// Return the version of nft.
///
/// ```salt
/// salt '*' nftables.version
/// ```
#[derive(Args)]
pub struct Version;

impl Query for Version {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let text = read.ask(["nft", "--version"]).await?;
        Ok(text.split_whitespace().nth(1).unwrap_or_default().to_owned())
    }
}

/// Return the words of a rule.
///
/// ```salt
/// salt '*' nftables.build_rule connstate=new dport=22 proto=tcp jump=accept
/// ```
#[derive(Args)]
pub struct BuildRule {
    /// Words of the rule.
    #[arg(extra)]
    rule: Map,
}

impl Query for BuildRule {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(build(&self.rule))
    }
}

/// Return every rule, as nft lists them.
///
/// ```salt
/// salt '*' nftables.get_rules
/// ```
#[derive(Args)]
pub struct GetRules {
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for GetRules {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.ask(["nft", "--numeric", "list", "ruleset", family_word(&self.family)]).await?;
        let tables = text.split("\n}\n").map(str::trim).filter(|table| !table.is_empty());
        Ok(tables.map(|table| if table.ends_with('}') { table.to_owned() } else { format!("{table}\n}}") }).collect())
    }
}

/// Return the lines of the file that is loaded on boot.
///
/// ```salt
/// salt '*' nftables.get_saved_rules
/// ```
#[derive(Args)]
pub struct GetSavedRules {
    /// File.
    conf_file: Option<String>,
}

impl Query for GetSavedRules {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let path = self.conf_file.unwrap_or_else(|| super::CONFIG.to_owned());
        let text = read.host().read_text(&path).map_err(crate::failure)?;
        let is_rule = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        Ok(text.lines().filter(is_rule).map(str::to_owned).collect())
    }
}

/// Return every rule as nft describes it in JSON.
///
/// ```salt
/// salt '*' nftables.get_rules_json
/// ```
#[derive(Args)]
pub struct GetRulesJson {
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for GetRulesJson {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let text = read.ask(["nft", "--numeric", "--json", "list", "ruleset", family_word(&self.family)]).await?;
        let value: Value = serde_json::from_str(&text).map_err(|error| Failure::failed(format!("`nft` printed no JSON: {error}")))?;
        Ok(value.get("nftables").cloned().unwrap_or(value))
    }
}

/// List the tables.
///
/// ```salt
/// salt '*' nftables.list_tables
/// ```
#[derive(Args)]
pub struct ListTables {
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for ListTables {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.ask(["nft", "list", "tables", family_word(&self.family)]).await?;
        Ok(text.lines().filter_map(|line| line.split_whitespace().nth(2).map(str::to_owned)).collect())
    }
}

macro_rules! names_query {
    ($(#[$doc:meta])* $name:ident { $($field:ident),+ }, |$self:ident, $read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $(
                /// Name.
                $field: String,
            )+
            /// `ipv4`, `ipv6` or `inet`.
            #[arg(default = "ipv4")]
            family: String,
        }

        impl Query for $name {
            type Output = bool;
            async fn call($self, $read: &Read) -> Result<bool, Failure> {
                $body
            }
        }
    };
}

names_query! {
    /// Tell whether there is such a table.
    ///
    /// ```salt
    /// salt '*' nftables.check_table filter
    /// ```
    CheckTable { table }, |self, read| has_table(read, &self.family, &self.table).await
}
names_query! {
    /// Tell whether a table has a chain.
    ///
    /// ```salt
    /// salt '*' nftables.check_chain filter input
    /// ```
    CheckChain { table, chain }, |self, read| Ok(chain(read, &self.family, &self.table, &self.chain).await?.is_some())
}
names_query! {
    /// Tell whether a chain has a rule.
    ///
    /// ```salt
    /// salt '*' nftables.check filter input rule='tcp dport 22 accept'
    /// ```
    Check { table, chain, rule }, |self, read| Ok(find_rule(read, &self.family, &self.table, &self.chain, &self.rule).await?.is_some())
}

macro_rules! script_action {
    ($(#[$doc:meta])* $name:ident { $($field:ident),* }, |$self:ident| $script:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $(
                /// Name.
                $field: String,
            )*
            /// `ipv4`, `ipv6` or `inet`.
            #[arg(default = "ipv4")]
            family: String,
        }

        impl Action for $name {
            type Output = bool;
            async fn call($self, cx: &Cx) -> Result<bool, Failure> {
                act(cx, &$script).await?;
                Ok(true)
            }
        }
    };
}

script_action! {
    /// Make a table.
    ///
    /// ```salt
    /// salt '*' nftables.new_table filter
    /// ```
    NewTable { table }, |self| format!("add table {} {}", family_word(&self.family), self.table)
}
script_action! {
    /// Remove a table with all that is in it.
    ///
    /// ```salt
    /// salt '*' nftables.delete_table filter
    /// ```
    DeleteTable { table }, |self| format!("delete table {} {}", family_word(&self.family), self.table)
}
script_action! {
    /// Remove a chain.
    ///
    /// ```salt
    /// salt '*' nftables.delete_chain filter input
    /// ```
    DeleteChain { table, chain }, |self| format!("delete chain {} {} {}", family_word(&self.family), self.table, self.chain)
}
script_action! {
    /// Add a rule at the end of a chain.
    ///
    /// ```salt
    /// salt '*' nftables.append filter input rule='tcp dport 22 accept'
    /// ```
    Append { table, chain, rule }, |self| format!("add rule {} {} {} {}", family_word(&self.family), self.table, self.chain, self.rule)
}
script_action! {
    /// Put a rule at the beginning of a chain.
    ///
    /// ```salt
    /// salt '*' nftables.insert filter input rule='tcp dport 22 accept'
    /// ```
    Insert { table, chain, rule }, |self| format!("insert rule {} {} {} {}", family_word(&self.family), self.table, self.chain, self.rule)
}

/// Make a chain.
///
/// ```salt
/// salt '*' nftables.new_chain filter input table_type=filter hook=input priority=0
/// ```
#[derive(Args)]
pub struct NewChain {
    /// Table.
    table: String,
    /// Chain.
    chain: String,
    /// `filter`, `nat` or `route`, for a chain at a hook.
    table_type: Option<String>,
    /// Hook.
    hook: Option<String>,
    /// Priority at the hook.
    priority: Option<Value>,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Action for NewChain {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let priority = self.priority.as_ref().map_or_else(|| "0".to_owned(), text::str);
        let base = self.table_type.as_deref().zip(self.hook.as_deref()).map(|(kind, hook)| (kind, hook, priority.as_str()));
        act(cx, &new_chain(&self.family, &self.table, &self.chain, base)).await?;
        Ok(true)
    }
}

/// Remove a rule from a chain, by its number or its words.
///
/// ```salt
/// salt '*' nftables.delete filter input rule='tcp dport 22 accept'
/// ```
#[derive(Args)]
pub struct Delete {
    /// Table.
    table: String,
    /// Chain.
    chain: String,
    /// Number.
    position: Option<Value>,
    /// Words.
    rule: Option<String>,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Action for Delete {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let handle = match (&self.position, &self.rule) {
            (Some(position), _) => text::str(position),
            (None, Some(rule)) => {
                let found = find_rule(cx, &self.family, &self.table, &self.chain, rule).await?;
                found.ok_or_else(|| Failure::failed(format!("chain {} has no such rule", self.chain)))?.handle
            }
            (None, None) => return Err(Failure::bad_arguments("a position or a rule is needed")),
        };
        act(cx, &format!("delete rule {} {} {} handle {handle}", family_word(&self.family), self.table, self.chain)).await?;
        Ok(true)
    }
}

/// Remove every rule of a table or chain.
///
/// ```salt
/// salt '*' nftables.flush filter input
/// ```
#[derive(Args)]
pub struct Flush {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    #[arg(default = "")]
    chain: String,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Action for Flush {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        act(cx, &flush(&self.family, &self.table, &self.chain)).await?;
        Ok(true)
    }
}

/// Keep the present rules for the next boot; give the file.
///
/// ```salt
/// salt '*' nftables.save
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Save {
    /// File.
    filename: Option<String>,
    /// Known for compatibility: the rules of every family are kept.
    #[arg(default = "ipv4", ignored)]
    family: String,
}

impl Action for Save {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        save(cx, self.filename.as_deref()).await
    }
}

/// Return what happens to a packet that no rule of a chain takes.
///
/// ```salt
/// salt '*' nftables.get_policy filter input
/// ```
#[derive(Args)]
pub struct GetPolicy {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    chain: String,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for GetPolicy {
    type Output = Option<String>;
    async fn call(self, read: &Read) -> Result<Option<String>, Failure> {
        super::policy(read, &self.family, &self.table, &self.chain).await
    }
}

/// Set what happens to a packet that no rule of a chain takes.
///
/// ```salt
/// salt '*' nftables.set_policy filter input policy=drop
/// ```
#[derive(Args)]
pub struct SetPolicy {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    chain: String,
    /// `accept` or `drop`.
    policy: String,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Action for SetPolicy {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let policy = self.policy.to_lowercase();
        if !["accept", "drop"].contains(&policy.as_str()) {
            return Err(Failure::bad_arguments(format!("`{}` is no policy; known are accept, drop", self.policy)));
        }
        let script = format!("chain {} {} {} {{ policy {policy}; }}", super::family_word(&self.family), self.table, self.chain);
        super::act(cx, &script).await.map(|()| true)
    }
}

/// Return the handle of a rule; empty text where there is no such rule.
///
/// ```salt
/// salt '*' nftables.get_rule_handle filter input rule='tcp dport 22 accept'
/// ```
#[derive(Args)]
pub struct GetRuleHandle {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    chain: String,
    /// Rule.
    rule: String,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for GetRuleHandle {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let found = super::find_rule(read, &self.family, &self.table, &self.chain, &self.rule).await?;
        Ok(found.map(|listed| listed.handle).unwrap_or_default())
    }
}
