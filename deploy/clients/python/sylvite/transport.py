"""How requests reach a master: TLS, the token of a login, JSON, and streams of lines. The standard library does."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import ssl
import urllib.parse
from typing import Any, Dict, Iterator, Optional


class SylviteError(Exception):
    """What a master refused: its kind, the reason, the way out."""

    def __init__(self, status: int, code: str, error: str, hint: Optional[str] = None):
        super().__init__(f"{error}; {hint}" if hint else error)
        self.status, self.code, self.error, self.hint = status, code, error, hint


def quote(text: Any) -> str:
    """A text as one segment of a path."""
    return urllib.parse.quote(str(text), safe="")


class Transport:
    """A master at an address such as ``https://master:8000``, or at the path of its unix socket.

    ``fingerprint`` is the SHA-256 of the one certificate that is taken; without it the certificates that this system
    knows count. ``timeout`` is for a single answer, not for a stream.
    """

    def __init__(self, address: str, *, token: Optional[str] = None, fingerprint: Optional[str] = None, timeout: float = 60.0):
        self.address, self.token, self.timeout = address, token, timeout
        self.fingerprint = fingerprint.lower().replace(":", "") if fingerprint else None

    def login(self, username: str, password: str, eauth: str = "sylvite") -> Any:
        """Logs in; the requests after it act by this login."""
        opened = self._ask("POST", "/api/v1/login", {}, {"username": username, "password": password, "eauth": eauth})
        self.token = opened["token"]
        return opened

    def logout(self) -> None:
        """Ends the login."""
        self._ask("POST", "/api/v1/logout", {}, None)
        self.token = None

    def _ask(self, verb: str, path: str, query: Dict[str, Any], body: Any) -> Any:
        with self._send(verb, path, query, body, self.timeout) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _follow(self, verb: str, path: str, query: Dict[str, Any], body: Any) -> Iterator[Any]:
        with self._send(verb, path, query, body, None) as answer:
            for line in answer:
                # An empty line says that the stream lives.
                if line.strip():
                    yield json.loads(line)

    def _send(self, verb: str, path: str, query: Dict[str, Any], body: Any, timeout: Optional[float]) -> "_Answer":
        wished = {name: json.dumps(value) if isinstance(value, bool) else value for name, value in query.items() if value is not None}
        if wished:
            path += "?" + urllib.parse.urlencode(wished)
        headers = {"Accept": "application/x-ndjson" if timeout is None else "application/json"}
        if self.token:
            headers["X-Auth-Token"] = self.token
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection = self._connect(timeout)
        try:
            connection.request(verb, path, data, headers)
            answer = connection.getresponse()
            if answer.status >= 400:
                raise _refused(answer)
        except BaseException:
            connection.close()
            raise
        return _Answer(connection, answer)

    def _connect(self, timeout: Optional[float]) -> http.client.HTTPConnection:
        if self.address.startswith("/"):
            return _Unix(self.address, timeout)
        place = urllib.parse.urlsplit(self.address)
        if place.scheme == "http" and place.hostname in ("localhost", "127.0.0.1", "::1"):
            return http.client.HTTPConnection(place.hostname, place.port, timeout=timeout)
        if place.scheme != "https" or not place.hostname:
            raise ValueError(f"{self.address!r} is no address of a master: it begins with https://")
        context = ssl.create_default_context()
        if self.fingerprint:
            # Whoever has signed it, only one certificate is taken; it is compared before anything is sent.
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(place.hostname, place.port, timeout=timeout, context=context)
        if self.fingerprint:
            connection.connect()
            shown = hashlib.sha256(connection.sock.getpeercert(binary_form=True)).hexdigest()
            if shown != self.fingerprint:
                connection.close()
                raise ssl.SSLError(f"the master's certificate has another fingerprint: {shown}")
        return connection


class _Answer:
    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse):
        self.connection, self.answer = connection, answer

    def __enter__(self) -> http.client.HTTPResponse:
        return self.answer

    def __exit__(self, *_: Any) -> None:
        self.connection.close()


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: Optional[float]):
        super().__init__("sylvite", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def _refused(answer: http.client.HTTPResponse) -> SylviteError:
    text = answer.read()
    try:
        body = json.loads(text)
        return SylviteError(answer.status, body["code"], body["error"], body.get("hint"))
    except (ValueError, KeyError, TypeError):
        return SylviteError(answer.status, "unknown", text.decode(errors="replace")[:200])
