"""A page and its entry become an article: body, metadata, what was dropped, and how far it can be trusted. Pure: bytes and values in, values out."""
