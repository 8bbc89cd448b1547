#!/usr/bin/env python3
"""Grafana's dashboards and Prometheus' alerts: are they whole, and does every question have an answer?

usage: dashboards.py shape DEPLOY
       dashboards.py ask DEPLOY URL

DEPLOY is deploy/kafka. shape reads the files alone: what Grafana asks of a dashboard, and
that every alert says what to do. ask puts every expression of every panel, and every
selector of every alert, to the Prometheus at URL, which reads a lab under load.
Prints "ok - …" and "not ok - …" lines; exits with 1 when there is one of the latter.
"""
import json
import math
import pathlib
import re
import sys
import urllib.parse
import urllib.request

COLUMNS = 24
PANEL_TYPES = {"row", "stat", "state-timeline", "timeseries"}
BOARDS = {"orders", "flow", "processes"}
# What the panels' and alerts' metrics are called; functions and labels are not.
SELECTOR = re.compile(r"\b((?:orderlab|kafka|process)_[a-z0-9_]+|up|ALERTS)\b(\{[^}]*\})?")
# Selectors that are empty while all is well: the metric is there, the label's value is not.
MAY_BE_EMPTY = {
    'ALERTS{alertstate="firing"}',
    'kafka_consumergroup_status{status=~"STALL|STOP", consumergroup!~"analytics|notification"}',
}


class Claims:
    def __init__(self):
        self.failed = False

    def check(self, sentence, trouble):
        """@trouble: what is wrong, one each; nothing: the claim holds."""
        print(f"{'not ok' if trouble else 'ok'} - {sentence}", flush=True)
        for line in trouble[:8]:
            print(f"     {line}")
        self.failed = self.failed or bool(trouble)


def boards(deploy):
    for path in sorted((deploy / "grafana/dashboards").glob("*.json")):
        yield path.stem, json.loads(path.read_text())


# ---- shape ----


def overlaps(panels):
    taken = {}
    for panel in panels:
        at = panel["gridPos"]
        if not (at["x"] >= 0 and at["w"] > 0 and at["x"] + at["w"] <= COLUMNS and at["h"] > 0):
            yield f"{panel['title']}: outside the grid of {COLUMNS} columns"
        for y in range(at["y"], at["y"] + at["h"]):
            for x in range(at["x"], at["x"] + at["w"]):
                other = taken.setdefault((x, y), panel["title"])
                if other != panel["title"]:
                    yield f"{panel['title']} lies over {other}"
                    return


def panel_trouble(panel, source):
    if panel.get("type") not in PANEL_TYPES:
        yield f"{panel.get('title')}: no panel of Grafana's own is called {panel.get('type')}"
    if not panel.get("title"):
        yield f"panel {panel.get('id')} has no title"
    if panel.get("type") == "row":
        return
    references = [target.get("refId") for target in panel.get("targets", [])]
    if not references or None in references or len(set(references)) != len(references):
        yield f"{panel['title']}: queries without a refId each of their own: {references}"
    for target in panel.get("targets", []):
        if not target.get("expr") or target.get("datasource") != source or "legendFormat" not in target:
            yield f"{panel['title']}: a query without expr, legendFormat or datasource: {target}"
    if panel.get("datasource") != source:
        yield f"{panel['title']}: another data source: {panel.get('datasource')}"
    if "unit" not in panel.get("fieldConfig", {}).get("defaults", {}) or "overrides" not in panel["fieldConfig"]:
        yield f"{panel['title']}: fieldConfig without defaults.unit and overrides"
    if not isinstance(panel.get("options"), dict):
        yield f"{panel['title']}: no options"


def board_trouble(board, source):
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", board.get("uid", "")):
        yield f"uid {board.get('uid')}"
    for name, kind in [("title", str), ("schemaVersion", int), ("panels", list), ("time", dict),
                       ("templating", dict), ("annotations", dict)]:
        if not isinstance(board.get(name), kind):
            yield f"{name} is not there, or no {kind.__name__}"
    if "id" in board:
        yield "an id is Grafana's to give; a file has none"
    ids = [panel.get("id") for panel in board["panels"]]
    if None in ids or len(set(ids)) != len(ids):
        yield f"panels without an id each of their own: {ids}"
    for panel in board["panels"]:
        yield from panel_trouble(panel, source)
    yield from overlaps(board["panels"])


def alerts(deploy):
    """(name, its lines) of each alert: the file is ours and laid out in one way."""
    text = (deploy / "prometheus/rules.yml").read_text()
    for block in text.split("      - alert: ")[1:]:
        name, _, lines = block.partition("\n")
        yield name, lines


def expression_of(lines):
    return re.search(r"^ +expr: (.*)$", lines, re.M).group(1)


def alert_trouble(deploy):
    for name, lines in alerts(deploy):
        for wanted in ("        expr: ", "{severity: ", "          summary: ", "          do: "):
            if wanted not in lines:
                yield f"{name}: no {wanted.strip(' {')}"


def check_shape(claims, deploy):
    source = (deploy / "grafana/provisioning/datasources/prometheus.yml").read_text()
    uid = re.search(r"^ +uid: (\S+)$", source, re.M).group(1)
    compose = (deploy / "compose.yaml").read_text()
    provider = (deploy / "grafana/provisioning/dashboards/order-lab.yml").read_text()
    path = re.search(r"^ +path: (\S+)$", provider, re.M).group(1)
    found = dict(boards(deploy))
    claims.check("the dashboards are there", sorted(BOARDS ^ found.keys()))
    for name, board in found.items():
        trouble = list(board_trouble(board, {"type": "prometheus", "uid": uid}))
        claims.check(f"Grafana can show {name}", trouble)
    wanted = [f"./grafana/dashboards:{path}:ro", f"{path}/orders.json", "./grafana/provisioning:/etc/grafana/provisioning:ro"]
    claims.check("compose.yaml puts them where they are looked for", [w for w in wanted if w not in compose])
    claims.check("every alert says what to do", list(alert_trouble(deploy)))


# ---- ask ----


class Prometheus:
    def __init__(self, url):
        self.url = url
        self.names = set(self.get("/api/v1/label/__name__/values"))

    def get(self, path, **parameters):
        url = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=20) as reply:
            return json.load(reply)["data"]

    def ask(self, expression):
        """How many series it has, and how many of them a number. An error is -1 and its words."""
        try:
            series = self.get("/api/v1/query", query=expression)["result"]
        except urllib.error.HTTPError as error:
            return -1, json.load(error)["error"]
        return len(series), sum(not math.isnan(float(one["value"][1])) for one in series)


def selector_trouble(prometheus, expression):
    for name, labels in SELECTOR.findall(expression):
        selector = name + labels
        if selector in MAY_BE_EMPTY:
            if name not in prometheus.names and name != "ALERTS":
                yield f"no process has a metric {name}"
        elif prometheus.ask(selector)[0] < 1:
            yield f"nothing is called {selector}"


def expressions(board):
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def check_answers(claims, deploy, url):
    prometheus = Prometheus(url)
    for name, board in boards(deploy):
        trouble, count = [], 0
        for title, expression in expressions(board):
            series, numbers = prometheus.ask(expression)
            count += 1
            if series < 1 or numbers in (0, "0"):
                trouble.append(f"{title}: {expression}: {series} series, numbers: {numbers}")
            trouble += [f"{title}: {words}" for words in selector_trouble(prometheus, expression)]
        claims.check(f"{name}: each of {count} questions has an answer", trouble)
    rules = [rule for group in prometheus.get("/api/v1/rules")["groups"] for rule in group["rules"]]
    listed = {name for name, _ in alerts(deploy)}
    claims.check("Prometheus has loaded every alert", sorted(listed ^ {rule["name"] for rule in rules}))
    unwell = [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] != "ok"]
    claims.check("and evaluates each", unwell)
    trouble = [f"{name}: {words}" for name, lines in alerts(deploy)
               for words in selector_trouble(prometheus, expression_of(lines))]
    claims.check(f"each of {len(rules)} alerts asks for metrics that exist", trouble)


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("shape", "ask"):
        raise SystemExit(__doc__)
    claims, deploy = Claims(), pathlib.Path(sys.argv[2])
    if sys.argv[1] == "shape":
        check_shape(claims, deploy)
    else:
        check_answers(claims, deploy, sys.argv[3])
    return 1 if claims.failed else 0


if __name__ == "__main__":
    sys.exit(main())
