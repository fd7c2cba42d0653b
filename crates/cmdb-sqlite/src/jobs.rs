//! Jobs and their progress.

use crate::{SqliteStore, batch, purge};
use async_trait::async_trait;
use cmdb::{Error, JobFilter, JobSummary, Jobs, Outstanding, Page, Paged, ProgressChange, Result, rows, sql};
use model::{Job, JobId, MinionId, Progress};
use sqlx::{query, query_as, query_scalar};

const INSERT_EXPECTED: &str = "INSERT INTO job_minion (job, minion, stage, since, reason) \
    SELECT $1, m.n, b.value ->> 1, b.value ->> 2, b.value ->> 3 FROM json_each($2) b JOIN minion m ON m.id = b.value ->> 0 \
    ORDER BY m.n";

const SET_PROGRESS: &str = "UPDATE job_minion SET stage = b.stage, reason = b.reason, \
    since = CASE WHEN job_minion.stage = b.stage THEN job_minion.since ELSE b.since END \
    FROM (SELECT e.value ->> 0 AS job, m.n AS minion, e.value ->> 2 AS stage, e.value ->> 3 AS since, e.value ->> 4 AS reason \
          FROM json_each($1) e JOIN minion m ON m.id = e.value ->> 1) b \
    WHERE job_minion.job = b.job AND job_minion.minion = b.minion AND job_minion.stage < 3 \
    AND (job_minion.stage < b.stage OR (job_minion.stage = b.stage AND job_minion.reason IS NOT b.reason))";

const STAGES: &str =
    "SELECT job, stage, count(*), max(since) FROM job_minion WHERE job IN (SELECT value FROM json_each($1)) GROUP BY job, stage";

impl SqliteStore {
    async fn summaries(&self, found: Vec<rows::JobRow>) -> Result<Vec<JobSummary>> {
        let ids = rows::to_json("job ids", &found.iter().map(|row| row.0).collect::<Vec<_>>())?;
        let counts = query_as(STAGES).bind(ids).fetch_all(&self.reader).await.map_err(self.failed("count stages"))?;
        rows::job_summaries(found, counts)
    }
}

#[async_trait]
impl Jobs for SqliteStore {
    async fn insert_job(&self, job: &Job, unlike: &[(MinionId, Progress)]) -> Result<()> {
        let failed = self.failed("write a job");
        let columns = rows::job_columns(job)?;
        let expected = rows::first_progress(job, unlike);
        let ids = batch::ids(expected.keys().copied())?;
        let entries: Vec<_> = expected
            .iter()
            .map(|(minion, progress)| (minion, rows::stage_number(progress.stage), progress.since.micros(), &progress.reason))
            .collect();
        let entries = rows::to_json("a job's expected set", &entries)?;
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
        let statement = query(INSERT_EXPECTED).bind(job.id.made().micros()).bind(entries);
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
        let Some(row) = query_as(sql::JOB).bind(number).fetch_optional(&self.reader).await.map_err(failed)? else { return Ok(None) };
        let mut job = rows::job(row)?;
        let expected: Vec<String> = query_scalar(sql::JOB_EXPECTED).bind(number).fetch_all(&self.reader).await.map_err(failed)?;
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
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("list jobs"))?;
        Ok(Paged::of(self.summaries(found).await?, page, |job| job.id.to_string()))
    }

    async fn job_summary(&self, id: JobId) -> Result<Option<JobSummary>> {
        let statement = query_as(sql::JOB).bind(id.made().micros());
        let found = statement.fetch_all(&self.reader).await.map_err(self.failed("read a job"))?;
        Ok(self.summaries(found).await?.pop())
    }

    async fn set_progress(&self, changes: &[ProgressChange]) -> Result<u64> {
        let entries: Vec<_> = rows::furthest(changes)
            .into_iter()
            .map(|ProgressChange { job, minion, progress }| {
                let reason = progress.reason.as_deref().map(cmdb::clean_text);
                (job.made().micros(), minion, rows::stage_number(progress.stage), progress.since.micros(), reason)
            })
            .collect();
        let entries = rows::to_json("progress", &entries)?;
        let failed = self.failed("write progress");
        let mut transaction = self.begin("write progress").await?;
        let changed = query(SET_PROGRESS).bind(entries).execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        transaction.commit().await.map_err(failed)?;
        Ok(changed)
    }

    async fn progress(&self, job: JobId) -> Result<Vec<(MinionId, Progress)>> {
        let statement = query_as(sql::PROGRESS).bind(job.made().micros());
        let found = statement.fetch_all(&self.reader).await.map_err(self.failed("read progress"))?;
        found.into_iter().map(|row| rows::progress_change(row).map(|change| (change.minion, change.progress))).collect()
    }

    async fn outstanding(&self, minion: &MinionId) -> Result<Vec<Outstanding>> {
        let statement = query_as(sql::OUTSTANDING).bind(minion.as_str());
        let found = statement.fetch_all(&self.reader).await.map_err(self.failed("read what a minion has not finished"))?;
        found.into_iter().map(rows::outstanding).collect()
    }

    async fn unfinished(&self) -> Result<Vec<ProgressChange>> {
        let found = query_as(sql::UNFINISHED).fetch_all(&self.reader).await.map_err(self.failed("read unfinished jobs"))?;
        found.into_iter().map(rows::progress_change).collect()
    }

    async fn last_job(&self) -> Result<Option<JobId>> {
        let last: Option<i64> = query_scalar(sql::LAST_JOB).fetch_one(&self.reader).await.map_err(self.failed("read the last job"))?;
        Ok(last.map(rows::job_id))
    }
}
