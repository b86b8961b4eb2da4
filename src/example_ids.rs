//! The fixed ids of the demo shop.
//!
//! The examples in the OpenAPI document use them, so that a request from Swagger UI works on the demo
//! shop. They have the form of a `UUIDv7` with an almost empty random part, so that people recognise
//! them.

use kernel::ids::{CategoryId, LocationId, ProductId, SaleId, SaleLineId, UserId};
use uuid::Uuid;

/// The first moment of 2026 as the time of a `UUIDv7`. The last bits number the ids below.
const FIRST: u128 = 0x019b_76da_a800_7000_8000_0000_0000_0000;

const fn numbered(number: u128) -> Uuid {
    Uuid::from_u128(FIRST | number)
}

/// A product sold by the piece, in [`CATEGORY`], not archived, with at least twenty pieces at
/// [`LOCATION`] at the end of the story.
pub const PRODUCT: ProductId = ProductId::from_uuid(numbered(1));
/// The category of [`PRODUCT`].
pub const CATEGORY: CategoryId = CategoryId::from_uuid(numbered(2));
/// The default location: the shop itself.
pub const LOCATION: LocationId = LocationId::from_uuid(numbered(3));
/// The second location: the storeroom.
pub const STOREROOM: LocationId = LocationId::from_uuid(numbered(4));
/// A cashier who is not disabled.
pub const USER: UserId = UserId::from_uuid(numbered(5));
/// A completed sale of the last day without refunds: two pieces of [`PRODUCT`], sold by [`USER`] at
/// [`LOCATION`], paid in cash.
pub const SALE: SaleId = SaleId::from_uuid(numbered(6));
/// The only line of [`SALE`].
pub const SALE_LINE: SaleLineId = SaleLineId::from_uuid(numbered(7));

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_fixed_ids_are_distinct_and_have_the_form_of_a_version_7() {
        let ids: BTreeSet<Uuid> = [
            PRODUCT.as_uuid(),
            CATEGORY.as_uuid(),
            LOCATION.as_uuid(),
            STOREROOM.as_uuid(),
            USER.as_uuid(),
            SALE.as_uuid(),
            SALE_LINE.as_uuid(),
        ]
        .into();
        assert_eq!(ids.len(), 7);
        for id in ids {
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        }
        assert_eq!(PRODUCT.to_string(), "019b76da-a800-7000-8000-000000000001");
    }
}
