"""The corridor: claim, work, record. One file per stage; a stage decides nothing, it asks a room."""
