"""Composition root: builds the doors from settings, runs the ticks, starts and ends the parse workers."""
