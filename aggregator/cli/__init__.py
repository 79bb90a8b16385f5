"""The command line: every command calls a `service` verb or a `store` read and prints."""
