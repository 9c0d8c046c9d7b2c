"""
Answers where the original's image has its server of notebooks: on 127.0.0.1, port JUPYTER_PORT or 44771.

There is none here, and none is needed: kernels are started by the agent. But clients of the code interpreter (1.1 and
later) take a sandbox for ready only when something listens there.
"""
import os
import socket

ANSWER = b"There is no notebook server in this sandbox: send cells to POST /code.\n"
HEAD = b"HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"

port = os.environ.get("JUPYTER_PORT") or "44771"
with socket.create_server(("127.0.0.1", int(port))) as server:
    while True:
        client, _ = server.accept()
        with client:
            client.settimeout(1)
            try:
                client.sendall(HEAD % len(ANSWER) + ANSWER)
                client.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # Whoever only looked whether something listens is gone already.
