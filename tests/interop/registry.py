#!/usr/bin/env python3
"""Reads our messages with Confluent's Python client, which asks tools/registry for the schemas.

usage: registry.py --cache DIR --registry PROGRAM --schemas DIR --golden FILE
       registry.py --cache DIR --url URL --schemas DIR --bootstrap HOST:PORT --topic TOPIC

The first form starts the registry and reads the golden bytes; the second asks one that
runs, and reads what is in a topic. Prepares what requirements.txt pins in the folder
--cache, once, and runs itself with that. The last line is "N passed, N failed".
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys

from run import Tally, prepare_python

READ_S = 30


@contextlib.contextmanager
def registry_at(options):
    """The URL of a registry: the one that runs, or one of our own."""
    if options.url:
        yield options.url
        return
    process = subprocess.Popen(
        [options.registry, "--http-listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True
    )
    try:
        said = process.stderr.readline()
        port = re.fullmatch(r"registry: serving at port (\d+)\n", said)
        if not port:
            raise SystemExit(f"the registry said: {said}")
        yield f"http://127.0.0.1:{port.group(1)}"
    finally:
        process.terminate()
        process.wait()


def refusal(call):
    """HTTP status and error code of what must be refused."""
    from confluent_kafka.schema_registry.error import SchemaRegistryError

    try:
        return call()
    except SchemaRegistryError as error:
        return error.http_status_code, error.error_code


class Reader:
    """Confluent's deserializer, and what it read as the JSON of golden.txt."""

    def __init__(self, client, folder):
        from confluent_kafka.schema_registry.avro import AvroDeserializer

        import peer

        self.peer, self.schemas = peer, peer.load_schemas(folder)
        self.deserializer = AvroDeserializer(client)

    def read(self, topic, data):
        from confluent_kafka.serialization import MessageField, SerializationContext

        record = self.deserializer(data, SerializationContext(topic, MessageField.VALUE))
        schema = self.schemas[int.from_bytes(data[1:5], "big")]
        names = self.peer.named_types(schema, {})
        return schema["name"], self.peer.walk(schema, record, names, self.peer.to_json)


def topics_of(folder):
    """Event -> its topic, by topics.conf."""
    topics = {}
    for line in (folder / "topics.conf").read_text().splitlines():
        if line and not line.startswith("#"):
            topic, *events = line.split()
            topics.update(dict.fromkeys(events, topic))
    return topics


def versions_of(folder):
    """Subject -> version -> id, by topics.conf and ids.lock."""
    topics, subjects = topics_of(folder), {}
    for line in (folder / "ids.lock").read_text().splitlines():
        if not line.startswith("#"):
            schema_id, _, path = line.split()
            context, event, version = path.split("/")
            subject = f"{topics[event]}-orderlab.{context}.{event}"
            subjects.setdefault(subject, {})[int(version[1:])] = int(schema_id)
    return subjects


def check_subjects(tally, client, folder):
    """Every file is there under its subject and version, and says what the file says."""
    wanted = versions_of(folder)
    tally.check("the subjects", sorted(client.get_subjects()) == sorted(wanted), client.get_subjects())
    for subject, versions in wanted.items():
        got = client.get_versions(subject)
        tally.check(f"{subject}: versions", got == sorted(versions), got)
        latest = client.get_latest_version(subject)
        tally.check(f"{subject}: latest", latest.version == max(versions), latest)
        event = subject.split("-", 1)[1].split(".")
        for version, schema_id in versions.items():
            text = (folder / event[1] / event[2] / f"v{version}.avsc").read_text()
            got = client.get_version(subject, version)
            same = got.schema_id == schema_id and json.loads(got.schema.schema_str) == json.loads(text)
            tally.check(f"{subject} {version}", same, got)
            found = client.lookup_schema(subject, got.schema)
            tally.check(f"{subject} {version} looked up", found.schema_id == schema_id, found)


def check_refusals(tally, client, folder):
    from confluent_kafka.schema_registry import Schema

    subject = next(iter(versions_of(folder)))
    schema = Schema('{"type": "string"}', "AVRO")
    for what, call, want in [
        ("register", lambda: client.register_schema(subject, schema), (422, 42205)),
        ("delete", lambda: client.delete_subject(subject), (422, 42205)),
        ("compatibility", lambda: client.set_compatibility(level="NONE"), (422, 42205)),
        ("an unknown subject", lambda: client.get_latest_version("nothing"), (404, 40401)),
        ("an unknown version", lambda: client.get_version(subject, 99), (404, 40402)),
        ("an unknown id", lambda: client.get_schema(999), (404, 40403)),
    ]:
        got = refusal(call)
        tally.check(f"{what} is refused", got == want, got)
    tally.check("compatibility", client.get_compatibility() == "FULL_TRANSITIVE")


def check_golden(tally, reader, options):
    topics = topics_of(options.schemas)
    for line in options.golden.read_text().splitlines():
        if not line.startswith("#"):
            path, data, value = line.split(" ", 2)
            event = path.split("/")[1]
            got = reader.read(topics[event], bytes.fromhex(data))
            tally.check(f"{path}: golden bytes", got == (event, json.loads(value)), value, got)


def check_topic(tally, reader, options):
    """All that is in a topic now; each message says in a header what it is."""
    import confluent_kafka

    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": options.bootstrap, "group.id": "interop-registry",
        "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "enable.partition.eof": True, "isolation.level": "read_committed",
    })
    partitions = consumer.list_topics(options.topic, READ_S).topics[options.topic].partitions
    # Assigned, not subscribed: no group of ours appears at the broker.
    consumer.assign([confluent_kafka.TopicPartition(options.topic, number, confluent_kafka.OFFSET_BEGINNING)
                     for number in partitions])
    ended, count = set(), 0
    while len(ended) < len(partitions):
        message = consumer.poll(READ_S)
        if message is None:
            raise SystemExit(f"nothing came from {options.topic} in {READ_S} s")
        if message.error():
            ended.add(message.partition())
            continue
        count += 1
        name, value = reader.read(options.topic, message.value())
        headers = dict(message.headers() or [])
        same = headers.get("type", b"").decode() == name and value["orderId"] == message.key().decode()
        tally.check(f"{options.topic} {message.partition()} {message.offset()}", same, name, value, headers)
    consumer.close()
    tally.check(f"{options.topic} has messages", count > 0)


def run_checks(options):
    from confluent_kafka.schema_registry import SchemaRegistryClient

    tally = Tally()
    with registry_at(options) as url:
        client = SchemaRegistryClient({"url": url})
        check_subjects(tally, client, options.schemas)
        check_refusals(tally, client, options.schemas)
        # A client of its own: it finds schemas by the ids in the messages alone.
        reader = Reader(SchemaRegistryClient({"url": url}), options.schemas)
        if options.golden:
            check_golden(tally, reader, options)
        if options.topic:
            check_topic(tally, reader, options)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 0 if tally.failed == 0 and tally.passed > 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("cache", "schemas"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    for name in ("registry", "url", "bootstrap", "topic"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--golden", type=pathlib.Path)
    options = parser.parse_args()
    if not options.registry and not options.url:
        parser.error("--registry or --url")
    options.cache.mkdir(parents=True, exist_ok=True)
    python = prepare_python(options.cache)
    if pathlib.Path(sys.prefix) != python.parent.parent:
        os.execv(python, [python, *sys.argv])
    return run_checks(options)


if __name__ == "__main__":
    sys.exit(main())
