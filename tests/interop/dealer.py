#!/usr/bin/env python3
"""A minion in Python over libzmq, written from docs/protocol.md alone.

    dealer.py <host:port> <minion id>

It shakes hands in full, answers two jobs, hangs up, comes back with its ticket, answers a third, and ends. Every step is a line on standard
output. It proves that the document is enough for a second client, and that our ZMTP end speaks with libzmq, heartbeats included.

Needs Debian's python3-zmq and python3-cryptography.
"""

import hashlib
import hmac
import os
import struct
import sys
import time

import zmq
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HELLO, WELCOME, READY, VERDICT, REFUSE, DATA, PING, CREDIT = 1, 2, 3, 4, 5, 16, 17, 18
CONTROL, RETURNS = 0, 1
CHUNK = 262_144
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


# Section 3: bytes of messages.

def unsigned(number):
    if number < 251:
        return bytes([number])
    for mark, form, bound in ((251, "<H", 1 << 16), (252, "<I", 1 << 32), (253, "<Q", 1 << 64)):
        if number < bound:
            return bytes([mark]) + struct.pack(form, number)
    raise ValueError(number)


def signed(number):
    return unsigned(number * 2 if number >= 0 else -number * 2 - 1)


def blob(data):
    return unsigned(len(data)) + data


def text(string):
    return blob(string.encode())


def option(data):
    return b"\0" if data is None else b"\1" + data


def mapping(entries):
    return unsigned(len(entries)) + b"".join(value(key) + value(item) for key, item in entries.items())


def value(item):
    if item is None:
        return b"\0"
    if item is False:
        return b"\1"
    if item is True:
        return b"\2"
    if isinstance(item, int):
        return b"\3" + signed(item)
    if isinstance(item, float):
        return b"\4" + struct.pack("<d", item)
    if isinstance(item, str):
        return b"\5" + text(item)
    if isinstance(item, bytes):
        return b"\6" + blob(item)
    if isinstance(item, list):
        return b"\7" + unsigned(len(item)) + b"".join(map(value, item))
    return b"\x08" + mapping(item)


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, count):
        if count > len(self.data):
            raise ValueError("the bytes end too early")
        head, self.data = self.data[:count], self.data[count:]
        return head

    def byte(self):
        return self.take(1)[0]

    def unsigned(self):
        mark = self.byte()
        if mark < 251:
            return mark
        form = {251: "<H", 252: "<I", 253: "<Q"}[mark]
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def signed(self):
        number = self.unsigned()
        return number // 2 if number % 2 == 0 else -(number + 1) // 2

    def blob(self):
        return self.take(self.unsigned())

    def text(self):
        return self.blob().decode()

    def option(self, read):
        return read() if self.byte() else None

    def list(self, read):
        return [read() for _ in range(self.unsigned())]

    def mapping(self):
        return {self.value(): self.value() for _ in range(self.unsigned())}

    def value(self):
        kind = self.byte()
        if kind < 3:
            return (None, False, True)[kind]
        if kind == 4:
            return struct.unpack("<d", self.take(8))[0]
        read = {3: self.signed, 5: self.text, 6: self.blob, 7: lambda: self.list(self.value), 8: self.mapping}
        return read[kind]()


# Section 4: transcript and keys.

def transcript(label, *parts):
    digest = hashlib.sha256()
    for part in (label.encode(), *parts):
        digest.update(struct.pack(">I", len(part)) + part)
    return digest.digest()


def secrets(greeted, shared, ticket_secret):
    def expand(label, length):
        derive = HKDF(algorithm=hashes.SHA256(), length=length, salt=greeted, info=label.encode())
        return derive.derive(shared + (ticket_secret or bytes(32)))
    return expand


def header(kind, lane=CONTROL, first=True, last=True, session=bytes(8), counter=0):
    return bytes([1, kind, lane, first | last << 1]) + session + struct.pack(">Q", counter)


class Session:
    """Section 2: encrypted frames of an open session; sections 5 and 6: lanes, chunks, credit."""

    def __init__(self, socket, expand):
        self.socket = socket
        self.id = expand("sylvite 1 session id", 8)
        self.out = AESGCM(expand("sylvite 1 key to master", 32))
        self.back = AESGCM(expand("sylvite 1 key to minion", 32))
        self.sent = self.received = 0
        self.given = self.credited = self.window = 0
        self.parts = {}

    def seal(self, kind, payload, lane=CONTROL, first=True, last=True):
        head = header(kind, lane, first, last, self.id, self.sent)
        nonce = b"\0\0\0\1" + struct.pack(">Q", self.sent)
        self.sent += 1
        self.socket.send(head + self.out.encrypt(nonce, payload, head))

    def open(self, frame):
        head, body = frame[:20], frame[20:]
        assert head[0] == 1 and head[4:12] == self.id, "a frame of another session"
        assert struct.unpack(">Q", head[12:])[0] == self.received, "a frame is missing"
        nonce = b"\0\0\0\2" + struct.pack(">Q", self.received)
        self.received += 1
        return head, self.back.decrypt(nonce, body, head)

    def send(self, message, lane=CONTROL):
        if len(message) <= CHUNK:
            return self.data(message, lane, True, True)
        for start in range(0, len(message), CHUNK):
            piece, last = message[start:start + CHUNK], start + CHUNK >= len(message)
            prefix = struct.pack("<I", len(message)) if start == 0 else b""
            self.data(prefix + piece, lane, start == 0, last)

    def data(self, payload, lane, first, last):
        while self.given - self.credited >= self.window:
            self.handle(self.socket.recv())
        self.given += len(payload)
        self.seal(DATA, payload, lane, first, last)

    def handle(self, frame):
        """Takes a frame; gives a message when one is complete."""
        head, payload = self.open(frame)
        kind, lane, flags = head[1], head[2], head[3]
        if kind == CREDIT:
            self.credited = struct.unpack("<Q", payload)[0]
        if kind != DATA:
            return None
        if flags == 3:
            return payload
        if flags == 1:
            self.parts[lane] = [struct.unpack("<I", payload[:4])[0], payload[4:]]
            return None
        self.parts[lane][1] += payload
        if flags == 0:
            return None
        length, message = self.parts.pop(lane)
        assert length == len(message), "a message has another length than it claimed"
        return message

    def receive(self):
        while True:
            message = self.handle(self.socket.recv())
            if message is not None:
                return message


class Minion:
    def __init__(self, name):
        self.name = name
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.der = self.key.public_key().public_bytes(*spki)
        self.master = self.ticket = None

    def connect(self, context, address):
        socket = context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 1000)
        socket.setsockopt(zmq.RCVTIMEO, 20_000)
        # libzmq asks for a sign of life far more often than anybody needs, to show that it gets one.
        socket.setsockopt(zmq.HEARTBEAT_IVL, 100)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 5_000)
        socket.connect("tcp://" + address)

        secret = x25519.X25519PrivateKey.generate()
        raw = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        ticket = self.ticket and blob(self.ticket[0])
        hello = header(HELLO) + bytes([1, 1]) + text(self.name) + os.urandom(32)
        hello += secret.public_key().public_bytes(*raw) + blob(self.der) + option(ticket)
        socket.send(hello)
        welcome = socket.recv()
        assert welcome[:20] == header(WELCOME), "no welcome: %r" % welcome
        reader = Reader(welcome[20:])
        body, proof = reader.blob(), reader.blob()
        assert not reader.data
        greeted = transcript("sylvite 1 greeted", hello, body)
        inner = Reader(body)
        assert inner.byte() == 1, "the master chose another version"
        inner.take(32)
        shared = secret.exchange(x25519.X25519PublicKey.from_public_bytes(inner.take(32)))
        certificate = inner.option(lambda: (inner.blob(), inner.take(32), inner.signed(), inner.signed(), inner.blob()))
        assert not inner.data
        resumed = certificate is None
        expand = secrets(greeted, shared, self.ticket[1] if resumed else None)
        if resumed:
            assert hmac.compare_digest(proof, expand("sylvite 1 master confirms", 32)), "the master has no part in the ticket"
        else:
            self.check(certificate, proof, greeted)

        session = Session(socket, expand)
        signature = None
        if not resumed:
            welcomed = transcript("sylvite 1 welcomed", greeted, proof)
            signature = blob(self.key.sign(b"sylvite 1 minion is ready\0" + welcomed, PSS, hashes.SHA256()))
        session.seal(READY, option(signature) + text("interop") + option(None) + mapping({}))
        head, verdict = session.open(socket.recv())
        assert head[1] == VERDICT
        reader = Reader(verdict)
        decision = reader.unsigned()
        assert decision == 0, "not accepted: %d" % decision
        session.window = reader.unsigned()
        ticket = reader.option(reader.blob)
        assert not reader.data
        self.ticket = (ticket, expand("sylvite 1 resumption", 32))
        say("resumed" if resumed else "connected")

        grains = {"os": "Python", "osrelease": "3", "interop": [1, -70_000, 1.5, None, True, b"\xff"]}
        session.send(unsigned(0) + mapping(grains) + text("interop"))
        session.send(unsigned(8) + unsigned(0))
        return session

    def check(self, certificate, proof, greeted):
        der, online, start, end, signature = certificate
        master = serialization.load_der_public_key(der)
        claim = b"sylvite 1 online key\0" + online + struct.pack(">qq", start, end)
        master.verify(signature, claim, PSS, hashes.SHA256())
        now = time.time() * 1e6
        assert start - 6 * 3600e6 <= now <= end + 6 * 3600e6, "the certificate is not valid now"
        online = ed25519.Ed25519PublicKey.from_public_bytes(online)
        online.verify(proof, b"sylvite 1 master welcomes\0" + greeted)
        assert self.master in (None, der), "the master has another key than before"
        self.master = der

    def answer(self, session):
        """Answers the next job."""
        while True:
            reader = Reader(session.receive())
            if reader.unsigned() == 0:
                break
        job, _target = reader.signed(), (reader.unsigned(), reader.text(), reader.text())
        calls = reader.list(lambda: (reader.text(), reader.list(reader.value), reader.mapping()))
        function, arguments, _named = calls[0]
        session.send(unsigned(1) + signed(job))
        # More than the window of the session, in chunks, when asked for it.
        result = "x" * arguments[0] if arguments else True
        now = int(time.time() * 1e6)
        outcome = signed(job) + text(self.name) + text(function) + value(result) + signed(0) + b"\1"
        session.send(unsigned(5) + outcome + option(None) + signed(now) + signed(now) + unsigned(0) + unsigned(0), RETURNS)
        while True:
            reader = Reader(session.receive())
            if reader.unsigned() == 2 and reader.signed() == job:
                return say("answered " + function)


def say(line):
    print(line, flush=True)


def main():
    address, name = sys.argv[1:]
    context, minion = zmq.Context(), Minion(name)
    session = minion.connect(context, address)
    time.sleep(1)
    minion.answer(session)
    minion.answer(session)
    session.socket.close()
    session = minion.connect(context, address)
    minion.answer(session)
    session.socket.close()
    context.term()
    say("done")


if __name__ == "__main__":
    main()
