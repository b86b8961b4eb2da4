//! `/exports`: whole tables, streamed.

use actix_web::{
    HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    web,
};
use chrono::NaiveDate;
use files::write::language::Language;
use kernel::{
    Currency, Permission, Problem,
    ids::{CategoryId, DocumentId, LocationId, ProductId, UserId},
    product::MAX_CODE,
};
use platform::{
    access::{Allowed, Standing, to},
    problem::{ApiResult, ProblemBody},
    query::QueryOf,
    request::Origin,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    movements::MovementRows,
    products::ProductRows,
    sale_lines::SaleLineRows,
    stream::{Begun, Source},
    table::{ExportTable, Fault, Format},
    words::{Headings, Word},
};
use crate::{
    Sales,
    actor::Actor,
    catalogue::products::ProductFilter,
    inventory::{movement::MovementKind, movements::MovementFilter},
    orders::{
        model::{SaleState, money::PaymentMethod},
        repo::list::SaleFilter,
        text::MAX_TEXT,
    },
    paging::{self, bounds_of},
    shop_reader::Shop,
};

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(export_products_csv)
        .service(export_products_xlsx)
        .service(export_sales_csv)
        .service(export_sales_xlsx)
        .service(export_movements_csv)
        .service(export_movements_xlsx);
}

/// The language of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableLanguage {
    /// French headings; in CSV `;` between fields and `12,50`.
    Fr,
    /// English headings; in CSV `,` between fields and `12.50`.
    En,
}

/// Which products.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductExportQuery {
    /// Headings of the name, the SKU or a barcode; all must be found.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Only the product that has exactly this barcode.
    #[param(max_length = 64)]
    barcode: Option<String>,
    /// Only this category with all below it.
    category_id: Option<CategoryId>,
    /// Archived products instead of living ones.
    archived: Option<bool>,
    /// Only products at or below their reorder level.
    #[serde(default)]
    #[param(default = false)]
    low_stock: bool,
    /// Only products whose SKU or barcode an older product has in another writing.
    #[serde(default)]
    #[param(default = false)]
    conflict: bool,
    /// The language; the shop's when absent.
    #[param(inline)]
    locale: Option<TableLanguage>,
}

/// Which sales.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SaleExportQuery {
    /// First day, in the shop's time zone.
    from: Option<NaiveDate>,
    /// Last day, included.
    to: Option<NaiveDate>,
    /// In this state.
    state: Option<SaleState>,
    /// Only sales of this cashier, by user id.
    cashier_id: Option<UserId>,
    /// With this number.
    number: Option<i64>,
    /// Only those that arrived more than a quarter of an hour after they happened, or (false) only
    /// the others.
    entered_late: Option<bool>,
    /// Only sales with a line of this product; all of their lines are in the table.
    product_id: Option<ProductId>,
    /// Only sales whose goods left this location.
    location_id: Option<LocationId>,
    /// Only sales with a payment by this method. With `currency`, one payment must have both.
    method: Option<PaymentMethod>,
    /// Only sales with a payment in this currency.
    currency: Option<Currency>,
    /// Words to find, as in the list of sales.
    #[param(max_length = 100)]
    q: Option<String>,
    /// The language; the shop's when absent.
    #[param(inline)]
    locale: Option<TableLanguage>,
}

/// Which movements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MovementExportQuery {
    /// Of one product.
    product_id: Option<ProductId>,
    /// At one location.
    location_id: Option<LocationId>,
    /// Of one kind.
    kind: Option<MovementKind>,
    /// Caused by this user.
    actor_id: Option<UserId>,
    /// Only movements of this document.
    document_id: Option<DocumentId>,
    /// First day on which they were recorded, in the shop's time zone.
    from: Option<NaiveDate>,
    /// Last day on which they were recorded, included.
    to: Option<NaiveDate>,
    /// The language; the shop's when absent.
    #[param(inline)]
    locale: Option<TableLanguage>,
}

/// Who asks, and with what.
struct ExportRequest {
    sales: web::Data<Sales>,
    access: Allowed<to::ExportData>,
    standing: Standing,
    format: Format,
}

/// Export products as CSV.
///
/// The filters of the list of products; oldest product first. Its columns are those that an import of
/// products reads: changed in a spreadsheet, it can be sent to `POST /imports?kind=products`; unchanged,
/// its rows are found unchanged. The stock is under a header that an import does not read, so that old
/// levels never become a count. Amounts in major units. Purchase costs only for roles that may see them. A
/// text that a spreadsheet would run as a formula begins with an apostrophe. A user may take two
/// tables at once.
#[utoipa::path(
    operation_id = "export_products_csv", tag = "exports", params(ProductExportQuery),
    responses(
        (status = 200, description = "The table; a body that breaks off is not whole", body = String, content_type = "text/csv"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody),
        (status = 429, description = "The user takes as many tables as may be", body = ProblemBody),
    )
)]
#[get("/exports/products.csv")]
pub async fn export_products_csv(
    sales: web::Data<Sales>,
    access: Allowed<to::ExportData>,
    standing: Standing,
    query: QueryOf<ProductExportQuery>,
) -> ApiResult<HttpResponse> {
    let asked = ExportRequest {
        sales,
        access,
        standing,
        format: Format::Csv,
    };
    export_products(asked, query.0).await
}

/// Export products as a workbook.
///
/// As `export_products_csv`, with typed cells, a heading that stays in place and filters.
#[utoipa::path(
    operation_id = "export_products_xlsx", tag = "exports", params(ProductExportQuery),
    responses(
        (status = 200, description = "The workbook; a body that breaks off is not whole", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody),
        (status = 429, description = "The user takes as many tables as may be", body = ProblemBody),
    )
)]
#[get("/exports/products.xlsx")]
pub async fn export_products_xlsx(
    sales: web::Data<Sales>,
    access: Allowed<to::ExportData>,
    standing: Standing,
    query: QueryOf<ProductExportQuery>,
) -> ApiResult<HttpResponse> {
    let asked = ExportRequest {
        sales,
        access,
        standing,
        format: Format::Xlsx,
    };
    export_products(asked, query.0).await
}

/// Export sales as CSV.
///
/// The filters of the list of sales; the newest sale first, a row for each of its lines. Amounts in
/// major units of the shop's currency, moments in its time zone. The cost of a line only for roles that
/// may see costs.
#[utoipa::path(
    operation_id = "export_sales_csv", tag = "exports", params(SaleExportQuery),
    responses(
        (status = 200, description = "The table; a body that breaks off is not whole", body = String, content_type = "text/csv"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody),
        (status = 429, description = "The user takes as many tables as may be", body = ProblemBody),
    )
)]
#[get("/exports/sales.csv")]
pub async fn export_sales_csv(
    sales: web::Data<Sales>,
    access: Allowed<to::ExportData>,
    standing: Standing,
    origin: Origin,
    query: QueryOf<SaleExportQuery>,
) -> ApiResult<HttpResponse> {
    let asked = ExportRequest {
        sales,
        access,
        standing,
        format: Format::Csv,
    };
    export_sales(asked, origin, query.0).await
}

/// Export sales as a workbook.
///
/// As `export_sales_csv`, with typed cells, a heading that stays in place and filters.
#[utoipa::path(
    operation_id = "export_sales_xlsx", tag = "exports", params(SaleExportQuery),
    responses(
        (status = 200, description = "The workbook; a body that breaks off is not whole", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody),
        (status = 429, description = "The user takes as many tables as may be", body = ProblemBody),
    )
)]
#[get("/exports/sales.xlsx")]
pub async fn export_sales_xlsx(
    sales: web::Data<Sales>,
    access: Allowed<to::ExportData>,
    standing: Standing,
    origin: Origin,
    query: QueryOf<SaleExportQuery>,
) -> ApiResult<HttpResponse> {
    let asked = ExportRequest {
        sales,
        access,
        standing,
        format: Format::Xlsx,
    };
    export_sales(asked, origin, query.0).await
}

/// Export movements of stock as CSV.
///
/// The filters of the list of movements; the newest first.
#[utoipa::path(
    operation_id = "export_movements_csv", tag = "exports", params(MovementExportQuery),
    responses(
        (status = 200, description = "The table; a body that breaks off is not whole", body = String, content_type = "text/csv"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody),
        (status = 429, description = "The user takes as many tables as may be", body = ProblemBody),
    )
)]
#[get("/exports/movements.csv")]
pub async fn export_movements_csv(
    sales: web::Data<Sales>,
    access: Allowed<to::ExportData>,
    standing: Standing,
    query: QueryOf<MovementExportQuery>,
) -> ApiResult<HttpResponse> {
    let asked = ExportRequest {
        sales,
        access,
        standing,
        format: Format::Csv,
    };
    export_movements(asked, query.0).await
}

/// Export movements of stock as a workbook.
///
/// As `export_movements_csv`, with typed cells, a heading that stays in place and filters.
#[utoipa::path(
    operation_id = "export_movements_xlsx", tag = "exports", params(MovementExportQuery),
    responses(
        (status = 200, description = "The workbook; a body that breaks off is not whole", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody),
        (status = 429, description = "The user takes as many tables as may be", body = ProblemBody),
    )
)]
#[get("/exports/movements.xlsx")]
pub async fn export_movements_xlsx(
    sales: web::Data<Sales>,
    access: Allowed<to::ExportData>,
    standing: Standing,
    query: QueryOf<MovementExportQuery>,
) -> ApiResult<HttpResponse> {
    let asked = ExportRequest {
        sales,
        access,
        standing,
        format: Format::Xlsx,
    };
    export_movements(asked, query.0).await
}

async fn export_products(
    asked: ExportRequest,
    query: ProductExportQuery,
) -> ApiResult<HttpResponse> {
    paging::check_length("q", query.q.as_deref(), 100)?;
    paging::check_length("barcode", query.barcode.as_deref(), MAX_CODE)?;
    let filter = ProductFilter {
        q: query.q,
        barcode: query.barcode,
        category_id: query.category_id,
        archived: query.archived,
        low_stock: query.low_stock,
        conflict: query.conflict,
        location_id: None,
    };
    let with_costs = asked.access.caller.may(Permission::ReadCosts);
    let rows = ProductRows::new(&asked.sales.ctx, filter, with_costs).await?;
    let headings = |words| ProductRows::headings(words, with_costs);
    let name = |words: &'static Headings| words.products;
    let source = Source::Products(rows);
    asked
        .answer(source, "products", name, headings, query.locale)
        .await
}

async fn export_sales(
    asked: ExportRequest,
    origin: Origin,
    query: SaleExportQuery,
) -> ApiResult<HttpResponse> {
    paging::check_length("q", query.q.as_deref(), MAX_TEXT)?;
    let zone = asked.sales.ctx.shop.current().await?.time_zone;
    let (from, until) = bounds_of(query.from, query.to, zone)?;
    let filter = SaleFilter {
        from,
        until,
        state: query.state,
        cashier_id: query.cashier_id,
        number: query.number,
        entered_late: query.entered_late,
        product_id: query.product_id,
        location_id: query.location_id,
        method: query.method,
        currency: query.currency,
        text: query.q.filter(|text| !text.trim().is_empty()),
    };
    let with_costs = asked.access.caller.may(Permission::ReadCosts);
    let actor = Actor::new(asked.access.caller, origin);
    let Sales { ctx, orders, .. } = asked.sales.as_ref();
    let rows = SaleLineRows::new(ctx, orders, actor, filter, with_costs);
    let headings = |words| SaleLineRows::headings(words, with_costs);
    let name = |words: &'static Headings| words.sales;
    let source = Source::Sales(Box::new(rows));
    asked
        .answer(source, "sales", name, headings, query.locale)
        .await
}

async fn export_movements(
    asked: ExportRequest,
    query: MovementExportQuery,
) -> ApiResult<HttpResponse> {
    let zone = asked.sales.ctx.shop.current().await?.time_zone;
    let (from, until) = bounds_of(query.from, query.to, zone)?;
    let filter = MovementFilter {
        product_id: query.product_id,
        location_id: query.location_id,
        kind: query.kind,
        actor_id: query.actor_id,
        document_id: query.document_id,
        from,
        until,
    };
    let rows = MovementRows::new(&asked.sales.ctx, filter);
    let name = |words: &'static Headings| words.movements;
    let source = Source::Movements(rows);
    asked
        .answer(
            source,
            "movements",
            name,
            MovementRows::headings,
            query.locale,
        )
        .await
}

impl ExportRequest {
    /// Writes the first page and answers with the stream of all.
    async fn answer(
        self,
        source: Source,
        file: &str,
        name: impl Fn(&'static Headings) -> &'static str,
        headings: impl Fn(&'static Headings) -> Vec<Word>,
        locale: Option<TableLanguage>,
    ) -> ApiResult<HttpResponse> {
        let seat = self.sales.exports.seat(self.access.caller.user_id)?;
        let shop = self.sales.ctx.shop.current().await?;
        let language = language_of(locale, &shop);
        let words = Headings::of(language);
        let zone = shop.time_zone;
        let format = self.format;
        let table = ExportTable::open(format, name(words), headings(words), language, zone);
        let table = table.map_err(|error| Problem::from(Fault::from(error)))?;
        let begun = Begun::new(source, table, self.standing, seat).await;
        let begun = begun.map_err(Problem::from)?;
        let today = self.sales.ctx.clock.now().date_in(zone);
        let disposition = format!(
            "attachment; filename=\"{file}-{today}.{}\"",
            format.extension()
        );
        Ok(HttpResponse::Ok()
            .content_type(format.content_type())
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_DISPOSITION, disposition))
            .streaming(begun.stream()))
    }
}

fn language_of(locale: Option<TableLanguage>, shop: &Shop) -> Language {
    match locale {
        Some(TableLanguage::Fr) => Language::French,
        Some(TableLanguage::En) => Language::English,
        None => Language::of(&shop.locale),
    }
}
