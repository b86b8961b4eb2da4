//! What a copy of a shop in another database consists of. A migration that adds a table or column of
//! only one database, or a table that is derived from others, adds it here.

/// Tables that are not copied. Migrations fill the first. Sessions end: a copy must not keep a
/// stolen token alive. The others exist on `SQLite` only and are derived ([`DERIVED`]).
pub const LEFT_OUT: &[&str] = &[
    "seaql_migrations",
    "sessions",
    "refresh_tokens",
    "stock_movement_index",
    "stock_movement_index_state",
    "stock_movement_actors",
];

/// Tables of the search index of `SQLite` begin with this.
pub const SEARCH_INDEX: &str = "product_search";

/// Columns of one database that mean nothing in another: a row number, and a number of a transaction
/// of the server.
pub const COLUMNS_LEFT_OUT: &[(&str, &str)] =
    &[("products", "row_number"), ("stock_levels", "changed_in")];

/// Fills what is derived from copied tables on `SQLite`: the table, and the statement.
pub const DERIVED: &[(&str, &str)] = &[
    (
        SEARCH_INDEX,
        "INSERT INTO product_search (product_search) VALUES ('rebuild')",
    ),
    (
        "stock_movement_index",
        "INSERT INTO stock_movement_index (product_id, position)
         SELECT product_id, position FROM stock_movements ORDER BY product_id, position",
    ),
    (
        "stock_movement_actors",
        "INSERT INTO stock_movement_actors (actor_id, position)
         SELECT actor_id, position FROM stock_movements WHERE actor_id IS NOT NULL ORDER BY actor_id, position",
    ),
    (
        "stock_movement_index_state",
        "INSERT INTO stock_movement_index_state (id, up_to) SELECT 1, COALESCE(MAX(position), 0) FROM stock_movements",
    ),
];
