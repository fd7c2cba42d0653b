//! The first administrator: as long as nobody has that role, each start leaves a link that makes one account with it, once. The link stands
//! in a file for the master's user alone and never in the log.

use crate::control::accounts;
use crate::core::{Core, refusal};
use crate::estate::nouns;
use api::nouns::{Kind, Noun};
use api::{Account, AddAccount, ErrorCode, Setup};
use cmdb::{Document, TokenHash};
use manager::{Caller, How, Origin, Rank, Refusal};
use model::Timestamp;
use rand::RngExt;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};
use value::Value;

/// Where the hash of the link stands among the documents.
const ROOM: &str = "setup";
/// Its name there.
const NAME: &str = "link";
/// A link is good for so long.
const LASTS: Duration = Duration::from_secs(24 * 3600);
/// No answer to a wrong link comes sooner.
const AT_LEAST: Duration = Duration::from_secs(1);

/// One at a time: two who hold the link at once are not both the first.
static TURN: Mutex<()> = Mutex::const_new(());

fn somebody_administers(core: &Core) -> bool {
    core.estate.all(Kind::Binding).iter().any(|item| matches!(&item.noun, Noun::Binding(binding) if binding.role == "administrator"))
}

/// Leaves a link, if nobody administers the master by a role yet. `address` is where the API is served over the network.
pub async fn offer(core: &Core, address: &str) {
    let file = core.settings().config.cachedir.join("setup-link");
    if somebody_administers(core) {
        let _ = std::fs::remove_file(&file);
        return;
    }
    let token = hex::encode(rand::rng().random::<[u8; 20]>());
    let now = Timestamp::now();
    let document = Document { name: NAME.to_owned(), value: Value::from(hex::encode(TokenHash::of(&token).0)), at: now.plus(LASTS) };
    let write = || {
        let _ = std::fs::remove_file(&file);
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
        writeln!(out, "{address}/setup#{token}")
    };
    if let Err(error) = core.store.put_documents(ROOM, &[document]).await {
        warn!(%error, "no link for the first administrator");
    } else if let Err(error) = write() {
        warn!(%error, file = %file.display(), "the link for the first administrator cannot be written");
    } else {
        info!(file = %file.display(), "nobody has the role of an administrator yet: the link in this file makes the first one, once, within a day");
    }
}

/// Makes the first administrator.
///
/// # Errors
/// When the link is none or used up, the name or password cannot be used, or the store is away.
pub async fn redeem(core: &Core, asked: Setup, origin: Origin) -> Result<Account, Refusal> {
    let begun = Instant::now();
    let _turn = TURN.lock().await;
    let kept = core.store.document(ROOM, NAME).await.map_err(|error| refusal(&error))?;
    let hash = hex::encode(TokenHash::of(asked.token.reveal()).0);
    let fits = |kept: &Document| {
        kept.at > Timestamp::now() && kept.value.as_str().is_some_and(|kept| bool::from(kept.as_bytes().ct_eq(hash.as_bytes())))
    };
    let caller = Caller { name: "setup".to_owned(), origin, rank: Rank::Administrator };
    if !kept.as_ref().is_some_and(fits) || somebody_administers(core) {
        core.audit(&caller, "setup", ("account", &asked.name), "refused", Value::map()).await?;
        tokio::time::sleep_until(begun + AT_LEAST).await;
        return Err(Refusal::new(ErrorCode::Unauthenticated, "this link is used up, or never was one")
            .with_hint("root makes administrators with `sylvite user add` and `sylvite binding add`"));
    }
    let account = AddAccount {
        name: asked.name.clone(),
        password: Some(asked.password),
        service: false,
        full_name: String::new(),
        email: String::new(),
        groups: Vec::new(),
    };
    let made = accounts::add(core, &caller, account).await?;
    let binding = json!({"subject": {"kind": "user", "name": asked.name}, "role": "administrator", "scope": {"kind": "system"},
        "reason": "the first administrator"});
    nouns::make(core, &caller, Kind::Binding, binding, &How::default()).await?;
    core.store.delete_documents(ROOM, &[NAME.to_owned()]).await.map_err(|error| refusal(&error))?;
    let _ = std::fs::remove_file(core.settings().config.cachedir.join("setup-link"));
    Ok(made)
}
