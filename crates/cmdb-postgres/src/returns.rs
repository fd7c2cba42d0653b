//! Returns.

use crate::PostgresStore;
use async_trait::async_trait;
use cmdb::{Page, Paged, Result, Returns, Stored, rows, sql};
use model::{JobId, MinionId, Return, Timestamp};
use sqlx::{query, query_as};
use std::borrow::Cow;
use std::collections::HashSet;

/// Only what the job was meant for is stored, and only the first of each pair; the stored pairs come back.
const INSERT_RETURNS: &str = "INSERT INTO job_return (job, minion, retcode, success, started, finished, outputter, function, value, notes) \
    SELECT jm.job, jm.minion, b.retcode, b.success, b.started, b.finished, b.outputter, NULLIF(b.function, j.function), b.value, b.notes \
    FROM UNNEST($1::bigint[], $2::text[], $3::int[], $4::smallint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[], \
        $10::text[]) \
        AS b(job, id, retcode, success, started, finished, outputter, function, value, notes) \
    JOIN minion m ON m.id = b.id JOIN job_minion jm ON jm.job = b.job AND jm.minion = m.n JOIN job j ON j.id = jm.job \
    ORDER BY jm.job, jm.minion ON CONFLICT (job, minion) DO NOTHING \
    RETURNING job, (SELECT id FROM minion WHERE n = job_return.minion)";

const FINISH: &str = "UPDATE job_minion SET stage = b.stage, since = $4, reason = NULL \
    FROM UNNEST($1::bigint[], $2::text[], $3::smallint[]) AS b(job, id, stage) JOIN minion m ON m.id = b.id \
    WHERE job_minion.job = b.job AND job_minion.minion = m.n";

const KNOWN: &str = "SELECT r.job, m.id FROM UNNEST($1::bigint[], $2::text[]) AS b(job, id) JOIN minion m ON m.id = b.id \
    JOIN job_return r ON r.job = b.job AND r.minion = m.n";

type Pair = (i64, String);

fn pair(one: &Return) -> Pair {
    (one.job.made().micros(), one.minion.to_string())
}

/// A batch, column by column.
#[derive(Default)]
struct Batch<'a> {
    jobs: Vec<i64>,
    ids: Vec<&'a str>,
    retcodes: Vec<i32>,
    successes: Vec<i16>,
    started: Vec<i64>,
    finished: Vec<i64>,
    outputters: Vec<Option<Cow<'a, str>>>,
    functions: Vec<Cow<'a, str>>,
    values: Vec<String>,
    notes: Vec<Option<String>>,
}

impl<'a> Batch<'a> {
    fn of(returns: &'a [Return]) -> Result<Self> {
        let mut batch = Self::default();
        for one in rows::firsts(returns) {
            batch.jobs.push(one.job.made().micros());
            batch.ids.push(one.minion.as_str());
            batch.retcodes.push(one.retcode);
            batch.successes.push(i16::from(one.success));
            batch.started.push(one.started.micros());
            batch.finished.push(one.finished.micros());
            batch.outputters.push(one.out.as_deref().map(cmdb::clean_text));
            batch.functions.push(cmdb::clean_text(&one.function));
            batch.values.push(rows::to_json("a return", &one.value)?);
            batch.notes.push(rows::notes(one)?);
        }
        Ok(batch)
    }
}

#[async_trait]
impl Returns for PostgresStore {
    async fn insert_returns(&self, returns: &[Return], at: Timestamp) -> Result<Vec<Stored>> {
        let failed = self.failed("write returns");
        let batch = Batch::of(returns)?;
        let mut transaction = self.begin("write returns").await?;
        let statement = query_as(INSERT_RETURNS)
            .bind(batch.jobs)
            .bind(batch.ids)
            .bind(batch.retcodes)
            .bind(batch.successes)
            .bind(batch.started)
            .bind(batch.finished)
            .bind(batch.outputters)
            .bind(batch.functions)
            .bind(batch.values)
            .bind(batch.notes);
        let written: Vec<Pair> = statement.fetch_all(&mut *transaction).await.map_err(failed)?;
        let mut fresh: HashSet<Pair> = written.into_iter().collect();
        let (mut end_jobs, mut end_ids, mut end_stages) = (Vec::new(), Vec::new(), Vec::new());
        let (mut other_jobs, mut other_ids) = (Vec::new(), Vec::new());
        let mut answers = Vec::with_capacity(returns.len());
        for one in returns {
            // The first of a pair takes it out: a second one in the same batch has come again.
            if fresh.remove(&pair(one)) {
                end_jobs.push(one.job.made().micros());
                end_ids.push(one.minion.as_str());
                end_stages.push(rows::stage_number(rows::end(one)));
                answers.push(Stored::New);
            } else {
                other_jobs.push(one.job.made().micros());
                other_ids.push(one.minion.as_str());
                answers.push(Stored::Unknown);
            }
        }
        if !end_jobs.is_empty() {
            let statement = query(FINISH).bind(end_jobs).bind(end_ids).bind(end_stages).bind(at.micros());
            statement.execute(&mut *transaction).await.map_err(failed)?;
        }
        if !other_jobs.is_empty() {
            let statement = query_as(KNOWN).bind(other_jobs).bind(other_ids);
            let known: HashSet<Pair> = statement.fetch_all(&mut *transaction).await.map_err(failed)?.into_iter().collect();
            for (one, answer) in returns.iter().zip(&mut answers) {
                if *answer == Stored::Unknown && known.contains(&pair(one)) {
                    *answer = Stored::Again;
                }
            }
        }
        transaction.commit().await.map_err(failed)?;
        Ok(answers)
    }

    async fn return_of(&self, job: JobId, minion: &MinionId) -> Result<Option<Return>> {
        let statement = query_as(sql::RETURN_OF).bind(job.made().micros()).bind(minion.as_str());
        let found = statement.fetch_optional(&self.pool).await.map_err(self.failed("read a return"))?;
        found.map(rows::job_return).transpose()
    }

    async fn returns(&self, job: JobId, page: &Page) -> Result<Paged<Return>> {
        let found = query_as(sql::RETURNS)
            .bind(job.made().micros())
            .bind(page.after.as_ref().map_or("", |cursor| cursor.0.as_str()))
            .bind(page.fetch())
            .fetch_all(&self.pool)
            .await
            .map_err(self.failed("read returns"))?;
        let items = found.into_iter().map(rows::job_return).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |one| one.minion.to_string()))
    }

    async fn returns_of_minion(&self, minion: &MinionId, page: &Page) -> Result<Paged<Return>> {
        let before = page.job()?.map_or(i64::MAX, |job| job.made().micros());
        let found = query_as(sql::RETURNS_OF_MINION)
            .bind(minion.as_str())
            .bind(before)
            .bind(page.fetch())
            .fetch_all(&self.pool)
            .await
            .map_err(self.failed("read returns"))?;
        let items = found.into_iter().map(rows::job_return).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |one| one.job.to_string()))
    }
}
