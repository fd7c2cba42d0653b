//! Installs an agent on a host: the program, its configuration, and a unit of systemd.

use crate::connection::quoted;
use crate::{Connection, Error, Host, Program, Ways};
use std::net::IpAddr;
use std::sync::Arc;
use value::{Map, Value};

/// The unit that a minion runs under.
const UNIT: &str = include_str!("../../../deploy/systemd/sylvite-minion.service");

/// Exit status of the script where there is a minion already.
const THERE: i32 = 17;
/// Exit status of the script where no systemd runs.
const NO_SYSTEMD: i32 = 18;

/// What a new agent is told of its master.
#[derive(Clone, Debug)]
pub struct Installation {
    /// What the agent dials; without, the address from which the host sees this machine.
    pub master: Option<String>,
    /// The master's port.
    pub port: u16,
    /// Fingerprint of the master's key.
    pub fingerprint: String,
    /// The token that lets this one agent in.
    pub token: String,
    /// Also where an agent is configured already; its configuration is replaced.
    pub force: bool,
}

impl Installation {
    /// Installs the agent on a host and starts it.
    ///
    /// # Errors
    /// When the host cannot be reached, has an agent already, or has no systemd.
    pub async fn put(&self, host: Host, ways: Ways, program: &Arc<Program>) -> Result<(), Error> {
        let connection = Connection::to(host, ways)?;
        let master = match &self.master {
            Some(master) => master.clone(),
            None => seen_from(&connection).await?,
        };
        let place = program.put(&connection, "install").await?;
        let script = self.script(connection.host(), &master).replace("@PROGRAM@", &quoted(&place.program));
        let done = connection.run_as_guest(&script, &[]).await?;
        place.remove(&connection).await?;
        connection.close().await;
        match done.status {
            0 => Ok(()),
            THERE => Err(Error::Unfit("a minion is configured there already (`/etc/sylvite/minion`); `--force` (`force=True` of `manage.bootstrap`) replaces it".to_owned())),
            NO_SYSTEMD => Err(Error::Unfit(
                "the minion is installed and not started, since no systemd runs there; start `/usr/bin/sylvite-minion` by what starts services there"
                    .to_owned(),
            )),
            _ => Err(Error::Unfit(format!("it cannot be installed: {}", done.stderr.trim()))),
        }
    }

    /// What is run on the host as root; `@PROGRAM@` is where the program was put.
    fn script(&self, host: &Host, master: &str) -> String {
        let mut configuration = host.configuration.clone();
        configuration.insert("master", master);
        configuration.insert("master_port", i64::from(self.port));
        configuration.insert("master_finger", self.fingerprint.as_str());
        configuration.insert("id", host.id.as_str());
        let dump = |value: Value| yaml::dump(&value, &yaml::DumpOptions::default());
        let configuration = dump(configuration.into());
        let token = dump([("join_token", Value::from(self.token.as_str()))].into_iter().collect::<Map>().into());
        let unless_forced = if self.force { "" } else { "[ ! -e /etc/sylvite/minion ] || exit 17\n" };
        let [configuration, token, unit] = [&configuration, &token, UNIT].map(quoted);
        format!(
            "set -e\numask 022\n{unless_forced}install -m 755 @PROGRAM@ /usr/bin/sylvite-minion\nln -sf sylvite-minion /usr/bin/salt-call\n\
             mkdir -p /etc/sylvite/minion.d\nprintf %s {configuration} > /etc/sylvite/minion\n\
             (umask 077; printf %s {token} > /etc/sylvite/minion.d/join.conf)\n\
             [ -d /run/systemd/system ] || exit 18\nprintf %s {unit} > /etc/systemd/system/sylvite-minion.service\n\
             systemctl daemon-reload\nsystemctl enable -q sylvite-minion\nsystemctl restart --no-block sylvite-minion\n"
        )
    }
}

/// The address that the host sees the connection come from.
async fn seen_from(connection: &Connection) -> Result<String, Error> {
    let said = connection.run("echo \"${SSH_CONNECTION%% *}\"", &[]).await?;
    let address = said.stdout.trim();
    match address.parse::<IpAddr>() {
        Ok(_) => Ok(address.to_owned()),
        Err(_) => Err(Error::Unfit("it does not tell where the connection comes from; say what minions are to dial".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_names_the_master_and_no_word_of_it_is_run() {
        let installation = Installation { master: None, port: 4506, fingerprint: "aa:bb".into(), token: "it's$(id)".into(), force: false };
        let script = installation.script(&Host::named("web1"), "192.0.2.1");
        assert!(script.contains("master: 192.0.2.1\nmaster_port: 4506\nmaster_finger: aa:bb\nid: web1\n"), "{script}");
        assert!(script.contains(r"it'\''") && script.contains("|| exit 17"), "{script}");
    }
}
