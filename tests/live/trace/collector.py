#!/usr/bin/env python3
"""A collector of spans for a test: takes OTLP/HTTP and answers as Jaeger's query service does.

Takes ExportTraceServiceRequest in binary Protobuf on
/v1/traces and is strict: what opentelemetry-proto 1.x does not allow is answered 400, and
told at /faults. GET /api/traces/ID gives the trace in the JSON of Jaeger's query API, as far
as the test reads it; GET /api/services names the services. Nothing but Python's own library.
"""

import argparse
import http.server
import json
import struct
import sys
import threading
import urllib.parse

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

# Field number → (name, wire type or the message's own table, repeated).
ANY_VALUE = {1: ("text", BYTES, False), 3: ("int", VARINT, False)}
KEY_VALUE = {1: ("key", BYTES, False), 2: ("value", ANY_VALUE, False)}
STATUS = {2: ("message", BYTES, False), 3: ("code", VARINT, False)}
SPAN = {
    1: ("trace_id", BYTES, False),
    2: ("span_id", BYTES, False),
    4: ("parent", BYTES, False),
    5: ("name", BYTES, False),
    6: ("kind", VARINT, False),
    7: ("start", FIXED64, False),
    8: ("end", FIXED64, False),
    9: ("attributes", KEY_VALUE, True),
    10: ("dropped_attributes", VARINT, False),
    15: ("status", STATUS, False),
    16: ("flags", FIXED32, False),
}
SCOPE = {1: ("name", BYTES, False), 2: ("version", BYTES, False)}
SCOPE_SPANS = {1: ("scope", SCOPE, False), 2: ("spans", SPAN, True)}
RESOURCE = {1: ("attributes", KEY_VALUE, True)}
RESOURCE_SPANS = {1: ("resource", RESOURCE, False), 2: ("scope_spans", SCOPE_SPANS, True)}
REQUEST = {1: ("resource_spans", RESOURCE_SPANS, True)}
KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}


class Refused(Exception):
    pass


def insist(holds, words):
    if not holds:
        raise Refused(words)


def varint(data, at):
    value = shift = 0
    while True:
        insist(at < len(data) and shift < 70, "a varint that does not end")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value & (1 << 64) - 1, at


def field_value(data, at, wire):
    if wire == VARINT:
        return varint(data, at)
    size = {FIXED64: 8, FIXED32: 4}.get(wire)
    if size is None:
        insist(wire == BYTES, f"wire type {wire}")
        size, at = varint(data, at)
    insist(at + size <= len(data), "a field that is longer than its message")
    value = data[at : at + size]
    if wire == FIXED64:
        value = struct.unpack("<Q", value)[0]
    elif wire == FIXED32:
        value = struct.unpack("<I", value)[0]
    return value, at + size


def decode(data, table):
    """One message by its table: every field known, of its type, and once unless repeated."""
    message, at = {name: [] for name, _, many in table.values() if many}, 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        insist(number in table, f"a field {number} that is not in the protocol")
        name, kind, many = table[number]
        insist(wire == (BYTES if isinstance(kind, dict) else kind), f"{name} of wire type {wire}")
        value, at = field_value(data, at, wire)
        if isinstance(kind, dict):
            value = decode(value, kind)
        if many:
            message[name].append(value)
        else:
            insist(name not in message, f"{name} twice")
            message[name] = value
    return message


def attributes(pairs):
    result = {}
    for pair in pairs:
        key, value = pair["key"].decode(), pair["value"]
        insist(key and key not in result, f"attribute {key!r} is empty or there twice")
        insist(len(value) == 1, f"attribute {key} has not one value")
        number = value.get("int")
        if number is not None and number >= 1 << 63:
            number -= 1 << 64
        result[key] = value["text"].decode() if number is None else number
    return result


def check_id(span, name, size):
    value = span.get(name, b"")
    insist(len(value) == size and any(value), f"{name} of {len(value)} bytes, or of zeros")
    return value.hex()


def tags(values):
    return [
        {"key": k, "type": "int64" if isinstance(v, int) else "string", "value": v}
        for k, v in values.items()
    ]


def jaeger_span(span):
    trace_id, span_id = check_id(span, "trace_id", 16), check_id(span, "span_id", 8)
    parent = check_id(span, "parent", 8) if "parent" in span else None
    insist(span.get("name"), "a span without a name")
    insist(span.get("kind") in KINDS, f"a span of kind {span.get('kind')}")
    insist(0 < span.get("start", 0) <= span.get("end", 0), "a span that ends before it starts")
    values = attributes(span["attributes"])
    values["span.kind"] = KINDS[span["kind"]]
    if span.get("status", {}).get("code") == 2:
        values["otel.status_code"] = "ERROR"
    reference = {"refType": "CHILD_OF", "traceID": trace_id, "spanID": parent}
    return {
        "traceID": trace_id,
        "spanID": span_id,
        "operationName": span["name"].decode(),
        "references": [reference] if parent else [],
        "startTime": span["start"] // 1000,
        "duration": (span["end"] - span["start"]) // 1000,
        "tags": tags(values),
        "dropped": span.get("dropped_attributes", 0),
    }


class Store:
    def __init__(self):
        self.lock = threading.Lock()
        self.traces, self.faults = {}, []

    def take(self, data):
        taken = []
        for resource_spans in decode(data, REQUEST)["resource_spans"]:
            resource = attributes(resource_spans["resource"]["attributes"])
            insist(resource.get("service.name"), "a resource without service.name")
            for scope_spans in resource_spans["scope_spans"]:
                taken += [(resource, jaeger_span(span)) for span in scope_spans["spans"]]
        insist(taken, "a request without spans")
        with self.lock:
            for resource, span in taken:
                self.traces.setdefault(span["traceID"], []).append((resource, span))

    def trace(self, trace_id):
        with self.lock:
            spans = list(self.traces.get(trace_id, []))
        processes, answer = {}, []
        for resource, span in spans:
            name = f"{resource['service.name']} {resource.get('service.instance.id')}"
            process = {"serviceName": resource["service.name"], "tags": tags(resource)}
            processes[name] = process
            answer.append({**span, "processID": name})
        data = [{"traceID": trace_id, "spans": answer, "processes": processes}]
        return {"data": data if answer else []}

    def services(self):
        with self.lock:
            return sorted({r["service.name"] for spans in self.traces.values() for r, _ in spans})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store = Store()

    def log_message(self, *_):
        pass

    def reply(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            insist(self.path == "/v1/traces", f"a POST to {self.path}")
            kind = self.headers["Content-Type"]
            insist(kind == "application/x-protobuf", f"a request of type {kind}")
            self.store.take(data)
        except (Refused, UnicodeDecodeError, KeyError) as error:
            self.store.faults.append(repr(error))
            print(repr(error), file=sys.stderr, flush=True)
            self.reply(400, b"", "application/x-protobuf")
            return
        self.reply(200, b"", "application/x-protobuf")

    def do_GET(self):
        place = urllib.parse.urlsplit(self.path).path
        if place.startswith("/api/traces/"):
            answer = self.store.trace(place.rsplit("/", 1)[1])
            self.reply(200 if answer["data"] else 404, json.dumps(answer).encode())
        elif place == "/api/services":
            self.reply(200, json.dumps({"data": self.store.services()}).encode())
        elif place == "/faults":
            self.reply(200, json.dumps(self.store.faults).encode())
        else:
            self.reply(404, b"{}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--port", type=int, required=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler)
    server.serve_forever()


if __name__ == "__main__":
    main()
