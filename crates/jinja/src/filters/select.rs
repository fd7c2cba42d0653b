//! `select`, `reject` and their forms for attributes.

use super::Path;
use super::seq::iterate_or_nothing;
use crate::{Call, Engine, Error, Val};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("select", |call| select(call, true, false));
    engine.add_filter("reject", |call| select(call, false, false));
    engine.add_filter("selectattr", |call| select(call, true, true));
    engine.add_filter("rejectattr", |call| select(call, false, true));
}

fn select(call: &mut Call<'_>, wanted: bool, by_attribute: bool) -> Result<Val, Error> {
    let value = call.value()?.clone();
    let mut rest: Vec<Val> = call.args.iter().skip(1).cloned().collect();
    let path = if by_attribute {
        if rest.is_empty() {
            return Err(Error::new(crate::Kind::Runtime, "Missing parameter for attribute name"));
        }
        Path::new(Some(&rest.remove(0)), call)?
    } else {
        Path::new(None, call)?
    };
    let test = if rest.is_empty() { None } else { Some(call.str(&rest.remove(0))?) };
    let mut kept = Vec::new();
    for item in iterate_or_nothing(&value, call)? {
        let key = path.of(&item, call)?;
        let holds = match &test {
            None => call.interp.truth(&key)?,
            Some(test) => {
                let mut args = vec![key];
                args.extend(rest.iter().cloned());
                call.test(test, args, call.kwargs.clone())?
            }
        };
        if holds == wanted {
            kept.push(item);
        }
    }
    Ok(Val::generator(kept))
}
