//! Jinja's own functions: `range`, `dict`, `namespace`, `cycler`, `joiner`, `lipsum`.

use crate::methods::dict::entries;
use crate::val::{Key, Range};
use crate::{Call, Dict, Engine, Error, Function, Kind, Object, Val};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Adds all of them.
pub(crate) fn add(engine: &mut Engine) {
    engine.add_function("range", range);
    engine.add_function("dict", dict);
    engine.add_function("namespace", |call| {
        let values = dict_of(call)?;
        Ok(Val::object(Namespace(values)))
    });
    engine.add_function("cycler", |call| {
        if call.args.is_empty() {
            return Err(Error::new(Kind::Runtime, "at least one item has to be provided"));
        }
        Ok(Val::object(Cycler(Rc::new(Cycle { items: std::mem::take(&mut call.args), at: Cell::new(0) }))))
    });
    engine.add_function("joiner", |call| {
        call.only(&["sep"])?;
        let separator = call.arg(0, "sep").cloned().unwrap_or_else(|| Val::str(", "));
        Ok(Val::object(Joiner { separator, used: Cell::new(false) }))
    });
    engine.add_function("lipsum", lipsum);
}

fn range(call: &mut Call<'_>) -> Result<Val, Error> {
    if !call.kwargs.is_empty() {
        return Err(Error::type_error("range() takes no keyword arguments"));
    }
    let mut numbers = Vec::new();
    for at in 0..call.args.len() {
        numbers.push(call.int(at, "range")?.ok_or_else(|| Error::type_error("'NoneType' object cannot be interpreted as an integer"))?);
    }
    let (start, stop, step) = match *numbers {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [_, _, 0] => return Err(Error::value_error("range() arg 3 must not be zero")),
        [start, stop, step] => (start, stop, step),
        [] => return Err(Error::type_error("range expected at least 1 argument, got 0")),
        _ => return Err(Error::type_error(format!("range expected at most 3 arguments, got {}", numbers.len()))),
    };
    let range = Range { start, stop, step };
    let most = call.interp.limits().range;
    if range.len() > most {
        let message = format!("Range too big. The sandbox blocks ranges larger than MAX_RANGE ({most}).");
        return Err(Error::new(Kind::Overflow, message));
    }
    Ok(Val::Range(Rc::new(range)))
}

fn dict_of(call: &mut Call<'_>) -> Result<Dict, Error> {
    if call.args.len() > 1 {
        return Err(Error::type_error(format!("dict expected at most 1 argument, got {}", call.args.len())));
    }
    let made = Dict::new();
    if let Some(from) = call.args.first() {
        made.borrow_mut().extend(entries(from, call)?);
    }
    for (name, value) in std::mem::take(&mut call.kwargs) {
        made.borrow_mut().insert(Key::text(name), value);
    }
    call.interp.allocate_items(made.len() * 3)?;
    Ok(made)
}

fn dict(call: &mut Call<'_>) -> Result<Val, Error> {
    dict_of(call).map(Val::Dict)
}

/// `namespace(…)`: what a loop can set from within.
pub(crate) struct Namespace(pub(crate) Dict);

impl Object for Namespace {
    fn type_name(&self) -> &str {
        "Namespace"
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        self.0.get(name)
    }

    fn set_attr(&self, name: &str, value: Val) -> bool {
        self.0.insert(name, value);
        true
    }
}

struct Cycle {
    items: Vec<Val>,
    at: Cell<usize>,
}

impl Cycle {
    fn current(&self) -> Val {
        self.items.get(self.at.get()).cloned().unwrap_or(Val::None)
    }
}

struct Cycler(Rc<Cycle>);

impl Object for Cycler {
    fn type_name(&self) -> &str {
        "Cycler"
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        let cycle = Rc::clone(&self.0);
        match name {
            "current" => Some(cycle.current()),
            "next" => Some(Function::val("next", move |_| {
                let current = cycle.current();
                cycle.at.set((cycle.at.get() + 1) % cycle.items.len().max(1));
                Ok(current)
            })),
            "reset" => Some(Function::val("reset", move |_| {
                cycle.at.set(0);
                Ok(Val::None)
            })),
            "pos" => Some(Val::from(cycle.at.get())),
            "items" => Some(Val::tuple(cycle.items.clone())),
            _ => None,
        }
    }
}

struct Joiner {
    separator: Val,
    used: Cell<bool>,
}

impl Object for Joiner {
    fn type_name(&self) -> &str {
        "Joiner"
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        match name {
            "sep" => Some(self.separator.clone()),
            "used" => Some(Val::Bool(self.used.get())),
            _ => None,
        }
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, _call: &mut Call<'_>) -> Result<Val, Error> {
        Ok(if self.used.replace(true) { self.separator.clone() } else { Val::str("") })
    }
}

const WORDS: &str = "a ac accumsan ad adipiscing aenean aliquam aliquet amet ante aptent arcu at auctor augue bibendum blandit commodo \
    condimentum congue consectetur consequat conubia convallis cras cum curabitur dapibus diam dictum dignissim dis dolor donec dui duis \
    egestas eget eleifend elementum elit enim erat eros est et etiam eu euismod facilisis fames faucibus felis fermentum feugiat fringilla";

fn lipsum(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["n", "html", "min", "max"])?;
    let n = call.int(0, "n")?.unwrap_or(5).clamp(0, 1000);
    let html = call.flag(1, "html", true)?;
    let least = call.int(2, "min")?.unwrap_or(20).clamp(1, 1000);
    let most = call.int(3, "max")?.unwrap_or(100).clamp(least + 1, 2000);
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let seen = RefCell::new(0_u64);
    // Where the host has no random numbers, at least not always the same word.
    let pick = |below: u64| {
        *seen.borrow_mut() += 7;
        (call.random(below) + *seen.borrow()) % below.max(1)
    };
    let mut paragraphs = Vec::new();
    for _ in 0..n {
        let length = least + pick((most - least) as u64) as i64;
        call.charge(usize::try_from(length).unwrap_or(0))?;
        let text: Vec<&str> =
            (0..length).filter_map(|_| words.get(usize::try_from(pick(words.len() as u64)).unwrap_or(0)).copied()).collect();
        let text = crate::methods::text::capitalize(&text.join(" ")) + ".";
        paragraphs.push(if html { format!("<p>{text}</p>") } else { text });
    }
    call.new_text(paragraphs.join(if html { "\n" } else { "\n\n" }))
}
