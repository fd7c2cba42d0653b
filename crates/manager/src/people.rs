//! What the manager asks of the daemon about logins of people: providers elsewhere, browsers, command lines, the second factor.

use crate::{Caller, Origin, Refusal};
use api::{
    BeginLogin, Begun, DeviceAnswer, DeviceAsk, DeviceStart, DeviceState, DeviceView, FinishLogin, LoginView, Me, MeasuredMapping,
    OpenLogin, Provider, SecondFactor,
};
use async_trait::async_trait;

fn none<T>() -> Result<T, Refusal> {
    Err(Refusal::unsupported("this master knows no logins of people"))
}

/// Logins of people, as the manager sees them.
#[async_trait]
pub trait People: Send + Sync {
    /// Providers where people may log in.
    async fn providers(&self) -> Result<Vec<Provider>, Refusal> {
        Ok(Vec::new())
    }

    /// Begins a login at a provider.
    async fn begin_login(&self, ask: BeginLogin) -> Result<Begun, Refusal> {
        let _ = ask;
        none()
    }

    /// Ends it: the login, and the page to go to.
    ///
    /// Law: what was begun is used once, by the browser that began it, and only for an identity that the provider has signed.
    async fn finish_login(&self, finish: FinishLogin, origin: Origin) -> Result<(OpenLogin, String), Refusal> {
        let _ = (finish, origin);
        none()
    }

    /// Who asks.
    async fn me(&self, caller: &Caller) -> Result<Me, Refusal> {
        let _ = caller;
        none()
    }

    /// One's own open logins.
    async fn own_logins(&self, caller: &Caller) -> Result<Vec<LoginView>, Refusal> {
        let _ = caller;
        none()
    }

    /// Ends one of one's own logins; all but the one that asks where none is named. Says how many.
    async fn end_own_logins(&self, caller: &Caller, id: Option<&str>, asking: Option<&str>) -> Result<u64, Refusal> {
        let _ = (caller, id, asking);
        none()
    }

    /// A command line asks for a login.
    async fn begin_device(&self, ask: DeviceAsk, origin: Origin, agent: String) -> Result<DeviceStart, Refusal> {
        let _ = (ask, origin, agent);
        none()
    }

    /// It asks how that stands. The login is told once.
    async fn poll_device(&self, code: &str) -> Result<DeviceState, Refusal> {
        let _ = code;
        none()
    }

    /// What a person is shown of it.
    async fn device(&self, caller: &Caller, user_code: &str) -> Result<DeviceView, Refusal> {
        let _ = (caller, user_code);
        none()
    }

    /// A person gives the login or refuses it.
    ///
    /// Law: it may what this person may, and no more.
    async fn answer_device(&self, caller: &Caller, answer: DeviceAnswer) -> Result<(), Refusal> {
        let _ = (caller, answer);
        none()
    }

    /// Makes a second factor for an account, in the place of an old one.
    async fn make_second_factor(&self, caller: &Caller, account: &str) -> Result<SecondFactor, Refusal> {
        let _ = (caller, account);
        none()
    }

    /// Takes it away.
    async fn drop_second_factor(&self, caller: &Caller, account: &str) -> Result<(), Refusal> {
        let _ = (caller, account);
        none()
    }

    /// What the mappings give an account now, by what its provider says of it.
    async fn preview_mappings(&self, caller: &Caller, account: &str) -> Result<Vec<MeasuredMapping>, Refusal> {
        let _ = (caller, account);
        none()
    }
}
