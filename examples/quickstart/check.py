#!/usr/bin/env python3
"""Compares what was published with what arrived, event by event and byte by byte.

    check.py PUBLISHED ARRIVED EVENT…

PUBLISHED are the lines given to `fanner publish`, ARRIVED those of `fanner tail --output json`, EVENT… what the stream
subscribed to. Exits non-zero unless each of those arrived with its payload, and nothing else did.
"""

import base64
import collections
import json
import sys


def main(published_file, arrived_file, *subscribed):
    published = {(event["event"], event["id"]): payload(event) for event in lines(published_file)}
    arrived = [(event["event"], event["id"], payload(event)) for event in lines(arrived_file)]
    names = sorted({name for name, _ in published})
    tables = {name: counts(name, published, arrived, name in subscribed) for name in names}
    total = collections.Counter()
    header = ["published", "expected", "delivered", "not yours", "duplicates", "altered"]
    print(f"{'event':<20}" + "".join(f"{column:>12}" for column in header))
    for name, table in [*tables.items(), ("total", total)]:
        total.update(table if name != "total" else {})
        print(f"{name:<20}" + "".join(f"{table[column]:>12,}" for column in header))
    strangers = {name for name, _, _ in arrived} - set(names)
    complete = total["delivered"] == total["expected"] and not total["not yours"] and not total["altered"] and not strangers
    print("Everything expected arrived, and nothing else." if complete else "NOT everything is as expected.")
    return 0 if complete else 1


def counts(name, published, arrived, expected):
    records = [(event_id, payload) for event, event_id, payload in arrived if event == name]
    distinct = {event_id for event_id, _ in records}
    here = sum(1 for event, _ in published if event == name)
    return {
        "published": here,
        "expected": here if expected else 0,
        "delivered": len(distinct) if expected else 0,
        "not yours": 0 if expected else len(records),
        "duplicates": len(records) - len(distinct),
        "altered": sum(1 for event_id, payload in records if published.get((name, event_id)) != payload),
    }


def payload(event):
    """The bytes of a payload: JSON is compared in the form in which `fanner publish` takes it, which is compact."""
    if "payload_base64" in event:
        return base64.b64decode(event["payload_base64"])
    return json.dumps(event["payload"], separators=(",", ":")).encode()


def lines(file):
    with open(file) as text:
        return [json.loads(line) for line in text]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
