//! What a network card can do and does: `ethtool`.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(
    ethtool,
    [ShowDriver, ShowRing, SetRing, ShowCoalesce, SetCoalesce, ShowFeatures, SetFeature, ShowOffload, SetOffload, ShowPause, SetPause]
);

async fn ask(read: &Read, flag: &str, device: &str) -> Result<String, Failure> {
    needs(read)?;
    let output = read.try_run(["ethtool", flag, device]).await?;
    if output.is_ok() { Ok(output.out()) } else { Err(refused(flag, device, &output)) }
}

fn needs(read: &Read) -> Result<(), Failure> {
    match read.host().which("ethtool") {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable("there is no program `ethtool` here; the package ethtool has it")),
    }
}

fn refused(flag: &str, device: &str, output: &sdk::host::Output) -> Failure {
    Failure::failed(format!("`ethtool {flag} {device}` failed: {}", output.err().trim())).with_retcode(output.retcode())
}

/// Sizes of a card's rings.
pub async fn ring(read: &Read, device: &str) -> Result<Map, Failure> {
    Ok(parse_ring(&ask(read, "-g", device).await?))
}

/// Sets values by their names.
pub async fn set(cx: &Cx, flag: &str, device: &str, values: &Map) -> Result<(), Failure> {
    needs(cx)?;
    if values.is_empty() {
        return Err(Failure::bad_arguments("nothing was given to set"));
    }
    let mut argv = vec!["ethtool".to_owned(), flag.to_owned(), device.to_owned()];
    for (key, value) in values {
        argv.push(text::str(key).replace('_', "-"));
        argv.push(match value {
            Value::Bool(on) => if *on { "on" } else { "off" }.to_owned(),
            other => text::str(other),
        });
    }
    let output = cx.try_run(argv).await?;
    if output.is_ok() { Ok(()) } else { Err(refused(flag, device, &output)) }
}

/// A value as data: a number, on and off, or nothing where the card has no such thing.
fn value(word: &str) -> Value {
    match word {
        "on" => true.into(),
        "off" => false.into(),
        "n/a" | "" => Value::Null,
        word => word.parse::<i64>().map_or_else(|_| word.into(), Value::from),
    }
}

/// Lines of a name, a colon and a value; values that the card does not have are left out.
fn pairs(text: &str) -> impl Iterator<Item = (String, Value)> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, word)| (key.trim().to_owned(), value(word.trim())))
        .filter(|(_, value)| !value.is_null())
}

fn parse_ring(text: &str) -> Map {
    let (maximums, current) = text.split_once("Current hardware settings").unwrap_or(("", text));
    let name = |key: &str, ending: &str| format!("{}{ending}", key.to_lowercase().replace(' ', "_"));
    let most = pairs(maximums).map(|(key, value)| (name(&key, "_max"), value));
    most.chain(pairs(current).map(|(key, value)| (name(&key, ""), value))).collect()
}

fn parse_coalesce(text: &str) -> Map {
    let mut map = Map::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["Adaptive", "RX:", rx, "TX:", tx] = words.as_slice() {
            for (key, word) in [("adaptive_rx", rx), ("adaptive_tx", tx)] {
                map.insert(key, value(word));
            }
        } else if let Some((key, value)) = pairs(line).next() {
            map.insert(key.replace('-', "_"), value);
        }
    }
    map
}

fn parse_features(text: &str) -> Map {
    let row = |line: &str| {
        let (name, rest) = line.trim().split_once(':')?;
        let on = match rest.split_whitespace().next()? {
            "on" => true,
            "off" => false,
            _ => return None,
        };
        let mut map = Map::new();
        map.insert("on", on);
        map.insert("fixed", rest.contains("[fixed]"));
        Some((name.to_owned(), map))
    };
    text.lines().filter_map(row).collect()
}

macro_rules! show {
    ($(#[$doc:meta])* $name:ident, $flag:literal, |$text:ident| $parse:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Interface.
            devname: String,
        }

        impl Query for $name {
            type Output = Map;
            async fn call(self, read: &Read) -> Result<Map, Failure> {
                let $text = ask(read, $flag, &self.devname).await?;
                Ok($parse)
            }
        }
    };
}

macro_rules! set {
    ($(#[$doc:meta])* $name:ident, $flag:literal, $show:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Interface.
            devname: String,
            /// Values by the names that `ethtool` has for them.
            #[arg(extra)]
            values: Map,
        }

        impl Action for $name {
            type Output = Map;
            async fn call(self, cx: &Cx) -> Result<Map, Failure> {
                set(cx, $flag, &self.devname, &self.values).await?;
                $show { devname: self.devname }.call(cx).await
            }
        }
    };
}

show! {
    /// Return driver, firmware and place of a network card.
    ///
    /// ```salt
    /// salt '*' ethtool.show_driver eth0
    /// ```
    ShowDriver, "-i", |text| pairs(&text).map(|(key, value)| (key.replace('-', "_"), value)).chain(bus(&text)).collect()
}

/// The place of a card has colons of its own.
fn bus(text: &str) -> Option<(String, Value)> {
    let place = text.lines().find_map(|line| line.strip_prefix("bus-info: "))?;
    Some(("bus_info".to_owned(), place.trim().into()))
}

show! {
    /// Return the sizes of a card's rings, and how large they can be.
    ///
    /// ```salt
    /// salt '*' ethtool.show_ring eth0
    /// ```
    ShowRing, "-g", |text| parse_ring(&text)
}
set! {
    /// Set the sizes of a card's rings.
    ///
    /// ```salt
    /// salt '*' ethtool.set_ring eth0 rx=512 tx=512
    /// ```
    SetRing, "-G", ShowRing
}
show! {
    /// Return how a card gathers packets before it calls for attention.
    ///
    /// ```salt
    /// salt '*' ethtool.show_coalesce eth0
    /// ```
    ShowCoalesce, "-c", |text| parse_coalesce(&text)
}
set! {
    /// Set how a card gathers packets before it calls for attention.
    ///
    /// ```salt
    /// salt '*' ethtool.set_coalesce eth0 adaptive_rx=on rx_usecs=24
    /// ```
    SetCoalesce, "-C", ShowCoalesce
}
show! {
    /// Return what work a card does for the processor: each with whether it is on and whether that is fixed.
    ///
    /// ```salt
    /// salt '*' ethtool.show_features eth0
    /// ```
    ShowFeatures, "-k", |text| parse_features(&text)
}
set! {
    /// Set what work a card does for the processor.
    ///
    /// ```salt
    /// salt '*' ethtool.set_feature eth0 sg=off
    /// ```
    SetFeature, "-K", ShowFeatures
}
show! {
    /// Return what work a card does for the processor, in one word each.
    ///
    /// ```salt
    /// salt '*' ethtool.show_offload eth0
    /// ```
    ShowOffload, "-k", |text| {
        let word = |(name, feature): (&Value, &Value)| (sdk::text::str(name).replace('-', "_"), if feature.get("on") == Some(&Value::Bool(true)) { "on" } else { "off" });
        parse_features(&text).iter().map(word).collect()
    }
}
set! {
    /// Set what work a card does for the processor: another name of `ethtool.set_feature`.
    ///
    /// ```salt
    /// salt '*' ethtool.set_offload eth0 tso=on
    /// ```
    SetOffload, "-K", ShowOffload
}
show! {
    /// Return whether a card asks its sender to pause.
    ///
    /// ```salt
    /// salt '*' ethtool.show_pause eth0
    /// ```
    ShowPause, "-a", |text| pairs(&text).collect()
}
set! {
    /// Set whether a card asks its sender to pause.
    ///
    /// ```salt
    /// salt '*' ethtool.set_pause eth0 autoneg=off rx=off tx=off
    /// ```
    SetPause, "-A", ShowPause
}

#[cfg(test)]
mod tests {
    use super::*;

    // Answers of ethtool 6.1 for a card of a virtual machine.
    #[test]
    fn answers_are_read_and_what_a_card_lacks_is_left_out() {
        let ring = "Ring parameters for eth0:\nPre-set maximums:\nRX:\t\t256\nRX Mini:\tn/a\nTX:\t\t256\nCurrent hardware settings:\nRX:\t\t128\nRX Mini:\tn/a\nTX:\t\t256\nTX Push:\toff\n";
        assert_eq!(serde_json::to_string(&parse_ring(ring)).unwrap(), r#"{"rx_max":256,"tx_max":256,"rx":128,"tx":256,"tx_push":false}"#);
        let coalesce = "Coalesce parameters for eth0:\nAdaptive RX: off  TX: n/a\nstats-block-usecs: n/a\n\nrx-usecs: 0\nrx-frames: 1\n";
        let shown = serde_json::to_string(&parse_coalesce(coalesce)).unwrap();
        assert_eq!(shown, r#"{"adaptive_rx":false,"adaptive_tx":null,"rx_usecs":0,"rx_frames":1}"#);
        let features = "Features for lo:\nrx-checksumming: on [fixed]\n\ttx-checksum-ipv4: off\n";
        assert_eq!(
            serde_json::to_string(&parse_features(features)).unwrap(),
            r#"{"rx-checksumming":{"on":true,"fixed":true},"tx-checksum-ipv4":{"on":false,"fixed":false}}"#
        );
    }
}
