"""Kills at every named point and at random moments, and what must be true afterwards.

`points` puts the named points around the doors from outside, `child` is the process that dies, `world` prints news and knows
what must arrive, `verify` compares, `series` is kill after kill on one database. `scripts/soak kills` uses the same.
"""
