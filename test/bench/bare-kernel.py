"""Times a kernel that nothing but jupyter_client stands before: its start with a first cell, then some warm cells.

Argument: how many warm cells. Prints {"start": ms, "warm": [ms, ...]}.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

WARM_UP = 20


def milliseconds(run):
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def wait_until_connected(client, kernel):
    """Both sockets have to be through: what is published before the second is, nobody gets."""
    sockets = [client.shell_channel.socket, client.iopub_channel.socket]
    poller = zmq.Poller()
    for socket in sockets:
        poller.register(socket, zmq.POLLIN)
    through = set()
    while len(through) < 2:
        if kernel.poll() is not None:
            sys.exit(f"the kernel ended with {kernel.returncode}")
        client.kernel_info()
        for socket, _ in poller.poll(20):
            through.add(socket)
            socket.recv_multipart()


def run_cell(client):
    request = client.execute("1+1")
    result = None
    while True:
        message = client.get_iopub_msg(timeout=30)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "execute_result":
            result = message["content"]["data"]["text/plain"]
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
    while client.get_shell_msg(timeout=30)["parent_header"].get("msg_id") != request:
        pass
    if result != "2":
        sys.exit(f"1+1 was {result}")


with tempfile.TemporaryDirectory() as directory:
    file = os.path.join(directory, "connection.json")
    write_connection_file(file, transport="ipc", ip=os.path.join(directory, "s"), key=b"0123456789abcdef0123456789abcdef")
    context = zmq.Context()
    # Sockets that aren't there yet are looked for every 100 ms otherwise.
    context.setsockopt(zmq.RECONNECT_IVL, 5)
    client = BlockingKernelClient(context=context)
    client.load_connection_file(file)
    started = time.perf_counter()
    # It greets on standard output, which is ours for the figures.
    kernel = subprocess.Popen([sys.executable, "-m", "ipykernel_launcher", "-f", file], stdout=subprocess.DEVNULL)
    try:
        client.start_channels(stdin=False, hb=False)
        wait_until_connected(client, kernel)
        run_cell(client)
        start = (time.perf_counter() - started) * 1000
        warm_cells = int(sys.argv[1])
        if warm_cells > 0:
            for _ in range(WARM_UP):
                run_cell(client)
        warm = [milliseconds(lambda: run_cell(client)) for _ in range(warm_cells)]
    finally:
        client.stop_channels()
        kernel.kill()
        kernel.wait()
print(json.dumps({"start": start, "warm": warm}))
