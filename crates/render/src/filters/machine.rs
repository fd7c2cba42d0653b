//! Filters that look at the machine the template is rendered on.

use super::{Shared, subject};
use jinja::{Call, Engine, Error, Kind, Val};

/// Bytes looked at to tell text from other content.
const BLOCK: u64 = 512;

pub(super) fn add(engine: &mut Engine, machine: &Shared) {
    engine.add_filter("http_query", http_query);
    let mut filter = |name: &str, look: fn(&Shared, &str) -> Option<Val>, otherwise: fn() -> Val| {
        let machine = machine.clone();
        let body = move |call: &mut Call<'_>| -> Result<Val, Error> { Ok(look(&machine, &subject(call)?).unwrap_or_else(otherwise)) };
        engine.add_filter(name, body);
    };
    let no = || Val::from(false);
    filter("is_text_file", |machine, path| machine.read(path, BLOCK).map(|head| Val::from(is_text(&head))), no);
    filter("is_bin_file", |machine, path| machine.read(path, BLOCK).map(|head| Val::from(!is_text(&head))), no);
    filter("is_empty", |machine, path| machine.read(path, 1).map(|head| Val::from(head.is_empty())), no);
    filter("which", |machine, name| machine.program(name).map(|path| Val::from(path.as_str())), || Val::None);
    filter("get_uid", |machine, name| machine.uid(name).map(Val::from), || Val::None);
    filter(
        "list_files",
        |machine, folder| machine.list(folder).map(|found| Val::list(found.iter().map(|path| Val::from(path.as_str())).collect())),
        || Val::list(Vec::new()),
    );
}

/// Asks as `salt['http.query']` does: whether a template may reach the network, and by what, is for the functions to know.
fn http_query(call: &mut Call<'_>) -> Result<Val, Error> {
    let salt = call.variables().into_iter().find(|(name, _)| &**name == "salt").map(|(_, salt)| salt);
    let function = match salt {
        Some(salt) => call.get_item(&salt, &Val::from("http.query"))?,
        None => Val::None,
    };
    if function.is_none() || function.is_undefined() {
        return Err(Error::new(Kind::Host, "`http_query` needs the function `http.query`, which is not to be had here"));
    }
    let (args, kwargs) = (call.args.clone(), call.kwargs.clone());
    call.call(&function, args, kwargs)
}

fn is_text(head: &[u8]) -> bool {
    if head.contains(&0) {
        return false;
    }
    match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character may be cut in two where the block ends.
        Err(error) => error.error_len().is_none(),
    }
}
