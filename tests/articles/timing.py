"""CPU time of a call."""

import time


def seconds(call):
    started = time.process_time()
    call()
    return time.process_time() - started
