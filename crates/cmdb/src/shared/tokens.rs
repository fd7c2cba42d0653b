//! Join tokens: the same statements in every store that speaks SQL.

/// Implements the traits of join tokens for a store.
#[macro_export]
macro_rules! shared_tokens {
    ($store:ident, $reader:ident) => {
        #[async_trait::async_trait]
        impl $crate::Tokens for $store {
            async fn insert_token(&self, token: &$crate::Token) -> $crate::Result<()> {
                let failed = self.failed("write a join token");
                let mut transaction = self.begin("write a join token").await?;
                let made = sqlx::query($crate::sql::INSERT_TOKEN)
                    .bind(token.hash.0.to_vec())
                    .bind($crate::clean_text(&token.pattern).into_owned())
                    .bind(token.made.micros())
                    .bind($crate::clean_text(&token.made_by).into_owned())
                    .bind(token.expires.micros())
                    .bind(token.used.as_ref().map(|(minion, _)| minion.to_string()))
                    .bind(token.used.as_ref().map(|(_, at)| at.micros()))
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                if made.rows_affected() == 0 {
                    return Err($crate::Error::conflict(format!("a join token {} is stored already; make another", token.hash.short())));
                }
                transaction.commit().await.map_err(failed)
            }

            async fn tokens(&self) -> $crate::Result<Vec<$crate::Token>> {
                let found = sqlx::query_as($crate::sql::TOKENS).fetch_all(&self.$reader).await.map_err(self.failed("list join tokens"))?;
                found.into_iter().map($crate::rows::token).collect()
            }

            async fn delete_token(&self, short: &str) -> $crate::Result<u64> {
                let failed = self.failed("delete a join token");
                let mut transaction = self.begin("delete a join token").await?;
                let found = sqlx::query_as($crate::sql::TOKENS).fetch_all(&mut *transaction).await.map_err(failed)?;
                let mut gone = 0;
                for row in found {
                    let token = $crate::rows::token(row)?;
                    if token.hash.short() == short {
                        let statement = sqlx::query($crate::sql::DELETE_TOKEN).bind(token.hash.0.to_vec());
                        gone += statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
                    }
                }
                transaction.commit().await.map_err(failed)?;
                Ok(gone)
            }
        }
    };
}
