//! Keyset paging of lists: page 1,000 costs as much as page 1.

/// Items of a page by default.
pub const DEFAULT_LIMIT: u32 = 50;
/// Most items of a page.
pub const MAX_LIMIT: u32 = 200;

/// One page, and whether more follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// True when more items follow the last one.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Builds a page from the rows of a query with a limit of `limit + 1`.
    #[must_use]
    pub fn from_probe(mut rows: Vec<T>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Self {
            items: rows,
            has_more,
        }
    }

    /// Converts each item.
    #[must_use]
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            has_more: self.has_more,
        }
    }
}
