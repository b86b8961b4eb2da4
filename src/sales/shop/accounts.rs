//! Payment accounts: the wallets and bank accounts of the shop, by name. M-Pesa, Airtel and Orange
//! are three accounts, though all are mobile money. An account is renamed or archived, never deleted,
//! since money lines refer to it.

pub mod http;

use std::collections::BTreeMap;

use kernel::{Problem, Timestamp, ids::PaymentAccountId, text};
use platform::headers::IfMatch;
use serde::{Deserialize, Serialize};
use store::{ColumnKind, ReadDb, Tx, json_rows, selection, to_json};

use super::ShopService;
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::{SalesError, SalesResult},
    idempotency::{self, Answer, RequestKey},
};

/// Most accounts in a list: a shop has a few.
pub const MAX_ACCOUNTS: i64 = 200;

/// What an account takes. Cash is in the drawer, which is no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum AccountMethod {
    /// A wallet of an operator: M-Pesa, Airtel Money, Orange Money.
    MobileMoney,
    /// A card terminal.
    Card,
    /// An account at a bank.
    BankTransfer,
}

impl AccountMethod {
    /// The word in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A wallet or a bank account of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Account {
    /// The account's id, which money lines name as `account`.
    pub id: PaymentAccountId,
    /// The account's name, unique in the shop.
    #[schema(example = "M-Pesa")]
    pub name: String,
    /// The payment method that it takes.
    pub method: AccountMethod,
    /// True when it takes no more payments.
    pub archived: bool,
    /// Number of its changes, for `If-Match`.
    pub version: i64,
    /// When the account was created.
    pub created_at: Timestamp,
}

/// A change of an account. `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct AccountFields {
    /// The new name.
    pub name: Option<String>,
    /// Whether it takes no more payments.
    pub archived: Option<bool>,
}

selection! {
    Stored of Account in account { id, name, method, archived, version, created_at = created_at_us }
}

store::stored_words!(AccountMethod);

/// The query of accounts with what follows their table.
fn accounts_with(rest: &str) -> String {
    format!(
        "SELECT {} FROM payment_accounts AS account {rest}",
        Stored::SELECT
    )
}

/// The accounts with these ids. Unknown ids are left out.
pub async fn find(
    tx: &Tx,
    ids: &[PaymentAccountId],
) -> SalesResult<BTreeMap<PaymentAccountId, Account>> {
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let join = format!("JOIN {source} AS wanted ON wanted.id = account.id");
    let sql = accounts_with(&join);
    let ids: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let found = tx.select::<Stored>(&sql, [to_json(&ids).into()]).await?;
    let found = found.into_iter().map(|account| (account.id, account));
    Ok(found.collect())
}

/// Every account, by name.
async fn list(read: &ReadDb) -> SalesResult<Vec<Account>> {
    let order = format!("ORDER BY account.name_folded LIMIT {MAX_ACCOUNTS}");
    let sql = accounts_with(&order);
    Ok(read.select::<Stored>(&sql, []).await?)
}

impl ShopService {
    /// Every payment account by name, including archived ones.
    pub async fn payment_accounts(&self) -> SalesResult<Vec<Account>> {
        list(&self.ctx.read).await
    }

    /// Creates a payment account, once per key.
    ///
    /// # Errors
    /// `payment_account.name_taken`.
    pub async fn create_payment_account(
        &self,
        actor: &Actor,
        key: Option<&RequestKey>,
        name: &str,
        method: AccountMethod,
    ) -> SalesResult<Answer> {
        let ctx = &self.ctx;
        let work = async |tx: &Tx| {
            let account = Account {
                id: PaymentAccountId::generate(),
                name: name.trim().to_owned(),
                method,
                archived: false,
                version: 1,
                created_at: ctx.clock.now(),
            };
            insert(tx, &account).await?;
            let deed = Deed::PaymentAccountCreate;
            record(tx, actor, account.created_at, deed, None, &account).await?;
            Answer::first(201, &account)
        };
        idempotency::once(&ctx.write, &ctx.in_flight, &*ctx.clock, key, work).await
    }

    /// Renames or archives a payment account. Money lines keep it.
    ///
    /// # Errors
    /// `resource.not_found`, `request.precondition_failed`, `payment_account.name_taken`.
    pub async fn update_payment_account(
        &self,
        actor: &Actor,
        id: PaymentAccountId,
        if_match: IfMatch,
        fields: &AccountFields,
    ) -> SalesResult<Account> {
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                let before = lock(tx, id)
                    .await?
                    .ok_or_else(|| Problem::not_found("payment account"))?;
                if_match.check(before.version)?;
                let name = fields.name.as_deref().map(str::trim);
                let mut after = Account {
                    name: name.unwrap_or(&before.name).to_owned(),
                    archived: fields.archived.unwrap_or(before.archived),
                    ..before.clone()
                };
                if after == before {
                    return Ok::<_, SalesError>(before);
                }
                after.version = before.version.saturating_add(1);
                update(tx, &after).await?;
                let deed = Deed::PaymentAccountUpdate;
                let at = self.ctx.clock.now();
                record(tx, actor, at, deed, Some(&before), &after).await?;
                Ok(after)
            })
            .await
    }
}

async fn lock(tx: &Tx, id: PaymentAccountId) -> SalesResult<Option<Account>> {
    let one = format!("WHERE account.id = $1{}", tx.dialect().for_update());
    let sql = accounts_with(&one);
    Ok(tx.select_one::<Stored>(&sql, [id.as_uuid().into()]).await?)
}

async fn insert(tx: &Tx, account: &Account) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO payment_accounts (id, name, name_folded, method, archived, version, created_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            account.id.as_uuid().into(),
            account.name.as_str().into(),
            text::fold(&account.name).into(),
            account.method.as_str().into(),
            account.archived.into(),
            account.version.into(),
            account.created_at.micros().into(),
        ],
    )
    .await?;
    Ok(())
}

async fn update(tx: &Tx, account: &Account) -> SalesResult<()> {
    tx.execute(
        "UPDATE payment_accounts SET name = $2, name_folded = $3, archived = $4, version = $5 WHERE id = $1",
        [
            account.id.as_uuid().into(),
            account.name.as_str().into(),
            text::fold(&account.name).into(),
            account.archived.into(),
            account.version.into(),
        ],
    )
    .await?;
    Ok(())
}

async fn record(
    tx: &Tx,
    actor: &Actor,
    at: Timestamp,
    deed: Deed,
    before: Option<&Account>,
    after: &Account,
) -> SalesResult<()> {
    let entry = Entry::of(deed, after.id).before(before).after(after);
    audit::record(tx, actor, at, entry).await
}
