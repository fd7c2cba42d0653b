//! Leases: a document each, taken in one statement: the same statements in every store that speaks SQL.

/// Implements the traits of leases for a store.
#[macro_export]
macro_rules! shared_leases {
    ($store:ident) => {
        /// Room of the documents that are leases.
        const ROOM: &str = "lease";

        #[async_trait::async_trait]
        impl $crate::Leases for $store {
            async fn take_lease(&self, name: &str, holder: &str, until: model::Timestamp, now: model::Timestamp) -> $crate::Result<bool> {
                let failed = self.failed("take a lease");
                let mut transaction = self.begin("take a lease").await?;
                let statement = sqlx::query($crate::sql::TAKE_LEASE)
                    .bind(ROOM)
                    .bind($crate::clean_text(name).into_owned())
                    .bind($crate::rows::to_json("a lease", &value::Value::from($crate::clean_text(holder).into_owned()))?)
                    .bind(until.micros())
                    .bind(now.micros());
                let taken = statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
                transaction.commit().await.map_err(failed)?;
                Ok(taken == 1)
            }

            async fn lease(&self, name: &str) -> $crate::Result<Option<(String, model::Timestamp)>> {
                let found = $crate::Documents::document(self, ROOM, name).await?;
                Ok(found.map(|document| (value::text::str(&document.value), document.at)))
            }
        }
    };
}
