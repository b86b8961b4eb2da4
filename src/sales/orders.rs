//! Sales: priced, paid, numbered without gaps, then voided or refunded but never deleted.

pub mod doers;
pub mod http;
pub mod index;
pub mod late;
pub mod model;
pub mod pricing;
pub mod receipt;
pub mod refunds;
pub mod repo;
pub mod shares;
pub mod tender;
pub mod text;
pub mod till;
pub mod voids;

pub(crate) mod draft;
mod meters;
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
use store::Source;

use crate::{
    actor::Actor,
    context::Context,
    error::SalesResult,
    idempotency::{Answer, RequestKey},
    names::{Named, names_of},
};
use model::{NewSale, Sale, named::NamedSale};
use repo::list::SaleFilter;
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

    /// Returns one sale with its names. Cashiers see only their own sales.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn get_named(&self, actor: &Actor, id: SaleId) -> SalesResult<NamedSale> {
        let sale = self.get(actor, id).await?;
        let mut named = self.with_names(vec![sale]).await?;
        named.pop().ok_or_else(|| Problem::not_found("sale").into())
    }

    /// Lists sales by the time when they happened, newest first.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: SaleFilter,
        before: Option<(i64, SaleId)>,
        limit: u32,
    ) -> SalesResult<Page<Sale>> {
        let read = &self.ctx.read;
        let filter = SaleFilter {
            cashier_id: self.visible_to(actor).or(filter.cashier_id),
            ..filter
        };
        let found = match &filter.text {
            Some(text) => Some(text::find(read, (filter.from, filter.until), text).await?),
            None => None,
        };
        let base = self.ctx.shop.current().await?.currency;
        repo::list::list(read, &filter, found.as_ref(), base, before, limit).await
    }

    /// The same with the names beside ids.
    pub async fn list_named(
        &self,
        actor: &Actor,
        filter: SaleFilter,
        before: Option<(i64, SaleId)>,
        limit: u32,
    ) -> SalesResult<Page<NamedSale>> {
        let page = self.list(actor, filter, before, limit).await?;
        Ok(Page {
            items: self.with_names(page.items).await?,
            has_more: page.has_more,
        })
    }

    /// Adds the names of users and locations: one query for each, however many sales there are.
    async fn with_names(&self, sales: Vec<Sale>) -> SalesResult<Vec<NamedSale>> {
        let read = Source::Read(&self.ctx.read);
        let people = sales
            .iter()
            .flat_map(|sale| [sale.cashier_id, sale.recorded_by]);
        let users = names_of(read, Named::Users, people.map(UserId::as_uuid)).await?;
        let places = sales.iter().map(|sale| sale.location_id.as_uuid());
        let locations = names_of(read, Named::Locations, places).await?;
        let name = |names: &std::collections::HashMap<uuid::Uuid, String>, id: uuid::Uuid| {
            names.get(&id).cloned().unwrap_or_default()
        };
        let named = sales.into_iter().map(|sale| NamedSale {
            cashier_name: name(&users, sale.cashier_id.as_uuid()),
            recorded_by_name: name(&users, sale.recorded_by.as_uuid()),
            location_name: name(&locations, sale.location_id.as_uuid()),
            refunded_minor: NamedSale::refunded(&sale),
            sale,
        });
        Ok(named.collect())
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
