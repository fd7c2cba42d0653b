//! The mine as a minion's pillar sees it: within the rights of that minion.

use super::core;
use crate::mine::{Asker, get};
use model::{MinionId, Target};
use sdk::{Args, Failure, Query, Read, Value};

sdk::module!(mine, [Get]);

/// What minions have put into the mine.
///
/// ```salt
/// salt db1 mine.get 'web*' network.ip_addrs
/// ```
#[derive(Args)]
pub struct Get {
    /// Whose answers.
    tgt: String,
    /// The function, or several.
    fun: Value,
    /// Kind of the target.
    #[arg(default = "glob")]
    tgt_type: String,
    /// Leave out the minion itself.
    #[arg(default = false)]
    exclude_minion: bool,
}

impl Query for Get {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let core = core(read)?;
        let minion = MinionId::new(&read.facts().id).map_err(|error| Failure::bad_arguments(error.to_string()))?;
        let target = Target::new(self.tgt_type.parse().map_err(Failure::bad_arguments)?, self.tgt);
        let (functions, is_list) = crate::runners::mine::functions(Some(&self.fun));
        let found = get(&core, Asker::Minion(&minion), &target, &functions).await;
        let mut found = found.map_err(|refusal| Failure::failed(refusal.to_string()))?;
        if self.exclude_minion {
            found.values_mut().filter_map(Value::as_map_mut).for_each(|minions| drop(minions.remove(minion.as_str())));
        }
        if is_list {
            return Ok(Value::Map(found));
        }
        Ok(functions.first().and_then(|function| found.remove(function)).unwrap_or_else(Value::map))
    }
}
