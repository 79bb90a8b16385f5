"""The page: reads from the store, shows, never decides."""
