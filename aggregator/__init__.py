"""A background service that watches news outlets and e-mails what its users asked for.

The flow, left to right, never back::

    feed --poll--> entry --read--> page, extraction --publish--> article, story, match, alert --send--> e-mail

The rooms (`feeds`, `articles`, `stories`, `topics`, `alerts`) are pure: values in, values out. The doors
(`net`, `store`) reach the outside. `pipeline` is the corridor where they meet, `service` builds and runs it,
`cli` and `web` are its faces.
"""

__version__ = "0.1.0"
