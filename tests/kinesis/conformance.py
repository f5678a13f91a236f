"""What a Kinesis must do, asked through boto3 and the AWS CLI of the server at KINESIS_ENDPOINT in AWS_REGION.

The same stories run against the local Kinesis and against a second server that we did not write. KINESIS_JUDGED
names the server; a story that a server gets wrong is skipped there, with the reason.
"""

import base64
import datetime
import functools
import hashlib
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["KINESIS_ENDPOINT"]
JUDGED = os.environ.get("KINESIS_JUDGED", "fanner")
REGION = os.environ["AWS_REGION"]
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
CIRCLE = 2**128
MIB = 2**20

# Parameters are checked by the server under test, so boto3 must not check them first.
kinesis = boto3.client(
    "kinesis",
    endpoint_url=ENDPOINT,
    region_name=REGION,
    config=Config(parameter_validation=False, retries={"max_attempts": 0}),
    **CREDENTIALS,
)


def wrong_on(server, reason):
    """Skips a story on a server that is known to get it wrong, after making sure that it still does."""

    def mark(story):
        @functools.wraps(story)
        def proved(self):
            try:
                story(self)
            except Exception:
                self.skipTest(f"{server}: {reason}")
            self.fail(f"{server} gets this right: take the mark off")

        return proved if JUDGED == server else story

    return mark


def post(target, body):
    """A call without boto3: status, headers and body of the answer."""
    # Some servers take the region and service of a call from its signature, which they do not check.
    scope = f"test/20250101/{REGION}/kinesis/aws4_request"
    headers = {
        "X-Amz-Target": target,
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
    }
    request = urllib.request.Request(ENDPOINT, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class Story(unittest.TestCase):
    """A stream of its own for each story, and what stories say again and again."""

    shards = 1
    maxDiff = None

    def setUp(self):
        self.name = f"story-{uuid.uuid4().hex[:12]}"
        self.create(self.name, ShardCount=self.shards)
        self.arn = self.summary()["StreamARN"]

    def create(self, name, **how):
        kinesis.create_stream(StreamName=name, **how)
        self.addCleanup(self.delete_quietly, name)
        self.wait_until_active(name)

    def delete_quietly(self, name):
        try:
            kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
        except ClientError as error:
            self.assertEqual(error.response["Error"]["Code"], "ResourceNotFoundException")

    def wait_until_active(self, name=None):
        give_up_at = time.monotonic() + 30
        while self.summary(name)["StreamStatus"] != "ACTIVE":
            self.assertLess(time.monotonic(), give_up_at, "the stream does not become ACTIVE")

    def summary(self, name=None):
        return kinesis.describe_stream_summary(StreamName=name or self.name)["StreamDescriptionSummary"]

    def all_shards(self, **how):
        return kinesis.list_shards(StreamName=self.name, **how)["Shards"]

    def shard_ids(self, **how):
        return [shard["ShardId"] for shard in self.all_shards(**how)]

    def open_shards(self):
        return [s for s in self.all_shards() if "EndingSequenceNumber" not in s["SequenceNumberRange"]]

    def put(self, data, key="key", **more):
        return kinesis.put_record(StreamName=self.name, Data=data, PartitionKey=key, **more)

    def iterator(self, shard, kind="TRIM_HORIZON", **where):
        answer = kinesis.get_shard_iterator(StreamName=self.name, ShardId=shard, ShardIteratorType=kind, **where)
        return answer["ShardIterator"]

    def read(self, shard, kind="TRIM_HORIZON", limit=10_000, **where):
        return kinesis.get_records(ShardIterator=self.iterator(shard, kind, **where), Limit=limit)

    def data(self, shard, *args, **where):
        return [record["Data"] for record in self.read(shard, *args, **where)["Records"]]

    def assertRefused(self, code, call, *args, says="", **kwargs):
        with self.assertRaises(ClientError) as caught:
            call(*args, **kwargs)
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], code, error)
        if JUDGED == "fanner":
            self.assertIn(says, error["Message"])


class Creating(Story):
    def test_a_new_stream_is_described(self):
        stream = kinesis.describe_stream(StreamName=self.name)["StreamDescription"]
        self.assertEqual(stream["StreamName"], self.name)
        self.assertRegex(stream["StreamARN"], rf"^arn:aws:kinesis:{REGION}:\d{{12}}:stream/{self.name}$")
        self.assertEqual(stream["StreamStatus"], "ACTIVE")
        self.assertEqual(stream["RetentionPeriodHours"], 24)
        self.assertEqual(stream["EncryptionType"], "NONE")
        self.assertEqual(stream["EnhancedMonitoring"], [{"ShardLevelMetrics": []}])
        self.assertFalse(stream["HasMoreShards"])
        age = datetime.datetime.now(datetime.timezone.utc) - stream["StreamCreationTimestamp"]
        self.assertLess(abs(age.total_seconds()), 60)

    def test_a_new_stream_is_provisioned(self):
        summary = self.summary()
        self.assertEqual((summary["StreamModeDetails"], summary["OpenShardCount"]), ({"StreamMode": "PROVISIONED"}, 1))

    def test_shards_divide_the_hash_keys_evenly(self):
        name = f"{self.name}-four"
        self.create(name, ShardCount=4)
        shards = kinesis.describe_stream(StreamName=name)["StreamDescription"]["Shards"]
        ranges = [(int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in shards]
        quarter = CIRCLE // 4
        self.assertEqual(ranges, [(nth * quarter, (nth + 1) * quarter - 1) for nth in range(4)])
        self.assertEqual([s["ShardId"] for s in shards], [f"shardId-{nth:012}" for nth in range(4)])

    def test_a_name_is_taken_once(self):
        self.assertRefused("ResourceInUseException", kinesis.create_stream, StreamName=self.name, ShardCount=1, says="exists")

    def test_an_on_demand_stream_has_four_shards(self):
        name = f"{self.name}-od"
        self.create(name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        summary = self.summary(name)
        self.assertEqual(summary["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})
        self.assertEqual(summary["OpenShardCount"], 4)

    @wrong_on("moto", "drops them")
    def test_tags_given_at_creation_are_kept(self):
        name = f"{self.name}-tagged"
        self.create(name, ShardCount=1, Tags={"team": "fraud"})
        self.assertEqual(kinesis.list_tags_for_stream(StreamName=name)["Tags"], [{"Key": "team", "Value": "fraud"}])

    @wrong_on("moto", "takes any name and any number of shards")
    def test_bad_input_is_refused(self):
        create = kinesis.create_stream
        self.assertRefused("ValidationException", create, StreamName="no spaces", ShardCount=1, says="contains ` `")
        self.assertRefused("ValidationException", create, StreamName="x" * 129, ShardCount=1, says="129")
        self.assertRefused("ValidationException", create, StreamName="x", ShardCount=0, says="from 1")
        self.assertRefused("ValidationException", create, StreamName="x", says="ShardCount is missing")

    def test_a_stream_that_is_not_there_is_not_found(self):
        self.assertRefused("ResourceNotFoundException", kinesis.describe_stream_summary, StreamName="nowhere", says="nowhere")
        self.assertRefused("ResourceNotFoundException", kinesis.delete_stream, StreamName="nowhere")
        self.assertRefused("ResourceNotFoundException", kinesis.put_record, StreamName="nowhere", Data=b"", PartitionKey="k")

    def test_a_deleted_stream_is_gone_and_its_name_is_free(self):
        kinesis.delete_stream(StreamName=self.name)
        give_up_at = time.monotonic() + 30
        while self.name in kinesis.list_streams(Limit=1000)["StreamNames"]:
            self.assertLess(time.monotonic(), give_up_at)
        self.create(self.name, ShardCount=1)
        self.assertEqual(self.data("shardId-000000000000"), [])

    def test_streams_are_found_by_arn(self):
        self.assertEqual(kinesis.describe_stream_summary(StreamARN=self.arn)["StreamDescriptionSummary"]["StreamName"], self.name)
        kinesis.put_record(StreamARN=self.arn, Data=b"by arn", PartitionKey="k")
        self.assertEqual(self.data("shardId-000000000000"), [b"by arn"])

    @wrong_on("moto", "looks for a stream called None")
    def test_a_call_must_name_one_stream(self):
        describe = kinesis.describe_stream_summary
        self.assertRefused("InvalidArgumentException", describe, says="StreamName or StreamARN")
        self.assertRefused("InvalidArgumentException", describe, StreamName="other", StreamARN=self.arn, says="two streams")
        self.assertRefused("InvalidArgumentException", describe, StreamARN="arn:aws:s3:::x", says="not the ARN")


class Listing(Story):
    def test_streams_are_listed_in_pages(self):
        names = sorted(f"{self.name}-{letter}" for letter in "abc")
        for name in names:
            self.create(name, ShardCount=1)
        page = kinesis.list_streams(Limit=2, ExclusiveStartStreamName=self.name)
        self.assertEqual((page["StreamNames"], page["HasMoreStreams"]), (names[:2], True))
        rest = kinesis.list_streams(Limit=1, ExclusiveStartStreamName=names[1])
        self.assertEqual(rest["StreamNames"], names[2:])

    @wrong_on("moto", "gives no NextToken")
    def test_streams_are_listed_by_token(self):
        seen, token = [], {}
        for _ in range(1000):
            page = kinesis.list_streams(Limit=1, **token)
            seen += page["StreamNames"]
            if not page["HasMoreStreams"]:
                break
            token = {"NextToken": page["NextToken"]}
        self.assertIn(self.name, seen)
        self.assertEqual(seen, sorted(set(seen)))

    def test_streams_are_summarized(self):
        page = kinesis.list_streams(Limit=1000)
        self.assertEqual([s["StreamName"] for s in page["StreamSummaries"]], page["StreamNames"])

    @wrong_on("moto", "refuses its own token with another MaxResults")
    def test_shards_are_listed_in_pages(self):
        name = f"{self.name}-five"
        self.create(name, ShardCount=5)
        first = kinesis.list_shards(StreamName=name, MaxResults=2)
        second = kinesis.list_shards(NextToken=first["NextToken"], MaxResults=2)
        third = kinesis.list_shards(NextToken=second["NextToken"], MaxResults=2)
        shards = [s["ShardId"] for page in (first, second, third) for s in page["Shards"]]
        self.assertEqual(shards, [f"shardId-{nth:012}" for nth in range(5)])
        self.assertNotIn("NextToken", third)

    @wrong_on("moto", "does not check tokens, and starts at the given shard, not behind it")
    def test_a_listing_of_shards_can_begin_behind_one(self):
        name = f"{self.name}-three"
        self.create(name, ShardCount=3)
        behind = kinesis.list_shards(StreamName=name, ExclusiveStartShardId="shardId-000000000000")
        self.assertEqual([s["ShardId"] for s in behind["Shards"]], ["shardId-000000000001", "shardId-000000000002"])
        self.assertRefused("InvalidArgumentException", kinesis.list_shards, NextToken="made up", says="NextToken")
        token = kinesis.list_shards(StreamName=name, MaxResults=1)["NextToken"]
        self.assertRefused("InvalidArgumentException", kinesis.list_shards, NextToken=token, StreamName=name, says="alone")

    @wrong_on("moto", "ignores ExclusiveStartShardId")
    def test_a_description_pages_its_shards(self):
        name = f"{self.name}-described"
        self.create(name, ShardCount=3)
        first = kinesis.describe_stream(StreamName=name, Limit=2)["StreamDescription"]
        self.assertTrue(first["HasMoreShards"])
        last = first["Shards"][-1]["ShardId"]
        second = kinesis.describe_stream(StreamName=name, ExclusiveStartShardId=last)["StreamDescription"]
        self.assertEqual([s["ShardId"] for s in second["Shards"]], ["shardId-000000000002"])
        self.assertFalse(second["HasMoreShards"])

    @wrong_on("moto", "ignores the filter")
    def test_shards_are_filtered(self):
        before = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(milliseconds=-1)
        kinesis.split_shard(StreamName=self.name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(CIRCLE // 2))
        self.wait_until_active()
        parent, low, high = (f"shardId-{nth:012}" for nth in range(3))
        filtered = lambda kind, **more: self.shard_ids(ShardFilter={"Type": kind, **more})
        self.assertEqual(filtered("AT_LATEST"), [low, high])
        self.assertEqual(filtered("AT_TRIM_HORIZON")[0], parent)
        self.assertEqual(filtered("FROM_TRIM_HORIZON"), [parent, low, high])
        self.assertEqual(filtered("AFTER_SHARD_ID", ShardId=low), [high])
        self.assertEqual(filtered("AT_TIMESTAMP", Timestamp=before)[0], parent)
        self.assertEqual(filtered("FROM_TIMESTAMP", Timestamp=before), [parent, low, high])
        self.assertRefused("InvalidArgumentException", filtered, "AFTER_SHARD_ID", says="ShardId is missing")


class Putting(Story):
    shards = 2

    def test_a_record_comes_back_as_it_was(self):
        data = bytes(range(256))
        key = 'quotes " and \\ and é and \U0001f600'
        put = self.put(data, key)
        (record,) = self.read(put["ShardId"])["Records"]
        self.assertEqual((record["Data"], record["PartitionKey"]), (data, key))
        self.assertEqual(record["SequenceNumber"], put["SequenceNumber"])
        age = datetime.datetime.now(datetime.timezone.utc) - record["ApproximateArrivalTimestamp"]
        self.assertLess(abs(age.total_seconds()), 60)

    def test_an_empty_record_is_a_record(self):
        self.assertEqual(self.data(self.put(b"")["ShardId"]), [b""])

    def test_the_partition_key_chooses_the_shard_by_its_md5(self):
        for key in ("a", "b", "c", "d", "e", "f"):
            nth = int(hashlib.md5(key.encode()).hexdigest(), 16) * 2 // CIRCLE
            self.assertEqual(self.put(b"", key)["ShardId"], f"shardId-{nth:012}", key)

    @wrong_on("moto", "answers some hash keys with HTTP 500")
    def test_an_explicit_hash_key_chooses_the_shard(self):
        for hash_key, nth in ((0, 0), (CIRCLE // 2 - 1, 0), (CIRCLE // 2, 1), (CIRCLE - 1, 1)):
            self.assertEqual(self.put(b"", ExplicitHashKey=str(hash_key))["ShardId"], f"shardId-{nth:012}", hash_key)

    def test_sequence_numbers_increase_within_a_shard(self):
        numbers = [int(self.put(b"")["SequenceNumber"]) for _ in range(20)]
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_many_records_keep_their_order_in_each_shard(self):
        records = [{"Data": str(nth).encode(), "PartitionKey": str(nth)} for nth in range(500)]
        answer = kinesis.put_records(StreamName=self.name, Records=records)
        self.assertEqual(answer["FailedRecordCount"], 0)
        for shard in self.shard_ids():
            sent = [r["Data"] for r, a in zip(records, answer["Records"]) if a["ShardId"] == shard]
            self.assertEqual(self.data(shard), sent)

    def test_the_answer_tells_each_record_its_place(self):
        records = [{"Data": b"x", "PartitionKey": key} for key in ("a", "b", "c")]
        places = kinesis.put_records(StreamName=self.name, Records=records)["Records"]
        for record, place in zip(records, places):
            found = self.read(place["ShardId"], "AT_SEQUENCE_NUMBER", StartingSequenceNumber=place["SequenceNumber"], limit=1)
            self.assertEqual(found["Records"][0]["PartitionKey"], record["PartitionKey"])

    def test_too_many_or_no_records_are_refused(self):
        put = lambda count: kinesis.put_records(StreamName=self.name, Records=[{"Data": b"", "PartitionKey": "k"}] * count)
        self.assertRefused("ValidationException", put, 501, says="501")

    @wrong_on("moto", "takes a request without records")
    def test_no_records_are_refused(self):
        self.assertRefused("ValidationException", kinesis.put_records, StreamName=self.name, Records=[], says="from 1 to 500")

    @wrong_on("moto", "takes larger ones one at a time")
    def test_a_record_of_a_mebibyte_is_the_largest(self):
        self.put(bytes(MIB - 256))
        self.assertRefused("ValidationException", self.put, bytes(MIB + 1), says="too large")

    @wrong_on("moto", "has no UpdateMaxRecordSize")
    def test_a_stream_can_take_larger_records(self):
        kinesis.update_max_record_size(StreamARN=self.arn, MaxRecordSizeInKiB=4096)
        self.wait_until_active()
        self.assertEqual(self.summary()["MaxRecordSizeInKiB"], 4096)
        put = self.put(bytes(3 * MIB))
        self.assertEqual(self.data(put["ShardId"]), [bytes(3 * MIB)])
        self.assertRefused("ValidationException", kinesis.update_max_record_size, StreamARN=self.arn, MaxRecordSizeInKiB=1)

    @wrong_on("moto", "takes 5 MiB in a request, as AWS did until 2025")
    def test_a_request_takes_ten_mebibytes(self):
        put = lambda size: kinesis.put_records(
            StreamName=self.name, Records=[{"Data": bytes(size), "PartitionKey": f"{nth}"} for nth in range(11)]
        )
        self.assertEqual(put(10 * MIB // 11 - 16)["FailedRecordCount"], 0)
        self.assertRefused("InvalidArgumentException", put, MIB - 16, says="takes up to 10485760")

    @wrong_on("moto", "takes an empty key")
    def test_bad_records_are_refused(self):
        self.assertRefused("ValidationException", self.put, b"", key="", says="1 to 256")
        self.assertRefused("ValidationException", self.put, b"", key="k" * 257, says="1 to 256")
        self.assertRefused("InvalidArgumentException", self.put, b"", ExplicitHashKey=str(CIRCLE), says="ExplicitHashKey")
        self.assertRefused("InvalidArgumentException", self.put, b"", ExplicitHashKey="-1", says="`-1`")

    @wrong_on("moto", "stores the records before the bad one")
    def test_a_bad_record_refuses_the_whole_request(self):
        records = [{"Data": b"good", "PartitionKey": "a"}, {"Data": b"bad", "PartitionKey": ""}]
        self.assertRefused("ValidationException", kinesis.put_records, StreamName=self.name, Records=records)
        self.assertEqual([self.data(shard) for shard in self.shard_ids()], [[], []])


class Reading(Story):
    shard = "shardId-000000000000"

    def test_every_kind_of_iterator_begins_where_it_says(self):
        puts = [self.put(str(nth).encode()) for nth in range(4)]
        third = {"StartingSequenceNumber": puts[2]["SequenceNumber"]}
        self.assertEqual(self.data(self.shard, "TRIM_HORIZON"), [b"0", b"1", b"2", b"3"])
        self.assertEqual(self.data(self.shard, "AT_SEQUENCE_NUMBER", **third), [b"2", b"3"])
        self.assertEqual(self.data(self.shard, "AFTER_SEQUENCE_NUMBER", **third), [b"3"])
        self.assertEqual(self.data(self.shard, "LATEST"), [])

    def test_a_shard_begins_at_its_starting_sequence_number(self):
        start = self.all_shards()[0]["SequenceNumberRange"]["StartingSequenceNumber"]
        self.put(b"first")
        self.assertEqual(self.data(self.shard, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=start), [b"first"])

    def test_an_iterator_finds_a_moment(self):
        self.put(b"before")
        before = after = self.read(self.shard)["Records"][0]["ApproximateArrivalTimestamp"]
        while after == before:
            self.put(b"after")
            after = self.read(self.shard)["Records"][-1]["ApproximateArrivalTimestamp"]
        # boto3 cuts a moment to whole seconds, so this one call is made without it.
        where = {"StreamName": self.name, "ShardId": self.shard, "ShardIteratorType": "AT_TIMESTAMP"}
        _, _, answer = post("Kinesis_20131202.GetShardIterator", json.dumps({**where, "Timestamp": after.timestamp()}).encode())
        (record,) = kinesis.get_records(ShardIterator=json.loads(answer)["ShardIterator"])["Records"]
        self.assertEqual(record["Data"], b"after")

    def test_a_latest_iterator_gets_what_comes_next(self):
        self.put(b"old")
        iterator = self.iterator(self.shard, "LATEST")
        self.put(b"new")
        self.assertEqual([r["Data"] for r in kinesis.get_records(ShardIterator=iterator)["Records"]], [b"new"])

    def test_an_iterator_after_an_empty_read_skips_nothing(self):
        iterator, seen = self.iterator(self.shard, "LATEST"), []
        for nth in range(50):
            self.assertEqual(kinesis.get_records(ShardIterator=iterator)["Records"], [])
            iterator = kinesis.get_records(ShardIterator=iterator)["NextShardIterator"]
            self.put(str(nth).encode())
            answer = kinesis.get_records(ShardIterator=iterator)
            seen += [int(record["Data"]) for record in answer["Records"]]
            iterator = answer["NextShardIterator"]
        self.assertEqual(seen, list(range(50)))

    def test_a_read_goes_on_where_the_last_one_ended(self):
        for nth in range(5):
            self.put(str(nth).encode())
        iterator, seen = self.iterator(self.shard), []
        for _ in range(3):
            answer = kinesis.get_records(ShardIterator=iterator, Limit=2)
            self.assertLessEqual(len(answer["Records"]), 2)
            seen += [record["Data"] for record in answer["Records"]]
            iterator = answer["NextShardIterator"]
        self.assertEqual(seen, [b"0", b"1", b"2", b"3", b"4"])

    def test_an_iterator_can_be_used_twice(self):
        self.put(b"again")
        iterator = self.iterator(self.shard)
        for _ in range(2):
            self.assertEqual([r["Data"] for r in kinesis.get_records(ShardIterator=iterator)["Records"]], [b"again"])

    def test_a_reader_that_is_behind_is_told_so(self):
        self.put(b"1")
        self.put(b"2")
        self.assertGreater(self.read(self.shard, limit=1)["MillisBehindLatest"], 0)
        self.assertEqual(self.read(self.shard)["MillisBehindLatest"], 0)

    @wrong_on("moto", "returns everything")
    def test_a_read_finds_ten_mebibytes_at_the_most(self):
        for _ in range(12):
            self.put(bytes(MIB - 256))
        first = self.read(self.shard)
        size = sum(len(record["Data"]) for record in first["Records"])
        self.assertTrue(8 * MIB < size <= 10 * MIB, size)
        rest = kinesis.get_records(ShardIterator=first["NextShardIterator"])
        self.assertEqual(len(first["Records"]) + len(rest["Records"]), 12)

    def test_a_shard_that_is_not_there_is_not_found(self):
        self.assertRefused("ResourceNotFoundException", self.iterator, "shardId-000000000009", says="shardId-000000000009")

    @wrong_on("moto", "answers with HTTP 500")
    def test_a_made_up_iterator_is_refused(self):
        self.assertRefused("InvalidArgumentException", kinesis.get_records, ShardIterator="made up", says="Invalid ShardIterator")

    @wrong_on("moto", "takes any sequence number and any limit")
    def test_foreign_places_are_refused(self):
        at = lambda number: self.iterator(self.shard, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=number)
        self.assertRefused("InvalidArgumentException", at, "12345", says="did not come from this stream")
        self.assertRefused("InvalidArgumentException", self.iterator, self.shard, "AFTER_SEQUENCE_NUMBER", says="is missing")
        self.assertRefused("InvalidArgumentException", self.read, self.shard, limit=10_001, says="10001")
        tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        self.assertRefused("InvalidArgumentException", self.iterator, self.shard, "AT_TIMESTAMP", Timestamp=tomorrow, says="later than now")

    @wrong_on("moto", "goes on with the new stream's records")
    def test_an_iterator_ends_with_its_stream(self):
        iterator = self.iterator(self.shard)
        kinesis.delete_stream(StreamName=self.name)
        self.create(self.name, ShardCount=1)
        self.assertRefused("ResourceNotFoundException", kinesis.get_records, ShardIterator=iterator)


class Resharding(Story):
    parent = "shardId-000000000000"

    def split(self):
        kinesis.split_shard(StreamName=self.name, ShardToSplit=self.parent, NewStartingHashKey=str(CIRCLE // 2))
        self.wait_until_active()

    @wrong_on("moto", "OpenShardCount stays as it was")
    def test_a_split_names_the_parent(self):
        self.split()
        parent, low, high = self.all_shards()
        self.assertEqual([s["ParentShardId"] for s in (low, high)], [self.parent] * 2)
        self.assertIn("EndingSequenceNumber", parent["SequenceNumberRange"])
        self.assertEqual(low["HashKeyRange"], {"StartingHashKey": "0", "EndingHashKey": str(CIRCLE // 2 - 1)})
        self.assertEqual(high["HashKeyRange"], {"StartingHashKey": str(CIRCLE // 2), "EndingHashKey": str(CIRCLE - 1)})
        self.assertEqual(self.summary()["OpenShardCount"], 2)

    @wrong_on("moto", "its parents never end")
    def test_a_closed_shard_drains_and_then_ends_with_its_children(self):
        for nth in range(3):
            self.put(str(nth).encode())
        self.split()
        first = self.read(self.parent, limit=2)
        self.assertEqual(len(first["Records"]), 2)
        self.assertNotIn("ChildShards", first)
        last = kinesis.get_records(ShardIterator=first["NextShardIterator"])
        self.assertEqual([r["Data"] for r in last["Records"]], [b"2"])
        self.assertNotIn("NextShardIterator", last)
        children = [(c["ShardId"], c["ParentShards"]) for c in last["ChildShards"]]
        self.assertEqual(children, [("shardId-000000000001", [self.parent]), ("shardId-000000000002", [self.parent])])

    def test_sequence_numbers_increase_from_parent_to_child(self):
        before = int(self.put(b"")["SequenceNumber"])
        self.split()
        ending = int(self.all_shards()[0]["SequenceNumberRange"]["EndingSequenceNumber"])
        after = int(self.put(b"")["SequenceNumber"])
        self.assertTrue(before <= ending < after, (before, ending, after))

    def test_a_merge_names_both_parents(self):
        self.split()
        low, high = "shardId-000000000001", "shardId-000000000002"
        kinesis.merge_shards(StreamName=self.name, ShardToMerge=low, AdjacentShardToMerge=high)
        self.wait_until_active()
        (child,) = self.open_shards()
        self.assertEqual((child["ParentShardId"], child["AdjacentParentShardId"]), (low, high))
        self.assertEqual(child["HashKeyRange"], {"StartingHashKey": "0", "EndingHashKey": str(CIRCLE - 1)})

    def test_impossible_reshards_are_refused(self):
        split = lambda shard, key: kinesis.split_shard(StreamName=self.name, ShardToSplit=shard, NewStartingHashKey=str(key))
        self.assertRefused("ResourceNotFoundException", split, "shardId-000000000007", 5)
        self.assertRefused("InvalidArgumentException", split, self.parent, CIRCLE, says="hash key")

    def test_senseless_reshards_are_refused(self):
        split = lambda shard, key: kinesis.split_shard(StreamName=self.name, ShardToSplit=shard, NewStartingHashKey=str(key))
        self.assertRefused("InvalidArgumentException", split, self.parent, 0, says="NewStartingHashKey 0")
        self.split()
        self.assertRefused("InvalidArgumentException", split, self.parent, 5, says="closed")

    @wrong_on("moto", "ends with uneven shards")
    def test_scaling_ends_with_equal_shards(self):
        for count in (2, 4, 5, 3, 2, 1):
            before = self.summary()["OpenShardCount"]
            answer = kinesis.update_shard_count(StreamName=self.name, TargetShardCount=count, ScalingType="UNIFORM_SCALING")
            self.assertEqual((answer["CurrentShardCount"], answer["TargetShardCount"]), (before, count))
            self.wait_until_active()
            ranges = [shard["HashKeyRange"] for shard in self.open_shards()]
            starts = sorted(int(r["StartingHashKey"]) for r in ranges)
            self.assertEqual(starts, [-(-CIRCLE * nth // count) if CIRCLE * nth % count == 0 else CIRCLE * nth // count for nth in range(count)])

    @wrong_on("moto", "has no limits")
    def test_scaling_at_most_doubles_or_halves(self):
        scale = lambda count: kinesis.update_shard_count(StreamName=self.name, TargetShardCount=count, ScalingType="UNIFORM_SCALING")
        self.assertRefused("LimitExceededException", scale, 3, says="double")
        for count in (2, 4, 5):
            scale(count)
            self.wait_until_active()
        self.assertRefused("LimitExceededException", scale, 2, says="half")
        self.assertRefused("ValidationException", scale, 0, says="TargetShardCount is 0")

    def test_an_on_demand_stream_scales_itself(self):
        kinesis.update_stream_mode(StreamARN=self.arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        self.wait_until_active()
        scale = lambda: kinesis.update_shard_count(StreamName=self.name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        self.assertRefused("ValidationException", scale, says="On-Demand")


class Settings(Story):
    def test_retention_goes_up_and_down(self):
        kinesis.increase_stream_retention_period(StreamName=self.name, RetentionPeriodHours=48)
        self.wait_until_active()
        self.assertEqual(self.summary()["RetentionPeriodHours"], 48)
        kinesis.decrease_stream_retention_period(StreamARN=self.arn, RetentionPeriodHours=24)
        self.wait_until_active()
        self.assertEqual(self.summary()["RetentionPeriodHours"], 24)

    def test_retention_has_bounds_and_a_direction(self):
        increase = lambda hours: kinesis.increase_stream_retention_period(StreamName=self.name, RetentionPeriodHours=hours)
        decrease = lambda hours: kinesis.decrease_stream_retention_period(StreamName=self.name, RetentionPeriodHours=hours)
        self.assertRefused("InvalidArgumentException", decrease, 23, says="too short")
        self.assertRefused("InvalidArgumentException", increase, 8761, says="too long")
        self.assertRefused("InvalidArgumentException", decrease, 48, says="Use IncreaseRetentionPeriod")
        increase(72)
        self.wait_until_active()
        self.assertRefused("InvalidArgumentException", increase, 48, says="Use DecreaseRetentionPeriod")

    def test_the_mode_changes_and_shards_stay(self):
        for mode in ("ON_DEMAND", "PROVISIONED"):
            kinesis.update_stream_mode(StreamARN=self.arn, StreamModeDetails={"StreamMode": mode})
            self.wait_until_active()
            self.assertEqual(self.summary()["StreamModeDetails"], {"StreamMode": mode})
        self.assertEqual(self.summary()["OpenShardCount"], 1)

    @wrong_on("moto", "names no encryption")
    def test_encryption_is_shown(self):
        kinesis.start_stream_encryption(StreamName=self.name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        self.wait_until_active()
        summary = self.summary()
        self.assertEqual((summary["EncryptionType"], summary["KeyId"]), ("KMS", "alias/aws/kinesis"))
        self.assertEqual(self.put(b"secret")["EncryptionType"], "KMS")
        kinesis.stop_stream_encryption(StreamName=self.name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        self.wait_until_active()
        self.assertEqual(self.summary()["EncryptionType"], "NONE")

    @wrong_on("moto", "names no encryption with records")
    def test_records_remember_their_encryption(self):
        self.put(b"plain")
        kinesis.start_stream_encryption(StreamName=self.name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        self.wait_until_active()
        self.put(b"secret")
        records = self.read("shardId-000000000000")["Records"]
        self.assertEqual([r.get("EncryptionType") for r in records], [None, "KMS"])

    def test_monitoring_is_switched_by_metric(self):
        on = kinesis.enable_enhanced_monitoring(StreamName=self.name, ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
        self.assertEqual(on["CurrentShardLevelMetrics"], [])
        self.assertEqual(sorted(on["DesiredShardLevelMetrics"]), ["IncomingBytes", "OutgoingBytes"])
        self.wait_until_active()
        off = kinesis.disable_enhanced_monitoring(StreamName=self.name, ShardLevelMetrics=["IncomingBytes"])
        self.assertEqual(off["DesiredShardLevelMetrics"], ["OutgoingBytes"])
        self.wait_until_active()
        self.assertEqual(self.summary()["EnhancedMonitoring"], [{"ShardLevelMetrics": ["OutgoingBytes"]}])

    @wrong_on("moto", "does not spell ALL out")
    def test_all_metrics_are_seven(self):
        on = kinesis.enable_enhanced_monitoring(StreamName=self.name, ShardLevelMetrics=["ALL"])
        self.assertEqual(len(on["DesiredShardLevelMetrics"]), 7)

    @wrong_on("moto", "counts no open shards")
    def test_the_account_has_limits(self):
        limits = kinesis.describe_limits()
        self.assertGreaterEqual(limits["OpenShardCount"], 1)
        self.assertGreater(limits["ShardLimit"], limits["OpenShardCount"])
        self.assertGreater(limits["OnDemandStreamCountLimit"], limits["OnDemandStreamCount"])

    @wrong_on("moto", "has no such operation")
    def test_the_account_has_no_commitment(self):
        settings = kinesis.describe_account_settings()
        self.assertEqual(settings["MinimumThroughputBillingCommitment"]["Status"], "DISABLED")


class Tags(Story):
    def tags(self):
        return {tag["Key"]: tag["Value"] for tag in kinesis.list_tags_for_stream(StreamName=self.name)["Tags"]}

    def test_tags_are_added_changed_and_removed(self):
        kinesis.add_tags_to_stream(StreamName=self.name, Tags={"team": "a", "cost": "1"})
        kinesis.add_tags_to_stream(StreamName=self.name, Tags={"team": "b"})
        self.assertEqual(self.tags(), {"team": "b", "cost": "1"})
        kinesis.remove_tags_from_stream(StreamName=self.name, TagKeys=["cost", "absent"])
        self.assertEqual(self.tags(), {"team": "b"})

    @wrong_on("moto", "answers TagResource with HTTP 500")
    def test_both_families_of_operations_see_the_same_tags(self):
        kinesis.tag_resource(ResourceARN=self.arn, Tags={"team": "a", "cost": "1"})
        self.assertEqual(self.tags(), {"team": "a", "cost": "1"})
        kinesis.untag_resource(ResourceARN=self.arn, TagKeys=["cost"])
        self.assertEqual(kinesis.list_tags_for_resource(ResourceARN=self.arn)["Tags"], [{"Key": "team", "Value": "a"}])

    @wrong_on("moto", "lists the start key again")
    def test_tags_are_listed_in_pages(self):
        kinesis.add_tags_to_stream(StreamName=self.name, Tags={"a": "1", "b": "2", "c": "3"})
        first = kinesis.list_tags_for_stream(StreamName=self.name, Limit=2)
        self.assertEqual(([t["Key"] for t in first["Tags"]], first["HasMoreTags"]), (["a", "b"], True))
        rest = kinesis.list_tags_for_stream(StreamName=self.name, ExclusiveStartTagKey="b")
        self.assertEqual(([t["Key"] for t in rest["Tags"]], rest["HasMoreTags"]), (["c"], False))

    @wrong_on("moto", "takes any tag")
    def test_bad_tags_are_refused(self):
        add = lambda tags: kinesis.add_tags_to_stream(StreamName=self.name, Tags=tags)
        self.assertRefused("InvalidArgumentException", add, {"aws:x": "1"}, says="reserved")
        self.assertRefused("InvalidArgumentException", add, {f"k{nth}": "" for nth in range(51)}, says="51 tags")
        self.assertRefused("ValidationException", add, {"k" * 129: ""}, says="128")


class Policies(Story):
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})

    def test_a_policy_is_kept_and_given_back(self):
        kinesis.put_resource_policy(ResourceARN=self.arn, Policy=self.policy)
        self.assertEqual(kinesis.get_resource_policy(ResourceARN=self.arn)["Policy"], self.policy)
        kinesis.delete_resource_policy(ResourceARN=self.arn)
        self.assertEqual(json.loads(kinesis.get_resource_policy(ResourceARN=self.arn)["Policy"]), {})

    def test_a_missing_policy_cannot_be_deleted(self):
        self.assertRefused("ResourceNotFoundException", kinesis.delete_resource_policy, ResourceARN=self.arn)

    @wrong_on("moto", "takes any text")
    def test_a_policy_is_a_json_object(self):
        self.assertRefused("InvalidArgumentException", kinesis.put_resource_policy, ResourceARN=self.arn, Policy="no", says="JSON object")


class Consumers(Story):
    def register(self, name, **more):
        consumer = kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName=name, **more)["Consumer"]
        find = lambda: kinesis.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])["ConsumerDescription"]
        while find()["ConsumerStatus"] != "ACTIVE":
            pass
        return consumer

    @wrong_on("moto", "its ARNs of consumers end without a time")
    def test_a_consumer_is_registered_described_and_deregistered(self):
        consumer = self.register("app")
        self.assertRegex(consumer["ConsumerARN"], rf"^{self.arn}/consumer/app:\d+$")
        found = kinesis.describe_stream_consumer(StreamARN=self.arn, ConsumerName="app")["ConsumerDescription"]
        self.assertEqual((found["ConsumerARN"], found["StreamARN"]), (consumer["ConsumerARN"], self.arn))
        kinesis.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
        self.assertEqual(kinesis.list_stream_consumers(StreamARN=self.arn)["Consumers"], [])
        self.assertRefused("ResourceNotFoundException", kinesis.describe_stream_consumer, StreamARN=self.arn, ConsumerName="app")

    @wrong_on("moto", "registers a name twice")
    def test_a_consumer_has_its_name_alone(self):
        self.register("app")
        again = lambda: kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName="app")
        self.assertRefused("ResourceInUseException", again, says="already exists")

    @wrong_on("moto", "does not count consumers")
    def test_consumers_are_counted_and_listed_in_pages(self):
        for name in ("a", "b", "c"):
            self.register(name)
        self.assertEqual(self.summary()["ConsumerCount"], 3)
        first = kinesis.list_stream_consumers(StreamARN=self.arn, MaxResults=2)
        rest = kinesis.list_stream_consumers(StreamARN=self.arn, NextToken=first["NextToken"])
        names = [c["ConsumerName"] for c in first["Consumers"] + rest["Consumers"]]
        self.assertEqual(names, ["a", "b", "c"])
        self.assertNotIn("NextToken", rest)

    @wrong_on("moto", "deletes the stream")
    def test_a_stream_with_consumers_is_deleted_only_when_that_is_wanted(self):
        self.register("app")
        self.assertRefused("ResourceInUseException", kinesis.delete_stream, StreamName=self.name, says="EnforceConsumerDeletion")
        kinesis.delete_stream(StreamName=self.name, EnforceConsumerDeletion=True)

    @wrong_on("moto", "answers TagResource with HTTP 500")
    def test_a_consumer_has_tags_and_a_policy(self):
        arn = self.register("app", Tags={"team": "a"})["ConsumerARN"]
        kinesis.tag_resource(ResourceARN=arn, Tags={"cost": "1"})
        tags = kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"]
        self.assertEqual(tags, [{"Key": "cost", "Value": "1"}, {"Key": "team", "Value": "a"}])
        kinesis.put_resource_policy(ResourceARN=arn, Policy=Policies.policy)
        self.assertEqual(kinesis.get_resource_policy(ResourceARN=arn)["Policy"], Policies.policy)
        self.assertEqual(kinesis.get_resource_policy(ResourceARN=self.arn)["Policy"], "{}")

    @wrong_on("moto", "answers with HTTP 500")
    def test_fan_out_is_refused_in_words(self):
        arn = self.register("app")["ConsumerARN"]
        subscribe = lambda: kinesis.subscribe_to_shard(
            ConsumerARN=arn, ShardId="shardId-000000000000", StartingPosition={"Type": "LATEST"}
        )
        self.assertRefused("InvalidArgumentException", subscribe, says="GetRecords")


class CommandLine(Story):
    """A few calls through the AWS CLI, which reads and writes in its own way."""

    def aws(self, *words):
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_PAGER": ""}
        command = [sys.executable, "-m", "awscli", "--endpoint-url", ENDPOINT, "--region", REGION, "kinesis", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def test_a_record_goes_in_and_comes_out(self):
        put = self.aws("put-record", "--stream-name", self.name, "--partition-key", "k", "--data", "hello")
        iterator = self.aws(
            *("get-shard-iterator", "--stream-name", self.name, "--shard-id", put["ShardId"]),
            *("--shard-iterator-type", "TRIM_HORIZON"),
        )["ShardIterator"]
        (record,) = self.aws("get-records", "--shard-iterator", iterator)["Records"]
        self.assertEqual(base64.b64decode(record["Data"]), b"hello")

    @wrong_on("moto", "gives no NextToken")
    def test_listings_are_followed_to_their_end(self):
        names = [f"{self.name}-{letter}" for letter in "abc"]
        for name in names:
            self.create(name, ShardCount=1)
        listed = self.aws("list-streams", "--page-size", "1")["StreamNames"]
        self.assertEqual([name for name in listed if name in names], names)

    def test_a_stream_is_made_waited_for_and_deleted(self):
        name = f"{self.name}-cli"
        self.assertIsNone(self.aws("create-stream", "--stream-name", name, "--shard-count", "2", "--tags", "team=a"))
        self.addCleanup(self.delete_quietly, name)
        self.aws("wait", "stream-exists", "--stream-name", name)
        described = self.aws("describe-stream", "--stream-name", name)["StreamDescription"]
        self.assertEqual(len(described["Shards"]), 2)
        self.aws("delete-stream", "--stream-name", name)
        self.aws("wait", "stream-not-exists", "--stream-name", name)


class Protocol(unittest.TestCase):
    """What a caller sees who does not use an SDK."""

    @wrong_on("moto", "answers with HTTP 404 or 500 instead")
    def test_nonsense_is_refused_in_words(self):
        for target, body, code in (
            ("Kinesis_20131202.MakeCoffee", b"{}", "UnknownOperationException"),
            ("DynamoDB_20120810.ListTables", b"{}", "UnknownOperationException"),
            ("Kinesis_20131202.ListStreams", b"{not json", "SerializationException"),
            ("Kinesis_20131202.CreateStream", b'{"StreamName": 5}', "SerializationException"),
        ):
            status, headers, answer = post(target, body)
            error = json.loads(answer)
            self.assertEqual((status, error["__type"]), (400, code), answer)
            self.assertTrue(error["message"])
            self.assertTrue(headers["x-amzn-RequestId"])

    def test_an_answer_is_json_of_its_own_kind(self):
        status, headers, answer = post("Kinesis_20131202.ListStreams", b"{}")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/x-amz-json-1.1"))
        self.assertIn("StreamNames", json.loads(answer))


if __name__ == "__main__":
    unittest.main(verbosity=int(os.environ.get("VERBOSITY", "1")))
