//! Which products earn most, and which are sold below their cost.

use std::collections::HashMap;

use kernel::{
    Period,
    figure::figure,
    ids::ProductId,
    read::{ProductFacts, SalesTotals},
};
use serde::Serialize;

use crate::{Analytics, asked::share, error::AnalyticsError, forecast::series::all_products};

/// Products that are shown of each.
const SHOWN: usize = 6;
const MAX_KEYS: u32 = 100_000;

/// What a product earned. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductMargin {
    /// The product, by the id of the catalogue.
    pub product_id: ProductId,
    /// SKU of the product.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Completed sales less refunds, without tax.
    pub revenue_minor: i64,
    /// Revenue less cost.
    pub margin_minor: i64,
    /// Margin as a part of the revenue; null without revenue.
    pub margin_share: Option<f64>,
}

/// The products that earn most, and those that cost.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductsOnDashboard {
    /// Products with the largest margin in the period, at most 6.
    pub best: Vec<ProductMargin>,
    /// Products whose sales in the period cost more than they brought, worst first, at most 6.
    pub below_cost: Vec<ProductMargin>,
    /// Number of products whose sales in the period cost more than they brought.
    pub below_cost_sold: usize,
    /// Number of products whose present price without tax is below their present cost.
    pub below_cost_priced: usize,
    /// Number of products in the catalogue, without archived ones.
    pub products: usize,
}

impl Analytics {
    pub(super) async fn products_on_dashboard(
        &self,
        period: &Period,
    ) -> Result<ProductsOnDashboard, AnalyticsError> {
        let products = all_products(&self.readers).await?;
        let totals = self
            .readers
            .sales
            .totals_by_product(period, MAX_KEYS)
            .await?;
        let totals: HashMap<ProductId, SalesTotals> = totals
            .into_iter()
            .map(|fact| (fact.key, fact.totals))
            .collect();
        let mut sold: Vec<(&ProductFacts, &SalesTotals)> = products
            .iter()
            .filter_map(|product| Some((product, totals.get(&product.id)?)))
            .collect();
        sold.sort_by_key(|(product, totals)| (-totals.margin_minor(), product.id));
        let costs = |totals: &SalesTotals| totals.margin_minor() < 0;
        let shown = |one: &(&ProductFacts, &SalesTotals)| -> Result<ProductMargin, AnalyticsError> {
            let (product, totals) = *one;
            let refuse = AnalyticsError::out_of_range(period);
            Ok(ProductMargin {
                product_id: product.id,
                sku: product.sku.clone(),
                name: product.name.clone(),
                revenue_minor: figure(totals.revenue_minor).map_err(&refuse)?,
                margin_minor: figure(totals.margin_minor()).map_err(&refuse)?,
                margin_share: share(totals.margin_minor(), totals.revenue_minor),
            })
        };
        let earning = sold.iter().filter(|(_, totals)| totals.margin_minor() > 0);
        let costing = sold.iter().rev().filter(|(_, totals)| costs(totals));
        let living = || products.iter().filter(|product| !product.is_archived);
        Ok(ProductsOnDashboard {
            best: earning.take(SHOWN).map(shown).collect::<Result<_, _>>()?,
            below_cost: costing.take(SHOWN).map(shown).collect::<Result<_, _>>()?,
            below_cost_sold: sold.iter().filter(|(_, totals)| costs(totals)).count(),
            below_cost_priced: living()
                .filter(|product| product.net_price_minor < product.cost_minor)
                .count(),
            products: living().count(),
        })
    }
}
