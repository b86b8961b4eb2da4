//! Reading rows: the columns of a query, the type of a row, and the code that reads it, from one list.
//!
//! [`selection!`](crate::selection) takes that list. Rows are read by position, as fast as by hand. In
//! the first row of every result each column's name is compared with its field, and the number of
//! columns with the list. So a query with another order of columns is refused before a single row is
//! returned, even if its text was written by hand. See ADR 0024.

use std::marker::PhantomData;

use sea_orm::{QueryResult, TryGetable};
use sqlx::Row as _;

use crate::StoreError;

/// A type that can be read from the next cells of a row: a [`crate::Stored`] one, an optional one, or
/// several columns together.
pub trait Cell: Sized {
    /// Reads the value.
    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError>;
}

/// A list of columns, and the type of a row.
pub trait Selection {
    /// The type of a row.
    type Output: Send;

    /// Reads a row.
    fn read(cells: &mut Cells<'_>) -> Result<Self::Output, StoreError>;
}

/// Two lists, one after the other.
impl<A: Selection, B: Selection> Selection for (A, B) {
    type Output = (A::Output, B::Output);

    fn read(cells: &mut Cells<'_>) -> Result<Self::Output, StoreError> {
        Ok((A::read(cells)?, B::read(cells)?))
    }
}

/// The one column of a query, whatever its name.
#[derive(Debug)]
pub(crate) struct Only<T>(PhantomData<T>);

impl<T: Cell + Send> Selection for Only<T> {
    type Output = T;

    fn read(cells: &mut Cells<'_>) -> Result<T, StoreError> {
        T::read(cells)
    }
}

/// The cells of a row, read one after the other.
#[derive(Debug)]
pub struct Cells<'a> {
    row: &'a QueryResult,
    next: usize,
    /// Whether names are compared, as in the first row of a result.
    checks_names: bool,
}

impl Cells<'_> {
    /// Reads the next value, whose first column has this name.
    pub fn take<T: Cell>(&mut self, name: &'static str) -> Result<T, StoreError> {
        if self.checks_names {
            let found = column_name(self.row, self.next);
            if found != Some(name) {
                let found = found.unwrap_or("nothing");
                return Err(StoreError::Corrupt(format!(
                    "a query has {found} where {name} is read"
                )));
            }
        }
        T::read(self)
    }

    pub(crate) fn raw<T: TryGetable>(&mut self) -> Result<T, StoreError> {
        let position = self.next;
        self.next += 1;
        Ok(self.row.try_get_by_index(position)?)
    }
}

fn column_name(row: &QueryResult, position: usize) -> Option<&str> {
    if let Some(row) = row.try_as_sqlite_row() {
        return row.columns().get(position).map(sqlx::Column::name);
    }
    let row = row.try_as_pg_row()?;
    row.columns().get(position).map(sqlx::Column::name)
}

/// Reads the rows of a result.
pub(crate) fn read_rows<S: Selection>(
    rows: impl IntoIterator<Item = QueryResult>,
) -> Result<Vec<S::Output>, StoreError> {
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        return Ok(Vec::new());
    };
    let mut read = Vec::with_capacity(rows.size_hint().0 + 1);
    read.push(read_row::<S>(&first, true)?);
    for row in rows {
        read.push(read_row::<S>(&row, false)?);
    }
    Ok(read)
}

/// Reads the first row of a result, if there is one.
pub(crate) fn read_first<S: Selection>(
    row: Option<QueryResult>,
) -> Result<Option<S::Output>, StoreError> {
    row.map(|row| read_row::<S>(&row, true)).transpose()
}

fn read_row<S: Selection>(row: &QueryResult, checks_names: bool) -> Result<S::Output, StoreError> {
    let mut cells = Cells {
        row,
        next: 0,
        checks_names,
    };
    let read = S::read(&mut cells)?;
    if checks_names && let Some(more) = column_name(row, cells.next) {
        let problem = format!("a query has {more}, which nothing reads");
        return Err(StoreError::Corrupt(problem));
    }
    Ok(read)
}

/// Declares a [`Selection`]: the columns of a query, the type of a row, and its reader.
///
/// With a struct of its own, or with a tuple if the values are used separately:
///
/// ```
/// store::selection! {
///     /// What was sold of a product.
///     struct Sold in line {
///         product_id: kernel::ids::ProductId,
///         quantity: kernel::Quantity = quantity_milli,
///         lines: i64 = "COUNT(*)",
///     }
///     Named in product (id: kernel::ids::ProductId, name: String)
/// }
/// let columns = r#"line.product_id, line.quantity_milli AS "quantity", COUNT(*) AS "lines""#;
/// assert_eq!(Sold::SELECT, columns);
/// assert_eq!(Named::SELECT, "product.id, product.name");
/// # fn read(sold: Sold) { let Sold { product_id: _, quantity: _, lines: _ } = sold; }
/// ```
///
/// For a struct that exists (the query adds the columns of `then` by hand, in this order; `with` fills
/// the fields that are not columns):
///
/// ```
/// struct Article { name: String, codes: Vec<String>, is_new: bool }
/// # use store::Json;
/// store::selection! {
///     Header of Article in product { name = "LOWER(product.name)" }
///         then { codes as Json } with { is_new: false }
/// }
/// assert_eq!(Header::SELECT, r#"LOWER(product.name) AS "name""#);
/// # fn read(article: Article) { let Article { name: _, codes: _, is_new: _ } = article; }
/// ```
///
/// `in` is the alias of the table. A field is the column of its name, `= column` another one of the
/// same table, `= "expression"` any SQL. `as` reads a type that holds the value of the field
/// ([`Json`](crate::Json), [`Word`](crate::Word)). `of` in `then` reads the columns of another
/// selection. Without `in` there is no `SELECT`: then the query is written by hand and names its
/// columns as the fields.
#[macro_export]
macro_rules! selection {
    () => {};
    (@list [] $($rest:tt)*) => {};
    (@list [$alias:ident] $name:ident { $($field:ident [$($source:tt)?])* }) => {
        impl $name {
            /// The columns.
            pub(crate) const SELECT: &'static str =
                concat!($(", ", $crate::selection!(@column $alias $field $($source)?)),*)
                    .split_at(2)
                    .1;
        }
    };
    (@column $alias:ident $field:ident) => {
        concat!(stringify!($alias), ".", stringify!($field))
    };
    (@column $alias:ident $field:ident $column:ident) => {
        concat!(stringify!($alias), ".", stringify!($column), " AS \"", stringify!($field), "\"")
    };
    (@column $alias:ident $field:ident $sql:literal) => {
        concat!($sql, " AS \"", stringify!($field), "\"")
    };
    (@take $cells:ident $field:ident) => {
        $cells.take(stringify!($field))?
    };
    (@take $cells:ident $field:ident as $wrap:ident) => {{
        let $wrap(value) = $cells.take(stringify!($field))?;
        value
    }};
    (@take $cells:ident $field:ident of $selection:ident) => {
        <$selection as $crate::Selection>::read($cells)?
    };
    (@target [$(#[$meta:meta])*] [$vis:vis] $name:ident $target:ident $alias:tt
        { $($field:ident $(= $source:tt)? $(as $wrap:ident)?),* $(,)? }
        { $($late:ident $($how:ident $what:ident)?),* $(,)? }
        { $($other:ident: $value:expr),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis enum $name {}
        $crate::selection!(@list $alias $name { $($field [$($source)?])* });
        impl $crate::Selection for $name {
            type Output = $target;

            fn read(cells: &mut $crate::Cells<'_>) -> Result<$target, $crate::StoreError> {
                Ok($target {
                    $($field: $crate::selection!(@take cells $field $(as $wrap)?),)*
                    $($late: $crate::selection!(@take cells $late $($how $what)?),)*
                    $($other: $value,)*
                })
            }
        }
    };
    (@of $head:tt $listed:tt {} $other:tt then $late:tt $($rest:tt)*) => {
        $crate::selection!(@of $head $listed $late $other $($rest)*);
    };
    (@of $head:tt $listed:tt $late:tt {} with $other:tt $($rest:tt)*) => {
        $crate::selection!(@of $head $listed $late $other $($rest)*);
    };
    (@of [$($head:tt)*] $listed:tt $late:tt $other:tt $($rest:tt)*) => {
        $crate::selection!(@target $($head)* $listed $late $other);
        $crate::selection!($($rest)*);
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(in $alias:ident)? {
        $($(#[$doc:meta])* $field_vis:vis $field:ident: $type:ty $(= $source:tt)?),* $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$doc])* $field_vis $field: $type,)*
        }
        $crate::selection!(@list [$($alias)?] $name { $($field [$($source)?])* });
        impl $crate::Selection for $name {
            type Output = Self;

            fn read(cells: &mut $crate::Cells<'_>) -> Result<Self, $crate::StoreError> {
                Ok(Self { $($field: cells.take(stringify!($field))?,)* })
            }
        }
        $crate::selection!($($rest)*);
    };
    ($(#[$meta:meta])* $vis:vis $name:ident of $target:ident $(in $alias:ident)? { $($listed:tt)* } $($rest:tt)*) => {
        $crate::selection!(@of [[$(#[$meta])*] [$vis] $name $target [$($alias)?]] { $($listed)* } {} {} $($rest)*);
    };
    ($(#[$meta:meta])* $vis:vis $name:ident $(in $alias:ident)? (
        $($field:ident: $type:ty $(= $source:tt)?),* $(,)?
    ) $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis enum $name {}
        $crate::selection!(@list [$($alias)?] $name { $($field [$($source)?])* });
        impl $crate::Selection for $name {
            type Output = ($($type),*);

            fn read(cells: &mut $crate::Cells<'_>) -> Result<Self::Output, $crate::StoreError> {
                let row = ($(cells.take::<$type>(stringify!($field))?),*);
                Ok(row)
            }
        }
        $crate::selection!($($rest)*);
    };
}

/// The queries of a handle that has `dialect`, `all_rows` and `first_row`.
macro_rules! questions {
    ($handle:ty) => {
        impl $handle {
            /// Every row of a query. Bind integers as `i64` only: the driver caches statements by
            /// text.
            pub async fn select<S: $crate::Selection>(
                &self,
                sql: &str,
                values: impl IntoIterator<Item = Value>,
            ) -> Result<Vec<S::Output>, StoreError> {
                let statement =
                    Statement::from_sql_and_values(self.dialect().backend(), sql, values);
                $crate::selection::read_rows::<S>(self.all_rows(statement).await?)
            }

            /// The first row of a query, if there is one.
            pub async fn select_one<S: $crate::Selection>(
                &self,
                sql: &str,
                values: impl IntoIterator<Item = Value>,
            ) -> Result<Option<S::Output>, StoreError> {
                let statement =
                    Statement::from_sql_and_values(self.dialect().backend(), sql, values);
                $crate::selection::read_first::<S>(self.first_row(statement).await?)
            }

            /// The values of a query of one column.
            pub async fn values<T: $crate::Cell + Send>(
                &self,
                sql: &str,
                values: impl IntoIterator<Item = Value>,
            ) -> Result<Vec<T>, StoreError> {
                self.select::<$crate::selection::Only<T>>(sql, values).await
            }

            /// The first value of a query of one column, if there is a row.
            pub async fn value<T: $crate::Cell + Send>(
                &self,
                sql: &str,
                values: impl IntoIterator<Item = Value>,
            ) -> Result<Option<T>, StoreError> {
                self.select_one::<$crate::selection::Only<T>>(sql, values)
                    .await
            }
        }
    };
}

pub(crate) use questions;
