//! Categories: a tree without cycles, at most eight levels deep.

pub mod http;
mod repo;

use kernel::{
    Code, FieldError, Problem, Timestamp,
    ids::CategoryId,
    product::{MAX_CATEGORY_DEPTH, MAX_CATEGORY_NAME},
    text::{Lines, find_control, has_visible},
};
use platform::headers::IfMatch;
use serde::Serialize;
use store::Tx;

use super::{Catalogue, sort_key};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::{SalesError, SalesResult},
    paging,
};

/// A category in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Category {
    /// The category's own UUID.
    pub id: CategoryId,
    /// The parent category; null at the top.
    #[schema(required)]
    pub parent_id: Option<CategoryId>,
    /// The category's name, unique among its siblings.
    #[schema(example = "Boissons")]
    pub name: String,
    /// True when it is no longer used: products cannot be put into it.
    pub archived: bool,
    /// Number of changes, for `If-Match`.
    pub version: i64,
    /// When the category was created.
    pub created_at: Timestamp,
}

/// A change of a category. `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CategoryFields {
    /// The new name.
    pub name: Option<String>,
    /// The new parent; `Some(None)` moves it to the top.
    pub parent_id: Option<Option<CategoryId>>,
    /// Whether it is no longer used.
    pub archived: Option<bool>,
}

impl Catalogue {
    /// A page of categories by name, with the cursor of the next page.
    ///
    /// # Errors
    /// `request.invalid_cursor`.
    pub async fn categories(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> SalesResult<(Vec<Category>, Option<String>)> {
        let list = "categories";
        let after: Option<(String, CategoryId)> = paging::open_cursor(list, cursor)?;
        let page = repo::page(&self.ctx.read, after.as_ref(), limit).await?;
        let next = paging::next_cursor(list, &page, |one| (sort_key(&one.name), one.id));
        Ok((page.items, next))
    }

    /// Creates a category for a client.
    ///
    /// # Errors
    /// As [`Self::create_category`].
    pub async fn post_category(
        &self,
        actor: &Actor,
        name: &str,
        parent_id: Option<CategoryId>,
    ) -> SalesResult<Category> {
        self.ctx
            .write
            .transaction(async |tx: &Tx| self.create_category(tx, actor, name, parent_id).await)
            .await
    }

    /// Creates a category in the caller's transaction.
    ///
    /// # Errors
    /// `category.name_taken`; `request.unknown_reference` for an unknown parent;
    /// `request.validation_failed` when the tree would be too deep.
    pub async fn create_category(
        &self,
        tx: &Tx,
        actor: &Actor,
        name: &str,
        parent_id: Option<CategoryId>,
    ) -> SalesResult<Category> {
        let id = CategoryId::generate();
        self.create_category_as(tx, actor, id, name, parent_id)
            .await
    }

    /// The same under an id from the caller.
    ///
    /// # Errors
    /// As [`Self::create_category`].
    pub async fn create_category_as(
        &self,
        tx: &Tx,
        actor: &Actor,
        id: CategoryId,
        name: &str,
        parent_id: Option<CategoryId>,
    ) -> SalesResult<Category> {
        let category = Category {
            id,
            parent_id,
            name: checked_name(name)?,
            archived: false,
            version: 1,
            created_at: self.ctx.clock.now(),
        };
        if let Some(parent) = parent_id {
            repo::lock_tree(tx).await?;
            let path = repo::path(tx, parent).await?;
            check_place(&category, &path, 1)?;
        }
        repo::insert(tx, &category).await?;
        record(
            tx,
            actor,
            category.created_at,
            Deed::CategoryCreate,
            None,
            &category,
        )
        .await?;
        Ok(category)
    }

    /// Finds categories at the top of the tree by folded name, for an import that knows only names.
    pub async fn find_categories(
        &self,
        tx: &Tx,
        names: &[&str],
    ) -> SalesResult<std::collections::HashMap<String, CategoryId>> {
        repo::roots_by_name(tx, names).await
    }

    /// Renames or moves a category.
    ///
    /// # Errors
    /// `resource.not_found`, `request.precondition_failed`, `category.cycle`, `category.in_use`, and as
    /// [`Self::create_category`].
    pub async fn patch_category(
        &self,
        actor: &Actor,
        id: CategoryId,
        if_match: IfMatch,
        fields: CategoryFields,
    ) -> SalesResult<Category> {
        let at = self.ctx.clock.now();
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                // Two moves at once could form a cycle that neither of them sees.
                repo::lock_tree(tx).await?;
                let before = repo::find(tx, id)
                    .await?
                    .ok_or_else(|| Problem::not_found("category"))?;
                if_match.check(before.version)?;
                let mut after = Category {
                    name: match &fields.name {
                        Some(name) => checked_name(name)?,
                        None => before.name.clone(),
                    },
                    parent_id: fields.parent_id.unwrap_or(before.parent_id),
                    archived: fields.archived.unwrap_or(before.archived),
                    ..before.clone()
                };
                if after == before {
                    return Ok::<_, SalesError>(before);
                }
                if let (Some(parent), true) = (after.parent_id, after.parent_id != before.parent_id)
                {
                    let path = repo::path(tx, parent).await?;
                    let height = repo::height(tx, id, MAX_CATEGORY_DEPTH.into()).await?;
                    check_place(&after, &path, height)?;
                }
                if after.archived && !before.archived {
                    check_unused(tx, id).await?;
                }
                after.version = before.version.saturating_add(1);
                repo::update(tx, &after).await?;
                record(tx, actor, at, Deed::CategoryUpdate, Some(&before), &after).await?;
                Ok(after)
            })
            .await
    }
}

/// Products in a category that nobody sees could not be found by it.
async fn check_unused(tx: &Tx, id: CategoryId) -> SalesResult<()> {
    let (products, categories) = repo::living_inside(tx, id).await?;
    if products == 0 && categories == 0 {
        return Ok(());
    }
    let code = Code::CategoryInUse;
    let error = FieldError::new("/archived", code.as_str(), "it is not empty")
        .with("products", products)
        .with("categories", categories);
    Err(Problem::of(code).at(error).into())
}

/// Checks a place in the tree. `path` runs from the parent to the top; `height` is the number of
/// levels that move with it.
fn check_place(category: &Category, path: &[CategoryId], height: i64) -> Result<(), Problem> {
    if path.is_empty() {
        return Err(
            Problem::new(Code::UnknownReference, "There is no such category in use.")
                .at_pointer("/parent_id"),
        );
    }
    if path.contains(&category.id) {
        return Err(Problem::of(Code::CategoryCycle).at_pointer("/parent_id"));
    }
    let above = i64::try_from(path.len()).unwrap_or(i64::MAX);
    if above.saturating_add(height) > i64::from(MAX_CATEGORY_DEPTH) {
        let detail = format!("the tree has at most {MAX_CATEGORY_DEPTH} levels");
        let error = FieldError::new("/parent_id", "category.too_deep", detail);
        return Err(Problem::validation(vec![
            error.with("max", MAX_CATEGORY_DEPTH),
        ]));
    }
    Ok(())
}

fn checked_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if find_control(name, Lines::One).is_some() {
        return Err(Problem::invalid(
            "/name",
            "text.control_character",
            "must be one line without control characters",
        ));
    }
    if !has_visible(name) {
        return Err(Problem::invalid(
            "/name",
            "field.blank",
            "must have something to show",
        ));
    }
    if name.chars().count() > MAX_CATEGORY_NAME {
        let error = FieldError::length("/name", 1, MAX_CATEGORY_NAME);
        return Err(Problem::validation(vec![error]));
    }
    Ok(name.to_owned())
}

async fn record(
    tx: &Tx,
    actor: &Actor,
    at: Timestamp,
    deed: Deed,
    before: Option<&Category>,
    after: &Category,
) -> SalesResult<()> {
    let entry = Entry::of(deed, after.id).before(before).after(after);
    audit::record(tx, actor, at, entry).await
}
