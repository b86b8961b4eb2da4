//! Sales: priced, paid, numbered without gaps, then voided or refunded but never deleted.

pub mod doers;
pub mod http;
pub mod late;
pub mod model;
pub mod pricing;
pub mod receipt;
pub mod refunds;
pub mod repo;
pub mod shares;
pub mod tender;
pub mod till;
pub mod voids;

pub(crate) mod draft;
mod offers;
mod references;
mod repeats;
mod repriced;
pub(crate) mod write;

use kernel::{
    Permission, Problem,
    ids::{SaleId, UserId},
    paging::Page,
};

use crate::{
    actor::Actor,
    context::Context,
    error::SalesResult,
    idempotency::{Answer, RequestKey},
};
use model::{NewSale, Sale};
use repo::SaleFilter;
use till::Till;

/// All use cases of sales.
#[derive(Clone, Debug)]
pub struct Orders {
    ctx: Context,
    till: Till,
}

impl Orders {
    /// Opens the till: starts the task that commits groups of sales. Needs a running runtime.
    #[must_use]
    pub fn open(ctx: Context) -> Self {
        Self {
            till: Till::open(ctx.clone()),
            ctx,
        }
    }

    /// Records a sale, once per key.
    pub async fn record(
        &self,
        actor: Actor,
        order: NewSale,
        key: Option<RequestKey>,
    ) -> SalesResult<Answer> {
        self.till.record(actor, order, key).await
    }

    /// Records many sales at once, each for itself, once per id. What could not be read stays refused.
    pub async fn record_all(
        &self,
        actor: &Actor,
        orders: Vec<Result<NewSale, Problem>>,
    ) -> Vec<Result<Answer, Problem>> {
        self.till.record_all(actor, orders).await
    }

    /// Returns one sale. Cashiers see only their own sales.
    ///
    /// # Errors
    /// `resource.not_found`, also for another cashier's sale.
    pub async fn get(&self, actor: &Actor, id: SaleId) -> SalesResult<Sale> {
        let sale = repo::find(&self.ctx.read, id).await?;
        sale.filter(|sale| {
            self.visible_to(actor)
                .is_none_or(|own| own == sale.cashier_id)
        })
        .ok_or_else(|| Problem::not_found("sale").into())
    }

    /// Lists sales by the time when they happened, newest first.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: SaleFilter,
        before: Option<(i64, SaleId)>,
        limit: u32,
    ) -> SalesResult<Page<Sale>> {
        let cashier_id = self.visible_to(actor).or(filter.cashier_id);
        repo::list(
            &self.ctx.read,
            SaleFilter {
                cashier_id,
                ..filter
            },
            before,
            limit,
        )
        .await
    }

    /// The context of the use cases.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.ctx
    }

    /// The cashier whose sales the actor may see; `None` for all.
    #[expect(clippy::unused_self, reason = "reads as a rule of the service")]
    fn visible_to(&self, actor: &Actor) -> Option<UserId> {
        if actor.may(Permission::ReadAllSales) {
            None
        } else {
            actor.user_id
        }
    }
}
