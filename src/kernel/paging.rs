//! Pages of a list: keyset paging, so that page 1,000 costs what page 1 costs.

/// Items in a page when the client does not say.
pub const DEFAULT_LIMIT: u32 = 50;
/// Most items in a page.
pub const MAX_LIMIT: u32 = 200;

/// One page, and whether more follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// True when the list goes on behind the last item.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Builds a page from a query that asked for one row more than `limit`.
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

    /// The page with each item turned into something else.
    #[must_use]
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            has_more: self.has_more,
        }
    }
}
