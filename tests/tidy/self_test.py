#!/usr/bin/env python3
"""Proves that every rule of tidy.py can fail, and that none fails without cause.

A small tree that keeps every rule is copied, one thing in it is broken, and
tidy.py must say exactly that, with file and line, and leave with 1.
"""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tidy  # noqa: E402  (found through the line above)

BUILD = "foreach library : ['base', 'testkit', 'store', 'runtime']\nendforeach\n"
HEADER = "/*\n * What it is.\n */\n#pragma once\n"
HEAD_OF_C = "#include <base/fault.h>\n\n"
FUNCTION = HEAD_OF_C + 'int f(void)\n{\n\treturn snprintf("strcpy(a, b)", 0);\n}\n'

# Keeps every rule, and comes close to breaking several.
CLEAN = {
    "meson.build": BUILD,
    ".clang-format": (pathlib.Path(__file__).parents[2] / ".clang-format").read_text(),
    "subprojects/base/README.md": "# base\n",
    "subprojects/base/include/base/fault.h": HEADER,
    "subprojects/base/src/fault.c": FUNCTION,
    "subprojects/base/src/fault_test.c": "#include <testkit/testkit.h>\n",
    "subprojects/testkit/README.md": "# testkit\n",
    "subprojects/testkit/include/testkit/testkit.h": HEADER,
    "subprojects/testkit/src/testkit.c": "#include <base/fault.h>\n#include <check.h>\n",
    "subprojects/store/README.md": "# store\n",
    "subprojects/store/include/store/store.h": HEADER,
    "subprojects/store/src/store.c": "#include <libpq-fe.h>\n#include <sys/socket.h>\n",
    "services/order/README.md": "# order\n",
    "services/order/order.c": '#include "order.h"\n\n/* malloc(1) and time pass. */\n',
    "services/order/order.h": HEADER,
    "services/order/handle.c": '#include "handle.h"\n\n#include <store/store.h>\n',
    "services/order/handle.h": HEADER,
    "services/relay/README.md": "# relay\n",
    "services/relay/relay.c": "#include <store/store.h>\n",
    "avro-schemas/order/OrderCreated/v1.avsc": "{}\n",
    "avro-schemas/order/OrderCreated/sample.json": "{}\n",
    "tools/lab/README.md": "# lab\n",
    "tools/lab/run.sh": '#!/bin/bash\nworker="$1/work/root"\necho "$worker"\n',
    "tools/lab/plot.py": "def plot():\n    return 1\n",
    "LICENSE": "free \n",
}

LONG = "\treturn;\n"
WIDE = "// " + "x" * 98 + "\n"
FENCED = "// clang-format off\n" + WIDE + "// clang-format on\n"


def c_function(lines):
    return "void f(void)\n{\n" + LONG * (lines - 2) + "}\n"


def shell_function(lines):
    return "#!/bin/bash\nf() {\n" + "\ttrue\n" * (lines - 2) + "}\nf\n"


def python_function(lines):
    return "def f():\n" + "    f()\n" * (lines - 1)


# (what the tree gets, what must be said of it); None takes a file away.
BROKEN = [
    ({"services/order/a.c": c_function(71)}, "services/order/a.c:2: function of 71 lines"),
    ({"tools/lab/a.sh": shell_function(71)}, "tools/lab/a.sh:2: function of 71 lines"),
    ({"tools/lab/a.py": python_function(71)}, "tools/lab/a.py:1: function of 71 lines"),
    ({"services/order/a.c": "\n" * 501}, "services/order/a.c:501: file of 501 lines"),
    ({"tools/lab/a.sh": "#!/bin/bash\n" + "true\n" * 500}, "tools/lab/a.sh:501: file of 501 lines"),
    ({"services/order/a.c": "\n" + WIDE}, "services/order/a.c:2: line of 101 columns"),
    ({"services/order/a.c": "\t" * 12 + "// xxxxx\n"}, "services/order/a.c:1: line of 104 columns"),
    *[
        ({"services/order/a.c": f"\n\tx = {call}(a);\n"}, f"services/order/a.c:2: call of {call}()")
        for call in tidy.BANNED_CALLS
    ],
    ({"services/order/a.c": "/* TO" "DO */\n"}, "services/order/a.c:1: marked as unfinished"),
    ({"tools/lab/a.sh": "#!/bin/bash\n# FIX" "ME\n"}, "tools/lab/a.sh:2: marked as unfinished"),
    *[
        ({"services/order/a.c": f"#include <{name}>\n"}, f"<{name}> belongs to {owner} alone")
        for name, owner in tidy.OWNERS.items()
    ],
    ({"subprojects/base/src/a.c": "#include <libpq-fe.h>\n"}, "belongs to store alone"),
    (
        {"subprojects/store/include/store/a.h": HEADER + "#include <libpq-fe.h>\n"},
        "subprojects/store/include/store/a.h:5: <libpq-fe.h> shows in a public header",
    ),
    ({"services/order/a.c": "#include <openssl/sha.h>\n"}, "<openssl/sha.h> is no library known"),
    ({"subprojects/base/src/a.c": "#include <store/store.h>\n"}, "<store/store.h> is above base"),
    ({"subprojects/store/src/a.c": "#include <runtime/a.h>\n"}, "<runtime/a.h> is above store"),
    ({"services/order/a.c": "#include <testkit/testkit.h>\n"}, "<testkit/testkit.h> outside a test"),
    ({"services/order/a.c": '#include "../relay/a.h"\n'}, '"../relay/a.h" reaches into another'),
    *[
        ({"services/order/order.c": f"#include <{name}>\n"}, f"order.c:1: <{name}> in a decision")
        for name in ("base/clock.h", "store/store.h", "runtime/a.h", "time.h")
    ],
    ({"services/order/order.c": "\tx = malloc(1);\n"}, "order.c:1: memory of its own in a decision"),
    ({"subprojects/base/include/base/a.h": "#pragma once\n"}, "does not open with what it is"),
    ({"subprojects/base/README.md": None}, "subprojects/base:1: no README.md"),
    ({"services/order/README.md": None}, "services/order:1: no README.md"),
    ({"tools/lab/README.md": None}, "tools/lab:1: no README.md"),
    ({"deploy/kafka/pom.xml": "x\n"}, "deploy/kafka:1: no README.md"),
    (
        {"avro-schemas/order/OrderCreated/sample.json": None},
        "avro-schemas/order/OrderCreated/v1.avsc:1: no sample.json beside it",
    ),
    ({"tools/lab/README.md": "# lab\n\nx \n"}, "tools/lab/README.md:3: ends in blanks"),
    ({"meson.build": BUILD + "x\t\n"}, "meson.build:3: ends in blanks"),
    *[
        ({"tools/lab/README.md": f"cd {path}\n"}, "tools/lab/README.md:1: a path of one machine")
        for path in ("/wo" "rk/main", "/ro" "ot", "/ro" "ot/.cache", "/ho" "me/me")
    ],
    ({"tools/lab/a.sh": "#!/bin/bash\necho $1\n"}, "tools/lab/a.sh:2: note: Double quote"),
    ({"tools/lab/lab": "#!/bin/sh\necho $1\n"}, "tools/lab/lab:2: note: Double quote"),
    ({"services/order/a.c": "int  f;\n"}, "services/order/a.c:1: code should be clang-formatted"),
]

# What looks like a violation and is none.
ALLOWED = [
    {"services/order/a.c": c_function(70)},
    {"services/order/a.c": "\n" * 500},
    {"services/order/a.c": FENCED},
    {"services/order/a.c": "\tx = order_system(a);\n"},
    {"services/order/a.c": "/* system(a),\n * gets(b) */\n"},
    {"services/order/fake_test.c": "#include <testkit/testkit.h>\n"},
    {"subprojects/store/src/store_testing.h": HEADER + "#include <testkit/testkit.h>\n"},
    {"subprojects/store/test/world.c": "#include <testkit/testkit.h>\n"},
    {"services/order/a.c": "#include <order.h>\n"},
    {"services/order/decide.c": "#include <store/store.h>\n"},
    {"tools/lab/README.md": "below $HOME/root, build/work/x, https://x/rooted\n"},
]

# Rules about the layout would drown the others: only their own cases look at them.
NOT_LOOKED_AT = ("code should be clang-formatted",)


def write_tree(root, files):
    for name, text in files.items():
        if text is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "--all"], check=True)


def run_tidy(files):
    """Exit code, and the lines that are findings."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        write_tree(root, files)
        script = pathlib.Path(tidy.__file__)
        ran = subprocess.run(
            [sys.executable, str(script), folder], capture_output=True, text=True
        )
    lines = ran.stdout.splitlines()
    if not lines or not lines[-1].startswith("tidy: "):
        return ran.returncode, [f"no closing line: {ran.stdout}{ran.stderr}"]
    found = [x for x in lines[:-1] if not x.startswith(("ok - ", "not ok - ", "# "))]
    return ran.returncode, found


def check_clean():
    code, found = run_tidy(CLEAN)
    return [] if code == 0 and not found else [f"the clean tree: exit {code}, {found}"]


def check_broken():
    for change, wanted in BROKEN:
        code, found = run_tidy({**CLEAN, **change})
        if "clang-formatted" not in wanted:
            found = [x for x in found if not any(y in x for y in NOT_LOOKED_AT)]
        if code != 1 or len(found) != 1 or wanted not in found[0]:
            yield f"wanted '{wanted}', got exit {code}, {found}"


def check_allowed():
    for change in ALLOWED:
        _, found = run_tidy({**CLEAN, **change})
        found = [x for x in found if not any(y in x for y in NOT_LOOKED_AT)]
        if found:
            yield f"wrongly found: {found}"


def main():
    failed = False
    for sentence, problems in (
        ("tidy finds nothing in a tree that keeps every rule", check_clean()),
        (f"tidy finds each of {len(BROKEN)} planted violations", list(check_broken())),
        (f"tidy leaves {len(ALLOWED)} lookalikes alone", list(check_allowed())),
    ):
        print(f"{'not ok' if problems else 'ok'} - {sentence}")
        print("".join(f"     {problem}\n" for problem in problems), end="")
        failed = failed or bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
