//! Hosts.

use crate::{PostgresStore, batch};
use async_trait::async_trait;
use cmdb::{AuditEntry, AuditHead, Host, Hosts, Page, Paged, Result, clean_map, clean_text, rows, sql};
use model::{MinionId, Timestamp};
use sqlx::{query, query_as};

#[async_trait]
impl Hosts for PostgresStore {
    async fn put_hosts(&self, hosts: &[Host], entries: &[AuditEntry]) -> Result<AuditHead> {
        let failed = self.failed("write hosts");
        let ids: Vec<String> = hosts.iter().map(|host| host.id.to_string()).collect();
        let mut transaction = self.begin("write hosts").await?;
        batch::number(&mut transaction, &ids).await.map_err(failed)?;
        for host in hosts {
            query(sql::PUT_HOST)
                .bind(host.id.as_str())
                .bind(rows::host_state_number(host.state))
                .bind(host.until.map(Timestamp::micros))
                .bind(rows::object_id_text(host.project.as_ref()))
                .bind(rows::object_id_text(host.environment.as_ref()))
                .bind(clean_text(&rows::to_json("a host", &host.about)?).into_owned())
                .bind(rows::to_json("facts of a host", &clean_map(&host.facts))?)
                .bind(i64::try_from(host.version).unwrap_or(i64::MAX))
                .bind(host.made.micros())
                .bind(host.changed.micros())
                .bind(clean_text(&host.changed_by).into_owned())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        let head = self.append(&mut transaction, entries).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(head)
    }

    async fn hosts(&self, page: &Page) -> Result<Paged<Host>> {
        let after = page.after.as_ref().map_or("", |cursor| cursor.0.as_str());
        let statement = query_as(sql::HOSTS).bind(after).bind(page.fetch());
        let found: Vec<rows::HostRow> = statement.fetch_all(&self.pool).await.map_err(self.failed("list hosts"))?;
        let items = found.into_iter().map(rows::host).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |host| host.id.to_string()))
    }

    async fn delete_hosts(&self, ids: &[MinionId], entries: &[AuditEntry]) -> Result<u64> {
        let failed = self.failed("delete hosts");
        let mut transaction = self.begin("delete hosts").await?;
        let mut gone = 0;
        for id in ids {
            gone += query(sql::DELETE_HOST).bind(id.as_str()).execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        }
        self.append(&mut transaction, entries).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(gone)
    }
}
