"""Numbers on the command line."""

import click

# The number of a row: beyond 63 bits no database looks for it.
ROW = click.IntRange(1, 2**63 - 1)
