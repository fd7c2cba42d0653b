//! Minions, their grains, and whom a target means.

use crate::connection::EMPTY;
use crate::query::{segment, with_query};
use crate::{Client, Error};
use api::{GrainChange, GrainFilter, MinionFilter, MinionSummary, MinionView, Page, Preview};
use http::Method;
use model::{MinionId, Target};

impl Client {
    /// Minions, by id.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn minions(&self, filter: &MinionFilter) -> Result<Page<MinionSummary>, Error> {
        self.ask(Method::GET, &with_query("/minions", filter), EMPTY).await
    }

    /// A minion with its grains.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn minion(&self, id: &MinionId) -> Result<MinionView, Error> {
        self.ask(Method::GET, &format!("/minions/{}", segment(id.as_str())), EMPTY).await
    }

    /// Changes of a minion's grains, newest first.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn grain_history(&self, id: &MinionId, filter: &GrainFilter) -> Result<Vec<GrainChange>, Error> {
        let path = format!("/minions/{}/grains/history", segment(id.as_str()));
        self.ask(Method::GET, &with_query(&path, filter), EMPTY).await
    }

    /// Whom a target means now.
    ///
    /// # Errors
    /// When the master is away or the target is no target.
    pub async fn preview(&self, target: &Target) -> Result<Preview, Error> {
        self.ask(Method::POST, "/targets/preview", Some(target)).await
    }
}
