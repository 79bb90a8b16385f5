"""Words, the query language, the matcher and its highlights. Documents and queries in, matches out; no I/O, no clock."""
