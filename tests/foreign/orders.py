"""The service that shards load: it writes down each order, and afterwards tells whether each came once.

    orders.py serve FOLDER                       until it is ended, 300 s at most; its address is in FOLDER/address
    orders.py check FOLDER USERS ITERATIONS      each user's iterations once, and no row twice
    orders.py same FOLDER OTHER                  the orders of two folders are the same
    orders.py sum FOLDER REPORT                  as many as the report has
"""

import http.server
import json
import os
import pathlib
import sys
import threading


def main():
    command, folder, *rest = sys.argv[1:]
    folder = pathlib.Path(folder)
    match command:
        case "serve":
            serve(folder)
        case "check":
            check(folder, int(rest[0]), int(rest[1]))
        case "same":
            assert sorted(orders(folder)) == sorted(orders(pathlib.Path(rest[0]))), "the orders differ"
        case "sum":
            report = json.loads(pathlib.Path(rest[0]).read_text())
            assert report["requests"]["attempted"] == len(orders(folder)), (report["requests"], len(orders(folder)))


def serve(folder):
    """Answers each request, and writes it down before."""
    with open(folder / "orders", "w") as log:

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                log.write(self.path + "\n")
                log.flush()
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        (folder / "address.new").write_text(f"http://127.0.0.1:{server.server_port}\n")
        os.rename(folder / "address.new", folder / "address")
        threading.Timer(300, os._exit, [1]).start()
        server.serve_forever()


def orders(folder):
    """The orders so far, as (user, iteration, row)."""
    lines = (folder / "orders").read_text().splitlines()
    return [tuple(int(part) for part in line.removeprefix("/orders/").split("/")) for line in lines]


def check(folder, users, iterations):
    found = orders(folder)
    expected = [(user, iteration) for user in range(users) for iteration in range(iterations)]
    assert sorted(order[:2] for order in found) == expected, sorted(found)
    rows = [row for _, _, row in found]
    assert len(set(rows)) == len(rows), sorted(rows)
    print(f"{len(found)} orders, each once: {users} users, {iterations} iterations each")


main()
