"""The only door to the database: tables, named queries per noun, search, migrations. Functions `(connection, …) -> value`; the caller owns the transaction."""
