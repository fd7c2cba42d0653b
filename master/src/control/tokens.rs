//! Join tokens: a secret that lets one new minion in.

use crate::core::{Core, refusal};
use api::{CreateToken, JoinToken, NewToken};
use base64::Engine;
use cmdb::{Token, TokenHash};
use manager::{Caller, Refusal};
use model::Timestamp;
use rand::RngExt;
use value::{Map, Value};

/// Tokens that still live, newest first.
///
/// # Errors
/// When the store is away.
pub async fn list(core: &Core) -> Result<Vec<JoinToken>, Refusal> {
    let now = Timestamp::now();
    let tokens = core.store.tokens().await.map_err(|error| refusal(&error))?;
    Ok(tokens.into_iter().filter(|token| token.used.is_none() && token.expires > now).map(|token| shown(&token)).collect())
}

/// Makes a token.
///
/// # Errors
/// When the request makes no sense, or the store is away.
pub async fn create(core: &Core, caller: &Caller, request: CreateToken) -> Result<NewToken, Refusal> {
    if request.uses != 1 {
        return Err(Refusal::unsupported("a join token lets in one minion").with_hint("make one token for each minion"));
    }
    if request.lifetime.0.is_zero() {
        return Err(Refusal::invalid("a join token needs a lifetime"));
    }
    let secret: [u8; 32] = rand::rng().random();
    let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret);
    let now = Timestamp::now();
    let token = Token {
        hash: TokenHash::of(&secret),
        pattern: request.pattern,
        made: now,
        made_by: caller.name.clone(),
        expires: now.plus(request.lifetime.0),
        used: None,
    };
    let detail = Map::from_iter([("pattern", token.pattern.clone()), ("expires", token.expires.to_string())]);
    core.audit(caller, "token.create", ("token", &token.hash.short()), "ok", Value::Map(detail)).await?;
    core.store.insert_token(&token).await.map_err(|error| refusal(&error))?;
    Ok(NewToken { secret, token: shown(&token) })
}

/// Ends a token.
///
/// # Errors
/// When there is no such token, or the store is away.
pub async fn delete(core: &Core, caller: &Caller, id: &str) -> Result<(), Refusal> {
    core.audit(caller, "token.delete", ("token", id), "ok", Value::Null).await?;
    match core.store.delete_token(id).await.map_err(|error| refusal(&error))? {
        0 => Err(Refusal::not_found(format!("no join token `{id}` is known"))),
        _ => Ok(()),
    }
}

fn shown(token: &Token) -> JoinToken {
    JoinToken {
        id: token.hash.short(),
        pattern: token.pattern.clone(),
        uses_left: u32::from(token.used.is_none()),
        made: token.made,
        expires: token.expires,
        made_by: token.made_by.clone(),
        note: String::new(),
    }
}
