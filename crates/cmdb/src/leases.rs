//! Leases: what only one of several daemons on a database may do at a time.

use crate::Result;
use async_trait::async_trait;
use model::Timestamp;

/// Leases, by name.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes a lease for a holder until a moment, or says that another one has it. Whoever holds it takes it again before it runs out; one
    /// that is taken until a moment which has passed is free. The clocks of all who take it should agree within a second or two.
    async fn take_lease(&self, name: &str, holder: &str, until: Timestamp, now: Timestamp) -> Result<bool>;

    /// Who holds a lease, and until when, whether that has passed or not.
    async fn lease(&self, name: &str) -> Result<Option<(String, Timestamp)>>;
}
