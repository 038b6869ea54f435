# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A race into files."""

from __future__ import annotations

import csv
from dataclasses import replace
import hashlib
import json
from pathlib import Path
import resource

import av
import cv2
from mcap.reader import make_reader
import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.race import write_race
from featuremap_ros.errors import SinkError, SourceError
from featuremap_ros.grid_view import GridView
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.rendering.renderer import Renderer, SUMMARY, TIMINGS
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_sink import BagSink
from featuremap_ros.streams.driver_in_bag import read_driver_track
from featuremap_ros.streams.output_folder import prepare_output
from featuremap_ros.streams.source import open_source
from featuremap_ros.view import View
from featuremap_ros.vision.grid import draw_grid, GridStyle

FRAMES = 12
MODEL = Path(__file__)  # any file: the summary gets its digest


@pytest.fixture(scope='module')
def pilot(tiny_model, tiny_profile):
    """Return the tiny pilot."""
    return Pilot.load(tiny_model, profile=tiny_profile)


@pytest.fixture
def race(tmp_path):
    """Return a folder of pictures: a bright bar that moves over noise."""
    folder = tmp_path / 'race'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(FRAMES):
        image = rng.integers(0, 60, (48, 64, 3), dtype=np.uint8)
        image[10:, 4 * i : 4 * i + 6] = 220
        cv2.imwrite(str(folder / f'frame{i}.png'), image)
    return folder


def render(source, pilot, folder, **view):
    """Render with two views and return the summary."""
    views = [View(layer=name, scale='fixed', **view) for name in ('conv_1', 'conv_2')]
    with open_source(source) as opened:
        return Renderer(opened, Pipeline(pilot, views), prepare_output(folder), model=MODEL).run()


def rows(folder):
    """Read the table."""
    with (folder / 'steering.csv').open() as file:
        return list(csv.DictReader(file))


def messages(path):
    """Read a bag as (topic, log time, payload)."""
    with path.open('rb') as file:
        return [
            (channel.topic, message.log_time, message.data)
            for _, channel, message in make_reader(file).iter_messages()
        ]


def test_every_frame_is_in_every_file(race, pilot, tmp_path):
    """Table, bag and both videos have all frames at their times, and the summary says so."""
    out = tmp_path / 'out'
    summary = render(race, pilot, out)
    assert summary['frames'] == FRAMES
    assert summary['finished']
    digest = hashlib.sha256(MODEL.read_bytes()).hexdigest()
    assert summary['model']['sha256'] == {'.': digest}
    assert json.loads((out / 'summary.json').read_text()) == summary
    stamps = [int(row['stamp_ns']) for row in rows(out)]
    assert stamps == [round(i * 1e9 / 30) for i in range(FRAMES)]
    for view in ('conv_1', 'conv_2'):
        with av.open(str(out / f'{view}.mp4')) as video:
            times = [frame.time for frame in video.decode(video=0)]
        assert times == pytest.approx([i / 30 for i in range(FRAMES)], abs=1e-3)
    recorded = messages(out / 'overlay.mcap')
    for topic in (
        '/featuremap/overlay/conv_1/compressed',
        '/featuremap/overlay/conv_2/compressed',
        '/featuremap/heatmap/conv_2',
        '/featuremap/steering',
        '/featuremap/steering_angle',
    ):
        assert [time for name, time, _ in recorded if name == topic] == stamps
    assert cv2.imread(str(out / 'contact_sheet.png')).shape[1] == 2 * 480 + 6


def test_the_table_agrees_with_the_pilot(race, pilot, tmp_path):
    """Steering, angle, throttle and raw outputs are those of a pass on the same picture."""
    out = tmp_path / 'out'
    render(race, pilot, out)
    with open_source(race) as source:
        for row, frame in zip(rows(out), source, strict=True):
            steering = pilot.forward(frame).steering
            assert float(row['steering']) == steering.value
            assert float(row['steering_angle']) == steering.angle
            assert float(row['throttle']) == steering.throttle
            assert float(row['output.steering']) == steering.heads['steering'][0]
            assert row['confidence'] == ''


def test_the_bag_holds_the_maps_in_their_own_units(race, pilot, tmp_path):
    """A 32FC1 image a frame, cell by cell the layer's mean activation."""
    out = tmp_path / 'out'
    render(race, pilot, out)
    with open_source(race) as source:
        expected = [
            pilot.forward(frame, ['conv_2']).activations['conv_2'].mean(axis=2) for frame in source
        ]
    with AnyReader([out / 'overlay.mcap']) as reader:
        (topic,) = [c for c in reader.connections if c.topic == '/featuremap/heatmap/conv_2']
        maps = [
            reader.deserialize(data, topic.msgtype)
            for _, _, data in reader.messages(connections=[topic])
        ]
    for message, values in zip(maps, expected, strict=True):
        assert (message.encoding, message.height, message.width) == ('32FC1', 8, 12)
        recorded = message.data.view(np.float32).reshape(8, 12)
        assert recorded == pytest.approx(values, abs=1e-6)


def test_grids_are_in_every_file(race, pilot, tmp_path):
    """A video and a topic each, at the frames' times; what is in the bag is what was drawn."""
    out = tmp_path / 'out'
    grids = [
        GridView(layer='conv_2', fixed=True),
        GridView(layer='conv_1', style=GridStyle(scale='own', per_page=2), fixed=True),
    ]
    pipeline = Pipeline(pilot, [View(layer='conv_2', scale='fixed')], grids)
    with open_source(race) as source:
        summary = Renderer(source, pipeline, prepare_output(out), bag_images='raw').run()
    assert json.loads((out / SUMMARY).read_text()) == summary
    shared, own = summary['grids'].values()
    assert (shared['name'], shared['channels'], shared['pages']) == ('grid/conv_2', 6, 1)
    assert (own['name'], own['channels'], own['pages']) == ('grid/conv_1', 4, 2)
    assert [len(grid['ranges']) for grid in (shared, own)] == [1, 4]
    stamps = [int(row['stamp_ns']) for row in rows(out)]
    for token in summary['grids']:
        with av.open(str(out / f'{token}.mp4')) as video:
            times = [frame.time for frame in video.decode(video=0)]
        assert times == pytest.approx([i / 30 for i in range(FRAMES)], abs=1e-3)
    painter = pipeline.grid_painters['grid.conv_2']
    assert shared['marks'] == {str(channel): word for channel, word in painter.marks.items()}
    with open_source(race) as source:
        maps = [pilot.forward(frame, ['conv_2']).activations['conv_2'] for frame in source]
    expected = [draw_grid(one, fixed=painter.scale, marks=painter.marks) for one in maps]
    with AnyReader([out / 'overlay.mcap']) as reader:
        (topic,) = [c for c in reader.connections if c.topic == '/featuremap/grid/conv_2']
        found = [
            (stamp, reader.deserialize(data, topic.msgtype))
            for _, stamp, data in reader.messages(connections=[topic])
        ]
    assert [stamp for stamp, _ in found] == stamps
    for (_, message), picture in zip(found, expected, strict=True):
        shown = message.data.reshape(message.height, message.width, 3)
        assert np.array_equal(shown, picture)
    sheet = cv2.imread(str(out / 'contact_sheet.png'))
    assert sheet.shape[1] == 3 * 480 + 2 * 6


def test_a_grid_that_was_recorded_is_not_mixed_with_a_new_one(pilot, tmp_path):
    """A bag of the live node may hold its topic: that is said before any frame is driven."""
    recorded = write_race(tmp_path / 'race', seconds=0.5)
    live = tmp_path / 'live.mcap'
    with open_source(recorded) as source, BagSink(live, source=source, images='raw') as bag:
        for frame in source:
            bag.write_image('grid/conv_2', frame.image, frame)
    out, told = prepare_output(tmp_path / 'out'), []
    with open_source(live, topic='/camera/image_raw') as source:
        renderer = Renderer(source, Pipeline(pilot, [], [GridView(layer='conv_2')]), out)
        with pytest.raises(SinkError, match='/featuremap/grid/conv_2 already'):
            renderer.run(told.append)
    assert told == []
    assert list(out.iterdir()) == []


def test_the_same_race_gives_the_same_bytes(race, pilot, tmp_path):
    """Overlays, videos and tables of two runs are identical; summaries but for the timings."""
    for name in ('a', 'b'):
        render(race, pilot, tmp_path / name)
    for file in ('conv_1.mp4', 'conv_2.mp4', 'overlay.mcap', 'steering.csv', 'contact_sheet.png'):
        assert (tmp_path / 'a' / file).read_bytes() == (tmp_path / 'b' / file).read_bytes()
    summaries = [json.loads((tmp_path / name / SUMMARY).read_text()) for name in ('a', 'b')]
    for timing in TIMINGS:
        assert all(summary.pop(timing) for summary in summaries)
    assert summaries[0] == summaries[1]


@pytest.mark.parametrize(('color', 'verdict'), [('rgb', 'right'), ('bgr', 'swapped')])
def test_the_colours_are_judged_beside_the_driver(tmp_path, color, verdict):
    """A pilot that follows a yellow line and is fed a blue one is warned of."""
    race = write_race(tmp_path / 'race', seconds=2.0)
    with pilot_path() as model:
        pilot = Pilot.load(model, profile='demo')
    profile = replace(pilot.profile, input=replace(pilot.profile.input, color=color))
    pilot = Pilot(pilot._engine, profile)
    with open_source(race) as source:
        summary = Renderer(
            source,
            Pipeline(pilot, [View(layer='conv4', scale='frame')]),
            prepare_output(tmp_path / 'out'),
            driver=read_driver_track(race),
        ).run()
    assert summary['colours']['verdict'] == verdict
    assert [one['kind'] for one in summary['colours']['evidence']] == ['error']
    warned = [text for text in summary['warnings'] if 'SWAPPED' in text]
    assert warned == ([summary['colours']['in_words']] if verdict == 'swapped' else [])


def test_a_picture_that_cannot_be_decoded_is_skipped_and_named(race, pilot, tmp_path):
    """The others are rendered, and the summary tells which is missing and why."""
    (race / 'frame5.png').write_bytes(b'not a picture')
    summary = render(race, pilot, tmp_path / 'out')
    assert summary['frames'] == FRAMES - 1
    assert summary['frames_skipped'] == 1
    (skipped,) = summary['skipped']
    assert skipped['stamp_ns'] == round(5e9 / 30)
    assert len(rows(tmp_path / 'out')) == FRAMES - 1


def test_a_picture_of_another_size_is_scaled_for_the_video_and_counted(race, pilot, tmp_path):
    """A camera that changes its resolution loses nothing."""
    cv2.imwrite(str(race / 'frame6.png'), np.zeros((96, 128, 3), np.uint8))
    summary = render(race, pilot, tmp_path / 'out')
    assert summary['frames'] == FRAMES
    assert summary['scaled_to_the_first_frame'] == {'conv_1': 1, 'conv_2': 1}


def test_a_network_that_returns_nan_renders_nothing_and_says_so(
    race, tiny_model, tiny_profile, tmp_path
):
    """No steering is invented, and no file without a frame is left."""
    keras = backends.keras()
    model = keras.models.load_model(tiny_model)
    kernel, bias = model.get_layer('steering').get_weights()
    model.get_layer('steering').set_weights([kernel, bias * np.nan])
    broken = tmp_path / 'nan.keras'
    model.save(broken)
    out = tmp_path / 'out'
    with pytest.raises(SourceError, match=r'No frame of .* not finite'):
        render(race, Pilot.load(broken, profile=tiny_profile), out)
    assert list(out.iterdir()) == []


def test_a_race_full_of_bad_frames_names_some_reasons(race, pilot, tmp_path):
    """A line of the terminal is not the place for a thousand."""
    for file in race.iterdir():
        file.write_bytes(b'not a picture')
    with pytest.raises(SourceError, match=r'could be rendered: frame0\.png.*and 7 other reasons'):
        render(race, pilot, tmp_path / 'out')
    assert list((tmp_path / 'out').iterdir()) == []


def test_a_full_disk_leaves_what_was_rendered(race, pilot, tmp_path, mounted):
    """The error is told; the video plays as far as it goes, and so does the bag."""
    rng = np.random.default_rng(1)
    for i in range(FRAMES, 300):
        noise = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(race / f'frame{i}.png'), noise)
    out = tmp_path / 'small'
    out.mkdir()
    with mounted(out, 'size=600k'):
        with pytest.raises(SinkError, match='any further: No space left on device'):
            render(race, pilot, out)
        with av.open(str(out / 'conv_1.mp4')) as video:
            shown = sum(1 for _ in video.decode(video=0))
        assert 0 < shown < 300
        with Bag(out / 'overlay.mcap') as bag:
            counts = {topic.name: count for topic, count in bag.counts.items()}
        assert 0 < counts['/featuremap/steering_angle'] < 300


def test_what_was_rendered_before_an_error_can_be_played(race, pilot, tmp_path):
    """A failure in the middle closes every file, and the summary says that it is not finished."""
    views = [View(layer='conv_1', scale='fixed', range=(0, 1))]
    out = prepare_output(tmp_path / 'out')

    def fail_at_seven(_, seen=[]):  # noqa: B006
        seen.append(1)
        if len(seen) == 7:
            raise KeyboardInterrupt

    with open_source(race) as source:
        renderer = Renderer(source, Pipeline(pilot, views), out, model=MODEL)
        with pytest.raises(KeyboardInterrupt):
            renderer.run(fail_at_seven)
    with av.open(str(out / 'conv_1.mp4')) as video:
        assert sum(1 for _ in video.decode(video=0)) == 7
    assert len(rows(out)) == 7
    assert not json.loads((out / 'summary.json').read_text())['finished']
    topics = [topic for topic, *_ in messages(out / 'overlay.mcap')]
    assert topics.count('/featuremap/steering_angle') == 7


def test_memory_does_not_grow_with_the_length_of_the_race(pilot, tmp_path):
    """2,000 frames take no more memory than the 200 before them."""

    def write_video(path, frames):
        image = np.zeros((240, 320, 3), np.uint8)
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 30, (320, 240))
        for i in range(frames):
            image[:] = i % 251
            writer.write(image)
        writer.release()

    def peak_mb_after(frames):
        write_video(tmp_path / f'{frames}.mp4', frames)
        render(tmp_path / f'{frames}.mp4', pilot, tmp_path / f'out{frames}')
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    short = peak_mb_after(200)
    assert peak_mb_after(2000) - short < 20  # 1,800 more frames are 415 MB
