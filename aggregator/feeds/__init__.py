"""A feed document becomes entries; a poll's result becomes the next due time. Bytes and values in, values out: no network, no database, no clock."""
