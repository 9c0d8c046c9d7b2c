"""
A program that listens on a port in a sandbox: port_server.py PORT

  GET  /headers     what the request brought, as JSON
  POST /count       how many bytes the body had, and their SHA-256
  GET  /bytes?N     N zero bytes, as fast as they are taken
  GET  /events      one server-sent event, and a second one after POST /go
  ANY  /hang        no answer, and the body is not read, until the client goes away
  GET  /seen        how many bytes /bytes has handed over, and how many requests hang and have gone
  GET  /ws          a WebSocket that says back what it hears
"""
import base64
import hashlib
import json
import select
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

seen = {"sent": 0, "hanging": 0, "gone": 0}
go = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/bytes":
            self.send_bytes(int(query))
        elif path == "/events":
            self.send_events()
        elif path == "/hang":
            self.hang()
        elif path == "/seen":
            self.answer(seen)
        elif path == "/ws":
            self.talk()
        else:
            self.answer({"method": self.command, "path": self.path, "headers": self.headers.items()})

    def do_POST(self):
        if self.path == "/hang":
            return self.hang()
        if self.path == "/go":
            go.set()
        length, digest = 0, hashlib.sha256()
        for part in self.body():
            length += len(part)
            digest.update(part)
        self.answer({"bytes": length, "sha256": digest.hexdigest()})

    def body(self):
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        left = int(self.headers.get("content-length", 0))
        while left > 0:
            part = self.rfile.read(min(left, 65536))
            left -= len(part)
            yield part

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-From", "the program")
        self.end_headers()
        self.wfile.write(body)

    def send_bytes(self, count):
        self.send_response(200)
        self.send_header("Content-Length", str(count))
        self.end_headers()
        part = bytes(65536)
        while count > 0:
            self.wfile.write(part[:count])
            count -= len(part)
            seen["sent"] += len(part)

    def send_events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"data: first\n\n")
        go.wait()
        self.wfile.write(b"data: second\n\n")
        self.close_connection = True

    def hang(self):
        seen["hanging"] += 1
        poll = select.poll()
        poll.register(self.connection, select.POLLHUP | select.POLLRDHUP)
        poll.poll()
        seen["gone"] += 1
        self.close_connection = True

    def talk(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        while True:
            first, second = self.rfile.read(2)
            length = second & 127
            if length == 126:
                (length,) = struct.unpack(">H", self.rfile.read(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self.rfile.read(8))
            mask = self.rfile.read(4)
            data = self.rfile.read(length)
            if length < 126:
                size = bytes([length])
            elif length < 65536:
                size = b"\x7e" + struct.pack(">H", length)
            else:
                size = b"\x7f" + struct.pack(">Q", length)
            repeated = mask * (length // 4 + 1)
            plain = int.from_bytes(data, "big") ^ int.from_bytes(repeated[:length], "big")
            self.wfile.write(bytes([first]) + size + plain.to_bytes(length, "big"))
            if first & 15 == 8:
                return

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
