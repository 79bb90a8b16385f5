"""The demo's mailbox ends without a word, whatever is just arriving."""

import asyncio
import contextlib
import gc
import socket
import warnings

import pytest

from aggregator.demo.mailbox import Mailbox


@pytest.mark.parametrize("turns", range(4))
async def test_a_connection_that_comes_while_the_mailbox_closes_is_closed(turns: int) -> None:
    with warnings.catch_warnings(), socket.create_server(("127.0.0.1", 0)) as listener:
        warnings.simplefilter("error", ResourceWarning)
        stop = asyncio.Event()
        serving = asyncio.create_task(Mailbox().serve(listener, stop))
        await asyncio.sleep(0)
        with socket.create_connection(listener.getsockname()) as client:
            for _ in range(turns):
                await asyncio.sleep(0)
            stop.set()
            await serving
            client.settimeout(5)
            with contextlib.suppress(ConnectionResetError):  # what was never accepted is reset
                while await asyncio.to_thread(client.recv, 1000):
                    pass
        gc.collect()
