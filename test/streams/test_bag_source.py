# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames out of bags that other libraries wrote."""

from __future__ import annotations

from dataclasses import replace
import logging
import shutil
import sqlite3

from mcap.reader import make_reader
from mcap.writer import CompressionType, IndexType, Writer
import numpy as np
import pytest
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from featuremap_ros.errors import SourceError, UnknownNameError
from featuremap_ros.streams.image_messages import decode_picture, stamp_of
from featuremap_ros.streams.source import open_source


def assert_is_race(source, race, *, count=None):
    """Every frame is there, in order, with picture, stamps and frame_id."""
    frames = list(source)
    assert len(frames) == source.frame_count == (len(race.pictures) if count is None else count)
    for number, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.image, race.pictures[number])
        assert frame.stamp_ns == race.stamp_ns(number)
        assert frame.log_ns == race.log_ns(number)
        assert frame.frame_id == 'camera'


@pytest.mark.parametrize('version', [8, 9])
@pytest.mark.parametrize('storage', list(StoragePlugin))
@pytest.mark.parametrize(
    'compression', [CompressionMode.NONE, CompressionMode.FILE, CompressionMode.MESSAGE]
)
def test_rosbag2_folders_of_rosbags(race, record_rosbag2, tmp_path, storage, compression, version):
    """Both storages are read, plain and with each kind of rosbag2's own compression."""
    path = record_rosbag2(
        tmp_path / 'bag', race, storage=storage, compression=compression, version=version
    )
    with open_source(path) as source:
        assert_is_race(source, race)
        assert source.warnings == []
        assert 'topic /camera/image_raw (sensor_msgs/msg/Image), 40 images' in source.describe


@pytest.mark.parametrize('storage', [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_single_files_of_a_bag(race, record_rosbag2, tmp_path, storage):
    """A storage file can be named without its folder."""
    path = record_rosbag2(tmp_path / 'bag', race, storage=storage)
    file = next(file for file in path.iterdir() if file.suffix != '.yaml')
    with open_source(file) as source:
        assert_is_race(source, race)


def test_a_compressed_file_alone(race, record_rosbag2, tmp_path):
    """Also where rosbag2 has compressed it."""
    path = record_rosbag2(tmp_path / 'bag', race, compression=CompressionMode.FILE)
    with open_source(path / 'bag.db3.zstd') as source:
        assert_is_race(source, race)


@pytest.mark.parametrize('compression', list(CompressionType))
@pytest.mark.parametrize('chunked', [True, False])
def test_mcap_of_the_mcap_project(race, record_mcap, tmp_path, compression, chunked):
    """Chunks of every compression, and messages outside chunks."""
    path = record_mcap(tmp_path / 'race.mcap', race, compression=compression, use_chunking=chunked)
    with open_source(path) as source:
        assert_is_race(source, race)
        assert source.warnings == []


def test_mcap_without_summary(race, record_mcap, tmp_path):
    """A whole file that was written without any index is read without a warning."""
    path = record_mcap(
        tmp_path / 'race.mcap',
        race,
        index_types=IndexType.NONE,
        repeat_channels=False,
        repeat_schemas=False,
        use_statistics=False,
        use_summary_offsets=False,
    )
    with open_source(path) as source:
        assert_is_race(source, race)
        assert source.warnings == []


def test_compressed_images_whatever_their_format_says(race, record_mcap, tmp_path):
    """PNG data is decoded although the message calls it a JPEG."""
    messages = race.messages(compressed=True, image_topic='/camera/image/compressed')
    path = record_mcap(tmp_path / 'race.mcap', race, messages=messages)
    with open_source(path) as source:
        assert_is_race(source, race)


def test_a_bag_without_definitions(race, record_mcap, tmp_path):
    """The latest distribution's types are used."""
    path = record_mcap(tmp_path / 'race.mcap', race, defined=False)
    with open_source(path) as source:
        assert_is_race(source, race)


@pytest.mark.parametrize('compression', [None, *Ros1Writer.CompressionFormat])
def test_ros1_bags(ros1_race, record_ros1, tmp_path, compression):
    """ROS 1 bags are read, of each compression."""
    path = record_ros1(tmp_path / 'race.bag', ros1_race, compression=compression)
    with open_source(path) as source:
        assert_is_race(source, ros1_race)
        assert [frame.stamp_ns for frame in source.sample(3)] == [
            ros1_race.stamp_ns(number) for number in (0, 5, 11)
        ]


def test_old_sqlite_schemas(race, record_rosbag2, tmp_path):
    """Bags of Foxy have neither QoS nor definitions nor hashes in their tables."""
    path = record_rosbag2(tmp_path / 'bag', race) / 'bag.db3'
    with sqlite3.connect(path) as database:
        database.executescript(
            'DROP TABLE schema; DROP TABLE message_definitions; DROP TABLE metadata;'
            'ALTER TABLE topics DROP COLUMN offered_qos_profiles;'
            'ALTER TABLE topics DROP COLUMN type_description_hash;'
        )
    database.close()
    with open_source(path) as source:
        assert_is_race(source, race)


@pytest.mark.parametrize('cut', [0.3, 0.75, 0.999])
@pytest.mark.parametrize('chunked', [True, False])
def test_a_cut_off_mcap_is_read_up_to_the_cut(race, record_mcap, tmp_path, caplog, cut, chunked):
    """What a crash leaves is read as far as it goes, with one warning."""
    whole = record_mcap(tmp_path / 'whole.mcap', race, use_chunking=chunked).read_bytes()
    data_end = (
        record_mcap(tmp_path / 'open.mcap', race, use_chunking=chunked, finish=False)
        .stat()
        .st_size
    )
    path = tmp_path / 'cut.mcap'
    path.write_bytes(whole[: int(data_end * cut)])
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        expected = len(list(source))
        assert cut * 40 - 8 <= expected <= cut * 40 + 1
        assert_is_race(source, race, count=expected)
        assert len(source.warnings) == 1
        assert 'is cut off after' in source.warnings[0]
        assert [frame.stamp_ns for frame in source.sample(2)][-1] == race.stamp_ns(expected - 1)
    assert sum('is cut off' in record.message for record in caplog.records) == 1


def test_every_cut_of_an_mcap_is_survived(race, record_mcap, tmp_path):
    """Wherever the file ends, it gives the frames before the cut or says that there are none."""
    race.pictures = race.pictures[:4]
    whole = record_mcap(tmp_path / 'whole.mcap', race, chunk_size=4000).read_bytes()
    path = tmp_path / 'cut.mcap'
    counts = []
    for end in [*range(0, len(whole), 97), len(whole)]:
        path.write_bytes(whole[:end])
        try:
            with open_source(path) as source:
                assert_is_race(source, race, count=source.frame_count)
                counts.append(source.frame_count)
        except SourceError:
            assert not counts
    assert counts == sorted(counts)
    assert counts[-1] == 4


def test_zeros_at_the_end_of_an_mcap_are_the_cut(race, record_mcap, tmp_path):
    """A power cut can leave the end of a file full of zeros."""
    path = record_mcap(tmp_path / 'race.mcap', race, finish=False)
    size = path.stat().st_size
    with path.open('ab') as stream:
        stream.write(bytes(5000))
    with open_source(path) as source:
        assert_is_race(source, race)
        assert f'is cut off after {size} bytes' in source.warnings[0]


def test_a_damaged_chunk_is_left_out(race, record_mcap, tmp_path):
    """The frames before and after the damage are read, and the damage is told."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    with path.open('rb') as stream:
        chunk = make_reader(stream).get_summary().chunk_indexes[5]
    overwrite(path, chunk.chunk_start_offset + chunk.chunk_length // 2, 200)
    with open_source(path) as source:
        stamps = [frame.stamp_ns for frame in source]
        assert 30 < len(stamps) < 40
        assert stamps[0] == race.stamp_ns(0)
        assert stamps[-1] == race.stamp_ns(39)
        assert source.warnings == [
            f'race.mcap is damaged at byte {chunk.chunk_start_offset}: {chunk.chunk_length} bytes '
            'are left out (CRCValidationError: crc validation failed in Chunk, '
            + source.warnings[0].rpartition('Chunk, ')[2]
        ]


@pytest.mark.parametrize('offset', [0, 1, 9, 11, 15])
def test_a_damaged_message_index_is_not_needed(race, record_mcap, tmp_path, offset):
    """The times are then taken from the messages themselves."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    with path.open('rb') as stream:
        summary = make_reader(stream).get_summary()
    image = next(key for key, c in summary.channels.items() if c.topic == '/camera/image_raw')
    overwrite(path, summary.chunk_indexes[5].message_index_offsets[image] + offset, 2)
    with open_source(path) as source:
        assert_is_race(source, race)


def overwrite(path, offset, size):
    """Put 0xee bytes into a file."""
    with path.open('r+b') as stream:
        stream.seek(offset)
        stream.write(b'\xee' * size)


def test_a_folder_without_metadata(race, record_rosbag2, tmp_path):
    """A crash leaves a folder without metadata.yaml."""
    path = record_rosbag2(tmp_path / 'bag', race)
    (path / 'metadata.yaml').unlink()
    with open_source(path) as source:
        assert_is_race(source, race)
        assert 'has no metadata.yaml' in source.warnings[0]


def test_a_split_bag_is_one(race, record_mcap, tmp_path):
    """Files of a split recording follow each other, the tenth after the ninth."""
    folder = tmp_path / 'bag'
    folder.mkdir()
    messages = list(race.messages())
    size = -(-len(messages) // 11)
    for part in range(11):
        record_mcap(
            folder / f'bag_{part}.mcap', race, messages=messages[part * size : (part + 1) * size]
        )
    with open_source(folder) as source:
        assert_is_race(source, race)


@pytest.mark.parametrize('storage', [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_start_duration_and_every(race, record_rosbag2, tmp_path, storage):
    """The part counts from the bag's first message; every n-th frame of it is taken."""
    path = record_rosbag2(tmp_path / 'bag', race, storage=storage)
    with open_source(path, start=0.5, duration=1.0, every=3) as source:
        # Frame 10 is logged 0.503 s after the start, frame 29 at 1.453 s.
        expected = [race.stamp_ns(number) for number in range(10, 30, 3)]
        assert source.frame_count == len(expected)
        assert [frame.stamp_ns for frame in source] == expected
        assert [frame.stamp_ns for frame in source] == expected, 'a second time'
        assert [frame.stamp_ns for frame in source.sample(3)] == [
            expected[0],
            expected[3],
            expected[6],
        ]
        assert source.range_ns == (race.stamp_ns(0) + 500_000_000, race.stamp_ns(30))


def test_samples_are_decoded_alone(race, record_mcap, tmp_path, monkeypatch):
    """Sampling five of forty frames decodes five."""
    from featuremap_ros.streams import bag_pictures

    decoded = []

    def counting(image_message):
        decoded.append(stamp_of(image_message))
        return decode_picture(image_message)

    monkeypatch.setattr(bag_pictures, 'decode_picture', counting)
    path = record_mcap(tmp_path / 'race.mcap', race)
    with open_source(path) as source:
        stamps = [frame.stamp_ns for frame in source.sample(5)]
    assert stamps == [race.stamp_ns(number) for number in (0, 9, 19, 29, 39)]
    assert decoded == stamps


def test_bad_images_are_counted_and_skipped(race, record_mcap, tmp_path, caplog):
    """A bad image costs one frame; the reasons are kept and the first is logged."""
    messages = []
    for topic, log_ns, message in race.messages():
        if topic == '/camera/image_raw':
            number = (log_ns - race.log_ns(0)) // 50_000_000
            if number == 3:
                message.data = message.data[:-20]
            elif number == 7:
                message.encoding = 'chunky'
            elif number == 11:
                message.height = 0
        messages.append((topic, log_ns, message))
    path = record_mcap(tmp_path / 'race.mcap', race, messages=messages)
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        for _ in range(2):
            assert [frame.stamp_ns for frame in source] == [
                race.stamp_ns(number) for number in range(40) if number not in (3, 7, 11)
            ]
            assert [bad.stamp_ns for bad in source.skipped] == [
                race.log_ns(number) for number in (3, 7, 11)
            ]
        reasons = [bad.reason for bad in source.skipped]
        assert 'too short' in reasons[0]
        assert "'chunky' is not supported" in reasons[1]
        assert 'empty' in reasons[2]
    assert sum('left out' in record.message for record in caplog.records) == 2


def test_junk_in_an_image_topic_is_a_bad_frame(race, record_mcap, tmp_path):
    """Bytes that are no image message at all are skipped, too."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    rng = np.random.default_rng(0)
    junk = [
        b'',
        b'\0',
        bytes(40),
        b'\0\1\0\0' + b'\xff' * 60,
        rng.bytes(300),
        b'\0\1\0\0' + rng.bytes(300),
    ]
    serialize = race.serialize
    image = iter(junk)
    race.serialize = lambda message: (
        next(image, serialize(message)) if hasattr(message, 'encoding') else serialize(message)
    )
    record_mcap(path, race)
    with open_source(path) as source:
        assert len(list(source)) == 40 - len(junk)
        assert len(source.skipped) == len(junk)


@pytest.mark.parametrize('encoding', ['16UC1', 'mono16'])
def test_pictures_of_unknown_scale_are_warned_of(race, record_mcap, tmp_path, encoding):
    """Stretched one by one, the same distance is not the same grey; others have a fixed scale."""
    messages = [
        (topic, log_ns, replace(message, encoding=encoding))
        for topic, log_ns, message in race.messages()
        if topic == '/camera/image_raw'
    ]
    path = record_mcap(tmp_path / 'race.mcap', race, messages=messages)
    with open_source(path) as source:
        assert len(list(source)) == 40
        said = [warning for warning in source.warnings if 'stretched' in warning]
    if encoding == 'mono16':
        assert said == []
    else:
        (warning,) = said
        assert warning.startswith('The images of /camera/image_raw are 16UC1, readings of')


@pytest.mark.parametrize('first', [0, 1])
def test_unset_stamps_are_replaced_by_log_times(race, record_mcap, tmp_path, first):
    """Cameras that leave stamps at 0 get the times of recording; simulated time may begin at 0."""
    messages = [
        (
            topic,
            log_ns,
            race.image((log_ns - race.log_ns(0)) // 50_000_000, stamp_ns=0)
            if topic == '/camera/image_raw' and log_ns >= race.log_ns(first)
            else message,
        )
        for topic, log_ns, message in race.messages()
    ]
    path = record_mcap(tmp_path / 'race.mcap', race, messages=messages)
    with open_source(path) as source:
        stamps = [frame.stamp_ns for frame in source]
        if first == 0:
            assert stamps == [race.log_ns(number) for number in range(40)]
            assert 'no time stamps' in source.warnings[0]
        else:
            assert stamps == [race.stamp_ns(0)] + [0] * 39
            (warning,) = source.warnings
            assert 'The stamps of /camera/image_raw go back by' in warning
            list(source)
            assert source.warnings == [warning]


def test_the_size_may_change(race, record_mcap, tmp_path):
    """Frames of another size pass through; it is for the sinks to fit them."""
    messages = list(race.messages())
    wide = race.new(
        'sensor_msgs/msg/Image',
        race.header(race.stamp_ns(40), 'camera'),
        2,
        3,
        'mono8',
        0,
        3,
        np.arange(6, dtype=np.uint8),
    )
    messages.append(('/camera/image_raw', race.log_ns(40), wide))
    path = record_mcap(tmp_path / 'race.mcap', race, messages=messages)
    with open_source(path) as source:
        assert [frame.image.shape for frame in source][-2:] == [(24, 32, 3), (2, 3, 3)]


def test_several_image_topics_must_be_told_apart(race, record_mcap, tmp_path):
    """The error lists the image topics with types and counts; --topic chooses."""
    messages = [
        entry
        for topic, log_ns, message in race.messages()
        for entry in (
            (topic, log_ns, message),
            *((('/rear/compressed', log_ns, race.compressed(0)),) if 'camera' in topic else ()),
        )
    ]
    path = record_mcap(tmp_path / 'race.mcap', race, messages=messages)
    with pytest.raises(SourceError, match=r'several image topics; choose one') as info:
        open_source(path)
    assert '/camera/image_raw  sensor_msgs/msg/Image  40 messages' in str(info.value)
    assert '/rear/compressed  sensor_msgs/msg/CompressedImage  40 messages' in str(info.value)
    assert '/imu' not in str(info.value)
    with open_source(path, topic='/camera/image_raw') as source:
        assert_is_race(source, race)
    with open_source(path, topic='rear/compressed') as source:
        assert source.frame_count == 40
    with pytest.raises(UnknownNameError, match=r"'/rear/compres'. Did you mean '/rear/co"):
        open_source(path, topic='/rear/compres')
    with pytest.raises(SourceError, match='/imu holds no images but sensor_msgs/msg/Imu'):
        open_source(path, topic='/imu')


def test_an_image_topic_nobody_published_on_does_not_count(race, record_rosbag2, tmp_path):
    """A second image topic without messages leaves one to choose."""
    path = record_rosbag2(tmp_path / 'bag', race)
    with sqlite3.connect(path / 'bag.db3') as database:
        database.execute(
            "INSERT INTO topics SELECT 99, '/rear', type, serialization_format, '', '' "
            "FROM topics WHERE name = '/camera/image_raw'"
        )
    database.close()
    with open_source(path) as source:
        assert source.topic == '/camera/image_raw'


def test_publishers_with_different_qos_are_one_topic(race, record_mcap, tmp_path):
    """Where a topic has two channels, their messages are merged."""
    path = record_mcap(tmp_path / 'race.mcap', race, messages=[])
    with path.open('wb') as stream:
        writer = Writer(stream)
        writer.start('ros2')
        schema = writer.register_schema('sensor_msgs/msg/Image', 'ros2msg', b'')
        channels = [
            writer.register_channel('/camera', 'cdr', schema, {'offered_qos_profiles': x})
            for x in ('', 'other')
        ]
        for number in range(40):
            writer.add_message(
                channels[number % 2], race.log_ns(number), race.serialize(race.image(number)), 0
            )
        writer.finish()
    with open_source(path) as source:
        assert_is_race(source, race)


def test_bags_without_images_list_their_topics(race, record_rosbag2, tmp_path):
    """So that the user sees what was recorded instead."""
    messages = [entry for entry in race.messages() if entry[0] != '/camera/image_raw']
    path = record_rosbag2(tmp_path / 'bag', race, messages=messages)
    with pytest.raises(SourceError, match='holds no images') as info:
        open_source(path)
    assert '/imu  sensor_msgs/msg/Imu  400 messages' in str(info.value)
    assert '/mood  team_msgs/msg/Mood  40 messages' in str(info.value)


@pytest.mark.parametrize('storage', [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_empty_bags_say_so(race, record_rosbag2, tmp_path, storage):
    """Nothing recorded is an error of its own."""
    path = record_rosbag2(tmp_path / 'bag', race, storage=storage, messages=[])
    with pytest.raises(SourceError, match='holds no message'):
        open_source(path)


def test_an_empty_ros1_bag_says_so(ros1_race, record_ros1, tmp_path):
    """The same for ROS 1."""
    path = record_ros1(tmp_path / 'empty.bag', ros1_race, messages=[])
    with pytest.raises(SourceError, match='holds no message'):
        open_source(path)


def test_a_part_without_images_is_an_error(race, record_mcap, tmp_path):
    """A start after the end names the length of the bag."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    with pytest.raises(SourceError, match=r'No image of /camera/image_raw .* lasts 2\.0 s'):
        open_source(path, start=60)


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('race.mcap', b'', 'is no bag .*: it is empty'),
        ('race.db3', b'hello', "is no bag .*: it begins with b'hello'"),
        ('race.db3', b'SQLite format 3\0' + bytes(200), 'is no readable sqlite3 bag'),
        ('race.bag', b'#ROSBAG V2.0\n' + bytes(20), 'is no readable ROS 1 bag'),
        ('race.mcap.zstd', b'\x28\xb5\x2f\xfd' + b'junk' * 9, 'cannot be decompressed'),
        ('race.mcap', b'\x89MCAP0\r\n', 'holds no message: .*is cut off after'),
    ],
)
def test_foreign_files_are_refused(tmp_path, name, content, message):
    """Each names the file and what is wrong with it."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        open_source(tmp_path / name)


def test_a_database_that_is_no_bag(tmp_path):
    """Another program's sqlite3 file is told from a bag."""
    with sqlite3.connect(tmp_path / 'phone.db3') as database:
        database.execute('CREATE TABLE contacts (name TEXT)')
    database.close()
    with pytest.raises(SourceError, match='has no tables "topics" and "messages"'):
        open_source(tmp_path / 'phone.db3')


def test_a_truncated_database_is_an_error(race, record_rosbag2, tmp_path):
    """A cut-off sqlite3 file names the tool that may save it."""
    path = record_rosbag2(tmp_path / 'bag', race) / 'bag.db3'
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match=r'bag\.db3.*\.recover'):
        list(open_source(path))


def test_an_unindexed_ros1_bag_names_the_fix(ros1_race, record_ros1, tmp_path):
    """A recording that was cut off lacks its index."""
    path = record_ros1(tmp_path / 'race.bag', ros1_race)
    data = path.read_bytes()
    at = data.index(b'index_pos=') + len(b'index_pos=')
    path.write_bytes(data[:at] + bytes(8) + data[at + 8 :])
    with pytest.raises(SourceError, match='Run "rosbag reindex"'):
        open_source(path)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', r'cannot be understood .ParserError: [^\n]*\. Run "ros2 bag reindex'),
        ('rosbag2_bagfile_information: {}', "cannot be understood .KeyError: 'relative_file"),
        ('[]', 'cannot be understood'),
        ('rosbag2_bagfile_information:\n  relative_file_paths: [gone.db3]', 'lacks gone.db3'),
        (
            'rosbag2_bagfile_information:\n  relative_file_paths: []\n  compression_mode: FILE',
            "compressed with ''; zstd",
        ),
    ],
)
def test_metadata_that_does_not_fit_is_an_error(race, record_rosbag2, tmp_path, text, message):
    """Each fault of metadata.yaml is told."""
    path = record_rosbag2(tmp_path / 'bag', race)
    (path / 'metadata.yaml').write_text(text)
    with pytest.raises(SourceError, match=message):
        open_source(path)


def test_a_bag_that_was_moved_is_found(race, record_rosbag2, tmp_path):
    """Old versions wrote the folder into the paths."""
    path = record_rosbag2(tmp_path / 'bag', race)
    text = (path / 'metadata.yaml').read_text()
    (path / 'metadata.yaml').write_text(text.replace('- bag.db3', '- elsewhere/bag.db3'))
    shutil.move(path, tmp_path / 'moved')
    with open_source(tmp_path / 'moved') as source:
        assert_is_race(source, race)


def test_what_a_render_painted_is_not_the_camera(race, record_mcap, tmp_path):
    """A rendered bag goes in like the race itself; what was painted can be named."""
    messages = [
        entry
        for topic, log_ns, message in race.messages()
        for entry in (
            (topic, log_ns, message),
            *(
                (('/featuremap/overlay/conv/compressed', log_ns, race.compressed(0)),)
                if 'camera' in topic
                else ()
            ),
        )
    ]
    path = record_mcap(tmp_path / 'race.mcap', race, messages=messages)
    with open_source(path) as source:
        assert 'topic /camera/image_raw ' in source.describe
    with open_source(path, topic='/featuremap/overlay/conv/compressed') as source:
        assert 'topic /featuremap/overlay/conv/compressed ' in source.describe
