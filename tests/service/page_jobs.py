"""Jobs around the extraction of a page, run by real workers: what it costs them, and what they have to load for it."""

import time

from trafilatura import external

from aggregator.articles.job import extract_job


def measured(header: bytes, body: bytes) -> bytes:
    """CPU seconds of an extraction, a line feed, and its answer."""
    started = time.process_time()
    answer = extract_job(header, body)
    return f"{time.process_time() - started:.3f}\n".encode() + answer


def has_word_lists(header: bytes, body: bytes) -> bytes:
    """Are the word lists of the extractor's last fallback there, which take most of a second to load?"""
    return str(external.JT_STOPLIST is not None).encode()
