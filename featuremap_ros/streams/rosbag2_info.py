# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What rosbag2 keeps about a recording (``rosbag2_bagfile_information``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mcap.records import Metadata
import yaml

from featuremap_ros.streams.bag_file import BagTopic

RECORD = 'rosbag2'
VERSION = 8
"""The last version with numbers for QoS policies: every rosbag2 since Iron reads it."""


def rosbag2_info(
    *,
    name: str,
    counts: Mapping[BagTopic, int],
    start_ns: int,
    end_ns: int,
    custom_data: dict[str, str],
    ros_distro: str,
) -> str:
    """Describe a bag as rosbag2 does in the metadata record ``rosbag2`` of an MCAP.

    Args:
        name: Name of the file.
        counts: Messages per topic.
        start_ns: Lowest log time (ns).
        end_ns: Highest log time (ns).
        custom_data: What users have noted in the recording.
        ros_distro: The ROS distribution that recorded it.

    Returns:
        YAML text.
    """
    total = sum(counts.values())
    duration = {'nanoseconds': end_ns - start_ns}
    starting = {'nanoseconds_since_epoch': start_ns}
    info = {
        'version': VERSION,
        'storage_identifier': 'mcap',
        'duration': duration,
        'starting_time': starting,
        'message_count': total,
        'topics_with_message_count': [
            {'topic_metadata': _metadata_of(topic), 'message_count': count}
            for topic, count in counts.items()
        ],
        'compression_format': '',
        'compression_mode': '',
        'relative_file_paths': [name],
        'files': [
            {
                'path': name,
                'starting_time': starting,
                'duration': duration,
                'message_count': total,
            }
        ],
        'custom_data': custom_data,
        'ros_distro': ros_distro,
    }
    return str(yaml.safe_dump(info, sort_keys=False))


def _metadata_of(topic: BagTopic) -> dict[str, str]:
    known = dict(topic.metadata)
    return {
        'name': topic.name,
        'type': topic.msgtype,
        'serialization_format': topic.encoding,
        'offered_qos_profiles': known.get('offered_qos_profiles', ''),
        'type_description_hash': known.get('topic_type_hash', ''),
    }


def recorded_by(
    info: Mapping[str, Any], records: Iterable[Metadata]
) -> tuple[dict[str, str], str]:
    """Find what users have noted in a recording, and which distribution made it.

    Args:
        info: What metadata.yaml says; may be empty.
        records: Metadata records of the bag's MCAP files.

    Returns:
        ``custom_data`` and ``ros_distro``.
    """
    custom: dict[str, str] = {}
    distro = ''
    texts = [record.metadata for record in records if record.name == RECORD]
    for values in [*map(_understood, texts), info]:
        custom.update(values.get('custom_data') or {})
        distro = values.get('ros_distro') or values.get('ROS_DISTRO') or distro
    return {str(key): str(value) for key, value in custom.items()}, str(distro)


def _understood(values: Mapping[str, str]) -> Mapping[str, Any]:
    """Unpack the record; one that is damaged counts as empty."""
    try:
        found = yaml.safe_load(values.get('serialized_metadata', ''))
    except yaml.YAMLError:
        found = None
    return {**values, **found} if isinstance(found, dict) else values
