//! The index of sales by what they contain: products, location, methods and foreign currencies of
//! their payments, and the words of their notes.
//!
//! An index on the lines themselves would make every sale write in as many places as it has products.
//! So it is filled later, thousands of sales at a time in the order of their numbers, which no sale can
//! get below the last indexed one. Lists also look through the few sales that are not in it yet.

use std::time::Duration;

use kernel::{ids::SaleId, text};
use store::{ColumnKind, Tx, WriteDb, insert_from_json, selection, to_json};

use crate::error::{SalesError, SalesResult};

/// Sales in one transaction: the writer is held for some tens of milliseconds.
const CHUNK: i64 = 4_000;
/// Pause between two transactions, for the tills.
const PAUSE: Duration = Duration::from_millis(100);
/// Words of a note in the index.
const MAX_WORDS: usize = 100;
/// Longest word in the index, in characters.
const MAX_WORD: usize = 40;

selection! {
    State in state (
        up_to: i64,
        newest: i64 = "(SELECT COALESCE(MAX(number), 0) FROM sales)",
    )
    Noted in sale (id: SaleId, at: i64 = occurred_at_us, note: String)
}

/// The words of a text as they are indexed and looked up: folded, letters and digits only.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let folded = text::fold(text);
    let mut words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| word.chars().take(MAX_WORD).collect())
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The entry for a word of a note, apart from those of methods and currencies.
pub(super) fn entry_of(word: &str) -> String {
    format!("~{word}")
}

/// Adds the sales so far to the index, and returns how many it added. It may run at any time, and
/// several times at once. It ends although sales are made meanwhile.
pub async fn catch_up(write: &WriteDb) -> SalesResult<i64> {
    let sql = format!(
        "SELECT {} FROM sale_index_state AS state WHERE id = 1",
        State::SELECT
    );
    let waiting = write.primary().select_one::<State>(&sql, []).await?;
    let (first, goal) = waiting.unwrap_or_default();
    let mut from = first;
    while from < goal {
        from = enter(write, goal).await?;
        if from < goal {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(goal - first)
}

/// Adds some sales, and returns the number of the last one in the index.
async fn enter(write: &WriteDb, goal: i64) -> SalesResult<i64> {
    write
        .transaction(async |tx: &Tx| {
            let lock = tx.dialect().for_update();
            let sql = format!("SELECT up_to FROM sale_index_state WHERE id = 1{lock}");
            let Some(from) = tx.value::<i64>(&sql, []).await? else {
                return Ok(goal);
            };
            let to = goal.min(from + CHUNK);
            if to <= from {
                // Another instance was faster.
                return Ok(goal);
            }
            for sql in [THINGS, PAYMENTS] {
                tx.execute(sql, [from.into(), to.into()]).await?;
            }
            enter_notes(tx, from, to).await?;
            let sql = "UPDATE sale_index_state SET up_to = $1 WHERE id = 1";
            tx.execute(sql, [to.into()]).await?;
            Ok::<_, SalesError>(to)
        })
        .await
}

/// In the order of the index: the sales of a product are stored together.
const THINGS: &str = "INSERT INTO sale_index_things (thing_id, occurred_at_us, sale_id)
    SELECT DISTINCT line.product_id, sale.occurred_at_us, sale.id FROM sales AS sale
    JOIN sale_lines AS line ON line.sale_id = sale.id WHERE sale.number > $1 AND sale.number <= $2
    UNION ALL
    SELECT sale.location_id, sale.occurred_at_us, sale.id FROM sales AS sale WHERE sale.number > $1 AND sale.number <= $2
    ORDER BY 1, 2, 3";

const PAYMENTS: &str = "INSERT INTO sale_index_words (word, occurred_at_us, sale_id)
    SELECT payment.method, sale.occurred_at_us, sale.id FROM sales AS sale
    JOIN payments AS payment ON payment.sale_id = sale.id AND payment.direction = 'in'
    WHERE sale.number > $1 AND sale.number <= $2
    UNION
    SELECT payment.currency, sale.occurred_at_us, sale.id FROM sales AS sale
    JOIN payments AS payment ON payment.sale_id = sale.id AND payment.direction = 'in' AND payment.currency <> sale.currency
    WHERE sale.number > $1 AND sale.number <= $2
    ORDER BY 1, 2, 3";

async fn enter_notes(tx: &Tx, from: i64, to: i64) -> SalesResult<()> {
    let sql = format!(
        "SELECT {} FROM sales AS sale WHERE sale.number > $1 AND sale.number <= $2 AND sale.note IS NOT NULL",
        Noted::SELECT
    );
    let noted = tx.select::<Noted>(&sql, [from.into(), to.into()]).await?;
    let entries: Vec<(String, i64, SaleId)> = noted
        .iter()
        .flat_map(|(id, at, note)| {
            let words = words_of(note).into_iter();
            words.map(move |word| (entry_of(&word), *at, *id))
        })
        .collect();
    if entries.is_empty() {
        return Ok(());
    }
    let columns = [
        ("word", ColumnKind::Text),
        ("occurred_at_us", ColumnKind::Int),
        ("sale_id", ColumnKind::Uuid),
    ];
    let sql = insert_from_json(tx.dialect(), "sale_index_words", &columns, 1);
    tx.execute(&sql, [to_json(&entries).into()]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_found_by_its_words() {
        assert_eq!(
            words_of("Livré chez Mme. Œuvrard, tél 0991 livré"),
            ["0991", "chez", "livre", "mme", "oeuvrard", "tel"]
        );
        assert_eq!(words_of(" - … "), Vec::<String>::new());
    }
}
