//! Join tokens.

use crate::PostgresStore;
use async_trait::async_trait;
use cmdb::{Error, Result, Token, Tokens, rows, sql};
use sqlx::{query, query_as};

#[async_trait]
impl Tokens for PostgresStore {
    async fn insert_token(&self, token: &Token) -> Result<()> {
        let failed = self.failed("write a join token");
        let mut transaction = self.begin("write a join token").await?;
        let made = query(sql::INSERT_TOKEN)
            .bind(token.hash.0.to_vec())
            .bind(cmdb::clean_text(&token.pattern).into_owned())
            .bind(token.made.micros())
            .bind(cmdb::clean_text(&token.made_by).into_owned())
            .bind(token.expires.micros())
            .bind(token.used.as_ref().map(|(minion, _)| minion.to_string()))
            .bind(token.used.as_ref().map(|(_, at)| at.micros()))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if made.rows_affected() == 0 {
            return Err(Error::conflict(format!("a join token {} is stored already; make another", token.hash.short())));
        }
        transaction.commit().await.map_err(failed)
    }

    async fn tokens(&self) -> Result<Vec<Token>> {
        let found = query_as(sql::TOKENS).fetch_all(&self.pool).await.map_err(self.failed("list join tokens"))?;
        found.into_iter().map(rows::token).collect()
    }

    async fn delete_token(&self, short: &str) -> Result<u64> {
        let failed = self.failed("delete a join token");
        let mut transaction = self.begin("delete a join token").await?;
        let found = query_as(sql::TOKENS).fetch_all(&mut *transaction).await.map_err(failed)?;
        let mut gone = 0;
        for row in found {
            let token = rows::token(row)?;
            if token.hash.short() == short {
                let statement = query(sql::DELETE_TOKEN).bind(token.hash.0.to_vec());
                gone += statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
            }
        }
        transaction.commit().await.map_err(failed)?;
        Ok(gone)
    }
}
