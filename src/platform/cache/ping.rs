//! Whether a Redis answers, for commands that look at an installation.

use std::time::Duration;

use deadpool_redis::redis::{Client, RedisError, cmd};
use tokio::time::timeout;

/// Asks a Redis once.
///
/// # Errors
/// What is wrong, as a sentence without the password.
pub async fn ping(url: &str, patience: Duration) -> Result<(), String> {
    match timeout(patience, ask(url)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("it cannot be used: {error}")),
        Err(_) => Err("it does not answer".to_owned()),
    }
}

async fn ask(url: &str) -> Result<(), RedisError> {
    let mut connection = Client::open(url)?
        .get_multiplexed_async_connection()
        .await?;
    cmd("PING").query_async(&mut connection).await
}
