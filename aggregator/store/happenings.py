"""The closed list of what can happen to an installation."""

from enum import StrEnum


class Happening(StrEnum):
    STARTED = "started"
    STOPPED = "stopped"
    KILLED = "killed"  # the holder before this one ended without saying so
    MIGRATED = "migrated"
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    RELEASED = "released"  # the outbox, after a restore
    CLOCK_JUMP = "clock_jump"
    DISK_LOW = "disk_low"
    DISK_OK = "disk_ok"
    OFFLINE = "offline"
    ONLINE = "online"
    SILENT = "silent"  # an outlet prints far less than it used to
    HEARD = "heard"  # it prints again
    GAP = "gap"  # a feed moved on faster than it was polled
    FEED_SICK = "feed_sick"  # failing for a week: asked once a day
    FEED_DEAD = "feed_dead"
    FEED_MOVED = "feed_moved"
    WITHDRAWN = "withdrawn"  # an outlet took an article away
    RETURNED = "returned"  # it is there again
    DAMAGED = "damaged"  # SQLite finds its file broken
    UNKNOWN = "unknown"  # written by a newer program
