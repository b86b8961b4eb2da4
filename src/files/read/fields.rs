//! The fields that a column of a file can hold.

/// What a column holds.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::IntoStaticStr,
    strum::EnumCount,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// Code of the product.
    Sku,
    /// Name of the product.
    Name,
    /// One barcode, or several.
    Barcode,
    /// Path of the category.
    Category,
    /// Unit word.
    Unit,
    /// Selling price of a unit.
    Price,
    /// Purchase cost of a unit.
    Cost,
    /// Tax rate in percent.
    TaxRate,
    /// Level below which to order.
    ReorderLevel,
    /// A count of the stock.
    StockSet,
    /// What is added to the stock.
    StockAdd,
    /// Stock that may be a count or an addition: refused.
    #[strum(serialize = "stock")]
    PlainStock,
    /// Name of the location.
    Location,
    /// Number of the invoice or receipt.
    Invoice,
    /// How much was sold, or came back.
    Quantity,
    /// When it was sold, or came back.
    Date,
    /// The time of day, beside a date without one.
    Time,
    /// The customer.
    Customer,
    /// Discount on the whole line: an amount, or a percentage where the cell says so.
    Discount,
    /// Discount on each unit.
    UnitDiscount,
    /// Discount in percent.
    DiscountPercent,
    /// Total of the line.
    Total,
    /// Says no where a product is sold no longer.
    Active,
    /// Says yes where a product is sold no longer.
    Archived,
    /// What the rows of one product with several variants have in common.
    Handle,
    /// The value of an option, which a variant has beside the name.
    #[strum(serialize = "option_1")]
    FirstOption,
    /// That of the next one.
    #[strum(serialize = "option_2")]
    SecondOption,
    /// And of the next.
    #[strum(serialize = "option_3")]
    ThirdOption,
    /// What kind of row it is: a product, a variant, a sale, a refund.
    RowType,
    /// Says yes where the tax of the header is due.
    TaxFlag,
    /// What a line comes to before its discount.
    Gross,
    /// Says of a sale that it was cancelled, or when.
    Cancelled,
}

impl Field {
    /// The fields that hold dates.
    pub const DATES: &'static [Self] = &[Self::Date];
    /// The fields that hold numbers.
    pub const NUMBERS: &'static [Self] = &[
        Self::Price,
        Self::Cost,
        Self::TaxRate,
        Self::ReorderLevel,
        Self::StockSet,
        Self::StockAdd,
        Self::Quantity,
        Self::Discount,
        Self::UnitDiscount,
        Self::DiscountPercent,
        Self::Total,
        Self::Gross,
    ];

    /// True for names, in which an apostrophe may stand first.
    #[must_use]
    pub const fn is_prose(self) -> bool {
        matches!(
            self,
            Self::Name | Self::Category | Self::Unit | Self::Location | Self::Customer
        )
    }

    /// True for what must not be counted again in the rows that a merged cell covers.
    #[must_use]
    pub const fn counts_once(self) -> bool {
        matches!(
            self,
            Self::Sku
                | Self::Barcode
                | Self::StockSet
                | Self::StockAdd
                | Self::PlainStock
                | Self::Quantity
                | Self::Discount
                | Self::UnitDiscount
                | Self::Total
        )
    }

    /// The program's name of it, in mappings and issues.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
