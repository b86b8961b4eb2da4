//! What a text is found in: the numbers, notes and references of sales, and the names of products.

use kernel::{Timestamp, text::reference_key};
use store::{ColumnKind, Dialect, ReadDb, json_rows, to_json};
use uuid::Uuid;

use super::index::{entry_of, words_of};
use crate::{
    conditions::{Conditions, Values},
    error::SalesResult,
    search::{Search, behind_prefix},
};

/// Longest text of a query.
pub const MAX_TEXT: usize = 100;
/// Most sales that are found by their own text: the newest.
const MAX_SALES: i64 = 500;
/// Most of them that are found by an unfinished word.
const MAX_UNFINISHED: i64 = 200;
/// Most products that are found by their name.
const MAX_PRODUCTS: i64 = 200;
/// Shortest beginning of a reference.
const MIN_REFERENCE: usize = 3;

/// Where the text was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Sales, by their number, note or a reference.
    pub(super) sales: Vec<Uuid>,
    /// Products, by their name, SKU or barcode.
    pub(super) products: Vec<Uuid>,
}

/// The time in which notes are looked for: its start, and its end, not included.
pub(super) type NotedIn = (Option<Timestamp>, Option<Timestamp>);

/// Finds a text. The time limits the notes.
pub(super) async fn find(read: &ReadDb, time: NotedIn, text: &str) -> SalesResult<Found> {
    let mut sales = by_number(read, text).await?;
    sales.extend(by_reference(read, text).await?);
    sales.extend(by_note(read, time, text).await?);
    sales.sort_unstable();
    sales.dedup();
    Ok(Found {
        sales,
        products: products(read, text).await?,
    })
}

async fn by_number(read: &ReadDb, text: &str) -> SalesResult<Vec<Uuid>> {
    let text = text.trim();
    let external = "SELECT id FROM sales WHERE external_number = $1 LIMIT 500";
    let mut sales = read.values::<Uuid>(external, [text.into()]).await?;
    // Numbers are printed in groups: 44 771.
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(number) = digits.parse::<i64>().ok().filter(|number| *number > 0) {
        let sql = "SELECT id FROM sales WHERE number = $1";
        sales.extend(read.values::<Uuid>(sql, [number.into()]).await?);
    }
    Ok(sales)
}

/// By the beginning of a reference that is in use.
async fn by_reference(read: &ReadDb, text: &str) -> SalesResult<Vec<Uuid>> {
    let key = reference_key(text);
    if key.chars().count() < MIN_REFERENCE {
        return Ok(Vec::new());
    }
    let of = |method: &str| {
        format!(
            "SELECT sale_id FROM (SELECT payment.sale_id FROM payments AS payment WHERE payment.method {method} 'mobile_money'
             AND payment.reference_normal IS NOT NULL AND payment.is_live
             AND payment.reference_normal >= $1 AND payment.reference_normal < $2 LIMIT {MAX_SALES}) AS paid"
        )
    };
    let sql = format!("{} UNION {}", of("="), of("<>"));
    let end = behind_prefix(&key);
    Ok(read.values(&sql, [key.into(), end.into()]).await?)
}

/// By all words of the text, of which the longest and the last may be unfinished. Sales with the longest
/// word itself come first, newest first; then some with words that only begin with it.
async fn by_note(read: &ReadDb, (since, until): NotedIn, text: &str) -> SalesResult<Vec<Uuid>> {
    let words = words_of(text);
    let Some(lead) = words.iter().max_by_key(|word| word.chars().count()) else {
        return Ok(Vec::new());
    };
    let mut conditions = Conditions::default();
    let (from, to) = range_of(lead, &mut conditions.values);
    let since = since.map(Timestamp::micros);
    conditions.require_if("entry.occurred_at_us >= ?", since);
    let until = until.map(Timestamp::micros);
    conditions.require_if("entry.occurred_at_us < ?", until);
    let last = text.split_whitespace().next_back().map(words_of);
    let is_last = |word: &String| last.as_ref().is_some_and(|last| last.contains(word));
    let finished = words.iter().filter(|word| *word != lead && !is_last(word));
    for word in finished {
        conditions.require(
            "EXISTS (SELECT 1 FROM sale_index_words AS other WHERE other.word = ?
             AND other.occurred_at_us = entry.occurred_at_us AND other.sale_id = entry.sale_id)",
            entry_of(word),
        );
    }
    let (condition, values) = conditions.into_parts();
    let sql = format!(
        "SELECT sale_id FROM (SELECT entry.sale_id FROM sale_index_words AS entry WHERE entry.word = {from} AND {condition}
             ORDER BY entry.occurred_at_us DESC, entry.sale_id DESC LIMIT {MAX_SALES}) AS exact
         UNION SELECT sale_id FROM (SELECT entry.sale_id FROM sale_index_words AS entry WHERE entry.word > {from} AND entry.word < {to}
             AND {condition} LIMIT {MAX_UNFINISHED}) AS unfinished"
    );
    let mut sales = read.values::<Uuid>(&sql, values).await?;
    if words.len() > 1 {
        sales = with_all(read, &sales, &words).await?;
    }
    sales.extend(not_indexed(read, &words).await?);
    Ok(sales)
}

store::selection! {
    Noted in sale (id: Uuid, note: String)
}

/// The same among the newest sales that are not in the index yet.
async fn not_indexed(read: &ReadDb, words: &[String]) -> SalesResult<Vec<Uuid>> {
    let up_to = "SELECT up_to FROM sale_index_state WHERE id = 1";
    let up_to = read.value::<i64>(up_to, []).await?.unwrap_or(0);
    let sql = format!(
        "SELECT {} FROM sales AS sale WHERE sale.number > $1 AND sale.note IS NOT NULL ORDER BY sale.number DESC LIMIT {MAX_SALES}",
        Noted::SELECT
    );
    let noted = read.select::<Noted>(&sql, [up_to.into()]).await?;
    let found = noted.into_iter().filter(|(_, note)| has_all(note, words));
    Ok(found.map(|(id, _)| id).collect())
}

/// Those of the sales whose note has every word, or one that begins with it.
async fn with_all(read: &ReadDb, sales: &[Uuid], words: &[String]) -> SalesResult<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = sales.iter().map(|id| (*id,)).collect();
    let wanted = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT {} FROM {wanted} AS wanted JOIN sales AS sale ON sale.id = wanted.id WHERE sale.note IS NOT NULL",
        Noted::SELECT
    );
    let noted = read.select::<Noted>(&sql, [to_json(&rows).into()]).await?;
    let found = noted.into_iter().filter(|(_, note)| has_all(note, words));
    Ok(found.map(|(id, _)| id).collect())
}

fn has_all(note: &str, words: &[String]) -> bool {
    let noted = words_of(note);
    let begins = |word: &String| noted.iter().any(|one| one.starts_with(word.as_str()));
    words.iter().all(begins)
}

fn range_of(word: &str, values: &mut Values) -> (String, String) {
    let entry = entry_of(word);
    let end = behind_prefix(&entry);
    (values.bind(entry), values.bind(end))
}

/// Products by their words, sold now or not. One or two letters alone find no product.
async fn products(read: &ReadDb, text: &str) -> SalesResult<Vec<Uuid>> {
    let Some(search @ Search::Words { .. }) = Search::parse(text) else {
        return Ok(Vec::new());
    };
    let dialect = read.dialect();
    let mut values = Values::default();
    let Some(hits) = search.hits(dialect, false, &mut values) else {
        return Ok(Vec::new());
    };
    let condition = search.condition(dialect, &mut values);
    let key = crate::search::row_key(dialect);
    let sql = match dialect {
        Dialect::Sqlite => format!(
            "SELECT p.id FROM (SELECT k FROM ({hits}) LIMIT 5000) AS hit CROSS JOIN products AS p ON p.{key} = hit.k WHERE {condition} LIMIT {MAX_PRODUCTS}"
        ),
        Dialect::Postgres => format!(
            "SELECT p.id FROM ({hits} LIMIT 5000) AS hit JOIN products AS p ON p.{key} = hit.k WHERE {condition} LIMIT {MAX_PRODUCTS}"
        ),
    };
    Ok(read.values(&sql, values.0).await?)
}
