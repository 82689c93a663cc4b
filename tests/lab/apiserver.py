"""Stands in for kube-apiserver: the same certificate, the same port, the same
health endpoints, and clients known by their certificates. What it answers names
the host, so that a client can tell who served it."""

import http.server
import json
import socket
import ssl
import sys

PKI = "/etc/kubernetes/pki"
HEALTH = ("/healthz", "/livez", "/readyz")


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 10

    def handle(self):
        # Here and not while connections are accepted: one that says nothing
        # would keep the others waiting.
        try:
            self.connection.settimeout(self.timeout)
            self.connection.do_handshake()
            super().handle()
        except (ssl.SSLError, OSError) as error:
            print(f"{self.client_address[0]}: {error}", flush=True)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path in HEALTH:
            return self.answer(200, "ok", "text/plain")
        client = self.connection.getpeercert()
        if not client:
            return self.answer(401, json.dumps({"kind": "Status", "code": 401}))
        subject = {key: value for rdn in client["subject"] for key, value in rdn}
        self.answer(
            200,
            json.dumps(
                {
                    "host": socket.gethostname(),
                    "user": subject.get("commonName"),
                    "group": subject.get("organizationName"),
                }
            ),
        )

    def answer(self, code, text, kind="application/json"):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{PKI}/apiserver.crt", f"{PKI}/apiserver.key")
    context.load_verify_locations(f"{PKI}/ca.crt")
    context.verify_mode = ssl.CERT_OPTIONAL
    server = http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.serve_forever()


main()
