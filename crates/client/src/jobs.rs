//! Jobs.

use crate::connection::EMPTY;
use crate::query::with_query;
use crate::{Client, Error, Lines};
use api::{JobEvent, JobFilter, JobSummary, JobView, Page, RunJob, RunQuery, SignalJob, Signalled, Submitted, WatchJob};
use http::Method;
use model::JobId;

impl Client {
    /// Makes a job and sends it.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn submit(&self, request: &RunJob) -> Result<Submitted, Error> {
        self.ask(Method::POST, "/jobs", Some(request)).await
    }

    /// Makes a job and follows it; the first item says what was submitted.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn run(&self, request: &RunJob, until_done: bool) -> Result<Lines<JobEvent>, Error> {
        self.follow(Method::POST, &with_query("/jobs", &RunQuery { watch: true, until_done }), Some(request)).await
    }

    /// Jobs, newest first.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Page<JobSummary>, Error> {
        self.ask(Method::GET, &with_query("/jobs", filter), EMPTY).await
    }

    /// A job with its minions and returns.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn job(&self, id: JobId) -> Result<JobView, Error> {
        self.ask(Method::GET, &format!("/jobs/{id}"), EMPTY).await
    }

    /// Follows a job.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn watch(&self, id: JobId, how: WatchJob) -> Result<Lines<JobEvent>, Error> {
        self.follow(Method::GET, &with_query(&format!("/jobs/{id}/watch"), &how), EMPTY).await
    }

    /// Signals the processes of a job.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn signal(&self, id: JobId, signal: &SignalJob) -> Result<Signalled, Error> {
        self.ask(Method::POST, &format!("/jobs/{id}/signal"), Some(signal)).await
    }
}
