//! Logins of people, as the manager asks for them.

use super::Daemon;
use crate::oidc::login;
use crate::people;
use api::{
    BeginLogin, Begun, DeviceAnswer, DeviceAsk, DeviceStart, DeviceState, DeviceView, FinishLogin, LoginView, Me, MeasuredMapping,
    OpenLogin, Provider, SecondFactor,
};
use async_trait::async_trait;
use manager::{Caller, Origin, People, Refusal};

#[async_trait]
impl People for Daemon {
    async fn providers(&self) -> Result<Vec<Provider>, Refusal> {
        let settings = self.0.settings();
        let providers = settings.providers.keys().filter_map(|name| self.0.oidc.provider(name, &settings.providers));
        // Why it is away is told to the log: a stranger is told that it is.
        let shown = providers.map(|provider| Provider {
            name: provider.name.clone(),
            title: provider.config.title.clone(),
            login: format!("/auth/{}/login", provider.name),
            trouble: provider.trouble().map(|_| format!("{} cannot be asked now", provider.config.title)),
        });
        Ok(shown.collect())
    }

    async fn begin_login(&self, ask: BeginLogin) -> Result<Begun, Refusal> {
        login::begin(&self.0, ask).await
    }

    async fn finish_login(&self, finish: FinishLogin, origin: Origin) -> Result<(OpenLogin, String), Refusal> {
        login::finish(&self.0, finish, origin).await
    }

    async fn me(&self, caller: &Caller) -> Result<Me, Refusal> {
        people::me(&self.0, caller).await
    }

    async fn own_logins(&self, caller: &Caller) -> Result<Vec<LoginView>, Refusal> {
        Ok(people::own_logins(&self.0, caller))
    }

    async fn end_own_logins(&self, caller: &Caller, id: Option<&str>, asking: Option<&str>) -> Result<u64, Refusal> {
        people::end_own(&self.0, caller, id, asking).await
    }

    async fn begin_device(&self, ask: DeviceAsk, origin: Origin, agent: String) -> Result<DeviceStart, Refusal> {
        people::begin_device(&self.0, ask, origin, agent)
    }

    async fn poll_device(&self, code: &str) -> Result<DeviceState, Refusal> {
        people::poll_device(&self.0, code).await
    }

    async fn device(&self, caller: &Caller, user_code: &str) -> Result<DeviceView, Refusal> {
        people::view_device(&self.0, caller, user_code).await
    }

    async fn answer_device(&self, caller: &Caller, answer: DeviceAnswer) -> Result<(), Refusal> {
        people::answer_device(&self.0, caller, answer).await
    }

    async fn make_second_factor(&self, caller: &Caller, account: &str) -> Result<SecondFactor, Refusal> {
        people::make_factor(&self.0, caller, account).await
    }

    async fn drop_second_factor(&self, caller: &Caller, account: &str) -> Result<(), Refusal> {
        people::drop_factor(&self.0, caller, account).await
    }

    async fn preview_mappings(&self, caller: &Caller, account: &str) -> Result<Vec<MeasuredMapping>, Refusal> {
        people::preview(&self.0, caller, account).await
    }
}
