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
    DAMAGED = "damaged"  # SQLite finds its file broken
    UNKNOWN = "unknown"  # written by a newer program
