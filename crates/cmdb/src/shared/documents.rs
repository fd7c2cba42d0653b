//! Documents of the daemon's parts: the same statements in every store that speaks SQL.

/// Implements the traits of documents for a store.
#[macro_export]
macro_rules! shared_documents {
    ($store:ident, $reader:ident) => {
        #[async_trait::async_trait]
        impl $crate::Documents for $store {
            async fn put_documents(&self, room: &str, documents: &[$crate::Document]) -> $crate::Result<()> {
                let failed = self.failed("write documents");
                let mut transaction = self.begin("write documents").await?;
                for document in documents {
                    sqlx::query($crate::sql::PUT_DOCUMENT)
                        .bind(room)
                        .bind($crate::clean_text(&document.name).into_owned())
                        .bind($crate::rows::to_json("a document", &document.value)?)
                        .bind(document.at.micros())
                        .execute(&mut *transaction)
                        .await
                        .map_err(failed)?;
                }
                transaction.commit().await.map_err(failed)
            }

            async fn document(&self, room: &str, name: &str) -> $crate::Result<Option<$crate::Document>> {
                let statement = sqlx::query_as($crate::sql::DOCUMENT).bind(room).bind($crate::clean_text(name).into_owned());
                let found = statement.fetch_optional(&self.$reader).await.map_err(self.failed("read a document"))?;
                found.map($crate::rows::document).transpose()
            }

            async fn documents(&self, room: &str, after: &str, limit: u32) -> $crate::Result<Vec<$crate::Document>> {
                let statement = sqlx::query_as($crate::sql::DOCUMENTS).bind(room).bind(after).bind(i64::from(limit.min($crate::Page::MAX)));
                let found = statement.fetch_all(&self.$reader).await.map_err(self.failed("read documents"))?;
                found.into_iter().map($crate::rows::document).collect()
            }

            async fn delete_documents(&self, room: &str, names: &[String]) -> $crate::Result<u64> {
                let failed = self.failed("delete documents");
                let mut transaction = self.begin("delete documents").await?;
                let mut gone = 0;
                for name in names {
                    let statement = sqlx::query($crate::sql::DELETE_DOCUMENT).bind(room).bind($crate::clean_text(name).into_owned());
                    gone += statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
                }
                transaction.commit().await.map_err(failed)?;
                Ok(gone)
            }
        }
    };
}
