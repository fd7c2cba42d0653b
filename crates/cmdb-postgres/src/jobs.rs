//! Jobs and their progress.

use crate::{PostgresStore, batch, purge};
use async_trait::async_trait;
use cmdb::{Error, JobFilter, JobSummary, Jobs, Outstanding, Page, Paged, ProgressChange, Result, rows, sql};
use model::{Job, JobId, MinionId, Progress};
use sqlx::{query, query_as, query_scalar};

const INSERT_EXPECTED: &str = "INSERT INTO job_minion (job, minion, stage, since, reason) \
    SELECT $1, m.n, b.stage, b.since, b.reason \
    FROM UNNEST($2::text[], $3::smallint[], $4::bigint[], $5::text[]) AS b(id, stage, since, reason) JOIN minion m ON m.id = b.id \
    ORDER BY m.n";

/// Locked in one order first: see the crate's words on several masters.
const LOCK_PROGRESS: &str = "SELECT 1 FROM job_minion jm JOIN minion m ON m.n = jm.minion \
    JOIN UNNEST($1::bigint[], $2::text[]) AS b(job, id) ON b.job = jm.job AND b.id = m.id ORDER BY jm.job, jm.minion FOR UPDATE OF jm";

const SET_PROGRESS: &str = "UPDATE job_minion SET stage = b.stage, reason = b.reason, \
    since = CASE WHEN job_minion.stage = b.stage THEN job_minion.since ELSE b.since END \
    FROM UNNEST($1::bigint[], $2::text[], $3::smallint[], $4::bigint[], $5::text[]) AS b(job, id, stage, since, reason) \
    JOIN minion m ON m.id = b.id \
    WHERE job_minion.job = b.job AND job_minion.minion = m.n AND job_minion.stage < 3 \
    AND (job_minion.stage < b.stage OR (job_minion.stage = b.stage AND job_minion.reason IS DISTINCT FROM b.reason))";

const STAGES: &str = "SELECT job, stage, count(*), max(since) FROM job_minion WHERE job = ANY($1) GROUP BY job, stage";

impl PostgresStore {
    async fn summaries(&self, found: Vec<rows::JobRow>) -> Result<Vec<JobSummary>> {
        let ids: Vec<i64> = found.iter().map(|row| row.0).collect();
        let counts = query_as(STAGES).bind(ids).fetch_all(&self.pool).await.map_err(self.failed("count stages"))?;
        rows::job_summaries(found, counts)
    }
}

#[async_trait]
impl Jobs for PostgresStore {
    async fn insert_job(&self, job: &Job, unlike: &[(MinionId, Progress)]) -> Result<()> {
        let failed = self.failed("write a job");
        let columns = rows::job_columns(job)?;
        let expected = rows::first_progress(job, unlike);
        let ids: Vec<String> = expected.keys().map(ToString::to_string).collect();
        let (mut stages, mut since, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
        for progress in expected.into_values() {
            stages.push(rows::stage_number(progress.stage));
            since.push(progress.since.micros());
            reasons.push(progress.reason);
        }
        let mut transaction = self.begin("write a job").await?;
        let made = query(sql::INSERT_JOB)
            .bind(job.id.made().micros())
            .bind(columns.kind)
            .bind(cmdb::clean_text(&job.target.expression).into_owned())
            .bind(columns.delimiter)
            .bind(columns.function)
            .bind(columns.calls)
            .bind(cmdb::clean_text(&job.user).into_owned())
            .bind(columns.options)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if made.rows_affected() == 0 {
            return Err(Error::conflict(format!("job {} is stored already; give the new one another id", job.id)));
        }
        batch::number(&mut transaction, &ids).await.map_err(failed)?;
        let statement = query(INSERT_EXPECTED).bind(job.id.made().micros()).bind(ids).bind(stages).bind(since).bind(reasons);
        statement.execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        if let Some(before) = self.keep_jobs.due(job.made()) {
            purge::quietly("jobs", self.purge_some_jobs(before).await);
        }
        Ok(())
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        let failed = self.failed("read a job");
        let number = id.made().micros();
        let Some(row) = query_as(sql::JOB).bind(number).fetch_optional(&self.pool).await.map_err(failed)? else { return Ok(None) };
        let mut job = rows::job(row)?;
        let expected: Vec<String> = query_scalar(sql::JOB_EXPECTED).bind(number).fetch_all(&self.pool).await.map_err(failed)?;
        job.expected = expected.iter().map(|id| rows::minion_id(id)).collect::<Result<_>>()?;
        Ok(Some(job))
    }

    async fn jobs(&self, filter: &JobFilter, page: &Page) -> Result<Paged<JobSummary>> {
        let (statement, since, before) = filter.bounds(page)?;
        let found = query_as(statement)
            .bind(since)
            .bind(before)
            .bind(filter.function.as_deref().unwrap_or_default())
            .bind(filter.user.as_deref().unwrap_or_default())
            .bind(filter.target.as_deref().unwrap_or_default())
            .bind(i16::from(filter.unfinished))
            .bind(filter.minion.as_ref().map_or("", MinionId::as_str))
            .bind(page.fetch())
            .fetch_all(&self.pool)
            .await
            .map_err(self.failed("list jobs"))?;
        Ok(Paged::of(self.summaries(found).await?, page, |job| job.id.to_string()))
    }

    async fn job_summary(&self, id: JobId) -> Result<Option<JobSummary>> {
        let statement = query_as(sql::JOB).bind(id.made().micros());
        let found = statement.fetch_all(&self.pool).await.map_err(self.failed("read a job"))?;
        Ok(self.summaries(found).await?.pop())
    }

    async fn set_progress(&self, changes: &[ProgressChange]) -> Result<u64> {
        let (mut jobs, mut ids, mut stages, mut since, mut reasons) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ProgressChange { job, minion, progress } in rows::furthest(changes) {
            jobs.push(job.made().micros());
            ids.push(minion.as_str());
            stages.push(rows::stage_number(progress.stage));
            since.push(progress.since.micros());
            reasons.push(progress.reason.as_deref().map(cmdb::clean_text));
        }
        let failed = self.failed("write progress");
        let mut transaction = self.begin("write progress").await?;
        query(LOCK_PROGRESS).bind(&jobs).bind(&ids).execute(&mut *transaction).await.map_err(failed)?;
        let statement = query(SET_PROGRESS).bind(jobs).bind(ids).bind(stages).bind(since).bind(reasons);
        let changed = statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        transaction.commit().await.map_err(failed)?;
        Ok(changed)
    }

    async fn progress(&self, job: JobId) -> Result<Vec<(MinionId, Progress)>> {
        let statement = query_as(sql::PROGRESS).bind(job.made().micros());
        let found = statement.fetch_all(&self.pool).await.map_err(self.failed("read progress"))?;
        found.into_iter().map(|row| rows::progress_change(row).map(|change| (change.minion, change.progress))).collect()
    }

    async fn outstanding(&self, minion: &MinionId) -> Result<Vec<Outstanding>> {
        let statement = query_as(sql::OUTSTANDING).bind(minion.as_str());
        let found = statement.fetch_all(&self.pool).await.map_err(self.failed("read what a minion has not finished"))?;
        found.into_iter().map(rows::outstanding).collect()
    }

    async fn unfinished(&self) -> Result<Vec<ProgressChange>> {
        let found = query_as(sql::UNFINISHED).fetch_all(&self.pool).await.map_err(self.failed("read unfinished jobs"))?;
        found.into_iter().map(rows::progress_change).collect()
    }

    async fn last_job(&self) -> Result<Option<JobId>> {
        let last: Option<i64> = query_scalar(sql::LAST_JOB).fetch_one(&self.pool).await.map_err(self.failed("read the last job"))?;
        Ok(last.map(rows::job_id))
    }
}
