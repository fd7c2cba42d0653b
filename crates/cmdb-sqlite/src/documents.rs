//! Documents of the daemon's parts.

use crate::SqliteStore;
use async_trait::async_trait;
use cmdb::{Document, Documents, Page, Result, rows, sql};
use sqlx::{query, query_as};

#[async_trait]
impl Documents for SqliteStore {
    async fn put_documents(&self, room: &str, documents: &[Document]) -> Result<()> {
        let failed = self.failed("write documents");
        let mut transaction = self.begin("write documents").await?;
        for document in documents {
            query(sql::PUT_DOCUMENT)
                .bind(room)
                .bind(cmdb::clean_text(&document.name).into_owned())
                .bind(rows::to_json("a document", &document.value)?)
                .bind(document.at.micros())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    async fn document(&self, room: &str, name: &str) -> Result<Option<Document>> {
        let statement = query_as(sql::DOCUMENT).bind(room).bind(cmdb::clean_text(name).into_owned());
        let found = statement.fetch_optional(&self.reader).await.map_err(self.failed("read a document"))?;
        found.map(rows::document).transpose()
    }

    async fn documents(&self, room: &str, after: &str, limit: u32) -> Result<Vec<Document>> {
        let statement = query_as(sql::DOCUMENTS).bind(room).bind(after).bind(i64::from(limit.min(Page::MAX)));
        let found = statement.fetch_all(&self.reader).await.map_err(self.failed("read documents"))?;
        found.into_iter().map(rows::document).collect()
    }

    async fn delete_documents(&self, room: &str, names: &[String]) -> Result<u64> {
        let failed = self.failed("delete documents");
        let mut transaction = self.begin("delete documents").await?;
        let mut gone = 0;
        for name in names {
            let statement = query(sql::DELETE_DOCUMENT).bind(room).bind(cmdb::clean_text(name).into_owned());
            gone += statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        }
        transaction.commit().await.map_err(failed)?;
        Ok(gone)
    }
}
