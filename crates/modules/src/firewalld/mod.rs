//! Zones of the packet filter, by `firewall-cmd`. What is set is set for every boot unless a call says otherwise; `reload_rules` makes it so now.

mod look;
mod services;
mod zones;

use sdk::{Cx, Failure, Read};

sdk::module!(
    firewalld,
    [
        look::Version,
        look::DefaultZone,
        look::GetZones,
        look::GetServices,
        look::GetIcmpTypes,
        look::ListAll,
        look::ListZones,
        look::ListPorts,
        look::ListServices,
        look::ListIcmpBlock,
        look::ListPortFwd,
        look::GetInterfaces,
        look::GetSources,
        look::GetMasquerade,
        look::GetRichRules,
        zones::NewZone,
        zones::DeleteZone,
        zones::SetDefaultZone,
        zones::AddPort,
        zones::RemovePort,
        zones::AddService,
        zones::RemoveService,
        zones::AddRichRule,
        zones::RemoveRichRule,
        zones::AddInterface,
        zones::RemoveInterface,
        zones::AddSource,
        zones::RemoveSource,
        zones::BlockIcmp,
        zones::AllowIcmp,
        zones::AddPortFwd,
        zones::RemovePortFwd,
        zones::AddMasquerade,
        zones::RemoveMasquerade,
        zones::MakePermanent,
        zones::ReloadRules,
        services::NewService,
        services::DeleteService,
        services::AddServicePort,
        services::RemoveServicePort,
        services::GetServicePorts,
        services::AddServiceProtocol,
        services::RemoveServiceProtocol,
        services::GetServiceProtocols
    ]
);

/// Where something is set or asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// For every boot.
    EveryBoot,
    /// Now, until the next boot or reload.
    Now,
}

impl When {
    /// As the argument `permanent` says it.
    #[must_use]
    pub const fn permanent(permanent: bool) -> Self {
        if permanent { Self::EveryBoot } else { Self::Now }
    }

    fn words<'a>(self, zone: Option<&str>, words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut argv = vec!["firewall-cmd".to_owned()];
        argv.extend((self == Self::EveryBoot).then(|| "--permanent".to_owned()));
        argv.extend(zone.filter(|zone| !zone.is_empty()).map(|zone| format!("--zone={zone}")));
        argv.extend(words.into_iter().map(str::to_owned));
        argv
    }
}

/// The words of an answer.
pub async fn ask(read: &Read, when: When, zone: Option<&str>, words: &[&str]) -> Result<Vec<String>, Failure> {
    let text = read.ask(when.words(zone, words.iter().copied())).await?;
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

/// Lines of an answer, where words have blanks of their own.
pub async fn lines(read: &Read, when: When, zone: &str, word: &str) -> Result<Vec<String>, Failure> {
    let text = read.ask(when.words(Some(zone), [word])).await?;
    Ok(text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect())
}

/// Whether something is so: a status of 1 says no.
pub async fn query(read: &Read, when: When, zone: &str, word: &str) -> Result<bool, Failure> {
    Ok(read.try_run(when.words(Some(zone), [word])).await?.is_ok())
}

/// Changes what is set.
pub async fn act(cx: &Cx, when: When, zone: Option<&str>, words: &[&str]) -> Result<(), Failure> {
    cx.run(when.words(zone, words.iter().copied())).await.map(drop)
}

/// Makes it so now.
pub async fn reload(cx: &Cx) -> Result<(), Failure> {
    cx.run(["firewall-cmd", "--reload"]).await.map(drop)
}

/// The zone of interfaces that are in no other.
pub async fn default_zone(read: &Read) -> Result<String, Failure> {
    Ok(read.ask(["firewall-cmd", "--get-default-zone"]).await?.trim().to_owned())
}
