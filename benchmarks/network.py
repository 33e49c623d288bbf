"""The time a network takes, for a server on the same machine: every request gets there later."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local_cloud.process import LOOPBACK

_CHUNK_BYTES = 1 << 16  # a GET's request is far below it, so it waits once


@contextmanager
def delayed(port: int, seconds: float) -> Iterator[int]:
    """A port that leads to another of this machine, whose answers come so much later."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(LOOPBACK, port)
        await asyncio.gather(_carry(reader, requests, seconds), _carry(answers, writer, 0.0))

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.start_server(connect, LOOPBACK, 0, backlog=1024)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_hang_up(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    try:
        while data := await reader.read(_CHUNK_BYTES):
            if seconds:
                await asyncio.sleep(seconds)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # either side may hang up: so does the other, then
    finally:
        writer.close()


async def _hang_up(server: asyncio.Server) -> None:
    server.close()
    connections = asyncio.all_tasks() - {asyncio.current_task()}
    for task in connections:
        task.cancel()
    await asyncio.gather(*connections, return_exceptions=True)
