"""The only door to the outside: guarded HTTP, host manners, SMTP. Nobody else imports a network library."""
