# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Rendered bags, read back by rosbags and by the MCAP project's reader."""

from __future__ import annotations

from collections import Counter
import signal
import subprocess
import sys
import tracemalloc

import cv2
from mcap._chunk_builder import ChunkBuilder
from mcap.reader import make_reader
from mcap.writer import Writer
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import CompressionMode, Reader, StoragePlugin
from rosbags.typesys import get_typestore, Stores
import yaml

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.bag_sink import BagSink
from featuremap_ros.streams.source import open_source
from featuremap_ros.vision.frame import Frame

NEW = {
    '/featuremap/overlay/conv/compressed',
    '/featuremap/steering',
    '/featuremap/steering_angle',
    '/featuremap/throttle',
}


def render(source, path, **options):
    """Write an overlay and steering for every frame."""
    with source, BagSink(path, source=source, **options) as sink:
        for number, frame in enumerate(source):
            sink.write_image('overlay/conv', 255 - frame.image, frame)
            sink.write_steering(frame, number / 100, throttle=0.5)
    return sink


def contents(path):
    """Read a whole MCAP with its project's reader: [(schema, channel, message)]."""
    with path.open('rb') as stream:
        return list(make_reader(stream, validate_crcs=True).iter_messages())


def originals(path):
    """Everything about each message that was not rendered, in the order of time."""
    return [
        (
            channel.topic,
            channel.message_encoding,
            tuple(channel.metadata.items()),
            schema.name,
            schema.encoding,
            schema.data,
            message.log_time,
            message.publish_time,
            message.sequence,
            message.data,
        )
        for schema, channel, message in contents(path)
        if channel.topic not in NEW
    ]


def test_an_mcap_is_copied_byte_by_byte(race, record_mcap, tmp_path):
    """Payload, times, sequence, definition, QoS, attachments and metadata are as before."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    sink = render(open_source(path), tmp_path / 'overlay.mcap')
    assert originals(tmp_path / 'overlay.mcap') == originals(path)
    with (tmp_path / 'overlay.mcap').open('rb') as stream:
        reader = make_reader(stream)
        assert reader.get_header().profile == 'ros2'
        (attachment,) = reader.iter_attachments()
        assert (attachment.name, attachment.data) == ('car.txt', b'fast')
        assert (attachment.log_time - attachment.create_time) == 5
        records = {record.name: record.metadata for record in reader.iter_metadata()}
        assert records['weather'] == {'sky': 'cloudy', 'wind': 'none'}
    assert sink.undefined_topics == []
    assert sink.left_out == {}


def test_damaged_extras_are_left_out(race, record_mcap, tmp_path):
    """A metadata record that cannot be read costs itself, not the race."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'cloudy', b'\xff\xfeoudy', 1))
    render(open_source(path), tmp_path / 'overlay.mcap')
    assert originals(tmp_path / 'overlay.mcap') == originals(path)
    with (tmp_path / 'overlay.mcap').open('rb') as stream:
        names = [record.name for record in make_reader(stream).iter_metadata()]
    assert names == ['rosbag2']


def test_new_topics_lie_at_their_frames(race, record_mcap, tmp_path):
    """Each frame has its overlay and steering at its log time, right after the camera image."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    render(open_source(path), tmp_path / 'overlay.mcap')
    messages = contents(tmp_path / 'overlay.mcap')
    log_times = [message.log_time for _, _, message in messages]
    assert log_times == sorted(log_times)
    counts = Counter(channel.topic for _, channel, _ in messages)
    assert {topic: counts[topic] for topic in NEW} == dict.fromkeys(NEW, 40)
    new = [(channel.topic, message) for _, channel, message in messages if channel.topic in NEW]
    for position, (_, message) in enumerate(new):
        assert message.log_time == message.publish_time == race.log_ns(position // 4)
        assert message.sequence == position // 4
    topics = [channel.topic for _, channel, _ in messages]
    assert topics.index('/camera/image_raw') < topics.index('/featuremap/steering')


def test_rosbags_reads_every_message(race, record_mcap, tmp_path):
    """Another library decodes all topics by the definitions in the file."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    render(open_source(path), tmp_path / 'overlay.mcap')
    seen = Counter()
    with AnyReader([tmp_path / 'overlay.mcap']) as reader:
        for connection, _, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            number = seen[connection.topic]
            seen[connection.topic] += 1
            if connection.topic not in NEW:
                continue
            if hasattr(message, 'header'):
                stamp = message.header.stamp
                assert stamp.sec * 10**9 + stamp.nanosec == race.stamp_ns(number)
                assert message.header.frame_id == 'camera'
            if connection.topic == '/featuremap/steering':
                assert message.drive.steering_angle == np.float32(number / 100)
                assert message.drive.speed == 0
            elif connection.topic == '/featuremap/steering_angle':
                assert message.data == number / 100
            elif connection.topic == '/featuremap/throttle':
                assert message.data == 0.5
            else:
                assert message.format == 'rgb8; jpeg compressed bgr8'
                picture = cv2.imdecode(message.data, cv2.IMREAD_COLOR)[..., ::-1]
                assert picture.shape == race.pictures[number].shape
            (qos,) = connection.ext.offered_qos_profiles
            assert (qos.reliability.name, qos.durability.name) == ('RELIABLE', 'VOLATILE')
    assert seen == {
        '/tf_static': 1,
        '/camera/image_raw': 40,
        '/mood': 40,
        '/imu': 400,
        **dict.fromkeys(NEW, 40),
    }


@pytest.mark.parametrize(
    ('images', 'topic', 'msgtype'),
    [
        ('raw', '/featuremap/overlay/conv', 'sensor_msgs/msg/Image'),
        ('png', '/featuremap/overlay/conv/compressed', 'sensor_msgs/msg/CompressedImage'),
    ],
)
def test_lossless_pictures_are_exact(race, record_mcap, tmp_path, images, topic, msgtype):
    """Raw and PNG overlays come back as they were, through our own source."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    render(open_source(path), tmp_path / 'overlay.mcap', images=images)
    with open_source(tmp_path / 'overlay.mcap', topic=topic) as source:
        assert msgtype in source.describe
        for frame, picture in zip(source, race.pictures, strict=True):
            np.testing.assert_array_equal(frame.image, 255 - picture)


@pytest.mark.parametrize('compression', list(CompressionMode)[:3])
def test_a_sqlite_bag_keeps_everything(race, record_rosbag2, tmp_path, compression):
    """Payload, log time, definition, QoS and type hash of a sqlite3 bag are in the MCAP."""
    path = record_rosbag2(tmp_path / 'bag', race, compression=compression)
    sink = render(open_source(path), tmp_path / 'overlay.mcap')
    assert sink.undefined_topics == []
    with Reader(path) as before, Reader(tmp_path / 'overlay.mcap') as after:
        old = {c.topic: c for c in before.connections}
        new = {c.topic: c for c in after.connections if c.topic not in NEW}
        assert old.keys() == new.keys()
        for topic, connection in old.items():
            assert new[topic].msgtype == connection.msgtype
            assert new[topic].msgdef == connection.msgdef
            assert new[topic].ext == connection.ext
            assert new[topic].msgcount == connection.msgcount
        expected = [(c.topic, time, bytes(data)) for c, time, data in before.messages()]
        kept = [c for c in after.connections if c.topic not in NEW]
        assert [(c.topic, time, data) for c, time, data in after.messages(kept)] == expected
        hashes = {c.topic: c.digest for c in before.connections}
    messages = contents(tmp_path / 'overlay.mcap')
    found = {c.topic: c.metadata['topic_type_hash'] for _, c, _ in messages}
    assert {topic: found[topic] for topic in hashes} == hashes


def test_what_rosbag2_notes_is_noted_anew(race, record_rosbag2, tmp_path):
    """The record with counts and files is that of the new bag; custom data is kept."""
    path = record_rosbag2(tmp_path / 'bag', race, storage=StoragePlugin.MCAP)
    render(open_source(path), tmp_path / 'overlay.mcap')
    with (tmp_path / 'overlay.mcap').open('rb') as stream:
        reader = make_reader(stream)
        records = [record for record in reader.iter_metadata() if record.name == 'rosbag2']
        statistics = reader.get_summary().statistics
    info = yaml.safe_load(records[0].metadata['serialized_metadata'])
    assert len(records) == 1
    assert info['custom_data'] == {'driver': 'Ada'}
    assert info['ros_distro'] == 'rosbags'
    assert info['relative_file_paths'] == ['overlay.mcap']
    assert info['message_count'] == statistics.message_count == 481 + 160
    assert info['starting_time']['nanoseconds_since_epoch'] == statistics.message_start_time
    assert info['duration']['nanoseconds'] == (
        statistics.message_end_time - statistics.message_start_time
    )
    topics = {
        entry['topic_metadata']['name']: entry for entry in info['topics_with_message_count']
    }
    assert topics['/imu']['message_count'] == 400
    assert topics['/tf_static']['topic_metadata']['type'] == 'tf2_msgs/msg/TFMessage'


def test_a_ros1_bag_becomes_ros2(ros1_race, record_ros1, tmp_path):
    """Messages are serialized anew, types renamed, definitions those of ROS 2."""
    path = record_ros1(tmp_path / 'race.bag', ros1_race)
    sink = render(open_source(path), tmp_path / 'overlay.mcap')
    assert sink.left_out == {}
    ros2 = get_typestore(Stores.LATEST)
    with AnyReader([path]) as before, AnyReader([tmp_path / 'overlay.mcap']) as after:
        kept = [c for c in after.connections if c.topic not in NEW]
        pairs = list(zip(before.messages(), after.messages(kept), strict=True))
        for (c1, time1, data1), (c2, time2, data2) in pairs:
            assert (c1.topic, time1) == (c2.topic, time2)
            one, two = before.deserialize(data1, c1.msgtype), after.deserialize(data2, c2.msgtype)
            if c1.topic == '/camera/image_raw':
                assert two.header.stamp.sec == one.header.stamp.sec
                assert not hasattr(two.header, 'seq')
                np.testing.assert_array_equal(one.data, two.data)
                assert c2.msgdef.data == ros2.generate_msgdef(c2.msgtype, ros_version=2)[0]
            elif c1.topic == '/mood':
                assert (one.mood, list(one.weights)) == (two.mood, list(two.weights))
                assert 'builtin_interfaces/Time stamp' in c2.msgdef.data
            elif c1.topic == '/tf_static':
                assert c2.msgtype == 'tf2_msgs/msg/TFMessage'
                assert two.transforms[0].transform.translation.z == 3
                assert c2.ext.offered_qos_profiles[0].durability.name == 'TRANSIENT_LOCAL'
            else:
                assert one.linear_acceleration.z == two.linear_acceleration.z
    assert len(pairs) == 1 + 12 * 12


def test_ros1_types_that_ros2_has_changed_are_migrated(ros1_race, record_ros1, tmp_path):
    """A range of ROS 1 has no variance; it gets one, and the rest stays."""
    sonar = ros1_race.new(
        'sensor_msgs/msg/Range', ros1_race.header(5, 'sonar'), 1, 0.5, 0.25, 4.0, 2.5
    )
    messages = [*ros1_race.messages(), ('/sonar', ros1_race.log_ns(12), sonar)]
    path = record_ros1(tmp_path / 'race.bag', ros1_race, messages=messages)
    render(open_source(path), tmp_path / 'overlay.mcap')
    with AnyReader([tmp_path / 'overlay.mcap']) as reader:
        (connection,) = [c for c in reader.connections if c.topic == '/sonar']
        ((_, _, data),) = reader.messages([connection])
        message = reader.deserialize(data, connection.msgtype)
    assert (message.header.frame_id, message.max_range, message.range) == ('sonar', 4.0, 2.5)
    assert message.variance == 0


def test_ros1_messages_that_cannot_be_converted_are_named(ros1_race, record_ros1, tmp_path):
    """Damaged messages and definitions cost their topic, not the bag."""
    serialize = ros1_race.serialize
    ros1_race.serialize = lambda message: (
        serialize(message)[:-3] if hasattr(message, 'mood') else serialize(message)
    )
    path = record_ros1(tmp_path / 'race.bag', ros1_race)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'float64 z', b'float6! z'))
    sink = render(open_source(path), tmp_path / 'overlay.mcap')
    assert set(sink.left_out) == {'/mood', '/imu', '/tf_static'}
    assert 'a message cannot be converted' in sink.left_out['/mood']
    topics = {channel.topic for _, channel, _ in contents(tmp_path / 'overlay.mcap')}
    assert topics == {'/camera/image_raw', *NEW}


def test_ros1_messages_in_an_mcap(ros1_race, tmp_path):
    """ROS 1 bags that were converted to MCAP keep the ROS 1 serialization and type names."""
    path = tmp_path / 'race.mcap'
    with path.open('wb') as stream:
        writer = Writer(stream)
        writer.start(profile='ros1', library='test')
        channels = {}
        for topic, log_ns, message in ros1_race.messages():
            if topic not in channels:
                kind = message.__msgtype__
                text = ros1_race.types.generate_msgdef(kind, ros_version=1)[0]
                schema = writer.register_schema(
                    kind.replace('/msg/', '/'), 'ros1msg', text.encode()
                )
                channels[topic] = writer.register_channel(topic, 'ros1', schema)
            writer.add_message(channels[topic], log_ns, ros1_race.serialize(message), log_ns)
        writer.finish()
    sink = render(open_source(path), tmp_path / 'overlay.mcap')
    assert sink.left_out == {}
    with open_source(tmp_path / 'overlay.mcap', topic='/camera/image_raw') as source:
        assert '(sensor_msgs/msg/Image), 12 images' in source.describe
        for frame, picture in zip(source, ros1_race.pictures, strict=True):
            np.testing.assert_array_equal(frame.image, picture)
    with AnyReader([tmp_path / 'overlay.mcap']) as reader:
        assert {c.topic: c.msgtype for c in reader.connections}['/tf_static'] == (
            'tf2_msgs/msg/TFMessage'
        )


def test_foreign_messages_are_copied(race, record_mcap, tmp_path):
    """What is not of ROS at all is copied as it is."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    with path.open('rb') as stream:
        messages = list(make_reader(stream).iter_messages())
    with (tmp_path / 'mixed.mcap').open('wb') as stream:
        writer = Writer(stream)
        writer.start(profile='')
        channel = writer.register_channel('/note', 'json', 0)
        image = writer.register_schema('sensor_msgs/msg/Image', 'ros2msg', b'')
        camera = writer.register_channel('/camera', 'cdr', image)
        for _, source, message in messages:
            if source.topic == '/camera/image_raw':
                writer.add_message(camera, message.log_time, message.data, message.publish_time)
                writer.add_message(channel, message.log_time, b'{"a": 1}', 0)
        writer.finish()
    sink = render(open_source(tmp_path / 'mixed.mcap'), tmp_path / 'overlay.mcap')
    notes = [
        (schema, channel.message_encoding, message.data)
        for schema, channel, message in contents(tmp_path / 'overlay.mcap')
        if channel.topic == '/note'
    ]
    assert notes == [(None, 'json', b'{"a": 1}')] * 40
    assert sink.undefined_topics == ['/note']


def test_topics_without_definition_are_copied_and_named(race, record_mcap, tmp_path):
    """A type that nobody knows is copied as it is; known ones get their definition."""
    path = record_mcap(tmp_path / 'race.mcap', race, defined=False)
    sink = render(open_source(path), tmp_path / 'overlay.mcap')
    assert sink.undefined_topics == ['/mood']
    found = {
        c.topic: (s.name, s.encoding, len(s.data))
        for s, c, _ in contents(tmp_path / 'overlay.mcap')
    }
    assert found['/mood'] == ('team_msgs/msg/Mood', '', 0)
    assert found['/imu'][1] == 'ros2msg'
    assert found['/imu'][2] > 100
    payload = [m.data for _, c, m in contents(tmp_path / 'overlay.mcap') if c.topic == '/mood']
    assert payload == [m.data for _, c, m in contents(path) if c.topic == '/mood']


def test_a_part_is_copied_with_its_static_transforms(race, record_rosbag2, tmp_path):
    """Only the selected part is copied, every topic of it, after what is latched."""
    path = record_rosbag2(tmp_path / 'bag', race)
    source = open_source(path, start=0.5, duration=1.0, every=5)
    start, stop = source.range_ns
    render(source, tmp_path / 'overlay.mcap')
    counts = Counter()
    for _, channel, message in contents(tmp_path / 'overlay.mcap'):
        counts[channel.topic] += 1
        assert start <= message.log_time < stop
    assert counts['/camera/image_raw'] == 20
    assert counts['/tf_static'] == 1
    assert counts['/featuremap/steering'] == 4


def test_a_cut_off_mcap_is_copied_up_to_the_cut(race, record_mcap, tmp_path):
    """The new bag is whole."""
    data = record_mcap(tmp_path / 'race.mcap', race, finish=False).read_bytes()
    (tmp_path / 'cut.mcap').write_bytes(data[: len(data) * 2 // 3])
    source = open_source(tmp_path / 'cut.mcap')
    expected = source.frame_count
    render(source, tmp_path / 'overlay.mcap')
    counts = Counter(c.topic for _, c, _ in contents(tmp_path / 'overlay.mcap'))
    assert 20 < counts['/camera/image_raw'] == counts['/featuremap/steering'] == expected < 30


def test_pictures_have_a_bag_of_results_only(tmp_path):
    """Where the source is no bag, the frame's stamp is the log time."""
    for number in range(3):
        cv2.imwrite(str(tmp_path / f'{number}.png'), np.full((6, 8, 3), number * 50, np.uint8))
    render(open_source(tmp_path), tmp_path / 'overlay.mcap')
    messages = contents(tmp_path / 'overlay.mcap')
    assert {channel.topic for _, channel, _ in messages} == NEW
    times = [m.log_time for _, c, m in messages if c.topic == '/featuremap/steering']
    assert times == [0, 33_333_333, 66_666_667]


def test_unknown_steering_is_not_written(tmp_path):
    """Without full scale there is no angle; NaN is never written."""
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 5)
    with BagSink(tmp_path / 'overlay.mcap') as sink:
        sink.write_steering(frame, None)
        sink.write_steering(frame, float('nan'), throttle=float('inf'))
        sink.write_steering(frame, 0.1, speed=float('nan'))
        sink.write_steering(frame, 0.25, speed=1.5)
    topics = [channel.topic for _, channel, _ in contents(tmp_path / 'overlay.mcap')]
    assert topics == ['/featuremap/steering', '/featuremap/steering_angle']


def test_maps_keep_their_units(tmp_path):
    """A map is a float image with its own cells, negative values included."""
    values = np.linspace(-3, 7, 12, dtype=np.float32).reshape(3, 4)
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 5, 'camera')
    with BagSink(tmp_path / 'overlay.mcap') as sink:
        sink.write_map('heatmap/conv', values[:, ::-1], frame)
    with AnyReader([tmp_path / 'overlay.mcap']) as reader:
        ((connection, _, data),) = reader.messages()
        message = reader.deserialize(data, connection.msgtype)
    assert connection.topic == '/featuremap/heatmap/conv'
    assert (message.encoding, message.step, message.header.frame_id) == ('32FC1', 16, 'camera')
    found = message.data.view(np.float32).reshape(3, 4)
    np.testing.assert_array_equal(found, values[:, ::-1])


def test_absolute_names_and_prefix(tmp_path):
    """Relative names get the prefix, absolute ones stay."""
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 5)
    with BagSink(tmp_path / 'overlay.mcap', prefix='/car/map/', images='raw') as sink:
        sink.write_image('/there', frame.image, frame)
        sink.write_image('here', frame.image, frame)
    topics = [channel.topic for _, channel, _ in contents(tmp_path / 'overlay.mcap')]
    assert topics == ['/there', '/car/map/here']


def test_rendering_a_rendered_bag_needs_another_prefix(race, record_mcap, tmp_path):
    """Two results must not share a topic."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    render(open_source(path), tmp_path / 'first.mcap')
    with pytest.raises(SinkError, match='has a topic /featuremap/overlay/conv/compressed already'):
        render(
            open_source(tmp_path / 'first.mcap', topic='/camera/image_raw'),
            tmp_path / 'second.mcap',
        )
    render(
        open_source(tmp_path / 'first.mcap', topic='/camera/image_raw'),
        tmp_path / 'third.mcap',
        prefix='/second',
    )
    topics = {channel.topic for _, channel, _ in contents(tmp_path / 'third.mcap')}
    assert NEW | {'/second/steering'} <= topics


@pytest.mark.parametrize('folder', [False, True])
def test_the_source_is_never_overwritten(race, record_rosbag2, tmp_path, folder):
    """Neither by its own name, nor as a file of a folder."""
    path = record_rosbag2(tmp_path / 'bag', race, storage=StoragePlugin.MCAP)
    file = path / 'bag.mcap'
    before = file.read_bytes()
    with (
        open_source(path if folder else file) as source,
        pytest.raises(SinkError, match='belongs to the source'),
    ):
        BagSink(file, source=source)
    assert file.read_bytes() == before


def test_an_unknown_kind_of_images_is_refused(tmp_path):
    """The choices are named."""
    with pytest.raises(SinkError, match=r"one of jpeg, png, raw, got 'gif'"):
        BagSink(tmp_path / 'overlay.mcap', images='gif')


def test_an_error_closes_the_bag_up_to_there(race, record_mcap, tmp_path):
    """After Ctrl-C the bag is whole and ends with the last frame."""
    path = record_mcap(tmp_path / 'race.mcap', race)

    def interrupted():
        with (
            open_source(path) as source,
            BagSink(tmp_path / 'overlay.mcap', source=source) as sink,
        ):
            for number, frame in enumerate(source):
                sink.write_steering(frame, 0.1)
                if number == 9:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    counts = Counter(c.topic for _, c, _ in contents(tmp_path / 'overlay.mcap'))
    assert counts['/featuremap/steering'] == counts['/camera/image_raw'] == 10


def test_an_interrupt_in_the_middle_of_a_write_is_survived(
    race, record_mcap, tmp_path, monkeypatch
):
    """What the writer had not yet finished is dropped, the rest is whole."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    calls = []

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) == 500:
            raise KeyboardInterrupt
        return add_message(*args, **kwargs)

    add_message = ChunkBuilder.add_message
    monkeypatch.setattr(ChunkBuilder, 'add_message', interrupted)
    with pytest.raises(KeyboardInterrupt):
        render(open_source(path), tmp_path / 'overlay.mcap')
    messages = contents(tmp_path / 'overlay.mcap')
    assert 250 < len(messages) < 500
    with Reader(tmp_path / 'overlay.mcap') as reader:
        assert reader.message_count == len(messages)


def test_memory_does_not_grow_with_the_bag(race, record_mcap, tmp_path):
    """Twenty times the messages take the same memory."""
    peaks = []
    for rounds in (1, 20):
        messages = [
            (topic, log_ns + part * 2_000_000_000, message)
            for part in range(rounds)
            for topic, log_ns, message in race.messages()
            if topic == '/camera/image_raw'
        ]
        path = record_mcap(tmp_path / f'{rounds}.mcap', race, messages=messages)
        source = open_source(path)
        tracemalloc.start()
        render(source, tmp_path / f'overlay{rounds}.mcap', images='raw')
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(contents(tmp_path / f'overlay{rounds}.mcap')) == rounds * 40 * 5
    assert peaks[1] < peaks[0] + 600_000, peaks


WRITER = """
import sys
import numpy as np
from featuremap_ros.streams.bag_sink import BagSink
from featuremap_ros.vision.frame import Frame
rng = np.random.default_rng(0)
with BagSink(sys.argv[1], images='raw') as sink:
    for number in range(1000000):
        image = rng.integers(0, 255, (60, 80, 3), np.uint8)
        sink.write_image('overlay', image, Frame(image, number * 100_000_000))
        print(number, flush=True)
"""


def test_a_killed_process_leaves_a_readable_bag(tmp_path, quiet_environment):
    """All but the last second is there after kill -9, without any clean-up."""
    path = tmp_path / 'overlay.mcap'
    command = [sys.executable, '-c', WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=quiet_environment) as process:
        for line in process.stdout:
            if int(line) == 100:
                process.send_signal(signal.SIGKILL)
                break
    with open_source(path) as source:
        assert source.frame_count >= 90
        assert len(list(source)) == source.frame_count
        assert 'cut off' in source.warnings[0]


def write_noise(path, count):
    """Write pictures that cannot be compressed, 14.4 kB each, 10 per second."""
    rng = np.random.default_rng(0)
    with BagSink(path, images='raw') as sink:
        for number in range(count):
            image = rng.integers(0, 255, (60, 80, 3), np.uint8)
            sink.write_image('overlay', image, Frame(image, number * 100_000_000))


@pytest.mark.parametrize('size', [200_000, 345_678, 1_234_567])
def test_a_full_disk_leaves_a_whole_bag(tmp_path, file_limit, size):
    """The error is told, and the bag has index and footer up to its last chunk."""
    path = tmp_path / 'overlay.mcap'
    with (
        file_limit(size),
        pytest.raises(SinkError, match=r'overlay\.mcap cannot be written any further: File'),
    ):
        write_noise(path, 1000)
    assert path.stat().st_size <= size
    assert size // 14_400 - 25 < len(contents(path)) < size // 14_400
    with Reader(path) as reader:
        assert reader.message_count == len(contents(path))


@pytest.mark.parametrize('size', [0, 5, 20])
def test_a_disk_that_was_full_before(tmp_path, file_limit, size):
    """Not even the head of the file fits."""
    with file_limit(size), pytest.raises(SinkError, match='cannot be written any further'):
        BagSink(tmp_path / 'overlay.mcap')


@pytest.mark.parametrize('is_bag', [False, True])
def test_a_folder_that_is_not_there(race, record_mcap, tmp_path, is_bag):
    """The error names the file, whatever the source."""
    source = open_source(record_mcap(tmp_path / 'race.mcap', race)) if is_bag else None
    with pytest.raises(SinkError, match=r'gone/overlay\.mcap cannot be written: No such file'):
        BagSink(tmp_path / 'gone' / 'overlay.mcap', source=source)


def test_a_disk_too_full_for_the_original_topics(race, record_mcap, tmp_path, file_limit):
    """An error while the copy is prepared closes everything."""
    messages = [(topic, log_ns, message) for topic, log_ns, message in race.messages()]
    path = record_mcap(tmp_path / 'race.mcap', race, messages=messages)
    with (
        open_source(path) as source,
        file_limit(60),
        pytest.raises(SinkError, match='cannot be written any further'),
    ):
        BagSink(tmp_path / 'overlay.mcap', source=source)


def test_a_really_full_file_system(tmp_path, mounted):
    """The same with ENOSPC from a file system."""
    folder = tmp_path / 'small'
    folder.mkdir()
    with mounted(folder, 'size=800k'):
        with pytest.raises(SinkError, match='any further: No space left on device'):
            write_noise(folder / 'overlay.mcap', 1000)
        assert len(contents(folder / 'overlay.mcap')) > 30
