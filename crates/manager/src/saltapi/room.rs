//! What every request of this API may look at.

use super::config::ApiConfig;
use super::events::Hub;
use super::idle::Idle;
use super::stats::Stats;
use crate::Control;
use crate::serve::Shared;
use std::sync::Arc;

/// What every request of this API may look at.
pub(crate) struct Room {
    pub shared: Arc<Shared>,
    pub config: ApiConfig,
    pub stats: Stats,
    pub hub: Hub,
    pub idle: Arc<Idle>,
}

impl Room {
    pub fn control(&self) -> &dyn Control {
        &*self.shared.control
    }

    /// Whether the connection is encrypted, so that a cookie may be kept to such.
    pub fn is_secure(&self) -> bool {
        self.config.tls != super::config::Tls::Off
    }
}
