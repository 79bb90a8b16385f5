"""The demo: a small press and a mailbox on loopback, the real service between them, and a narrator on the terminal.

Nothing of the service is replaced here: the newspaper answers its requests, the mailbox takes its mails, and the narrator looks
into its database as every other command does. Texts, page shapes and configuration are files beside this one.
"""
