//! The second lock on analytics, held by the compiler: each refused case has an accepted twin that
//! differs in one place, so that it cannot fail for another reason. Run as documentation tests.

/// A port answers questions:
///
/// ```
/// use kernel::{Period, read::SalesRead};
/// async fn ask(sales: &dyn SalesRead, period: &Period) -> bool {
///     sales.daily_totals(period).await.is_ok()
/// }
/// ```
///
/// and writes nothing:
///
/// ```compile_fail,E0599
/// use kernel::{Period, read::SalesRead};
/// async fn ask(sales: &dyn SalesRead, period: &Period) -> bool {
///     sales.record_sale(period).await.is_ok()
/// }
/// ```
pub struct ReadsOnly;

/// A port can be handed on:
///
/// ```
/// use std::sync::Arc;
/// use kernel::read::{Readers, SalesRead};
/// fn hand_on(readers: Readers) -> Arc<dyn SalesRead> {
///     readers.sales
/// }
/// ```
///
/// and what stands behind it cannot be reached:
///
/// ```compile_fail,E0308
/// use std::{any::Any, sync::Arc};
/// use kernel::read::Readers;
/// fn look_behind(readers: Readers) -> Arc<dyn Any + Send + Sync> {
///     readers.sales
/// }
/// ```
pub struct HidesItsReader;

/// Every question is bounded:
///
/// ```
/// use kernel::read::CatalogRead;
/// async fn ask(catalog: &dyn CatalogRead) -> bool {
///     catalog.products(None, 100).await.is_ok()
/// }
/// ```
///
/// and one without a bound cannot be asked:
///
/// ```compile_fail,E0061
/// use kernel::read::CatalogRead;
/// async fn ask(catalog: &dyn CatalogRead) -> bool {
///     catalog.products(None).await.is_ok()
/// }
/// ```
pub struct Bounded;
