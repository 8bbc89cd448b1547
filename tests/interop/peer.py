"""fastavro behind the line protocol of this folder (see README.md).

usage: peer.py SCHEMAS

  encode ID JSON      -> hex of header and datum
  decode ID HEX       -> JSON, read with schema ID whatever schema wrote it
"""
import datetime
import decimal
import io
import json
import pathlib
import sys
import uuid

import fastavro

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
CENT = decimal.Decimal("0.01")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def load_schemas(folder):
    """Schema id -> schema, by ids.lock."""
    schemas = {}
    for line in (folder / "ids.lock").read_text().splitlines():
        if line.startswith("#"):
            continue
        schema_id, _, path = line.split()
        text = (folder / f"{path}.avsc").read_text()
        schemas[int(schema_id)] = json.loads(text)
    return schemas


def named_types(schema, found):
    """Every record and enum defined in a schema, by name."""
    if isinstance(schema, list):
        for branch in schema:
            named_types(branch, found)
    elif isinstance(schema, dict):
        if schema["type"] in ("record", "enum"):
            found[schema["name"]] = schema
        for field in schema.get("fields", []):
            named_types(field["type"], found)
        if "items" in schema:
            named_types(schema["items"], found)
    return found


def walk(schema, value, names, leaf):
    """Rebuilds a value along its schema, with every primitive passed through leaf()."""
    if isinstance(schema, list):
        if value is None:
            return None
        branch = next(branch for branch in schema if branch != "null")
        return walk(branch, value, names, leaf)
    if isinstance(schema, str) and schema in names:
        schema = names[schema]
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "record":
        return {
            field["name"]: walk(field["type"], value[field["name"]], names, leaf)
            for field in schema["fields"]
        }
    if kind == "array":
        return [walk(schema["items"], item, names, leaf) for item in value]
    logical = schema.get("logicalType") if isinstance(schema, dict) else None
    return leaf(logical or kind, value)


def from_json(kind, value):
    if kind == "uuid":
        return uuid.UUID(value)
    if kind == "decimal":
        return decimal.Decimal(value)
    if kind == "bytes":
        return bytes.fromhex(value)
    if kind == "timestamp-micros":
        time = datetime.datetime.strptime(value, TIME_FORMAT)
        return time.replace(tzinfo=datetime.timezone.utc)
    return value


def to_json(kind, value):
    """fastavro leaves a default as it stands in the schema: a number, or text for bytes."""
    if kind == "decimal":
        return str(value.quantize(CENT))
    if kind == "bytes":
        return (value.encode("latin-1") if isinstance(value, str) else value).hex()
    if kind == "timestamp-micros":
        if isinstance(value, int):
            value = EPOCH + datetime.timedelta(microseconds=value)
        # strftime() does not pad a year below 1000.
        return f"{value.year:04d}" + value.strftime(TIME_FORMAT)[-23:]
    if kind in ("uuid", "string"):
        return str(value)
    return value


def encode(schemas, schema_id, text):
    schema = schemas[schema_id]
    record = walk(schema, json.loads(text), named_types(schema, {}), from_json)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return (b"\0" + schema_id.to_bytes(4, "big") + out.getvalue()).hex()


def decode(schemas, schema_id, text):
    data = bytes.fromhex(text)
    if len(data) < 5 or data[0] != 0:
        raise ValueError("no header")
    writer = schemas[int.from_bytes(data[1:5], "big")]
    reader = schemas[schema_id]
    source = io.BytesIO(data[5:])
    record = fastavro.schemaless_reader(source, writer, reader)
    if source.read(1):
        raise ValueError("bytes left over")
    return json.dumps(walk(reader, record, named_types(reader, {}), to_json))


def answer(schemas, line):
    command, schema_id, rest = line.rstrip("\n").split(" ", 2)
    try:
        return {"encode": encode, "decode": decode}[command](schemas, int(schema_id), rest)
    except Exception as error:  # whatever a library throws is an answer here
        return f"error {type(error).__name__}: {error}".replace("\n", " ")


def main():
    # The widest amount has 18 digits; decimal's default context is wide enough, but says so.
    decimal.getcontext().prec = 28
    schemas = load_schemas(pathlib.Path(sys.argv[1]))
    for line in sys.stdin:
        print(answer(schemas, line), flush=True)


if __name__ == "__main__":
    main()
