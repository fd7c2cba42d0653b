//! `net.*`: addresses and interfaces of all minions, from their grains.

use super::{Done, Run, Runner, plain};
use crate::core::refusal;
use crate::targets::resolve;
use manager::Refusal;
use value::{Map, Value, text};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "net.interfaces",
        arguments: &["device", "interface"],
        doc: "Interfaces of minions with their addresses, of one device or of that name if asked.",
        body: |run| Box::pin(interfaces(run)),
    },
    Runner {
        name: "net.find",
        arguments: &["addr"],
        doc: "Which minion has an address or a hardware address, and on which interface.",
        body: |run| Box::pin(find(run)),
    },
];

/// One row for each interface of each minion.
async fn rows(run: &Run) -> Result<Vec<Map>, Refusal> {
    let mut target = run.arguments.target()?;
    if let Some(device) = run.arguments.optional_text("device") {
        target.expression = device;
    }
    let mut rows = Vec::new();
    for minion in resolve(&run.core, &target).await?.matched {
        let grains = run.core.store.grains(&minion).await.map_err(|error| refusal(&error))?.unwrap_or_default();
        let hardware = grains.get("hwaddr_interfaces");
        let Some(Value::Map(interfaces)) = grains.get("ip_interfaces") else { continue };
        for (name, addresses) in interfaces {
            let name = text::str(name);
            let mut row = Map::new();
            row.insert("device", minion.as_str());
            row.insert("mac_address", hardware.and_then(|all| all.get(&name)).cloned().unwrap_or_default());
            row.insert("ip_addresses", addresses.clone());
            row.insert("interface", name);
            rows.push(row);
        }
    }
    Ok(rows)
}

async fn interfaces(run: Run) -> Result<Done, Refusal> {
    let wanted = run.arguments.optional_text("interface");
    let mut rows = rows(&run).await?;
    rows.retain(|row| wanted.is_none() || row.get("interface").and_then(Value::as_str) == wanted.as_deref());
    plain(rows)
}

async fn find(run: Run) -> Result<Done, Refusal> {
    let address = run.arguments.text("addr")?;
    let mut rows = rows(&run).await?;
    rows.retain(|row| {
        let has_hardware = row.get("mac_address").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(&address));
        let has = |one: &Value| one.as_str() == Some(address.as_str());
        has_hardware || row.get("ip_addresses").and_then(Value::as_list).is_some_and(|all| all.iter().any(has))
    });
    plain(rows)
}
