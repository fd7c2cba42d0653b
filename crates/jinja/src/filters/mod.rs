//! Jinja's own filters.

mod group;
mod html;
mod json;
mod number;
mod pretty;
mod select;
mod seq;
mod text;
mod wrap;

pub(crate) use html::escape;

use crate::{Call, Engine, Error, Text, Val};

/// Adds all of them.
pub(crate) fn add(engine: &mut Engine) {
    text::add(engine);
    wrap::add(engine);
    html::add(engine);
    seq::add(engine);
    select::add(engine);
    group::add(engine);
    number::add(engine);
    json::add(engine);
    pretty::add(engine);
    engine.add_filter("default", default);
    engine.add_filter("d", default);
    engine.add_filter("attr", |call| {
        call.only(&["value", "name"])?;
        let name = call.str(call.required(1, "name")?)?;
        let value = call.value()?;
        if let Val::Undefined(undefined) = value {
            return Err(undefined.error());
        }
        match call.interp.attribute(value, &name)? {
            Some(found) => Ok(found),
            None => Ok(call.interp.missing_attribute(value, &name)),
        }
    });
}

fn default(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "default_value", "boolean"])?;
    let value = call.value()?;
    let replace = match value {
        Val::Undefined(_) => true,
        value => call.flag(2, "boolean", false)? && !call.interp.truth(value)?,
    };
    Ok(if replace { call.arg(1, "default_value").cloned().unwrap_or_else(|| Val::str("")) } else { value.clone() })
}

/// The key that `attribute=` describes: a dotted path of names and positions, applied to members.
pub(crate) struct Path {
    parts: Vec<Val>,
    default: Option<Val>,
    lower: bool,
}

impl Path {
    pub(crate) fn new(attribute: Option<&Val>, call: &Call<'_>) -> Result<Self, Error> {
        let parts = match attribute {
            None | Some(Val::None) => Vec::new(),
            Some(Val::Str(text)) => {
                let part = |part: &str| match part.parse::<i64>() {
                    Ok(number) if part.bytes().all(|byte| byte.is_ascii_digit()) => Val::Int(number),
                    _ => Val::str(part),
                };
                text.split('.').map(part).collect()
            }
            Some(number @ (Val::Int(_) | Val::Bool(_))) => vec![number.clone()],
            Some(other) => return Err(Error::type_error(format!("attribute must be str or int, not {}", call.str(other)?.as_str()))),
        };
        Ok(Self { parts, default: None, lower: false })
    }

    pub(crate) fn or(mut self, default: Option<Val>) -> Self {
        self.default = default;
        self
    }

    /// Compares text without regard to case.
    pub(crate) fn ignoring_case(mut self, ignore: bool) -> Self {
        self.lower = ignore;
        self
    }

    pub(crate) fn of(&self, item: &Val, call: &Call<'_>) -> Result<Val, Error> {
        let mut value = item.clone();
        for part in &self.parts {
            call.charge(1)?;
            value = call.get_item(&value, part)?;
            if let (Val::Undefined(_), Some(default)) = (&value, &self.default) {
                value = default.clone();
            }
        }
        Ok(match value {
            Val::Str(text) if self.lower => Val::Str(Text::from(text.to_lowercase())),
            other => other,
        })
    }
}
