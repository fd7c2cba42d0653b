//! Services of firewalld: names for ports and protocols.

use super::{When, act, ask, reload};
use sdk::{Action, Args, Cx, Failure, Query, Read, Value, text};

macro_rules! whole_service {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Service.
            name: String,
            /// Make it so now.
            #[arg(default = true)]
            restart: bool,
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
                act(cx, When::EveryBoot, None, &[&format!("{}={}", $word, self.name)]).await?;
                if self.restart {
                    reload(cx).await?;
                }
                Ok("success")
            }
        }
    };
}

whole_service! {
    /// Make a service.
    ///
    /// ```salt
    /// salt '*' firewalld.new_service my_service
    /// ```
    NewService, "--new-service"
}
whole_service! {
    /// Remove a service.
    ///
    /// ```salt
    /// salt '*' firewalld.delete_service my_service
    /// ```
    DeleteService, "--delete-service"
}

/// Adds a part to a service or takes it away; a service that there is not is told before.
async fn change(service: &str, word: String, cx: &Cx) -> Result<&'static str, Failure> {
    if !ask(cx, When::EveryBoot, None, &["--get-services"]).await?.iter().any(|have| have == service) {
        return Err(Failure::failed(format!("there is no service `{service}`; `firewalld.new_service` makes one")));
    }
    act(cx, When::EveryBoot, None, &[&format!("--service={service}"), &word]).await?;
    Ok("success")
}

macro_rules! service_part {
    ($(#[$doc:meta])* $name:ident { $field:ident }, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Service.
            service: String,
            /// What is added or removed.
            $field: Value,
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
                change(&self.service, format!("{}={}", $word, text::str(&self.$field)), cx).await
            }
        }
    };
}

service_part! {
    /// Add a port to a service.
    ///
    /// ```salt
    /// salt '*' firewalld.add_service_port zabbix 10050/tcp
    /// ```
    AddServicePort { port }, "--add-port"
}
service_part! {
    /// Take a port from a service.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_service_port zabbix 10050/tcp
    /// ```
    RemoveServicePort { port }, "--remove-port"
}
service_part! {
    /// Add a protocol to a service.
    ///
    /// ```salt
    /// salt '*' firewalld.add_service_protocol zabbix ssh
    /// ```
    AddServiceProtocol { protocol }, "--add-protocol"
}
service_part! {
    /// Take a protocol from a service.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_service_protocol zabbix ssh
    /// ```
    RemoveServiceProtocol { protocol }, "--remove-protocol"
}

macro_rules! service_list {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Service.
            service: String,
        }

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
                ask(read, When::EveryBoot, None, &[&format!("--service={}", self.service), $word]).await
            }
        }
    };
}

service_list! {
    /// List the ports of a service.
    ///
    /// ```salt
    /// salt '*' firewalld.get_service_ports zabbix
    /// ```
    GetServicePorts, "--get-ports"
}
service_list! {
    /// List the protocols of a service.
    ///
    /// ```salt
    /// salt '*' firewalld.get_service_protocols zabbix
    /// ```
    GetServiceProtocols, "--get-protocols"
}

#[cfg(test)]
mod tests {
    use sdk::host::FakeHost;
    use sdk::testing::context;
    use sdk::{CallArgs, Facts, Map, Value};
    use std::sync::Arc;

    async fn call(host: &Arc<FakeHost>, function: &str, words: &[&str]) -> Value {
        let args = CallArgs::new(words.iter().map(|word| Value::from(*word)).collect(), Map::new());
        crate::registry().call(function, args, &context(host.clone(), Facts::default())).await.unwrap().value
    }

    #[tokio::test]
    async fn services_and_zones_are_changed_for_every_boot() {
        let host = Arc::new(FakeHost::new());
        host.answer("firewall-cmd --permanent --get-services", 0, "ssh zabbix\n", "");
        host.answer("firewall-cmd --permanent --service=zabbix --add-port=10050/tcp", 0, "success\n", "");
        assert_eq!(call(&host, "firewalld.add_service_port", &["zabbix", "10050/tcp"]).await, Value::from("success"));
        host.answer("firewall-cmd --permanent --zone=public --query-masquerade", 0, "yes\n", "");
        host.answer("firewall-cmd --permanent --zone=public --add-forward-port=port=80:proto=tcp:toport=8080:toaddr=", 0, "success\n", "");
        let words = ["public", "80", "8080", "tcp", "", "True", "True"];
        assert_eq!(call(&host, "firewalld.add_port_fwd", &words).await, Value::from("success"));
    }
}
