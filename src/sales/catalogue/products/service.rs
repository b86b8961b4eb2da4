//! Creates, changes and reads products.

use std::collections::HashMap;

use kernel::{Code, Problem, ids::ProductId};
use platform::headers::IfMatch;
use store::{Source, Tx};

use super::{
    ChangedProduct, NewProduct, Product, ProductChange, ProductFields, ProductFilter, ProductSort,
    StoredProduct,
    checks::{
        PointerOf, alone, check_against_shop, check_units, faults_of, in_set, pairs_of, refuse,
        stock_fault,
    },
    codes::{self, CodeKind},
    listing,
    position::Position,
    repo, rules,
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    catalogue::Catalogue,
    error::{SalesError, SalesResult},
    idempotency::{self, Answer, RequestKey},
    inventory::{
        held::Held,
        ledger::move_stock,
        locations,
        movement::{MovementKind, StockMove},
        prices::{NewPrice, record_prices},
    },
    paging::{next_cursor, open_cursor},
};

/// The price and cost of a product, for the price history.
pub(super) const fn price_of(product: &StoredProduct) -> NewPrice {
    NewPrice {
        product_id: product.id,
        price_minor: product.price_minor,
        cost_minor: product.cost_minor,
    }
}

/// Products of one statement: their JSON is about two megabytes.
const CHUNK: usize = 5_000;

/// A page of products.
#[derive(Debug)]
pub struct ProductPage {
    /// Products in the requested order.
    pub items: Vec<Product>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
}

impl Catalogue {
    /// Creates a product in the caller's transaction, with its barcodes, first price and opening
    /// stock, and writes the audit log.
    ///
    /// # Errors
    /// `request.validation_failed`, `product.sku_taken`, `product.barcode_taken`,
    /// `request.unknown_reference`, with pointers into the product.
    pub async fn create_product(
        &self,
        tx: &Tx,
        actor: &Actor,
        new: &NewProduct,
    ) -> SalesResult<ProductId> {
        let made = self
            .create(
                tx,
                actor,
                &[ProductId::generate()],
                std::slice::from_ref(new),
                alone,
            )
            .await?;
        let product = made.into_iter().next();
        let product = product.ok_or_else(|| Problem::of(Code::Internal))?;
        let entry = Entry::of(Deed::ProductCreate, product.id).after(&product);
        audit::record(tx, actor, product.created_at, entry).await?;
        Ok(product.id)
    }

    /// Creates a set of products in the caller's transaction, all or none. The caller writes the
    /// audit log: one entry for the whole deed.
    ///
    /// # Errors
    /// As [`Self::create_product`], with pointers that begin with the position in the set.
    pub async fn create_products(
        &self,
        tx: &Tx,
        actor: &Actor,
        new: &[NewProduct],
    ) -> SalesResult<Vec<ProductId>> {
        let ids: Vec<ProductId> = new.iter().map(|_| ProductId::generate()).collect();
        self.create_products_as(tx, actor, &ids, new).await?;
        Ok(ids)
    }

    /// The same under ids from the caller, one for each.
    ///
    /// # Errors
    /// As [`Self::create_products`].
    pub async fn create_products_as(
        &self,
        tx: &Tx,
        actor: &Actor,
        ids: &[ProductId],
        new: &[NewProduct],
    ) -> SalesResult<()> {
        self.create(tx, actor, ids, new, in_set).await?;
        Ok(())
    }

    async fn create(
        &self,
        tx: &Tx,
        actor: &Actor,
        ids: &[ProductId],
        new: &[NewProduct],
        place: PointerOf,
    ) -> SalesResult<Vec<StoredProduct>> {
        let at = self.ctx.clock.now();
        let drafts = new.iter().zip(ids);
        let products: Vec<StoredProduct> =
            drafts.map(|(one, id)| rules::draft(one, *id, at)).collect();
        let all: Vec<(usize, &StoredProduct)> = products.iter().enumerate().collect();
        let mut faults = faults_of(&all, place);
        for (index, (one, product)) in new.iter().zip(&products).enumerate() {
            faults.extend(stock_fault(one.initial_stock, &product.unit, &place(index)));
        }
        refuse(Code::ValidationFailed, faults)?;
        check_against_shop(tx, &all, place).await?;
        for chunk in products.chunks(CHUNK) {
            repo::insert(tx, chunk, repo::prepare(tx.dialect(), chunk)).await?;
        }
        record_prices(tx, products.iter().map(price_of), actor.user_id, at).await?;
        if new.iter().any(|one| !one.initial_stock.is_zero()) {
            let location_id = locations::default_location(tx).await?;
            let moves: Vec<StockMove> = new
                .iter()
                .zip(&products)
                .filter(|(one, _)| !one.initial_stock.is_zero())
                .map(|(one, product)| StockMove {
                    product_id: product.id,
                    location_id,
                    delta: one.initial_stock,
                    kind: MovementKind::Opening,
                    reference_id: None,
                    unit_cost_minor: Some(product.cost_minor),
                    reason: None,
                    actor_id: actor.user_id,
                    occurred_at: at,
                })
                .collect();
            let levels = moves.iter().map(StockMove::level);
            let held = Held::take(tx, &*self.ctx.clock, levels).await?;
            move_stock(tx, held, &moves).await?;
        }
        Ok(products)
    }

    /// Changes a set of products in the caller's transaction, all or none, with their barcodes and,
    /// if price or cost changes, an entry in the price history. Unchanged products are not written
    /// and not returned. The caller writes the audit log. At most one change for each product.
    ///
    /// # Errors
    /// As [`Self::create_products`]; `request.unknown_reference` for an unknown product.
    pub async fn update_products(
        &self,
        tx: &Tx,
        actor: &Actor,
        changes: &[ProductChange],
    ) -> SalesResult<Vec<ChangedProduct>> {
        let ids: Vec<ProductId> = changes.iter().map(|change| change.id).collect();
        let stored = repo::load(tx, &ids).await?;
        self.update(tx, actor, &stored, changes, in_set).await
    }

    pub(super) async fn update(
        &self,
        tx: &Tx,
        actor: &Actor,
        stored: &HashMap<ProductId, StoredProduct>,
        changes: &[ProductChange],
        place: PointerOf,
    ) -> SalesResult<Vec<ChangedProduct>> {
        let at = self.ctx.clock.now();
        let pairs = pairs_of(stored, changes, at, place)?;
        let judged: Vec<(usize, &StoredProduct)> = pairs
            .iter()
            .filter(|(_, change, before, after)| {
                (*before != after || change.fields.names_codes()) && !change.fields.only_archives()
            })
            .map(|(index, _, _, after)| (*index, after))
            .collect();
        refuse(Code::ValidationFailed, faults_of(&judged, place))?;
        check_against_shop(tx, &judged, place).await?;
        check_units(tx, &pairs, place).await?;

        let changed: Vec<(&StoredProduct, StoredProduct)> = pairs
            .into_iter()
            .filter(|(.., before, after)| *before != after)
            .map(|(_, change, before, mut after)| {
                // No other product has the SKU of a product that passed the checks.
                if !change.fields.only_archives() {
                    after.sku_conflict = 0;
                }
                (before, after)
            })
            .collect();
        let where_differs = |differs: fn(&StoredProduct, &StoredProduct) -> bool| {
            changed
                .iter()
                .filter(move |(before, after)| differs(before, after))
                .map(|(_, after)| after)
        };
        let after: Vec<&StoredProduct> = where_differs(|_, _| true).collect();
        repo::update(tx, &after).await?;
        let recoded: Vec<&StoredProduct> = where_differs(|a, b| a.barcodes != b.barcodes).collect();
        repo::replace_barcodes(tx, &recoded).await?;
        if !recoded.is_empty() || where_differs(|a, b| a.sku != b.sku).next().is_some() {
            codes::hand_on(tx).await?;
        }
        let repriced =
            where_differs(|a, b| (a.price_minor, a.cost_minor) != (b.price_minor, b.cost_minor));
        record_prices(tx, repriced.map(price_of), actor.user_id, at).await?;
        Ok(changed
            .into_iter()
            .map(|(before, after)| ChangedProduct {
                before: before.clone(),
                after,
            })
            .collect())
    }

    /// Creates a product for a client, once per key.
    ///
    /// # Errors
    /// As [`Self::create_product`].
    pub async fn post_product(
        &self,
        actor: &Actor,
        key: Option<&RequestKey>,
        new: &NewProduct,
    ) -> SalesResult<Answer> {
        let work = async |tx: &Tx| {
            let id = self.create_product(tx, actor, new).await?;
            let product = listing::find(Source::Tx(tx), id).await?;
            Answer::first(201, &product.ok_or_else(|| Problem::of(Code::Internal))?)
        };
        idempotency::once(
            &self.ctx.write,
            &self.ctx.in_flight,
            &*self.ctx.clock,
            key,
            work,
        )
        .await
    }

    /// Changes a product for a client. A change without effect returns the product as it is.
    ///
    /// # Errors
    /// `resource.not_found`, `request.precondition_failed`, and as [`Self::create_product`].
    pub async fn patch_product(
        &self,
        actor: &Actor,
        id: ProductId,
        if_match: IfMatch,
        fields: ProductFields,
    ) -> SalesResult<Product> {
        let deed = match fields.archived {
            Some(true) => Deed::ProductArchive,
            Some(false) => Deed::ProductUnarchive,
            None => Deed::ProductUpdate,
        };
        let change = [ProductChange { id, fields }];
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                let stored = repo::load(tx, &[id]).await?;
                let before = stored
                    .get(&id)
                    .ok_or_else(|| Problem::not_found("product"))?;
                if_match.check(before.version)?;
                let changed = self.update(tx, actor, &stored, &change, alone).await?;
                for one in changed {
                    let entry = Entry::of(deed, id).before(&one.before).after(&one.after);
                    audit::record(tx, actor, one.after.updated_at, entry).await?;
                }
                let product = listing::find(Source::Tx(tx), id).await?;
                Ok::<_, SalesError>(product.ok_or_else(|| Problem::of(Code::Internal))?)
            })
            .await
    }

    /// Returns one product.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub async fn product(&self, id: ProductId) -> SalesResult<Product> {
        let product = listing::find(Source::Read(&self.ctx.read), id).await?;
        Ok(product.ok_or_else(|| Problem::not_found("product"))?)
    }

    /// A page of products.
    ///
    /// # Errors
    /// `request.invalid_cursor` for a cursor of another list, `request.unknown_reference` for an unknown
    /// location.
    pub async fn products(
        &self,
        filter: &ProductFilter,
        sort: ProductSort,
        cursor: Option<&str>,
        limit: u32,
    ) -> SalesResult<ProductPage> {
        let list = format!("products {sort:?} {filter:?}");
        let after: Option<Position> = open_cursor(&list, cursor)?;
        if after.as_ref().is_some_and(|after| !after.fits(sort)) {
            return Err(platform::cursor::refused().into());
        }
        let read = &self.ctx.read;
        locations::check(read, filter.location_id, "?location_id").await?;
        let page = listing::page(read, filter, sort, after.as_ref(), limit).await?;
        Ok(ProductPage {
            next_cursor: next_cursor(&list, &page, |last| listing::position_of(last, sort)),
            items: page.items.into_iter().map(|one| one.product).collect(),
        })
    }

    /// Finds products by SKU, in any case. Unknown SKUs are left out.
    pub async fn find_by_sku(
        &self,
        tx: &Tx,
        skus: &[&str],
    ) -> SalesResult<HashMap<String, ProductId>> {
        codes::find(tx, CodeKind::Sku, skus).await
    }

    /// Finds products by barcode, in any of its forms. Unknown barcodes are left out.
    pub async fn find_by_barcode(
        &self,
        tx: &Tx,
        barcodes: &[&str],
    ) -> SalesResult<HashMap<String, ProductId>> {
        codes::find(tx, CodeKind::Barcode, barcodes).await
    }

    /// Reads products as stored, and locks their rows until the end of the transaction.
    pub async fn load_products(
        &self,
        tx: &Tx,
        ids: &[ProductId],
    ) -> SalesResult<HashMap<ProductId, StoredProduct>> {
        repo::load(tx, ids).await
    }
}
