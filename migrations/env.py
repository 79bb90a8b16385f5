"""Alembic's entry: works on the connection that `aggregator.store.migrate` hands over, and on no other."""

from alembic import context

from aggregator.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
