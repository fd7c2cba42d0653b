//! Filters of network addresses.

use super::{Outcome, Shared, flag, plain, subject, text_arg, text_option};
use ipnet::IpNet;
use jinja::{Call, Engine, Error, Val};
use std::net::IpAddr;
use value::{BigInt, Value, text};

/// More hosts than this are not listed.
const MOST_HOSTS: usize = 1 << 20;

/// Which addresses are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Any,
    Four,
    Six,
}

pub(super) fn add(engine: &mut Engine, machine: &Shared) {
    for (name, version) in [("is_ip", Version::Any), ("is_ipv4", Version::Four), ("is_ipv6", Version::Six)] {
        engine.add_filter(name, move |call| {
            let options = text_option(call, 1, "options")?;
            Ok(Val::from(is_address(&subject(call)?, version, options.as_deref())))
        });
    }
    for (name, version) in [("ipaddr", Version::Any), ("ipv4", Version::Four), ("ipv6", Version::Six)] {
        engine.add_filter(name, move |call| {
            let options = text_option(call, 1, "options")?;
            let fits = |value: &Value| is_address(&text::str(value), version, options.as_deref());
            Ok(match plain(call)? {
                Value::List(items) => Val::from(Value::List(items.into_iter().filter(fits).collect())),
                single if fits(&single) => Val::from(single),
                _ => Val::None,
            })
        });
    }
    engine.add_filter("ip_host", |call| {
        each(call, |text| interface(text).map(|(address, length)| Value::from(format!("{address}/{length}"))))
    });
    engine.add_filter("network_hosts", |call| each(call, |text| interface(text).map(|(address, length)| hosts(address, length))));
    engine.add_filter("network_size", |call| each(call, |text| interface(text).map(|(address, length)| size(address, length))));
    engine.add_filter("filter_by_networks", filter_by_networks);
    engine.add_filter("ipwrap", |call| {
        let wrap = |value: Value| match value.as_str().map(|text| (text.parse::<IpAddr>(), text)) {
            Some((Ok(IpAddr::V6(_)), text)) => Value::from(format!("[{text}]")),
            _ => value,
        };
        Ok(Val::from(match plain(call)? {
            Value::List(items) => Value::List(items.into_iter().map(wrap).collect()),
            single => wrap(single),
        }))
    });
    let machine = machine.clone();
    engine.add_filter("dns_check", move |call| dns_check(&machine, call));
}

/// An address without a network, if it fits.
fn address(text: &str, version: Version, options: Option<&str>) -> Option<IpAddr> {
    let address: IpAddr = text.trim().parse().ok()?;
    let is_version = match version {
        Version::Any => true,
        Version::Four => address.is_ipv4(),
        Version::Six => address.is_ipv6(),
    };
    (is_version && options.is_none_or(|options| options.split(',').any(|option| has(&address, option.trim())))).then_some(address)
}

/// Whether an address or network fits; options look at its address.
fn is_address(text: &str, version: Version, options: Option<&str>) -> bool {
    let bare = text.split('/').next().unwrap_or_default();
    address(bare, version, options).is_some() && (!text.contains('/') || interface(text).is_some())
}

fn has(address: &IpAddr, option: &str) -> bool {
    let is_private = match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || v4.is_broadcast()
                || a == 0
                || a >= 240
                || (a == 198 && (b & 0xfe) == 18)
                || (a == 192 && b == 0 && c == 0)
        }
        IpAddr::V6(v6) => {
            v6.is_unique_local()
                || v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unicast_link_local()
                || v6.segments().starts_with(&[0x2001, 0xdb8])
        }
    };
    let is_link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    match option {
        "" => true,
        "global" | "public" => !is_private && !address.is_multicast(),
        "link-local" | "linklocal" => is_link_local,
        "loopback" | "lo" => address.is_loopback(),
        "multicast" => address.is_multicast(),
        "private" => is_private,
        "reserved" => matches!(address, IpAddr::V4(v4) if v4.octets().first().is_some_and(|first| *first >= 240)),
        "unspecified" => address.is_unspecified(),
        _ => false,
    }
}

/// An address with the length of its network; a bare address is a network of its own.
fn interface(text: &str) -> Option<(IpAddr, u8)> {
    let (bare, length) = text.trim().split_once('/').map_or((text.trim(), None), |(bare, length)| (bare, Some(length)));
    let address: IpAddr = bare.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => most,
        Some(length) => match length.parse::<u8>() {
            Ok(length) => length,
            Err(_) => ipnet::ip_mask_to_prefix(length.parse().ok()?).ok()?,
        },
    };
    (length <= most).then_some((address, length))
}

fn network(address: IpAddr, length: u8) -> Option<IpNet> {
    IpNet::new(address, length).ok().map(|network| network.trunc())
}

fn hosts(address: IpAddr, length: u8) -> Value {
    let Some(network) = network(address, length) else { return Value::Null };
    network.hosts().take(MOST_HOSTS).map(|host| host.to_string()).collect()
}

fn size(address: IpAddr, length: u8) -> Value {
    let bits = if address.is_ipv4() { 32 - u32::from(length) } else { 128 - u32::from(length) };
    Value::whole(BigInt::from(1) << bits)
}

/// Applies to one text or to each of a list; what is no address is left out.
fn each(call: &mut Call<'_>, make: impl Fn(&str) -> Option<Value>) -> Outcome {
    let value = plain(call)?;
    Ok(match &value {
        Value::List(items) => {
            let found: Vec<Value> = items.iter().filter_map(|item| make(&text::str(item))).collect();
            if found.is_empty() { Val::None } else { Val::from(Value::List(found)) }
        }
        single => make(&text::str(single)).map_or(Val::None, Val::from),
    })
}

fn filter_by_networks(call: &mut Call<'_>) -> Outcome {
    let value = plain(call)?;
    let networks = call.required(1, "networks")?.to_value()?;
    if networks.is_null() {
        return Ok(Val::from(value));
    }
    let list = networks.as_list().ok_or_else(|| Error::value_error("Do not know how to filter a network that is not a list"))?;
    let networks: Vec<IpNet> =
        list.iter().filter_map(|item| interface(&text::str(item)).and_then(|(address, length)| network(address, length))).collect();
    let is_in =
        |item: &Value| text::str(item).parse::<IpAddr>().is_ok_and(|address| networks.iter().any(|network| network.contains(&address)));
    Ok(match value {
        Value::List(items) => Val::from(Value::List(items.into_iter().filter(is_in).collect())),
        Value::Map(map) => Val::from(
            map.into_iter()
                .map(|(key, item)| match item {
                    Value::List(items) => (key, Value::List(items.into_iter().filter(is_in).collect())),
                    other => (key, other),
                })
                .collect::<value::Map>(),
        ),
        single if is_in(&single) => Val::from(single),
        _ => Val::None,
    })
}

/// The address behind a name.
fn dns_check(machine: &Shared, call: &mut Call<'_>) -> Outcome {
    let name = subject(call)?;
    text_arg(call, 1, "port")?.parse::<u16>().map_err(|_| Error::value_error("a port is a number up to 65535"))?;
    let wants_six = call.arg(3, "ipv6").is_some_and(Val::is_truthy);
    let found = machine.resolve(&name);
    match found.iter().find(|address| address.is_ipv6() == wants_six).or(found.first()) {
        Some(IpAddr::V6(address)) => Ok(Val::from(format!("[{address}]").as_str())),
        Some(address) => Ok(Val::from(address.to_string().as_str())),
        None if flag(call, 2, "safe")? => Ok(Val::from("")),
        None => Err(Error::new(jinja::Kind::Host, format!("DNS lookup or connection check of '{name}' failed."))),
    }
}
