"""Who is told what and when: folding, delivery plans, digests, and the mails themselves. Values in, decisions and MIME bytes out."""
