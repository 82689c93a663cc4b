"""Asks a server again and again, each time by a new TLS connection, with the CA
and the client certificate of a kubeconfig, and writes down what came.

  client.py KUBECONFIG ADDRESS PORT LOG    until it is told to stop (TERM)
  client.py --judge LOG FROM               what happened since FROM (monotonic)

A line of the log: when a request was begun, when it ended, ok or failed, and the
host that answered or the reason. A request is begun every 50 ms whether or not
those before it have ended; it may take one second."""

import base64
import json
import re
import signal
import ssl
import socket
import sys
import tempfile
import threading
import time

EVERY = 0.05
PATIENCE = 1.0


def field(text, name):
    found = re.search(rf"^\s*{name}:\s*(\S+)\s*$", text, re.M)
    if not found:
        sys.exit(f"error: the kubeconfig has no {name}")
    return base64.b64decode(found.group(1))


def context(kubeconfig):
    text = open(kubeconfig, encoding="utf-8").read()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cadata=field(text, "certificate-authority-data").decode())
    with tempfile.NamedTemporaryFile() as pair:
        pair.write(field(text, "client-certificate-data") + b"\n" + field(text, "client-key-data"))
        pair.flush()
        made.load_cert_chain(pair.name)
    return made


def ask(tls, address, port):
    with socket.create_connection((address, port), timeout=PATIENCE) as plain:
        # The address has to be in the certificate: that is what is tested.
        with tls.wrap_socket(plain, server_hostname=address) as connection:
            connection.sendall(f"GET /api HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
            answer = b""
            while part := connection.recv(4096):
                answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise OSError(head.split(b"\r\n")[0].decode())
    said = json.loads(body)
    if said["user"] != "kubernetes-admin":
        raise OSError(f"taken for {said['user']}")
    return said["host"]


def run(kubeconfig, address, port, log):
    tls = context(kubeconfig)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    lock = threading.Lock()

    def one(file):
        begun = time.monotonic()
        try:
            result = f"ok {ask(tls, address, port)}"
        except (OSError, ValueError) as error:
            result = f"failed {error}"
        with lock:
            file.write(f"{begun:.3f} {time.monotonic():.3f} {result}\n")
            file.flush()

    with open(log, "w", encoding="utf-8") as file:
        while not stop.is_set():
            threading.Thread(target=one, args=(file,), daemon=True).start()
            stop.wait(EVERY)


def judge(log, since):
    """The longest time without an answer, the requests that got none, and who
    answered last."""
    answers, lost, last = [since], 0, "nobody"
    reasons = {}
    lines = [line.rstrip("\n").split(" ", 3) for line in open(log, encoding="utf-8")]
    for begun, ended, result, what in sorted(lines, key=lambda line: float(line[1])):
        if float(begun) < since:
            continue
        if result == "ok":
            answers.append(float(ended))
            last = what
        else:
            lost += 1
            reasons[what] = reasons.get(what, 0) + 1
    gap = max((b - a for a, b in zip(answers, answers[1:])), default=float("inf"))
    why = ", ".join(f"{count} x {what}" for what, count in sorted(reasons.items()))
    print(f"{gap:.2f} {lost} {len(answers) - 1} {last} {why or '-'}")


if sys.argv[1] == "--judge":
    judge(sys.argv[2], float(sys.argv[3]))
else:
    run(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
