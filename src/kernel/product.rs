//! Limits of the texts of a product, shared by forms and files.

/// Longest SKU or barcode, in characters.
pub const MAX_CODE: usize = 64;
/// Longest name of a product, in characters.
pub const MAX_NAME: usize = 200;
/// Longest unit, in characters.
pub const MAX_UNIT: usize = 20;
/// Most barcodes of one product.
pub const MAX_BARCODES: usize = 20;
/// The unit of products sold by the piece, and the default.
pub const PIECE: &str = "piece";
/// Longest name of a category, in characters.
pub const MAX_CATEGORY_NAME: usize = 100;
/// Most levels of the tree of categories.
pub const MAX_CATEGORY_DEPTH: u8 = 8;
