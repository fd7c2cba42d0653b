//! Questions by name. A closed list here too: what is not named is refused.

use super::peers;
use crate::core::Core;
use crate::mine;
use model::{Failure, FailureKind, MinionId, Target};
use proto::ResponseBody;
use std::sync::Arc;
use value::{Map, Value};

/// Answers a question of a minion.
///
/// # Errors
/// When there is no such question.
pub async fn answer(core: &Arc<Core>, minion: &MinionId, function: &str, data: Value) -> Result<ResponseBody, Failure> {
    match function {
        // How a state run is to merge top files and render: the master's word, as in Salt.
        "master_opts" => {
            let settings = core.settings();
            let config = &settings.config;
            let mut opts = Map::new();
            opts.insert("top_file_merging_strategy", config.top_file_merging_strategy.as_str());
            opts.insert("env_order", config.env_order.clone());
            opts.insert("default_top", config.default_top.as_str());
            opts.insert("renderer", config.renderer.as_str());
            opts.insert("renderer_blacklist", config.renderer_blacklist.clone());
            opts.insert("renderer_whitelist", config.renderer_whitelist.clone());
            opts.insert("jinja_env", config.jinja_env.clone());
            opts.insert("jinja_sls_env", config.jinja_sls_env.clone());
            opts.insert("allow_undefined", config.allow_undefined);
            opts.insert("nodegroups", config.nodegroups.clone());
            // A minion that says so by itself is not told otherwise.
            if config.state_events {
                opts.insert("state_events", true);
            }
            opts.insert("master_id", core.id.as_str());
            opts.insert("id", minion.as_str());
            Ok(ResponseBody::Value { value: Value::Map(opts) })
        }
        "publish" => Ok(ResponseBody::Value { value: peers::publish(core, minion, &data).await? }),
        "runner" => Ok(ResponseBody::Value { value: peers::runner(core, minion, &data).await? }),
        "job.own" => {
            let id = crate::jobs::adopt(core, minion, &data).await?;
            let answer = id.map(|id| ("jid", id.to_string()));
            Ok(ResponseBody::Value { value: Value::Map(answer.into_iter().collect()) })
        }
        "file.push" => {
            super::pushed::take(core, minion, &data).await?;
            Ok(ResponseBody::Value { value: Value::Bool(true) })
        }
        "mine.put" => {
            mine::put(core, minion, &data).await?;
            Ok(ResponseBody::Value { value: Value::Bool(true) })
        }
        "mine.delete" => {
            let gone = mine::delete(core, minion, data.get("fun").and_then(Value::as_str)).await?;
            Ok(ResponseBody::Value { value: Value::from(gone) })
        }
        "mine.get" => {
            let kind = data.get("tgt_type").and_then(Value::as_str).unwrap_or("glob").parse().map_err(Failure::bad_arguments)?;
            let target = Target::new(kind, data.get("tgt").map(value::text::str).unwrap_or_default());
            let functions: Vec<String> =
                data.get("fun").and_then(Value::as_list).unwrap_or_default().iter().map(value::text::str).collect();
            let found = mine::get(core, mine::Asker::Minion(minion), &target, &functions).await;
            let found = found.map_err(|refusal| Failure::new(FailureKind::Refused, refusal.to_string()))?;
            Ok(ResponseBody::Value { value: Value::Map(found) })
        }
        _ => Err(Failure::new(FailureKind::Refused, format!("this master does not answer `{function}`"))),
    }
}
