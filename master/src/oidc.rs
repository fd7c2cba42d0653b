//! Logins at a provider of OpenID Connect: GitLab, or any other by configuration. The provider proves who somebody is and says which groups
//! and projects they are in; mappings make roles of that, at every login and in the background. What the provider takes away is gone here
//! within one round of [`watch`].

pub mod config;
pub mod gitlab;
mod jwt;
pub mod login;
pub mod provider;
pub mod rights;
mod token;
pub mod watch;

pub use config::{BadProvider, ProviderConfig};
pub use provider::{Provider, Trouble};

use login::Begun;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the master keeps of providers: what they told of themselves, and logins that have begun.
#[derive(Default)]
pub struct Oidc {
    providers: Mutex<BTreeMap<String, Arc<Provider>>>,
    begun: Mutex<BTreeMap<String, Begun>>,
}

impl Oidc {
    /// The provider of a name, as it is configured now; what an older configuration said of it is forgotten.
    #[must_use]
    pub fn provider(&self, name: &str, configured: &BTreeMap<String, ProviderConfig>) -> Option<Arc<Provider>> {
        let config = configured.get(name)?;
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = providers.get(name).filter(|known| known.config == *config) {
            return Some(Arc::clone(known));
        }
        let provider = Arc::new(Provider::new(name.to_owned(), config.clone()));
        providers.insert(name.to_owned(), Arc::clone(&provider));
        Some(provider)
    }

    fn begun(&self) -> MutexGuard<'_, BTreeMap<String, Begun>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
